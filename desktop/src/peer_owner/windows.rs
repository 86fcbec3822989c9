//! Not written yet: the owner table needs system calls of its own. Until then nobody is us, so loopback is refused rather than unsafe.

use std::net::SocketAddrV4;

pub(super) fn is_mine(_client: SocketAddrV4, _server: SocketAddrV4) -> bool {
    false
}
