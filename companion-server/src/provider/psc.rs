//! What is Pro Santé Connect's alone: its endpoints, levels, claims and rules of userinfo, the local provider behind it, the end of its session
//! (EXI 08, 09, 10, 16, 17, 20, 23).

mod claims;
mod end_of_session;
mod endpoints;

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::exchange::path;
use vestibule_model::session::{PscEnvironment, SignInMeans};

use self::end_of_session::EndOfSession;
use super::error::printable;
use super::oidc::{Demand, Limits, LinkSettings, RelyingParty, Settings, signed_token};
use super::{
    AuthorizationRequest, AuthorizationWish, BrowserEndSession, Identity, PendingAuthorization, Provider, ProviderError, RefreshedTokens,
};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, PscSection, UserinfoSub};
use crate::random::Random;

pub(super) use claims::practitioner;
pub(super) use endpoints::endpoints;

/// EXI 17, with `openid`.
const SCOPE: &str = "scope_all";
/// EXI 16.
const LEVEL: &str = "eidas1";

/// Pro Santé Connect, as sign-ins and sessions ask it.
pub struct ProSanteConnect {
    party: Arc<RelyingParty>,
    environment: PscEnvironment,
    accepted_acr: Vec<String>,
    userinfo_sub: UserinfoSub,
    end_of_session: EndOfSession,
}

impl ProSanteConnect {
    /// Reads the client secret and the client certificate; calls nobody. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when the secret, the certificate or the extra authorities cannot be used at this moment.
    pub fn new(config: &Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Self, ConfigError> {
        Self::with_limits(config, Limits::default(), clock, random)
    }

    /// As [`ProSanteConnect::new`], with other time limits.
    ///
    /// # Errors
    /// As [`ProSanteConnect::new`].
    pub fn with_limits(config: &Config, limits: Limits, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Self, ConfigError> {
        let psc = &config.psc;
        let settings = settings(psc, config.service.address(path::PSC_CALLBACK));
        let end_of_session = EndOfSession::new(psc, &settings.endpoints.issuer, config.service.address(path::PSC_LOGOUT_RETURN))?;
        Ok(Self {
            party: Arc::new(RelyingParty::new(settings, limits, clock, random)?),
            environment: psc.environment,
            accepted_acr: psc.accepted_acr.clone(),
            userinfo_sub: psc.userinfo_sub,
            end_of_session,
        })
    }

    /// The companion as its client.
    pub fn party(&self) -> Arc<RelyingParty> {
        Arc::clone(&self.party)
    }

    /// The ID token is checked, userinfo is asked at once and checked against it.
    async fn identify(&self, code: &SecretString, pending: PendingAuthorization<'_>) -> Result<Identity, ProviderError> {
        let redeemed = self.party.redeem(code, pending).await?;
        let (tokens, verified) = (redeemed.tokens, redeemed.verified);

        // The access token is meant for others, but Pro Santé Connect has been seen putting the level and the means there only.
        let informative = signed_token(&redeemed.metadata.keys, tokens.access_token.expose_secret()).unwrap_or_default();
        let acr = verified.acr.clone().or_else(|| informative.get("acr")?.as_str().map(str::to_owned));
        self.check_level(acr.as_deref())?;
        let means = claims::means(&verified.claims).or_else(|| claims::means(&informative));

        let userinfo = self.party.userinfo(&redeemed.metadata, &tokens.access_token).await?;
        let practitioner = claims::practitioner(&userinfo, &verified.subject, self.userinfo_sub)?;
        tracing::debug!(
            acr = acr.as_deref().map(printable),
            means = means.map(SignInMeans::name),
            "Pro Santé Connect vouches for a practitioner"
        );
        Ok(Identity { practitioner, means, acr, tokens, subject: verified.subject })
    }

    /// EXI 16: the level is judged by the administrator's list, never by equality with what was asked.
    fn check_level(&self, acr: Option<&str>) -> Result<(), ProviderError> {
        let is_accepted = self.accepted_acr.is_empty() || acr.is_some_and(|acr| self.accepted_acr.iter().any(|accepted| accepted == acr));
        if is_accepted { Ok(()) } else { Err(ProviderError::AssuranceLevelRefused) }
    }
}

#[async_trait]
impl Provider for ProSanteConnect {
    /// Exactly `openid scope_all` and `acr_values=eidas1`, and what depends on workstation and moment.
    async fn authorization_request(&self, wish: AuthorizationWish<'_>) -> Result<AuthorizationRequest, ProviderError> {
        let hint = wish.idp_hint.map(|hint| ("kc_idp_hint", hint));
        let prompt = wish.prompt_login.then_some(("prompt", "login"));
        let further = hint.into_iter().chain(prompt).collect();
        self.party.authorization_request(Demand { scope: SCOPE, level: LEVEL, further }).await
    }

    fn check_issuer(&self, iss: Option<&str>) -> Result<(), ProviderError> {
        self.party.check_issuer(iss)
    }

    async fn exchange(&self, code: &SecretString, pending: PendingAuthorization<'_>) -> Result<Identity, ProviderError> {
        self.party.in_time(self.identify(code, pending)).await
    }

    async fn refresh(&self, refresh_token: &SecretString, expected_subject: &str) -> Result<RefreshedTokens, ProviderError> {
        self.party.in_time(self.party.refresh(refresh_token, expected_subject)).await
    }

    async fn end_session(&self, id_token_hint: &SecretString) -> Result<(), ProviderError> {
        self.end_of_session.ask(&self.party, id_token_hint).await
    }

    fn browser_end_session(&self, id_token_hint: &SecretString, state: &SecretString) -> BrowserEndSession {
        self.end_of_session.through_the_browser(id_token_hint, state)
    }

    fn environment(&self) -> PscEnvironment {
        self.environment
    }
}

/// The section `[psc]`, as any relying party is told.
fn settings(psc: &PscSection, callback: String) -> Settings {
    let of_the_secret = psc.clone();
    Settings {
        link: link_settings(psc),
        endpoints: endpoints(psc),
        client_id: psc.client_id.clone(),
        client_secret: Box::new(move || of_the_secret.read_client_secret()),
        auth_method: psc.auth_method,
        callback,
    }
}

pub(super) fn link_settings(psc: &PscSection) -> LinkSettings {
    LinkSettings {
        section: "psc",
        called: "Pro Santé Connect",
        https_only: psc.environment != PscEnvironment::Simulator,
        extra_ca_file: psc.extra_ca_file.clone(),
        proxy: psc.proxy.clone(),
        client_certificate: psc.client_certificate.clone(),
    }
}

#[cfg(test)]
mod tests;
