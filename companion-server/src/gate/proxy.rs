//! Behind reverse proxies: whose request it is. Only a proxy that the administrator named is believed, and only about the address.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, header::FORWARDED};

use crate::clock::Clock;
use crate::config::{ForwardedHeader, ListenerSection};
use crate::network::Network;
use crate::tally::Tally;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What a trusted proxy wrote names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It wrote nothing.
    #[error("the header is missing")]
    Missing,
    /// Not addresses in the form of the header.
    #[error("the header cannot be read")]
    Malformed,
}

/// The proxies that may say for whom they speak.
pub struct TrustedProxies {
    networks: Vec<Network>,
    header: ForwardedHeader,
    unreadable: Tally,
}

impl TrustedProxies {
    /// As configured.
    pub fn new(listener: &ListenerSection, clock: Arc<dyn Clock>) -> Self {
        Self {
            networks: listener.trusted_proxies.clone(),
            header: listener.forwarded_header,
            unreadable: Tally::new("forwarded_header_unreadable", clock),
        }
    }

    /// Whether this address is one of theirs.
    pub fn includes(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.holds(address))
    }

    /// Where the client is. When a trusted proxy does not say it clearly, the proxy itself: never a guess.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.includes(peer) {
            return peer;
        }
        self.spoken_for(headers).unwrap_or_else(|reason| {
            tracing::debug!(reason = %reason, "A trusted proxy does not say for whom it speaks");
            self.unreadable.count();
            peer
        })
    }

    /// How often a trusted proxy did not say it.
    pub const fn unreadable(&self) -> &Tally {
        &self.unreadable
    }

    /// The rightmost address that is no trusted proxy's: all to its left was written by strangers. When all are trusted, the rightmost,
    /// which the proxy next to us saw with its own eyes.
    fn spoken_for(&self, headers: &HeaderMap) -> Result<IpAddr, Unreadable> {
        let chain = match self.header {
            ForwardedHeader::XForwardedFor => x_forwarded_for(headers),
            ForwardedHeader::Forwarded => forwarded(headers)?,
        };
        let mut nearest = None;
        for address in chain.into_iter().rev() {
            let address = address.ok_or(Unreadable::Malformed)?;
            if !self.includes(address) {
                return Ok(address);
            }
            nearest.get_or_insert(address);
        }
        nearest.ok_or(Unreadable::Missing)
    }
}

/// Addresses in the order written; `None` for each that is none.
type Chain = Vec<Option<IpAddr>>;

fn x_forwarded_for(headers: &HeaderMap) -> Chain {
    let lines = headers.get_all(X_FORWARDED_FOR).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(|text| node(std::str::from_utf8(text).ok()?.trim())).collect()
}

/// RFC 7239 section 4. One line that breaks the grammar voids them all: a quotation left open on the left could swallow what follows.
fn forwarded(headers: &HeaderMap) -> Result<Chain, Unreadable> {
    let mut chain = Chain::new();
    for line in headers.get_all(FORWARDED) {
        let mut rest = line.to_str().map_err(|_| Unreadable::Malformed)?;
        let mut named = None;
        loop {
            let (name, value, after) = pair(rest).ok_or(Unreadable::Malformed)?;
            if name.eq_ignore_ascii_case("for") && named.replace(node(&value)).is_some() {
                return Err(Unreadable::Malformed);
            }
            let after = after.trim_start_matches([' ', '\t']);
            let mut signs = after.chars();
            match signs.next() {
                Some(';') => rest = signs.as_str(),
                Some(',') => {
                    chain.push(named.take().flatten());
                    rest = signs.as_str();
                }
                Some(_) => return Err(Unreadable::Malformed),
                None => break,
            }
        }
        chain.push(named.flatten());
    }
    Ok(chain)
}

/// The first `name=value` and what follows it.
fn pair(text: &str) -> Option<(&str, String, &str)> {
    let (name, rest) = text.trim_start_matches([' ', '\t']).split_once('=')?;
    if name.is_empty() || !name.bytes().all(is_token) {
        return None;
    }
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.bytes().position(|byte| !is_token(byte)).unwrap_or(rest.len());
        let (value, rest) = rest.split_at(end);
        return (!value.is_empty()).then(|| (name, value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut signs = quoted.chars();
    loop {
        match signs.next()? {
            '"' => return Some((name, value, signs.as_str())),
            '\\' => value.push(signs.next()?),
            sign => value.push(sign),
        }
    }
}

/// RFC 9110 section 5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

/// An address, with or without a port; IPv6 in brackets where there is one.
fn node(text: &str) -> Option<IpAddr> {
    let address = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        address
    } else {
        match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => {
                if !is_port(port) {
                    return None;
                }
                address
            }
            _ => text,
        }
    };
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
