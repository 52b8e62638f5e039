//! The connection to one of three databases, and the one way to write to it.
//!
//! Reads and writes have separate pools on SQLite, where one connection writes and several read beside it. A write
//! is a transaction that is tried again when the database asks for that. It knows no table.

mod connect;
mod transaction;

use std::{fmt, sync::Arc};

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, EntityTrait,
    IntoActiveModel, SqlErr, Statement,
};

pub(super) use transaction::{Attempts, Grown, Outcome, Transaction, transact};

use self::connect::{check, create_directory_of, options, patiently, probe};
use crate::{
    config,
    error::{Error, Result},
};

/// How many connections read beside the one that writes, on SQLite.
const SQLITE_READERS: u32 = 4;

/// Sees every statement once it has run; for metrics and for tests that count.
pub type StatementObserver = Arc<dyn Fn(&Statement) + Send + Sync>;

/// The database: one pool, or on SQLite one that reads and one that writes.
#[derive(Clone)]
pub struct Database {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("backend", &self.reader.get_database_backend())
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Connects, waiting for the database to answer a query for as long as `config.wait`.
    pub async fn connect(config: &config::Database, observer: Option<StatementObserver>) -> Result<Self> {
        let url = config.url.expose();
        check(url)?;
        let (mut reader, mut writer) = if url.starts_with("sqlite:") {
            create_directory_of(url)?;
            let writer = sea_orm::Database::connect(options(url, 1, false)).await?;
            let reader = sea_orm::Database::connect(options(url, SQLITE_READERS, true)).await?;
            (reader, writer)
        } else {
            patiently(config.wait, || probe(url)).await?;
            let pool = sea_orm::Database::connect(options(url, config.max_connections, false)).await?;
            (pool.clone(), pool)
        };
        if let Some(observer) = observer {
            for connection in [&mut reader, &mut writer] {
                let observer = Arc::clone(&observer);
                connection.set_metric_callback(move |info| observer(info.statement));
            }
        }
        Ok(Self { reader, writer })
    }

    /// A connection of its own, for migrations: their locks belong to a connection.
    pub async fn connect_alone(config: &config::Database) -> Result<DatabaseConnection> {
        let url = config.url.expose();
        check(url)?;
        if url.starts_with("sqlite:") {
            create_directory_of(url)?;
        } else {
            patiently(config.wait, || probe(url)).await?;
        }
        Ok(sea_orm::Database::connect(options(url, 1, false)).await?)
    }

    /// For statements that change nothing.
    pub(super) const fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Tries at a transaction; see [`transact!`].
    pub(super) const fn attempts(&self) -> Attempts<'_> {
        Attempts::new(self)
    }

    /// Whether the database answers a query.
    pub async fn answers(&self) -> bool {
        self.reader.execute_unprepared("SELECT 1").await.is_ok()
    }

    /// Which of the three it is.
    pub fn backend(&self) -> DatabaseBackend {
        self.reader.get_database_backend()
    }

    /// Ends all connections once their work is done.
    pub async fn close(&self) {
        for connection in [&self.writer, &self.reader] {
            if let Err(error) = connection.close_by_ref().await {
                tracing::warn!(%error, "a connection to the database did not end cleanly");
            }
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::internal(error)
    }
}

/// Inserts a whole row, without reading it back.
pub(super) async fn insert<E>(connection: &impl ConnectionTrait, row: E::Model) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    E::insert(row.into_active_model().reset_all()).exec_without_returning(connection).await?;
    Ok(())
}

/// Inserts many whole rows, a few hundred at a time: every database bounds the parameters of a statement.
pub(super) async fn insert_many<E>(
    connection: &impl ConnectionTrait,
    rows: Vec<E::Model>,
) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let rows: Vec<_> = rows.into_iter().map(|row| row.into_active_model().reset_all()).collect();
    for rows in rows.chunks(500) {
        E::insert_many(rows.to_vec()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Whether `error` says that a unique key is taken.
pub(super) fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    pub(super) async fn sqlite() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/deeper/loquat.db", folder.path().display());
        let config = config::Database {
            url: config::Secret::new(url),
            max_connections: 4,
            wait: Duration::from_secs(1),
            migrate_on_start: false,
        };
        (folder, Database::connect(&config, None).await.unwrap())
    }

    #[tokio::test]
    async fn sqlite_is_set_up_to_lose_nothing_and_to_read_while_it_writes() {
        let (_folder, database) = sqlite().await;
        for (connection, pragma, expected) in [
            (&database.writer, "synchronous", 2),
            (&database.writer, "foreign_keys", 1),
            (&database.writer, "busy_timeout", 10_000),
            (&database.reader, "query_only", 1),
        ] {
            let sql = format!("PRAGMA {pragma}");
            let row = connection.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, sql)).await;
            let value: i64 = row.unwrap().unwrap().try_get_by_index(0).unwrap();
            assert_eq!(value, expected, "{pragma}");
        }
        let sql = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA journal_mode");
        let row = database.writer.query_one_raw(sql).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "wal");
        assert!(database.reader.execute_unprepared("CREATE TABLE t (a INTEGER)").await.is_err());
    }
}
