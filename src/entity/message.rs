//! A message, at its place in the log.

use sea_orm::entity::prelude::*;

use crate::{
    clock::Timestamp,
    id::{ConversationId, UserId},
};

/// A message, at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// Whose log.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// The position in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The number among the messages of the conversation, from 1.
    pub ordinal: i64,
    /// Who wrote it.
    pub sender_id: UserId,
    /// What it says; null once it is deleted.
    pub content: Option<String>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The position of the message it answers.
    pub reply_to_seq: Option<i64>,
    /// How many earlier wordings are kept.
    pub revision_count: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
