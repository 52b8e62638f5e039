//! How our own types are stored: ids as UUIDs, moments as integers.
//!
//! With these, a row cannot hold a conversation's id where a person's belongs. It knows no table.

use sea_orm::{
    ActiveValue, ColIdx, DbErr, IntoActiveValue, QueryResult, TryFromU64, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr, postgres_array::NotU8},
};
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    id::{ConversationId, SessionId, UserId},
};

macro_rules! stored_as {
    ($name:ty, $stored:ty, $wrap:path, $unwrap:path) => {
        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                $unwrap(value).into()
            }
        }

        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                <$stored as TryGetable>::try_get_by(row, index).map($wrap)
            }
        }

        impl ValueType for $name {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                <$stored as ValueType>::try_from(value).map($wrap)
            }

            fn type_name() -> String {
                stringify!($name).to_owned()
            }

            fn array_type() -> ArrayType {
                <$stored as ValueType>::array_type()
            }

            fn column_type() -> ColumnType {
                <$stored as ValueType>::column_type()
            }
        }

        impl Nullable for $name {
            fn null() -> Value {
                <$stored as Nullable>::null()
            }
        }

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl NotU8 for $name {}

        impl IntoActiveValue<$name> for $name {
            fn into_active_value(self) -> ActiveValue<$name> {
                ActiveValue::Set(self)
            }
        }
    };
}

stored_as!(UserId, Uuid, UserId::from_uuid, UserId::uuid);
stored_as!(ConversationId, Uuid, ConversationId::from_uuid, ConversationId::uuid);
stored_as!(SessionId, Uuid, SessionId::from_uuid, SessionId::uuid);
stored_as!(Timestamp, i64, Timestamp::from_micros, Timestamp::micros);
