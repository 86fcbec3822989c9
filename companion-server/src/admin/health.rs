//! `GET /health`: whether this companion can serve, and which part is in the way, for whoever watches over it. A balancer asks `/ready`.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::{Extension, Json};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use vestibule_model::room::{Free, Room};
use vestibule_model::{ErrorCode, PscEnvironment};

use crate::certificate::{Nearness, Validity};
use crate::clock::Timestamp;
use crate::companion::{Companion, SharedCompanion};
use crate::config::StoragePlace;
use crate::disk;
use crate::provider::Credentials;
use crate::store::in_time;

/// What is said of the whole and of each part.
#[derive(Debug, Serialize, Deserialize)]
pub struct Health {
    status: Status,
    /// Of the program that serves.
    pub version: String,
    /// That it serves.
    pub environment: PscEnvironment,
    /// Its memory: the worst of what follows about it.
    pub store: Part,
    /// Pro Santé Connect: the worst of what follows about it.
    pub psc: Part,
    /// What Pro Santé Connect said of how the companion proves who it is.
    #[serde(default)]
    pub client_authentication: Credentials,
    /// Each part by itself; empty in what an older companion says.
    #[serde(default)]
    pub parts: Parts,
}

impl Health {
    fn of(parts: Parts, environment: PscEnvironment, credentials: Credentials) -> Self {
        let serves = Part::worst(&[parts.database_reading, parts.database_writing]);
        let store = Part::worst(&[serves, parts.disk]);
        let psc = Part::worst(&[parts.discovery, parts.clock, parts.client_authentication]);
        let status = match Part::worst(&[store, psc, parts.certificates]).status {
            _ if serves.status == Status::Failed => Status::Failed,
            Status::Ok => Status::Ok,
            Status::Degraded | Status::Failed => Status::Degraded,
        };
        Self { status, version: env!("CARGO_PKG_VERSION").into(), environment, store, psc, client_authentication: credentials, parts }
    }
}

/// What can be wrong apart from the rest.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct Parts {
    /// The memory shows what it holds.
    pub database_reading: Part,
    /// It takes what is written.
    pub database_writing: Part,
    /// The disk of a file has room.
    pub disk: Part,
    /// Pro Santé Connect says where its services are.
    pub discovery: Part,
    /// This machine's clock is Pro Santé Connect's.
    pub clock: Part,
    /// The certificates, of the companion and towards Pro Santé Connect, serve and will for a while.
    pub certificates: Part,
    /// Pro Santé Connect takes the companion for who it says it is.
    #[serde(default)]
    pub client_authentication: Part,
}

impl Parts {
    /// Each with its name.
    pub const fn each(&self) -> [(&'static str, Part); 7] {
        [
            ("database_reading", self.database_reading),
            ("database_writing", self.database_writing),
            ("disk", self.disk),
            ("discovery", self.discovery),
            ("clock", self.clock),
            ("certificates", self.certificates),
            ("client_authentication", self.client_authentication),
        ]
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// All is well.
    #[default]
    Ok,
    /// Live sessions go on, new sign-ins fail, or will soon.
    Degraded,
    Failed,
}

/// One part.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Part {
    status: Status,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

impl Part {
    fn from_code(code: Option<ErrorCode>) -> Self {
        Self { status: if code.is_some() { Status::Failed } else { Status::Ok }, code }
    }

    /// 0 well, 1 degraded, 2 failed.
    pub const fn degree(self) -> u8 {
        self.status as u8
    }

    const fn degraded(code: ErrorCode) -> Self {
        Self { status: Status::Degraded, code: Some(code) }
    }

    /// The first of the worst.
    fn worst(parts: &[Self]) -> Self {
        parts.iter().copied().reduce(|worst, part| if part.status > worst.status { part } else { worst }).unwrap_or_default()
    }
}

/// How long Pro Santé Connect is waited for: less than whoever reads measures waits, so that what hangs there is said in time.
const PATIENCE_WITH_PROVIDERS: Duration = Duration::from_secs(3);

/// What was seen last, for whoever asks again soon or cannot wait.
#[derive(Debug, Default)]
pub(super) struct Watch {
    parts: std::sync::Mutex<Option<Parts>>,
}

impl Watch {
    /// Looks at each part, and gives what was seen last when that takes too long: whoever reads measures has little patience, and what is found
    /// late is found for the next time.
    pub(super) async fn parts(self: &Arc<Self>, companion: &SharedCompanion, patience: Duration) -> Option<Parts> {
        let (watch, companion) = (Arc::clone(self), Arc::clone(companion));
        let looking = tokio::spawn(async move { watch.examine(&companion).await });
        // Late or not, it is kept where the next line reads it.
        let _ = tokio::time::timeout(patience, looking).await;
        *self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn examine(&self, companion: &Companion) -> Health {
        let read = in_time(companion.store.audit_after(i64::MAX, 1));
        let (read, written, (discovery, clock, credentials)) =
            tokio::join!(read, companion.trials.writing(&companion.store), providers(companion, PATIENCE_WITH_PROVIDERS));
        let parts = Parts {
            database_reading: Part::from_code(read.err().map(|_| ErrorCode::StorageUnavailable)),
            database_writing: Part::from_code(written),
            disk: room(companion),
            discovery: Part::from_code(discovery),
            clock: Part::from_code(clock),
            certificates: certificates(companion),
            client_authentication: Part::from_code((credentials == Credentials::Refused).then_some(ErrorCode::PscClientRefused)),
        };
        *self.parts.lock().unwrap_or_else(PoisonError::into_inner) = Some(parts);
        let environment = companion.config.psc.environment;
        Health::of(parts, environment, credentials)
    }
}

/// 200 while sessions can be served, even when Pro Santé Connect cannot be reached or the disk is nearly full: restarting the companion would
/// help against neither.
pub(super) async fn show(State(companion): State<SharedCompanion>, Extension(watch): Extension<Arc<Watch>>) -> (StatusCode, Json<Health>) {
    let health = watch.examine(&companion).await;
    let http_status = if health.status == Status::Failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (http_status, Json(health))
}

fn room(companion: &Companion) -> Part {
    let StoragePlace::File(file) = companion.config.storage.place() else { return Part::default() };
    match file.parent().and_then(disk::free).map(Free::room) {
        Some(Room::Full | Room::NoFile) => Part::from_code(Some(ErrorCode::StorageUnavailable)),
        Some(Room::Scarce) => Part::degraded(ErrorCode::StorageUnavailable),
        Some(Room::Enough) | None => Part::default(),
    }
}

/// What is wrong with whoever identifies people, and the worst that one of them said of the companion's credentials.
async fn providers(companion: &Companion, patience: Duration) -> (Option<ErrorCode>, Option<ErrorCode>, Credentials) {
    let (mut discovery, mut clock, mut worst) = (None, None, Credentials::Accepted);
    for (_, party) in companion.parties.each() {
        discovery = discovery.or(party.reached_within(patience).await.err());
        clock = clock.or(party.clock_wrong_by_s().map(|_| ErrorCode::ClockWrong));
        worst = worst.max(party.credentials());
    }
    (discovery, clock, worst)
}

fn certificates(companion: &Companion) -> Part {
    let now = companion.clock.now();
    let mut parts = Vec::new();
    if let Some(own) = companion.own_certificate.as_ref().map(|own| own.watch()) {
        parts.push(Part::from_code(own.is_untrusted.then_some(ErrorCode::ListenerCertificateUntrusted)));
        parts.push(validity(own.validity, now, ErrorCode::ListenerCertificateUntrusted));
    }
    for (_, party) in companion.parties.each() {
        parts.extend(party.watch_link().certificate.map(|own| validity(own, now, ErrorCode::CertificateRefused)));
    }
    Part::worst(&parts)
}

/// `over` is how the end of this one is told.
fn validity(validity: Validity, now: Timestamp, over: ErrorCode) -> Part {
    match validity.nearness(now) {
        Nearness::Over => Part::from_code(Some(over)),
        Nearness::SevenDays => Part::degraded(ErrorCode::CertificateExpiring),
        Nearness::ThirtyDays | Nearness::SixtyDays | Nearness::Far => Part::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_well_about_to_end_or_over() {
        let validity_of = |days: i64| {
            let now = Timestamp(1_800_000_000_000);
            let bounds = Validity { begins_at: now.plus_seconds(-86_400), ends_at: now.plus_seconds(days * 86_400) };
            let part = validity(bounds, now, ErrorCode::ListenerCertificateUntrusted);
            (part.status, part.code)
        };
        assert_eq!(validity_of(8), (Status::Ok, None));
        assert_eq!(validity_of(7), (Status::Degraded, Some(ErrorCode::CertificateExpiring)));
        assert_eq!(validity_of(-1), (Status::Failed, Some(ErrorCode::ListenerCertificateUntrusted)), "as doctor says it");
    }

    #[test]
    fn only_a_memory_that_fails_stops_the_sessions_that_are_served() {
        let failed = || Part::from_code(Some(ErrorCode::StorageUnavailable));
        let of = |parts| Health::of(parts, PscEnvironment::Simulator, Credentials::Unproven);
        assert_eq!(of(Parts::default()).status, Status::Ok);
        for parts in [
            Parts { disk: failed(), ..Parts::default() },
            Parts { discovery: failed(), ..Parts::default() },
            Parts { clock: failed(), ..Parts::default() },
            Parts { certificates: failed(), ..Parts::default() },
            Parts { client_authentication: failed(), ..Parts::default() },
        ] {
            assert_eq!(of(parts).status, Status::Degraded, "{parts:?}");
        }
        for parts in [Parts { database_reading: failed(), ..Parts::default() }, Parts { database_writing: failed(), ..Parts::default() }] {
            assert_eq!((of(parts).status, of(parts).store.code), (Status::Failed, Some(ErrorCode::StorageUnavailable)));
        }
    }

    #[test]
    fn the_worst_is_told_with_its_code_and_an_older_companion_is_understood() {
        let (fine, near, gone) =
            (Part::default(), Part::degraded(ErrorCode::CertificateExpiring), Part::from_code(Some(ErrorCode::StorageUnavailable)));
        assert_eq!(Part::worst(&[fine, near, gone, near]).code, Some(ErrorCode::StorageUnavailable));
        assert_eq!(Part::worst(&[]).status, Status::Ok);
        let older = r#"{"status":"ok","version":"1","environment":"simulator","store":{"status":"ok"},"psc":{"status":"ok"}}"#;
        assert!(serde_json::from_str::<Health>(older).is_ok());
    }
}
