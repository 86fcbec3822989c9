//! The token of the administration: a file that only the service's account and root can read. Nothing but health and metrics goes without it.

use std::path::Path;

use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use secrecy::ExposeSecret as _;
use vestibule_model::ErrorCode;

use crate::config::{Config, token_file};
use crate::edge::answer::Refusal;
use crate::ordinary_file::write_private;
use crate::random::{Random, secret_256};
use crate::store::SecretHash;

/// Draws a token into a file that does not exist yet, readable by its owner only; an existing file is left as it is. Performs I/O.
///
/// # Errors
/// The system's.
pub fn prepare(file: &Path, random: &dyn Random) -> std::io::Result<()> {
    match write_private(file, secret_256(random).expose_secret().as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}

/// Whether a request bears the token, compared in constant time. The file is read each time: a replaced token counts at once.
///
/// # Errors
/// 401, or 403 when the configuration names no token file, or one that protects nothing.
pub fn check(config: &Config, parts: &Parts) -> Result<(), Refusal> {
    let refused = |status| Refusal::new(status, "access_denied", ErrorCode::AdministrationRefused);
    let Some(file) = config.administration.token_file.as_deref() else { return Err(refused(StatusCode::FORBIDDEN)) };
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (headers.next(), headers.next()) else { return Err(refused(StatusCode::UNAUTHORIZED)) };
    let presented = header.to_str().ok().and_then(bearer).ok_or_else(|| refused(StatusCode::UNAUTHORIZED))?;
    let expected = token_file::read_own(file, config.storage.of_the_service()).map_err(|reason| {
        tracing::error!(error.code = %reason.code(), %reason, "The token of the administration cannot serve");
        refused(StatusCode::FORBIDDEN)
    })?;
    if SecretHash::of_text(presented) == SecretHash::of(&expected) {
        return Ok(());
    }
    tracing::warn!(error.code = %ErrorCode::AdministrationRefused, "A command of the administration came with another token");
    Err(refused(StatusCode::UNAUTHORIZED))
}

/// What follows the scheme, which is written in any case (RFC 9110 section 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' ')).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests;
