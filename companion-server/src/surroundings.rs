//! What sign-ins and sessions are handed alike, and neither owns: memory, vault, who identifies people, time, chance, rules; what goes on without its
//! caller, who waits for which change, and what is sealed where.

mod background;
mod owing;
mod sealed;
mod wakeups;

use std::sync::Arc;

use secrecy::SecretString;

use crate::audit::Audit;
use crate::clock::{Clock, Timestamp};
use crate::config::{AskAnew, Config};
use crate::group::{Groups, GroupsInForce};
use crate::network::Network;
use crate::provider::{Provider, Providers};
use crate::provider_name::ProviderName;
use crate::random::Random;
use crate::store::{OwedSignOut, Store, StoreError};
use crate::vault::Vault;

pub(crate) use background::Background;
pub(crate) use owing::SIGN_OUT_S;
pub(crate) use sealed::{GrantedTokens, OwedEnd, Pending, seal_practitioner, unseal_practitioner};
pub use wakeups::Wakeups;

/// What sign-ins and sessions are handed: memory, vault, who identifies people, time, chance, rules.
#[derive(Clone)]
pub struct Surroundings {
    pub store: Arc<Store>,
    pub audit: Audit,
    pub vault: Arc<Vault>,
    pub providers: Providers,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    /// What must finish although its caller went away.
    pub(crate) background: Background,
    /// Who waits for which change.
    pub(crate) wakeups: Wakeups,
    pub rules: Rules,
}

impl Surroundings {
    /// Pairs that were not used after this moment are not known any more.
    pub fn pair_used_after(&self) -> Timestamp {
        Timestamp(self.clock.now().0.saturating_sub(self.rules.pair_unused_ms))
    }

    /// Who identified somebody, by the name that is kept with what came of it.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the configuration names it no more.
    pub(crate) fn provider(&self, name: &ProviderName) -> Result<&dyn Provider, StoreError> {
        self.providers.named(name).ok_or(StoreError::Unreadable("provider's name"))
    }

    /// The hint that ends what is owed.
    pub(crate) fn unseal_hint(&self, owed: &OwedSignOut) -> Result<SecretString, StoreError> {
        Ok(OwedEnd::unseal(&self.vault, &owed.id, &owed.id_token_sealed)?.id_token)
    }
}

/// What the administrator decided about sign-ins and sessions.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The companion's public origin: `iss` of its answers.
    pub issuer: String,
    /// The app's private-use scheme.
    pub return_scheme: String,
    /// Seconds that end a session whatever happens.
    pub absolute_limit_s: u32,
    /// What depends on the group of the workstation.
    pub groups: GroupsInForce,
    pub starts_per_minute_per_key: u32,
    pub starts_per_minute_per_address: u32,
    pub pending_per_key: u32,
    /// Milliseconds without a sign-in after which a person is new to a device again.
    pub pair_unused_ms: i64,
    /// How the person who signed out, or said that it was not her, is asked anew.
    pub ask_anew: AskAnew,
    /// Reverse proxies that speak for others: of where their own address is, nothing follows.
    pub trusted_proxies: Vec<Network>,
}

impl From<&Config> for Rules {
    fn from(config: &Config) -> Self {
        Self {
            issuer: config.service.origin(),
            return_scheme: config.client.return_scheme.clone(),
            absolute_limit_s: config.session.absolute_limit_s(),
            groups: Groups::from(config).into(),
            starts_per_minute_per_key: config.limits.starts_per_minute_per_key,
            starts_per_minute_per_address: config.limits.starts_per_minute_per_address,
            pending_per_key: config.limits.pending_per_key,
            pair_unused_ms: config.workstations.pair_unused_ms(),
            ask_anew: config.psc.after_sign_out,
            trusted_proxies: config.listener.trusted_proxies.clone(),
        }
    }
}
