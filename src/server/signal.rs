//! The system's wish that the server ends.
//!
//! `SIGTERM` and ctrl-c become one token, so that nothing else listens to signals. It does not know what ends.

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

/// A token that is cancelled at the first `SIGTERM` or ctrl-c; at the second, the process ends. Call it first thing: as the first process of a
/// container the server would not end on its own at either.
///
/// # Errors
/// When the system does not let signals be listened to.
#[cfg(unix)]
pub fn shutdown_on_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind| signal(kind).context("cannot listen to signals");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let token = CancellationToken::new();
    let shutdown = token.clone();
    tokio::spawn(async move {
        for shutdown_began in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if shutdown_began {
                // Whoever asks twice does not want to wait. What is acknowledged is on the disk.
                std::process::exit(130);
            }
            shutdown.cancel();
        }
    });
    Ok(token)
}

/// A token that is cancelled at the first ctrl-c.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn shutdown_on_signal() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let shutdown = token.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            shutdown.cancel();
        }
    });
    Ok(token)
}
