//! Which addresses may be a companion's or the app's own.

use url::{Host, Url};

/// An origin that a clinician's sign-in may be entrusted to, or `None`.
pub(super) fn companion_origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.host().is_some();
    let trusted = match url.scheme() {
        "https" => true,
        // The text, too: the parser turns `2130706433` and `127.1` into the same address.
        "http" => is_local(&url) && text.strip_prefix("http://").is_some_and(|rest| rest.starts_with("127.0.0.1")),
        _ => false,
    };
    (bare && trusted).then_some(url)
}

/// RFC 8252 section 7.1: a name in reverse order, which nobody else has a right to.
pub(super) fn is_private_use_scheme(scheme: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_lowercase())
            && part.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-')
    };
    scheme.len() <= 64 && scheme.contains('.') && scheme.split('.').all(part)
}

/// Whether its host is the literal 127.0.0.1.
pub(super) fn is_local(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(address)) if address == std::net::Ipv4Addr::LOCALHOST)
}
