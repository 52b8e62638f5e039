//! Conversations: finding, creating, renaming and ending them.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};
use serde_json::json;

use super::{
    Domain,
    access::{self, Participation},
    database::Transaction,
    database::transact,
    log::{Event, Log},
    page::{End, Page, PageRequest},
    participant,
    text::Title,
    user::{self, UserRef},
};
use crate::{
    auth::Viewer,
    clock::Timestamp,
    entity::{
        conversation::{Column, Entity, Kind, Model},
        event::Kind as EventKind,
        participant as participant_entity,
        participant::Role,
    },
    error::{Error, Result},
    id::{ConversationId, UserId},
};

/// Which of the viewer's conversations to list; `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Direct ones or groups.
    pub kind: Option<Kind>,
    /// Archived ones, or those that are not.
    pub archived: Option<bool>,
    /// Pinned ones, or those that are not.
    pub pinned: Option<bool>,
    /// Those with unread messages, or those without.
    pub unread: Option<bool>,
}

/// The place of a conversation in the list: latest activity first, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListKey {
    /// When somebody last wrote.
    pub active_at: Timestamp,
    /// Which conversation.
    pub id: ConversationId,
}

impl ListKey {
    /// Rows that come after this one in the list, or before it.
    fn rows(self, after: bool) -> Condition {
        let (active_at, id) = (Column::ActiveAt, Column::Id);
        let beyond = |column: Column, value: sea_orm::Value| {
            if after { column.lt(value) } else { column.gt(value) }
        };
        Condition::any()
            .add(beyond(active_at, self.active_at.into()))
            .add(Condition::all().add(active_at.eq(self.active_at)).add(beyond(id, self.id.into())))
    }
}

/// The viewer's conversations, latest activity first, each with the proof that they take part. One statement.
pub async fn list(
    domain: &Domain,
    viewer: &Viewer,
    filter: Filter,
    request: &PageRequest<ListKey>,
) -> Result<Page<Participation>> {
    use participant_entity::Column as Part;
    let unread = Expr::col((Entity, Column::MessageCount))
        .gt(Expr::col((participant_entity::Entity, Part::ReadOrdinal)));
    let order = if request.end == End::First { Order::Desc } else { Order::Asc };
    let rows = participant_entity::Entity::find()
        .find_also_related(Entity)
        .filter(Part::UserId.eq(viewer.user()))
        .filter(Part::LeftSeq.is_null())
        .filter(Column::DeletedAt.is_null())
        .filter(
            Condition::all()
                .add_option(filter.kind.map(|kind| Column::Kind.eq(kind)))
                .add_option(filter.archived.map(|archived| Part::Archived.eq(archived)))
                .add_option(filter.pinned.map(|pinned| Part::Pinned.eq(pinned)))
                .add_option(filter.unread.map(|wanted| if wanted { unread } else { unread.not() }))
                .add_option(request.after.map(|key| key.rows(true)))
                .add_option(request.before.map(|key| key.rows(false))),
        )
        .order_by(Column::ActiveAt, order.clone())
        .order_by(Column::Id, order)
        .limit(request.rows())
        .all(domain.database().read())
        .await?;
    Ok(Page::new(access::prove_all(viewer, rows).collect(), request))
}

/// A group to be.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Whom to bring together. The viewer and doubles may be among them.
    pub participants: Vec<UserId>,
    /// What to call it.
    pub title: Option<Title>,
}

/// The error for people who cannot be added. `field` names the argument, `ids` the offenders.
pub fn invalid_participants(field: &'static str, ids: Vec<String>) -> Error {
    Error::InvalidInput { field, message: "Invalid participant IDs.".to_owned(), details: ids }
}

/// Starts a group with the viewer as its owner. One unknown person fails the whole call.
pub async fn create(domain: &Domain, viewer: &Viewer, new: NewGroup) -> Result<Participation> {
    const FIELD: &str = "participantIds";
    let others: Vec<UserId> = distinct(&new.participants, viewer.user());
    if others.is_empty() {
        return Err(Error::invalid(FIELD, "At least one participant is required."));
    }
    check_size(domain, FIELD, others.len() + 1)?;
    transact!(domain, |tx| {
        lock_people(tx.connection(), viewer, (FIELD, &others)).await?;
        let row = new_row(domain, Kind::Group, new.title.clone().map(Title::into_string));
        let mut log = Log::begin(tx, row).await?;
        let people = [(viewer.user(), Role::Owner)].into_iter();
        let people = people.chain(others.iter().map(|other| (*other, Role::Member))).collect();
        participant::enroll(&mut log, viewer.user(), people).await?;
        finish(log, viewer).await
    })
}

/// `ids` in their order, each once, without `viewer`.
pub(super) fn distinct(ids: &[UserId], viewer: UserId) -> Vec<UserId> {
    let mut seen = HashSet::from([viewer]);
    ids.iter().copied().filter(|id| seen.insert(*id)).collect()
}

/// Fails when a group of `size` would be larger than groups may be.
pub(super) fn check_size(domain: &Domain, field: &'static str, size: usize) -> Result<()> {
    let max = domain.limits().participants_max;
    if size > usize::try_from(max).unwrap_or(usize::MAX) {
        return Err(Error::invalid(field, format!("A group has at most {max} participants.")));
    }
    Ok(())
}

/// Locks the accounts of the viewer and of those who are to join, so that none is deleted before they have. Fails with
/// the ids of those who are not there or are disabled.
pub(super) async fn lock_people(
    connection: &impl ConnectionTrait,
    viewer: &Viewer,
    (field, others): (&'static str, &[UserId]),
) -> Result<()> {
    let everybody: Vec<UserId> = others.iter().copied().chain([viewer.user()]).collect();
    let found = user::lock_reachable(connection, &everybody).await?;
    if !found.contains_key(&viewer.user()) {
        return Err(Error::Unauthenticated("This account does not exist any more."));
    }
    let missing: Vec<String> =
        others.iter().filter(|id| !found.contains_key(id)).map(ToString::to_string).collect();
    if missing.is_empty() { Ok(()) } else { Err(invalid_participants(field, missing)) }
}

fn new_row(domain: &Domain, kind: Kind, title: Option<String>) -> Model {
    let now = domain.clock().now();
    Model {
        id: ConversationId::new(domain.clock()),
        kind,
        title,
        direct_low: None,
        direct_high: None,
        created_at: now,
        updated_at: now,
        active_at: now,
        deleted_at: None,
        last_seq: 0,
        message_count: 0,
        last_message_seq: 0,
        participant_count: 0,
    }
}

/// Closes `log` and proves that the viewer takes part in what it left.
async fn finish(log: Log<'_>, viewer: &Viewer) -> Result<Participation> {
    let proof = access::participate(&log, viewer).await?;
    log.close().await?;
    Ok(proof)
}

/// The two people of a direct conversation, smaller id first.
fn pair(viewer: &Viewer, other: UserId, field: &'static str) -> Result<(UserId, UserId)> {
    if viewer.user() == other {
        return Err(Error::invalid(field, "There is no conversation with oneself."));
    }
    let mut people = [viewer.user(), other];
    people.sort_unstable();
    let [low, high] = people;
    Ok((low, high))
}

async fn direct_id(
    connection: &impl ConnectionTrait,
    (low, high): (UserId, UserId),
) -> Result<Option<ConversationId>> {
    let found = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::DirectLow.eq(low))
        .filter(Column::DirectHigh.eq(high))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found)
}

/// The viewer's direct conversation with somebody, if they have one.
pub async fn direct(domain: &Domain, viewer: &Viewer, with: &UserRef) -> Result<Option<Participation>> {
    let other = user::find(domain, with).await?;
    let pair = pair(viewer, other.id, with.field())?;
    match direct_id(domain.database().read(), pair).await? {
        Some(id) => Ok(Some(access::participation(domain, viewer, id).await?)),
        None => Ok(None),
    }
}

/// Finds or creates the viewer's direct conversation with somebody; the flag says whether it is new.
pub async fn open_direct(domain: &Domain, viewer: &Viewer, with: &UserRef) -> Result<(Participation, bool)> {
    let other = user::find_reachable(domain, with).await?;
    transact!(domain, |tx| {
        let (log, created) = open_direct_log(domain, tx, viewer, (other.id, with.field())).await?;
        Ok((finish(log, viewer).await?, created))
    })
}

/// Opens the log of the direct conversation with `other`, which begins here if there is none. Of two who begin it
/// at once, one finds the pair taken; its transaction is tried again and finds the other's.
pub(super) async fn open_direct_log<'t>(
    domain: &Domain,
    tx: &'t Transaction,
    viewer: &Viewer,
    (other, field): (UserId, &'static str),
) -> Result<(Log<'t>, bool)> {
    let (low, high) = pair(viewer, other, field)?;
    if let Some(id) = direct_id(tx.connection(), (low, high)).await? {
        return Ok((Log::open(tx, id, domain.clock().now()).await?, false));
    }
    lock_people(tx.connection(), viewer, (field, &[other])).await.map_err(|error| match error {
        Error::InvalidInput { .. } => Error::not_found("User", field),
        error => error,
    })?;
    let mut row = new_row(domain, Kind::Direct, None);
    (row.direct_low, row.direct_high) = (Some(low), Some(high));
    let mut log = Log::begin(tx, row).await?;
    let people = vec![(viewer.user(), Role::Member), (other, Role::Member)];
    participant::enroll(&mut log, viewer.user(), people).await?;
    Ok((log, true))
}

/// Gives a group another title, or none. For its owners and admins.
pub async fn rename(
    domain: &Domain,
    viewer: &Viewer,
    id: ConversationId,
    title: Option<Title>,
) -> Result<Participation> {
    let title = title.map(Title::into_string);
    transact!(domain, |tx| {
        let mut log = Log::open(tx, id, domain.clock().now()).await?;
        let proof = access::participate(&log, viewer).await?;
        let administration = proof.administer()?;
        if log.conversation().title != title {
            log.retitle(&administration, title.clone());
            let event = Event::new(EventKind::ConversationChanged, viewer.user());
            log.event(event.with(json!({ "title": title }))).await?;
        }
        let proof = proof.renewed(&log, proof.participant().clone());
        log.close().await?;
        Ok(proof)
    })
}

/// Ends a group for everybody in it. For its owners.
pub async fn delete(domain: &Domain, viewer: &Viewer, id: ConversationId) -> Result<()> {
    transact!(domain, |tx| {
        let mut log = Log::open(tx, id, domain.clock().now()).await?;
        let ownership = access::participate(&log, viewer).await?.own()?;
        let seq = log.event(Event::new(EventKind::ConversationDeleted, viewer.user())).await?;
        participant::dismiss_all(&mut log, &ownership, seq).await?;
        log.end(&ownership);
        log.close().await
    })
}
