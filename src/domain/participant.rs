//! The people of a conversation: who takes part, in which role, and how far they have read.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult as _, IntoActiveModel as _, Iterable as _,
    QueryFilter, QueryOrder, QueryResult, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait as _, JoinType, Query, SelectStatement},
};
use serde_json::json;

use super::{
    Domain,
    access::{self, Departure, Ownership, Participation},
    by_key, conversation, database,
    database::transact,
    log::{Event, Log},
    page::{self, Page, PageRequest},
};
use crate::{
    auth::Viewer,
    entity::{
        event::Kind,
        mention, message,
        participant::{ActiveModel, Column, Entity, Model, Role},
        user,
    },
    error::{Error, Result},
    id::{ConversationId, MessageId, UserId},
};

/// How many rows one statement inserts or looks up: well below every database's limit of parameters.
const CHUNK: usize = 500;
/// What the columns of a person are called beside those of their participation.
const USER_PREFIX: &str = "person_";

/// Takes `people` into the conversation of `log`, each with an event of their own. Who left before comes back to the
/// same row. Nobody starts with unread messages.
pub(super) async fn enroll(
    log: &mut Log<'_>,
    actor: UserId,
    people: Vec<(UserId, Role)>,
) -> Result<Vec<Model>> {
    let conversation = log.conversation().clone();
    let ids: Vec<UserId> = people.iter().map(|(user, _)| *user).collect();
    let before = rows_of(log.connection(), conversation.id, &ids).await?;
    let people: Vec<_> = people
        .into_iter()
        .filter(|(user, _)| before.get(user).is_none_or(|row| row.left_seq.is_some()))
        .collect();
    let events = people.iter().map(|(user, role)| {
        Event::new(Kind::ParticipantAdded, actor).about(*user).with(json!({ "role": role_name(*role) }))
    });
    let positions = log.events(events.collect()).await?;
    let mut rows = Vec::with_capacity(people.len());
    for ((user_id, role), joined_seq) in people.into_iter().zip(positions) {
        let mention_count = before.get(&user_id).map_or(0, |row| row.mention_count);
        rows.push(Model {
            conversation_id: conversation.id,
            user_id,
            role,
            joined_at: log.now(),
            joined_seq,
            left_seq: None,
            read_seq: conversation.last_message_seq,
            read_ordinal: conversation.message_count,
            mention_count,
            read_mention_count: mention_count,
            muted: false,
            archived: false,
            pinned: false,
        });
    }
    let (returning, new): (Vec<Model>, Vec<Model>) =
        rows.iter().cloned().partition(|row| before.contains_key(&row.user_id));
    for row in returning {
        Entity::update(row.into_active_model().reset_all()).exec_without_returning(log.connection()).await?;
    }
    database::insert_many::<Entity>(log.connection(), new).await?;
    log.count_participants(i64::try_from(rows.len()).map_err(Error::internal)?);
    Ok(rows)
}

/// How a role is written in the data of an event.
pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "OWNER",
        Role::Admin => "ADMIN",
        Role::Member => "MEMBER",
    }
}

/// The rows of `users` in `conversation`, whether they still take part or not.
async fn rows_of(
    connection: &impl ConnectionTrait,
    conversation: ConversationId,
    users: &[UserId],
) -> Result<HashMap<UserId, Model>> {
    let mut found = Vec::new();
    for users in users.chunks(CHUNK) {
        let rows = Entity::find()
            .filter(Column::ConversationId.eq(conversation))
            .filter(Column::UserId.is_in(users.iter().copied()))
            .all(connection);
        found.extend(rows.await?);
    }
    Ok(by_key(found, |row| row.user_id))
}

/// A person and the part they take, for lists.
#[derive(Clone, Debug)]
pub struct Participant {
    /// The part.
    pub row: Model,
    /// The person.
    pub user: user::Model,
}

/// Pages of the people of several conversations, in the order they joined, in one statement.
pub async fn pages(
    domain: &Domain,
    requests: &[(Participation, PageRequest<i64>)],
) -> Result<Vec<Page<Participant>>> {
    let asked = requests.iter().map(|(proof, request)| {
        let mut select = select_with_users();
        select.and_where(Column::ConversationId.eq(proof.id())).and_where(Column::LeftSeq.is_null());
        // Who has deleted their account is about to be taken out.
        select.and_where(user::Column::DeletedAt.is_null());
        request.apply(&mut select, Column::JoinedSeq);
        (select, request)
    });
    let parse = |row: &QueryResult| {
        let user = user::Model::from_query_result(row, USER_PREFIX)?;
        Ok(Participant { row: Model::from_query_result(row, "")?, user })
    };
    let key = |participant: &Participant| participant.row.joined_seq;
    Ok(page::side_by_side(domain.database().read(), asked.collect(), parse, key).await?)
}

fn select_with_users() -> SelectStatement {
    let mut select = Query::select();
    for column in Column::iter() {
        select.column((Entity, column));
    }
    for column in user::Column::iter() {
        let name = Alias::new(format!("{USER_PREFIX}{}", sea_orm::IdenStatic::as_str(&column)));
        select.expr_as(Expr::col((user::Entity, column)), name);
    }
    let same = Expr::col((user::Entity, user::Column::Id)).equals((Entity, Column::UserId));
    select.from(Entity).join(JoinType::InnerJoin, user::Entity, same).take()
}

/// Takes more people into a group. For its owners and admins. Returns who is new.
pub async fn add(
    domain: &Domain,
    viewer: &Viewer,
    id: ConversationId,
    users: &[UserId],
) -> Result<(Participation, Vec<UserId>)> {
    const FIELD: &str = "userIds";
    if users.is_empty() {
        return Err(Error::invalid(FIELD, "At least one participant is required."));
    }
    let others = conversation::distinct(users, viewer.user());
    conversation::check_size(domain, FIELD, others.len())?;
    transact!(domain, |tx| {
        let mut log = Log::open(tx, id, domain.clock().now()).await?;
        let proof = access::participate(&log, viewer).await?;
        proof.administer()?;
        conversation::lock_people(log.connection(), viewer, (FIELD, &others)).await?;
        let people = others.iter().map(|other| (*other, Role::Member)).collect();
        let added = enroll(&mut log, viewer.user(), people).await?;
        let size = usize::try_from(log.conversation().participant_count).map_err(Error::internal)?;
        conversation::check_size(domain, FIELD, size)?;
        let proof = proof.renewed(&log, proof.participant().clone());
        log.close().await?;
        Ok((proof, added.into_iter().map(|row| row.user_id).collect()))
    })
}

/// Takes somebody out of a group. Owners remove anybody else, admins remove members.
pub async fn remove(
    domain: &Domain,
    viewer: &Viewer,
    id: ConversationId,
    user: UserId,
) -> Result<Participation> {
    transact!(domain, |tx| {
        let mut log = Log::open(tx, id, domain.clock().now()).await?;
        let proof = access::participate(&log, viewer).await?;
        let administration = proof.administer()?;
        if user == viewer.user() {
            return Err(Error::invalid("userId", "To go yourself, leave the conversation."));
        }
        let other = present(&log, user).await?;
        take_out(&mut log, &administration.remove(other)?).await?;
        let proof = proof.renewed(&log, proof.participant().clone());
        log.close().await?;
        Ok(proof)
    })
}

/// The row of somebody who takes part now; `NOT_FOUND` on `userId` otherwise.
async fn present(log: &Log<'_>, user: UserId) -> Result<Model> {
    access::participant_row(log.connection(), log.conversation().id, user)
        .await?
        .filter(|row| row.left_seq.is_none())
        .ok_or(Error::not_found("Participant", "userId"))
}

async fn take_out(log: &mut Log<'_>, departure: &Departure) -> Result<()> {
    let row = departure.row();
    let event = Event::new(Kind::ParticipantRemoved, departure.actor()).about(row.user_id);
    let seq = log.event(event).await?;
    let row = ActiveModel {
        conversation_id: Unchanged(row.conversation_id),
        user_id: Unchanged(row.user_id),
        left_seq: Set(Some(seq)),
        ..Default::default()
    };
    Entity::update(row).exec_without_returning(log.connection()).await?;
    log.count_participants(-1);
    Ok(())
}

/// Takes everybody out of a group that ended at position `seq`.
pub(super) async fn dismiss_all(log: &mut Log<'_>, _: &Ownership, seq: i64) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LeftSeq, Expr::val(seq))
        .filter(Column::ConversationId.eq(log.conversation().id))
        .filter(Column::LeftSeq.is_null())
        .exec(log.connection())
        .await?;
    log.count_participants(-log.conversation().participant_count);
    Ok(())
}

/// Leaves a group. Its last owner must hand it over first; the last person of all ends it.
pub async fn leave(domain: &Domain, viewer: &Viewer, id: ConversationId) -> Result<()> {
    transact!(domain, |tx| {
        let mut log = Log::open(tx, id, domain.clock().now()).await?;
        let proof = access::participate(&log, viewer).await?;
        if !proof.permissions().leave {
            return Err(Error::Forbidden("A direct conversation cannot be left."));
        }
        let is_alone = log.conversation().participant_count == 1;
        if !is_alone && proof.participant().role == Role::Owner && access::owners(&log).await? == 1 {
            return Err(Error::Conflict {
                field: Some("conversationId"),
                message: "You are its only owner: make somebody else an owner first, or delete it.",
            });
        }
        go(&mut log, proof.participant().clone()).await?;
        log.close().await
    })
}

/// Takes a deleted account out of a conversation. A group whose last owner that was passes to the admin, or else the
/// member, who has been there longest.
pub(super) async fn depart(domain: &Domain, user: UserId, id: ConversationId) -> Result<()> {
    transact!(domain, |tx| {
        let mut log = match Log::open(tx, id, domain.clock().now()).await {
            Err(Error::NotFound { .. }) => return Ok(()),
            log => log?,
        };
        let row = access::participant_row(log.connection(), id, user).await?;
        if let Some(row) = row.filter(|row| row.left_seq.is_none()) {
            let was_owner = row.role == Role::Owner;
            go(&mut log, row).await?;
            if let Some(ownership) = access::orphaned(&log).await?.filter(|_| was_owner) {
                promote_heir(&mut log, &ownership, user).await?;
            }
        }
        log.close().await
    })
}

/// Somebody goes on their own; the conversation ends with the last of a group.
async fn go(log: &mut Log<'_>, row: Model) -> Result<()> {
    let user = row.user_id;
    take_out(log, &Departure::own(row)).await?;
    if log.conversation().participant_count == 0
        && let Some(ownership) = access::orphaned(log).await?
    {
        log.event(Event::new(Kind::ConversationDeleted, user)).await?;
        log.end(&ownership);
    }
    Ok(())
}

async fn promote_heir(log: &mut Log<'_>, ownership: &Ownership, actor: UserId) -> Result<()> {
    let heir = Entity::find()
        .filter(Column::ConversationId.eq(log.conversation().id))
        .filter(Column::LeftSeq.is_null())
        .order_by_asc(Column::Role)
        .order_by_asc(Column::JoinedSeq)
        .one(log.connection())
        .await?;
    match heir {
        Some(heir) => set_role_of(log, ownership, actor, (heir, Role::Owner)).await.map(drop),
        None => Ok(()),
    }
}

async fn set_role_of(
    log: &mut Log<'_>,
    _: &Ownership,
    actor: UserId,
    (row, role): (Model, Role),
) -> Result<Model> {
    if row.role == role {
        return Ok(row);
    }
    let event = Event::new(Kind::ParticipantChanged, actor).about(row.user_id);
    log.event(event.with(json!({ "role": role_name(role) }))).await?;
    let change = ActiveModel {
        conversation_id: Unchanged(row.conversation_id),
        user_id: Unchanged(row.user_id),
        role: Set(role),
        ..Default::default()
    };
    Entity::update(change).exec_without_returning(log.connection()).await?;
    Ok(Model { role, ..row })
}

/// Gives somebody in a group another role. For its owners; the last one keeps theirs.
pub async fn set_role(
    domain: &Domain,
    viewer: &Viewer,
    (id, user): (ConversationId, UserId),
    role: Role,
) -> Result<(Participation, Model)> {
    transact!(domain, |tx| {
        let mut log = Log::open(tx, id, domain.clock().now()).await?;
        let proof = access::participate(&log, viewer).await?;
        let ownership = proof.own()?;
        let row = present(&log, user).await?;
        if row.role == Role::Owner && role != Role::Owner && access::owners(&log).await? == 1 {
            return Err(Error::Conflict { field: Some("role"), message: "A group needs an owner." });
        }
        let row = set_role_of(&mut log, &ownership, viewer.user(), (row, role)).await?;
        let own = if user == viewer.user() { row.clone() } else { proof.participant().clone() };
        let proof = proof.renewed(&log, own);
        log.close().await?;
        Ok((proof, row))
    })
}

/// What [`set_preferences`] changes; `None` leaves a value alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preferences {
    /// Want no notifications.
    pub muted: Option<bool>,
    /// Put it out of sight.
    pub archived: Option<bool>,
    /// Keep it in sight.
    pub pinned: Option<bool>,
}

/// Changes how the viewer sees a conversation; nobody else notices.
pub async fn set_preferences(
    domain: &Domain,
    viewer: &Viewer,
    id: ConversationId,
    change: Preferences,
) -> Result<Participation> {
    transact!(domain, |tx| {
        let proof = access::participate_alone(tx.connection(), viewer, id).await?;
        let before = proof.participant().clone();
        let row = Model {
            muted: change.muted.unwrap_or(before.muted),
            archived: change.archived.unwrap_or(before.archived),
            pinned: change.pinned.unwrap_or(before.pinned),
            ..before
        };
        let update = ActiveModel {
            conversation_id: Unchanged(row.conversation_id),
            user_id: Unchanged(row.user_id),
            muted: Set(row.muted),
            archived: Set(row.archived),
            pinned: Set(row.pinned),
            ..Default::default()
        };
        Entity::update(update).exec_without_returning(tx.connection()).await?;
        Ok(proof.with_participant(row))
    })
}

/// Marks everything up to and including a message as read. Reading never goes back.
pub async fn mark_read(domain: &Domain, viewer: &Viewer, id: MessageId) -> Result<Participation> {
    transact!(domain, |tx| {
        let no_message = Error::not_found("Message", "messageId");
        let proof = access::participate_alone(tx.connection(), viewer, id.conversation).await;
        let proof = proof.map_err(|error| match error {
            Error::NotFound { .. } => no_message.clone(),
            other => other,
        })?;
        let message = message::Entity::find_by_id((id.conversation, id.seq)).one(tx.connection()).await?;
        let message = message.ok_or(no_message)?;
        let before = proof.participant().clone();
        if message.seq <= before.read_seq {
            return Ok(proof);
        }
        let mentions = mentions_up_to(tx.connection(), viewer.user(), id).await?;
        let row = Model {
            read_seq: message.seq,
            read_ordinal: message.ordinal,
            read_mention_count: Ord::max(mentions, before.read_mention_count),
            ..before
        };
        save_read_position(tx.connection(), &row).await?;
        Ok(proof.with_participant(row))
    })
}

/// How often `user` was mentioned up to and including a message.
async fn mentions_up_to(connection: &impl ConnectionTrait, user: UserId, id: MessageId) -> Result<i64> {
    let last: Option<i64> = mention::Entity::find()
        .select_only()
        .column(mention::Column::Ordinal)
        .filter(mention::Column::ConversationId.eq(id.conversation))
        .filter(mention::Column::UserId.eq(user))
        .filter(mention::Column::MessageSeq.lte(id.seq))
        .filter(mention::Column::Ordinal.gt(0))
        .order_by_desc(mention::Column::MessageSeq)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.unwrap_or(0))
}

/// Writes how far `row`'s person has read.
pub(super) async fn save_read_position(connection: &impl ConnectionTrait, row: &Model) -> Result<()> {
    let update = ActiveModel {
        conversation_id: Unchanged(row.conversation_id),
        user_id: Unchanged(row.user_id),
        read_seq: Set(row.read_seq),
        read_ordinal: Set(row.read_ordinal),
        mention_count: Set(row.mention_count),
        read_mention_count: Set(row.read_mention_count),
        ..Default::default()
    };
    Entity::update(update).exec_without_returning(connection).await?;
    Ok(())
}
