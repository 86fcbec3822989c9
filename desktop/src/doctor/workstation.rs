//! What this workstation can tell by itself.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use vestibule_model::ErrorCode;

use super::{Check, Verdict};
use crate::device::key_among;
use crate::device_key::DeviceKey;
use crate::exchange::loopback::{BindError, Listener};
use crate::keyring::{ANSWER, Keyring};
use crate::logging::files::LogFile;
use crate::paths::Paths;
use crate::ports::Ports;
use crate::settings::{ActivitySource, ExchangeChoice, Settings, SettingsError, Source};
use crate::system_words::SystemFault;
use crate::words::{Title, Words};
use crate::{logging, route};

pub(super) fn settings(settings: Result<&Settings, &SettingsError>, words: &dyn Words) -> Check {
    match settings {
        Ok(settings) => {
            let (address, sources) = (settings.companion_url.origin().ascii_serialization(), &settings.sources);
            let (source, exchange) = (words.source(sources.companion_url), settings.exchange.name());
            let is_enrolled = settings.enrolment_token.is_some();
            let found = words.settings_found(&address, source, &sources.policy_file, exchange, is_enrolled);
            Check::ok(Title::Settings, words, found)
        }
        Err(error) => Check::wrong(Title::Settings, words, Verdict::Failure, error.code(), words.settings_error(error)),
    }
}

/// The way, who decided it, and what other programs would have followed instead.
pub(super) fn route(settings: &Settings, words: &dyn Words) -> Check {
    let is_managed = settings.sources.companion_url == Source::MachinePolicy;
    let ignored = route::ignored_variables(is_managed, &|name| std::env::var_os(name));
    let mut detail = words.route(&settings.route);
    if !ignored.is_empty() {
        detail.push_str(&words.variables_ignored(&ignored.join(", ")));
    }
    Check::ok(Title::Route, words, detail)
}

/// The keyring, and the device key that is in it.
pub(super) async fn keyring(settings: &Settings, ports: &Ports, words: &dyn Words) -> (Check, Option<DeviceKey>) {
    let ok = |detail| Check::ok(Title::Keyring, words, detail);
    let wrong = |code: ErrorCode| Check::wrong(Title::Keyring, words, Verdict::Warning, code, words.explanation(code).cause);
    let keyring = Keyring::new(ports.keyring.clone(), ports.clock.clone(), settings.keyring_account());
    match keyring.load(ANSWER).await {
        Ok(texts) if texts.len() > 1 => (wrong(ErrorCode::KeyringAmbiguous), key_among(&texts)),
        Ok(texts) => match key_among(&texts) {
            Some(key) => (ok(words.key_there()), Some(key)),
            None if texts.is_empty() && keyring.new_entry_waits().await == Some(true) => {
                (Check { detail: words.keyring_locked().to_owned(), ..wrong(ErrorCode::KeyringLocked) }, None)
            }
            None if texts.is_empty() => (ok(words.no_key()), None),
            None => (ok(words.entry_unreadable()), None),
        },
        Err(error) => (wrong(error.code()), None),
    }
}

pub(super) async fn browser(ports: &Ports, words: &dyn Words) -> Check {
    let launcher = ports.browser.launcher().await;
    let told = words.launcher(&launcher);
    if launcher.opens() {
        Check::ok(Title::Browser, words, told)
    } else {
        Check::wrong(Title::Browser, words, Verdict::Failure, ErrorCode::BrowserNotOpened, told)
    }
}

/// The private-use scheme is a second road: its absence is a fault only where the policy allows no other.
pub(super) async fn return_scheme(settings: &Settings, ports: &Ports, words: &dyn Words) -> Check {
    let scheme = &settings.return_scheme;
    match ports.handlers.handler(scheme).await {
        Some(handler) => Check::ok(Title::ReturnScheme, words, words.scheme_opened(scheme, &handler)),
        None if settings.exchange == ExchangeChoice::Scheme => {
            let detail = words.scheme_needed(scheme);
            Check::wrong(Title::ReturnScheme, words, Verdict::Failure, ErrorCode::ReturnSchemeUnregistered, detail)
        }
        None => Check::ok(Title::ReturnScheme, words, words.scheme_optional(scheme)),
    }
}

/// What keeps a session open. That the system says nothing is no fault: the window counts everywhere.
pub(super) async fn activity(settings: &Settings, ports: &Ports, words: &dyn Words) -> Check {
    let source = settings.activity_source;
    let is_readable = source == ActivitySource::Workstation && ports.workstation_input.since_last().await.is_some();
    Check::ok(Title::Activity, words, words.activity(source, is_readable))
}

/// Where support finds the log, which nothing else depends on.
pub(super) fn log(settings: Option<&Settings>, words: &dyn Words) -> Check {
    let Some(folder) = settings.map(|settings| settings.paths.logs.clone()).or_else(|| Some(Paths::of_this_user().ok()?.logs)) else {
        let code = ErrorCode::HomeUnknown;
        return Check::wrong(Title::Log, words, Verdict::Warning, code, words.explanation(code).cause);
    };
    match logging::files::all(&folder) {
        Ok(files) => {
            let bytes: u64 = files.iter().map(LogFile::bytes).sum();
            Check::ok(Title::Log, words, words.log_folder(&folder, files.len(), bytes.div_ceil(1024)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Check::ok(Title::Log, words, words.log_folder(&folder, 0, 0)),
        Err(error) => {
            let detail = words.log_folder_refused(&folder, &words.system_fault(SystemFault::from(&error)));
            Check::wrong(Title::Log, words, Verdict::Warning, ErrorCode::LogUnreadable, detail)
        }
    }
}

pub(super) async fn loopback(ports: &Ports, words: &dyn Words) -> Check {
    let failure = |code, detail: String| Check::wrong(Title::Loopback, words, Verdict::Failure, code, detail);
    let listener = match Listener::bind(ports.random.as_ref()).await {
        Ok(listener) => listener,
        Err(error) => return failure(error.code(), bind_fault(&error, words)),
    };
    let server = std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, listener.port());
    let connecting = tokio::time::timeout(Duration::from_secs(2), tokio::net::TcpStream::connect(server));
    let Ok(Ok(stream)) = connecting.await else {
        return failure(ErrorCode::LoopbackUnavailable, words.loopback_silent().to_owned());
    };
    let ours = matches!(stream.local_addr(), Ok(SocketAddr::V4(client)) if ports.peer_owner.owner(client, server).is_let_in());
    if !ours {
        return failure(ErrorCode::LoopbackUnavailable, words.loopback_unowned().to_owned());
    }
    Check::ok(Title::Loopback, words, words.loopback_good())
}

fn bind_fault(error: &BindError, words: &dyn Words) -> String {
    match error {
        BindError::Refused(error) => words.loopback_refused(&words.system_fault(SystemFault::from(error))),
        BindError::Random(_) => words.no_random().to_owned(),
    }
}
