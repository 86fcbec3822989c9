//! The diagnosis.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_model::room::Free;

use crate::companion::{Believed, Presented};
use crate::settings::ActivitySource;

mod en;
mod fr;

/// What a check of the diagnosis is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Title {
    Settings,
    Route,
    Companion,
    Addresses,
    Certificate,
    Psc,
    Storage,
    App,
    Clock,
    Keyring,
    Workstation,
    Browser,
    Loopback,
    ReturnScheme,
    Activity,
    Log,
    LastSignIn,
    Disk,
    CardService,
    CardReaders,
    CardDriver,
    Card,
}

/// In each language.
pub(crate) trait DoctorWords {
    fn title(&self, title: Title) -> &'static str;
    fn good(&self) -> &'static str;
    fn warning(&self) -> &'static str;
    fn failure(&self) -> &'static str;
    fn found(&self, title: &str, detail: &str) -> String;
    fn caused_by(&self, cause: &str) -> String;
    fn settings_remedy(&self) -> &'static str;
    fn settings_found(&self, companion: &str, source: &str, policy: &Path, exchange: &str, is_enrolled: bool) -> String;
    fn variables_ignored(&self, names: &str) -> String;
    fn key_there(&self) -> &'static str;
    fn no_key(&self) -> &'static str;
    fn keyring_locked(&self) -> &'static str;
    fn entry_unreadable(&self) -> &'static str;
    fn scheme_opened(&self, scheme: &str, handler: &str) -> String;
    fn scheme_needed(&self, scheme: &str) -> String;
    fn scheme_optional(&self, scheme: &str) -> String;
    fn loopback_refused(&self, fault: &str) -> String;
    fn loopback_silent(&self) -> &'static str;
    fn loopback_unowned(&self) -> &'static str;
    fn loopback_good(&self) -> &'static str;
    fn loopback_through_proxy(&self, proxy: &str) -> String;
    fn silent_address(&self, silent: IpAddr, answered: IpAddr) -> String;
    fn certificate(&self, presented: &Presented, believed: Believed) -> String;
    /// Those that a certificate is made out to, where the companion's is none of them.
    fn for_other_hosts(&self, hosts: &[String]) -> String;
    fn interception_remedy(&self) -> &'static str;
    fn validity(&self, presented: &Presented, today: DateTime<Utc>) -> String;
    fn storage_reached(&self) -> &'static str;
    fn storage_not_reached(&self) -> &'static str;
    fn storage_remedy(&self) -> &'static str;
    fn psc_reached(&self) -> &'static str;
    fn psc_not_reached(&self, what: &str) -> String;
    fn room(&self, folder: &Path, free: Free) -> String;
    fn companion_found(&self, name: &str, version: &str, environment: &str, milliseconds: u128) -> String;
    fn app_version(&self, own: &str) -> String;
    fn app_outdated(&self, own: &str, wanted: &str, required: bool) -> String;
    fn clock_good(&self, seconds: u64) -> String;
    fn clock_behind(&self, seconds: u64) -> String;
    fn clock_ahead(&self, seconds: u64) -> String;
    fn would_be_refused(&self, cause: &str) -> String;
    fn rules_untold(&self) -> &'static str;
    fn rules(&self, group: Option<&str>, exchanges: &str) -> String;
    fn no_exchange_in_common(&self, rules: &str, only: &str) -> String;
    fn another_scheme(&self, rules: &str, theirs: &str, ours: &str) -> String;
    fn in_the_window_only(&self, rules: &str) -> String;
    fn scheme_of_group_missing(&self, rules: &str, scheme: &str) -> String;
    fn activity(&self, source: ActivitySource, readable: bool) -> &'static str;
}
