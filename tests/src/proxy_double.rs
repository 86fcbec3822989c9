//! An outgoing proxy: it tunnels what it is asked to (CONNECT, RFC 9110 section 9.3.6) and remembers for whom.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running proxy; dropped, it stops.
#[derive(Debug)]
pub struct ProxyDouble {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl ProxyDouble {
    /// On a free port; wants this account and password when some are given.
    ///
    /// # Errors
    /// When loopback has no port left.
    pub async fn start(credentials: Option<(&str, &str)>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let wanted = credentials.map(|(user, password)| format!("basic {}", STANDARD.encode(format!("{user}:{password}"))));
        let task = tokio::spawn({
            let asked = Arc::clone(&asked);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (asked, wanted) = (Arc::clone(&asked), wanted.clone());
                    // A tunnel that breaks is its two ends' affair.
                    tokio::spawn(async move { drop(tunnel(stream, &asked, wanted.as_deref()).await) });
                }
            }
        });
        Ok(Self { url, asked, task })
    }

    /// What it was asked to reach, `host:port` each, whether or not it did.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ProxyDouble {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn tunnel(mut client: TcpStream, asked: &Mutex<Vec<String>>, wanted: Option<&str>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(target.to_owned());
    let presented =
        head.lines().find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization")));
    let is_known = wanted.is_none_or(|wanted| presented.is_some_and(|(_, value)| value.replacen("Basic", "basic", 1) == wanted));
    if method != "CONNECT" || !is_known {
        let status = if is_known { "405 Method Not Allowed" } else { "407 Proxy Authentication Required" };
        let challenge = "Proxy-Authenticate: Basic realm=\"essai\"\r\n";
        return client.write_all(format!("HTTP/1.1 {status}\r\n{challenge}Content-Length: 0\r\n\r\n").as_bytes()).await;
    }
    let mut server = TcpStream::connect(target).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}
