//! Groups of workstations: the rules a device lives under.
//!
//! The administrator names them, an enrolment token leads into one, and nothing else that an app says of itself counts.

mod enrolment;
mod token;

use std::sync::{Arc, PoisonError, RwLock};

use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::CardRule;

pub use enrolment::{Enrolment, EnrolmentRefused};
pub use token::{EnrolmentToken, draw_token};

use crate::config::{Config, ConfirmationRule, GroupSection};
use crate::store::SessionRules;

/// The rules of one group of workstations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `None` for the default group: every workstation that is in no other.
    pub name: Option<String>,
    /// Roads open from the browser to the app, the preferred one first.
    pub exchanges: Vec<Exchange>,
    /// Whether the identity is confirmed at every sign-in.
    pub always_confirm: bool,
    /// Whether several people have sessions on one machine at the same time (RDS, Citrix, terminal server): none of them is proved by where
    /// a browser stands.
    pub multi_session: bool,
    /// `kc_idp_hint` of the way to Pro Santé Connect.
    pub idp_hint: Option<String>,
    /// What a session keeps of them as long as it lives.
    pub session: SessionRules,
}

impl Group {
    /// Whether its workstations may use this exchange, whatever their app asks for.
    pub fn admits(&self, exchange: Exchange) -> bool {
        self.exchanges.contains(&exchange)
    }

    /// The words of the configuration, for the administrator.
    pub fn exchange_names(&self) -> String {
        self.exchanges.iter().map(|exchange| exchange.name()).collect::<Vec<_>>().join(", ")
    }

    /// As the administrator knows it.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("par défaut")
    }
}

/// Every group of the configuration.
#[derive(Debug, Clone)]
pub struct Groups {
    default: Group,
    named: Vec<Named>,
}

/// The groups of the configuration that was last read: whoever holds this value sees them change.
#[derive(Debug, Clone)]
pub struct GroupsInForce(Arc<RwLock<Arc<Groups>>>);

impl From<Groups> for GroupsInForce {
    fn from(groups: Groups) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(groups))))
    }
}

impl GroupsInForce {
    /// As they are at this moment.
    pub fn now(&self) -> Arc<Groups> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Others take their place.
    pub fn replace(&self, groups: Arc<Groups>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = groups;
    }

    /// As [`Groups::named`].
    pub fn named(&self, name: Option<&str>) -> Option<Group> {
        self.now().named(name).cloned()
    }

    /// As [`Groups::of_token`].
    pub fn of_token(&self, token: &SecretString) -> Option<Group> {
        self.now().of_token(token).cloned()
    }
}

#[derive(Debug, Clone)]
struct Named {
    group: Group,
    /// SHA-256 in lower-case hexadecimal.
    token_hashes: Vec<String>,
}

impl Groups {
    /// One group for every workstation.
    pub const fn only(default: Group) -> Self {
        Self { default, named: Vec::new() }
    }

    /// One more group, for tests of the floors above.
    #[cfg(test)]
    pub(crate) fn with(mut self, group: Group, token: &SecretString) -> Self {
        self.named.push(Named { group, token_hashes: vec![token::hash(token)] });
        self
    }

    /// The group of a name; `None` is the default group. A name that the configuration no longer has belongs to no group.
    pub fn named(&self, name: Option<&str>) -> Option<&Group> {
        let Some(name) = name else { return Some(&self.default) };
        self.named.iter().map(|named| &named.group).find(|group| group.name.as_deref() == Some(name))
    }

    /// The group into which an enrolment token leads. Every hash is compared, in constant time.
    pub fn of_token(&self, token: &SecretString) -> Option<&Group> {
        let hash = token::hash(token);
        let mut found = None;
        for named in &self.named {
            for known in &named.token_hashes {
                if bool::from(known.as_bytes().ct_eq(hash.as_bytes())) {
                    found = Some(&named.group);
                }
            }
        }
        found
    }

    /// The default group first, then the others by name.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        std::iter::once(&self.default).chain(self.named.iter().map(|named| &named.group))
    }
}

impl From<&Config> for Groups {
    fn from(config: &Config) -> Self {
        let default = Group {
            name: None,
            exchanges: config.workstations.exchanges.clone(),
            always_confirm: config.workstations.confirmation == ConfirmationRule::Always,
            multi_session: config.workstations.multi_session,
            idp_hint: config.psc.idp_hint.clone(),
            session: SessionRules {
                idle_limit_s: config.session.idle_limit_s(),
                shared_workstation: config.workstations.shared,
                card_rule: CardRule { action: config.workstations.card_removal, grace_s: config.workstations.card_grace_seconds },
            },
        };
        let named = config.groups.iter().map(|(name, section)| Named::new(name, section, &default)).collect();
        Self { default, named }
    }
}

impl Named {
    /// What the section does not say stays as in the default group.
    fn new(name: &str, section: &GroupSection, default: &Group) -> Self {
        let group = Group {
            name: Some(name.to_owned()),
            exchanges: section.exchanges.clone().unwrap_or_else(|| default.exchanges.clone()),
            always_confirm: section.confirmation.map_or(default.always_confirm, |rule| rule == ConfirmationRule::Always),
            multi_session: section.multi_session.unwrap_or(default.multi_session),
            idp_hint: section.idp_hint.clone().or_else(|| default.idp_hint.clone()),
            session: SessionRules {
                idle_limit_s: section.idle_limit_minutes.map_or(default.session.idle_limit_s, |minutes| minutes * 60),
                shared_workstation: section.shared.unwrap_or(default.session.shared_workstation),
                card_rule: CardRule {
                    action: section.card_removal.unwrap_or(default.session.card_rule.action),
                    grace_s: section.card_grace_seconds.unwrap_or(default.session.card_rule.grace_s),
                },
            },
        };
        Self { group, token_hashes: section.enrolment_token_hashes.clone() }
    }
}

#[cfg(test)]
mod tests;
