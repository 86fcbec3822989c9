//! The companion's own side before the lying provider: what it is configured with, its clock, and one exchange.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use vestibule_installation::Installation;
use vestibule_installation::place::write_private;
use vestibule_lying_provider::{Behaviour, CLIENT_ID, CLIENT_SECRET, CODE, LyingProvider, Reply};
use vestibule_model::ErrorCode;

use super::oidc::{CHAIN_LIMIT, Limits};
use super::psc::ProSanteConnect;
use super::{Identity, PendingAuthorization, Provider as _, ProviderError};
use crate::clock::{ManualClock, Timestamp};
use crate::config::Config;
use crate::random::SystemRandom;

/// Long enough for any answer of a busy machine, short enough for a test.
pub const SHORT_LIMIT: Duration = Duration::from_millis(1200);
/// The moment at which the tests take place.
pub const NOW: Timestamp = Timestamp(1_800_000_000_000);
/// The nonce that was sent.
const NONCE: &str = "nonce-d-essai";
/// One code serves every exchange of a test.
const FRANK: Behaviour = Behaviour { keeps_codes: true, ..Behaviour::HONEST };

/// A running provider and what leads to it.
pub struct LiedTo {
    provider: LyingProvider,
    pub clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

impl LiedTo {
    /// By a provider that is honest for now.
    pub async fn start() -> Self {
        let provider = LyingProvider::start(FRANK, NOW.unix_seconds()).await;
        provider.learn(NONCE, "");
        let folder = tempfile::tempdir().expect("a folder");
        Installation::least().write(folder.path()).expect("written");
        write_private(&folder.path().join("client-secret"), format!("{CLIENT_SECRET}\n")).expect("written");
        Self { provider, clock: Arc::new(ManualClock::at(NOW)), folder }
    }

    /// A configuration that leads here; `psc` are further lines of its section.
    pub fn config(&self, psc: &str) -> Config {
        self.config_towards(&self.origin(), psc)
    }

    /// As [`LiedTo::config`], towards another authentication host.
    pub fn config_towards(&self, auth_url: &str, psc: &str) -> Config {
        let installation = Installation::least()
            .known_as("https://vestibule.hopital.example")
            .towards(auth_url, &self.origin())
            .with(&format!("[psc]\nclient_id = \"{CLIENT_ID}\"\n{psc}"));
        Config::parse(&installation.text(), self.folder.path()).expect("a sound configuration")
    }

    /// Every request so far.
    pub fn seen_count(&self) -> usize {
        self.heard().len()
    }

    /// Replaces every answer of an endpoint.
    pub fn fail(&self, endpoint: Endpoint, reply: Reply) {
        self.bend(|behaviour| match endpoint {
            Endpoint::Discovery => behaviour.discovery = reply,
            Endpoint::Token => {
                behaviour.refresh = reply.clone();
                behaviour.token = reply;
            }
            Endpoint::Userinfo => behaviour.userinfo = reply,
            Endpoint::Keys => behaviour.jwks = reply,
            Endpoint::Logout => behaviour.end_session = reply,
        });
    }

    pub fn recover(&self) {
        self.bend(|behaviour| *behaviour = FRANK);
    }
}

impl Deref for LiedTo {
    type Target = LyingProvider;

    fn deref(&self) -> &LyingProvider {
        &self.provider
    }
}

/// Where the companion calls.
#[derive(Debug, Clone, Copy)]
pub enum Endpoint {
    Discovery,
    Keys,
    Token,
    Userinfo,
    Logout,
}

pub fn party(provider: &LiedTo, psc: &str) -> ProSanteConnect {
    ProSanteConnect::new(&provider.config(psc), provider.clock.clone(), Arc::new(SystemRandom)).expect("prepared")
}

pub fn hasty_party(provider: &LiedTo) -> ProSanteConnect {
    let limits = Limits { call: SHORT_LIMIT, chain: CHAIN_LIMIT };
    ProSanteConnect::with_limits(&provider.config(""), limits, provider.clock.clone(), Arc::new(SystemRandom)).expect("prepared")
}

pub async fn exchange(party: &ProSanteConnect) -> Result<Identity, ProviderError> {
    let [code, nonce, pkce_verifier] = [CODE, NONCE, "verifieur-d-essai-de-quarante-trois-caracteres"].map(SecretString::from);
    party.exchange(&code, PendingAuthorization { nonce: &nonce, pkce_verifier: &pkce_verifier }).await
}

/// Refused with this code before userinfo was asked.
#[track_caller]
pub fn assert_refused_early(provider: &LiedTo, result: Result<Identity, ProviderError>, code: ErrorCode, why: &str) {
    let error = result.expect_err(why);
    assert_eq!(error.code(), code, "{why}: {error}");
    assert_eq!(provider.calls("/userinfo"), 0, "{why}: userinfo was asked all the same");
}
