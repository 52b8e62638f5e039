//! What a retried `sendMessage` already did.

use sea_orm::entity::prelude::*;

use crate::{
    clock::Timestamp,
    id::{ConversationId, UserId},
};

/// What a retried `sendMessage` already did.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Whose key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// The key as the client chose it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idempotency_key: String,
    /// SHA-256 of what was to be said.
    pub fingerprint: Vec<u8>,
    /// SHA-256 of where it was to go, as the client spelled it.
    pub destination: Vec<u8>,
    /// Where it was sent.
    pub conversation_id: ConversationId,
    /// The position of the message it made.
    pub message_seq: i64,
    /// Until when it is remembered.
    pub expires_at: Timestamp,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
