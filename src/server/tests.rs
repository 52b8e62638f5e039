//! Drives the server over sockets, where slow and silent clients are.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinHandle,
};

use super::*;

/// Longer than anything here should take.
const PATIENCE: Duration = Duration::from_secs(10);

struct Server {
    address: SocketAddr,
    shutdown: CancellationToken,
    ended: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    async fn start(change: impl FnOnce(&mut config::Http)) -> Self {
        let mut config = Config::read(|_| None).unwrap();
        change(&mut config.http);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let parts = Parts { config, api: http::tests::api().await, schema: String::new() };
        let ended = tokio::spawn(serve(listener, parts, shutdown.clone()));
        Self { address, shutdown, ended }
    }

    async fn say(&self, words: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(words.as_bytes()).await.unwrap();
        stream
    }

    /// Everything the server says to `words` until it closes.
    async fn hear(&self, words: &str) -> String {
        rest(&mut self.say(words).await).await
    }

    async fn stop(self) {
        self.shutdown.cancel();
        time::timeout(PATIENCE, self.ended).await.expect("the server ends").unwrap().unwrap();
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset has been closed too.
    let _ = time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server closes");
    String::from_utf8(answer).unwrap()
}

fn impatient(config: &mut config::Http) {
    config.header_time = Duration::from_millis(200);
    config.body_time = Duration::from_millis(200);
}

const BODY: &str = r#"{"query":"{ __typename }"}"#;

fn post() -> String {
    let length = BODY.len();
    format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_request_is_answered() {
    let server = Server::start(|_| ()).await;
    let answer = server.hear("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(r#"{"status":"ok"}"#), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_says_nothing_or_half_a_head_is_let_go() {
    let server = Server::start(impatient).await;
    for words in ["", "P", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        assert_eq!(server.hear(words).await, "", "{words:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408() {
    let server = Server::start(impatient).await;
    let answer = server.hear(&(post() + "{")).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains(r#""code":"TIMEOUT""#), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn too_large_a_head_is_refused() {
    let server = Server::start(|_| ()).await;
    let answer = server.hear(&format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(100))).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let answer = server.hear(&format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(200_000))).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn what_is_in_flight_ends_before_the_server_does() {
    let server = Server::start(|_| ()).await;
    // Half a body: the request has begun.
    let (first, second) = BODY.split_at(5);
    let mut stream = server.say(&(post() + first)).await;
    let mut idle = server.say("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut byte = [0];
    idle.read_exact(&mut byte).await.unwrap();
    server.shutdown.cancel();
    // A connection without a request is closed at once; by then the door is shut, and the other one still open.
    rest(&mut idle).await;
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(!server.ended.is_finished());
    stream.write_all(second.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.contains(r#"{"data":{"__typename":"Query"}}"#), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let server = Server::start(|config| config.shutdown_time = Duration::from_millis(50)).await;
    let mut stream = server.say(&(post() + "{")).await;
    let mut idle = server.say("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut byte = [0];
    idle.read_exact(&mut byte).await.unwrap();
    server.stop().await;
    assert_eq!(rest(&mut stream).await, "");
}
