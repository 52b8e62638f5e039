//! The connection to one of three databases, and the one way to write to it.
//!
//! Reads and writes have separate pools on SQLite, where one connection writes and several read beside it. A write
//! is a transaction that is tried again when the database asks for that. It knows no table.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, RuntimeErr, SqlErr, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
    sqlx::{
        self, Executor,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};
use tokio::time::Instant;

use crate::{
    config,
    error::{Error, Result},
    id::ConversationId,
};

/// How long a statement may run, wait for a lock, or leave a transaction open. The overlap window of a session
/// cursor relies on write transactions being far shorter than it.
const STATEMENT_SECONDS: u64 = 15;
const LOCK_SECONDS: u64 = 10;
/// How long a request may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How many connections read beside the one that writes, on SQLite.
const SQLITE_READERS: u32 = 4;
/// How often a transaction is tried that another one got in the way of.
const ATTEMPTS: u32 = 8;

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
        let (mut reader, mut writer) = if url.starts_with("sqlite:") {
            create_directory_of(url)?;
            let writer =
                patiently(config.wait, || sea_orm::Database::connect(options(url, 1, false))).await?;
            let reader = sea_orm::Database::connect(options(url, SQLITE_READERS, true)).await?;
            (reader, writer)
        } else {
            let pool = || sea_orm::Database::connect(options(url, config.max_connections, false));
            let pool = patiently(config.wait, pool).await?;
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
        if url.starts_with("sqlite:") {
            create_directory_of(url)?;
        }
        patiently(config.wait, || sea_orm::Database::connect(options(url, 1, false))).await
    }

    /// For statements that change nothing.
    pub(super) const fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Tries at a transaction; see [`transact!`].
    pub(super) const fn attempts(&self) -> Attempts<'_> {
        Attempts { database: self, made: 0 }
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

/// Runs a block in a transaction and commits it: one verb, one transaction. Once it is committed, and only then, the
/// bus hears which logs have grown.
///
/// The block runs again from the start when the database says that another transaction got in the way: a deadlock, a
/// lock that took too long, or a key that somebody else just took. It must turn the collisions it expects into domain
/// errors.
///
/// Never drop the future of this half-way on PostgreSQL: a `BEGIN` that is cancelled leaves its connection in a
/// transaction nobody ends (see ARCHITECTURE.md, "Mutations run in their own task").
///
/// It is a macro because a function that takes an `AsyncFn` cannot say that its future is `Send`.
macro_rules! transact {
    ($domain:expr, |$transaction:ident| $work:block) => {{
        let mut attempts = $domain.database().attempts();
        loop {
            let transaction = attempts.begin().await?;
            let outcome: $crate::error::Result<_> = {
                let $transaction = &transaction;
                async { $work }.await
            };
            match attempts.end(transaction, outcome).await {
                $crate::domain::database::Outcome::Again => {}
                $crate::domain::database::Outcome::Failed(error) => break Err(error),
                $crate::domain::database::Outcome::Committed(value, grown) => {
                    $domain.announce(grown);
                    break Ok(value);
                }
            }
        }
    }};
}
pub(super) use transact;

/// Counts the tries at one transaction.
pub(super) struct Attempts<'d> {
    database: &'d Database,
    made: u32,
}

/// How one try at a transaction ended.
pub(super) enum Outcome<T> {
    /// It is committed, and these logs have grown.
    Committed(T, Vec<Grown>),
    /// It is undone.
    Failed(Error),
    /// It is undone because something got in the way, and is worth another try.
    Again,
}

impl Attempts<'_> {
    /// Begins a transaction that may write.
    pub(super) async fn begin(&mut self) -> Result<Transaction> {
        loop {
            self.made += 1;
            let options = TransactionOptions {
                // A transaction that reads before it writes must have the right to write from the start (SQLite
                // otherwise fails it with SQLITE_BUSY_SNAPSHOT, at once and whatever the busy timeout).
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            match self.database.writer.begin_with_options(options).await {
                Ok(inner) => return Ok(Transaction { inner, logs: Mutex::default() }),
                Err(error) => self.worth_another(error.into()).await?,
            }
        }
    }

    /// Commits what went well and undoes the rest.
    pub(super) async fn end<T>(&self, transaction: Transaction, outcome: Result<T>) -> Outcome<T> {
        let error = match outcome {
            Ok(value) => match transaction.commit().await {
                Ok(grown) => return Outcome::Committed(value, grown),
                Err(error) => error,
            },
            Err(error) => match transaction.inner.rollback().await {
                Ok(()) => error,
                Err(rollback) => {
                    tracing::warn!(error = %rollback, "a transaction could not be undone; its connection is lost");
                    error
                }
            },
        };
        match self.worth_another(error).await {
            Ok(()) => Outcome::Again,
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Gives whoever got in the way a moment, longer each time; an error that will not go away comes back.
    async fn worth_another(&self, error: Error) -> Result<()> {
        if self.made >= ATTEMPTS || !is_contention(&error) {
            return Err(error);
        }
        tracing::debug!(attempt = self.made, cause = ?error, "a transaction is tried again");
        tokio::time::sleep(Duration::from_millis(u64::from(self.made * self.made))).await;
        Ok(())
    }
}

/// A log that has grown, and its last position now.
pub(super) type Grown = (ConversationId, i64);

/// A transaction that may write, and what it does to the logs of conversations.
#[derive(Debug)]
pub(super) struct Transaction {
    inner: DatabaseTransaction,
    logs: Mutex<Logs>,
}

#[derive(Debug, Default)]
struct Logs {
    /// How many are open now. Committing while there is one would forget its positions.
    open: usize,
    grown: Vec<Grown>,
}

impl Transaction {
    /// For statements.
    pub(super) const fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Commits, unless a log is still open: its positions would be forgotten.
    async fn commit(self) -> Result<Vec<Grown>> {
        let Self { inner, logs } = self;
        let logs = logs.into_inner().unwrap_or_else(PoisonError::into_inner);
        if logs.open > 0 {
            inner.rollback().await?;
            return Err(Error::internal("a log was opened and not closed; its transaction is undone"));
        }
        inner.commit().await?;
        Ok(logs.grown)
    }

    /// Notes that a log must be closed before this commits.
    pub(super) fn log_opened(&self) {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).open += 1;
    }

    /// Notes that the log of `conversation` was closed and ends at `seq` once this commits.
    pub(super) fn log_closed(&self, conversation: ConversationId, seq: i64) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.open -= 1;
        logs.grown.push((conversation, seq));
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

/// Whether the transaction may succeed when it is tried again.
fn is_contention(error: &Error) -> bool {
    let Error::Internal(cause) = error else { return false };
    let Some(error) = cause.downcast_ref::<DbErr>() else { return false };
    if is_taken(error) {
        return true;
    }
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let sqlx::Error::Database(cause) = cause.as_ref() else { return false };
    // serialization_failure, deadlock_detected and lock_not_available of PostgreSQL (and 40001 of MySQL's deadlock);
    // lock wait timeout and deadlock of MySQL; SQLITE_BUSY, SQLITE_LOCKED and SQLITE_BUSY_SNAPSHOT.
    let code = cause.code().unwrap_or_default();
    matches!(code.as_ref(), "40001" | "40P01" | "55P03" | "1205" | "1213" | "5" | "6" | "517")
        || cause.message().contains("Lock wait timeout exceeded")
        || cause.message().contains("try restarting transaction")
}

fn options(url: &str, connections: u32, reads_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(connections)
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(LOCK_SECONDS))
                .foreign_keys(true);
            if reads_only { options.pragma("query_only", "ON") } else { options }
        })
        .map_sqlx_postgres_opts(|options| {
            options.application_name("loquat").options([
                ("statement_timeout", format!("{STATEMENT_SECONDS}s")),
                ("lock_timeout", format!("{LOCK_SECONDS}s")),
                ("idle_in_transaction_session_timeout", format!("{STATEMENT_SECONDS}s")),
            ])
        })
        .map_sqlx_mysql_pool_opts(|options| {
            options.after_connect(|connection, _| {
                Box::pin(async move {
                    // READ COMMITTED takes no gap locks: two people joining neighbouring rows do not wait for
                    // each other.
                    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
                    let wait = format!("SET SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}");
                    connection.execute(sqlx::AssertSqlSafe(wait)).await?;
                    Ok(())
                })
            })
        });
    options
}

/// Connects with growing pauses until the database answers a query or `wait` is over.
async fn patiently<F>(wait: Duration, connect: impl Fn() -> F) -> Result<DatabaseConnection>
where
    F: Future<Output = Result<DatabaseConnection, DbErr>>,
{
    let deadline = Instant::now() + wait;
    let mut pause = Duration::from_millis(100);
    loop {
        let error = match connect().await {
            Ok(connection) => match connection.execute_unprepared("SELECT 1").await {
                Ok(_) => return Ok(connection),
                Err(error) => error,
            },
            Err(error) => error,
        };
        if Instant::now() + pause > deadline {
            return Err(Error::internal(format!("the database did not answer within {wait:?}: {error}")));
        }
        tracing::info!(%error, ?pause, "waiting for the database");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

/// SQLite makes its file but not the folder of it.
fn create_directory_of(url: &str) -> Result<()> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() || path.contains(":memory:") {
        return Err(Error::internal(
            "DATABASE_URL: an SQLite database needs a file; it is opened more than once",
        ));
    }
    match Path::new(path).parent() {
        Some(directory) if !directory.as_os_str().is_empty() => {
            std::fs::create_dir_all(directory).map_err(Error::internal)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn sqlite() -> (tempfile::TempDir, Database) {
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

    #[tokio::test]
    async fn a_log_that_is_left_open_undoes_its_transaction() {
        let (_folder, database) = sqlite().await;
        let mut attempts = database.attempts();
        let transaction = attempts.begin().await.unwrap();
        transaction.connection().execute_unprepared("CREATE TABLE t (a INTEGER)").await.unwrap();
        transaction.log_opened();
        assert!(matches!(attempts.end(transaction, Ok(())).await, Outcome::Failed(Error::Internal(_))));
        assert!(database.reader.execute_unprepared("SELECT * FROM t").await.is_err());
    }

    #[tokio::test]
    async fn a_database_that_is_late_is_waited_for() {
        let tries = AtomicU32::new(0);
        let connect = || async {
            match tries.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => Err(DbErr::Custom("not yet".to_owned())),
                _ => sea_orm::Database::connect("sqlite::memory:").await,
            }
        };
        assert!(patiently(Duration::from_secs(10), connect).await.is_ok());
        assert_eq!(tries.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_database_that_never_comes_is_given_up_with_its_reason() {
        let connect = || async { Err(DbErr::Custom("nobody is there".to_owned())) };
        let error = patiently(Duration::from_millis(150), connect).await.unwrap_err();
        let Error::Internal(cause) = error else { panic!("{error}") };
        assert!(cause.to_string().contains("nobody is there"), "{cause}");
    }

    #[test]
    fn a_database_in_memory_is_refused() {
        assert!(create_directory_of("sqlite::memory:").is_err());
        assert!(create_directory_of("sqlite://:memory:").is_err());
    }
}
