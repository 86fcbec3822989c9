//! What is owed to a provider once a session is over.

use vestibule_model::session::SignInId;

use crate::clock::Timestamp;
use crate::provider_name::ProviderName;
use crate::store::SecretHash;

/// What is still to be told to Pro Santé Connect of a session that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedSignOut {
    pub id: SignInId,
    /// To whom.
    pub provider: ProviderName,
    /// The hint that ends the session there.
    pub id_token_sealed: Vec<u8>,
    /// Until then it can be told.
    pub ends_at: Timestamp,
    /// Which of the addresses for the browser is in force.
    pub address_number: i64,
    /// The one in force.
    pub ticket: Option<SecretHash>,
    pub is_address_used: bool,
    /// Cookie of the browser that used one last.
    pub browser: Option<SecretHash>,
    /// Whether a browser may still be sent.
    pub is_for_browser: bool,
    /// Whether the trail knows already that it was not done at once.
    pub was_tried: bool,
}

/// A sign-out whose time is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOut {
    Owed(OwedSignOut),
    /// Pro Santé Connect did it.
    Finished,
}

/// What becomes owed to Pro Santé Connect with an attempt that ends.
#[derive(Debug, Clone)]
pub struct NewSignOut {
    pub id_token_sealed: Vec<u8>,
    /// Until then it can be told.
    pub ends_at: Timestamp,
}

/// An address for the browser of a sign-out.
#[derive(Debug, Clone, Copy)]
pub struct NewAddress {
    pub number: i64,
    pub ticket: SecretHash,
}
