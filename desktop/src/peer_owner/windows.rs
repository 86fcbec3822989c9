//! The table of TCP connections names the process at each end; the list of processes, its account and its session.

use std::net::{IpAddr, SocketAddrV4};

use netstat2::{AddressFamilyFlags, ProtocolFlags, ProtocolSocketInfo, TcpState, get_sockets_info};
use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::Owner;
use super::judgement::{Known, is_alone, judge};

/// Performs I/O.
pub(super) fn owner(client: SocketAddrV4, server: SocketAddrV4) -> Owner {
    // Who knows of no process says so of every one.
    let mut system = match System::new() {
        Ok(system) => system,
        Err(error) => {
            tracing::warn!(%error, "The list of processes cannot be read");
            return Owner::Another;
        }
    };
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing().with_user(UpdateKind::Always));
    let process = |pid: Pid| system.process(pid).map(known);
    let own = sysinfo::get_current_pid().ok().and_then(process).unwrap_or_default();
    let processes = system.processes().values().map(|process| (session(process), process.name().to_str().unwrap_or_default()));
    let alone = is_alone(own.session, processes);
    let other = process_of(client, server).and_then(|pid| process(Pid::from_u32(pid)));
    judge(&own, other.as_ref(), alone)
}

fn known(process: &Process) -> Known {
    Known { account: process.user_id().map(|account| account.to_string()), session: session(process) }
}

fn session(process: &Process) -> Option<u32> {
    process.session_id().map(Pid::as_u32)
}

/// Of the connection whose local end is the client and whose remote end is the server. An IPv4 connection of an IPv6 socket stands in the
/// table of IPv6, mapped. The process of number 0 is nobody's.
fn process_of(client: SocketAddrV4, server: SocketAddrV4) -> Option<u32> {
    let families = AddressFamilyFlags::IPV4 | AddressFamilyFlags::IPV6;
    let table = get_sockets_info(families, ProtocolFlags::TCP)
        .inspect_err(|error| tracing::warn!(%error, "The table of connections cannot be read"))
        .ok()?;
    let is_end = |address: IpAddr, port: u16, end: SocketAddrV4| address.to_canonical() == IpAddr::V4(*end.ip()) && port == end.port();
    let process = table.into_iter().find_map(|row| {
        let ProtocolSocketInfo::Tcp(tcp) = row.protocol_socket_info else { return None };
        let is_this = tcp.state == TcpState::Established
            && is_end(tcp.local_addr, tcp.local_port, client)
            && is_end(tcp.remote_addr, tcp.remote_port, server);
        is_this.then(|| row.associated_pids.first().copied())?
    });
    process.filter(|process| *process != 0)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

    use super::*;

    /// Wine shows the connection and not its process: what is not told is then nobody's, on a machine with one person.
    #[test]
    fn our_own_connection_is_let_in() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let SocketAddr::V4(server) = listener.local_addr().expect("an address") else { panic!("IPv4 was asked for") };
        let stream = TcpStream::connect(server).expect("connected");
        let SocketAddr::V4(client) = stream.local_addr().expect("an address") else { panic!("IPv4 was asked for") };
        let expected = match process_of(client, server) {
            Some(process) => {
                assert_eq!(process, std::process::id());
                Owner::Mine
            }
            None => Owner::Undisclosed,
        };
        assert_eq!(owner(client, server), expected);
        assert_eq!(process_of(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1), server), None);
    }

    #[test]
    fn the_account_and_the_session_of_this_process_are_known() {
        let mut system = System::new().expect("a list");
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing().with_user(UpdateKind::Always));
        let own = known(system.process(sysinfo::get_current_pid().expect("a number")).expect("listed"));
        assert!(own.account.is_some_and(|account| account.starts_with("S-1-")) && own.session.is_some());
    }
}
