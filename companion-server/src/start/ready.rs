//! What the service manager is told, where it asks: that everything listens (`Type=notify` of systemd).

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

const READY: &[u8] = b"READY=1";

/// Tells whoever started this program. A start that nobody hears of is still one.
pub fn tell() {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = tell_at(&socket) {
        tracing::warn!(%error, "The service manager could not be told that the companion is ready");
    }
}

fn tell_at(socket: &OsStr) -> io::Result<()> {
    UnixDatagram::unbound()?.send_to_addr(READY, &address(socket)?).map(drop)
}

/// A path, or a name without one, which begins with `@` in the variable.
fn address(socket: &OsStr) -> io::Result<SocketAddr> {
    match socket.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(name) => <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name),
        _ => SocketAddr::from_pathname(socket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_manager_hears_that_everything_listens() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let unnamed = format!("@vestibule-ready-{}", std::process::id());
        for socket in [path.as_os_str(), OsStr::new(&unnamed)] {
            let heard = UnixDatagram::bind_addr(&address(socket).expect("an address")).expect("bound");
            tell_at(socket).expect("told");
            let mut bytes = [0; 64];
            let length = heard.recv(&mut bytes).expect("heard");
            assert_eq!(&bytes[..length], READY);
        }
        assert!(tell_at(OsStr::new("/nulle/part")).is_err());
    }
}
