//! What only the companion can tell.

use vestibule_model::ErrorCode;
use vestibule_model::exchange::{CompanionMetadata, Exchange, WorkstationRules};

use super::{Check, Verdict};
use crate::companion::{Companion, CompanionError};
use crate::device_key::DeviceKey;
use crate::ports::Ports;
use crate::settings::Settings;
use crate::update;
use crate::words::{Title, Words};

/// A clock that is wrong by more is worth a word, in seconds.
const CLOCK_TOLERANCE_S: u64 = 60;

/// The companion and the clock; whether the companion answered.
pub(super) async fn asked(settings: &Settings, ports: &Ports, words: &dyn Words) -> (Vec<Check>, bool) {
    let failure = |code, detail: String| (vec![Check::wrong(Title::Companion, words, Verdict::Failure, code, detail)], false);
    // A key of the moment: the metadata needs none, and the real one stays in the keyring.
    let Ok(key) = DeviceKey::generate(ports.random.as_ref()) else {
        return failure(ErrorCode::AppFault, words.no_random().to_owned());
    };
    let companion = match Companion::new(settings, ports, key.into()) {
        Ok(companion) => companion,
        Err(error) => return failure(error.code(), words.client_refused(&error)),
    };
    let asked = ports.clock.elapsed();
    let metadata = match companion.metadata().await {
        Ok(metadata) => metadata,
        Err(error) => {
            let check = Check::wrong(Title::Companion, words, Verdict::Failure, error.code(), told(&error, words));
            return (vec![check.because(error.cause(), words)], false);
        }
    };
    let duration_ms = ports.clock.elapsed().saturating_sub(asked).as_millis();
    let environment = words.environment(metadata.psc_environment);
    let found = words.companion_found(&metadata.service_name, &metadata.companion_version, environment, duration_ms);
    (vec![Check::ok(Title::Companion, words, found), version(&metadata, words), clock(companion.clock_lead_s(), words)], true)
}

/// This app, beside what its administrator wants.
fn version(metadata: &CompanionMetadata, words: &dyn Words) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    match update::wanted(metadata) {
        None => Check::ok(Title::App, words, words.app_version(own)),
        Some(wanted) => {
            let verdict = if wanted.required { Verdict::Failure } else { Verdict::Warning };
            Check::wrong(Title::App, words, verdict, ErrorCode::AppOutdated, words.app_outdated(own, &wanted.version, wanted.required))
        }
    }
}

fn clock(lead_s: i64, words: &dyn Words) -> Check {
    let off = lead_s.unsigned_abs();
    if off <= CLOCK_TOLERANCE_S {
        return Check::ok(Title::Clock, words, words.clock_good(off));
    }
    let detail = if lead_s > 0 { words.clock_behind(off) } else { words.clock_ahead(off) };
    Check { verdict: Verdict::Warning, ..Check::ok(Title::Clock, words, detail) }
}

/// What a sign-in of this workstation would meet, asked without effect: with its own key where the keyring has one, so that the answer is about it.
pub(super) async fn rules(
    settings: &Settings,
    ports: &Ports,
    key: Option<DeviceKey>,
    words: &dyn Words,
) -> (Check, Option<WorkstationRules>) {
    let failure = |code, detail: String| (wrong(code, detail, words), None);
    let Some(key) = key.or_else(|| DeviceKey::generate(ports.random.as_ref()).ok()) else {
        return failure(ErrorCode::AppFault, words.explanation(ErrorCode::AppFault).cause.to_owned());
    };
    let companion = match Companion::new(settings, ports, key.into()) {
        Ok(companion) => companion,
        Err(error) => return failure(error.code(), words.client_refused(&error)),
    };
    match companion.workstation_rules(settings.enrolment_token.as_ref()).await {
        Ok(rules) => (judged(settings, ports, &rules, words).await, Some(rules)),
        Err(error) if error.code() == ErrorCode::PathUnknown => (untold(words), None),
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "A sign-in of this workstation would be refused");
            failure(error.code(), words.would_be_refused(words.explanation(error.code()).cause))
        }
    }
}

/// What the companion sees of Pro Santé Connect; one from before this question says nothing.
pub(super) fn psc(rules: &WorkstationRules, words: &dyn Words) -> Option<Check> {
    rules.psc.as_ref()?;
    let Some(code) = rules.psc_trouble() else { return Some(Check::ok(Title::Psc, words, words.psc_reached())) };
    Some(Check::wrong(Title::Psc, words, Verdict::Failure, code, words.psc_not_reached(words.explanation(code).title)))
}

/// What the companion says of its database: without it no sign-in comes to its end; one from before this question says nothing.
pub(super) fn storage(rules: &WorkstationRules, words: &dyn Words) -> Option<Check> {
    let seen = rules.storage.as_ref()?;
    let Some(code) = &seen.code else { return Some(Check::ok(Title::Storage, words, words.storage_reached())) };
    let code = ErrorCode::try_from(code.clone()).unwrap_or(ErrorCode::StorageUnavailable);
    let check = Check::wrong(Title::Storage, words, Verdict::Failure, code, words.storage_not_reached());
    // The catalogue's is for whoever sits at the server.
    Some(Check { remedy: Some(words.storage_remedy()), ..check })
}

fn ok(detail: String, words: &dyn Words) -> Check {
    Check::ok(Title::Workstation, words, detail)
}

fn wrong(code: ErrorCode, detail: String, words: &dyn Words) -> Check {
    Check::wrong(Title::Workstation, words, Verdict::Failure, code, detail)
}

/// A companion from before this question.
fn untold(words: &dyn Words) -> Check {
    Check { verdict: Verdict::Warning, ..ok(words.rules_untold().to_owned(), words) }
}

/// The policy of this workstation beside the rules of its group: is there a road that both open?
async fn judged(settings: &Settings, ports: &Ports, rules: &WorkstationRules, words: &dyn Words) -> Check {
    let found = words.rules(rules.group.as_deref(), &names(&rules.exchanges));
    let admitted = |exchange: &Exchange| settings.exchange.only().is_none_or(|only| only == *exchange);
    let common: Vec<Exchange> = rules.exchanges.iter().copied().filter(admitted).collect();
    if common.is_empty() {
        return wrong(ErrorCode::ExchangeRefused, words.no_exchange_in_common(&found, settings.exchange.name()), words);
    }
    if common != [Exchange::Scheme] {
        return ok(found, words);
    }
    if rules.return_scheme != settings.return_scheme {
        let detail = words.another_scheme(&found, &rules.return_scheme, &settings.return_scheme);
        return wrong(ErrorCode::ReturnAddressRefused, detail, words);
    }
    match ports.handlers.handler(&settings.return_scheme).await {
        Some(_) => ok(words.in_the_window_only(&found), words),
        None => wrong(ErrorCode::ReturnSchemeUnregistered, words.scheme_of_group_missing(&found, &settings.return_scheme), words),
    }
}

/// As the configuration of the companion and the policy of the workstation write them.
fn names(exchanges: &[Exchange]) -> String {
    exchanges.iter().map(|exchange| exchange.name()).collect::<Vec<_>>().join(", ")
}

/// What happened; what it usually comes from, where its cause does not say it better.
fn told(error: &CompanionError, words: &dyn Words) -> String {
    let told = words.companion_error(error);
    match error.cause() {
        Some(_) => told,
        None => format!("{told}. {}", words.explanation(error.code()).cause),
    }
}
