//! Who a network address stands for, wherever callers are counted.

use std::net::{IpAddr, Ipv6Addr};

/// What is counted for an address: one machine has a whole IPv6 /64 to call from, and would be a new caller each time.
pub fn caller(address: IpAddr) -> IpAddr {
    prefix(address, 64)
}

/// The site of a caller, where one subscriber is given many networks: an IPv6 /48. `None` for IPv4, where addresses are scarce.
pub fn site(address: IpAddr) -> Option<IpAddr> {
    let site = prefix(address, 48);
    site.is_ipv6().then_some(site)
}

fn prefix(address: IpAddr, bits: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - bits)))),
        address @ IpAddr::V4(_) => address,
    }
}
