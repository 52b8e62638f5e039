//! `loquat serve`: starts the server and says where it is.
//!
//! It knows signals and addresses, and nothing of what is served.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
};

use crate::{
    clock::Clock,
    config::Config,
    http,
    server::{Server, shutdown_on_signal},
    telemetry::{self, Readers},
};

pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    let readers = telemetry::init(&config.log);
    let shutdown = shutdown_on_signal()?;
    let playground = config.http.playground;
    // The database may let itself be waited for; who stops the server meanwhile should not have to wait as well.
    let build = Box::pin(Server::build(config, Clock::system(), None));
    let Some(server) = shutdown.run_until_cancelled(build).await.transpose()? else {
        return Ok(());
    };
    announce(server.address()?, playground, readers);
    server.run(shutdown).await
}

/// Says where the server is: to people in words, to machines in their own format.
fn announce(address: SocketAddr, playground: bool, readers: Readers) {
    let version = env!("CARGO_PKG_VERSION");
    let url = format!("http://{}:{}", reachable(address.ip()), address.port());
    match readers {
        Readers::Machines => tracing::info!(version, %address, "listening"),
        Readers::People => {
            // Nobody may be there to read it any more; that is no reason not to serve.
            let mut out = io::stdout();
            let _ = writeln!(out, "Loquat {version} listens on http://{address}");
            if playground {
                let _ = writeln!(out, "Try it at {url}{}", http::PLAYGROUND_PATH);
            }
        }
    }
}

/// A host to put into a URL of this machine for a server that listens on `address`.
fn reachable(address: std::net::IpAddr) -> String {
    match address {
        address if address.is_unspecified() || address.is_loopback() => "localhost".to_owned(),
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    }
}
