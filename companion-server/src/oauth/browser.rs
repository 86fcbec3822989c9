//! By which cookie a browser is known as an attempt's.

use http::HeaderMap;
use secrecy::SecretString;
use vestibule_model::session::SignInId;

use crate::companion::Companion;
use crate::edge::answer::Refusal;
use crate::edge::cookie;
use crate::sign_in::{ConfirmationRefused, KnownBrowser};

/// This browser, if it is the attempt's.
///
/// # Errors
/// 503.
pub(super) async fn known_browser(companion: &Companion, id: &SignInId, headers: &HeaderMap) -> Result<Option<KnownBrowser>, Refusal> {
    let found = companion.sign_ins.known_browser(id, &cookie::read(headers)).await;
    found.map_err(|error| ConfirmationRefused::Store(error).into())
}

/// The cookie by which this browser is known as the attempt's.
///
/// # Errors
/// 503.
pub(super) async fn cookie_of(companion: &Companion, id: &SignInId, headers: &HeaderMap) -> Result<Option<SecretString>, Refusal> {
    Ok(known_browser(companion, id, headers).await?.map(|browser| browser.cookie().clone()))
}
