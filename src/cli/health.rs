//! `loquat healthcheck`: asks a server on this machine whether it is ready.
//!
//! By hand over one connection, so that an image needs no other program for it. It knows one path and one status.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time,
};

use crate::{config::Config, http};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than the answer has bytes.
const ANSWER_MAX: u64 = 8 * 1024;

pub(super) async fn check(config: &Config) -> anyhow::Result<()> {
    let address = SocketAddr::new(nearest(config.host), config.port);
    let answer = time::timeout(PATIENCE, ask(address)).await.context("no answer in time")?;
    let answer = answer.with_context(|| format!("no answer from {address}"))?;
    match answer.split(' ').nth(1) {
        Some("200") => {
            println!("ready");
            Ok(())
        }
        Some(status) => anyhow::bail!("not ready: status {status}"),
        None => anyhow::bail!("{address} does not speak HTTP"),
    }
}

/// Where a server that listens on `host` is reached from its own machine.
fn nearest(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

/// The whole answer of the server.
async fn ask(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let question =
        format!("GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n", http::READY_PATH);
    stream.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What the check makes of a server that answers with `answer`.
    async fn check_against(answer: &'static str) -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = [0; 500];
            let length = stream.read(&mut question).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(question[..length].to_vec()).unwrap()
        });
        let settings = [("HOST", "0.0.0.0".to_owned()), ("PORT", port)];
        let config =
            Config::read(|name| Some(settings.iter().find(|(known, _)| *known == name)?.1.clone())).unwrap();
        let outcome = check(&config).await;
        assert!(server.await.unwrap().starts_with("GET /health/ready HTTP/1.1\r\n"));
        outcome
    }

    #[tokio::test]
    async fn only_a_200_is_healthy() {
        assert!(check_against("HTTP/1.1 200 OK\r\n\r\n").await.is_ok());
        let error = check_against("HTTP/1.1 503 Service Unavailable\r\n\r\n").await.unwrap_err();
        assert!(error.to_string().contains("503"), "{error}");
        assert!(check_against("").await.is_err());
    }

    #[tokio::test]
    async fn nobody_at_home_is_not_healthy() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        drop(listener);
        let config = Config::read(|name| (name == "PORT").then(|| port.clone())).unwrap();
        assert!(check(&config).await.is_err());
    }
}
