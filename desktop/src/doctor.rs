//! What to check when it does not work. One set of checks; texts in French, for the person at the telephone.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;
use vestibule_model::ErrorCode;
use vestibule_model::session::PscEnvironment;
use vestibule_model::view::Language;

use crate::browser::Launcher;
use crate::companion::{Companion, CompanionAddress};
use crate::device_key::DeviceKey;
use crate::exchange::loopback::Listener;
use crate::ports::Ports;
use crate::settings::{ExchangeChoice, Settings, SettingsError, Source};

/// A clock that is wrong by more is worth a word, in seconds.
const CLOCK_TOLERANCE_S: u64 = 60;

/// Every check that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub app_version: &'static str,
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable name, for programs.
    pub id: &'static str,
    /// For people, in French.
    pub title: &'static str,
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
}

/// In rising order of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Ok,
    Warning,
    Failure,
}

impl Check {
    fn ok(id: &'static str, title: &'static str, detail: String) -> Self {
        Self { id, title, verdict: Verdict::Ok, detail, code: None, remedy: None }
    }

    fn wrong(id: &'static str, title: &'static str, verdict: Verdict, code: ErrorCode, detail: String) -> Self {
        Self { id, title, verdict, detail, code: Some(code), remedy: Some(code.explanation(Language::Fr).remedy) }
    }
}

impl Report {
    /// 0 all well, 1 a warning, 2 a failure.
    pub fn exit_code(&self) -> u8 {
        match self.checks.iter().map(|check| check.verdict).max() {
            None | Some(Verdict::Ok) => 0,
            Some(Verdict::Warning) => 1,
            Some(Verdict::Failure) => 2,
        }
    }

    /// The report as lines of text.
    pub fn to_text(&self) -> String {
        let mut text = format!("Vestibule {}\n\n", self.app_version);
        for check in &self.checks {
            let mark = match check.verdict {
                Verdict::Ok => "bon      ",
                Verdict::Warning => "attention",
                Verdict::Failure => "échec    ",
            };
            text.push_str(&format!("{mark}  {}\u{a0}: {}\n", check.title, check.detail));
            if let (Some(code), Some(remedy)) = (check.code, check.remedy) {
                text.push_str(&format!("           {code}  {remedy}\n"));
            }
        }
        text
    }
}

/// Makes every check that can be made. Nothing is changed and nothing secret is read into the report.
pub async fn examine(settings: Result<&Settings, &SettingsError>, ports: &Ports) -> Report {
    let mut checks = vec![settings_check(settings)];
    if let Ok(settings) = settings {
        checks.extend(companion_checks(settings, ports).await);
        checks.push(keyring_check(settings, ports).await);
    }
    checks.push(browser_check(ports).await);
    checks.push(loopback_check(ports).await);
    if let Ok(settings) = settings {
        checks.push(return_scheme_check(settings, ports).await);
    }
    Report { app_version: env!("CARGO_PKG_VERSION"), checks }
}

fn settings_check(settings: Result<&Settings, &SettingsError>) -> Check {
    const ID: &str = "settings";
    const TITLE: &str = "Réglages";
    match settings {
        Ok(settings) => {
            let origin = match settings.sources.companion_url {
                Source::MachinePolicy => "stratégie de l’ordinateur",
                Source::DevelopmentPolicy => "fichier de développement",
                Source::User => "fichier de l’utilisateur",
                Source::Default => "valeur par défaut",
            };
            let address = settings.companion_url.origin().ascii_serialization();
            let policy = settings.sources.policy_file.display();
            let exchange = settings.exchange.name();
            let enrolment = if settings.enrolment_token.is_some() { "présente" } else { "absente" };
            Check::ok(ID, TITLE, format!("compagnon {address} ({origin}, {policy}), échange {exchange}, clé d’inscription {enrolment}"))
        }
        Err(error) => Check::wrong(ID, TITLE, Verdict::Failure, error.code(), error.in_french()),
    }
}

async fn companion_checks(settings: &Settings, ports: &Ports) -> Vec<Check> {
    const ID: &str = "companion";
    const TITLE: &str = "Compagnon";
    let failure = |code, detail| vec![Check::wrong(ID, TITLE, Verdict::Failure, code, detail)];
    // A key of the moment: the metadata needs none, and the real one stays in the keyring.
    let Ok(key) = DeviceKey::generate(ports.random.as_ref()) else {
        return failure(ErrorCode::AppFault, "le système ne fournit pas de nombres aléatoires".to_owned());
    };
    let address = CompanionAddress {
        origin: &settings.companion_url,
        client_id: &settings.client_id,
        ca_file: settings.companion_ca_file.as_deref(),
    };
    let companion = match Companion::new(address, key.into(), ports.clock.clone(), ports.random.clone()) {
        Ok(companion) => companion,
        Err(error) => return failure(error.code(), error.in_french()),
    };
    let asked = ports.clock.elapsed();
    let metadata = match companion.metadata().await {
        Ok(metadata) => metadata,
        Err(error) => return failure(error.code(), cause(error.code(), &error)),
    };
    let duration_ms = ports.clock.elapsed().saturating_sub(asked).as_millis();
    let environment = match metadata.psc_environment {
        PscEnvironment::Simulator => "simulateur",
        PscEnvironment::Bas => "bac à sable",
        PscEnvironment::Production => "production",
    };
    let (name, version) = (metadata.service_name, metadata.companion_version);
    let found = format!("{name}, version {version}, environnement {environment}, réponse en {duration_ms} ms");
    vec![Check::ok(ID, TITLE, found), clock_check(companion.clock_lead_s())]
}

fn clock_check(lead_s: i64) -> Check {
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

async fn keyring_check(settings: &Settings, ports: &Ports) -> Check {
    const ID: &str = "keyring";
    const TITLE: &str = "Trousseau";
    match ports.keyring.load(&settings.keyring_account()).await {
        Ok(Some(_)) => Check::ok(ID, TITLE, "disponible, la clé du poste y est".to_owned()),
        Ok(None) => Check::ok(ID, TITLE, "disponible, aucune clé pour ce compagnon".to_owned()),
        Err(error) => Check::wrong(ID, TITLE, Verdict::Warning, error.code(), cause(error.code(), &error)),
    }
}

async fn browser_check(ports: &Ports) -> Check {
    const ID: &str = "browser";
    const TITLE: &str = "Navigateur";
    let detail = match ports.browser.launcher().await {
        Launcher::Found { program, browser: Some(browser) } => return Check::ok(ID, TITLE, format!("{browser}, ouvert par {program}")),
        Launcher::Found { program, browser: None } => return Check::ok(ID, TITLE, format!("ouvert par {program}")),
        Launcher::WithoutBrowser { program } => format!("{program} est là, mais le système n’indique aucun navigateur installé"),
        Launcher::Missing => "aucun programme pour ouvrir le navigateur".to_owned(),
    };
    Check::wrong(ID, TITLE, Verdict::Failure, ErrorCode::BrowserNotOpened, detail)
}

/// The private-use scheme is a second road: its absence is a fault only where the policy allows no other.
async fn return_scheme_check(settings: &Settings, ports: &Ports) -> Check {
    const ID: &str = "return_scheme";
    const TITLE: &str = "Adresse de l’application";
    let scheme = &settings.return_scheme;
    match ports.handlers.handler(scheme).await {
        Some(handler) => Check::ok(ID, TITLE, format!("{scheme}, ouverte par {handler}")),
        None if settings.exchange == ExchangeChoice::Scheme => {
            let detail = format!("{scheme} n’est pas enregistrée sur ce poste, et la stratégie n’autorise pas d’autre retour");
            Check::wrong(ID, TITLE, Verdict::Failure, ErrorCode::ReturnSchemeUnregistered, detail)
        }
        None => Check::ok(ID, TITLE, format!("{scheme} n’est pas enregistrée sur ce poste (facultatif)")),
    }
}

async fn loopback_check(ports: &Ports) -> Check {
    const ID: &str = "loopback";
    const TITLE: &str = "Retour du navigateur";
    let failure = |code, detail| Check::wrong(ID, TITLE, Verdict::Failure, code, detail);
    let listener = match Listener::bind(ports.random.as_ref()).await {
        Ok(listener) => listener,
        Err(error) => return failure(error.code(), cause(error.code(), &error)),
    };
    let server = std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, listener.port());
    let connecting = tokio::time::timeout(Duration::from_secs(2), tokio::net::TcpStream::connect(server));
    let Ok(Ok(stream)) = connecting.await else {
        return failure(ErrorCode::LoopbackUnavailable, "127.0.0.1 ne répond pas".to_owned());
    };
    let ours = matches!(stream.local_addr(), Ok(SocketAddr::V4(client)) if ports.peer_owner.is_mine(client, server));
    if !ours {
        return failure(ErrorCode::LoopbackUnavailable, "le système ne dit pas à qui appartient une connexion locale".to_owned());
    }
    Check::ok(ID, TITLE, "127.0.0.1 écoute et reconnaît cet utilisateur".to_owned())
}

/// The catalogue's cause, and what the system said, for support.
fn cause(code: ErrorCode, error: &dyn std::error::Error) -> String {
    format!("{} ({error})", code.explanation(Language::Fr).cause)
}
