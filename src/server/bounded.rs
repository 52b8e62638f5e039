//! A stream whose peer has to take what it is sent.
//!
//! The protocol limits how long a client may take to send a request, but not how long it may take to read the answer: one
//! that stops reading would be kept, with its answer, for ever. It does not know what is written.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{self, Sleep},
};

/// `stream`, with a limit to how long its peer may take nothing.
pub(super) struct Bounded<S> {
    stream: S,
    /// How long the peer may take nothing of what is written.
    stall_time: Duration,
    /// There while it takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Bounded<S> {
    /// `stall_time` is for each pause in taking what is written.
    pub(super) const fn new(stream: S, stall_time: Duration) -> Self {
        Self { stream, stall_time, stalled: None }
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
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, into)
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

    #[tokio::test]
    async fn a_client_that_stops_reading_is_given_up() {
        let (mut client, server) = tokio::io::duplex(10);
        let mut bounded = Bounded::new(server, MOMENT);
        bounded.write_all(&[0; 10]).await.unwrap();
        client.read_exact(&mut [0; 10]).await.unwrap();
        bounded.write_all(&[0; 10]).await.unwrap();
        assert_eq!(bounded.write_all(&[0]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
