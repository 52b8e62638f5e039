//! A change of a conversation that is not a new message.

use sea_orm::entity::prelude::*;

use crate::{
    clock::Timestamp,
    id::{ConversationId, UserId},
};

/// A change of a conversation that is not a new message.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Whose log.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// The position in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// What happened.
    pub kind: Kind,
    /// Who did it; null where the server did.
    pub actor_id: Option<UserId>,
    /// Whom it is about.
    pub subject_id: Option<UserId>,
    /// Which message it is about.
    pub message_seq: Option<i64>,
    /// What else there is to know, as JSON; its shape belongs to the kind.
    pub data: Option<String>,
    /// When it happened.
    pub created_at: Timestamp,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Kind {
    /// A message got a new wording.
    #[sea_orm(num_value = 1)]
    MessageEdited,
    /// A message became a tombstone.
    #[sea_orm(num_value = 2)]
    MessageDeleted,
    /// Somebody reacted, or took it back. `data`: `{"emoji", "added"}`.
    #[sea_orm(num_value = 3)]
    ReactionsChanged,
    /// The title changed. `data`: `{"title"}`.
    #[sea_orm(num_value = 4)]
    ConversationChanged,
    /// The conversation ended.
    #[sea_orm(num_value = 5)]
    ConversationDeleted,
    /// Somebody joined. `data`: `{"role"}`.
    #[sea_orm(num_value = 6)]
    ParticipantAdded,
    /// Somebody left (the actor is the subject) or was removed.
    #[sea_orm(num_value = 7)]
    ParticipantRemoved,
    /// Somebody got another role. `data`: `{"role"}`.
    #[sea_orm(num_value = 8)]
    ParticipantChanged,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
