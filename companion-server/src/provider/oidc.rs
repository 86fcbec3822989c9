//! What any relying party of OpenID Connect does: discovery and keys, the code flow, the checks of the ID token, the link that carries it. It
//! knows no provider by name; what differs between them is handed in.

mod clock_offset;
mod http;
mod id_token;
mod json;
mod link;
mod metadata;
mod relying_party;
mod settings;
mod signing_key;
mod token_answer;

pub(super) use id_token::{ExpectedIdToken, verify};
pub(super) use json::{JsonRefused, parse};
pub use link::LinkState;
pub(super) use metadata::{read_discovery, read_keys};
pub use relying_party::{CHAIN_LIMIT, Credentials, RelyingParty};
pub(super) use relying_party::{Demand, Limits};
pub use settings::Endpoints;
pub(super) use settings::{LinkSettings, Settings};
pub(super) use signing_key::{SigningKey, signed_token};
pub(super) use token_answer::{TokenAnswer, used};
