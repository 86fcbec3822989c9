//! What this workstation can tell by itself.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use vestibule_model::ErrorCode;

use super::{Check, Verdict, cause};
use crate::browser::Launcher;
use crate::device::key_among;
use crate::device_key::DeviceKey;
use crate::exchange::loopback::{BindError, Listener};
use crate::keyring::{ANSWER, Keyring};
use crate::ports::Ports;
use crate::route;
use crate::settings::{ExchangeChoice, Settings, SettingsError, Source};
use crate::system_words::SystemFault;

pub(super) fn settings(settings: Result<&Settings, &SettingsError>) -> Check {
    const ID: &str = "settings";
    const TITLE: &str = "Réglages";
    match settings {
        Ok(settings) => {
            let origin = settings.sources.companion_url.in_french();
            let address = settings.companion_url.origin().ascii_serialization();
            let policy = settings.sources.policy_file.display();
            let exchange = settings.exchange.name();
            let enrolment = if settings.enrolment_token.is_some() { "présente" } else { "absente" };
            Check::ok(ID, TITLE, format!("compagnon {address} ({origin}, {policy}), échange {exchange}, clé d’inscription {enrolment}"))
        }
        Err(error) => Check::wrong(ID, TITLE, Verdict::Failure, error.code(), error.in_french()),
    }
}

/// The way, who decided it, and what other programs would have followed instead.
pub(super) fn route(settings: &Settings) -> Check {
    const ID: &str = "route";
    const TITLE: &str = "Accès au compagnon";
    let is_managed = settings.sources.companion_url == Source::MachinePolicy;
    let ignored = route::ignored_variables(is_managed, &|name| std::env::var_os(name));
    let mut detail = settings.route.in_french();
    if !ignored.is_empty() {
        let names = ignored.join(", ");
        detail.push_str(&format!(". Variables d’environnement sans effet ici\u{a0}: {names} (la stratégie du poste en décide)"));
    }
    Check::ok(ID, TITLE, detail)
}

/// The keyring, and the device key that is in it.
pub(super) async fn keyring(settings: &Settings, ports: &Ports) -> (Check, Option<DeviceKey>) {
    const ID: &str = "keyring";
    const TITLE: &str = "Trousseau";
    let wrong = |code: ErrorCode| Check::wrong(ID, TITLE, Verdict::Warning, code, cause(code));
    match Keyring::new(ports.keyring.clone(), ports.clock.clone(), settings.keyring_account()).load(ANSWER).await {
        Ok(texts) if texts.len() > 1 => (wrong(ErrorCode::KeyringAmbiguous), key_among(&texts)),
        Ok(texts) => match key_among(&texts) {
            Some(key) => (Check::ok(ID, TITLE, "disponible, la clé du poste y est".to_owned()), Some(key)),
            None if texts.is_empty() => (Check::ok(ID, TITLE, "disponible, aucune clé pour ce compagnon".to_owned()), None),
            None => (Check::ok(ID, TITLE, "disponible, mais l’entrée est illisible\u{a0}: elle sera remplacée".to_owned()), None),
        },
        Err(error) => (wrong(error.code()), None),
    }
}

pub(super) async fn browser(ports: &Ports) -> Check {
    const ID: &str = "browser";
    const TITLE: &str = "Navigateur";
    let (told, is_good) = launcher_words(&ports.browser.launcher().await);
    if is_good { Check::ok(ID, TITLE, told) } else { Check::wrong(ID, TITLE, Verdict::Failure, ErrorCode::BrowserNotOpened, told) }
}

/// What opens addresses, in French; whether it can.
pub(crate) fn launcher_words(launcher: &Launcher) -> (String, bool) {
    match launcher {
        Launcher::Found { program, browser: Some(browser) } => (format!("{browser}, ouvert par {program}"), true),
        Launcher::Found { program, browser: None } => (format!("ouvert par {program}"), true),
        Launcher::WithoutBrowser { program } => (format!("{program} est là, mais le système n’indique aucun navigateur installé"), false),
        Launcher::PathWithBlank { program, browser } => (
            format!(
                "la variable BROWSER désigne «\u{a0}{browser}\u{a0}», que {program} coupe à l’espace. Donnez à BROWSER un chemin sans espace (un lien symbolique suffit), ou retirez cette variable"
            ),
            false,
        ),
        Launcher::Missing => ("aucun programme pour ouvrir le navigateur".to_owned(), false),
    }
}

/// The private-use scheme is a second road: its absence is a fault only where the policy allows no other.
pub(super) async fn return_scheme(settings: &Settings, ports: &Ports) -> Check {
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

pub(super) async fn loopback(ports: &Ports) -> Check {
    const ID: &str = "loopback";
    const TITLE: &str = "Retour du navigateur";
    let failure = |code, detail| Check::wrong(ID, TITLE, Verdict::Failure, code, detail);
    let listener = match Listener::bind(ports.random.as_ref()).await {
        Ok(listener) => listener,
        Err(error) => return failure(error.code(), bind_fault(&error)),
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

fn bind_fault(error: &BindError) -> String {
    match error {
        BindError::Refused(error) => format!("127.0.0.1 refuse l’écoute\u{a0}: {}", SystemFault::from(error).in_french()),
        BindError::Random(_) => "le système ne fournit pas de nombres aléatoires".to_owned(),
    }
}
