//! In English.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_branding::PRODUCT_NAME;
use vestibule_model::language::Language;
use vestibule_model::room::{Free, Room};

use super::{DoctorWords, Title};
use crate::companion::{Believed, Presented, Validity};
use crate::settings::ActivitySource;
use crate::words::{English, day};

impl DoctorWords for English {
    fn title(&self, title: Title) -> &'static str {
        match title {
            Title::Settings => "Configuration",
            Title::Route => "Way to the server",
            Title::Companion => "Sign-in server",
            Title::Addresses => "Addresses of the server",
            Title::Certificate => "Certificate presented",
            Title::Psc => "Pro Santé Connect",
            Title::Storage => "Server database",
            Title::App => "App",
            Title::Clock => "Clock of the workstation",
            Title::Keyring => "Keyring",
            Title::Workstation => "Group of the workstation",
            Title::Browser => "Browser",
            Title::Loopback => "Answer of the browser",
            Title::ReturnScheme => "App link",
            Title::Activity => "Activity",
            Title::Log => "Log",
            Title::LastSignIn => "Last sign-in",
            Title::Disk => "Room on the disk",
            Title::CardService => "Smart cards",
            Title::CardReaders => "Card readers",
            Title::CardDriver => "Reader driver",
            Title::Card => "Card",
        }
    }

    fn good(&self) -> &'static str {
        "OK"
    }

    fn warning(&self) -> &'static str {
        "WARNING"
    }

    fn failure(&self) -> &'static str {
        "FAILURE"
    }

    fn found(&self, title: &str, detail: &str) -> String {
        format!("{title}: {detail}")
    }

    fn caused_by(&self, cause: &str) -> String {
        format!("cause: {cause}")
    }

    fn settings_remedy(&self) -> &'static str {
        "Create or correct this file: the administrator’s guide says what it contains."
    }

    fn settings_found(&self, companion: &str, source: &str, policy: &Path, exchange: &str, is_enrolled: bool) -> String {
        let (policy, enrolment) = (policy.display(), if is_enrolled { "present" } else { "absent" });
        format!("server {companion} ({source}, {policy}), exchange mode {exchange}, enrolment token {enrolment}")
    }

    fn variables_ignored(&self, names: &str) -> String {
        format!(". Environment variables without effect here: {names} (the workstation policy decides)")
    }

    fn key_there(&self) -> &'static str {
        "available, with the key of the workstation"
    }

    fn no_key(&self) -> &'static str {
        "available, no key for this sign-in server"
    }

    fn keyring_locked(&self) -> &'static str {
        "locked, with nothing for this sign-in server: the system will ask to open it, or to make one, at the next sign-in"
    }

    fn entry_unreadable(&self) -> &'static str {
        "available, but the entry cannot be read: it will be replaced"
    }

    fn scheme_opened(&self, scheme: &str, handler: &str) -> String {
        format!("{scheme}, opened by {handler}")
    }

    fn scheme_needed(&self, scheme: &str) -> String {
        format!("{scheme} is not registered on this workstation, and the workstation policy allows no other exchange mode")
    }

    fn scheme_optional(&self, scheme: &str) -> String {
        format!("{scheme} is not registered on this workstation (optional)")
    }

    fn loopback_refused(&self, fault: &str) -> String {
        format!("cannot listen on 127.0.0.1: {fault}")
    }

    fn loopback_silent(&self) -> &'static str {
        "127.0.0.1 does not answer"
    }

    fn loopback_unowned(&self) -> &'static str {
        "the system does not say to whom a local connection belongs"
    }

    fn loopback_good(&self) -> &'static str {
        "listening on 127.0.0.1 works, and the system recognises this account there"
    }

    fn loopback_through_proxy(&self, proxy: &str) -> String {
        format!(
            "the system’s proxy ({proxy}) makes no exception of 127.0.0.1 and does not lead there: a browser that obeys it cannot answer the app. Add 127.0.0.1 to the proxy’s exceptions"
        )
    }

    fn silent_address(&self, silent: IpAddr, answered: IpAddr) -> String {
        let family = if silent.is_ipv6() { "IPv6" } else { "IPv4" };
        format!(
            "over {family}, {silent} does not answer, where {answered} does: signing in may be slow. Repair {family} on this network, or remove this address from the DNS"
        )
    }

    fn certificate(&self, presented: &Presented, believed: Believed) -> String {
        let Presented { subject, issuer, .. } = presented;
        let named = format!("in the name of “{subject}”, issued by “{issuer}”");
        let intercepts = "software of the network or of the workstation intercepts TLS";
        match believed {
            Believed::Yes if presented.is_of_an_inspector() => format!("{named}: {intercepts}, and this workstation accepts it"),
            Believed::UnknownAuthority if presented.is_of_an_inspector() => {
                format!("{named}: {intercepts}, and this workstation does not know its authority")
            }
            Believed::No if presented.is_of_an_inspector() => format!("{named}: {intercepts}"),
            Believed::UnknownAuthority | Believed::No if presented.is_self_signed => {
                format!("self-signed (in the name of “{subject}”): no authority vouches for it")
            }
            Believed::UnknownAuthority => format!(
                "{named}, an authority that this workstation does not know: that of an internal sign-in server (companion_ca_file), or of software that intercepts TLS, if this name is its own"
            ),
            Believed::Yes | Believed::No => named,
        }
    }

    fn for_other_hosts(&self, hosts: &[String]) -> String {
        if hosts.is_empty() {
            return "it names no server (subjectAltName)".to_owned();
        }
        format!("made out to {}, not to the server that companion_url names", hosts.join(", "))
    }

    fn interception_remedy(&self) -> &'static str {
        "Do not try again. Tell support: the network must let this address pass without intercepting TLS."
    }

    fn validity(&self, presented: &Presented, today: DateTime<Utc>) -> String {
        match presented.validity(today) {
            Validity::Good => format!("valid until {}", day(Language::En, presented.ends_at)),
            Validity::Over => {
                format!(
                    "expired on {}, if the clock of this workstation is right: it says {}",
                    day(Language::En, presented.ends_at),
                    day(Language::En, today)
                )
            }
            Validity::NotYet => {
                format!(
                    "valid only from {}, if the clock of this workstation is right: it says {}",
                    day(Language::En, presented.begins_at),
                    day(Language::En, today)
                )
            }
        }
    }

    fn storage_reached(&self) -> &'static str {
        "the sign-in server saves into it"
    }

    fn storage_not_reached(&self) -> &'static str {
        "the sign-in server answers, but is not ready: it cannot save anything into its database, and no sign-in can succeed"
    }

    fn storage_remedy(&self) -> &'static str {
        "This workstation is not at fault. Tell support: on the sign-in server, companion-server doctor says what to do."
    }

    fn psc_reached(&self) -> &'static str {
        "the sign-in server reaches it, and reads what it publishes; only a sign-in verifies the rest"
    }

    fn psc_not_reached(&self, what: &str) -> String {
        format!("seen from the sign-in server: {what}")
    }

    fn room(&self, folder: &Path, free: Free) -> String {
        let left = format!("{} MB free ({})", free.mib(), folder.display());
        match free.room() {
            Room::Enough => left,
            Room::Scarce => format!("{left}: make some room"),
            Room::Full => format!("{left}: the disk is full, session and log cannot be saved"),
            Room::NoFile => format!("{left}, and no other file: session and log cannot be saved"),
        }
    }

    fn companion_found(&self, name: &str, version: &str, environment: &str, milliseconds: u128) -> String {
        format!("{name}, version {version}, environment {environment}, answer in {milliseconds} ms")
    }

    fn app_version(&self, own: &str) -> String {
        format!("version {own}")
    }

    fn app_outdated(&self, own: &str, wanted: &str, required: bool) -> String {
        let consequence = if required { "no sign-in is possible until then" } else { "signing in still works" };
        format!("version {own}, where the sign-in server asks for {wanted}: {consequence}")
    }

    fn clock_good(&self, seconds: u64) -> String {
        format!("{} apart from the sign-in server", Language::En.length(seconds))
    }

    fn clock_behind(&self, seconds: u64) -> String {
        let off = Language::En.length(seconds);
        format!("the workstation is {off} behind the sign-in server, or that one is ahead; {PRODUCT_NAME} allows for it")
    }

    fn clock_ahead(&self, seconds: u64) -> String {
        let off = Language::En.length(seconds);
        format!("the workstation is {off} ahead of the sign-in server, or that one is behind; {PRODUCT_NAME} allows for it")
    }

    fn would_be_refused(&self, cause: &str) -> String {
        format!("a sign-in of this workstation would be refused. {cause}")
    }

    fn rules_untold(&self) -> &'static str {
        "this sign-in server, older than the app, cannot say whether a sign-in of this workstation would be accepted"
    }

    fn rules(&self, group: Option<&str>, exchanges: &str) -> String {
        let group = group.map_or_else(|| "default group".to_owned(), |name| format!("group “{name}”"));
        let open = if exchanges.is_empty() { "none" } else { exchanges };
        format!("{group}, allowed exchange modes: {open}")
    }

    fn no_exchange_in_common(&self, rules: &str, only: &str) -> String {
        format!("{rules}, and the workstation policy wants “{only}” (exchange): any sign-in would be refused")
    }

    fn another_scheme(&self, rules: &str, theirs: &str, ours: &str) -> String {
        format!("{rules}; the sign-in server would reopen {theirs}, the workstation policy says {ours} (return_scheme)")
    }

    fn in_the_window_only(&self, rules: &str) -> String {
        format!("{rules} (with the window only)")
    }

    fn scheme_of_group_missing(&self, rules: &str, scheme: &str) -> String {
        format!("{rules}; {scheme} is not registered on this workstation")
    }

    fn activity(&self, source: ActivitySource, readable: bool) -> &'static str {
        match (source, readable) {
            (ActivitySource::Window, _) => "the window alone counts",
            (ActivitySource::Workstation, true) => {
                "what the person types in their session of the workstation counts too; on a shared workstation, the window alone"
            }
            (ActivitySource::Workstation, false) => "the window alone counts: here, the system does not say how long ago the person typed",
            (ActivitySource::Caller, _) => {
                "what other software of this workstation reports counts too; on a shared workstation, the window alone"
            }
        }
    }
}
