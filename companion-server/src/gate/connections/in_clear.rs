//! A stream in clear, whose first words tell HTTP/1 from HTTP/2.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How HTTP/2 begins (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Its first words are looked at where they lie: the server reads up to 24 bytes to tell one from the other, hands them on by themselves, and
/// the room that hyper then makes behind them is twice what a connection needs, for as long as it lasts. A first reading that gives nothing says
/// HTTP/1 to the server, which goes on to read it all.
pub struct InClear {
    stream: TcpStream,
    is_new: bool,
}

impl InClear {
    pub(super) const fn new(stream: TcpStream) -> Self {
        Self { stream, is_new: true }
    }
}

impl AsyncRead for InClear {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_new {
            let mut first = [0; PREFACE.len()];
            let mut first = ReadBuf::new(&mut first);
            ready!(self.stream.poll_peek(context, &mut first))?;
            self.is_new = false;
            if !PREFACE.starts_with(first.filled()) {
                return Poll::Ready(Ok(()));
            }
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for InClear {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
