//! What only the companion can tell.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::PushedAuthorizationRequest;
use vestibule_model::session::PscEnvironment;

use super::{Check, Verdict, cause};
use crate::companion::{Companion, CompanionAddress, CompanionError};
use crate::device_key::{DeviceKey, code_challenge};
use crate::ports::Ports;
use crate::random::token;
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
    let address = CompanionAddress::of(settings);
    let companion = match Companion::new(address, key.into(), ports.clock.clone(), ports.random.clone()) {
        Ok(companion) => companion,
        Err(error) => return failure(error.code(), error.in_french()),
    };
    let asked = ports.clock.elapsed();
    let metadata = match companion.metadata().await {
        Ok(metadata) => metadata,
        Err(error) => return failure(error.code(), told(&error)),
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
        code: None,
        remedy: None,
    }
}

/// Whether the policy's token leads into a group: with the workstation's own key where there is one, so that the companion learns of no other.
pub(super) async fn enrolment(settings: &Settings, ports: &Ports, key: Option<DeviceKey>) -> Check {
    const ID: &str = "enrolment";
    const TITLE: &str = "Inscription";
    let failure = |code, detail| Check::wrong(ID, TITLE, Verdict::Failure, code, detail);
    let no_numbers = || failure(ErrorCode::AppFault, cause(ErrorCode::AppFault));
    let Some(key) = key.or_else(|| DeviceKey::generate(ports.random.as_ref()).ok()) else { return no_numbers() };
    let companion = Companion::new(CompanionAddress::of(settings), Arc::new(key), ports.clock.clone(), ports.random.clone());
    let companion = match companion {
        Ok(companion) => companion,
        Err(error) => return failure(error.code(), error.in_french()),
    };
    let Some(request) = start(settings, &companion, ports) else { return no_numbers() };
    match companion.push(&request).await {
        Ok(started) => {
            if let Err(error) = companion.cancel(&started.sign_in_id).await {
                tracing::warn!(sign_in.id = %started.sign_in_id, error.code = %error.code(), %error, "the sign-in of the diagnosis runs out by itself");
            }
            Check::ok(ID, TITLE, "le compagnon reconnaît la clé d’inscription de ce poste".to_owned())
        }
        // The token was looked at before the exchange was.
        Err(error) if error.code() == ErrorCode::ExchangeRefused => {
            Check::ok(ID, TITLE, "le compagnon reconnaît la clé d’inscription de ce poste".to_owned())
        }
        Err(error) if error.code() == ErrorCode::EnrolmentRefused => {
            tracing::error!(error.code = %error.code(), "the companion does not know the enrolment token");
            failure(error.code(), "le compagnon ne reconnaît pas la clé d’inscription (enrolment_token) de ce poste".to_owned())
        }
        Err(error) => Check::wrong(ID, TITLE, Verdict::Warning, error.code(), told(&error)),
    }
}

/// A start like any other, whose answer nobody waits for: a port that is never listened on.
fn start(settings: &Settings, companion: &Companion, ports: &Ports) -> Option<PushedAuthorizationRequest> {
    let secret = || token(ports.random.as_ref()).ok();
    let (verifier, state, path): (SecretString, SecretString, SecretString) = (secret()?, secret()?, secret()?);
    Some(PushedAuthorizationRequest {
        client_id: companion.client_id().to_owned(),
        response_type: "code".to_owned(),
        redirect_uri: format!("http://127.0.0.1:1024/cb/{}", path.expose_secret()),
        code_challenge: code_challenge(&verifier),
        code_challenge_method: "S256".to_owned(),
        state: state.expose_secret().to_owned(),
        dpop_jkt: Some(companion.thumbprint().to_owned()),
        device_label: (!settings.device_label.is_empty()).then(|| settings.device_label.clone()),
        enrolment_token: settings.enrolment_token.as_ref().map(|token| token.expose().to_owned()),
        exchange_hint: None,
    })
}

/// What happened, and what it usually comes from.
fn told(error: &CompanionError) -> String {
    format!("{}. {}", error.in_french(), cause(error.code()))
}
