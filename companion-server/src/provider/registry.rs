//! Who identifies people here, by the name that the configuration gives each: today the section `[psc]` alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;
use super::oidc::RelyingParty;
use super::psc::ProSanteConnect;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::random::Random;

/// Name of a provider in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProviderName(&'static str);

impl ProviderName {
    /// That of the section `[psc]`.
    pub const PSC: Self = Self::of("psc");

    /// That of a section.
    pub const fn of(name: &'static str) -> Self {
        Self(name)
    }
}

/// What there is of each provider, by its name. At least one has an entry.
pub struct Registry<T: ?Sized> {
    first: Arc<T>,
    by_name: Arc<BTreeMap<ProviderName, Arc<T>>>,
}

/// What sign-ins and sessions ask.
pub type Providers = Registry<dyn Provider>;
/// The companion as a client of each: its link, its credentials, its clock against theirs.
pub type RelyingParties = Registry<RelyingParty>;

impl<T: ?Sized> Clone for Registry<T> {
    fn clone(&self) -> Self {
        Self { first: Arc::clone(&self.first), by_name: Arc::clone(&self.by_name) }
    }
}

impl<T: ?Sized> Registry<T> {
    /// With one entry.
    pub fn of(name: ProviderName, entry: Arc<T>) -> Self {
        Self { first: Arc::clone(&entry), by_name: Arc::new(BTreeMap::from([(name, entry)])) }
    }

    /// The one of that name.
    pub fn named(&self, name: &ProviderName) -> Option<&T> {
        self.by_name.get(name).map(AsRef::as_ref)
    }

    /// The only one there is. Whoever asks for it cannot tell yet whose a sign-in or a grant is.
    pub fn sole(&self) -> &T {
        &self.first
    }

    /// All of them.
    pub fn each(&self) -> impl Iterator<Item = &T> {
        self.by_name.values().map(AsRef::as_ref)
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
