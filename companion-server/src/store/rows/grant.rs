//! What a provider granted, and what was dropped of it.

use std::sync::Arc;

use vestibule_model::session::SignInId;

use super::NewSignOut;
use crate::clock::Timestamp;
use crate::provider_name::ProviderName;
use crate::store::SignInEnd;

/// What a provider granted to one sign-in.
#[derive(Clone)]
pub struct GrantRow {
    pub provider: ProviderName,
    pub practitioner_sealed: Vec<u8>,
    pub tokens_sealed: Vec<u8>,
    /// `card` or `e_cps`.
    pub means: Option<String>,
    pub acr: Option<String>,
    pub last_exchange_at: Timestamp,
    /// Whether its own session is over.
    pub is_provider_over: bool,
}

/// What a session shows of it.
#[derive(Clone)]
pub struct GrantShown {
    pub provider: ProviderName,
    pub practitioner_sealed: Vec<u8>,
    /// As of [`GrantRow`].
    pub means: Option<String>,
}

impl From<GrantRow> for GrantShown {
    fn from(grant: GrantRow) -> Self {
        Self { provider: grant.provider, practitioner_sealed: grant.practitioner_sealed, means: grant.means }
    }
}

/// A grant that is dropped because its attempt comes to an end without a session.
#[derive(Clone)]
pub struct DroppedGrant {
    pub id: SignInId,
    pub end: SignInEnd,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
    /// Whether the same person has a live session on the same device key: what ends that ends Pro Santé Connect's too.
    pub is_held: bool,
    pub tokens_sealed: Vec<u8>,
}

/// What was sealed of a grant that was dropped, and who had granted it.
#[derive(Clone)]
pub struct SealedTokens {
    pub provider: ProviderName,
    pub sealed: Vec<u8>,
}

/// What becomes owed with a dropped grant; asked within the write that drops it, so that no end of the program comes between.
pub type Owing = Arc<dyn Fn(&DroppedGrant) -> Option<NewSignOut> + Send + Sync>;
