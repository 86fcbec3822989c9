//! The network between a workstation and the companion: it is cut and comes back, leads another way, or loses an answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The running network; dropped, it stops.
#[derive(Debug)]
pub struct Wire {
    /// Where the workstation finds the companion.
    pub url: String,
    road: Arc<Mutex<Road>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Road {
    companion: Option<SocketAddr>,
    /// Whose address the companion sees.
    from: Ipv4Addr,
    is_cut: bool,
    /// Beginning of the request whose answer gets lost.
    loses: Option<&'static str>,
    /// Ends the connections of this road.
    end: CancellationToken,
}

impl Wire {
    /// On a free port; it leads nowhere yet.
    ///
    /// # Errors
    /// When loopback has no port left.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let road = Road { companion: None, from: Ipv4Addr::LOCALHOST, is_cut: false, loses: None, end: CancellationToken::new() };
        let road = Arc::new(Mutex::new(road));
        let task = tokio::spawn({
            let road = Arc::clone(&road);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    // Either side may hang up first.
                    tokio::spawn(carry(client, Arc::clone(&road)));
                }
            }
        });
        Ok(Self { url, road, task })
    }

    /// It leads there.
    pub fn leads_to(&self, companion: SocketAddr) {
        self.road().companion = Some(companion);
    }

    /// Nothing gets through, and what was under way is lost.
    pub fn is_cut(&self) {
        let mut road = self.road();
        road.is_cut = true;
        std::mem::take(&mut road.end).cancel();
    }

    /// As before.
    pub fn is_back(&self) {
        self.road().is_cut = false;
    }

    /// A VPN comes up or goes down: what was under way is lost, what follows comes from this address.
    pub fn leaves_from(&self, address: Ipv4Addr) {
        let mut road = self.road();
        road.from = address;
        std::mem::take(&mut road.end).cancel();
    }

    /// The next such request gets through, its answer does not.
    pub fn loses_the_answer_to(&self, request: &'static str) {
        self.road().loses = Some(request);
    }

    /// Whether it did.
    pub fn has_lost(&self) -> bool {
        self.road().loses.is_none()
    }

    fn road(&self) -> MutexGuard<'_, Road> {
        lock(&self.road)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
        self.road().end.cancel();
    }
}

fn lock(road: &Mutex<Road>) -> MutexGuard<'_, Road> {
    road.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn carry(client: TcpStream, road: Arc<Mutex<Road>>) -> std::io::Result<()> {
    let (companion, from, end) = {
        let road = lock(&road);
        match road.companion {
            Some(companion) if !road.is_cut => (companion, road.from, road.end.clone()),
            Some(_) | None => return Ok(()),
        }
    };
    let socket = TcpSocket::new_v4()?;
    socket.bind((IpAddr::V4(from), 0).into())?;
    let server = socket.connect(companion).await?;
    tokio::select! {
        () = end.cancelled() => Ok(()),
        carried = both_ways(client, server, &road) => carried,
    }
}

async fn both_ways(mut client: TcpStream, mut server: TcpStream, road: &Mutex<Road>) -> std::io::Result<()> {
    let (mut request, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut is_lost = false;
    loop {
        tokio::select! {
            read = client.read(&mut request) => {
                let request = &request[..read?];
                if request.is_empty() {
                    return Ok(());
                }
                is_lost |= lock(road).loses.is_some_and(|loses| request.starts_with(loses.as_bytes()));
                server.write_all(request).await?;
            }
            read = server.read(&mut answer) => {
                let answer = &answer[..read?];
                if answer.is_empty() {
                    return Ok(());
                }
                if is_lost && answer.starts_with(b"HTTP/1.1 200 ") {
                    lock(road).loses = None;
                    return Ok(());
                }
                client.write_all(answer).await?;
            }
        }
    }
}
