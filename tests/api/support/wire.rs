//! HTTP by hand, for what a decent client cannot be made to do: stopping in the middle, never stopping.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::within;

/// A TCP connection to the server.
pub struct Wire(TcpStream);

impl Wire {
    /// Connects to `base`, an address as in [`super::Client::base`].
    pub async fn connect(base: &str) -> Self {
        let address = base.strip_prefix("http://").expect("plain HTTP");
        let stream =
            within(Duration::from_secs(10), TcpStream::connect(address)).await.expect("the server listens");
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Writes, and says whether the server still takes it.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within(Duration::from_secs(10), self.0.write_all(bytes.as_ref())).await.is_ok()
    }

    /// Reads the status and the JSON of one answer; nothing where the server closed the connection without one.
    pub async fn answer(&mut self) -> Option<(u16, Value)> {
        let mut received = Vec::new();
        loop {
            if let Some(answer) = parse(&received) {
                return Some(answer);
            }
            let mut buffer = vec![0; 8192];
            match within(Duration::from_secs(10), self.0.read(&mut buffer)).await {
                Ok(0) | Err(_) => return parse(&received),
                Ok(read) => received.extend_from_slice(&buffer[..read]),
            }
        }
    }

    /// Writes `piece` again and again, a little every 50 milliseconds, until the server has had enough, and gives
    /// the answer that came, if any.
    pub async fn trickle(self, piece: &'static [u8]) -> Option<(u16, Value)> {
        let (mut reading, mut writing) = self.0.into_split();
        let trickling = tokio::spawn(async move {
            while writing.write_all(piece).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let mut received = Vec::new();
        // Ends with the connection, whether it was closed or reset.
        within(Duration::from_secs(8), reading.read_to_end(&mut received)).await.ok();
        trickling.abort();
        parse(&received)
    }

    /// The head of a `POST /graphql` with a body of `length`.
    pub fn head(token: Option<&str>, length: usize) -> String {
        let authorization =
            token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{authorization}\
             content-length: {length}\r\n\r\n"
        )
    }
}

/// The status and the JSON body, once they are complete.
fn parse(received: &[u8]) -> Option<(u16, Value)> {
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = serde_json::from_slice(&received[end + 4..]).ok()?;
    Some((status, body))
}
