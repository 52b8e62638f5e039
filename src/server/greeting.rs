//! A stream whose peer has to say soon which protocol it speaks.
//!
//! Until it does, neither of the two protocols runs, and with them none of their time limits: without this a client
//! that connects and says nothing would be kept for ever. It knows the first bytes of HTTP/2 and nothing else of it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{self, Sleep},
};

/// How a client begins that speaks HTTP/2. All else is HTTP/1.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// `stream`, with a time limit on its first bytes.
pub(super) struct Greeting<S> {
    stream: S,
    /// What has come of the preface so far.
    matched: usize,
    /// Gone as soon as the protocol is known.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Greeting<S> {
    pub(super) fn new(stream: S, time: Duration) -> Self {
        Self { stream, matched: 0, deadline: Some(Box::pin(time::sleep(time))) }
    }

    /// Whether the protocol is known once `bytes` have come as well.
    fn is_known(&mut self, bytes: &[u8]) -> bool {
        let expected = PREFACE.get(self.matched..).unwrap_or_default();
        let same = expected.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        self.matched += same;
        same < bytes.len() || self.matched == PREFACE.len()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeting<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let Some(deadline) = &mut this.deadline else {
            return Pin::new(&mut this.stream).poll_read(context, into);
        };
        if deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        ready!(Pin::new(&mut this.stream).poll_read(context, into))?;
        if this.is_known(into.filled().get(before..).unwrap_or_default()) {
            this.deadline = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Greeting<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const MOMENT: Duration = Duration::from_millis(30);

    /// What reading gives, once the client has said `words` and the time is up.
    async fn read_after(words: &[u8]) -> io::Result<usize> {
        let (mut client, server) = tokio::io::duplex(100);
        let mut greeting = Greeting::new(server, MOMENT);
        client.write_all(words).await.unwrap();
        let mut buffer = [0; 100];
        for word in words.chunks(5) {
            greeting.read_exact(buffer.get_mut(..word.len()).unwrap()).await?;
        }
        time::sleep(MOMENT * 2).await;
        client.write_all(b"more").await.unwrap();
        greeting.read(&mut buffer).await
    }

    #[tokio::test]
    async fn a_silent_client_is_given_up() {
        for words in [&b""[..], b"P", b"PRI * HTTP/2.0"] {
            assert_eq!(read_after(words).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
    }

    #[tokio::test]
    async fn a_client_that_has_begun_has_all_the_time_of_its_protocol() {
        for words in [&b"GET "[..], b"PRI * HTTP/1.1", PREFACE] {
            assert_eq!(read_after(words).await.unwrap(), 4);
        }
    }
}
