//! Who identifies people here, by the name that the configuration gives each: today the section `[psc]` alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vestibule_model::ErrorCode;

use super::Provider;
use super::oidc::{Credentials, RelyingParty};
use super::psc::ProSanteConnect;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::provider_name::ProviderName;
use crate::random::Random;

/// What there is of each provider, by its name. At least one has an entry.
pub struct Registry<T: ?Sized> {
    first: ProviderName,
    by_name: Arc<BTreeMap<ProviderName, Arc<T>>>,
}

/// What sign-ins and sessions ask.
pub type Providers = Registry<dyn Provider>;
/// The companion as a client of each: its link, its credentials, its clock against theirs.
pub type RelyingParties = Registry<RelyingParty>;

impl<T: ?Sized> Clone for Registry<T> {
    fn clone(&self) -> Self {
        Self { first: self.first.clone(), by_name: Arc::clone(&self.by_name) }
    }
}

impl<T: ?Sized> Registry<T> {
    /// With one entry.
    pub fn of(name: ProviderName, entry: Arc<T>) -> Self {
        Self { first: name.clone(), by_name: Arc::new(BTreeMap::from([(name, entry)])) }
    }

    /// The one that people are led to unless something says otherwise.
    pub const fn first(&self) -> &ProviderName {
        &self.first
    }

    /// The one of that name; `None` when the configuration names it no more.
    pub fn named(&self, name: &ProviderName) -> Option<&T> {
        self.by_name.get(name).map(AsRef::as_ref)
    }

    /// All of them, with their names.
    pub fn each(&self) -> impl Iterator<Item = (&ProviderName, &T)> {
        self.by_name.iter().map(|(name, entry)| (name, entry.as_ref()))
    }
}

impl Registry<RelyingParty> {
    /// What keeps people from signing in, as far as it was seen lately: one is not reached, or refuses the companion itself. Each is asked once a
    /// minute at most, whoever wants to know, and waited for so long.
    pub async fn trouble_lately(&self, patience: Duration) -> Option<ErrorCode> {
        let mut trouble = None;
        for (_, party) in self.each() {
            let reached = party.reached_within(patience).await;
            let refused = (party.credentials() == Credentials::Refused).then_some(ErrorCode::PscClientRefused);
            trouble = trouble.or(reached.err()).or(refused);
        }
        trouble
    }
}

/// Both sides of every provider that the configuration names.
pub struct Opened {
    /// Towards sign-ins and sessions.
    pub providers: Providers,
    /// Towards whoever watches the companion, and turns its files.
    pub parties: RelyingParties,
}

/// Builds what the configuration names; calls nobody. Performs I/O.
///
/// # Errors
/// [`ConfigError::Refused`] when a secret, a certificate or the extra authorities cannot be used at this moment.
pub fn open(config: &Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Opened, ConfigError> {
    let psc = ProSanteConnect::new(config, clock, random)?;
    let parties = Registry::of(ProviderName::PSC, psc.party());
    Ok(Opened { providers: Registry::of(ProviderName::PSC, Arc::new(psc)), parties })
}
