//! Puts the parts together.
//!
//! What can be wrong is found here, before the first connection is taken: settings, log file, database, port. It does
//! not know how any part works.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Parts, serve};
use crate::{
    clock::Clock,
    config::{self, Config},
    domain::{
        Database, Domain, StatementObserver, account, message,
        migrate::{self, Direction},
        session,
    },
    graphql::{
        self, Api,
        request_log::{RequestLog, RequestLogGuard},
    },
};

/// How long the connections to the database may take to end.
const CLOSING_TIME: Duration = Duration::from_secs(5);
/// How often what has expired is cleared away.
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_hours(1);

/// A server that is ready to take connections.
pub struct Server {
    listener: TcpListener,
    parts: Parts,
    domain: Domain,
    /// Held to the end, so that the last lines reach the file.
    log_guard: RequestLogGuard,
}

impl Server {
    /// Connects to the database, brings its tables up to date where `config` says so, and takes the port.
    ///
    /// `observer` sees every SQL statement.
    pub async fn build(
        mut config: Config,
        clock: Clock,
        observer: Option<StatementObserver>,
    ) -> anyhow::Result<Self> {
        private_folder(&config.data_dir)
            .with_context(|| format!("cannot make the data folder {}", config.data_dir.display()))?;
        config.tokens.keys = config::signing_keys(&config)?;
        let (log, log_guard) = RequestLog::open(&config.request_log)?;
        let domain = domain(&config, clock, observer).await?;
        let api = Api::new(domain.clone(), &config, log).context("cannot build the schema")?;
        let listener = TcpListener::bind((config.host, config.port))
            .await
            .with_context(|| format!("cannot listen on {} port {}", config.host, config.port))?;
        Ok(Self { listener, parts: Parts { config, api, schema: graphql::sdl() }, domain, log_guard })
    }

    /// Where it listens.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves until `shutdown`, then lets what is in flight end.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let Self { listener, parts, domain, log_guard } = self;
        let housekeeping = tokio::spawn(keep_house(domain.clone(), shutdown.clone()));
        let outcome = serve(listener, parts, shutdown.clone()).await;
        shutdown.cancel();
        let close = async {
            housekeeping.await.context("housekeeping failed")?;
            domain.close().await;
            anyhow::Ok(())
        };
        if let Ok(closed) = tokio::time::timeout(CLOSING_TIME, close).await {
            closed?;
        } else {
            tracing::warn!("the database did not let go in time");
        }
        drop(log_guard);
        outcome
    }
}

/// Makes the data folder, for its owner only: what is written into it is nobody else's business.
fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The domain on the database of `config`, with its tables up to date unless `config` leaves that to somebody else.
pub(crate) async fn domain(
    config: &Config,
    clock: Clock,
    observer: Option<StatementObserver>,
) -> anyhow::Result<Domain> {
    if config.database.migrate_on_start {
        migrate::run(&config.database, Direction::Up, None).await.map_err(with_cause("cannot migrate"))?;
    }
    let database = Database::connect(&config.database, observer).await.map_err(with_cause("no database"))?;
    Ok(Domain::new(database, config, clock)?)
}

/// An internal error shows its cause to whoever starts the server; only clients must not see it.
pub(crate) fn with_cause(what: &'static str) -> impl Fn(crate::error::Error) -> anyhow::Error {
    move |error| match error {
        crate::error::Error::Internal(cause) => anyhow::anyhow!("{what}: {cause}"),
        other => anyhow::Error::from(other).context(what),
    }
}

/// Finishes what a crash interrupted, and clears away what has expired, until `shutdown`. Every transaction ends
/// before this does.
async fn keep_house(domain: Domain, shutdown: CancellationToken) {
    loop {
        let round = async {
            account::finish_deletions(&domain).await?;
            message::forget_expired_keys(&domain).await?;
            session::forget_expired(&domain).await
        };
        if let Err(error) = round.await {
            tracing::warn!(cause = ?error, "housekeeping failed; it is tried again later");
        }
        let pause = tokio::time::sleep(HOUSEKEEPING_INTERVAL);
        if shutdown.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}
