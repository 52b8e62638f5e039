//! The log of a conversation: the only way to change one.
//!
//! Opening it locks the conversation's row; every message and event then gets the next position; closing it writes
//! the counters back. All of it happens in one transaction, so positions have no gaps and nothing is half done. It
//! knows how changes are recorded, not who may make them.

use sea_orm::{
    ActiveValue::{Set, Unchanged},
    DatabaseTransaction, EntityTrait, QuerySelect,
};

use super::{
    access::{Administration, Ownership},
    database::{self, Transaction},
};
use crate::{
    clock::Timestamp,
    entity::{
        conversation,
        event::{self, Kind},
        message,
    },
    error::{Error, Result},
    id::{ConversationId, UserId},
};

/// A conversation whose row is locked until the transaction ends.
#[must_use = "a log that is not closed forgets its positions"]
pub(super) struct Log<'t> {
    transaction: &'t Transaction,
    conversation: conversation::Model,
    now: Timestamp,
}

/// A message to append.
pub(super) struct Message<'a> {
    pub(super) sender: UserId,
    pub(super) content: &'a str,
    pub(super) reply_to_seq: Option<i64>,
}

/// A change to record; see [`Kind`] for what goes with which.
pub(super) struct Event {
    pub(super) kind: Kind,
    /// Who did it.
    pub(super) actor: UserId,
    /// Whom it is about.
    pub(super) subject: Option<UserId>,
    /// The position of the message it is about.
    pub(super) message_seq: Option<i64>,
    /// What else there is to know.
    pub(super) data: Option<serde_json::Value>,
}

impl Event {
    /// A change of `kind` by `actor`; the rest is filled in where it applies.
    pub(super) const fn new(kind: Kind, actor: UserId) -> Self {
        Self { kind, actor, subject: None, message_seq: None, data: None }
    }

    /// About `subject`.
    pub(super) const fn about(mut self, subject: UserId) -> Self {
        self.subject = Some(subject);
        self
    }

    /// About the message at `seq`.
    pub(super) const fn at(mut self, seq: i64) -> Self {
        self.message_seq = Some(seq);
        self
    }

    /// With `data`.
    pub(super) fn with(mut self, data: serde_json::Value) -> Self {
        self.data = Some(data);
        self
    }
}

impl<'t> Log<'t> {
    /// Locks `conversation` and opens its log. `NOT_FOUND` where there is none, or none any more.
    pub(super) async fn open(
        transaction: &'t Transaction,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<Self> {
        let conversation = conversation::Entity::find_by_id(conversation)
            .lock_exclusive()
            .one(transaction.connection())
            .await?
            .filter(|conversation| conversation.deleted_at.is_none())
            .ok_or(Error::NotFound { what: "Conversation", field: None })?;
        transaction.log_opened();
        Ok(Self { transaction, conversation, now })
    }

    /// Begins the log of a new conversation.
    pub(super) async fn begin(
        transaction: &'t Transaction,
        conversation: conversation::Model,
    ) -> Result<Self> {
        let now = conversation.created_at;
        database::insert::<conversation::Entity>(transaction.connection(), conversation.clone()).await?;
        transaction.log_opened();
        Ok(Self { transaction, conversation, now })
    }

    /// For statements that belong to the change.
    pub(super) const fn connection(&self) -> &'t DatabaseTransaction {
        self.transaction.connection()
    }

    /// The conversation as the changes so far leave it.
    pub(super) const fn conversation(&self) -> &conversation::Model {
        &self.conversation
    }

    /// The time of this change.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Appends a message.
    pub(super) async fn message(&mut self, new: Message<'_>) -> Result<message::Model> {
        let seq = self.next();
        self.conversation.message_count += 1;
        self.conversation.last_message_seq = seq;
        self.is_active();
        let row = message::Model {
            conversation_id: self.conversation.id,
            seq,
            ordinal: self.conversation.message_count,
            sender_id: new.sender,
            content: Some(new.content.to_owned()),
            created_at: self.now,
            edited_at: None,
            deleted_at: None,
            reply_to_seq: new.reply_to_seq,
            revision_count: 0,
        };
        database::insert::<message::Entity>(self.connection(), row.clone()).await?;
        Ok(row)
    }

    /// Records a change, and returns its position.
    pub(super) async fn event(&mut self, new: Event) -> Result<i64> {
        let row = self.event_row(new);
        let seq = row.seq;
        database::insert::<event::Entity>(self.connection(), row).await?;
        Ok(seq)
    }

    /// Records several changes, and returns their positions.
    pub(super) async fn events(&mut self, new: Vec<Event>) -> Result<Vec<i64>> {
        let rows: Vec<_> = new.into_iter().map(|event| self.event_row(event)).collect();
        let positions = rows.iter().map(|row| row.seq).collect();
        database::insert_many::<event::Entity>(self.connection(), rows).await?;
        Ok(positions)
    }

    fn event_row(&mut self, new: Event) -> event::Model {
        event::Model {
            conversation_id: self.conversation.id,
            seq: self.next(),
            kind: new.kind,
            actor_id: Some(new.actor),
            subject_id: new.subject,
            message_seq: new.message_seq,
            data: new.data.map(|data| data.to_string()),
            created_at: self.now,
        }
    }

    /// Gives the conversation another title.
    pub(super) fn retitle(&mut self, _: &Administration, title: Option<String>) {
        self.conversation.title = title;
        self.conversation.updated_at = self.now;
    }

    /// Ends the conversation.
    pub(super) const fn end(&mut self, _: &Ownership) {
        self.conversation.deleted_at = Some(self.now);
    }

    /// Counts people who joined, or left where negative.
    pub(super) const fn count_participants(&mut self, change: i64) {
        self.conversation.participant_count += change;
    }

    /// Puts the conversation at the top of the lists it is in. Activity never goes back, even if the clock does.
    fn is_active(&mut self) {
        self.conversation.active_at = self.conversation.active_at.max(self.now);
    }

    /// Writes the counters back. The last thing to do before the transaction commits.
    pub(super) async fn close(self) -> Result<()> {
        let Self { transaction, conversation, .. } = self;
        transaction.log_closed(conversation.id, conversation.last_seq);
        let row = conversation::ActiveModel {
            id: Unchanged(conversation.id),
            title: Set(conversation.title),
            updated_at: Set(conversation.updated_at),
            active_at: Set(conversation.active_at),
            deleted_at: Set(conversation.deleted_at),
            last_seq: Set(conversation.last_seq),
            message_count: Set(conversation.message_count),
            last_message_seq: Set(conversation.last_message_seq),
            participant_count: Set(conversation.participant_count),
            ..Default::default()
        };
        conversation::Entity::update(row).exec_without_returning(transaction.connection()).await?;
        Ok(())
    }

    const fn next(&mut self) -> i64 {
        self.conversation.last_seq += 1;
        self.conversation.last_seq
    }
}
