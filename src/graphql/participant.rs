//! The people of a conversation.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::{
    Asked as _,
    conversation::{Conversation, about_conversation, message_at, parse_people},
    message::Message,
    page::{PageInfo, Scope, connection},
    scalar::{DateTime, parse_id},
    user::User,
};
use crate::{
    domain::{access::Participation, participant},
    entity,
    error::{Error, Result},
    id::UserId,
};

/// The name of the list in its cursors.
pub(super) const SCOPE: &str = "participants";

/// What somebody may do in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::participant::Role")]
pub enum ParticipantRole {
    /// Everything, including ending the group. A group always has at least one.
    Owner,
    /// Changes the title, adds people, removes members, deletes messages.
    Admin,
    /// Reads and writes.
    Member,
}

connection!(
    /// A page of the people of a conversation.
    ParticipantConnection,
    ParticipantEdge,
    User,
    /// How many people take part in all.
    total
);

impl ParticipantConnection {
    pub(super) const fn new(edges: Vec<ParticipantEdge>, page_info: PageInfo, total_count: i64) -> Self {
        Self { edges, page_info, total_count }
    }
}

/// A person and the part they take.
#[derive(Clone, Debug)]
pub struct ParticipantEdge {
    cursor: String,
    node: User,
    participation: Participation,
    row: entity::participant::Model,
}

impl ParticipantEdge {
    pub(super) const fn new(
        cursor: String,
        node: User,
        participation: Participation,
        row: entity::participant::Model,
    ) -> Self {
        Self { cursor, node, participation, row }
    }
}

/// A person and the part they take.
#[Object]
impl ParticipantEdge {
    /// Give it as `after` or `before` to continue from here.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The person.
    async fn node(&self) -> &User {
        &self.node
    }

    /// What they may do. Always `MEMBER` in a direct conversation.
    async fn role(&self) -> ParticipantRole {
        self.row.role.into()
    }

    /// When they joined.
    async fn joined_at(&self) -> DateTime {
        self.row.joined_at.into()
    }

    /// The last message they have read. Null where they have read none.
    async fn last_read_message(&self, ctx: &Context<'_>) -> Option<Result<Message>> {
        read_up_to(ctx, &self.participation, &self.row).await
    }
}

async fn read_up_to(
    ctx: &Context<'_>,
    proof: &Participation,
    row: &entity::participant::Model,
) -> Option<Result<Message>> {
    // Who joins starts with nothing unread, which is not to say that they have read what was there.
    if row.read_seq < row.joined_seq {
        return None;
    }
    message_at(ctx, proof, row.read_seq).await
}

/// Your own part in a conversation.
pub struct ViewerParticipant(pub(super) Participation);

/// Your own part in a conversation.
#[Object]
impl ViewerParticipant {
    /// What you may do, in one word; `viewerCan` says it in detail.
    async fn role(&self) -> ParticipantRole {
        self.0.participant().role.into()
    }

    /// When you joined.
    async fn joined_at(&self) -> DateTime {
        self.0.participant().joined_at.into()
    }

    /// Whether you want no notifications.
    async fn muted(&self) -> bool {
        self.0.participant().muted
    }

    /// Whether you put it out of sight.
    async fn archived(&self) -> bool {
        self.0.participant().archived
    }

    /// Whether you keep it in sight.
    async fn pinned(&self) -> bool {
        self.0.participant().pinned
    }

    /// The last message you have read. Null where you have read none.
    async fn last_read_message(&self, ctx: &Context<'_>) -> Option<Result<Message>> {
        read_up_to(ctx, &self.0, self.0.participant()).await
    }
}

/// Whom to take into a group.
#[derive(InputObject)]
pub struct AddParticipantsInput {
    /// Which group.
    conversation_id: ID,
    /// Whom to add: at least one person. Who takes part already does not matter.
    user_ids: Vec<ID>,
}

/// What `addParticipants` changed.
#[derive(SimpleObject)]
pub struct AddParticipantsPayload {
    /// The group as it is now.
    conversation: Conversation,
    /// Who is new.
    added: Vec<User>,
}

/// Whom to take out of a group.
#[derive(InputObject)]
pub struct RemoveParticipantInput {
    /// Which group.
    conversation_id: ID,
    /// Whom to remove. To go yourself, use `leaveConversation`.
    user_id: ID,
}

/// What `removeParticipant` changed.
#[derive(SimpleObject)]
pub struct RemoveParticipantPayload {
    /// The group as it is now.
    conversation: Conversation,
    /// Who is out. Null where the account has been deleted since.
    removed: Option<User>,
}

/// Which role somebody is to have.
#[derive(InputObject)]
pub struct SetParticipantRoleInput {
    /// Which group.
    conversation_id: ID,
    /// Whose role.
    user_id: ID,
    /// The role to have. Making somebody else an owner does not end your own ownership.
    role: ParticipantRole,
}

/// What `setParticipantRole` changed.
#[derive(SimpleObject)]
pub struct SetParticipantRolePayload {
    /// The group as it is now.
    conversation: Conversation,
    /// The person and their part.
    participant: ParticipantEdge,
}

/// Which group to leave.
#[derive(InputObject)]
pub struct LeaveConversationInput {
    /// Which group.
    conversation_id: ID,
}

/// What `leaveConversation` left.
#[derive(SimpleObject)]
pub struct LeaveConversationPayload {
    /// The id of the conversation you are out of.
    conversation_id: ID,
}

/// How far you have read.
#[derive(InputObject)]
pub struct MarkReadInput {
    /// The last message you have read. Everything up to it counts as read; reading never goes back.
    message_id: ID,
}

/// What `markRead` changed.
#[derive(SimpleObject)]
pub struct MarkReadPayload {
    /// The conversation with its counts as they are now.
    conversation: Conversation,
}

/// Changes to who takes part, and how far they have read.
#[derive(Default)]
pub struct ParticipantMutation;

#[Object]
impl ParticipantMutation {
    /// Takes people into a group. For its owners and admins. Where any of them does not exist, nobody is added and
    /// `extensions.details` lists the ids at fault.
    async fn add_participants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to take into which group.")] input: AddParticipantsInput,
    ) -> Option<Result<AddParticipantsPayload>> {
        let add = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("conversationId", &input.conversation_id)?;
            let users = parse_people("userIds", &input.user_ids)?;
            let (proof, added) = participant::add(ctx.domain(), viewer, id, &users).await?;
            let mut rows = ctx.loaders().load_many(added.iter().copied()).await?;
            let added = added.iter().filter_map(|id| rows.remove(id)).map(User).collect();
            Ok(AddParticipantsPayload { conversation: Conversation(proof), added })
        };
        Some(add.await.map_err(about_conversation))
    }

    /// Takes somebody out of a group. Owners remove anybody else, admins remove members.
    async fn remove_participant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to take out of which group.")] input: RemoveParticipantInput,
    ) -> Option<Result<RemoveParticipantPayload>> {
        let remove = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("conversationId", &input.conversation_id)?;
            let user: UserId = parse_id("userId", &input.user_id)?;
            let proof = participant::remove(ctx.domain(), viewer, id, user).await?;
            let removed = ctx.loaders().load_one(user).await?.map(User);
            Ok(RemoveParticipantPayload { conversation: Conversation(proof), removed })
        };
        Some(remove.await.map_err(about_conversation))
    }

    /// Gives somebody in a group another role. For its owners. `CONFLICT` where it would leave no owner.
    async fn set_participant_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose role, and which.")] input: SetParticipantRoleInput,
    ) -> Option<Result<SetParticipantRolePayload>> {
        let set = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("conversationId", &input.conversation_id)?;
            let user: UserId = parse_id("userId", &input.user_id)?;
            let (proof, row) =
                participant::set_role(ctx.domain(), viewer, (id, user), input.role.into()).await?;
            let person = ctx.loaders().load_one(user).await?;
            let person = person.map(User).ok_or(Error::not_found("Participant", "userId"))?;
            let id = proof.id().uuid();
            let cursor = Scope::new(SCOPE, id.as_bytes()).cursor(&row.joined_seq);
            let participant = ParticipantEdge::new(cursor, person, proof.clone(), row);
            Ok(SetParticipantRolePayload { conversation: Conversation(proof), participant })
        };
        Some(set.await.map_err(about_conversation))
    }

    /// Leaves a group. `CONFLICT` for its last owner while others are in it: make one of them an owner first. The
    /// group ends with the last person in it.
    async fn leave_conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] input: LeaveConversationInput,
    ) -> Option<Result<LeaveConversationPayload>> {
        let leave = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("conversationId", &input.conversation_id)?;
            participant::leave(ctx.domain(), viewer, id).await?;
            Ok(LeaveConversationPayload { conversation_id: input.conversation_id })
        };
        Some(leave.await.map_err(about_conversation))
    }

    /// Marks a conversation as read up to and including a message.
    async fn mark_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Up to where.")] input: MarkReadInput,
    ) -> Option<Result<MarkReadPayload>> {
        let mark = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("messageId", &input.message_id)?;
            let proof = participant::mark_read(ctx.domain(), viewer, id).await?;
            Ok(MarkReadPayload { conversation: Conversation(proof) })
        };
        Some(mark.await)
    }
}
