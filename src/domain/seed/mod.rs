//! Fills a database with made-up people and what they say to each other, for trying things out and for measuring.
//!
//! This is the one place beside `log` that writes the rows of a log, because it loads conversations that nobody takes
//! part in yet: their messages and events go in first, thousands at a time, and people, participants and
//! conversations follow in one last transaction. Until then nothing can be seen, so a seed is there completely or not
//! at all, and one that was interrupted can be made again. What the log promises holds for every row: see
//! `chronicle`.
//!
//! The same plan makes the same rows on every machine, ids and times included; only the salt of the password differs.

mod batch;
mod calendar;
mod chronicle;
mod outline;
mod people;
mod speech;
mod words;

use std::{cell::OnceCell, mem, sync::Arc, task::Poll};

use futures_util::{StreamExt as _, stream};
use rand::{SeedableRng as _, rngs::StdRng};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tokio::sync::mpsc;

use self::{batch::Batch, chronicle::Chronicle, outline::Outline, people::Person};
use super::{
    Domain, account, database,
    database::{Transaction, is_taken, transact},
    text::Password,
};
use crate::{
    entity::{conversation, participant, user},
    error::{Error, Result},
    id::ConversationId,
};

/// Everybody's password.
const PASSWORD: &str = "seven-ripe-loquats";
/// The most people and the most conversations. At both, the last transaction takes about five seconds on SQLite, less
/// than anybody else waits for the lock.
const PEOPLE_MAX: u32 = 100_000;
const CONVERSATIONS_MAX: u32 = 50_000;
/// How many rows are written in one transaction.
const BATCH: usize = 10_000;
/// How many of them are open at the same time, where the database has more than one writer. More than one also hides
/// what Nagle's algorithm costs, which sqlx 0.9.0 leaves on (transact-rs/sqlx#4335): 40 ms for a large statement.
const AT_ONCE: usize = 8;
/// How many rows one statement looks for.
const CHUNK: usize = 500;

/// What to fill a database with.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many people, at most 100,000.
    pub people: u32,
    /// How many conversations among them, at most 50,000.
    pub conversations: u32,
    /// How many messages in all of them.
    pub messages: u32,
    /// What all chance comes from.
    pub seed: u64,
}

/// What a database was filled with.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// How many people.
    pub people: usize,
    /// How many conversations.
    pub conversations: usize,
    /// How many messages in them.
    pub messages: u64,
    /// How many other changes: people who joined, edits, deletions, reactions.
    pub events: u64,
    /// The name of the person who is in most of the conversations.
    pub username: String,
    /// Everybody's password.
    pub password: &'static str,
}

/// Fills the database; `progress` hears how many messages are written.
///
/// `INVALID_INPUT` where the numbers do not go together, `CONFLICT` where some of it is there already. Meant for a
/// database without other work: the last transaction takes seconds for the largest plans.
pub async fn fill(domain: &Domain, plan: Plan, progress: impl Fn(u64)) -> Result<Seeded> {
    check(plan)?;
    let password = Password::parse("password", PASSWORD)?;
    let password_hash = account::hash(domain, "password", password, Vec::new()).await?;
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let people: Arc<[Person]> = people::make_up(&mut rng, plan.people, &password_hash)?.into();
    let largest = usize::try_from(domain.limits().participants_max).unwrap_or(usize::MAX);
    let outlines = outline::draw(&mut rng, plan, largest);
    make_room(domain, &people, &outlines).await?;

    let (batches, coming) = mpsc::channel(1);
    let tellers = Arc::clone(&people);
    let telling = tokio::task::spawn_blocking(move || tell(outlines, &tellers, &batches));
    let (messages, events) = write(domain, coming, progress).await?;
    let told = telling.await.map_err(Error::internal)?;
    transact!(domain, |tx| { publish(tx, &people, &told).await })?;
    Ok(Seeded {
        people: people.len(),
        conversations: told.conversations.len(),
        messages,
        events,
        username: people.first().map(|person| person.username().to_owned()).unwrap_or_default(),
        password: PASSWORD,
    })
}

/// Fails when `plan` cannot be carried out.
fn check(plan: Plan) -> Result<()> {
    let least = if plan.conversations > 0 { 2 } else { 1 };
    if !(least..=PEOPLE_MAX).contains(&plan.people) {
        let message = format!("The number of people must be {least} to {PEOPLE_MAX}.");
        return Err(Error::invalid("people", message));
    }
    let least = u32::from(plan.messages > 0);
    if !(least..=CONVERSATIONS_MAX).contains(&plan.conversations) {
        let message = format!("The number of conversations must be {least} to {CONVERSATIONS_MAX}.");
        return Err(Error::invalid("conversations", message));
    }
    Ok(())
}

/// Something of the plan is there already.
const SEEDED: Error = Error::Conflict {
    field: Some("seed"),
    message: "People with these names are already there: fill an empty database.",
};

/// Makes sure that nobody and nothing of it is there, and clears away what an interrupted attempt left.
async fn make_room(domain: &Domain, people: &[Person], outlines: &[Outline]) -> Result<()> {
    let reader = domain.database().read();
    for people in people.chunks(CHUNK) {
        let names = people.iter().filter_map(|person| person.account.username_key.as_deref());
        let addresses = people.iter().filter_map(|person| person.account.email_key.as_deref());
        let theirs = sea_orm::Condition::any()
            .add(user::Column::UsernameKey.is_in(names))
            .add(user::Column::EmailKey.is_in(addresses))
            .add(user::Column::Id.is_in(people.iter().map(Person::id)));
        if user::Entity::find().filter(theirs).count(reader).await? > 0 {
            return Err(SEEDED);
        }
    }
    for outlines in outlines.chunks(CHUNK) {
        let ids: Vec<ConversationId> = outlines.iter().map(|outline| outline.id).collect();
        transact!(domain, |tx| {
            let there = conversation::Column::Id.is_in(ids.iter().copied());
            if conversation::Entity::find().filter(there).count(tx.connection()).await? > 0 {
                return Err(SEEDED);
            }
            batch::clear(tx.connection(), &ids).await
        })?;
    }
    Ok(())
}

/// What makes the conversations visible.
#[derive(Default)]
struct Told {
    conversations: Vec<conversation::Model>,
    participants: Vec<participant::Model>,
}

/// Makes up all conversations, batch by batch, for as long as somebody takes them.
fn tell(outlines: Vec<Outline>, people: &[Person], batches: &mpsc::Sender<Batch>) -> Told {
    let mut told = Told::default();
    let mut batch = Batch::default();
    for outline in outlines {
        let mut chronicle = Chronicle::begin(outline, people);
        while chronicle.goes_on() {
            chronicle.go_on();
            if batch.len() + chronicle.batch().len() >= BATCH {
                batch.append(chronicle.batch());
                if batches.blocking_send(mem::take(&mut batch)).is_err() {
                    return told;
                }
            }
        }
        let (mut rest, conversation, mut participants) = chronicle.end();
        batch.append(&mut rest);
        told.conversations.push(conversation);
        told.participants.append(&mut participants);
    }
    // Nobody takes it where writing has failed; the writer knows.
    batches.blocking_send(batch).ok();
    told
}

/// Writes the batches that are `coming`, and counts their messages and events. After a failure no more are begun, but
/// none is dropped half-way.
async fn write(
    domain: &Domain,
    mut coming: mpsc::Receiver<Batch>,
    progress: impl Fn(u64),
) -> Result<(u64, u64)> {
    let failure = OnceCell::new();
    let (mut messages, mut events) = (0, 0);
    let mut writing = stream::poll_fn(|context| match failure.get() {
        None => coming.poll_recv(context),
        Some(_) => Poll::Ready(None),
    })
    .map(async |batch: Batch| {
        transact!(domain, |tx| { batch.clone().write(tx.connection()).await })?;
        Ok((batch.messages.len() as u64, batch.events.len() as u64))
    })
    .buffer_unordered(AT_ONCE);
    while let Some(written) = writing.next().await {
        match written {
            Ok((more_messages, more_events)) => {
                messages += more_messages;
                events += more_events;
                progress(messages);
            }
            Err(error) => drop(failure.set(error)),
        }
    }
    drop(writing);
    failure.into_inner().map_or(Ok((messages, events)), Err)
}

/// Writes the people and the conversations whose logs are there.
async fn publish(tx: &Transaction, people: &[Person], told: &Told) -> Result<()> {
    let connection = tx.connection();
    let taken = |error| if is_taken(&error) { SEEDED } else { error.into() };
    let accounts = people.iter().map(|person| person.account.clone()).collect();
    database::insert_many::<user::Entity>(connection, accounts).await.map_err(taken)?;
    let conversations = told.conversations.clone();
    database::insert_many::<conversation::Entity>(connection, conversations).await.map_err(taken)?;
    database::insert_many::<participant::Entity>(connection, told.participants.clone()).await?;
    Ok(())
}
