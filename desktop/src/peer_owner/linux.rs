//! The kernel's tables of TCP sockets name the user of each end; they need no privilege.

use std::net::SocketAddrV4;

use super::Owner;

/// A connection that stands.
const ESTABLISHED: &str = "01";

/// What cannot be read is another's: these tables are always there.
pub(super) fn owner(client: SocketAddrV4, server: SocketAddrV4) -> Owner {
    let Some(own) = own_user() else { return Owner::Another };
    let user = |table: &str, form: fn(SocketAddrV4) -> String| {
        std::fs::read_to_string(table).ok().and_then(|rows| owner_in(&rows, &form(client), &form(server)))
    };
    let found = user("/proc/net/tcp", plain).or_else(|| user("/proc/net/tcp6", mapped));
    if found == Some(own) { Owner::Mine } else { Owner::Another }
}

/// The user under which this process opens sockets.
fn own_user() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    user_in_status(&status)
}

/// `Uid:` real, effective, saved, file system.
fn user_in_status(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

/// The user of the row whose local end is the client and whose remote end is the server.
fn owner_in(rows: &str, client: &str, server: &str) -> Option<u32> {
    rows.lines().skip(1).find_map(|row| {
        let columns: Vec<&str> = row.split_whitespace().take(8).collect();
        let [_, local, remote, state, _, _, _, user] = columns.as_slice() else { return None };
        (*local == client && *remote == server && *state == ESTABLISHED).then(|| user.parse().ok())?
    })
}

/// The kernel prints the address as the number it is in memory, and the port as the number it means.
fn plain(end: SocketAddrV4) -> String {
    format!("{:08X}:{:04X}", u32::from_ne_bytes(end.ip().octets()), end.port())
}

/// The same inside an IPv6 socket, as some programs open it: `::ffff:127.0.0.1`.
fn mapped(end: SocketAddrV4) -> String {
    format!("0000000000000000{:08X}{}", u32::from_ne_bytes([0, 0, 0xFF, 0xFF]), plain(end))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};

    use super::{Owner, mapped, owner, owner_in, plain, user_in_status};

    const ROWS: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
        \x20  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0\n\
        \x20  1: 0100007F:A001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0\n\
        \x20  2: 0100007F:A002 0100007F:1F90 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0\n";

    fn local(port: u16) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
    }

    #[test]
    fn the_row_of_the_client_end_names_its_user() {
        let server = plain(local(0x1F90));
        assert_eq!(owner_in(ROWS, &plain(local(0xA001)), &server), Some(1000));
        // A connection that is over belongs to nobody, and the table then says 0.
        assert_eq!(owner_in(ROWS, &plain(local(0xA002)), &server), None);
        assert_eq!(owner_in(ROWS, &plain(local(0xA003)), &server), None);
        assert_eq!(owner_in("", &plain(local(0xA001)), &server), None);
    }

    #[test]
    fn the_effective_user_counts() {
        assert_eq!(user_in_status("Name:\tx\nUid:\t1\t1000\t3\t4\n"), Some(1000));
        assert_eq!(user_in_status("Name:\tx\n"), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn mapped_addresses_are_written_as_the_kernel_does() {
        assert_eq!(mapped(local(0x1F90)), "0000000000000000FFFF00000100007F:1F90");
    }

    #[test]
    fn our_own_connection_is_ours_and_an_unknown_one_is_not() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let SocketAddr::V4(server) = listener.local_addr().expect("an address") else { panic!("IPv4 was asked for") };
        let stream = TcpStream::connect(server).expect("connected");
        let SocketAddr::V4(client) = stream.local_addr().expect("an address") else { panic!("IPv4 was asked for") };
        assert_eq!(owner(client, server), Owner::Mine);
        assert_eq!(owner(local(1), server), Owner::Another);
    }
}
