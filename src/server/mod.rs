//! Connections: accepts them, bounds them, and lets them end well.
//!
//! The framework's own server waits for slow clients for ever and has no end to its patience at shutdown; this one
//! has both. It does not know what is served over the connections.

mod bounded;
mod build;
mod signal;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, io, time::Duration};

use axum::{Router, body::Body, http::Response};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    net::{TcpListener, TcpStream},
    time,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub use build::Server;
pub(crate) use build::{domain, with_cause};
pub use signal::shutdown_on_signal;

use crate::{
    config::{self, Config},
    graphql::Api,
    http::{self, Peer, Site},
};
use bounded::Bounded;

/// Bytes of the head of a request at most, its address included. There may be 100 headers besides.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How much longer than requests the mutations behind them may take to end, once the server stops.
const LAST_MUTATIONS: Duration = Duration::from_secs(5);
/// The first pause after the system had no connection to give, and the longest.
const ACCEPT_PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// What is served.
pub struct Parts {
    /// All settings.
    pub config: Config,
    /// What executes operations.
    pub api: Api,
    /// The schema, in its own language.
    pub schema: String,
}

/// Serves what comes to `listener` until `shutdown`; then takes no more, lets what is in flight end within
/// `SHUTDOWN_SECONDS`, and waits for the mutations that still run.
///
/// # Errors
/// None so far: a server that has begun ends by being told to.
pub async fn serve(listener: TcpListener, parts: Parts, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Parts { config: Config { http, limits, .. }, api, schema } = parts;
    let shutdown_time = http.shutdown_time;
    let request_bytes_max = limits.request_bytes_max;
    let router = http::router(Site { api: api.clone(), config: http.clone(), request_bytes_max, schema });
    let door = Door::new(&http, router);
    let open = GracefulShutdown::new();
    let abandon = CancellationToken::new();
    tokio::select! {
        () = door.accept(&listener, &open, &abandon) => {}
        () = shutdown.cancelled() => {}
    }
    drop(listener);
    tracing::info!(connections = open.count(), "stopping");
    let deadline = time::Instant::now() + shutdown_time;
    if time::timeout_at(deadline, open.shutdown()).await.is_err() {
        tracing::warn!("requests in flight did not end in time and are abandoned");
        abandon.cancel();
    }
    // Mutations go on behind connections that are gone. What is cut off here was not acknowledged, and is undone.
    if time::timeout_at(deadline + LAST_MUTATIONS, api.drain()).await.is_err() {
        tracing::error!("mutations did not end in time and are cut off");
    }
    tracing::info!("stopped");
    Ok(())
}

/// How connections are taken. Cheap to clone: each connection has one.
#[derive(Clone)]
struct Door {
    /// HTTP/1.1 alone: proxies speak it to what is behind them, and browsers speak HTTP/2 only where there is TLS.
    protocol: http1::Builder,
    stall_time: Duration,
    router: Router,
}

impl Door {
    fn new(config: &config::Http, router: Router) -> Self {
        let mut protocol = http1::Builder::new();
        protocol
            .timer(TokioTimer::new())
            .header_read_timeout(config.header_time)
            .max_buf_size(HEAD_BYTES_MAX);
        Self { protocol, stall_time: config.body_time, router }
    }

    /// Accepts for ever. A system without resources is given time to find some.
    async fn accept(&self, listener: &TcpListener, open: &GracefulShutdown, abandon: &CancellationToken) {
        let (first_pause, longest_pause) = ACCEPT_PAUSES;
        let mut pause = first_pause;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    pause = first_pause;
                    let connection = self.clone().hold(stream, Peer(peer.ip()), open.watcher());
                    tokio::spawn(abandon.clone().run_until_cancelled_owned(connection));
                }
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    time::sleep(pause).await;
                    pause = (pause * 2).min(longest_pause);
                }
            }
        }
    }

    /// The life of one connection.
    async fn hold(self, stream: TcpStream, peer: Peer, watcher: Watcher) {
        // Answers are written whole; waiting for more to send along only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection has no options any more");
        }
        let io = TokioIo::new(Bounded::new(stream, self.stall_time));
        let service = service_fn(move |request| answer(request, self.router.clone(), peer));
        let connection = self.protocol.serve_connection(io, service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "the connection broke");
        }
    }
}

/// Whether it is the client that gave up between knocking and coming in.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// One request, with where it comes from.
async fn answer(
    mut request: Request<Incoming>,
    router: Router,
    peer: Peer,
) -> Result<Response<Body>, Infallible> {
    request.extensions_mut().insert(peer);
    router.oneshot(request).await
}
