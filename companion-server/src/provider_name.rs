//! Name of whoever identifies people.

use std::borrow::Cow;

/// Name of a provider in the configuration, and beside everything that is kept of what it granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProviderName(Cow<'static, str>);

impl ProviderName {
    /// That of the section `[psc]`.
    pub const PSC: Self = Self(Cow::Borrowed("psc"));

    /// That of a section, as written there or kept.
    pub fn of(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }

    /// As kept.
    pub fn name(&self) -> &str {
        &self.0
    }
}
