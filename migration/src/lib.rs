//! The schema of Loquat's database, step by step.
//!
//! One list of migrations for SQLite, PostgreSQL and MySQL/MariaDB; [`column`] holds the types that mean the same on
//! all three. It knows tables, not the rules behind them.

use sea_orm_migration::prelude::{MigrationTrait, async_trait};
pub use sea_orm_migration::{MigrationStatus, prelude::MigratorTrait};

mod column;
mod m0001_users;
mod m0002_sessions;
mod m0003_conversations;
mod m0004_participants;
mod m0005_messages;
mod m0006_events;
mod m0007_reactions;
mod m0008_mentions;
mod m0009_idempotency_keys;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_users::Migration),
            Box::new(m0002_sessions::Migration),
            Box::new(m0003_conversations::Migration),
            Box::new(m0004_participants::Migration),
            Box::new(m0005_messages::Migration),
            Box::new(m0006_events::Migration),
            Box::new(m0007_reactions::Migration),
            Box::new(m0008_mentions::Migration),
            Box::new(m0009_idempotency_keys::Migration),
        ]
    }
}
