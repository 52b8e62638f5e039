//! Changes to conversations.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{Conversation, about_conversation, parse_people};
use crate::{
    domain::{
        access,
        conversation::{self, NewGroup},
        participant::{self, Preferences},
        text::Title,
    },
    error::Result,
    graphql::{Asked as _, scalar::parse_id, user::UserRef},
};

/// A group to be.
#[derive(InputObject)]
pub struct CreateConversationInput {
    /// Whom to bring together: at least one other person. You are added yourself, and doubles do not matter.
    participant_ids: Vec<ID>,
    /// What to call it, 1 to 200 characters.
    title: Option<String>,
}

/// What `createConversation` made.
#[derive(SimpleObject)]
pub struct CreateConversationPayload {
    /// The new group. You are its owner.
    conversation: Conversation,
}

/// With whom to talk.
#[derive(InputObject)]
pub struct OpenDirectConversationInput {
    /// The other person.
    with: UserRef,
}

/// What `openDirectConversation` found or made.
#[derive(SimpleObject)]
pub struct OpenDirectConversationPayload {
    /// The one conversation of the two of you.
    conversation: Conversation,
    /// Whether it is new.
    created: bool,
}

/// What to change about a group; what is left out stays as it is.
#[derive(InputObject)]
pub struct UpdateConversationInput {
    /// Which group.
    conversation_id: ID,
    /// What to call it, 1 to 200 characters; null takes the title away.
    title: MaybeUndefined<String>,
}

/// What `updateConversation` changed.
#[derive(SimpleObject)]
pub struct UpdateConversationPayload {
    /// The conversation as it is now.
    conversation: Conversation,
}

/// How you want to see a conversation; what is left out stays as it is. Nobody else notices.
#[derive(InputObject)]
pub struct SetConversationPreferencesInput {
    /// Which conversation.
    conversation_id: ID,
    /// Whether you want no notifications about it.
    muted: Option<bool>,
    /// Whether to put it out of sight.
    archived: Option<bool>,
    /// Whether to keep it in sight.
    pinned: Option<bool>,
}

/// What `setConversationPreferences` changed.
#[derive(SimpleObject)]
pub struct SetConversationPreferencesPayload {
    /// The conversation as you see it now.
    conversation: Conversation,
}

/// Which group to end.
#[derive(InputObject)]
pub struct DeleteConversationInput {
    /// Which group.
    conversation_id: ID,
}

/// What `deleteConversation` ended.
#[derive(SimpleObject)]
pub struct DeleteConversationPayload {
    /// The id of the conversation that is gone.
    conversation_id: ID,
}

/// Changes to conversations.
#[derive(Default)]
pub struct ConversationMutation;

#[Object]
impl ConversationMutation {
    /// Starts a group, with you as its owner. Where any of the people does not exist, nothing is created and
    /// `extensions.details` lists the ids at fault.
    async fn create_conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group to be.")] input: CreateConversationInput,
    ) -> Option<Result<CreateConversationPayload>> {
        let create = async {
            let viewer = ctx.viewer()?;
            let participants = parse_people("participantIds", &input.participant_ids)?;
            let title = input.title.as_deref().map(|title| Title::parse("title", title)).transpose()?;
            let new = NewGroup { participants, title };
            let proof = conversation::create(ctx.domain(), viewer, new).await?;
            Ok(CreateConversationPayload { conversation: Conversation(proof) })
        };
        Some(create.await)
    }

    /// Finds or creates the one conversation of you and somebody else. Two who do it at once get the same.
    async fn open_direct_conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With whom.")] input: OpenDirectConversationInput,
    ) -> Option<Result<OpenDirectConversationPayload>> {
        let open = async {
            let viewer = ctx.viewer()?;
            let (proof, created) =
                conversation::open_direct(ctx.domain(), viewer, &input.with.parse()?).await?;
            Ok(OpenDirectConversationPayload { conversation: Conversation(proof), created })
        };
        Some(open.await)
    }

    /// Changes the title of a group. For its owners and admins.
    async fn update_conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateConversationInput,
    ) -> Option<Result<UpdateConversationPayload>> {
        let update = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("conversationId", &input.conversation_id)?;
            let title = match input.title {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(title) => Some(Some(Title::parse("title", &title)?)),
            };
            let proof = match title {
                Some(title) => conversation::rename(ctx.domain(), viewer, id, title).await?,
                None => access::participation(ctx.domain(), viewer, id).await?,
            };
            Ok(UpdateConversationPayload { conversation: Conversation(proof) })
        };
        Some(update.await.map_err(about_conversation))
    }

    /// Changes how you see a conversation.
    async fn set_conversation_preferences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How you want to see it.")] input: SetConversationPreferencesInput,
    ) -> Option<Result<SetConversationPreferencesPayload>> {
        let set = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("conversationId", &input.conversation_id)?;
            let SetConversationPreferencesInput { muted, archived, pinned, .. } = input;
            let change = Preferences { muted, archived, pinned };
            let proof = participant::set_preferences(ctx.domain(), viewer, id, change).await?;
            Ok(SetConversationPreferencesPayload { conversation: Conversation(proof) })
        };
        Some(set.await.map_err(about_conversation))
    }

    /// Ends a group for everybody in it. For its owners. There is no way back.
    async fn delete_conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] input: DeleteConversationInput,
    ) -> Option<Result<DeleteConversationPayload>> {
        let delete = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("conversationId", &input.conversation_id)?;
            conversation::delete(ctx.domain(), viewer, id).await?;
            Ok(DeleteConversationPayload { conversation_id: input.conversation_id })
        };
        Some(delete.await.map_err(about_conversation))
    }
}
