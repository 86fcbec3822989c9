//! The TLS link to a provider (EXI 24): client certificate and authorities, taken anew when their files change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256, SHA256_OUTPUT_LEN};
use secrecy::ExposeSecret as _;
use vestibule_model::ErrorCode;

use super::LinkSettings;
use crate::certificate::{self, Nearness, Validity};
use crate::clock::{Clock, Timestamp};
use crate::config::ConfigError;
use crate::looked::Looked;
use crate::ordinary_file;

/// How often the files are looked at, at most, in milliseconds.
const LOOK_PAUSE_MS: i64 = 5 * 1000;

/// What was made of the files of one moment, and what is known of those of now.
pub struct TlsLink {
    settings: LinkSettings,
    limit: Duration,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

/// For metrics and the doctor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkState {
    /// Of the certificate that is presented, if any.
    pub certificate: Option<Validity>,
    /// The files changed, and what is in them now cannot serve: the former ones still do.
    pub change_refused: bool,
}

/// Both present the same certificate and trust the same authorities.
#[derive(Clone)]
pub struct Clients {
    /// For every call.
    pub usual: reqwest::Client,
    /// TLS 1.2 and no later: there a refused certificate is told within the handshake, in 1.3 only after it, where the reason can get lost.
    pub outspoken: reqwest::Client,
}

struct State {
    clients: Clients,
    certificate: Option<Validity>,
    /// What `clients` was made from.
    content: Content,
    /// Content that could not serve when it was first seen: someone may be in the middle of replacing two files.
    doubtful: Option<Content>,
    /// Content about which it was said that it cannot serve.
    refused: Option<Content>,
    looked_at: Timestamp,
    /// Day and step of the last warning.
    warned: Option<(i64, Nearness)>,
}

type Content = [u8; SHA256_OUTPUT_LEN];

impl TlsLink {
    /// Reads the files and prepares the client; calls nobody. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when certificate, key or authorities cannot serve at this moment.
    pub fn open(settings: &LinkSettings, limit: Duration, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let now = clock.now();
        // Before the files are read: a change in between is then seen at the next look.
        let content = content(settings);
        let (clients, certificate) = clients(settings, limit, now)?;
        let state = State { clients, certificate, content, doubtful: None, refused: None, looked_at: now, warned: None };
        let link = Self { settings: settings.clone(), limit, clock, state: Mutex::new(state) };
        warn(settings.called, &mut link.state(), now);
        Ok(link)
    }

    /// The clients of this moment. Calls under way keep theirs. Performs I/O every few seconds at most.
    pub fn clients(&self) -> Clients {
        self.look().clients.clone()
    }

    /// As [`TlsLink::clients`], to watch over the files and their dates even when nobody signs in.
    pub fn watch(&self) -> LinkState {
        let state = self.look();
        LinkState { certificate: state.certificate, change_refused: state.refused.is_some() }
    }

    /// As [`TlsLink::watch`], at once and whatever was seen a moment ago: someone says that the files are as they should be.
    pub fn reload(&self) -> Looked {
        let mut state = self.state();
        let now = self.clock.now();
        state.looked_at = now;
        // Said now, and not only when the same is seen a second time.
        state.doubtful = Some(content(&self.settings));
        let looked = self.follow(&mut state, now);
        warn(self.settings.called, &mut state, now);
        looked
    }

    fn look(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        let now = self.clock.now();
        // A clock that was set back must not blind us.
        if (0..LOOK_PAUSE_MS).contains(&now.millis_since(state.looked_at)) {
            return state;
        }
        state.looked_at = now;
        self.follow(&mut state, now);
        warn(self.settings.called, &mut state, now);
        state
    }

    fn follow(&self, state: &mut State, now: Timestamp) -> Looked {
        let content = content(&self.settings);
        if content == state.content {
            (state.doubtful, state.refused) = (None, None);
            return Looked::Same;
        }
        match clients(&self.settings, self.limit, now) {
            Ok((clients, certificate)) => {
                (state.clients, state.certificate, state.content) = (clients, certificate, content);
                (state.doubtful, state.refused, state.warned) = (None, None, None);
                let ends_in_days = certificate.map(|validity| validity.days_left(now));
                tracing::info!(ends_in_days, "The certificates towards {} were replaced", self.settings.called);
                Looked::Taken
            }
            Err(error) => {
                if state.doubtful == Some(content) && state.refused != Some(content) {
                    state.refused = Some(content);
                    tracing::error!(error.code = %error.code(), %error, "The new certificates towards {} cannot serve; the former ones still do", self.settings.called);
                }
                state.doubtful = Some(content);
                Looked::Refused
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Once a day, and at each step, louder and louder.
fn warn(called: &str, state: &mut State, now: Timestamp) {
    let Some(validity) = state.certificate else { return };
    let nearness = validity.nearness(now);
    let said = (certificate::day(now), nearness);
    if state.warned == Some(said) {
        return;
    }
    state.warned = Some(said);
    let code = ErrorCode::CertificateExpiring;
    let ends_in_days = validity.days_left(now);
    match nearness {
        Nearness::Far => {}
        Nearness::SixtyDays => {
            tracing::info!(error.code = %code, ends_in_days, "The client certificate towards {called} ends in less than sixty days");
        }
        Nearness::ThirtyDays => {
            tracing::warn!(error.code = %code, ends_in_days, "The client certificate towards {called} ends in less than thirty days");
        }
        Nearness::SevenDays => {
            tracing::error!(error.code = %code, ends_in_days, "The client certificate towards {called} ends in less than seven days");
        }
        Nearness::Over => {
            let code = ErrorCode::CertificateRefused;
            tracing::error!(error.code = %code, ends_in_days, "The client certificate towards {called} is over: sign-ins fail");
        }
    }
}

/// A trace of what is in the files, or of why it cannot be known: small files, and a date would not tell every change.
fn content(settings: &LinkSettings) -> Content {
    let certificate = settings.client_certificate.iter().flat_map(|section| section.paths());
    let proxy = settings.proxy.iter().filter_map(|proxy| proxy.password_file.as_deref());
    let mut context = digest::Context::new(&SHA256);
    for path in settings.extra_ca_file.iter().map(std::path::PathBuf::as_path).chain(certificate).chain(proxy) {
        let (mark, bytes) = match ordinary_file::read(path) {
            Ok(bytes) => (b'+', zeroize::Zeroizing::new(bytes)),
            Err(error) => (b'-', zeroize::Zeroizing::new(error.to_string().into_bytes())),
        };
        context.update(&[mark]);
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(&bytes);
    }
    let mut content = Content::default();
    content.copy_from_slice(context.finish().as_ref());
    content
}

fn clients(settings: &LinkSettings, limit: Duration, now: Timestamp) -> Result<(Clients, Option<Validity>), ConfigError> {
    let mut validity = None;
    let mut pair = None;
    if let Some(section) = &settings.client_certificate {
        let refused = |reason: String| ConfigError::refused(ErrorCode::CertificateRefused, settings.key("client_certificate"), reason);
        let identity = section.read()?;
        identity.validity().check(now).map_err(|reason| refused(reason.to_string()))?;
        pair = Some(reqwest::Identity::from_pem(identity.pem()).map_err(|_| refused("refusé par la bibliothèque TLS".into()))?);
        validity = Some(identity.validity());
    }
    let authorities = authorities(settings)?;
    let proxy = proxy(settings)?;
    let client = |latest| {
        let mut builder = client(settings, limit).tls_version_max(latest).tls_certs_merge(authorities.iter().cloned());
        if let Some(proxy) = &proxy {
            builder = builder.proxy(proxy.clone());
        }
        if let Some(pair) = &pair {
            builder = builder.identity(pair.clone());
        }
        builder.build().map_err(|source| {
            let reason = format!("la bibliothèque TLS refuse cette configuration\u{a0}: {source}");
            ConfigError::refused(ErrorCode::ConfigurationInvalid, settings.key("extra_ca_file"), reason)
        })
    };
    let clients = Clients { usual: client(reqwest::tls::Version::TLS_1_3)?, outspoken: client(reqwest::tls::Version::TLS_1_2)? };
    Ok((clients, validity))
}

fn client(settings: &LinkSettings, limit: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // The configuration alone says which way calls take: never the environment, which a shell or a service manager may have filled.
        .no_proxy()
        .timeout(limit)
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .user_agent(concat!("vestibule-companion/", env!("CARGO_PKG_VERSION")))
        .https_only(settings.https_only)
}

fn proxy(settings: &LinkSettings) -> Result<Option<reqwest::Proxy>, ConfigError> {
    let Some(section) = &settings.proxy else { return Ok(None) };
    let unusable = |_| ConfigError::refused(ErrorCode::ConfigurationInvalid, settings.key("proxy.url"), "adresse inutilisable");
    let proxy = reqwest::Proxy::all(section.url.as_str()).map_err(unusable)?;
    Ok(Some(match section.credentials()? {
        Some((user, password)) => proxy.basic_auth(&user, password.expose_secret()),
        None => proxy,
    }))
}

fn authorities(settings: &LinkSettings) -> Result<Vec<reqwest::Certificate>, ConfigError> {
    let refused = |reason: String| ConfigError::refused(ErrorCode::ConfigurationInvalid, settings.key("extra_ca_file"), reason);
    let Some(file) = &settings.extra_ca_file else { return Ok(Vec::new()) };
    let unreadable = |source| ConfigError::of_file(ErrorCode::ConfigurationInvalid, settings.key("extra_ca_file"), file, &source);
    let pem = ordinary_file::read(file).map_err(unreadable)?;
    let authorities = certificate::chain(&pem).map_err(|reason| refused(reason.to_string()))?;
    let authorities: Result<Vec<_>, _> = authorities.iter().map(|authority| reqwest::Certificate::from_der(authority)).collect();
    authorities.map_err(|_| refused("une autorité de certification est illisible".into()))
}

#[cfg(test)]
mod tests;
