//! Messages.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};

use super::{
    Asked as _,
    conversation::{Conversation, message_at},
    loader::{MentionsAt, Place, ReactionsAt, RevisionsOf},
    page::{PageArguments, PageInfo, Scope, connection, edges_and_info},
    reaction::Reaction,
    scalar::{DateTime, int, parse_id},
    user::User,
};
use crate::{
    domain::{
        message::{self, Destination as To, NewMessage},
        page::{End, Page},
        text::{Content, IdempotencyKey},
        user::UserRef,
    },
    entity::message_revision,
    error::Result,
};

/// A message in a conversation. A deleted one is a tombstone: it keeps its place and says nothing.
#[derive(Clone, Debug)]
pub struct Message(pub(super) message::Message);

impl Message {
    fn place(&self) -> Place {
        Place(self.0.participation.clone(), self.0.row.seq)
    }
}

/// A message in a conversation. A deleted one is a tombstone: it keeps its place and says nothing.
#[Object]
impl Message {
    /// The message's id, `msg_…`.
    pub(super) async fn id(&self) -> ID {
        ID(self.0.id().to_string())
    }

    /// Its position in the log of the conversation. Positions only grow, and have no gaps over messages and events
    /// together: order by this, not by time.
    async fn seq(&self) -> i32 {
        int(self.0.row.seq)
    }

    /// Where it was written.
    async fn conversation(&self) -> Conversation {
        Conversation(self.0.participation.clone())
    }

    /// Who wrote it. Null where the account has been deleted.
    async fn sender(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let found = ctx.loaders().load_one(self.0.row.sender_id).await;
        found.transpose().map(|row| row.map(User))
    }

    /// What it says, byte for byte as it was sent. Null where it was deleted.
    async fn content(&self) -> Option<&str> {
        self.0.row.content.as_deref()
    }

    /// When it was sent, by the server's clock.
    async fn created_at(&self) -> DateTime {
        self.0.row.created_at.into()
    }

    /// When it was last edited. Null where it never was.
    async fn edited_at(&self) -> Option<DateTime> {
        self.0.row.edited_at.map(DateTime::from)
    }

    /// When it was deleted. Null where it is there.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.row.deleted_at.map(DateTime::from)
    }

    /// The message it answers. Null where it answers none.
    async fn reply_to(&self, ctx: &Context<'_>) -> Option<Result<Self>> {
        message_at(ctx, &self.0.participation, self.0.row.reply_to_seq?).await
    }

    /// The reactions to it, each emoji once, the first one used first; at most as many as `server.limits` says.
    async fn reactions(&self, ctx: &Context<'_>) -> Result<Vec<Reaction>> {
        let groups = ctx.loaders().load_one(ReactionsAt(self.place())).await?;
        Ok(groups.unwrap_or_default().into_iter().map(Reaction).collect())
    }

    /// The participants it mentions with `@username`, at most fifty. Who has deleted their account is left out.
    async fn mentions(&self, ctx: &Context<'_>) -> Result<Vec<User>> {
        let ids = ctx.loaders().load_one(MentionsAt(self.place())).await?.unwrap_or_default();
        let mut people = ctx.loaders().load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| people.remove(id)).map(User).collect())
    }

    /// What it said before it was edited, oldest wording first. Empty where it was deleted.
    #[expect(clippy::too_many_arguments, reason = "the four of Relay’s specification")]
    async fn revisions(
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
    ) -> Result<RevisionConnection> {
        let owner = self.0.id().to_string();
        let scope = Scope::new("revisions", owner.as_bytes());
        let arguments = PageArguments { first, after, last, before };
        let request = arguments.request::<i64>(ctx.limits(), &scope, End::First)?;
        let total_count = self.0.row.revision_count;
        let page = if total_count == 0 {
            None
        } else {
            ctx.loaders().load_one(RevisionsOf(self.place(), request)).await?
        };
        let key = |row: &message_revision::Model| row.number;
        let (edges, page_info) = edges_and_info(page.unwrap_or_else(Page::empty), &scope, key);
        let edge = |(cursor, row): (String, message_revision::Model)| RevisionEdge {
            cursor,
            node: Revision { content: row.content, written_at: row.written_at.into() },
        };
        Ok(RevisionConnection { edges: edges.into_iter().map(edge).collect(), page_info, total_count })
    }

    /// What you may do to it.
    async fn viewer_can(&self) -> MessagePermissions {
        let can = self.0.participation.message_permissions(&self.0.row);
        MessagePermissions { edit: can.edit, delete: can.delete, react: can.react }
    }
}

/// What you may do to a message. Hide what is false.
#[derive(SimpleObject)]
pub struct MessagePermissions {
    /// Change what it says.
    edit: bool,
    /// Turn it into a tombstone.
    delete: bool,
    /// Add and remove reactions.
    react: bool,
}

connection!(
    /// A page of messages.
    MessageConnection,
    MessageEdge,
    Message,
    /// How many messages the conversation has in all, tombstones included.
    total
);

impl MessageConnection {
    pub(super) const fn new(edges: Vec<MessageEdge>, page_info: PageInfo, total_count: i64) -> Self {
        Self { edges, page_info, total_count }
    }
}

/// A message in a page of messages.
#[derive(Clone, Debug, SimpleObject)]
pub struct MessageEdge {
    /// Give it as `after` or `before` to continue from here.
    cursor: String,
    /// The message.
    node: Message,
}

impl MessageEdge {
    pub(super) const fn new(cursor: String, node: Message) -> Self {
        Self { cursor, node }
    }
}

/// What a message said until it was edited.
#[derive(Clone, Debug, SimpleObject)]
pub struct Revision {
    /// What it said.
    content: String,
    /// Since when it said so.
    written_at: DateTime,
}

connection!(
    /// A page of earlier wordings of a message.
    RevisionConnection,
    RevisionEdge,
    Revision,
    /// How often the message was edited.
    total
);

/// An earlier wording in a page of them.
#[derive(Clone, Debug, SimpleObject)]
pub struct RevisionEdge {
    /// Give it as `after` or `before` to continue from here.
    cursor: String,
    /// The wording.
    node: Revision,
}

/// Queries about messages.
#[derive(Default)]
pub struct MessageQuery;

#[Object]
impl MessageQuery {
    /// One message. `NOT_FOUND` where you do not take part in its conversation.
    async fn message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message's id, `msg_…`.")] id: ID,
    ) -> Option<Result<Message>> {
        let find = async {
            let viewer = ctx.viewer()?;
            message::find(ctx.domain(), viewer, parse_id("id", &id)?).await.map(Message)
        };
        Some(find.await)
    }
}

/// Where a message goes: to a conversation, or to a person. To a person means the one direct conversation with them,
/// which begins with this message if there is none yet.
#[derive(Clone, Debug, OneofObject)]
pub enum Destination {
    /// A conversation you take part in.
    ConversationId(ID),
    /// A person, by id.
    UserId(ID),
    /// A person, by username in any case.
    Username(String),
    /// A person, by e-mail address in any case.
    Email(String),
}

impl Destination {
    fn parse(self) -> Result<To> {
        Ok(match self {
            Self::ConversationId(id) => To::Conversation(parse_id("conversationId", &id)?),
            Self::UserId(id) => To::Person(UserRef::Id(parse_id("userId", &id)?)),
            Self::Username(name) => To::Person(UserRef::Username(name)),
            Self::Email(email) => To::Person(UserRef::Email(email)),
        })
    }
}

/// A message to send.
#[derive(InputObject)]
pub struct SendMessageInput {
    /// Where it goes: exactly one of a conversation and a person.
    to: Destination,
    /// What it says: 1 to 4,000 characters by default, not counting white space around it, at least one of them
    /// visible. It is kept byte for byte.
    content: String,
    /// The message it answers, in the same conversation.
    reply_to_id: Option<ID>,
    /// Your name for this sending, 1 to 128 visible ASCII characters; a UUID is a good choice. When you do not hear
    /// the answer, send the same again with the same key: it is sent once. Remembered for seven days.
    idempotency_key: Option<String>,
}

/// What `sendMessage` sent.
#[derive(SimpleObject)]
pub struct SendMessagePayload {
    /// The message. It is stored: it survives a crash of the server from here on.
    message: Message,
    /// The conversation as it is now.
    conversation: Conversation,
    /// Whether an earlier call with the same idempotency key had sent it already.
    duplicate: bool,
}

/// What a message is to say.
#[derive(InputObject)]
pub struct EditMessageInput {
    /// Which message.
    message_id: ID,
    /// What it is to say; the rules are those of `sendMessage`.
    content: String,
}

/// What `editMessage` changed.
#[derive(SimpleObject)]
pub struct EditMessagePayload {
    /// The message as it is now.
    message: Message,
}

/// Which message to delete.
#[derive(InputObject)]
pub struct DeleteMessageInput {
    /// Which message.
    message_id: ID,
}

/// What `deleteMessage` changed.
#[derive(SimpleObject)]
pub struct DeleteMessagePayload {
    /// The tombstone.
    message: Message,
}

/// Changes to messages.
#[derive(Default)]
pub struct MessageMutation;

#[Object]
impl MessageMutation {
    /// Sends a message to a conversation or to a person. `CONFLICT` on `idempotencyKey` where the key was used for
    /// another message.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to send where.")] input: SendMessageInput,
    ) -> Option<Result<SendMessagePayload>> {
        let send = async {
            let viewer = ctx.viewer()?;
            let new = NewMessage {
                to: input.to.parse()?,
                content: Content::parse(input.content, ctx.limits().message_length_max)?,
                reply_to: input.reply_to_id.as_ref().map(|id| parse_id("replyToId", id)).transpose()?,
                idempotency_key: input.idempotency_key.map(IdempotencyKey::parse).transpose()?,
            };
            let sent = message::send(ctx.domain(), viewer, new).await?;
            let conversation = Conversation(sent.message.participation.clone());
            Ok(SendMessagePayload { message: Message(sent.message), conversation, duplicate: sent.duplicate })
        };
        Some(send.await.map_err(super::conversation::about_conversation))
    }

    /// Changes what a message says. For its sender. The earlier wording stays in `revisions`.
    async fn edit_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to say.")] input: EditMessageInput,
    ) -> Option<Result<EditMessagePayload>> {
        let edit = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("messageId", &input.message_id)?;
            let content = Content::parse(input.content, ctx.limits().message_length_max)?;
            let message = message::edit(ctx.domain(), viewer, id, &content).await?;
            Ok(EditMessagePayload { message: Message(message) })
        };
        Some(edit.await)
    }

    /// Turns a message into a tombstone. For its sender, or an owner or admin of the group.
    async fn delete_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which message.")] input: DeleteMessageInput,
    ) -> Option<Result<DeleteMessagePayload>> {
        let delete = async {
            let viewer = ctx.viewer()?;
            let id = parse_id("messageId", &input.message_id)?;
            let message = message::delete(ctx.domain(), viewer, id).await?;
            Ok(DeleteMessagePayload { message: Message(message) })
        };
        Some(delete.await)
    }
}
