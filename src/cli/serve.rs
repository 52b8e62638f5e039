//! `loquat serve`: puts the parts together and runs them.
//!
//! What can be wrong is found before the first connection is taken. It does not know how any part works.

use std::{
    fs,
    io::{self, Write as _},
};

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::parts;
use crate::{
    config::{self, Config},
    graphql::request_log::RequestLog,
    http,
    server::{self, Parts, shutdown_on_signal},
    telemetry,
};

pub(super) async fn serve(mut config: Config) -> anyhow::Result<()> {
    telemetry::init(&config.log);
    let shutdown = shutdown_on_signal()?;
    fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot make the data folder {}", config.data_dir.display()))?;
    config.tokens.keys = config::signing_keys(&config)?;
    // Held to the end, so that the last lines reach the file.
    let (log, _log_guard) = RequestLog::open(&config.request_log)?;
    // The database may let itself be waited for; who stops the server meanwhile should not have to wait as well.
    let Some(api) = shutdown.run_until_cancelled(parts::api(&config, log)).await.transpose()? else {
        return Ok(());
    };
    let listener = TcpListener::bind((config.host, config.port))
        .await
        .with_context(|| format!("cannot listen on {} port {}", config.host, config.port))?;
    announce(&listener, &config)?;
    server::serve(listener, Parts { config, api, schema: parts::schema() }, shutdown).await
}

/// Says where the server is, on standard output, if anybody holds that open.
fn announce(listener: &TcpListener, config: &Config) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let mut out = io::stdout();
    let _ = writeln!(out, "Loquat {} listens on http://{address}", env!("CARGO_PKG_VERSION"));
    if config.http.playground {
        let (host, port, path) = (reachable(address.ip()), address.port(), http::PLAYGROUND_PATH);
        let _ = writeln!(out, "Try it at http://{host}:{port}{path}");
    }
    Ok(())
}

/// A host to put into a URL of this machine for a server that listens on `address`.
fn reachable(address: std::net::IpAddr) -> String {
    match address {
        address if address.is_unspecified() || address.is_loopback() => "localhost".to_owned(),
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    }
}
