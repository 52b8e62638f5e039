//! What a message said before it was edited.

use sea_orm::entity::prelude::*;

use crate::{clock::Timestamp, id::ConversationId};

/// What a message said before it was edited.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_revisions")]
pub struct Model {
    /// Whose log.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// Which message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_seq: i64,
    /// From 1, oldest first.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// What it said.
    pub content: String,
    /// Since when it said so.
    pub written_at: Timestamp,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
