//! A database for one test, gone when the test is over.
//!
//! On PostgreSQL and MySQL it is a freshly created database of the server in `TEST_DATABASE_URL`; its name holds
//! the process and a count, so that tests may run in threads and in processes beside each other.

use std::{
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use loquat::clock::Clock;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

/// How many this process has created.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database of its own.
pub struct Database {
    pub url: String,
    /// The server it was created on and its name there; none for a file.
    created: Option<(String, String)>,
}

impl Database {
    /// Makes one: a file in `directory`, unless `TEST_DATABASE_URL` names a server.
    pub async fn create(directory: &Path) -> Self {
        let Some(server) = server_url() else {
            let file = directory.join("loquat.db");
            return Self { url: format!("sqlite://{}?mode=rwc", file.display()), created: None };
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("loquat_{}_{}_{count}", Clock::system().now().seconds(), process::id());
        // A language that orders letters and punctuation in its own way: what depends on it shows.
        let language = if server.starts_with("postgres") {
            " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        } else {
            ""
        };
        run(&server, &format!("CREATE DATABASE {name}{language}")).await.expect("a database can be created");
        Self { url: with_name(&server, &name), created: Some((server, name)) }
    }

    /// A connection beside the server's own, for counting and explaining; never for writing rows.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(&self.url).await.expect("the database answers")
    }

    /// The kind of database it is.
    pub fn backend(&self) -> DbBackend {
        match self.url.split(':').next() {
            Some("sqlite") => DbBackend::Sqlite,
            Some("postgres" | "postgresql") => DbBackend::Postgres,
            _ => DbBackend::MySql,
        }
    }
}

impl Drop for Database {
    /// A thread and a runtime of its own, because nothing can be awaited here.
    fn drop(&mut self) {
        let Some((server, name)) = self.created.take() else { return };
        let force = if self.backend() == DbBackend::Postgres { " WITH (FORCE)" } else { "" };
        let statement = format!("DROP DATABASE {name}{force}");
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let dropping =
                async { tokio::time::timeout(Duration::from_secs(20), run(&server, &statement)).await };
            anyhow::Ok(runtime.block_on(dropping)??)
        });
        if let Ok(Err(problem)) = dropped.join() {
            eprintln!("the database {name} stays behind: {problem}");
        }
    }
}

/// The one number that `sql` answers.
pub async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.expect("the statement runs").expect("it has a row");
    row.try_get_by_index(0).expect("the row holds a number")
}

/// Fails unless every log has each position once, from 1 to its last, and its counters count what is there.
pub async fn logs_are_whole(connection: &DatabaseConnection) {
    let messages = "SELECT count(*) FROM messages m WHERE m.conversation_id = c.id";
    let events = "SELECT count(*) FROM events e WHERE e.conversation_id = c.id";
    let people = "SELECT count(*) FROM participants p WHERE p.conversation_id = c.id AND p.left_seq IS NULL";
    for (fault, sql) in [
        (
            "a gap",
            format!("SELECT count(*) FROM conversations c WHERE c.last_seq <> ({messages}) + ({events})"),
        ),
        (
            "a position used twice",
            "SELECT count(*) FROM messages m JOIN events e \
            ON e.conversation_id = m.conversation_id AND e.seq = m.seq"
                .to_owned(),
        ),
        (
            "a position beyond the last",
            "SELECT count(*) FROM messages m JOIN conversations c \
            ON c.id = m.conversation_id WHERE m.seq < 1 OR m.seq > c.last_seq"
                .to_owned(),
        ),
        (
            "an event beyond the last",
            "SELECT count(*) FROM events e JOIN conversations c \
            ON c.id = e.conversation_id WHERE e.seq < 1 OR e.seq > c.last_seq"
                .to_owned(),
        ),
        (
            "a wrong number of messages",
            format!("SELECT count(*) FROM conversations c WHERE c.message_count <> ({messages})"),
        ),
        (
            "a wrong number of people",
            format!("SELECT count(*) FROM conversations c WHERE c.participant_count <> ({people})"),
        ),
        (
            "an ordinal out of order",
            "SELECT count(*) FROM messages m WHERE m.ordinal <> (SELECT count(*) FROM messages n \
            WHERE n.conversation_id = m.conversation_id AND n.seq <= m.seq)"
                .to_owned(),
        ),
    ] {
        assert_eq!(number(connection, &sql).await, 0, "{fault}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests themselves")]
fn server_url() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty() && !url.starts_with("sqlite"))
}

/// `server` with `name` in the place of its database's.
fn with_name(server: &str, name: &str) -> String {
    let (address, options) = server
        .split_once('?')
        .map_or((server, String::new()), |(address, options)| (address, format!("?{options}")));
    let (scheme, host) = address.split_once("://").expect("TEST_DATABASE_URL is a URL");
    let host = host.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

async fn run(url: &str, statement: &str) -> Result<(), DbErr> {
    let connection = connect(url).await?;
    connection.execute_unprepared(statement).await?;
    connection.close().await
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}
