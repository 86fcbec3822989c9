//! Who a network address stands for, wherever callers are counted.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One address, or a network of them in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", description = "Une adresse, ou un réseau en notation CIDR.")]
pub struct Network(IpNet);

/// Neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ni une adresse, ni un réseau comme 10.1.2.0/24")]
pub struct NotANetwork;

impl Network {
    /// Whether an address, written as IPv4 or as IPv6 holding it, lies in this network.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether so many addresses lie in it that naming it names nobody: more than a private range has (10.0.0.0/8, fc00::/7).
    pub const fn is_nearly_everybody(&self) -> bool {
        match self.0 {
            IpNet::V4(network) => network.prefix_len() < 8,
            IpNet::V6(network) => network.prefix_len() < 7,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map(Self).map_err(|_| NotANetwork)
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

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
