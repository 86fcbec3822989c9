//! Requests: how many at once, and how large one may be, before any of it is looked at.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use http::header::{CONTENT_LENGTH, COOKIE, HOST};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri, Version};

use crate::clock::Clock;
use crate::tally::Tally;

use super::places::{Capacity, Place, Places};

/// Largest request body, in bytes.
pub const LARGEST_BODY: usize = 64 * 1024;
/// Longest path and query, in bytes. What Pro Santé Connect adds to its answer is under 2 KiB.
pub const LONGEST_ADDRESS: usize = 8 * 1024;
/// Most bytes of all header lines together, but for cookies.
pub const LARGEST_HEAD: usize = 16 * 1024;
/// Most bytes of cookies: those that other sites of the same name left cost our sign-in nothing. Common reverse proxies let 8 to 32 KiB pass.
pub const LARGEST_COOKIES: usize = 20 * 1024;

/// Why a request is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefused {
    /// No place is left, at least for its address.
    #[error("too many requests are under way")]
    Crowded,
    #[error("the cookies are too long")]
    Cookies,
    #[error("the address is too long")]
    Address,
    #[error("the head is too large")]
    Head,
    #[error("the body is too large")]
    Body,
    /// It names no host, or two.
    #[error("it does not name one host")]
    Host,
}

/// The requests under way.
pub struct Requests {
    places: Places,
    crowding: Tally,
    oversize: Tally,
}

impl Requests {
    /// None is under way yet.
    pub fn new(capacity: Capacity, clock: &Arc<dyn Clock>) -> Self {
        let tally = |limit| Tally::new(limit, Arc::clone(clock));
        Self { places: Places::new(capacity), crowding: tally("requests_under_way"), oversize: tally("request_size") }
    }

    /// Takes a place for a request of this address.
    ///
    /// # Errors
    /// [`RequestRefused::Crowded`].
    pub fn begin(&self, address: IpAddr) -> Result<Place, RequestRefused> {
        self.places.take(address).map_err(|_| {
            self.crowding.count();
            RequestRefused::Crowded
        })
    }

    /// Refuses what is larger than anything an app or a browser of ours sends. A body that does not announce its length is measured as it is read.
    ///
    /// # Errors
    /// [`RequestRefused`]
    pub fn check_size(&self, parts: &Parts) -> Result<(), RequestRefused> {
        let refused = if cookies_length(&parts.headers) > LARGEST_COOKIES {
            RequestRefused::Cookies
        } else if address_length(&parts.uri) > LONGEST_ADDRESS {
            RequestRefused::Address
        } else if head_length(&parts.headers) > LARGEST_HEAD {
            RequestRefused::Head
        } else if announced(&parts.headers).is_some_and(|length| length > LARGEST_BODY) {
            RequestRefused::Body
        } else {
            return Ok(());
        };
        self.oversize.count();
        Err(refused)
    }

    /// What was refused since the start, by name of the limit.
    pub fn refused(&self) -> [(&'static str, u64); 2] {
        [self.crowding.total(), self.oversize.total()]
    }
}

/// One host, and the same wherever it is named: two could be read as two different ones by whoever stands in between (RFC 9112 section 3.2).
///
/// # Errors
/// [`RequestRefused::Host`].
pub fn check_host(parts: &Parts) -> Result<(), RequestRefused> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    let is_sound = match (host, parts.uri.authority()) {
        _ if another.is_some() => false,
        (Some(host), Some(authority)) => host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()),
        (Some(host), None) => Authority::try_from(host.as_bytes()).is_ok_and(|host| !host.as_str().contains('@')),
        (None, authority) => parts.version < Version::HTTP_11 || (parts.version == Version::HTTP_2 && authority.is_some()),
    };
    if is_sound { Ok(()) } else { Err(RequestRefused::Host) }
}

/// Most bytes that the body of a request may come to: as announced, or the largest.
pub fn body_length(headers: &HeaderMap, body: &Body) -> usize {
    let unannounced = if body.is_end_stream() { 0 } else { LARGEST_BODY };
    announced(headers).unwrap_or(unannounced).min(LARGEST_BODY)
}

/// Length of all cookies together, ours and others'.
fn cookies_length(headers: &HeaderMap) -> usize {
    headers.get_all(COOKIE).iter().map(HeaderValue::len).sum()
}

fn address_length(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |target| target.as_str().len())
}

/// As it travels in HTTP/1: name, colon, space, value, end of line. Cookies are measured apart.
fn head_length(headers: &HeaderMap) -> usize {
    headers.iter().filter(|(name, _)| *name != COOKIE).map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
