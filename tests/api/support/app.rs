//! A real server on a free port, with a database of its own.
//!
//! This is the only file that touches the server's inside: how it is configured, started and watched.

use std::{
    collections::HashMap,
    fs, mem,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use data_encoding::BASE64;
use loquat::{clock::Clock, config::Config};
use sea_orm::{DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{actor::Person, client::Client, database::Database, eventually, within};

/// The secret that signs the access tokens of every test server: the key named `test`.
pub const SIGNING_SECRET: &[u8; 32] = b"thirty-two bytes, kept by no one";

/// A running server, and what a test may know about it.
pub struct App {
    server: Option<Running>,
    config: Config,
    client: Client,
    statements: Arc<Mutex<Vec<Statement>>>,
    pub clock: Clock,
    // The last fields, because they go last: the server's files and tables.
    database: Database,
    _directory: TempDir,
}

impl App {
    /// A server with the settings of the tests.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// A server with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::launch_new(Clock::system(), change).await
    }

    /// A server whose clock stands still until [`App::later`] moves it.
    pub async fn start_at_manual_time() -> Self {
        Self::launch_new(Clock::manual(Clock::system().now()), |_| ()).await
    }

    /// A server that gives up after a second on a client that does not finish its headers or its body.
    pub async fn start_impatient() -> Self {
        Self::start_with(|config| {
            config.http.header_time = Duration::from_secs(1);
            config.http.body_time = Duration::from_secs(1);
        })
        .await
    }

    async fn launch_new(clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::create(directory.path()).await;
        let settings = HashMap::from([
            ("DATABASE_URL", database.url.clone()),
            ("DATA_DIR", directory.path().display().to_string()),
            ("HOST", "127.0.0.1".to_owned()),
            ("PORT", "0".to_owned()),
            ("SIGNING_KEYS", format!("test:{}", BASE64.encode(SIGNING_SECRET))),
        ]);
        let mut config =
            Config::read(|name: &str| settings.get(name).cloned()).expect("the settings are right");
        change(&mut config);
        let statements = Arc::new(Mutex::new(Vec::new()));
        let server = launch(config.clone(), clock.clone(), &statements).await;
        config.port = server.address().port();
        let client = Client::new(&format!("http://{}", server.address()));
        Self { server: Some(server), config, client, statements, clock, database, _directory: directory }
    }

    /// Stops the server and starts it again: same address, same data.
    pub async fn restart(&mut self) {
        self.server.take().expect("the server runs").stop().await;
        self.server = Some(launch(self.config.clone(), self.clock.clone(), &self.statements).await);
    }

    /// The server's address, without a path.
    pub fn url(&self) -> &str {
        &self.client.base
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        self.client.clone()
    }

    /// Registers somebody called `name`.
    pub async fn person(&self, name: &str) -> Person {
        Person::register(&self.client, name).await
    }

    /// Moves the clock, which has to be a manual one.
    pub fn later(&self, by: Duration) {
        self.clock.advance(i64::try_from(by.as_micros()).unwrap());
    }

    /// The SQL statements since the last call, oldest first.
    pub fn statements(&self) -> Vec<Statement> {
        mem::take(&mut *self.statements.lock().unwrap())
    }

    /// The database's address.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The kind of database.
    pub fn backend(&self) -> DbBackend {
        self.database.backend()
    }

    /// A connection beside the server's own, for counting and explaining; never for writing rows.
    pub async fn database(&self) -> DatabaseConnection {
        self.database.connect().await
    }

    /// Where the request log is.
    pub fn request_log_path(&self) -> PathBuf {
        self.config.request_log.path.clone()
    }

    /// The lines of the request log, as soon as there are at least `count`.
    pub async fn request_log_lines(&self, count: usize) -> Vec<String> {
        let path = self.request_log_path();
        eventually("the request log grows", async || {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            (lines.len() >= count && text.ends_with('\n')).then_some(lines)
        })
        .await
    }
}

/// The one place where a server is made.
async fn launch(config: Config, clock: Clock, statements: &Arc<Mutex<Vec<Statement>>>) -> Running {
    let statements = Arc::clone(statements);
    let observer = Arc::new(move |statement: &Statement| statements.lock().unwrap().push(statement.clone()));
    let server =
        loquat::server::Server::build(config, clock, Some(observer)).await.expect("the server starts");
    let address = server.address().expect("the server listens");
    let stop = CancellationToken::new();
    let task = tokio::spawn(server.run(stop.clone()));
    Running { address, stop: stop.drop_guard(), task }
}

/// A server in this process. It stops when this is dropped.
struct Running {
    address: SocketAddr,
    stop: DropGuard,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it, and waits until its port and its database are free.
    async fn stop(self) {
        drop(self.stop);
        within(Duration::from_secs(30), self.task)
            .await
            .expect("the server ends")
            .expect("the server ends well");
    }
}
