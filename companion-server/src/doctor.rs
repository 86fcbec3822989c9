//! Examines an installation without changing it: one list of checks, for a person or as JSON.

use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use vestibule_model::ErrorCode;
use vestibule_model::view::Language;

use crate::clock::Clock;
use crate::config::Config;
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
            checks.push(psc(&config, clock, random).await);
        }
        Err(error) => checks.push(failed("configuration", "Configuration", error.code(), error.to_string())),
    }
    Report { version: env!("CARGO_PKG_VERSION"), checks }
}

fn vault(config: &Config, random: &Arc<dyn Random>) -> Check {
    let (name, title) = ("vault", "Clé du coffre");
    match Vault::open(&config.vault.key_file, Arc::clone(random)) {
        Ok(_) => passed(name, title, None),
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
        Err(error) => refused(format!("« {} » : {error}", file.display())),
    }
}

fn listener(name: &'static str, title: &'static str, address: SocketAddr) -> Check {
    match TcpListener::bind(address) {
        Ok(_) => passed(name, title, Some(format!("L’adresse {address} est libre."))),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            warned(name, title, format!("L’adresse {address} est occupée : par le compagnon lui-même, s’il est démarré."))
        }
        Err(error) => failed(name, title, ErrorCode::ListenerUnavailable, format!("{address} : {error}")),
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
