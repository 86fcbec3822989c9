//! The authorization server for the desktop apps (OAuth 2.1): pushed requests, the browser's pages, tokens.

pub(crate) mod authorize;
mod browser;
pub(crate) mod callback;
pub(crate) mod client;
pub(crate) mod confirm;
pub(crate) mod device_authorization;
pub(crate) mod farewell;
#[doc(hidden)]
pub mod fuzzing;
pub mod metadata;
pub(crate) mod par;
pub(crate) mod sign_out;
pub(crate) mod token;
pub(crate) mod workstations;
