//! The companion's own certificate (`[listener.tls]`), taken anew when its files change: nobody is disconnected, nothing is restarted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256, SHA256_OUTPUT_LEN};
use axum_server::tls_rustls::RustlsConfig;
use vestibule_model::ErrorCode;

use crate::certificate::{self, Nearness, Validity};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, ConfigError, ServiceSection, TlsSection};
use crate::looked::Looked;
use crate::ordinary_file;

/// How often the files are looked at when nobody asks.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What is served, and what is known of the files of now.
pub struct OwnCertificate {
    files: TlsSection,
    service: ServiceSection,
    clock: Arc<dyn Clock>,
    tls: RustlsConfig,
    state: Mutex<State>,
}

/// For metrics and the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCertificateState {
    /// Of the chain that is served.
    pub validity: Validity,
    /// The files changed, and what is in them now is not taken: the former pair is still served.
    pub change_refused: bool,
    /// Workstations refuse what is served.
    pub is_untrusted: bool,
}

struct State {
    validity: Validity,
    is_untrusted: bool,
    /// What is served was made from.
    content: Content,
    /// Content that could not serve when it was first seen: someone may be in the middle of replacing two files.
    doubtful: Option<Content>,
    /// Content about which it was said that it cannot serve.
    refused: Option<Content>,
    /// Day and step of the last warning.
    warned: Option<(i64, Nearness)>,
}

type Content = [u8; SHA256_OUTPUT_LEN];

impl OwnCertificate {
    /// Reads the files; `None` when the companion does not terminate TLS. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when certificate and key cannot be served at all. What workstations would refuse is said in the log.
    pub fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Option<Self>, ConfigError> {
        let Some(files) = &config.listener.tls else { return Ok(None) };
        // Before the files are read: a change in between is then seen at the next look.
        let content = content(files);
        let identity = files.read()?;
        let now = clock.now();
        let untrusted = files.judge(&identity, &config.service, now).err();
        if let Some(error) = &untrusted {
            tracing::error!(error.code = %error.code(), %error, "Workstations refuse the companion's own certificate");
        }
        let state = State {
            validity: identity.validity(),
            is_untrusted: untrusted.is_some(),
            content,
            doubtful: None,
            refused: None,
            warned: None,
        };
        let tls = RustlsConfig::from_config(identity.server_config());
        let own = Self { files: files.clone(), service: config.service.clone(), clock, tls, state: Mutex::new(state) };
        warn(&mut own.state(), now);
        Ok(Some(own))
    }

    /// For the listener; follows every change.
    pub fn tls(&self) -> RustlsConfig {
        self.tls.clone()
    }

    /// Looks at the files and at the dates. Performs I/O.
    pub fn watch(&self) -> OwnCertificateState {
        self.look(false);
        let state = self.state();
        OwnCertificateState { validity: state.validity, change_refused: state.refused.is_some(), is_untrusted: state.is_untrusted }
    }

    /// Looks at the files now, because someone says that they are as they should be. Performs I/O.
    pub fn reload(&self) -> Looked {
        self.look(true)
    }

    fn look(&self, is_asked: bool) -> Looked {
        let mut state = self.state();
        let now = self.clock.now();
        let looked = self.follow(&mut state, now, is_asked);
        warn(&mut state, now);
        looked
    }

    fn follow(&self, state: &mut State, now: Timestamp, is_asked: bool) -> Looked {
        let content = content(&self.files);
        if content == state.content {
            (state.doubtful, state.refused) = (None, None);
            return Looked::Same;
        }
        let taken = self.files.read().and_then(|identity| {
            let judged = self.files.judge(&identity, &self.service, now);
            // A pair that workstations refuse never takes the place of one that they accept.
            match judged {
                Err(error) if !state.is_untrusted && state.validity.check(now).is_ok() => Err(error),
                judged => Ok((identity, judged.err())),
            }
        });
        match taken {
            Ok((identity, untrusted)) => {
                self.tls.reload_from_config(identity.server_config());
                (state.validity, state.content) = (identity.validity(), content);
                state.is_untrusted = untrusted.is_some();
                (state.doubtful, state.refused, state.warned) = (None, None, None);
                let ends_in_days = state.validity.days_left(now);
                tracing::info!(ends_in_days, "The companion's own certificate was replaced");
                Looked::Taken
            }
            Err(error) => {
                let is_sure = is_asked || state.doubtful == Some(content);
                if is_sure && state.refused != Some(content) {
                    state.refused = Some(content);
                    tracing::error!(error.code = %error.code(), %error, "The new certificate of the companion cannot serve; the former one still does");
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
fn warn(state: &mut State, now: Timestamp) {
    let nearness = state.validity.nearness(now);
    let said = (certificate::day(now), nearness);
    if state.warned == Some(said) {
        return;
    }
    state.warned = Some(said);
    let code = ErrorCode::CertificateExpiring;
    let ends_in_days = state.validity.days_left(now);
    match nearness {
        Nearness::Far => {}
        Nearness::SixtyDays => {
            tracing::info!(error.code = %code, ends_in_days, "The companion's own certificate ends in less than sixty days")
        }
        Nearness::ThirtyDays => {
            tracing::warn!(error.code = %code, ends_in_days, "The companion's own certificate ends in less than thirty days")
        }
        Nearness::SevenDays => {
            tracing::error!(error.code = %code, ends_in_days, "The companion's own certificate ends in less than seven days")
        }
        Nearness::Over => {
            let code = ErrorCode::ListenerCertificateUntrusted;
            tracing::error!(error.code = %code, ends_in_days, "The companion's own certificate is over: workstations refuse it");
        }
    }
}

/// A trace of what is in the files, or of why it cannot be known.
fn content(files: &TlsSection) -> Content {
    let mut context = digest::Context::new(&SHA256);
    for path in [&files.certificate_file, &files.key_file] {
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

#[cfg(test)]
mod tests;
