//! The browser's proof of its SSO session.

use axum::http::{HeaderMap, header};

use crate::realm::SESSION_MAXIMUM_SECONDS;

const NAME: &str = "psc_simulator_session";

/// The value the browser sent.
pub(crate) fn read(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value.to_owned())
}

/// Kept beyond the browser's closing: Pro Santé Connect does not end the session then.
pub(crate) fn kept(value: &str) -> String {
    format!("{NAME}={value}; Path=/; Max-Age={SESSION_MAXIMUM_SECONDS}; HttpOnly; SameSite=Lax")
}

/// Removed.
pub(crate) fn forgotten() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}
