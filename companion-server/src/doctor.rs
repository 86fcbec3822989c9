//! Examines an installation without changing it: one list of checks, for a person or as JSON.

use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use vestibule_model::view::Language;
use vestibule_model::{ErrorCode, PscEnvironment};

use crate::certificate::{Nearness, Validity, french_date};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, in_french};
use crate::group::Groups;
use crate::psc::RelyingParty;
use crate::random::Random;
use crate::vault::Vault;

/// How every SQLite file begins.
const SQLITE_HEAD: [u8; 16] = *b"SQLite format 3\0";

/// What the examination found.
#[derive(Debug, Serialize)]
pub struct Report {
    version: &'static str,
    checks: Vec<Check>,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    /// In French.
    title: &'static str,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
    /// In French; what was found, or why it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// In French; what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    /// Works, with something to know.
    Warning,
    Failed,
}

impl Report {
    /// Whether nothing failed.
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|check| check.status != Status::Failed)
    }

    /// For a person, in French.
    pub fn to_text(&self) -> String {
        let mut text = format!("Compagnon Vestibule {}\n", self.version);
        for check in &self.checks {
            let mark = match check.status {
                Status::Ok => "ok     ",
                Status::Warning => "à voir ",
                Status::Failed => "ÉCHEC  ",
            };
            text.push_str(&format!("{mark} {}", check.title));
            let lines = [check.detail.as_deref(), check.remedy].into_iter().flatten();
            text.extend(lines.map(|line| format!("\n        {line}")));
            text.push('\n');
        }
        text
    }
}

/// Looks at everything that can be looked at; a wrong configuration ends the examination early. Opens files and sockets.
pub async fn examine(file: &Path, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Report {
    let mut checks = Vec::new();
    match Config::load(file) {
        Ok(config) => {
            checks.push(passed("configuration", "Configuration", None));
            checks.push(vault(&config, &random));
            checks.push(database(&config.storage.sqlite_file));
            checks.push(listener("listener", "Écoute publique", config.listener.address));
            checks.push(listener("administration", "Écoute d’administration", config.administration.address));
            checks.push(groups(&config));
            checks.extend(listener_certificate(&config, &*clock));
            checks.push(psc_certificate(&config, &*clock));
            checks.push(psc(&config, clock, random).await);
        }
        Err(error) => checks.push(failed("configuration", "Configuration", error.code(), error.to_string())),
    }
    Report { version: env!("CARGO_PKG_VERSION"), checks }
}

fn vault(config: &Config, random: &Arc<dyn Random>) -> Check {
    let (name, title) = ("vault", "Clé du coffre");
    match Vault::open(&config.vault.key_file, Arc::clone(random)) {
        // Whether the database still takes this key is not asked here: opening it would bring its schema up to date.
        Ok(_) => {
            passed(name, title, Some("Le fichier convient. « companion-server vault status » dit si la base reconnaît cette clé.".into()))
        }
        Err(error) => failed(name, title, error.code(), error.to_string()),
    }
}

/// Looks at the file from outside: opening it as the companion does would bring its schema up to date.
fn database(file: &Path) -> Check {
    let (name, title) = ("database", "Base de données");
    let refused = |reason: String| failed(name, title, ErrorCode::StorageUnavailable, reason);
    let mut head = [0_u8; SQLITE_HEAD.len()];
    match std::fs::OpenOptions::new().read(true).write(true).open(file) {
        Ok(mut opened) => match opened.read_exact(&mut head) {
            Ok(()) if head == SQLITE_HEAD => passed(name, title, None),
            Ok(()) => refused(format!("« {} » n’est pas une base SQLite.", file.display())),
            Err(_) => warned(name, title, "Elle est encore vide ; elle sera préparée au premier démarrage.".into()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if folder.is_dir() {
                warned(name, title, "Elle n’existe pas encore ; elle sera créée au premier démarrage.".into())
            } else {
                refused(format!("Le dossier « {} » n’existe pas.", folder.display()))
            }
        }
        Err(error) => refused(format!("« {} » : {}", file.display(), in_french(&error))),
    }
}

fn listener(name: &'static str, title: &'static str, address: SocketAddr) -> Check {
    match TcpListener::bind(address) {
        Ok(_) => passed(name, title, Some(format!("L’adresse {address} est libre."))),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            warned(name, title, format!("L’adresse {address} est occupée : par le compagnon lui-même, s’il est démarré."))
        }
        Err(error) => failed(name, title, ErrorCode::ListenerUnavailable, format!("{address} : {}", in_french(&error))),
    }
}

/// What each group opens; nothing of its tokens.
fn groups(config: &Config) -> Check {
    let groups = Groups::from(config);
    let lines: Vec<String> = groups.iter().map(|group| format!("{} : {}", group.label(), group.exchange_names())).collect();
    passed("groups", "Groupes de postes", Some(lines.join(" ; ")))
}

/// The companion's own certificate, when it terminates TLS itself.
fn listener_certificate(config: &Config, clock: &dyn Clock) -> Option<Check> {
    let (name, title) = ("listener_certificate", "Certificat du compagnon");
    let file = &config.listener.tls.as_ref()?.certificate_file;
    let validity = match std::fs::read(file) {
        Ok(pem) => Validity::of_pem(&pem).map_err(|refused| refused.to_string()),
        Err(error) => Err(format!("« {} » : {}", file.display(), in_french(&error))),
    };
    Some(match validity {
        Ok(validity) => dates(name, title, validity, clock.now()),
        Err(reason) => failed(name, title, ErrorCode::CertificateRefused, reason),
    })
}

/// EXI 24: what is presented to Pro Santé Connect, and until when.
fn psc_certificate(config: &Config, clock: &dyn Clock) -> Check {
    let (name, title) = ("psc_certificate", "Certificat présenté à Pro Santé Connect");
    let Some(section) = &config.psc.client_certificate else {
        let detail = "Aucun. L’exigence EXI 24 en demande un, de l’IGC-Santé (offre ORG, profil AUTH_CLI).".into();
        return if config.psc.environment == PscEnvironment::Simulator {
            passed(name, title, Some("Aucun : le simulateur n’en demande pas.".into()))
        } else {
            warned(name, title, detail)
        };
    };
    match section.read() {
        Ok(identity) => dates(name, title, identity.validity(), clock.now()),
        Err(error) => failed(name, title, error.code(), error.to_string()),
    }
}

fn dates(name: &'static str, title: &'static str, validity: Validity, now: Timestamp) -> Check {
    if let Err(refused) = validity.check(now) {
        return failed(name, title, ErrorCode::CertificateRefused, refused.to_string());
    }
    let (end, days) = (french_date(validity.ends_at), validity.days_left(now));
    let code = ErrorCode::CertificateExpiring;
    let left = match days {
        0 => "aujourd’hui ou demain".to_owned(),
        1 => "dans 1 jour".to_owned(),
        days => format!("dans {days} jours"),
    };
    let near = |advice: &str| warned(name, title, format!("{code} : il prend fin le {end}, {left}. {advice}"));
    match validity.nearness(now) {
        Nearness::Far => passed(name, title, Some(format!("Valable jusqu’au {end}."))),
        Nearness::SixtyDays => near("Demandez dès maintenant son renouvellement."),
        Nearness::ThirtyDays => near("Son renouvellement devrait être en cours."),
        Nearness::SevenDays | Nearness::Over => near("Remplacez-le sans attendre : après, les connexions échoueront."),
    }
}

async fn psc(config: &Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Check {
    let (name, title) = ("psc", "Pro Santé Connect");
    let party = match RelyingParty::new(config, clock, random) {
        Ok(party) => party,
        Err(error) => return failed(name, title, error.code(), error.to_string()),
    };
    match party.reachable().await {
        Ok(()) => passed(name, title, Some(config.psc.endpoints().auth_origin)),
        Err(error) => failed(name, title, error.code(), config.psc.endpoints().auth_origin),
    }
}

const fn passed(name: &'static str, title: &'static str, detail: Option<String>) -> Check {
    Check { name, title, status: Status::Ok, code: None, detail, remedy: None }
}

const fn warned(name: &'static str, title: &'static str, detail: String) -> Check {
    Check { name, title, status: Status::Warning, code: None, detail: Some(detail), remedy: None }
}

fn failed(name: &'static str, title: &'static str, code: ErrorCode, detail: String) -> Check {
    let detail = if detail.starts_with("VST-") { detail } else { format!("{code} : {detail}") };
    Check {
        name,
        title,
        status: Status::Failed,
        code: Some(code),
        detail: Some(detail),
        remedy: Some(code.explanation(Language::Fr).remedy),
    }
}

#[cfg(test)]
mod tests;
