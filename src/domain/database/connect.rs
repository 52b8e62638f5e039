//! Connecting: the options of each database, and patience with one that is not there yet.

use std::{str::FromStr as _, time::Duration};

use sea_orm::{
    ConnectOptions,
    sqlx::{
        self, ConnectOptions as _, Connection as _, Executor as _,
        mysql::MySqlConnectOptions,
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use tokio::time::Instant;

use crate::error::{Error, Result};

/// How long a statement may run, wait for a lock, or leave a transaction open. The overlap window of a session
/// cursor relies on write transactions being far shorter than it.
const STATEMENT_SECONDS: u64 = 15;
const LOCK_SECONDS: u64 = 10;
/// How long a request may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a server that does not refuse may take to answer a first question.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// How to connect to `url` with a pool of `connections`.
pub(super) fn options(url: &str, connections: u32, reads_only: bool) -> ConnectOptions {
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

/// Fails for an address that can never be connected to. What is wrong with it is not quoted: it holds a password.
pub(super) fn check(url: &str) -> Result<()> {
    let understood = match url.split(':').next() {
        Some("sqlite") => SqliteConnectOptions::from_str(url).is_ok(),
        Some("mysql") => MySqlConnectOptions::from_str(url).is_ok(),
        Some("postgres" | "postgresql") => PgConnectOptions::from_str(url).is_ok(),
        _ => false,
    };
    if understood {
        return Ok(());
    }
    Err(Error::internal(
        "DATABASE_URL is not the address of a database; special characters in its password must be written as %XX",
    ))
}

/// Tries with growing pauses until the database answers or `wait` is over.
pub(super) async fn patiently<F>(wait: Duration, probe: impl Fn() -> F) -> Result<()>
where
    F: Future<Output = Result<(), sqlx::Error>>,
{
    let deadline = Instant::now() + wait;
    let mut pause = Duration::from_millis(100);
    loop {
        let error = match tokio::time::timeout(PROBE_TIMEOUT, probe()).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer in {PROBE_TIMEOUT:?}"),
        };
        if Instant::now() + pause > deadline {
            return Err(Error::internal(format!("the database did not answer within {wait:?}: {error}")));
        }
        tracing::info!(error, ?pause, "waiting for the database");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

/// Asks a database server for one answer, on a connection of its own: a pool would keep the reason to itself and try
/// again.
pub(super) async fn probe(url: &str) -> Result<(), sqlx::Error> {
    if url.starts_with("mysql:") {
        let mut connection = MySqlConnectOptions::from_str(url)?.connect().await?;
        connection.ping().await?;
        connection.close().await
    } else {
        let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
        connection.ping().await?;
        connection.close().await
    }
}

/// SQLite makes its file but not the folder of it.
pub(super) fn create_directory_of(url: &str) -> Result<()> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(Error::internal(
            "DATABASE_URL: an SQLite database needs a file; it is opened more than once",
        ));
    }
    let options =
        SqliteConnectOptions::from_str(url).map_err(|_| Error::internal("DATABASE_URL names no file"))?;
    match options.get_filename().parent() {
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

    #[tokio::test]
    async fn a_database_that_is_late_is_waited_for() {
        let tries = AtomicU32::new(0);
        let probe = || async {
            match tries.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => Err(sqlx::Error::Protocol("not yet".to_owned())),
                _ => Ok(()),
            }
        };
        assert!(patiently(Duration::from_secs(10), probe).await.is_ok());
        assert_eq!(tries.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_database_that_never_comes_is_given_up_with_its_reason() {
        let probe = || async { Err(sqlx::Error::Protocol("nobody is there".to_owned())) };
        let error = patiently(Duration::from_millis(150), probe).await.unwrap_err();
        let Error::Internal(cause) = error else { panic!("{error}") };
        assert!(cause.to_string().contains("nobody is there"), "{cause}");
    }

    #[test]
    fn a_database_in_memory_is_refused() {
        assert!(create_directory_of("sqlite::memory:").is_err());
        assert!(create_directory_of("sqlite://:memory:").is_err());
        assert!(create_directory_of("sqlite://here.db?mode=memory").is_err());
    }

    #[test]
    fn the_folder_of_a_file_is_the_one_its_address_means() {
        let folder = tempfile::tempdir().unwrap();
        create_directory_of(&format!("sqlite://{}/50%25%20off%23/loquat.db", folder.path().display()))
            .unwrap();
        assert!(folder.path().join("50% off#").is_dir());
    }
}
