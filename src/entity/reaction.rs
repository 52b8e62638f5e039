//! A reaction of one person to one message.

use sea_orm::entity::prelude::*;

use crate::id::{ConversationId, UserId};

/// A reaction of one person to one message.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reactions")]
pub struct Model {
    /// Whose log.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// Which message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_seq: i64,
    /// Who reacted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// With what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub emoji: String,
    /// The position of the event that says so.
    pub seq: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
