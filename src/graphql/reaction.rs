//! Reactions to messages.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    Asked as _,
    message::Message,
    scalar::{int, parse_id},
};
use crate::{
    domain::{reaction, text::Emoji},
    error::Result,
};

/// One emoji among the reactions to a message.
pub struct Reaction(pub(super) reaction::Group);

/// One emoji among the reactions to a message.
#[Object]
impl Reaction {
    /// The emoji, in its fully qualified form.
    async fn emoji(&self) -> &str {
        &self.0.emoji
    }

    /// How many people reacted with it.
    async fn count(&self) -> i32 {
        int(self.0.count)
    }

    /// Whether you are one of them.
    async fn viewer_has_reacted(&self) -> bool {
        self.0.viewer_has_reacted
    }
}

/// A reaction to add.
#[derive(InputObject)]
pub struct AddReactionInput {
    /// To which message.
    message_id: ID,
    /// Exactly one emoji.
    emoji: String,
}

/// What `addReaction` changed.
#[derive(SimpleObject)]
pub struct AddReactionPayload {
    /// The message with its reactions as they are now.
    message: Message,
}

/// A reaction to take back.
#[derive(InputObject)]
pub struct RemoveReactionInput {
    /// From which message.
    message_id: ID,
    /// The emoji you had reacted with.
    emoji: String,
}

/// What `removeReaction` changed.
#[derive(SimpleObject)]
pub struct RemoveReactionPayload {
    /// The message with its reactions as they are now.
    message: Message,
}

/// Changes to reactions.
#[derive(Default)]
pub struct ReactionMutation;

#[Object]
impl ReactionMutation {
    /// Reacts to a message with an emoji. Doing it twice is doing it once.
    async fn add_reaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With what, to which message.")] input: AddReactionInput,
    ) -> Option<Result<AddReactionPayload>> {
        let add = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("messageId", &input.message_id)?;
            let message = reaction::add(ctx.domain(), viewer, id, &Emoji::parse(&input.emoji)?).await?;
            Ok(AddReactionPayload { message: Message(message) })
        };
        Some(add.await)
    }

    /// Takes a reaction of yours back. Where there is none, nothing changes.
    async fn remove_reaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, from which message.")] input: RemoveReactionInput,
    ) -> Option<Result<RemoveReactionPayload>> {
        let remove = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("messageId", &input.message_id)?;
            let message = reaction::remove(ctx.domain(), viewer, id, &Emoji::parse(&input.emoji)?).await?;
            Ok(RemoveReactionPayload { message: Message(message) })
        };
        Some(remove.await)
    }
}
