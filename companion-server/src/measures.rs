//! What is counted and timed from the start on, for `/metrics`. A label is a word of this program, never one of a request, and every series is
//! there from the beginning: nobody makes another one, and the first of anything is seen as one more than none.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::path;

static MEASURES: LazyLock<Measures> = LazyLock::new(Measures::new);

/// Known paths whose answers are timed: those that are answered as soon as they can be.
const ROUTES: [&str; 20] = [
    path::METADATA,
    path::PAR,
    path::AUTHORIZE,
    path::DEVICE_AUTHORIZATION,
    path::TOKEN,
    path::REVOKE,
    path::PSC_CALLBACK,
    path::PSC_LOGOUT_RETURN,
    path::CONFIRM,
    path::RETURN,
    path::WORKSTATIONS,
    path::SIGN_OUT_PAGE,
    path::WORKSTATION,
    path::SESSION,
    path::SITUATION,
    path::ACTIVITY,
    path::LOCK,
    path::SIGN_OUT,
    path::SESSIONS,
    SIGN_IN,
];
/// Whatever the sign-in is called.
const SIGN_IN: &str = "/api/v1/sign-ins/{id}";

/// Seconds up to which requests, commands to the database and calls to a provider are told apart.
const MACHINE: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Seconds up to which what a person does is told apart.
const PERSON: [f64; 9] = [5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0];

/// How far a sign-in came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// A provider vouches for the person.
    Identified,
    /// The app has its session.
    SignedIn,
}

/// How the database is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// One transaction, durable when it is answered.
    Write,
    /// One transaction, durable with the next one that is.
    Note,
    Read,
    /// Over many lines, for nobody who waits.
    Survey,
}

/// What came of a call to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Answered,
    /// The provider says no (4xx).
    Refused,
    /// Not at all, or by what cannot be read.
    Failed,
}

impl Reached {
    const ALL: [Self; 2] = [Self::Identified, Self::SignedIn];

    const fn name(self) -> &'static str {
        match self {
            Self::Identified => "identified",
            Self::SignedIn => "signed_in",
        }
    }
}

impl Manner {
    const ALL: [Self; 4] = [Self::Write, Self::Note, Self::Read, Self::Survey];

    const fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Note => "note",
            Self::Read => "read",
            Self::Survey => "survey",
        }
    }
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Answered, Self::Refused, Self::Failed];

    const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Step {
    step: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    call: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    manner: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failure {
    code: String,
}

/// Makes histograms of one kind.
#[derive(Clone)]
struct Up(&'static [f64]);

impl MetricConstructor<Histogram> for Up {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

type Timed<Labels> = Family<Labels, Histogram, Up>;

struct Measures {
    registry: Registry,
    requests: Timed<Route>,
    sign_ins: Timed<Step>,
    calls: Timed<Call>,
    database: Timed<Asked>,
    failures: Family<Failure, Counter>,
}

/// What a call to a provider is for, as far as it is timed.
pub const CALLS: [&str; 5] = ["discovery", "jwks", "token", "userinfo", "end_session"];

impl Measures {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("vestibule");
        let measures = Self {
            requests: Timed::new_with_constructor(Up(&MACHINE)),
            sign_ins: Timed::new_with_constructor(Up(&PERSON)),
            calls: Timed::new_with_constructor(Up(&MACHINE)),
            database: Timed::new_with_constructor(Up(&MACHINE)),
            failures: Family::default(),
            registry: Registry::default(),
        };
        let seconds = || Unit::Seconds;
        registry.register_with_unit(
            "request_duration",
            "Time from a request to its answer, by known path",
            seconds(),
            measures.requests.clone(),
        );
        registry.register_with_unit(
            "sign_in_duration",
            "Time from the start of a sign-in to a step of it, the person's own included",
            seconds(),
            measures.sign_ins.clone(),
        );
        registry.register_with_unit(
            "provider_call_duration",
            "Time that a call to a provider takes, by what it is for",
            seconds(),
            measures.calls.clone(),
        );
        registry.register_with_unit(
            "database_duration",
            "Time that a command to the database takes, its waiting included",
            seconds(),
            measures.database.clone(),
        );
        registry.register(
            "failures",
            "Answers that refuse something and sign-ins that fail, by number of the catalogue",
            measures.failures.clone(),
        );
        for route in ROUTES {
            drop(measures.requests.get_or_create(&Route { route }));
        }
        for step in Reached::ALL {
            drop(measures.sign_ins.get_or_create(&Step { step: step.name() }));
        }
        for (call, outcome) in CALLS.into_iter().flat_map(|call| Outcome::ALL.map(|outcome| (call, outcome))) {
            drop(measures.calls.get_or_create(&Call { call, outcome: outcome.name() }));
        }
        for manner in Manner::ALL {
            drop(measures.database.get_or_create(&Asked { manner: manner.name() }));
        }
        for code in ErrorCode::ALL.iter().filter(|code| is_counted(**code)) {
            drop(measures.failures.get_or_create(&Failure { code: code.to_string() }));
        }
        Self { registry, ..measures }
    }
}

/// A known path whose answers are timed.
#[derive(Debug, Clone, Copy)]
pub struct TimedRoute(&'static str);

/// As what a request of this path is timed. Paths that are not known, or where an answer waits for an event, are not.
pub fn timed(path: &str) -> Option<TimedRoute> {
    let is_of_sign_in = path.strip_prefix(path::SIGN_INS).is_some_and(|rest| rest.starts_with('/') && !rest.ends_with("/events"));
    let asked = if is_of_sign_in { SIGN_IN } else { path };
    ROUTES.into_iter().find(|route| *route == asked).map(TimedRoute)
}

/// A request was answered.
pub fn answered(route: Option<TimedRoute>, took: Duration) {
    if let Some(TimedRoute(route)) = route {
        MEASURES.requests.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }
}

/// A sign-in came so far, this many milliseconds after its start.
pub fn reached(step: Reached, after_ms: i64) {
    let after = Duration::from_millis(u64::try_from(after_ms).unwrap_or_default());
    MEASURES.sign_ins.get_or_create(&Step { step: step.name() }).observe(after.as_secs_f64());
}

/// A provider was called; `call` is one of [`CALLS`].
pub fn called(call: &'static str, outcome: Outcome, took: Duration) {
    MEASURES.calls.get_or_create(&Call { call, outcome: outcome.name() }).observe(took.as_secs_f64());
}

/// The database was asked.
pub fn asked(manner: Manner, took: Duration) {
    MEASURES.database.get_or_create(&Asked { manner: manner.name() }).observe(took.as_secs_f64());
}

/// What a workstation says to itself is answered by no companion, and every client's first proof is without a nonce: neither is a failure here.
fn is_counted(code: ErrorCode) -> bool {
    code.number() >= 2000 && code.number() < 5000 && code != ErrorCode::ProofNonceDue
}

/// An answer refused something, or a sign-in failed.
pub fn failed(code: ErrorCode) {
    if !is_counted(code) {
        return;
    }
    MEASURES.failures.get_or_create(&Failure { code: code.to_string() }).inc();
}

/// All of them, in the text form of OpenMetrics, its last line included.
pub fn written() -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = text::encode(&mut text, &MEASURES.registry);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn series() -> BTreeSet<String> {
        let name = |line: &str| line.rsplit_once(' ').map(|(name, _)| name.to_owned());
        written().lines().filter(|line| !line.starts_with('#')).filter_map(name).collect()
    }

    #[test]
    fn nobody_makes_another_series_whatever_is_asked_for() {
        let before = series();
        for path in [
            "/oauth/token",
            "/oauth/token/",
            "/api/v1/sign-ins/7F3K-9QXM",
            "/api/v1/sign-ins/x\"} 1\nforged 1",
            "/né",
            "",
            "/api/v1/sign-ins/a/events",
        ] {
            answered(timed(path), Duration::from_secs(1));
        }
        called("token", Outcome::Failed, Duration::from_secs(20));
        failed(ErrorCode::ALL[0]);
        failed(ErrorCode::ProofNonceDue);
        failed(ErrorCode::StorageUnavailable);
        reached(Reached::SignedIn, -5);
        asked(Manner::Write, Duration::ZERO);
        assert_eq!(series(), before);
        assert!(before.len() < 1500, "{}", before.len());
        let written = written();
        assert!(written.contains("vestibule_request_duration_seconds_bucket{le=\"1.0\",route=\"/oauth/token\"}"), "{written}");
        assert!(written.contains("vestibule_request_duration_seconds_count{route=\"/api/v1/sign-ins/{id}\"} 2"), "{written}");
        assert!(written.ends_with("# EOF\n"), "{written}");
    }
}
