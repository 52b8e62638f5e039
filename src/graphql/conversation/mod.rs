//! Conversations and what one may do in them; what changes them is in `change`.

mod change;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

pub use change::ConversationMutation;

use super::{
    Asked as _,
    loader::{MessageAt, MessagesOf, ParticipantsOf, Place},
    message::{Message, MessageConnection, MessageEdge},
    page::{PageArguments, Scope, connection, edges_and_info},
    participant::{self, ParticipantConnection, ParticipantEdge, ViewerParticipant},
    scalar::{DateTime, int, parse_id},
    user::{User, UserRef},
};
use crate::{
    domain::{
        self,
        access::{self, Participation},
        conversation::{self, Filter, ListKey},
        page::{End, Page},
        participant::Participant,
    },
    entity,
    error::{Error, Result},
    id::{ConversationId, UserId},
};

/// What sort of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::conversation::Kind")]
pub enum ConversationKind {
    /// The one conversation of two people. It has no title and no roles.
    Direct,
    /// Any number of people, with a title and roles.
    Group,
}

/// A conversation you take part in. Others do not exist for you.
#[derive(Clone, Debug)]
pub struct Conversation(pub(super) Participation);

/// A conversation you take part in. Others do not exist for you.
#[Object]
impl Conversation {
    /// The conversation's id, `cnv_…`.
    pub(super) async fn id(&self) -> ID {
        ID(self.0.id().to_string())
    }

    /// Whether it is of two people or of a group.
    async fn kind(&self) -> ConversationKind {
        self.0.conversation().kind.into()
    }

    /// The title of a group, at most 200 characters. Null where it has none; show the participants instead.
    async fn title(&self) -> Option<&str> {
        self.0.conversation().title.as_deref()
    }

    /// When it was started.
    async fn created_at(&self) -> DateTime {
        self.0.conversation().created_at.into()
    }

    /// When its title last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.conversation().updated_at.into()
    }

    /// Who takes part, in the order they joined.
    #[expect(clippy::too_many_arguments, reason = "the four of Relay’s specification")]
    async fn participants(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many, from the start or from after `after`; `server.limits` has the default and the most."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(
            desc = "How many, from the end or from before `before`; at most what `server.limits` says."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ParticipantConnection> {
        let owner = self.0.id().uuid();
        let scope = Scope::new(participant::SCOPE, owner.as_bytes());
        let arguments = PageArguments { first, after, last, before };
        let request = arguments.request::<i64>(ctx.limits(), &scope, End::First)?;
        let page = ctx.loaders().load_one(ParticipantsOf(self.0.clone(), request)).await?;
        let key = |participant: &Participant| participant.row.joined_seq;
        let (edges, page_info) = edges_and_info(page.unwrap_or_else(Page::empty), &scope, key);
        let edge = |(cursor, Participant { row, user })| {
            ParticipantEdge::new(cursor, User(user), self.0.clone(), row)
        };
        let edges = edges.into_iter().map(edge).collect();
        let total_count = self.0.conversation().participant_count;
        Ok(ParticipantConnection::new(edges, page_info, total_count))
    }

    /// The messages, oldest first, deleted ones as tombstones in their place. Without `first` and `last`: the latest
    /// page. To scroll back, ask for `last` with `before` the first cursor you have.
    #[expect(clippy::too_many_arguments, reason = "the four of Relay’s specification")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many, from the start or from after `after`; at most what `server.limits` says."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(
            desc = "How many, from the end or from before `before`; `server.limits` has the default and the most."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<MessageConnection> {
        let owner = self.0.id().uuid();
        let scope = Scope::new("messages", owner.as_bytes());
        let end = if after.is_some() { End::First } else { End::Last };
        let arguments = PageArguments { first, after, last, before };
        let request = arguments.request::<i64>(ctx.limits(), &scope, end)?;
        let page = ctx.loaders().load_one(MessagesOf(self.0.clone(), request)).await?;
        let page = page.unwrap_or_else(Page::empty);
        if asks_for_senders(ctx) {
            // All at once here instead of one by one below: what waits for a batch costs more than what is there.
            ctx.loaders().load_many(page.items.iter().map(|row| row.sender_id)).await?;
        }
        let (edges, page_info) = edges_and_info(page, &scope, |row: &entity::message::Model| row.seq);
        let edge = |(cursor, row)| {
            let participation = self.0.clone();
            MessageEdge::new(cursor, Message(domain::message::Message { participation, row }))
        };
        let edges = edges.into_iter().map(edge).collect();
        Ok(MessageConnection::new(edges, page_info, self.0.conversation().message_count))
    }

    /// The newest message. Null where nobody has written yet.
    async fn last_message(&self, ctx: &Context<'_>) -> Option<Result<Message>> {
        let seq = self.0.conversation().last_message_seq;
        if seq == 0 {
            return None;
        }
        message_at(ctx, &self.0, seq).await
    }

    /// How many messages came after the last one you have read.
    async fn unread_count(&self) -> i32 {
        int((self.0.conversation().message_count - self.0.participant().read_ordinal).max(0))
    }

    /// How many of these mentioned you when they were sent; a mention that was edited out or deleted since counts
    /// until you have read up to it.
    async fn unread_mention_count(&self) -> i32 {
        int((self.0.participant().mention_count - self.0.participant().read_mention_count).max(0))
    }

    /// Your own part in it.
    async fn viewer_participant(&self) -> ViewerParticipant {
        ViewerParticipant(self.0.clone())
    }

    /// What you may do in it.
    async fn viewer_can(&self) -> ConversationPermissions {
        let access::Permissions {
            send_message,
            add_participants,
            remove_participants,
            set_roles,
            rename,
            leave,
            delete,
        } = self.0.permissions();
        ConversationPermissions {
            send_message,
            add_participants,
            remove_participants,
            set_roles,
            rename,
            leave,
            delete,
        }
    }
}

fn asks_for_senders(ctx: &Context<'_>) -> bool {
    let below = ctx.look_ahead();
    below.field("edges").field("node").field("sender").exists()
        || below.field("nodes").field("sender").exists()
}

/// The message at a position of a conversation, for a nullable field.
pub(super) async fn message_at(
    ctx: &Context<'_>,
    proof: &Participation,
    seq: i64,
) -> Option<Result<Message>> {
    let found = ctx.loaders().load_one(MessageAt(Place(proof.clone(), seq))).await;
    let participation = proof.clone();
    found.transpose().map(|row| row.map(|row| Message(domain::message::Message { participation, row })))
}

/// What you may do in a conversation. Hide what is false.
#[derive(SimpleObject)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
pub struct ConversationPermissions {
    /// Send messages, edit your own and react. False in a direct conversation whose other person is gone.
    send_message: bool,
    /// Add people.
    add_participants: bool,
    /// Remove people: an owner anybody else, an admin members.
    remove_participants: bool,
    /// Change what others may do.
    set_roles: bool,
    /// Change the title.
    rename: bool,
    /// Leave it for good, or until somebody adds you again.
    leave: bool,
    /// End it for everybody.
    delete: bool,
}

connection!(
    /// A page of your conversations.
    ConversationConnection,
    ConversationEdge,
    Conversation
);

/// A conversation in a page of conversations.
#[derive(Clone, Debug, SimpleObject)]
pub struct ConversationEdge {
    /// Give it as `after` or `before` to continue from here. It holds the latest activity: a conversation in which
    /// somebody writes meanwhile moves to the top of the list.
    cursor: String,
    /// The conversation.
    node: Conversation,
}

/// Which conversations to list; what is left out does not narrow the list.
#[derive(InputObject)]
pub struct ConversationFilter {
    /// Direct ones or groups.
    kind: Option<ConversationKind>,
    /// True: those you archived. False: the others.
    archived: Option<bool>,
    /// True: those you pinned. False: the others.
    pinned: Option<bool>,
    /// True: those with unread messages. False: the others.
    unread: Option<bool>,
}

impl From<ConversationFilter> for Filter {
    fn from(filter: ConversationFilter) -> Self {
        let ConversationFilter { kind, archived, pinned, unread } = filter;
        Self { kind: kind.map(Into::into), archived, pinned, unread }
    }
}

/// Queries about conversations.
#[derive(Default)]
pub struct ConversationQuery;

#[Object]
impl ConversationQuery {
    /// Your conversations, latest activity first.
    #[expect(clippy::too_many_arguments, reason = "the four of Relay's specification, and a filter")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all where it is left out.")] filter: Option<ConversationFilter>,
        #[graphql(
            desc = "How many, from the start or from after `after`; `server.limits` has the default and the most."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(
            desc = "How many, from the end or from before `before`; at most what `server.limits` says."
        )]
        last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ConversationConnection> {
        let viewer = ctx.viewer()?;
        let owner = viewer.user().uuid();
        let scope = Scope::new("conversations", owner.as_bytes());
        let arguments = PageArguments { first, after, last, before };
        let request = arguments.request::<ListKey>(ctx.limits(), &scope, End::First)?;
        let filter = filter.map(Filter::from).unwrap_or_default();
        let page = conversation::list(ctx.domain(), viewer, filter, &request).await?;
        let key =
            |proof: &Participation| ListKey { active_at: proof.conversation().active_at, id: proof.id() };
        let (edges, page_info) = edges_and_info(page, &scope, key);
        let edge = |(cursor, proof)| ConversationEdge { cursor, node: Conversation(proof) };
        Ok(ConversationConnection { edges: edges.into_iter().map(edge).collect(), page_info })
    }

    /// One conversation. `NOT_FOUND` where you do not take part in it.
    async fn conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id, `cnv_…`.")] id: ID,
    ) -> Option<Result<Conversation>> {
        let find = async {
            ctx.viewer()?;
            let id: ConversationId = parse_id("id", &id)?;
            let found = ctx.loaders().load_one(id).await?;
            found.map(Conversation).ok_or(Error::not_found("Conversation", "id"))
        };
        Some(find.await)
    }

    /// Your direct conversation with somebody; null where there is none yet. `NOT_FOUND` where there is no such
    /// person.
    async fn direct_conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The other person.")] with: UserRef,
    ) -> Option<Result<Conversation>> {
        let find = async { conversation::direct(ctx.domain(), ctx.viewer()?, &with.parse()?).await };
        find.await.transpose().map(|found| found.map(Conversation))
    }
}

/// People in a list of ids; the malformed ones are named like those who do not exist.
pub(super) fn parse_people(field: &'static str, ids: &[ID]) -> Result<Vec<UserId>> {
    let malformed: Vec<String> =
        ids.iter().filter(|id| id.parse::<UserId>().is_err()).map(|id| id.0.clone()).collect();
    if !malformed.is_empty() {
        return Err(conversation::invalid_participants(field, malformed));
    }
    ids.iter().map(|id| parse_id(field, id)).collect()
}

/// Names the input field that a missing conversation was referred to by.
pub(super) fn about_conversation(error: Error) -> Error {
    match error {
        Error::NotFound { what: "Conversation", field: None } => {
            Error::not_found("Conversation", "conversationId")
        }
        other => other,
    }
}
