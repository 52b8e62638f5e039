//! A conversation, with the counters that spare every list from counting.

use sea_orm::entity::prelude::*;

use crate::{
    clock::Timestamp,
    id::{ConversationId, UserId},
};

/// A conversation, with the counters that spare every list from counting.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationId,
    /// Of two people, or of a group.
    pub kind: Kind,
    /// The name of a group.
    pub title: Option<String>,
    /// The smaller id of the two people of a direct conversation.
    pub direct_low: Option<UserId>,
    /// The larger one.
    pub direct_high: Option<UserId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its title last changed.
    pub updated_at: Timestamp,
    /// When somebody last wrote; never earlier than before.
    pub active_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The last position of its log; 0 before the first.
    pub last_seq: i64,
    /// How many messages it ever had, tombstones included.
    pub message_count: i64,
    /// The position of the newest message; 0 where there is none.
    pub last_message_seq: i64,
    /// How many people take part now.
    pub participant_count: i64,
}

/// What sort of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Kind {
    /// The one conversation of two people.
    #[sea_orm(num_value = 1)]
    Direct,
    /// Any number of people, with roles.
    #[sea_orm(num_value = 2)]
    Group,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
