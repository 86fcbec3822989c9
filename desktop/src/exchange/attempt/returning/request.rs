//! One pushed request: what the companion knows of it, and what this app alone does.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use vestibule_model::Secret;
use vestibule_model::exchange::{Exchange, PushedAuthorizationAnswer, PushedAuthorizationRequest, TokenAnswer, path};
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::companion::{Companion, CompanionError};
use crate::device_key::code_challenge;
use crate::exchange::attempt::letters::ReturnedCode;
use crate::exchange::attempt::{Attempt, Ended, Started};
use crate::exchange::{loopback, scheme};
use crate::secret::same;

/// Requests are never used a second time, and neither is any secret of theirs.
pub(super) struct PushedRequest {
    pushed: PushedAuthorizationAnswer,
    verifier: SecretString,
    state: SecretString,
    redirect_uri: Secret,
    language: Language,
    /// Random part of the return through the scheme.
    random: Option<SecretString>,
    /// By [`crate::clock::Clock::elapsed`]: until when the browser may open it.
    pub opens_until: Duration,
    /// The same: until when a session may come of it.
    pub ends_at: Duration,
}

impl Attempt {
    /// Pushes a request whose answer comes back by `way`, to the listener at `loopback_uri` or through the scheme.
    pub(super) async fn push(&self, way: Exchange, loopback_uri: &str) -> Result<PushedRequest, Ended> {
        let (redirect_uri, random) = match self.door.as_ref().filter(|_| way == Exchange::Scheme) {
            Some(door) => {
                let random = self.secret()?;
                (Secret::from(format!("{}:/cb/{}", door.scheme(), random.expose_secret())), Some(random))
            }
            None => (Secret::from(loopback_uri), None),
        };
        let (verifier, state) = (self.secret()?, self.secret()?);
        let request = PushedAuthorizationRequest {
            client_id: self.link.companion.client_id().to_owned(),
            response_type: "code".to_owned(),
            redirect_uri: redirect_uri.clone(),
            code_challenge: code_challenge(&verifier),
            code_challenge_method: "S256".to_owned(),
            state: (&state).into(),
            dpop_jkt: Some(self.link.companion.thumbprint().to_owned()),
            device_label: self.label(),
            enrolment_token: self.enrolment(),
            exchange_hint: Some(way),
            ui_locales: Some(self.language.tag().to_owned()),
        };
        let pushed = self.start(|| self.link.companion.push(&request)).await?;
        let after = |seconds: u32| self.ports.clock.elapsed() + Duration::from_secs(u64::from(seconds));
        let (opens_until, ends_at) = (after(pushed.expires_in), after(pushed.sign_in_expires_in));
        Ok(PushedRequest { pushed, verifier, state, redirect_uri, language: self.language, random, opens_until, ends_at })
    }
}

impl PushedRequest {
    pub fn id(&self) -> &SignInId {
        &self.pushed.sign_in_id
    }

    pub fn events_uri(&self) -> &str {
        &self.pushed.events_uri
    }

    /// As whoever shows the attempt is told of it.
    pub fn started(&self, way: Exchange, now: Duration) -> Started {
        Started {
            sign_in_id: self.id().clone(),
            match_number: self.pushed.match_number.expose().to_owned(),
            ends_in: self.ends_at.saturating_sub(now),
            exchange: way,
            exchanges: self.pushed.exchanges.clone(),
            link: None,
            link_ends_in: Duration::ZERO,
        }
    }

    /// The companion's page that consumes it.
    pub fn authorize(&self, companion: &Companion) -> Url {
        let mut authorize = companion.address(path::AUTHORIZE);
        let request = [("client_id", companion.client_id()), ("request_uri", self.pushed.request_uri.expose())];
        authorize.query_pairs_mut().extend_pairs(request);
        authorize
    }

    /// The companion's "you may go back" page.
    pub fn page(&self, companion: &Companion) -> Url {
        let mut returned = companion.address(path::RETURN);
        returned.query_pairs_mut().append_pair("id", &self.id().0).append_pair("ui_locales", self.language.tag());
        returned
    }

    /// Whether an answer with this state is the answer to it.
    pub fn has_state(&self, state: &SecretString) -> bool {
        same(&self.state, state)
    }

    /// The answer that the listener takes; none when it comes by the scheme.
    pub fn by_loopback(&self, companion: &Companion) -> Option<loopback::Awaited> {
        self.random.is_none().then(|| loopback::Awaited { state: self.state.clone(), returned: self.page(companion) })
    }

    /// The answer that the system brings, when it comes by the scheme.
    pub fn by_scheme(&self) -> Option<scheme::Awaited> {
        Some(scheme::Awaited { random: self.random.clone()?, state: self.state.clone() })
    }

    /// A code that came back, beside which letters are due.
    pub fn returned(&self, code: SecretString) -> ReturnedCode<'_> {
        ReturnedCode { pushed: &self.pushed, code, verifier: self.verifier.clone(), redirect_uri: self.redirect_uri.clone() }
    }

    /// A code lives sixty seconds: an unreachable companion is asked three times.
    pub async fn redeem(&self, attempt: &Attempt, code: &SecretString) -> Result<TokenAnswer, CompanionError> {
        for pause in [1, 3] {
            match attempt.link.companion.redeem(code, &self.verifier, &self.redirect_uri, None).await {
                Err(error) if error.is_passing() => attempt.ports.clock.sleep(Duration::from_secs(pause)).await,
                outcome => return outcome,
            }
        }
        attempt.link.companion.redeem(code, &self.verifier, &self.redirect_uri, None).await
    }
}
