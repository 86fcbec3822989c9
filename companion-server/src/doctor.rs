//! Examines an installation without changing it: one list of checks, for a person or as JSON.

mod check;
mod memory;
mod sign_ins;

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use vestibule_model::language::Language;
use vestibule_model::wire::printable;
use vestibule_model::{ErrorCode, PscEnvironment};

use self::check::{Check, Status, coded, failed, passed, warned};
use crate::admin::client::{self, CommandRefused};
use crate::admin::health::Health;
use crate::certificate::{Nearness, Validity, french_date};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, ConfigError, in_french};
use crate::group::Groups;
use crate::preflight;
use crate::provider::{self, Credentials, ProviderError, RelyingParties, RelyingParty};
use crate::random::Random;
use crate::store::Glance;
use crate::words;

/// What the examination found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    version: &'static str,
    checks: Vec<Check>,
}

impl Report {
    /// 0 all well, 1 something to know, 2 a failure: as at a workstation.
    pub fn exit_code(&self) -> u8 {
        match self.checks.iter().map(|check| check.status).max() {
            None | Some(Status::Ok) => 0,
            Some(Status::Warning) => 1,
            Some(Status::Failed) => 2,
        }
    }

    /// Whether something is to be repaired.
    pub fn is_failed(&self) -> bool {
        self.checks.iter().any(|check| check.status == Status::Failed)
    }

    /// For a person, in French.
    pub fn to_text(&self) -> String {
        let mut text = format!("Serveur de connexion Vestibule {}\n", self.version);
        for (status, words) in [(Status::Failed, "ÉCHEC"), (Status::Warning, "ATTENTION")] {
            let titles: Vec<&str> = self.checks.iter().filter(|check| check.status == status).map(|check| check.title).collect();
            if !titles.is_empty() {
                text.push_str(&format!("{words}\u{a0}: {}.\n", titles.join(", ")));
            }
        }
        for check in &self.checks {
            let mark = match check.status {
                Status::Ok => "OK       ",
                Status::Warning => "ATTENTION",
                Status::Failed => "ÉCHEC    ",
            };
            text.push_str(&format!("{mark}  {}", check.title));
            let lines = [check.detail.as_deref(), check.remedy].into_iter().flatten();
            text.extend(lines.map(|line| format!("\n           {line}")));
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
            let glance = preflight::database(&config, &*clock).await;
            let seen = glance.as_ref().ok().and_then(Option::as_ref);
            let refused_devices = seen.map(refused_devices).unwrap_or_default();
            let sign_ins = seen.and_then(|glance| glance.sign_ins.as_ref()).map(|recent| sign_ins::ended(recent, &config));
            checks.extend(memory::memory(&config, glance, &*clock).await);
            // Each may take its whole time: together they take that of the slower.
            let (serving, asked) = tokio::join!(client::health(config.administration.address), ask(&config, Arc::clone(&clock), random));
            let is_serving = serving.is_ok();
            checks.push(listener("listener", "Adresse d’écoute publique", config.listener.address, is_serving));
            checks.push(listener("administration", "Adresse d’écoute d’administration", config.administration.address, is_serving));
            let credentials = serving.as_ref().map_or(Credentials::Unproven, |health| health.client_authentication);
            checks.push(running(&config, serving));
            checks.push(groups(&config));
            checks.extend(refused_devices);
            checks.extend(listener_certificate(&config, &*clock));
            checks.push(psc_certificate(&config, &*clock));
            checks.extend(providers(&config, asked, credentials));
            checks.push(sign_ins::addresses(&config));
            checks.extend(sign_ins);
        }
        Err(error) => checks.push(failed("configuration", "Configuration", error.code(), error.to_string())),
    }
    debug_assert!(checks.iter().all(Check::is_right), "what is well needs no number and no remedy: {checks:?}");
    Report { version: env!("CARGO_PKG_VERSION"), checks }
}

fn listener(name: &'static str, title: &'static str, address: SocketAddr, is_serving: bool) -> Check {
    match TcpListener::bind(address) {
        Ok(_) if is_serving => warned(
            name,
            title,
            format!("L’adresse {address} est libre, alors qu’un serveur est en marche\u{a0}: il écoute sur une autre. Relancez-le."),
        ),
        Ok(_) => passed(name, title, Some(format!("L’adresse {address} est libre."))),
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_serving => {
            passed(name, title, Some(format!("L’adresse {address} est prise, et le serveur est en marche.")))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => warned(
            name,
            title,
            format!(
                "L’adresse {address} est prise, et aucun serveur ne répond à l’adresse d’administration\u{a0}: elle l’est par un autre programme, ou par un serveur bloqué."
            ),
        ),
        Err(error) => failed(name, title, ErrorCode::ListenerUnavailable, format!("{address} : {}", in_french(&error))),
    }
}

/// The companion itself, which is another process.
fn running(config: &Config, serving: Result<Health, CommandRefused>) -> Check {
    let (name, title) = ("companion", "Serveur de connexion");
    let health = match serving {
        Ok(health) => health,
        // Also before its first start: something to know, and nothing wrong with the installation.
        Err(refused @ CommandRefused::NotServing { .. }) => {
            let told = format!("{refused}\u{a0}: le serveur est arrêté. Démarrez-le.");
            return Check { code: Some(refused.code()), ..warned(name, title, told) };
        }
        Err(refused) => return failed(name, title, refused.code(), refused.to_string()),
    };
    let own = env!("CARGO_PKG_VERSION");
    if let Some(code) = health.store.code {
        return failed(name, title, code, format!("signalé par le serveur en marche. {}", words::for_administrator(code).cause));
    }
    // Nothing is wrong with it then: the lines about Pro Santé Connect say whether that still does not answer.
    if let Some(code) = health.psc.code {
        return coded(name, title, code, format!("il répond, et le signale. {}", words::for_administrator(code).cause));
    }
    if health.version != own {
        return warned(
            name,
            title,
            format!(
                "Il est de la version {}, et cette commande de la version {own}\u{a0}: relancez le serveur.",
                printable(&health.version, 40)
            ),
        );
    }
    if health.environment != config.psc.environment {
        return warned(
            name,
            title,
            "Il utilise un autre environnement que celui de ce fichier\u{a0}: relancez le serveur, ou nommez son fichier.".into(),
        );
    }
    passed(name, title, Some("Il répond.".into()))
}

/// Workstations whose people cannot sign in, and only the companion knows why: by what the person reads, and what is to be done.
fn refused_devices(glance: &Glance) -> Vec<Check> {
    let refused = glance.refused_devices;
    let kinds = [
        (
            refused.by_token,
            ("enrolment", "Inscription des postes"),
            ErrorCode::EnrolmentRefused,
            "un jeton d’inscription inconnu ou mal copié. Déployez-y le bon jeton",
        ),
        (
            refused.by_gone_group,
            ("removed_group", "Groupe retiré"),
            ErrorCode::GroupGone,
            "un groupe que la configuration n’a plus. Remettez le groupe, ou oubliez le poste («\u{a0}devices forget\u{a0}»)\u{202f}; «\u{a0}devices list\u{a0}» les donne, avec ce groupe",
        ),
    ];
    let kinds = kinds.into_iter().filter(|(count, ..)| *count > 0);
    kinds
        .map(|(count, (name, title), code, reason)| {
            let refused = if count == 1 { "1 poste a été refusé".to_owned() } else { format!("{count} postes ont été refusés") };
            let detail = format!(
                "{refused} depuis 24 heures, pour {reason}. Le journal du serveur donne l’empreinte de chacun («\u{a0}device\u{a0}»), sous ce code."
            );
            coded(name, title, code, detail)
        })
        .collect()
}

/// What each group opens; nothing of its tokens.
fn groups(config: &Config) -> Check {
    let groups = Groups::from(config);
    let lines: Vec<String> = groups.iter().map(|group| format!("{}\u{a0}: {}", group.label(), group.exchange_names())).collect();
    passed("groups", "Groupes de postes", Some(lines.join("\u{202f}; ")))
}

/// The companion's own certificate, when it terminates TLS itself, as a workstation sees it.
fn listener_certificate(config: &Config, clock: &dyn Clock) -> Option<Check> {
    let (name, title) = ("listener_certificate", "Certificat du serveur");
    let tls = config.listener.tls.as_ref()?;
    Some(match tls.check_as_workstation(&config.service, clock.now()) {
        Ok(identity) => dates(name, title, identity.validity(), clock.now()),
        Err(error) => failed(name, title, error.code(), error.to_string()),
    })
}

/// EXI 24: what is presented to Pro Santé Connect, and until when.
fn psc_certificate(config: &Config, clock: &dyn Clock) -> Check {
    let (name, title) = ("psc_certificate", "Certificat présenté à Pro Santé Connect");
    let Some(section) = &config.psc.client_certificate else {
        let detail = "Aucun. L’exigence EXI PSC\u{a0}24 en demande un, de l’IGC-Santé (offre ORG, profil AUTH_CLI).".into();
        return if config.psc.environment == PscEnvironment::Simulator {
            passed(name, title, Some("Aucun\u{a0}: le simulateur n’en demande pas.".into()))
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
        1 => "dans 1\u{a0}jour".to_owned(),
        days => format!("dans {days}\u{a0}jours"),
    };
    let near = |advice: &str| coded(name, title, code, format!("il expire le {end}, {left}. {advice}"));
    match validity.nearness(now) {
        Nearness::Far => passed(name, title, Some(format!("Valable jusqu’au {end}, encore {days} jours."))),
        Nearness::SixtyDays => near("Demandez dès maintenant son renouvellement."),
        Nearness::ThirtyDays => near("Son renouvellement devrait être en cours."),
        Nearness::SevenDays | Nearness::Over => near("Remplacez-le sans attendre\u{a0}: après son expiration, les connexions échoueront."),
    }
}

/// The providers, and what each answered.
type Asked = (RelyingParties, Vec<Result<(), ProviderError>>);

async fn ask(config: &Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Asked, ConfigError> {
    let parties = provider::open(config, clock, random)?.parties;
    let mut answers = Vec::new();
    for (_, party) in parties.each() {
        answers.push(party.reachable().await);
    }
    Ok((parties, answers))
}

fn providers(config: &Config, asked: Result<Asked, ConfigError>, credentials: Credentials) -> Vec<Check> {
    let (parties, answers) = match asked {
        Ok(asked) => asked,
        Err(error) => return vec![failed("psc", "Pro Santé Connect", error.code(), error.to_string())],
    };
    let asked = parties.each().map(|(_, party)| party).zip(answers);
    asked.flat_map(|(party, answer)| provider(party, answer, credentials)).chain(unread_proxy(config)).collect()
}

fn provider(party: &RelyingParty, answer: Result<(), ProviderError>, credentials: Credentials) -> Vec<Check> {
    let ((name, title), origin) = (party.called(), party.called_origin());
    let reached = match answer {
        Ok(()) if credentials == Credentials::Refused => {
            failed(name, title, ErrorCode::PscClientRefused, format!("{origin}\u{a0}: {}", proof_of(credentials)))
        }
        Ok(()) => passed(name, title, Some(format!("{origin}. {}", proof_of(credentials)))),
        Err(error) => failed(name, title, error.code(), format!("{origin}\u{a0}: {}", error.in_french())),
    };
    let mut checks = vec![reached];
    checks.extend(party.clock_ahead_s().map(|ahead_s| clocks(ahead_s, party.clock_wrong_by_s().is_some())));
    checks
}

/// A document that anybody may read says nothing of who asks for it.
const fn proof_of(credentials: Credentials) -> &'static str {
    match credentials {
        Credentials::Unproven => "Seule une connexion vérifie l’identifiant et le secret (ou le certificat) du serveur.",
        Credentials::Accepted => "L’identifiant et le secret (ou le certificat) du serveur y ont été acceptés.",
        Credentials::Refused => "L’identifiant, le secret ou le certificat du serveur y ont été refusés à la dernière connexion.",
    }
}

fn clocks(ahead_s: i64, is_wrong: bool) -> Check {
    let (name, title) = ("clock", "Horloge");
    let detail = match ahead_s {
        0 => "À l’heure de Pro Santé Connect, à une seconde près.".to_owned(),
        1.. => format!("En avance de {} sur Pro Santé Connect.", Language::Fr.length(ahead_s.unsigned_abs())),
        _ => format!("En retard de {} sur Pro Santé Connect.", Language::Fr.length(ahead_s.unsigned_abs())),
    };
    if is_wrong { failed(name, title, ErrorCode::ClockWrong, detail) } else { passed(name, title, Some(detail)) }
}

/// What the environment says of a proxy is not read: said where someone may count on it.
fn unread_proxy(config: &Config) -> Option<Check> {
    let set = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().find(|name| std::env::var_os(name).is_some())?;
    let detail = format!(
        "La variable {set} est définie, mais n’est pas lue\u{a0}: renseignez [psc.proxy] si Pro Santé Connect est joint par un proxy."
    );
    config.psc.proxy.is_none().then(|| warned("psc_proxy", "Proxy de sortie", detail))
}

#[cfg(test)]
mod tests;
