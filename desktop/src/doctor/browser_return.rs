//! Whether a browser that follows the system's proxy comes back to this app: one that asks a proxy for 127.0.0.1 reaches another machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;
use vestibule_model::ErrorCode;

use super::{Check, Verdict};
use crate::route::{self, ProxyAddress, SystemProxy};
use crate::words::{Title, Words};

const ANSWER: Duration = Duration::from_secs(3);

/// A word of caution: most browsers leave out 127.0.0.1 by themselves. `None` where no proxy of the system would be asked for it.
pub(super) async fn through_proxy(system: SystemProxy, words: &dyn Words) -> Option<Check> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.ok()?;
    let address = listener.local_addr().ok()?;
    let proxy = route::proxy_before(&Url::parse(&format!("http://{address}/")).ok()?, system)?;
    if comes_back(listener, address, &proxy).await {
        return None;
    }
    let detail = words.loopback_through_proxy(&proxy.to_string());
    Some(Check::wrong(Title::Loopback, words, Verdict::Warning, ErrorCode::LoopbackUnavailable, detail))
}

/// Asks the proxy for our own listener, as such a browser would.
async fn comes_back(listener: TcpListener, address: SocketAddr, proxy: &ProxyAddress) -> bool {
    let asked = async {
        let url = proxy.expose();
        let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let mut stream = TcpStream::connect((host, url.port_or_known_default()?)).await.ok()?;
        let request = format!("GET http://{address}/ HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        // Kept open until the listener was called, or the proxy answers by itself.
        stream.read(&mut [0; 512]).await.ok()
    };
    tokio::select! {
        biased;
        called = listener.accept() => called.is_ok(),
        () = async {
            drop(timeout(ANSWER, asked).await);
        } => false,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use vestibule_model::language::Language;

    use super::through_proxy;
    use crate::doctor::Verdict;
    use crate::route::SystemProxy;
    use crate::words;

    /// A proxy of this machine that follows the request, or answers that it does not.
    async fn proxy(follows: bool) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("called");
            let mut bytes = [0; 512];
            let read = stream.read(&mut bytes).await.expect("read");
            let asked = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let target = asked.split(['/', ' ']).find(|part| part.starts_with("127.")).expect("an address").to_owned();
            let held = if follows { TcpStream::connect(target).await.ok() } else { None };
            drop(stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await);
            drop(held);
        });
        address
    }

    async fn told(address: Option<String>, exceptions: &[&str]) -> Option<Verdict> {
        let exceptions: Vec<String> = exceptions.iter().map(|&text| text.to_owned()).collect();
        let system = SystemProxy { address, exceptions, has_script: false };
        let check = through_proxy(system, words::of(Language::Fr)).await?;
        assert!(check.detail.contains("127.0.0.1") && check.code.is_some(), "{check:?}");
        Some(check.verdict)
    }

    #[tokio::test]
    async fn a_proxy_that_takes_this_machine_for_its_own_is_worth_a_word() {
        assert_eq!(told(None, &[]).await, None);
        assert_eq!(told(Some(proxy(false).await), &[]).await, Some(Verdict::Warning));
        assert_eq!(told(Some(proxy(false).await), &["127.0.0.0/8"]).await, None, "it is not asked");
        assert_eq!(told(Some(proxy(true).await), &[]).await, None, "it leads here");
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.and_then(|listener| listener.local_addr()).expect("a port");
        assert_eq!(told(Some(closed.to_string()), &[]).await, Some(Verdict::Warning), "nobody there");
    }
}
