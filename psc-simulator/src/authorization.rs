//! The `Authorization` header, as it was sent; what it proves is said elsewhere.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The `Authorization: Basic` header is not what RFC 6749 section 2.3.1 describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MalformedBasic;

/// Id and secret of a Basic header, if there is one.
pub(crate) fn basic(headers: &HeaderMap) -> Option<Result<(String, String), MalformedBasic>> {
    let encoded = scheme(headers, "basic")?;
    let pair = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Some(pair.as_deref().and_then(|pair| pair.split_once(':')).map(|(id, secret)| (unescaped(id), unescaped(secret))).ok_or(MalformedBasic))
}

/// The token of a Bearer header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    scheme(headers, "bearer").map(str::trim)
}

fn scheme<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case(name).then_some(rest)
}

fn unescaped(part: &str) -> String {
    url::form_urlencoded::parse(format!("v={}", part.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
