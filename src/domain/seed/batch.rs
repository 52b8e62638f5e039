//! Finished rows on their way to the database.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::{
    domain::database,
    entity::{event, mention, message, message_revision, reaction},
    error::Result,
    id::ConversationId,
};

/// Rows of the logs of conversations that nobody sees yet.
#[derive(Clone, Default)]
pub(super) struct Batch {
    pub(super) messages: Vec<message::Model>,
    pub(super) events: Vec<event::Model>,
    pub(super) revisions: Vec<message_revision::Model>,
    pub(super) reactions: Vec<reaction::Model>,
    pub(super) mentions: Vec<mention::Model>,
}

impl Batch {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.messages.len()
            + self.events.len()
            + self.revisions.len()
            + self.reactions.len()
            + self.mentions.len()
    }

    /// Takes the rows out of `other`.
    pub(super) fn append(&mut self, other: &mut Self) {
        self.messages.append(&mut other.messages);
        self.events.append(&mut other.events);
        self.revisions.append(&mut other.revisions);
        self.reactions.append(&mut other.reactions);
        self.mentions.append(&mut other.mentions);
    }

    /// Inserts everything.
    pub(super) async fn write(self, connection: &impl ConnectionTrait) -> Result<()> {
        database::insert_many::<message::Entity>(connection, self.messages).await?;
        database::insert_many::<event::Entity>(connection, self.events).await?;
        database::insert_many::<message_revision::Entity>(connection, self.revisions).await?;
        database::insert_many::<reaction::Entity>(connection, self.reactions).await?;
        database::insert_many::<mention::Entity>(connection, self.mentions).await?;
        Ok(())
    }
}

/// Deletes all rows of the logs of `conversations`, which must not be there themselves.
pub(super) async fn clear(connection: &impl ConnectionTrait, conversations: &[ConversationId]) -> Result<()> {
    macro_rules! clear {
        ($($table:ident),*) => {
            $(
                let theirs = $table::Column::ConversationId.is_in(conversations.iter().copied());
                $table::Entity::delete_many().filter(theirs).exec(connection).await?;
            )*
        };
    }
    clear!(message, event, message_revision, reaction, mention);
    Ok(())
}
