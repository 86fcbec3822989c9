//! Who owns the other end of a loopback connection. On a shared host 127.0.0.1 is everyone's.

use std::net::SocketAddrV4;

#[cfg(target_os = "linux")]
#[path = "peer_owner/linux.rs"]
mod system;
#[cfg(windows)]
#[path = "peer_owner/windows.rs"]
mod system;

/// Tells whose connection it is; handed in so that a test can be someone else.
pub trait PeerOwner: Send + Sync + std::fmt::Debug {
    /// Whether the client end of this connection belongs to the user who runs this process. When in doubt: no.
    fn is_mine(&self, client: SocketAddrV4, server: SocketAddrV4) -> bool;
}

/// Asks the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemPeerOwner;

impl PeerOwner for SystemPeerOwner {
    fn is_mine(&self, client: SocketAddrV4, server: SocketAddrV4) -> bool {
        system::is_mine(client, server)
    }
}
