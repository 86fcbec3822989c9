//! The browser's proof of its SSO session.

use axum::http::{HeaderMap, header};

use crate::realm::{LOCAL_SESSION_SECONDS, SESSION_MAXIMUM_SECONDS};

const NAME: &str = "psc_simulator_session";
/// Of the establishment's own provider, which the simulator plays too.
const LOCAL_NAME: &str = "psc_simulator_local_session";

/// The value the browser sent.
pub(crate) fn read(headers: &HeaderMap) -> Option<String> {
    named(headers, NAME)
}

/// What it sent to the establishment's provider.
pub(crate) fn read_local(headers: &HeaderMap) -> Option<String> {
    named(headers, LOCAL_NAME)
}

fn named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}

/// Kept beyond the browser's closing: Pro Santé Connect does not end the session then.
pub(crate) fn kept(value: &str) -> String {
    format!("{NAME}={value}; Path=/; Max-Age={SESSION_MAXIMUM_SECONDS}; HttpOnly; SameSite=Lax")
}

/// The same, at the establishment's provider.
pub(crate) fn kept_locally(value: &str) -> String {
    format!("{LOCAL_NAME}={value}; Path=/; Max-Age={LOCAL_SESSION_SECONDS}; HttpOnly; SameSite=Lax")
}

/// Removed.
pub(crate) fn forgotten() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}
