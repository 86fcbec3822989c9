//! A stream that ends when nothing is asked on it, or nothing taken from it, for too long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Pulse;
use crate::gate::places::Place;

/// Longest time the other end may leave our answer untaken.
const UNTAKEN: Duration = Duration::from_secs(30);
/// Longest time, and most bytes, by which the other end is heard out after our last word. Closed with something unread, the connection
/// would be reset, and the answer lost on the way.
const FAREWELL: Duration = Duration::from_secs(2);
const FAREWELL_BYTES: usize = 256 * 1024;

/// The stream of one connection; it holds the connection's place and bytes.
pub struct Watched<S> {
    stream: S,
    pulse: Arc<Pulse>,
    silence: Pin<Box<Sleep>>,
    untaken: Option<Pin<Box<Sleep>>>,
    farewell: Option<Farewell>,
    _places: [Place; 2],
}

/// We said our last word.
struct Farewell {
    until: Pin<Box<Sleep>>,
    heard: usize,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, pulse: Arc<Pulse>, places: [Place; 2]) -> Self {
        let silence = Box::pin(sleep_until(pulse.deadline()));
        Self { stream, pulse, silence, untaken: None, farewell: None, _places: places }
    }

    /// Ready when the silence has lasted too long.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let deadline = self.pulse.deadline();
            if deadline != self.silence.deadline() {
                self.silence.as_mut().reset(deadline);
            }
            ready!(self.silence.as_mut().poll(context));
            // What moved meanwhile has moved the deadline.
            if self.pulse.deadline() <= Instant::now() {
                return Poll::Ready(());
            }
        }
    }

    /// What became of a writing, unless it has been waiting for too long.
    fn in_time<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.untaken = None;
            return written;
        }
        let untaken = self.untaken.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + UNTAKEN)));
        ready!(untaken.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> Watched<S> {
    /// Ready when the other end closed too, or said or waited too much.
    fn hear_out(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let farewell = self.farewell.get_or_insert_with(|| Farewell { until: Box::pin(sleep_until(Instant::now() + FAREWELL)), heard: 0 });
        let mut bytes = [0; 4096];
        while farewell.heard < FAREWELL_BYTES && farewell.until.as_mut().poll(context).is_pending() {
            let mut heard = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut heard)) {
                Ok(()) if !heard.filled().is_empty() => farewell.heard += heard.filled().len(),
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(outcome) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            return Poll::Ready(outcome);
        }
        ready!(self.poll_silence(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(written, context)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.in_time(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.farewell.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        ready!(self.hear_out(context));
        Poll::Ready(Ok(()))
    }
}
