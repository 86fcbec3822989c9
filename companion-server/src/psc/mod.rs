//! The face towards Pro Santé Connect: relying party of its code flow (EXI 08, 09, 10), single point of contact (EXI 23).
//!
//! Wire names live in `claims` and nowhere else. Whatever leaves here is already checked.

mod error;
mod relying_party;

pub use error::{PscError, Step};
pub use relying_party::{
    AuthorizationAnswer, AuthorizationRequest, BrowserEndSession, PendingAuthorization, PscSignIn, PscTokens, RefreshedTokens, RelyingParty,
};
