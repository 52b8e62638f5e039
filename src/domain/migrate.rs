//! Bringing the database to the schema this program expects, by one node at a time.
//!
//! Several nodes may start at once: whoever comes first holds a lock of the database while it migrates, the others
//! wait and find nothing to do. On SQLite and PostgreSQL all steps are one transaction.

use migration::{MigrationStatus, Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

use super::Database;
use crate::{
    config,
    error::{Error, Result},
};

/// The key of the advisory lock on PostgreSQL: "loquat" in ASCII.
const LOCK_KEY: i64 = 0x6C6F_7175_6174;
/// How long to wait for another node that migrates, in seconds, on MySQL.
const LOCK_SECONDS: i32 = 600;

/// Which way to go.
#[derive(Clone, Copy, Debug)]
pub enum Direction {
    /// Applies steps that are pending.
    Up,
    /// Takes back steps that are applied, newest first.
    Down,
}

/// Applies or takes back at most `steps` migrations, all of them where it is `None`.
pub async fn run(config: &config::Database, direction: Direction, steps: Option<u32>) -> Result<()> {
    let connection = Database::connect_alone(config).await?;
    let outcome = match connection.get_database_backend() {
        DatabaseBackend::MySql => with_named_lock(&connection, direction, steps).await,
        _ => in_transaction(&connection, direction, steps).await,
    };
    connection.close().await?;
    outcome
}

async fn in_transaction(
    connection: &DatabaseConnection,
    direction: Direction,
    steps: Option<u32>,
) -> Result<()> {
    let transaction = connection
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    if transaction.get_database_backend() == DatabaseBackend::Postgres {
        // Waiting for another node's migration may take longer than a statement or a lock usually may.
        for sql in [
            "SET LOCAL statement_timeout = 0".to_owned(),
            "SET LOCAL lock_timeout = 0".to_owned(),
            format!("SELECT pg_advisory_xact_lock({LOCK_KEY})"),
        ] {
            transaction.execute_unprepared(&sql).await?;
        }
    }
    match step_in(&transaction, direction, steps).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(error) => {
            transaction.rollback().await?;
            Err(error.into())
        }
    }
}

async fn step_in(
    transaction: &DatabaseTransaction,
    direction: Direction,
    steps: Option<u32>,
) -> Result<(), DbErr> {
    match direction {
        Direction::Up => Migrator::up(transaction, steps).await,
        Direction::Down => Migrator::down(transaction, steps).await,
    }
}

/// MySQL commits before every change of the schema, so a transaction would hold nothing.
async fn with_named_lock(
    connection: &DatabaseConnection,
    direction: Direction,
    steps: Option<u32>,
) -> Result<()> {
    let sql = format!("SELECT GET_LOCK(CONCAT('loquat.', DATABASE()), {LOCK_SECONDS}) AS got");
    let row = connection.query_one_raw(Statement::from_string(DatabaseBackend::MySql, sql)).await?;
    let got: Option<i64> = row.map(|row| row.try_get("", "got")).transpose()?.flatten();
    if got != Some(1) {
        return Err(Error::internal("another node has been migrating the database for too long"));
    }
    let outcome = match direction {
        Direction::Up => Migrator::up(connection, steps).await,
        Direction::Down => Migrator::down(connection, steps).await,
    };
    connection.execute_unprepared("DO RELEASE_LOCK(CONCAT('loquat.', DATABASE()))").await?;
    Ok(outcome?)
}

/// The migrations, oldest first, and whether each is applied. Changes nothing.
pub async fn status(config: &config::Database) -> Result<Vec<(String, bool)>> {
    let connection = Database::connect_alone(config).await?;
    let migrations = Migrator::get_migration_with_status_read_only(&connection).await?;
    connection.close().await?;
    let is_applied = |status| status == MigrationStatus::Applied;
    Ok(migrations.iter().map(|step| (step.name().to_owned(), is_applied(step.status()))).collect())
}

/// Whether the database answers and has every migration.
pub(super) async fn is_current(database: &Database) -> bool {
    let pending = Migrator::get_pending_migrations_read_only(database.read()).await;
    pending.is_ok_and(|pending| pending.is_empty())
}
