//! The code flow with Pro Santé Connect, from the authorization request to the end of its session.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use openidconnect::core::{CoreResponseType, CoreTokenType};
use openidconnect::{
    AccessToken, AuthType, AuthUrl, AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, Scope, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;
use vestibule_model::exchange::path;
use vestibule_model::{ErrorCode, PscEnvironment};

use super::claims;
use super::error::{PscError, Step, printable};
use super::exchanged::{
    AuthorizationAnswer, AuthorizationRequest, AuthorizationWish, BrowserEndSession, PendingAuthorization, PscSignIn, PscTokens,
    RefreshedTokens,
};
use super::http::{CALL_LIMIT, Http};
use super::id_token::{self, Expected, IdTokenError, Verified};
use super::link::LinkState;
use super::provider::{Provider, ProviderCache};
use super::signing_key::signed_token;
use super::token_answer::{Grant, OidcClient, TokenAnswer, TokenEndpoint, refusal};
use crate::clock::{Clock, Confirmation, Timestamp};
use crate::config::{ClientAuthMethod, Config, ConfigError, PscEndpoints, PscSection, UserinfoSub};
use crate::random::{Random, secret_256};

/// How long the calls of one exchange may take together: a sign-in is given up by the companion a little later.
pub const CHAIN_LIMIT: Duration = Duration::from_secs(40);
/// What was found out for whoever watches the companion is good that long, in milliseconds.
const WATCH_PAUSE_MS: i64 = 60 * 1000;

/// What Pro Santé Connect thinks of the companion's own credentials, as its token endpoint last said: nothing but a sign-in proves them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credentials {
    /// Not presented since the start, or since they were taken anew.
    #[default]
    Unproven,
    /// They opened or kept a session.
    Accepted,
    /// They were refused.
    Refused,
}

/// The companion as a client of Pro Santé Connect. Share it behind an `Arc`.
pub struct RelyingParty {
    environment: PscEnvironment,
    endpoints: PscEndpoints,
    client_id: ClientId,
    psc: PscSection,
    client_secret: RwLock<Option<SecretString>>,
    issuer: IssuerUrl,
    callback: RedirectUrl,
    logout_return: String,
    end_session_page: Url,
    auth_type: AuthType,
    accepted_acr: Vec<String>,
    userinfo_sub: UserinfoSub,
    http: Http,
    chain_limit: Duration,
    provider: ProviderCache,
    watched: Mutex<Option<(Timestamp, Result<(), ErrorCode>)>>,
    credentials: RwLock<Credentials>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl RelyingParty {
    /// Reads the client secret and the client certificate and prepares the HTTP client; calls nobody. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when the secret, the certificate or the extra authorities cannot be used at this moment.
    pub fn new(config: &Config, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Self, ConfigError> {
        Self::with_limits(config, clock, random, CALL_LIMIT, CHAIN_LIMIT)
    }

    /// As [`RelyingParty::new`], with other time limits for each call to Pro Santé Connect, and for those of one exchange together.
    ///
    /// # Errors
    /// As [`RelyingParty::new`].
    pub fn with_limits(
        config: &Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        call: Duration,
        chain: Duration,
    ) -> Result<Self, ConfigError> {
        let psc = &config.psc;
        let endpoints = psc.endpoints();
        let unusable = |key| move |_| ConfigError::refused(ErrorCode::ConfigurationInvalid, key, "adresse inutilisable");
        Ok(Self {
            environment: psc.environment,
            client_id: ClientId::new(psc.client_id.clone()),
            client_secret: RwLock::new(psc.read_client_secret()?),
            psc: psc.clone(),
            issuer: IssuerUrl::new(endpoints.issuer.clone()).map_err(unusable("psc.environment"))?,
            callback: RedirectUrl::new(config.service.address(path::PSC_CALLBACK)).map_err(unusable("service.public_url"))?,
            logout_return: config.service.address(path::PSC_LOGOUT_RETURN),
            end_session_page: Url::parse(&format!("{}/protocol/openid-connect/logout", endpoints.issuer))
                .map_err(unusable("psc.environment"))?,
            auth_type: match psc.auth_method {
                ClientAuthMethod::Basic => AuthType::BasicAuth,
                // Without a secret, the library sends the client id alone, as RFC 8705 section 2 wants it.
                ClientAuthMethod::Post | ClientAuthMethod::TlsClientAuth => AuthType::RequestBody,
            },
            accepted_acr: psc.accepted_acr.clone(),
            userinfo_sub: psc.userinfo_sub,
            http: Http::new(psc, call, Arc::clone(&clock))?,
            chain_limit: chain,
            provider: ProviderCache::new(endpoints.clone(), Arc::clone(&clock)),
            watched: Mutex::default(),
            credentials: RwLock::default(),
            endpoints,
            clock,
            random,
        })
    }

    /// Prepares one trip of the browser to Pro Santé Connect: exactly `openid scope_all`, `acr_values=eidas1`, PKCE S256, state, nonce;
    /// and what depends on workstation and moment.
    ///
    /// # Errors
    /// [`PscError`] when the discovery document cannot be had or used.
    pub async fn authorization_request(&self, wish: AuthorizationWish<'_>) -> Result<AuthorizationRequest, PscError> {
        let provider = self.provider.get(&self.http).await?;
        let client = self.client(&provider);
        let [state, nonce, pkce_verifier] = [(); 3].map(|()| secret_256(&*self.random));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pkce_verifier.expose_secret().to_owned()));
        let (sent_state, sent_nonce) = (CsrfToken::new(state.expose_secret().to_owned()), Nonce::new(nonce.expose_secret().to_owned()));
        let mut request = client
            .authorize_url(AuthenticationFlow::<CoreResponseType>::AuthorizationCode, || sent_state, || sent_nonce)
            // The library adds `openid` by itself (EXI 17).
            .add_scope(Scope::new("scope_all".into()))
            // EXI 16.
            .add_auth_context_value(AuthenticationContextClass::new("eidas1".into()))
            .set_pkce_challenge(challenge);
        if let Some(hint) = wish.idp_hint {
            request = request.add_extra_param("kc_idp_hint", hint);
        }
        if wish.prompt_login {
            request = request.add_extra_param("prompt", "login");
        }
        let (url, _, _) = request.url();
        Ok(AuthorizationRequest { url, state, nonce, pkce_verifier })
    }

    /// Checks the `iss` of an authorization answer, success or error (RFC 9207): absent is accepted, another issuer never.
    ///
    /// # Errors
    /// [`PscError::IssuerMismatch`].
    pub fn check_issuer(&self, iss: Option<&str>) -> Result<(), PscError> {
        match iss {
            Some(iss) if iss != self.endpoints.issuer => Err(PscError::IssuerMismatch),
            _ => Ok(()),
        }
    }

    /// Exchanges the code, checks the ID token, asks userinfo at once and checks it against the ID token.
    ///
    /// # Errors
    /// [`PscError`]; nothing is kept then.
    pub async fn exchange(&self, answer: AuthorizationAnswer<'_>, pending: PendingAuthorization<'_>) -> Result<PscSignIn, PscError> {
        self.in_time(self.exchange_calls(answer, pending)).await
    }

    async fn exchange_calls(&self, answer: AuthorizationAnswer<'_>, pending: PendingAuthorization<'_>) -> Result<PscSignIn, PscError> {
        self.check_issuer(answer.iss)?;
        let provider = self.provider.get(&self.http).await?;
        let client = self.client(&provider);
        let tokens = client
            .exchange_code(AuthorizationCode::new(answer.code.expose_secret().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.pkce_verifier.expose_secret().to_owned()))
            .request_async(&TokenEndpoint(&self.http))
            .await
            .map_err(|error| refusal(Grant::Code, error));
        let tokens = self.note_credentials(tokens)?;
        check_token_type(&tokens)?;

        let id_token = id_token_of(&tokens).ok_or(PscError::IdTokenRefused("it is missing"))?;
        let (verified, provider) = self.verify(id_token, provider, Some(pending.nonce.expose_secret()), tokens.access_token()).await?;

        // The access token is meant for others, but Pro Santé Connect has been seen putting the level and the means there only.
        let informative = signed_token(&provider.keys, tokens.access_token().secret()).unwrap_or_default();
        let acr = verified.acr.clone().or_else(|| informative.get("acr")?.as_str().map(str::to_owned));
        self.check_level(acr.as_deref())?;
        let means = claims::means(&verified.claims).or_else(|| claims::means(&informative));

        let userinfo = self.userinfo(&provider, tokens.access_token()).await?;
        let practitioner = claims::practitioner(&userinfo, &verified.subject, self.userinfo_sub)?;
        tracing::debug!(acr = acr.as_deref().map(printable), ?means, "Pro Santé Connect vouches for a practitioner");
        Ok(PscSignIn {
            practitioner,
            means,
            acr,
            tokens: PscTokens {
                access_token: secret(tokens.access_token().secret()),
                refresh_token: tokens.refresh_token().map(|token| secret(token.secret())),
                id_token: id_token.into(),
                access_expires_in_s: seconds(tokens.expires_in()),
                refresh_expires_in_s: refresh_seconds(&tokens),
            },
            subject: verified.subject,
        })
    }

    /// Refreshes the tokens (EXI 11: only in the wake of activity). A new ID token must be about the same subject.
    ///
    /// # Errors
    /// [`PscError::RefreshRefused`] when the session at Pro Santé Connect is over; others as they are.
    pub async fn refresh(&self, refresh_token: &SecretString, expected_subject: &str) -> Result<RefreshedTokens, PscError> {
        self.in_time(self.refresh_calls(refresh_token, expected_subject)).await
    }

    async fn refresh_calls(&self, refresh_token: &SecretString, expected_subject: &str) -> Result<RefreshedTokens, PscError> {
        let provider = self.provider.get(&self.http).await?;
        let client = self.client(&provider);
        let tokens = client
            .exchange_refresh_token(&RefreshToken::new(refresh_token.expose_secret().to_owned()))
            .request_async(&TokenEndpoint(&self.http))
            .await
            .map_err(|error| refusal(Grant::Refresh, error));
        let tokens = self.note_credentials(tokens)?;
        check_token_type(&tokens)?;
        if let Some(id_token) = id_token_of(&tokens) {
            let (verified, _) = self.verify(id_token, provider, None, tokens.access_token()).await?;
            if verified.subject != expected_subject {
                return Err(PscError::IdTokenRefused("sub changed in a refresh"));
            }
        }
        Ok(RefreshedTokens {
            access_token: secret(tokens.access_token().secret()),
            refresh_token: tokens.refresh_token().map(|token| secret(token.secret())),
            id_token: id_token_of(&tokens).map(SecretString::from),
            access_expires_in_s: seconds(tokens.expires_in()),
            refresh_expires_in_s: refresh_seconds(&tokens),
        })
    }

    /// Ends the session at Pro Santé Connect from server to server (EXI 20): `id_token_hint` is known to suffice. The address to go back to
    /// is named all the same, because only the way there tells an ended session from a page of maintenance.
    ///
    /// # Errors
    /// [`PscError`]; [`PscError::EndUnproven`] unless Pro Santé Connect sends us where a browser would go back to, or answers 204.
    pub async fn end_session(&self, id_token_hint: &SecretString) -> Result<(), PscError> {
        let provider = self.provider.get(&self.http).await?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", id_token_hint.expose_secret())
            .append_pair("post_logout_redirect_uri", &self.logout_return)
            .finish();
        let request = http::Request::post(provider.end_session.as_str())
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .map_err(|_| PscError::DiscoveryRefused("an address is unusable"))?;
        let answer = self.http.send_once(Step::EndSession, request).await?;
        let status = answer.status();
        if status == http::StatusCode::NO_CONTENT || (status.is_redirection() && self.goes_back(&provider.end_session, answer.headers())) {
            return Ok(());
        }
        if status.is_success() || status.is_redirection() {
            return Err(PscError::EndUnproven);
        }
        Err(PscError::RequestRefused { step: Step::EndSession, error: format!("HTTP {}", status.as_u16()) })
    }

    /// Whether the answer leads to the address that a browser is sent back to, whatever query it bears.
    fn goes_back(&self, asked: &Url, headers: &http::HeaderMap) -> bool {
        let location = headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| asked.join(text).ok());
        location.is_some_and(|mut url| {
            url.set_query(None);
            url.set_fragment(None);
            url.as_str() == self.logout_return
        })
    }

    /// The same end through the browser, for when the server-side call failed: hence at the known address, without asking discovery.
    pub fn browser_end_session(&self, id_token_hint: &SecretString, state: &SecretString) -> BrowserEndSession {
        BrowserEndSession {
            action: self.end_session_page.clone(),
            fields: vec![
                ("id_token_hint", id_token_hint.clone()),
                ("client_id", secret(&self.client_id)),
                ("post_logout_redirect_uri", secret(&self.logout_return)),
                ("state", state.clone()),
            ],
        }
    }

    /// Which Pro Santé Connect this is.
    pub const fn environment(&self) -> PscEnvironment {
        self.environment
    }

    /// Fetches discovery and keys anew, for the doctor.
    ///
    /// # Errors
    /// [`PscError`] when either cannot be had or used.
    pub async fn reachable(&self) -> Result<(), PscError> {
        self.provider.fetch_now(&self.http).await
    }

    /// What [`RelyingParty::reachable`] found within the last minute, for whoever watches the companion: however often he looks, a national
    /// service is asked once a minute.
    ///
    /// # Errors
    /// Number of the catalogue.
    pub async fn reached_lately(&self) -> Result<(), ErrorCode> {
        let mut watched = self.watched.lock().await;
        let now = self.clock.now();
        if let Some((at, found)) = *watched
            && (0..WATCH_PAUSE_MS).contains(&now.millis_since(at))
        {
            return found;
        }
        let found = self.reachable().await.map_err(|error| error.code());
        *watched = Some((now, found));
        found
    }

    /// Follows the files of certificate and authorities, says once a day how near their end is; for metrics too. Performs I/O.
    pub fn watch_link(&self) -> LinkState {
        self.http.watch_link()
    }

    /// Takes secret, certificate and authorities anew, because someone says that their files are as they should be. What cannot serve changes
    /// nothing. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] for the secret; the link tells of itself.
    pub fn reload(&self) -> Result<LinkState, ConfigError> {
        let link = self.http.reload_link();
        let secret = self.psc.read_client_secret()?;
        *self.client_secret.write().unwrap_or_else(PoisonError::into_inner) = secret;
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = Credentials::Unproven;
        Ok(link)
    }

    /// What is known of the companion's own credentials.
    pub fn credentials(&self) -> Credentials {
        *self.credentials.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What else can go wrong says nothing of them.
    fn note_credentials<T>(&self, answer: Result<T, PscError>) -> Result<T, PscError> {
        let known = match &answer {
            Ok(_) => Credentials::Accepted,
            Err(PscError::ClientRefused) => Credentials::Refused,
            Err(_) => return answer,
        };
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = known;
        answer
    }

    /// Whole seconds by which this machine's clock is ahead of Pro Santé Connect's; `None` before its first answer.
    pub fn clock_ahead_s(&self) -> Option<i64> {
        self.http.clock_offset().ahead_s()
    }

    /// The same, when it is too much for tokens to be judged.
    pub fn clock_wrong_by_s(&self) -> Option<i64> {
        self.http.clock_offset().wrong_by_s()
    }

    /// Whether the present moment may be believed by what cannot be undone.
    pub fn clock_confirmation(&self) -> Confirmation {
        self.http.clock_offset().confirmation()
    }

    /// Five calls of ten seconds would outlive the sign-in that waits for them.
    async fn in_time<T>(&self, calls: impl Future<Output = Result<T, PscError>>) -> Result<T, PscError> {
        let late = |_| PscError::Unreachable { step: Step::Chain, source: "the calls took too long together".into() };
        tokio::time::timeout(self.chain_limit, calls).await.map_err(late)?
    }

    fn client(&self, provider: &Provider) -> OidcClient {
        let client = Client::new(self.client_id.clone(), self.issuer.clone(), provider.keys.clone());
        let secret = self.client_secret.read().unwrap_or_else(PoisonError::into_inner);
        let client = match &*secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        };
        client
            .set_auth_type(self.auth_type.clone())
            .set_redirect_uri(self.callback.clone())
            .set_auth_uri(AuthUrl::from_url(provider.authorization.clone()))
            .set_token_uri(TokenUrl::from_url(provider.token.clone()))
    }

    /// Checks an ID token; fetches the keys again, once, when it names an unknown one.
    async fn verify(
        &self,
        token: &str,
        provider: Arc<Provider>,
        nonce: Option<&str>,
        access_token: &AccessToken,
    ) -> Result<(Verified, Arc<Provider>), PscError> {
        let expected =
            Expected { issuer: &self.issuer, client_id: &self.client_id, nonce, access_token: access_token.secret(), clock: &self.clock };
        match id_token::verify(token, &provider.keys, &expected) {
            Ok(verified) => return Ok((verified, provider)),
            Err(IdTokenError::UnknownKey) => {}
            Err(error) => return Err(self.of_the_clock(error)),
        }
        match self.provider.with_new_keys(&self.http, &provider).await? {
            Some(provider) => Ok((id_token::verify(token, &provider.keys, &expected).map_err(|error| self.of_the_clock(error))?, provider)),
            None => Err(IdTokenError::UnknownKey.into()),
        }
    }

    /// A token out of its time is the clock's fault where the clocks are known to be apart.
    fn of_the_clock(&self, error: IdTokenError) -> PscError {
        match (&error, self.http.clock_offset().wrong_by_s()) {
            (IdTokenError::Time(_), Some(ahead_s)) => PscError::ClockWrong { ahead_s },
            _ => error.into(),
        }
    }

    async fn userinfo(&self, provider: &Provider, access_token: &AccessToken) -> Result<Vec<u8>, PscError> {
        let request = http::Request::get(provider.userinfo.as_str())
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::AUTHORIZATION, format!("Bearer {}", access_token.secret()))
            .body(Vec::new())
            .map_err(|_| PscError::Unreadable { step: Step::Token, reason: "the access token is unusable" })?;
        let answer = self.http.send_for_json(Step::Userinfo, request).await?;
        match answer.status() {
            http::StatusCode::OK => Ok(answer.into_body()),
            status => Err(PscError::RequestRefused { step: Step::Userinfo, error: format!("HTTP {}", status.as_u16()) }),
        }
    }

    /// EXI 16: the level is judged by the administrator's list, never by equality with what was asked.
    fn check_level(&self, acr: Option<&str>) -> Result<(), PscError> {
        let is_accepted = self.accepted_acr.is_empty() || acr.is_some_and(|acr| self.accepted_acr.iter().any(|accepted| accepted == acr));
        if is_accepted { Ok(()) } else { Err(PscError::AssuranceLevelRefused) }
    }
}

fn check_token_type(tokens: &TokenAnswer) -> Result<(), PscError> {
    if *tokens.token_type() == CoreTokenType::Bearer {
        return Ok(());
    }
    Err(PscError::Unreadable { step: Step::Token, reason: "the tokens are of an unknown type" })
}

fn id_token_of(tokens: &TokenAnswer) -> Option<&str> {
    tokens.extra_fields().extra_fields().id_token.as_deref()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// Zero when not told: such a token counts as spent at once, and is asked anew when needed.
fn seconds(lifetime: Option<Duration>) -> u32 {
    lifetime.map_or(0, |lifetime| u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX))
}

fn refresh_seconds(tokens: &TokenAnswer) -> Option<u32> {
    tokens.extra_fields().extra_fields().refresh_expires_in.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
