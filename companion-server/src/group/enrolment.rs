//! Which group a workstation is in, by the token that it presents.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use vestibule_model::ErrorCode;

use super::token::is_well_formed;
use super::{Group, GroupsInForce};
use crate::audit::{self, Audit, Entry, Event};
use crate::clock::{Clock, Timestamp};
use crate::network::caller;
use crate::store::{Store, StoreError};

/// Milliseconds during which another refusal of the same key for the same reason is not written down again: a workstation left with an old token insists.
const REPEATED_MS: i64 = 60_000;
/// Refusals remembered for that.
const KEYS: usize = 10_000;
/// Refusals of one address that are written down in a minute: a fresh key costs its maker nothing, and the trail keeps every line.
const KEYS_OF_AN_ADDRESS: usize = 20;

/// Why a device belongs to no group: its sign-in does not start. Never a looser group instead.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentRefused {
    /// The token is not one of the configuration.
    #[error("the enrolment token leads into no group")]
    TokenUnknown,
    /// What is presented has not even the form of a token: cut, quoted, or a placeholder.
    #[error("the enrolment token has not the form of one")]
    TokenMalformed,
    /// The configuration no longer has the group that the device joined.
    #[error("the group of the device is gone")]
    GroupGone,
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl EnrolmentRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TokenUnknown | Self::TokenMalformed => ErrorCode::EnrolmentRefused,
            Self::GroupGone => ErrorCode::GroupGone,
            Self::Store(error) => error.code(),
        }
    }
}

/// Who belongs to which group.
pub struct Enrolment {
    groups: GroupsInForce,
    store: Arc<Store>,
    audit: Audit,
    clock: Arc<dyn Clock>,
    /// What was said last: the key of the device, and which reason.
    refused: Mutex<HashMap<(String, usize), (Timestamp, IpAddr)>>,
    counted: [AtomicU64; 3],
}

impl Enrolment {
    /// The devices that this memory knows, under these groups.
    pub fn new(groups: GroupsInForce, store: Arc<Store>, clock: Arc<dyn Clock>, audit: Audit) -> Self {
        Self { groups, store, audit, clock, refused: Mutex::default(), counted: Default::default() }
    }

    /// The group of a device whose key was proven, with the one that it is kept in so far. A token leads into its group; without one the device
    /// stays where it is. Writes only when something changes: apps send their token with every start.
    ///
    /// # Errors
    /// [`EnrolmentRefused`]
    pub async fn resolve(
        &self,
        (jkt, kept): (&str, Option<&str>),
        token: Option<&SecretString>,
        address: IpAddr,
    ) -> Result<Group, EnrolmentRefused> {
        let group = match self.group(kept, token) {
            Ok(group) => group,
            Err(reason) => return Err(self.refuse(jkt, address, reason).await?),
        };
        if token.is_some()
            && let Some(name) = group.name.as_deref().filter(|name| kept != Some(name))
        {
            self.join(jkt, name, address).await?;
        }
        Ok(group)
    }

    /// What [`resolve`](Self::resolve) would say, without joining, counting or writing anything down.
    ///
    /// # Errors
    /// [`EnrolmentRefused`]
    pub async fn foresee(&self, jkt: &str, token: Option<&SecretString>) -> Result<Group, EnrolmentRefused> {
        self.group(self.kept(jkt).await?.as_deref(), token)
    }

    /// The group that a device is kept in.
    pub(super) async fn kept(&self, jkt: &str) -> Result<Option<String>, StoreError> {
        self.store.device_group(jkt).await
    }

    fn group(&self, kept: Option<&str>, token: Option<&SecretString>) -> Result<Group, EnrolmentRefused> {
        let Some(token) = token else { return self.groups.named(kept).ok_or(EnrolmentRefused::GroupGone) };
        let unknown = || if is_well_formed(token) { EnrolmentRefused::TokenUnknown } else { EnrolmentRefused::TokenMalformed };
        self.groups.of_token(token).ok_or_else(unknown)
    }

    async fn join(&self, jkt: &str, name: &str, address: IpAddr) -> Result<(), StoreError> {
        let line = |event| self.audit.line(Entry::new(event).device(jkt).group(name).from(address));
        let lines = (line(Event::DeviceJoinedGroup), line(Event::DeviceChangedGroup));
        let event = match self.store.join_group(jkt, name, lines, self.clock.now()).await? {
            // Another start of the same device was faster.
            Some(former) if former == name => return Ok(()),
            Some(_) => Event::DeviceChangedGroup,
            None => Event::DeviceJoinedGroup,
        };
        audit::kept(event, None);
        Ok(())
    }

    async fn refuse(&self, jkt: &str, address: IpAddr, reason: EnrolmentRefused) -> Result<EnrolmentRefused, StoreError> {
        let place = match reason {
            EnrolmentRefused::TokenUnknown => 0,
            EnrolmentRefused::TokenMalformed => 1,
            EnrolmentRefused::GroupGone | EnrolmentRefused::Store(_) => 2,
        };
        self.counted[place].fetch_add(1, Ordering::Relaxed);
        if self.is_news((jkt.to_owned(), place), caller(address)) {
            tracing::warn!(reason = %reason, device = jkt, error.code = %reason.code(), "A device was refused its group");
            self.audit.record(Entry::new(Event::EnrolmentRefused).device(jkt).from(address).code(reason.code())).await?;
        }
        Ok(reason)
    }

    /// How many starts were refused since the companion started, by reason.
    pub fn refused(&self) -> [(&'static str, u64); 3] {
        let count = |place: usize| self.counted[place].load(Ordering::Relaxed);
        [("unknown_token", count(0)), ("malformed_token", count(1)), ("group_gone", count(2))]
    }

    fn is_news(&self, said: (String, usize), from: IpAddr) -> bool {
        let now = self.clock.now();
        let is_recent = |moment: Timestamp| (0..REPEATED_MS).contains(&now.millis_since(moment));
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.get(&said).is_some_and(|(last, _)| is_recent(*last)) {
            return false;
        }
        let of_address = refused.values().filter(|(last, address)| *address == from && is_recent(*last)).count();
        if of_address >= KEYS_OF_AN_ADDRESS {
            return false;
        }
        if refused.len() >= KEYS {
            refused.retain(|_, (last, _)| is_recent(*last));
        }
        if refused.len() < KEYS {
            refused.insert(said, (now, from));
        }
        true
    }
}
