//! One connection that is kept.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;

/// To one server, from one address of this machine.
pub struct Connection {
    requests: SendRequest<Full<Bytes>>,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Connection {
    /// # Errors
    /// When nobody listens.
    pub async fn open(server: SocketAddr, from: Ipv4Addr) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await?;
        // What breaks it, the next request says.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { requests })
    }

    /// # Errors
    /// When no answer comes.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        self.requests.ready().await?;
        let (head, body) = self.requests.send_request(request).await?.into_parts();
        Ok(Answer { status: head.status, headers: head.headers, body: body.collect().await?.to_bytes() })
    }
}

impl Answer {
    /// # Errors
    /// When it is another one: its body is told, which holds no more than a made-up person's.
    pub fn expect(self, status: StatusCode) -> anyhow::Result<Self> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, String::from_utf8_lossy(&self.body));
        Ok(self)
    }

    /// A header that it must have.
    ///
    /// # Errors
    /// When it has none.
    pub fn header(&self, name: &str) -> anyhow::Result<&str> {
        Ok(self.headers.get(name).with_context(|| format!("no {name}"))?.to_str()?)
    }

    /// What stands in the text between these two.
    ///
    /// # Errors
    /// When it is not there.
    pub fn between(&self, before: &str, after: &[char]) -> anyhow::Result<&str> {
        let text = std::str::from_utf8(&self.body)?;
        let (_, rest) = text.split_once(before).with_context(|| format!("no {before} in {text}"))?;
        Ok(rest.split(after).next().unwrap_or_default())
    }
}
