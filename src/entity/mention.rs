//! A person named in a message.

use sea_orm::entity::prelude::*;

use crate::id::{ConversationId, UserId};

/// A person named in a message.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mentions")]
pub struct Model {
    /// Whose log.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// Which message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_seq: i64,
    /// Who is named.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// How many mentions of this person there were in the conversation up to here.
    pub ordinal: i64,
    /// False once an edit took the name out.
    pub current: bool,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
