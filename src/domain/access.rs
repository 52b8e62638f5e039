//! Proofs of permission, and the only place that makes them.
//!
//! A verb that touches a conversation takes one of these instead of an id. Their fields are private to this file, so
//! code that forgets to ask cannot be written. A proof for a write is taken inside the transaction of the write,
//! under the lock of the conversation, so that a removal cannot slip in between. Strangers and former participants
//! hear `NOT_FOUND`, the same as for a conversation that does not exist.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect as _};

use super::{Domain, log::Log};
use crate::{
    auth::Viewer,
    entity::{
        conversation::{self, Kind},
        message,
        participant::{self, Role},
    },
    error::{Error, Result},
    id::{ConversationId, MessageId, UserId},
};

/// The conversation is not there for this caller.
const NO_CONVERSATION: Error = Error::NotFound { what: "Conversation", field: None };
/// The message is not there for this caller.
const NO_MESSAGE: Error = Error::NotFound { what: "Message", field: None };

/// A person takes part in a conversation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Participation(Arc<Rows>);

#[derive(Clone, Debug)]
struct Rows {
    conversation: conversation::Model,
    participant: participant::Model,
}

impl Participation {
    /// The one way to make the proof: from the rows that show it.
    fn prove(
        user: UserId,
        conversation: conversation::Model,
        participant: participant::Model,
    ) -> Option<Self> {
        let takes_part = participant.user_id == user
            && participant.conversation_id == conversation.id
            && participant.left_seq.is_none()
            && conversation.deleted_at.is_none();
        takes_part.then(|| Self(Arc::new(Rows { conversation, participant })))
    }

    /// The conversation.
    pub fn conversation(&self) -> &conversation::Model {
        &self.0.conversation
    }

    /// The part this person takes in it.
    pub fn participant(&self) -> &participant::Model {
        &self.0.participant
    }

    /// Which conversation.
    pub fn id(&self) -> ConversationId {
        self.0.conversation.id
    }

    /// Who takes part.
    pub fn user(&self) -> UserId {
        self.0.participant.user_id
    }

    /// What this person may do here.
    pub fn permissions(&self) -> Permissions {
        let is_group = self.conversation().kind == Kind::Group;
        let administers = is_group && self.participant().role <= Role::Admin;
        let owns = is_group && self.participant().role == Role::Owner;
        Permissions {
            send_message: is_group || self.conversation().participant_count == 2,
            add_participants: administers,
            remove_participants: administers,
            set_roles: owns,
            rename: administers,
            leave: is_group,
            delete: owns,
        }
    }

    /// The same proof with the rows as the transaction behind `log` leaves them.
    pub(super) fn renewed(&self, log: &Log<'_>, participant: participant::Model) -> Self {
        Self::prove(self.user(), log.conversation().clone(), participant).unwrap_or_else(|| self.clone())
    }

    /// The same proof with other settings of the person.
    pub(super) fn with_participant(&self, participant: participant::Model) -> Self {
        Self::prove(self.user(), self.conversation().clone(), participant).unwrap_or_else(|| self.clone())
    }

    /// This person writes messages here.
    pub(super) fn may_write(&self) -> Result<()> {
        if self.permissions().send_message {
            return Ok(());
        }
        Err(Error::Forbidden("The other person has deleted their account."))
    }

    /// This person looks after the group.
    pub(super) fn administer(&self) -> Result<Administration> {
        if self.conversation().kind == Kind::Direct {
            return Err(Error::Forbidden("A direct conversation has no title, roles or other participants."));
        }
        if self.participant().role > Role::Admin {
            return Err(Error::Forbidden("Only an owner or admin of the group may do this."));
        }
        Ok(Administration(self.clone()))
    }

    /// This person owns the group.
    pub(super) fn own(&self) -> Result<Ownership> {
        self.administer()?;
        if self.participant().role != Role::Owner {
            return Err(Error::Forbidden("Only an owner of the group may do this."));
        }
        Ok(Ownership(()))
    }

    /// This person wrote `message`, and may change what it says.
    pub(super) fn author(&self, message: message::Model) -> Result<Authorship> {
        if !self.wrote(&message) {
            return Err(Error::Forbidden("Only its sender edits a message."));
        }
        Ok(Authorship(message))
    }

    /// This person may delete `message`: they wrote it, or look after the group.
    pub(super) fn erase(&self, message: message::Model) -> Result<Authorship> {
        if !self.may_erase(&message) {
            let refused = "Only its sender, or an owner or admin of the group, deletes a message.";
            return Err(Error::Forbidden(refused));
        }
        Ok(Authorship(message))
    }

    fn wrote(&self, message: &message::Model) -> bool {
        message.sender_id == self.user() && message.conversation_id == self.id()
    }

    fn may_erase(&self, message: &message::Model) -> bool {
        self.wrote(message) || (message.conversation_id == self.id() && self.administer().is_ok())
    }

    /// What this person may do to `message`.
    pub fn message_permissions(&self, message: &message::Model) -> MessagePermissions {
        let is_there = message.deleted_at.is_none();
        let may_write = self.may_write().is_ok();
        MessagePermissions {
            edit: is_there && may_write && self.wrote(message),
            delete: is_there && self.may_erase(message),
            react: is_there && may_write,
        }
    }
}

/// What a person may do in a conversation.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
pub struct Permissions {
    /// Send messages, edit their own and react.
    pub send_message: bool,
    /// Add people.
    pub add_participants: bool,
    /// Remove people of a lower role.
    pub remove_participants: bool,
    /// Change what others may do.
    pub set_roles: bool,
    /// Change the title.
    pub rename: bool,
    /// Leave.
    pub leave: bool,
    /// End it for everybody.
    pub delete: bool,
}

/// What a person may do to a message.
#[derive(Clone, Copy, Debug)]
pub struct MessagePermissions {
    /// Change what it says.
    pub edit: bool,
    /// Turn it into a tombstone.
    pub delete: bool,
    /// Add and remove reactions.
    pub react: bool,
}

/// A person looks after a group: its title, its people, its messages.
#[derive(Clone, Debug)]
pub struct Administration(Participation);

impl Administration {
    /// This person may remove `other` from the group.
    pub(super) fn remove(&self, other: participant::Model) -> Result<Departure> {
        let role = self.0.participant().role;
        if other.conversation_id == self.0.id() && (role == Role::Owner || other.role > role) {
            return Ok(Departure { actor: self.0.user(), row: other });
        }
        Err(Error::Forbidden("An admin removes members only."))
    }
}

/// A person owns a group.
#[derive(Clone, Debug)]
pub struct Ownership(());

/// A person may change this message.
#[derive(Clone, Debug)]
pub struct Authorship(message::Model);

impl Authorship {
    /// The message as it is.
    pub(super) const fn row(&self) -> &message::Model {
        &self.0
    }
}

/// Somebody may be taken out of a conversation.
#[derive(Clone, Debug)]
pub struct Departure {
    actor: UserId,
    row: participant::Model,
}

impl Departure {
    /// Anybody may go themselves; whether the conversation can spare them is another question.
    pub(super) const fn own(row: participant::Model) -> Self {
        Self { actor: row.user_id, row }
    }

    /// Who takes them out: themselves, where they go.
    pub(super) const fn actor(&self) -> UserId {
        self.actor
    }

    /// The part they took.
    pub(super) const fn row(&self) -> &participant::Model {
        &self.row
    }
}

/// Proof that a group has nobody who owns it, so that the server may end it or pass it on.
pub(super) async fn orphaned(log: &Log<'_>) -> Result<Option<Ownership>> {
    Ok((owners(log).await? == 0).then_some(Ownership(())))
}

/// How many own the group; two stands for more.
pub(super) async fn owners(log: &Log<'_>) -> Result<usize> {
    let owners = participant::Entity::find()
        .filter(participant::Column::ConversationId.eq(log.conversation().id))
        .filter(participant::Column::LeftSeq.is_null())
        .filter(participant::Column::Role.eq(Role::Owner))
        .limit(2)
        .all(log.connection())
        .await?;
    Ok(owners.len())
}

/// Proof that `viewer` takes part in the conversation that `log` has locked.
pub(super) async fn participate(log: &Log<'_>, viewer: &Viewer) -> Result<Participation> {
    let conversation = log.conversation().clone();
    let participant = participant_row(log.connection(), conversation.id, viewer.user()).await?;
    participant
        .and_then(|participant| Participation::prove(viewer.user(), conversation, participant))
        .ok_or(NO_CONVERSATION)
}

/// Proof that `viewer` takes part in a conversation, with their own row locked but not its log: for what changes
/// nothing that others see.
pub(super) async fn participate_alone(
    connection: &impl ConnectionTrait,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<Participation> {
    let key = (id, viewer.user());
    let participant = participant::Entity::find_by_id(key).lock_exclusive().one(connection).await?;
    let conversation = conversation::Entity::find_by_id(id).one(connection).await?;
    participant
        .zip(conversation)
        .and_then(|(participant, conversation)| {
            Participation::prove(viewer.user(), conversation, participant)
        })
        .ok_or(NO_CONVERSATION)
}

/// The row of `user` in `conversation`, whether they still take part or not.
pub(super) async fn participant_row(
    connection: &impl ConnectionTrait,
    conversation: ConversationId,
    user: UserId,
) -> Result<Option<participant::Model>> {
    Ok(participant::Entity::find_by_id((conversation, user)).one(connection).await?)
}

/// Proof for each of `conversations` that `viewer` takes part in, in one statement.
pub async fn participations(
    domain: &Domain,
    viewer: &Viewer,
    conversations: &[ConversationId],
) -> Result<HashMap<ConversationId, Participation>> {
    let rows = participant::Entity::find()
        .find_also_related(conversation::Entity)
        .filter(participant::Column::UserId.eq(viewer.user()))
        .filter(participant::Column::ConversationId.is_in(conversations.iter().copied()))
        .all(domain.database().read())
        .await?;
    Ok(prove_all(viewer, rows).map(|proof| (proof.id(), proof)).collect())
}

/// Proofs from joined rows of the viewer's; rows that show nothing are left out.
pub(super) fn prove_all(
    viewer: &Viewer,
    rows: Vec<(participant::Model, Option<conversation::Model>)>,
) -> impl Iterator<Item = Participation> {
    let user = viewer.user();
    rows.into_iter()
        .filter_map(move |(participant, conversation)| Participation::prove(user, conversation?, participant))
}

/// Proof that `viewer` takes part in `conversation`.
pub async fn participation(
    domain: &Domain,
    viewer: &Viewer,
    conversation: ConversationId,
) -> Result<Participation> {
    participations(domain, viewer, &[conversation]).await?.remove(&conversation).ok_or(NO_CONVERSATION)
}

/// The message at `id`, under the lock of its conversation.
pub(super) async fn message_row(log: &Log<'_>, id: MessageId) -> Result<message::Model> {
    message::Entity::find_by_id((id.conversation, id.seq)).one(log.connection()).await?.ok_or(NO_MESSAGE)
}
