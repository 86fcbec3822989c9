//! Bytes in, bytes out.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::head::Head;

/// How long a connection may take to say what it wants. A slow one only holds its own place.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Just enough for another user to read his 404.
const PATIENCE_WITH_STRANGERS: Duration = Duration::from_millis(250);

/// Reads up to the blank line. `None` when the other side left without a word.
pub(super) async fn read_head(stream: &mut TcpStream) -> Option<Result<Head, &'static str>> {
    let mut head = Head::default();
    let read = async {
        let mut piece = [0_u8; 4096];
        loop {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) if head.is_empty() => return None,
                Ok(0) | Err(_) => return Some(Err("cut short")),
                Ok(count) => match head.take(&piece[..count]) {
                    Ok(true) => return Some(Ok(())),
                    Ok(false) => {}
                    Err(reason) => return Some(Err(reason)),
                },
            }
        }
    };
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(outcome) => outcome.map(|outcome| outcome.map(|()| head)),
        Err(_) if head.is_empty() => None,
        Err(_) => Some(Err("too slow")),
    }
}

/// A stranger's request is not read, only let past: a connection that is closed over unread bytes loses the answer on the way.
pub(super) async fn turn_away(stream: &mut TcpStream) {
    let mut piece = [0_u8; 4096];
    let turned_away = tokio::time::timeout(PATIENCE_WITH_STRANGERS, async {
        if matches!(stream.read(&mut piece).await, Ok(1..)) {
            not_found(stream).await;
        }
    });
    if turned_away.await.is_err() {
        tracing::debug!("Another user's connection said nothing");
    }
}

/// Sends the browser elsewhere; nothing of this exchange may be kept or told on.
pub(super) async fn redirect(stream: &mut TcpStream, address: &str) {
    write(stream, &format!("HTTP/1.1 303 See Other\r\nLocation: {address}\r\n")).await;
}

/// No detail, no CORS header.
pub(super) async fn not_found(stream: &mut TcpStream) {
    write(stream, "HTTP/1.1 404 Not Found\r\n").await;
}

async fn write(stream: &mut TcpStream, start: &str) {
    let answer = format!(
        "{start}Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let written = tokio::time::timeout(PATIENCE, async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    });
    if !matches!(written.await, Ok(Ok(()))) {
        tracing::debug!("A loopback client left before its answer");
    }
}
