//! Connections: how many are open, and how long one may be silent. A full house refuses the newest; those that are open go on.

use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use axum_server::accept::Accept;
use tokio::net::TcpStream;

use crate::clock::Clock;
use crate::network::Network;
use crate::tally::Tally;

use super::Memory;
use super::places::{Capacity, NoPlace, Place, Places};

mod counted;
mod in_clear;
mod pulse;
mod watched;

use counted::Counted;
use in_clear::InClear;
use pulse::Pulse;
use watched::Watched;

/// The connections of one listener.
pub struct Connections {
    places: Places,
    memory: Memory,
    proxies: Vec<Network>,
    refused: Tally,
}

impl Connections {
    /// None is open yet. Those of `proxies` are not counted by address: each of them speaks for many.
    pub fn new(capacity: Capacity, memory: Memory, proxies: Vec<Network>, clock: Arc<dyn Clock>) -> Self {
        Self { places: Places::new(capacity), memory, proxies, refused: Tally::new("connections", clock) }
    }

    /// How many are open now.
    pub fn open(&self) -> usize {
        self.places.held()
    }

    /// How many were refused.
    pub const fn refused(&self) -> &Tally {
        &self.refused
    }

    /// A connection's place, and its bytes.
    fn take(&self, peer: IpAddr) -> Result<[Place; 2], NoPlace> {
        let peer = (!self.proxies.iter().any(|network| network.holds(peer))).then_some(peer);
        let place = peer.map_or_else(|| self.places.take_for_many(1), |peer| self.places.take(peer));
        Ok([place.inspect_err(|_| self.refused.count())?, self.memory.connection(peer)?])
    }
}

/// Where connections come in.
#[derive(Clone)]
pub struct Gate(pub Arc<Connections>);

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Watched<TcpStream>;
    type Service = Counted<S>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.let_in(stream, service, |stream| stream))
    }
}

/// Where they come in without TLS.
#[derive(Clone)]
pub struct ClearGate(pub Gate);

impl<S> Accept<TcpStream, S> for ClearGate {
    type Stream = Watched<InClear>;
    type Service = Counted<S>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.0.let_in(stream, service, InClear::new))
    }
}

impl Gate {
    /// An error closes the connection before anything is read from it.
    fn let_in<T, S>(&self, stream: TcpStream, service: S, wrap: impl FnOnce(TcpStream) -> T) -> io::Result<(Watched<T>, Counted<S>)> {
        let places = self.0.take(stream.peer_addr()?.ip()).map_err(io::Error::other)?;
        stream.set_nodelay(true)?;
        let pulse = Arc::new(Pulse::new(tokio::time::Instant::now()));
        Ok((Watched::new(wrap(stream), Arc::clone(&pulse), places), Counted::new(service, pulse)))
    }
}

#[cfg(test)]
mod tests;
