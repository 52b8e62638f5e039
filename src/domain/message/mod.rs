//! Messages: sending, editing and deleting them here, reading them in `read`.

mod read;

use aws_lc_rs::digest;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait as _,
};

pub(super) use read::at_places;
pub use read::{at, find, mentions, pages, revision_pages};

use super::{
    Domain, HOUSEKEEPING_BATCH,
    access::{self, Authorship, Participation},
    conversation, database,
    database::Transaction,
    database::transact,
    log::{self, Event, Log},
    participant,
    text::{Content, IdempotencyKey},
    user::{self, UserRef},
};
use crate::{
    auth::Viewer,
    entity::{
        event::Kind,
        idempotency_key, mention,
        message::{ActiveModel, Entity, Model},
        message_revision, participant as participant_entity, reaction, user as user_entity,
    },
    error::{Error, Result},
    id::{ConversationId, MessageId, UserId},
};
use participant_entity::Column as Part;

/// How long an idempotency key is remembered.
pub const IDEMPOTENCY_LIFETIME: std::time::Duration = std::time::Duration::from_hours(7 * 24);

/// A message, with the proof that the viewer takes part in its conversation.
#[derive(Clone, Debug)]
pub struct Message {
    /// The proof.
    pub participation: Participation,
    /// The message.
    pub row: Model,
}

impl Message {
    /// Its id.
    pub const fn id(&self) -> MessageId {
        MessageId { conversation: self.row.conversation_id, seq: self.row.seq }
    }
}

/// Where a message goes.
#[derive(Clone, Debug)]
pub enum Destination {
    /// To a conversation the viewer takes part in.
    Conversation(ConversationId),
    /// To a person: the direct conversation with them, which begins here if there is none.
    Person(UserRef),
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Where to.
    pub to: Destination,
    /// What it says.
    pub content: Content,
    /// What it answers, in the same conversation.
    pub reply_to: Option<MessageId>,
    /// The client's name for this sending, so that a retry is recognised.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What [`send`] did.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The message, and the conversation as it is now.
    pub message: Message,
    /// Whether an earlier call with the same key had sent it already.
    pub duplicate: bool,
}

/// Sends a message. It is stored when this returns. The same idempotency key again returns the first message; with
/// anything else in the call changed it is a `CONFLICT`.
pub async fn send(domain: &Domain, viewer: &Viewer, new: NewMessage) -> Result<Sent> {
    if let Some(first) = same_call_before(domain, viewer, &new).await? {
        return Ok(first);
    }
    let recipient = match &new.to {
        Destination::Conversation(_) => None,
        Destination::Person(by) => Some(find_recipient(domain, by).await?),
    };
    transact!(domain, |tx| {
        let mut log = match (&new.to, recipient) {
            (Destination::Person(by), Some(user)) => {
                conversation::open_direct_log(domain, tx, viewer, (user, recipient_field(by))).await?.0
            }
            (Destination::Conversation(id), _) => Log::open(tx, *id, domain.clock().now()).await?,
            (Destination::Person(by), None) => return Err(Error::not_found("User", recipient_field(by))),
        };
        let proof = access::participate(&log, viewer).await?;
        if let Some(first) = sent_before(&log, viewer, &new).await? {
            log.close().await?;
            return Ok(Sent { message: Message { participation: proof, row: first }, duplicate: true });
        }
        proof.may_write()?;
        let message = append(&mut log, proof, &new).await?;
        log.close().await?;
        Ok(Sent { message, duplicate: false })
    })
}

/// The person a message goes to, who must be there and not disabled.
async fn find_recipient(domain: &Domain, by: &UserRef) -> Result<UserId> {
    let not_found = Error::not_found("User", recipient_field(by));
    match user::find_reachable(domain, by).await {
        Ok(user) => Ok(user.id),
        Err(Error::NotFound { .. }) => Err(not_found),
        Err(error) => Err(error),
    }
}

/// How the input of `sendMessage` calls a reference to a person.
const fn recipient_field(by: &UserRef) -> &'static str {
    match by {
        UserRef::Id(_) => "userId",
        other => other.field(),
    }
}

async fn append(log: &mut Log<'_>, proof: Participation, new: &NewMessage) -> Result<Message> {
    let reply_to_seq = match new.reply_to {
        Some(id) => Some(answered(log, id).await?),
        None => None,
    };
    let content = new.content.as_str();
    let row = log.message(log::Message { sender: proof.user(), content, reply_to_seq }).await?;
    let mentioned = mentioned(log, &new.content).await?;
    let mut own = proof.participant().clone();
    if mentioned.iter().any(|(user, _)| *user == proof.user()) {
        own.mention_count += 1;
    }
    count_mentions(log, row.seq, &mentioned).await?;
    // Who writes has read what was there.
    own.read_seq = row.seq;
    own.read_ordinal = row.ordinal;
    own.read_mention_count = own.mention_count;
    participant::save_read_position(log.connection(), &own).await?;
    if let Some(key) = &new.idempotency_key {
        let remembered = idempotency_key::Model {
            user_id: proof.user(),
            idempotency_key: key.as_str().to_owned(),
            fingerprint: new.fingerprint(),
            destination: new.to.fingerprint(),
            conversation_id: row.conversation_id,
            message_seq: row.seq,
            expires_at: log.now().plus(IDEMPOTENCY_LIFETIME),
        };
        // Of two at once in different conversations, the second finds the key taken; its transaction is tried
        // again and finds the first.
        database::insert::<idempotency_key::Entity>(log.connection(), remembered).await?;
    }
    Ok(Message { participation: proof.renewed(log, own), row })
}

/// The position of the message that is answered; it must be in this conversation.
async fn answered(log: &Log<'_>, id: MessageId) -> Result<i64> {
    let elsewhere = || Error::invalid("replyToId", "A reply answers a message of the same conversation.");
    if id.conversation != log.conversation().id {
        return Err(elsewhere());
    }
    match access::message_row(log, id).await {
        Ok(row) => Ok(row.seq),
        Err(Error::NotFound { .. }) => Err(elsewhere()),
        Err(error) => Err(error),
    }
}

impl NewMessage {
    /// What identifies what is to be said, for the sake of the key.
    fn fingerprint(&self) -> Vec<u8> {
        let mut context = digest::Context::new(&digest::SHA256);
        if let Some(id) = self.reply_to {
            context.update(id.conversation.uuid().as_bytes());
            context.update(&id.seq.to_be_bytes());
        }
        context.update(b":");
        context.update(self.content.as_str().as_bytes());
        context.finish().as_ref().to_vec()
    }
}

impl Destination {
    /// What identifies the destination as the client spelled it.
    fn fingerprint(&self) -> Vec<u8> {
        let spelled = match self {
            Self::Conversation(id) => id.to_string(),
            Self::Person(UserRef::Id(id)) => id.to_string(),
            Self::Person(UserRef::Username(name)) => format!("username:{name}"),
            Self::Person(UserRef::Email(email)) => format!("email:{email}"),
        };
        digest::digest(&digest::SHA256, spelled.as_bytes()).as_ref().to_vec()
    }
}

/// What the very same call has sent before. It is found by what it said alone, before anybody is looked up: the person
/// it went to may have another name by now, or be gone.
async fn same_call_before(domain: &Domain, viewer: &Viewer, new: &NewMessage) -> Result<Option<Sent>> {
    let Some(key) = &new.idempotency_key else { return Ok(None) };
    let key = (viewer.user(), key.as_str().to_owned());
    let found = idempotency_key::Entity::find_by_id(key).one(domain.database().read()).await?;
    let Some(found) = found.filter(|found| {
        found.expires_at > domain.clock().now()
            && found.fingerprint == new.fingerprint()
            && found.destination == new.to.fingerprint()
    }) else {
        return Ok(None);
    };
    let id = MessageId { conversation: found.conversation_id, seq: found.message_seq };
    match find(domain, viewer, id).await {
        Ok(message) => Ok(Some(Sent { message, duplicate: true })),
        // Who has left the conversation hears what everybody hears who is not in it.
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The message that an earlier call with the same key sent, maybe with the same destination in other words.
async fn sent_before(log: &Log<'_>, viewer: &Viewer, new: &NewMessage) -> Result<Option<Model>> {
    let Some(key) = &new.idempotency_key else { return Ok(None) };
    let key = (viewer.user(), key.as_str().to_owned());
    let found = idempotency_key::Entity::find_by_id(key.clone()).one(log.connection()).await?;
    let Some(found) = found else { return Ok(None) };
    if found.expires_at <= log.now() {
        idempotency_key::Entity::delete_by_id(key).exec(log.connection()).await?;
        return Ok(None);
    }
    if found.conversation_id != log.conversation().id || found.fingerprint != new.fingerprint() {
        return Err(Error::Conflict {
            field: Some("idempotencyKey"),
            message: "This key was used for another message.",
        });
    }
    let id = MessageId { conversation: found.conversation_id, seq: found.message_seq };
    access::message_row(log, id).await.map(Some)
}

/// Forgets idempotency keys whose time is over, some at a time so that nobody waits long, and says how many.
pub async fn forget_expired_keys(domain: &Domain) -> Result<u64> {
    let expired = idempotency_key::Column::ExpiresAt.lte(domain.clock().now());
    let mut forgotten = 0;
    loop {
        let keys: Vec<(UserId, String)> = idempotency_key::Entity::find()
            .select_only()
            .columns([idempotency_key::Column::UserId, idempotency_key::Column::IdempotencyKey])
            .filter(expired.clone())
            .limit(HOUSEKEEPING_BATCH)
            .into_tuple()
            .all(domain.database().read())
            .await?;
        if keys.is_empty() {
            return Ok(forgotten);
        }
        let these = keys.iter().fold(Condition::any(), |any, (user, key)| {
            any.add(
                Condition::all()
                    .add(idempotency_key::Column::UserId.eq(*user))
                    .add(idempotency_key::Column::IdempotencyKey.eq(key.as_str())),
            )
        });
        forgotten += transact!(domain, |tx| {
            let delete = idempotency_key::Entity::delete_many();
            let delete = delete.filter(these.clone()).filter(expired.clone());
            Ok(delete.exec(tx.connection()).await?.rows_affected)
        })?;
    }
}

/// Those of the participants that `content` mentions, and how often each was mentioned before.
async fn mentioned(log: &Log<'_>, content: &Content) -> Result<Vec<(UserId, i64)>> {
    let keys = content.mentioned_keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let found = participant_entity::Entity::find()
        .select_only()
        .column(Part::UserId)
        .column(Part::MentionCount)
        .join(JoinType::InnerJoin, participant_entity::Relation::User.def())
        .filter(Part::ConversationId.eq(log.conversation().id))
        .filter(Part::LeftSeq.is_null())
        .filter(user_entity::Column::UsernameKey.is_in(keys))
        .into_tuple()
        .all(log.connection())
        .await?;
    Ok(found)
}

async fn count_mentions(log: &Log<'_>, seq: i64, mentioned: &[(UserId, i64)]) -> Result<()> {
    if mentioned.is_empty() {
        return Ok(());
    }
    let conversation_id = log.conversation().id;
    let rows = mentioned.iter().map(|(user_id, before)| mention::Model {
        conversation_id,
        message_seq: seq,
        user_id: *user_id,
        ordinal: before + 1,
        current: true,
    });
    database::insert_many::<mention::Entity>(log.connection(), rows.collect()).await?;
    participant_entity::Entity::update_many()
        .col_expr(Part::MentionCount, sea_orm::sea_query::ExprTrait::add(Part::MentionCount.into_expr(), 1))
        .filter(Part::ConversationId.eq(conversation_id))
        .filter(Part::UserId.is_in(mentioned.iter().map(|(user, _)| *user)))
        .exec(log.connection())
        .await?;
    Ok(())
}

/// Changes what a message says. For its sender, while they take part. The earlier wording is kept.
pub async fn edit(domain: &Domain, viewer: &Viewer, id: MessageId, content: &Content) -> Result<Message> {
    transact!(domain, |tx| {
        let (mut log, proof, row) = open_at(domain, tx, viewer, id).await?;
        let authorship = proof.author(row)?;
        proof.may_write()?;
        let row = authorship.row().clone();
        let before = still_there(&row)?.to_owned();
        if before == content.as_str() {
            log.close().await?;
            return Ok(Message { participation: proof, row });
        }
        let revision = message_revision::Model {
            conversation_id: row.conversation_id,
            message_seq: row.seq,
            number: row.revision_count + 1,
            content: before,
            written_at: row.edited_at.unwrap_or(row.created_at),
        };
        database::insert::<message_revision::Entity>(log.connection(), revision).await?;
        let row = Model {
            content: Some(content.as_str().to_owned()),
            edited_at: Some(log.now()),
            revision_count: row.revision_count + 1,
            ..row
        };
        save(&log, &authorship, &row).await?;
        mention_silently(&log, row.seq, content).await?;
        log.event(Event::new(Kind::MessageEdited, viewer.user()).at(row.seq)).await?;
        let participation = proof.renewed(&log, proof.participant().clone());
        log.close().await?;
        Ok(Message { participation, row })
    })
}

/// Turns a message into a tombstone that keeps its place: what it said, and all that hung on it, is gone. For its
/// sender, or who looks after the group. Deleting twice is deleting once.
pub async fn delete(domain: &Domain, viewer: &Viewer, id: MessageId) -> Result<Message> {
    transact!(domain, |tx| {
        let (mut log, proof, row) = open_at(domain, tx, viewer, id).await?;
        let authorship = proof.erase(row)?;
        let row = authorship.row().clone();
        if row.deleted_at.is_some() {
            log.close().await?;
            return Ok(Message { participation: proof, row });
        }
        let row = Model { content: None, deleted_at: Some(log.now()), revision_count: 0, ..row };
        save(&log, &authorship, &row).await?;
        forget_attachments(&log, &authorship).await?;
        log.event(Event::new(Kind::MessageDeleted, viewer.user()).at(row.seq)).await?;
        let participation = proof.renewed(&log, proof.participant().clone());
        log.close().await?;
        Ok(Message { participation, row })
    })
}

/// Opens the log that holds a message and proves that the viewer takes part.
pub(super) async fn open_at<'t>(
    domain: &Domain,
    tx: &'t Transaction,
    viewer: &Viewer,
    id: MessageId,
) -> Result<(Log<'t>, Participation, Model)> {
    let no_message = |error| match error {
        Error::NotFound { .. } => Error::not_found("Message", "messageId"),
        other => other,
    };
    let log = Log::open(tx, id.conversation, domain.clock().now()).await.map_err(no_message)?;
    let proof = access::participate(&log, viewer).await.map_err(no_message)?;
    let row = access::message_row(&log, id).await.map_err(no_message)?;
    Ok((log, proof, row))
}

/// What a message says; a deleted one says nothing and takes no change.
pub(super) fn still_there(row: &Model) -> Result<&str> {
    row.content
        .as_deref()
        .ok_or(Error::Conflict { field: Some("messageId"), message: "This message was deleted." })
}

async fn save(log: &Log<'_>, authorship: &Authorship, row: &Model) -> Result<()> {
    let update = ActiveModel {
        conversation_id: Unchanged(authorship.row().conversation_id),
        seq: Unchanged(authorship.row().seq),
        content: Set(row.content.clone()),
        edited_at: Set(row.edited_at),
        deleted_at: Set(row.deleted_at),
        revision_count: Set(row.revision_count),
        ..Default::default()
    };
    Entity::update(update).exec_without_returning(log.connection()).await?;
    Ok(())
}

/// After an edit: the names in it are shown as mentions, but nobody's count of unread mentions rises or falls.
async fn mention_silently(log: &Log<'_>, seq: i64, content: &Content) -> Result<()> {
    let conversation_id = log.conversation().id;
    let now: Vec<UserId> = mentioned(log, content).await?.into_iter().map(|(user, _)| user).collect();
    let of_message = || {
        Condition::all()
            .add(mention::Column::ConversationId.eq(conversation_id))
            .add(mention::Column::MessageSeq.eq(seq))
    };
    let before: Vec<UserId> = mention::Entity::find()
        .select_only()
        .column(mention::Column::UserId)
        .filter(of_message())
        .into_tuple()
        .all(log.connection())
        .await?;
    if !before.is_empty() {
        let is_named = mention::Column::UserId.is_in(now.iter().copied());
        mention::Entity::update_many()
            .col_expr(mention::Column::Current, is_named)
            .filter(of_message())
            .exec(log.connection())
            .await?;
    }
    let new = now.into_iter().filter(|user| !before.contains(user)).map(|user_id| mention::Model {
        conversation_id,
        message_seq: seq,
        user_id,
        ordinal: 0,
        current: true,
    });
    database::insert_many::<mention::Entity>(log.connection(), new.collect()).await?;
    Ok(())
}

async fn forget_attachments(log: &Log<'_>, authorship: &Authorship) -> Result<()> {
    let (connection, row) = (log.connection(), authorship.row());
    let (conversation, seq) = (row.conversation_id, row.seq);
    reaction::Entity::delete_many()
        .filter(reaction::Column::ConversationId.eq(conversation))
        .filter(reaction::Column::MessageSeq.eq(seq))
        .exec(connection)
        .await?;
    message_revision::Entity::delete_many()
        .filter(message_revision::Column::ConversationId.eq(conversation))
        .filter(message_revision::Column::MessageSeq.eq(seq))
        .exec(connection)
        .await?;
    mention::Entity::update_many()
        .col_expr(mention::Column::Current, sea_orm::sea_query::Expr::val(false))
        .filter(mention::Column::ConversationId.eq(conversation))
        .filter(mention::Column::MessageSeq.eq(seq))
        .exec(connection)
        .await?;
    Ok(())
}
