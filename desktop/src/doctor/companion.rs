//! What only the companion can tell.

use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Exchange, WorkstationRules};
use vestibule_model::session::PscEnvironment;

use super::{Check, Verdict, cause};
use crate::companion::{Companion, CompanionError};
use crate::device_key::DeviceKey;
use crate::ports::Ports;
use crate::settings::Settings;

/// A clock that is wrong by more is worth a word, in seconds.
const CLOCK_TOLERANCE_S: u64 = 60;

/// The companion and the clock; whether the companion answered.
pub(super) async fn asked(settings: &Settings, ports: &Ports) -> (Vec<Check>, bool) {
    const ID: &str = "companion";
    const TITLE: &str = "Compagnon";
    let failure = |code, detail| (vec![Check::wrong(ID, TITLE, Verdict::Failure, code, detail)], false);
    // A key of the moment: the metadata needs none, and the real one stays in the keyring.
    let Ok(key) = DeviceKey::generate(ports.random.as_ref()) else {
        return failure(ErrorCode::AppFault, "le système ne fournit pas de nombres aléatoires".to_owned());
    };
    let companion = match Companion::new(settings, ports, key.into()) {
        Ok(companion) => companion,
        Err(error) => return failure(error.code(), error.in_french()),
    };
    let asked = ports.clock.elapsed();
    let metadata = match companion.metadata().await {
        Ok(metadata) => metadata,
        Err(error) => {
            let check = Check::wrong(ID, TITLE, Verdict::Failure, error.code(), told(&error));
            return (vec![Check { cause: error.cause(), ..check }], false);
        }
    };
    let duration_ms = ports.clock.elapsed().saturating_sub(asked).as_millis();
    let environment = match metadata.psc_environment {
        PscEnvironment::Simulator => "simulateur",
        PscEnvironment::Bas => "bac à sable",
        PscEnvironment::Production => "production",
    };
    let (name, version) = (metadata.service_name, metadata.companion_version);
    let found = format!("{name}, version {version}, environnement {environment}, réponse en {duration_ms} ms");
    (vec![Check::ok(ID, TITLE, found), clock(companion.clock_lead_s())], true)
}

fn clock(lead_s: i64) -> Check {
    let (id, title, off) = ("clock", "Horloge du poste", lead_s.unsigned_abs());
    if off <= CLOCK_TOLERANCE_S {
        return Check::ok(id, title, format!("{off} s d’écart avec le compagnon"));
    }
    let direction = if lead_s > 0 { "retarde" } else { "avance" };
    Check {
        id,
        title,
        verdict: Verdict::Warning,
        detail: format!("le poste {direction} de {off} s sur le compagnon\u{202f}; Vestibule en tient compte"),
        cause: None,
        code: None,
        remedy: None,
    }
}

/// What a sign-in of this workstation would meet, asked without effect: with its own key where the keyring has one, so that the answer is about it.
pub(super) async fn rules(settings: &Settings, ports: &Ports, key: Option<DeviceKey>) -> (Check, Option<WorkstationRules>) {
    let failure = |code, detail| (wrong(Verdict::Failure, code, detail), None);
    let Some(key) = key.or_else(|| DeviceKey::generate(ports.random.as_ref()).ok()) else {
        return failure(ErrorCode::AppFault, cause(ErrorCode::AppFault));
    };
    let companion = match Companion::new(settings, ports, key.into()) {
        Ok(companion) => companion,
        Err(error) => return failure(error.code(), error.in_french()),
    };
    match companion.workstation_rules(settings.enrolment_token.as_ref()).await {
        Ok(rules) => (judged(settings, ports, &rules).await, Some(rules)),
        Err(error) if error.code() == ErrorCode::PathUnknown => (untold(), None),
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "a sign-in of this workstation would be refused");
            failure(error.code(), format!("une connexion de ce poste serait refusée. {}", cause(error.code())))
        }
    }
}

const ID: &str = "workstation";
const TITLE: &str = "Groupe du poste";

fn wrong(verdict: Verdict, code: ErrorCode, detail: String) -> Check {
    Check::wrong(ID, TITLE, verdict, code, detail)
}

/// A companion from before this question.
fn untold() -> Check {
    let detail = "ce compagnon, plus ancien que l’application, ne sait pas dire ce que rencontrerait une connexion de ce poste".to_owned();
    Check { verdict: Verdict::Warning, ..Check::ok(ID, TITLE, detail) }
}

/// The policy of this workstation beside the rules of its group: is there a road that both open?
async fn judged(settings: &Settings, ports: &Ports, rules: &WorkstationRules) -> Check {
    let group = rules.group.as_ref().map_or_else(|| "groupe par défaut".to_owned(), |name| format!("groupe «\u{a0}{name}\u{a0}»"));
    let open = if rules.exchanges.is_empty() { "aucun".to_owned() } else { names(&rules.exchanges) };
    let found = format!("{group}, échanges ouverts\u{a0}: {open}");
    let admitted = |exchange: &Exchange| settings.exchange.only().is_none_or(|only| only == *exchange);
    let common: Vec<Exchange> = rules.exchanges.iter().copied().filter(admitted).collect();
    if common.is_empty() {
        let only = settings.exchange.name();
        let detail =
            format!("{found}, et la stratégie de ce poste demande «\u{a0}{only}\u{a0}» (exchange)\u{a0}: toute connexion serait refusée");
        return wrong(Verdict::Failure, ErrorCode::ExchangeRefused, detail);
    }
    if common != [Exchange::Scheme] {
        return Check::ok(ID, TITLE, found);
    }
    if rules.return_scheme != settings.return_scheme {
        let (ours, theirs) = (&settings.return_scheme, &rules.return_scheme);
        let detail =
            format!("{found}\u{a0}; le compagnon rendrait la main à {theirs}, la stratégie de ce poste dit {ours} (return_scheme)");
        return wrong(Verdict::Failure, ErrorCode::ReturnAddressRefused, detail);
    }
    match ports.handlers.handler(&settings.return_scheme).await {
        Some(_) => Check::ok(ID, TITLE, format!("{found} (avec la fenêtre seulement)")),
        None => wrong(
            Verdict::Failure,
            ErrorCode::ReturnSchemeUnregistered,
            format!("{found}\u{a0}; {} n’est pas enregistrée sur ce poste", settings.return_scheme),
        ),
    }
}

/// As the configuration of the companion and the policy of the workstation write them.
fn names(exchanges: &[Exchange]) -> String {
    exchanges.iter().map(|exchange| exchange.name()).collect::<Vec<_>>().join(", ")
}

/// What happened; what it usually comes from, where its cause does not say it better.
fn told(error: &CompanionError) -> String {
    match error.cause() {
        Some(_) => error.in_french(),
        None => format!("{}. {}", error.in_french(), cause(error.code())),
    }
}
