//! Who owns the other end of a loopback connection. On a shared host 127.0.0.1 is everyone's.

use std::net::SocketAddrV4;
use std::sync::Arc;

#[cfg(any(windows, test))]
mod judgement;
#[cfg(target_os = "linux")]
#[path = "peer_owner/linux.rs"]
mod system;
#[cfg(windows)]
#[path = "peer_owner/windows.rs"]
mod system;

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The user's who runs this process.
    Mine,
    /// Somebody else's, or possibly somebody else's.
    Another,
    /// The system does not say, and nobody else is at this machine.
    Undisclosed,
}

impl Owner {
    /// Whether such a connection is served.
    pub const fn is_let_in(self) -> bool {
        match self {
            Self::Mine | Self::Undisclosed => true,
            Self::Another => false,
        }
    }
}

/// Tells whose connection it is; handed in so that a test can be someone else.
pub trait PeerOwner: Send + Sync + std::fmt::Debug {
    /// Who owns the client end of this connection.
    fn owner(&self, client: SocketAddrV4, server: SocketAddrV4) -> Owner;
}

/// Asks the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemPeerOwner;

impl PeerOwner for SystemPeerOwner {
    fn owner(&self, client: SocketAddrV4, server: SocketAddrV4) -> Owner {
        system::owner(client, server)
    }
}

/// Takes only what is known to be the user's own for that.
#[derive(Debug)]
pub struct Strict(pub Arc<dyn PeerOwner>);

impl PeerOwner for Strict {
    fn owner(&self, client: SocketAddrV4, server: SocketAddrV4) -> Owner {
        match self.0.owner(client, server) {
            Owner::Undisclosed => Owner::Another,
            known @ (Owner::Mine | Owner::Another) => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};
    use std::sync::Arc;

    use super::{Owner, PeerOwner, Strict};

    #[derive(Debug)]
    struct Always(Owner);

    impl PeerOwner for Always {
        fn owner(&self, _: SocketAddrV4, _: SocketAddrV4) -> Owner {
            self.0
        }
    }

    #[test]
    fn attack_08_what_the_system_does_not_say_is_let_in_unless_the_administrator_is_strict() {
        let end = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1);
        for (owner, is_let_in, strictly) in [(Owner::Mine, true, true), (Owner::Undisclosed, true, false), (Owner::Another, false, false)] {
            assert_eq!(Always(owner).owner(end, end).is_let_in(), is_let_in);
            assert_eq!(Strict(Arc::new(Always(owner))).owner(end, end).is_let_in(), strictly);
        }
    }
}
