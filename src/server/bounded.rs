//! A stream whose peer has to say soon which protocol it speaks, and has to take what it is sent.
//!
//! Until the protocol is known neither of the two runs, and with them none of their time limits: a client that
//! connects and says nothing would be kept for ever. Neither has a limit for a client that stops reading. It knows the
//! first bytes of HTTP/2 and nothing else of it.

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

/// `stream`, with its limits of time.
pub(super) struct Bounded<S> {
    stream: S,
    /// What has come of the preface so far.
    matched: usize,
    /// Gone as soon as the protocol is known.
    deadline: Option<Pin<Box<Sleep>>>,
    /// How long the peer may take nothing of what is written.
    stall_time: Duration,
    /// There while it takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Bounded<S> {
    /// `greeting_time` is for the first bytes, `stall_time` for each pause in taking what is written.
    pub(super) fn new(stream: S, greeting_time: Duration, stall_time: Duration) -> Self {
        let deadline = Some(Box::pin(time::sleep(greeting_time)));
        Self { stream, matched: 0, deadline, stall_time, stalled: None }
    }

    /// `written`, or an error when nothing has been taken for too long.
    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(time::sleep(self.stall_time)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether the protocol is known once `bytes` have come as well.
    fn is_known(&mut self, bytes: &[u8]) -> bool {
        let expected = PREFACE.get(self.matched..).unwrap_or_default();
        let same = expected.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        self.matched += same;
        same < bytes.len() || self.matched == PREFACE.len()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
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

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.watch(context, written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_flush(context);
        this.watch(context, written)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const MOMENT: Duration = Duration::from_millis(150);

    /// What reading gives, once the client has said `words` and the time is up.
    async fn read_after(words: &[u8]) -> io::Result<usize> {
        let (mut client, server) = tokio::io::duplex(100);
        let mut greeting = Bounded::new(server, MOMENT, MOMENT);
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

    #[tokio::test]
    async fn a_client_that_stops_reading_is_given_up() {
        let (mut client, server) = tokio::io::duplex(10);
        let mut bounded = Bounded::new(server, MOMENT, MOMENT);
        bounded.write_all(&[0; 10]).await.unwrap();
        client.read_exact(&mut [0; 10]).await.unwrap();
        bounded.write_all(&[0; 10]).await.unwrap();
        assert_eq!(bounded.write_all(&[0]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
