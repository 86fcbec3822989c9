//! Which addresses the browser may be sent back to.

use url::Url;

/// Longest path accepted, in characters.
const PATH_LENGTH: usize = 128;

/// A clean loopback address (RFC 8252 section 7.3): `http`, literally `127.0.0.1`, a port from 1024, a plain path, nothing else.
///
/// Read by hand and not by a URL parser, which would repair what must be refused.
pub(super) fn parse(text: &str) -> Option<Url> {
    let (port, path) = text.strip_prefix("http://127.0.0.1:")?.split_once('/')?;
    let is_plain_port = (4..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    if !is_plain_port || port.parse::<u16>().ok()? < 1024 {
        return None;
    }
    let is_plain_path = path.len() <= PATH_LENGTH
        && path
            .split('/')
            .all(|segment| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    if !is_plain_path {
        return None;
    }
    Url::parse(text).ok().filter(|url| url.as_str() == text)
}

/// A return through the app's private-use scheme (RFC 8252 section 7.1): `<scheme>:/cb/<random>`, 22 to 128 characters of base64url, and
/// nothing else. One slash: two would begin a host.
pub(super) fn parse_private_use(text: &str, scheme: &str) -> Option<Url> {
    let random = text.strip_prefix(scheme)?.strip_prefix(":/cb/")?;
    let is_random =
        (22..=128).contains(&random.len()) && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_random {
        return None;
    }
    Url::parse(text).ok().filter(|url| url.as_str() == text)
}
