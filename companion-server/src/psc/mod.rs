//! The face towards Pro Santé Connect: relying party of its code flow (EXI 08, 09, 10), single point of contact (EXI 23).
//!
//! Wire names live in `claims` and nowhere else. Whatever leaves here is already checked.

mod claims;
mod clock_offset;
#[cfg(test)]
pub(crate) mod double;
mod error;
mod exchanged;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod id_token;
mod json;
mod link;
mod provider;
mod relying_party;
mod signing_key;
mod token_answer;

pub use error::{PscError, Step};
pub use exchanged::{
    AuthorizationAnswer, AuthorizationRequest, AuthorizationWish, BrowserEndSession, PendingAuthorization, PscSignIn, PscTokens,
    RefreshedTokens,
};
pub use link::LinkState;
pub use relying_party::{CHAIN_LIMIT, Credentials, RelyingParty};
