//! The companion as a client of one provider: the code flow as the standard has it, and what is known of the link.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use openidconnect::core::{CoreResponseType, CoreTokenType};
use openidconnect::{
    AccessToken, AuthType, AuthUrl, AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, Scope, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use vestibule_model::ErrorCode;

use super::http::{CALL_LIMIT, Http};
use super::id_token::{self, ExpectedIdToken, IdTokenError, Verified};
use super::link::LinkState;
use super::metadata::{Metadata, MetadataCache};
use super::settings::Settings;
use super::token_answer::{Grant, OidcClient, TokenAnswer, TokenEndpoint, refusal};
use crate::clock::{Clock, Confirmation, Timestamp};
use crate::config::{ClientAuthMethod, ConfigError};
use crate::looked::Looked;
use crate::provider::{AuthorizationRequest, PendingAuthorization, ProviderError, ProviderTokens, RefreshedTokens, Step};
use crate::random::{Random, secret_256};

/// How long the calls of one exchange may take together: a sign-in is given up by the companion a little later.
pub const CHAIN_LIMIT: Duration = Duration::from_secs(40);
/// What was found out for whoever watches the companion is good that long, in milliseconds.
const WATCH_PAUSE_MS: i64 = 60 * 1000;

/// What the provider thinks of the companion's own credentials, as its token endpoint last said: nothing but a sign-in proves them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credentials {
    /// They opened or kept a session.
    Accepted,
    /// Not presented since the start, or since they were taken anew.
    #[default]
    Unproven,
    /// They were refused.
    Refused,
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one call.
    pub call: Duration,
    /// For those of one exchange together.
    pub chain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call: CALL_LIMIT, chain: CHAIN_LIMIT }
    }
}

/// What an authorization request asks for beside `openid`, state, nonce and PKCE.
pub struct Demand<'a> {
    /// Beside `openid`.
    pub scope: &'a str,
    /// `acr_values`.
    pub level: &'a str,
    /// What is the provider's own.
    pub further: Vec<(&'static str, &'a str)>,
}

/// What came for a code.
pub struct Redeemed {
    /// To be kept.
    pub tokens: ProviderTokens,
    /// The checked ID token.
    pub verified: Verified,
    /// What it was checked by.
    pub metadata: Arc<Metadata>,
}

/// The companion as a client of a provider. Share it behind an `Arc`.
pub struct RelyingParty {
    settings: Settings,
    client_id: ClientId,
    client_secret: RwLock<Option<SecretString>>,
    issuer: IssuerUrl,
    callback: RedirectUrl,
    auth_type: AuthType,
    http: Http,
    chain_limit: Duration,
    metadata: MetadataCache,
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
    pub(in crate::provider) fn new(
        settings: Settings,
        limits: Limits,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, ConfigError> {
        let unusable = |key| move |_| ConfigError::refused(ErrorCode::ConfigurationInvalid, key, "adresse inutilisable");
        Ok(Self {
            client_id: ClientId::new(settings.client_id.clone()),
            client_secret: RwLock::new((settings.client_secret)()?),
            issuer: IssuerUrl::new(settings.endpoints.issuer.clone()).map_err(unusable(settings.link.key("environment")))?,
            callback: RedirectUrl::new(settings.callback.clone()).map_err(unusable("service.public_url".into()))?,
            auth_type: match settings.auth_method {
                ClientAuthMethod::Basic => AuthType::BasicAuth,
                // Without a secret, the library sends the client id alone, as RFC 8705 section 2 wants it.
                ClientAuthMethod::Post | ClientAuthMethod::TlsClientAuth => AuthType::RequestBody,
            },
            http: Http::new(&settings.link, limits.call, Arc::clone(&clock))?,
            chain_limit: limits.chain,
            metadata: MetadataCache::new(settings.endpoints.clone(), Arc::clone(&clock)),
            watched: Mutex::default(),
            credentials: RwLock::default(),
            settings,
            clock,
            random,
        })
    }

    /// Section of the configuration that names the provider, and what people call it.
    pub const fn called(&self) -> (&'static str, &'static str) {
        (self.settings.link.section, self.settings.link.called)
    }

    /// Host of every server-to-server call.
    pub fn called_origin(&self) -> &str {
        &self.settings.endpoints.called_origin
    }

    /// Prepares one trip of the browser: what is demanded, PKCE S256, state, nonce, and nothing else.
    ///
    /// # Errors
    /// [`ProviderError`] when the discovery document cannot be had or used.
    pub(in crate::provider) async fn authorization_request(&self, demand: Demand<'_>) -> Result<AuthorizationRequest, ProviderError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let [state, nonce, pkce_verifier] = [(); 3].map(|()| secret_256(&*self.random));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pkce_verifier.expose_secret().to_owned()));
        let (sent_state, sent_nonce) = (CsrfToken::new(state.expose_secret().to_owned()), Nonce::new(nonce.expose_secret().to_owned()));
        let request = client
            .authorize_url(AuthenticationFlow::<CoreResponseType>::AuthorizationCode, || sent_state, || sent_nonce)
            // The library adds `openid` by itself (EXI 17).
            .add_scope(Scope::new(demand.scope.to_owned()))
            .add_auth_context_value(AuthenticationContextClass::new(demand.level.to_owned()))
            .set_pkce_challenge(challenge);
        let (url, _, _) = demand.further.into_iter().fold(request, |request, (name, value)| request.add_extra_param(name, value)).url();
        Ok(AuthorizationRequest { url, state, nonce, pkce_verifier })
    }

    /// Checks the `iss` of an authorization answer (RFC 9207).
    ///
    /// # Errors
    /// [`ProviderError::IssuerMismatch`].
    pub(in crate::provider) fn check_issuer(&self, iss: Option<&str>) -> Result<(), ProviderError> {
        match iss {
            Some(iss) if iss != self.settings.endpoints.issuer => Err(ProviderError::IssuerMismatch),
            _ => Ok(()),
        }
    }

    /// Exchanges the code and checks the ID token.
    ///
    /// # Errors
    /// [`ProviderError`]; nothing is kept then.
    pub(in crate::provider) async fn redeem(
        &self,
        code: &SecretString,
        pending: PendingAuthorization<'_>,
    ) -> Result<Redeemed, ProviderError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.pkce_verifier.expose_secret().to_owned()))
            .request_async(&TokenEndpoint(&self.http))
            .await
            .map_err(|error| refusal(Grant::Code, error));
        let tokens = self.note_credentials(tokens)?;
        check_token_type(&tokens)?;
        let id_token = id_token_of(&tokens).ok_or(ProviderError::IdTokenRefused("it is missing"))?;
        let (verified, metadata) = self.verify(id_token, metadata, Some(pending.nonce.expose_secret()), tokens.access_token()).await?;
        let tokens = ProviderTokens {
            access_token: secret(tokens.access_token().secret()),
            refresh_token: tokens.refresh_token().map(|token| secret(token.secret())),
            id_token: id_token.into(),
            access_expires_in_s: seconds(tokens.expires_in()),
            refresh_expires_in_s: refresh_seconds(&tokens),
        };
        Ok(Redeemed { tokens, verified, metadata })
    }

    /// What the userinfo endpoint says, unread.
    ///
    /// # Errors
    /// [`ProviderError`] unless it answers 200 with JSON.
    pub(in crate::provider) async fn userinfo(&self, metadata: &Metadata, access_token: &SecretString) -> Result<Vec<u8>, ProviderError> {
        let request = http::Request::get(metadata.userinfo.as_str())
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::AUTHORIZATION, format!("Bearer {}", access_token.expose_secret()))
            .body(Vec::new())
            .map_err(|_| ProviderError::Unreadable { step: Step::Token, reason: "the access token is unusable" })?;
        let answer = self.http.send_for_json(Step::Userinfo, request).await?;
        match answer.status() {
            http::StatusCode::OK => Ok(answer.into_body()),
            status => Err(ProviderError::RequestRefused { step: Step::Userinfo, error: format!("HTTP {}", status.as_u16()) }),
        }
    }

    /// Refreshes the tokens. A new ID token must be about the same subject.
    ///
    /// # Errors
    /// [`ProviderError::RefreshRefused`] when the provider's session is over; others as they are.
    pub(in crate::provider) async fn refresh(
        &self,
        refresh_token: &SecretString,
        expected_subject: &str,
    ) -> Result<RefreshedTokens, ProviderError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let tokens = client
            .exchange_refresh_token(&RefreshToken::new(refresh_token.expose_secret().to_owned()))
            .request_async(&TokenEndpoint(&self.http))
            .await
            .map_err(|error| refusal(Grant::Refresh, error));
        let tokens = self.note_credentials(tokens)?;
        check_token_type(&tokens)?;
        if let Some(id_token) = id_token_of(&tokens) {
            let (verified, _) = self.verify(id_token, metadata, None, tokens.access_token()).await?;
            if verified.subject != expected_subject {
                return Err(ProviderError::IdTokenRefused("sub changed in a refresh"));
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

    /// Discovery and keys, fetched when unknown or over an hour old.
    ///
    /// # Errors
    /// [`ProviderError`] when either cannot be had or used.
    pub(in crate::provider) async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        self.metadata.get(&self.http).await
    }

    /// Sends one request whose answer may be a redirect; it is not followed.
    ///
    /// # Errors
    /// [`ProviderError`] when no complete answer comes.
    pub(in crate::provider) async fn send_once(&self, step: Step, request: HttpRequest) -> Result<HttpResponse, ProviderError> {
        self.http.send_once(step, request).await
    }

    /// Calls of ten seconds each would outlive the sign-in that waits for them.
    ///
    /// # Errors
    /// [`ProviderError::Unreachable`] when they take too long together; theirs otherwise.
    pub(in crate::provider) async fn in_time<T>(&self, calls: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        let late = |_| ProviderError::Unreachable { step: Step::Chain, source: "the calls took too long together".into() };
        tokio::time::timeout(self.chain_limit, calls).await.map_err(late)?
    }

    /// Fetches discovery and keys anew, for the doctor.
    ///
    /// # Errors
    /// [`ProviderError`] when either cannot be had or used.
    pub async fn reachable(&self) -> Result<(), ProviderError> {
        self.metadata.fetch_now(&self.http).await
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

    /// The same, for whoever has so much patience: what does not answer by then is not reached.
    ///
    /// # Errors
    /// As [`RelyingParty::reached_lately`].
    pub async fn reached_within(&self, patience: Duration) -> Result<(), ErrorCode> {
        let late = |_| Err(ProviderError::Unreachable { step: Step::Discovery, source: "nobody answered in the time given".into() }.code());
        tokio::time::timeout(patience, self.reached_lately()).await.unwrap_or_else(late)
    }

    /// Follows the files of certificate and authorities, says once a day how near their end is; for metrics too. Performs I/O.
    pub fn watch_link(&self) -> LinkState {
        self.http.watch_link()
    }

    /// Takes certificate and authorities anew, because someone says that their files are as they should be. What cannot serve changes nothing,
    /// and is said. Performs I/O.
    pub fn reload_link(&self) -> Looked {
        let looked = self.http.reload_link();
        if looked == Looked::Taken {
            self.forget_credentials();
        }
        looked
    }

    /// The same for the secret. Performs I/O.
    ///
    /// # Errors
    /// [`ConfigError::Refused`]; the former one still serves.
    pub fn reload_secret(&self) -> Result<Looked, ConfigError> {
        let read = (self.settings.client_secret)()?;
        let mut secret = self.client_secret.write().unwrap_or_else(PoisonError::into_inner);
        let is_same = match (&*secret, &read) {
            (Some(former), Some(read)) => former.expose_secret() == read.expose_secret(),
            (former, read) => former.is_none() && read.is_none(),
        };
        *secret = read;
        drop(secret);
        // Whoever asks may have had it put right on the provider's side alone.
        self.forget_credentials();
        Ok(if is_same { Looked::Same } else { Looked::Taken })
    }

    fn forget_credentials(&self) {
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = Credentials::Unproven;
    }

    /// What is known of the companion's own credentials.
    pub fn credentials(&self) -> Credentials {
        *self.credentials.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What else can go wrong says nothing of them.
    fn note_credentials<T>(&self, answer: Result<T, ProviderError>) -> Result<T, ProviderError> {
        let known = match &answer {
            Ok(_) => Credentials::Accepted,
            Err(ProviderError::ClientRefused) => Credentials::Refused,
            Err(_) => return answer,
        };
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = known;
        answer
    }

    /// Whole seconds by which this machine's clock is ahead of the provider's; `None` before its first answer.
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

    fn client(&self, metadata: &Metadata) -> OidcClient {
        let client = Client::new(self.client_id.clone(), self.issuer.clone(), metadata.keys.clone());
        let secret = self.client_secret.read().unwrap_or_else(PoisonError::into_inner);
        let client = match &*secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        };
        client
            .set_auth_type(self.auth_type.clone())
            .set_redirect_uri(self.callback.clone())
            .set_auth_uri(AuthUrl::from_url(metadata.authorization.clone()))
            .set_token_uri(TokenUrl::from_url(metadata.token.clone()))
    }

    /// Checks an ID token; fetches the keys again, once, when it names an unknown one.
    async fn verify(
        &self,
        token: &str,
        metadata: Arc<Metadata>,
        nonce: Option<&str>,
        access_token: &AccessToken,
    ) -> Result<(Verified, Arc<Metadata>), ProviderError> {
        let expected = ExpectedIdToken {
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce,
            access_token: access_token.secret(),
            clock: &self.clock,
        };
        match id_token::verify(token, &metadata.keys, &expected) {
            Ok(verified) => return Ok((verified, metadata)),
            Err(IdTokenError::UnknownKey) => {}
            Err(error) => return Err(self.of_the_clock(error)),
        }
        match self.metadata.with_new_keys(&self.http, &metadata).await? {
            Some(metadata) => Ok((id_token::verify(token, &metadata.keys, &expected).map_err(|error| self.of_the_clock(error))?, metadata)),
            None => Err(IdTokenError::UnknownKey.into()),
        }
    }

    /// A token out of its time is the clock's fault where the clocks are known to be apart.
    fn of_the_clock(&self, error: IdTokenError) -> ProviderError {
        match (&error, self.http.clock_offset().wrong_by_s()) {
            (IdTokenError::Time(_), Some(ahead_s)) => ProviderError::ClockWrong { ahead_s },
            _ => error.into(),
        }
    }
}

fn check_token_type(tokens: &TokenAnswer) -> Result<(), ProviderError> {
    if *tokens.token_type() == CoreTokenType::Bearer {
        return Ok(());
    }
    Err(ProviderError::Unreadable { step: Step::Token, reason: "the tokens are of an unknown type" })
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
