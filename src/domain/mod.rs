//! The rules: who may do what, in which transaction, announced to whom.
//!
//! One function per verb, as users speak. The database and the bus are private to this module, so that nothing
//! outside it can read or write a row. It knows neither GraphQL nor HTTP.

pub mod access;
pub mod account;
pub mod conversation;
mod database;
mod log;
pub mod message;
pub mod migrate;
pub mod page;
pub mod participant;
pub mod reaction;
pub mod seed;
pub mod session;
pub mod text;
pub mod user;

use std::{collections::HashMap, hash::Hash, sync::Arc, time::Duration};

use database::Grown;
pub use database::{Database, StatementObserver};

use crate::{
    auth::{AccessTokens, Passwords},
    bus::Bus,
    clock::Clock,
    config::{self, Config},
    error::Result,
};

/// Everything the verbs need. Cheap to clone.
#[derive(Clone)]
pub struct Domain {
    parts: Arc<Parts>,
}

struct Parts {
    database: Database,
    bus: Bus,
    clock: Clock,
    access_tokens: AccessTokens,
    passwords: Passwords,
    refresh_lifetime: Duration,
    limits: config::Limits,
}

impl Domain {
    /// On `database`, with the keys and limits of `config`.
    pub fn new(database: Database, config: &Config, clock: Clock) -> Result<Self> {
        let parts = Parts {
            database,
            bus: Bus::default(),
            access_tokens: AccessTokens::new(&config.tokens)?,
            passwords: Passwords::new(&config.passwords, clock.clone())?,
            refresh_lifetime: config.tokens.refresh_lifetime,
            limits: config.limits.clone(),
            clock,
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// The clock every verb goes by.
    pub fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// Whether the database answers and has the schema this program expects.
    pub async fn is_ready(&self) -> bool {
        migrate::is_current(&self.parts.database).await
    }

    /// Ends the connections to the database. Verbs that are still running finish first.
    pub async fn close(&self) {
        self.parts.database.close().await;
    }

    fn database(&self) -> &Database {
        &self.parts.database
    }

    fn limits(&self) -> &config::Limits {
        &self.parts.limits
    }

    /// Rings the bus for logs that have grown.
    fn announce(&self, grown: Vec<Grown>) {
        for (conversation, position) in grown {
            self.parts.bus.ring(conversation.uuid(), position);
        }
    }

    /// How long an access token and a refresh token are good for.
    pub fn token_lifetimes(&self) -> (Duration, Duration) {
        (self.parts.access_tokens.lifetime(), self.parts.refresh_lifetime)
    }
}

/// How many expired rows are cleared away in one transaction.
const HOUSEKEEPING_BATCH: u64 = 200;

/// Rows by their key.
fn by_key<K: Eq + Hash, R>(rows: Vec<R>, key: impl Fn(&R) -> K) -> HashMap<K, R> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}
