//! The companion, as this app speaks to it. The only user of `reqwest`.
//!
//! One host and no other: every address is our origin plus a known path, redirects are off, and an address that the companion gives
//! (`events_uri`) must lie on the same origin. Each call carries a proof of the device key; a fresh nonce is taken when it asks for one.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::{
    ActivityReport, CompanionMetadata, OwnSession, OwnSessions, RevocationRequest, SessionEvent, SessionsEnded, SignOutAnswer,
    SignOutReason, SignOutRequest, SituationChoice, TokenAnswer, TokenRequest, WhichSessions, path,
};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionClocks, SignInId};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::device_key::{DeviceKey, ProofClaims};
use crate::ports::Ports;
use crate::random::{Random, token};
use crate::route::Route;
use crate::settings::Settings;

mod authorities;
mod cause;
mod error;
mod http;
mod look;
mod sign_in;

pub use cause::{Cause, Why};
pub use error::{CompanionError, Letters, ProxyFault, Refusal};
pub use http::{AuthorityFault, ClientRefused};
pub(crate) use look::{Believed, Presented, Validity, presented};

/// Longest wait for an ordinary answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the companion may hold a parked request, in seconds.
const PARK_S: u64 = 25;
/// A parked request may take that long and then some.
const PARK_TIMEOUT: Duration = Duration::from_secs(PARK_S + 10);
/// Signing out waits for the companion, which itself waits ten seconds at most for Pro Santé Connect.
const SIGN_OUT_TIMEOUT: Duration = Duration::from_secs(15);

/// The companion's client for one device key.
#[derive(Debug)]
pub struct Companion {
    http: reqwest::Client,
    origin: Url,
    client_id: String,
    route: Route,
    key: Arc<DeviceKey>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    nonce: Mutex<Option<String>>,
    /// The companion's clock minus ours, in seconds: workstation clocks are often wrong and proofs are dated.
    clock_lead_s: AtomicI64,
}

/// What goes with a call besides its proof.
enum Body<'a> {
    Empty,
    Form(Box<dyn Fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder + Send + Sync + 'a>),
    Json(Vec<u8>),
}

struct Outgoing<'a> {
    method: Method,
    path: &'a str,
    query: Vec<(&'static str, String)>,
    body: Body<'a>,
    access_token: Option<&'a SecretString>,
    timeout: Duration,
}

impl<'a> Outgoing<'a> {
    fn new(method: Method, path: &'a str) -> Self {
        Self { method, path, query: Vec::new(), body: Body::Empty, access_token: None, timeout: ANSWER_TIMEOUT }
    }

    fn form(self, fields: &'a (impl Serialize + Sync)) -> Self {
        Self { body: Body::Form(Box::new(move |request| request.form(fields))), ..self }
    }

    fn json(self, body: &impl Serialize) -> Result<Self, CompanionError> {
        let body = serde_json::to_vec(body).map_err(|_| CompanionError::Unreadable)?;
        Ok(Self { body: Body::Json(body), ..self })
    }

    fn with(self, access_token: &'a SecretString) -> Self {
        Self { access_token: Some(access_token), ..self }
    }

    fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Asks the companion to hold the answer until something changes.
    fn parked(mut self, after: Option<String>) -> Self {
        if let Some(after) = after {
            self.query.push(("wait", PARK_S.to_string()));
            self.query.push(("after", after));
        }
        self.timeout = PARK_TIMEOUT;
        self
    }
}

impl Companion {
    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientRefused`] when the additional certification authority cannot be read.
    pub fn new(settings: &Settings, ports: &Ports, key: Arc<DeviceKey>) -> Result<Self, ClientRefused> {
        Ok(Self {
            http: http::client(settings)?,
            origin: settings.companion_url.clone(),
            client_id: settings.client_id.clone(),
            route: settings.route.clone(),
            key,
            clock: ports.clock.clone(),
            random: ports.random.clone(),
            nonce: Mutex::default(),
            clock_lead_s: AtomicI64::new(0),
        })
    }

    /// Scheme, host and port; what `iss` must be equal to (RFC 9207).
    pub fn issuer(&self) -> String {
        self.origin.origin().ascii_serialization()
    }

    /// The public client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Thumbprint of the device key.
    pub fn thumbprint(&self) -> &str {
        self.key.thumbprint()
    }

    /// The companion's clock minus ours as of its last answer, in seconds.
    pub fn clock_lead_s(&self) -> i64 {
        self.clock_lead_s.load(Ordering::Relaxed)
    }

    /// An address of the companion, for the browser to be sent to.
    pub fn address(&self, path: &str) -> Url {
        let mut address = self.origin.clone();
        address.set_path(path);
        address
    }

    /// RFC 8414 metadata, checked: the issuer is the address that the administrator set, and no endpoint lies elsewhere.
    ///
    /// # Errors
    /// [`CompanionError`]; `Impostor` when the document is someone else's.
    pub async fn metadata(&self) -> Result<CompanionMetadata, CompanionError> {
        let metadata: CompanionMetadata = match self.call(Outgoing::new(Method::GET, path::METADATA)).await {
            // Every companion has that: this is its administration, or something else of the same family.
            Err(CompanionError::Refused(refusal)) if refusal.code == ErrorCode::PathUnknown => {
                let why = Why::untold(format!("no metadata, status {}", refusal.status));
                return Err(CompanionError::AnotherServer(why).at(path::METADATA));
            }
            answered => answered?,
        };
        let endpoints = [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.pushed_authorization_request_endpoint,
            &metadata.device_authorization_endpoint,
            &metadata.revocation_endpoint,
        ];
        let ours = |address: &&String| Url::parse(address).is_ok_and(|url| url.origin() == self.origin.origin());
        if metadata.issuer != self.issuer() || !endpoints.iter().all(ours) {
            return Err(CompanionError::Impostor);
        }
        Ok(metadata)
    }

    /// Rotates the refresh token (RFC 6749 section 6). Callers keep it in single flight.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<TokenAnswer, CompanionError> {
        let request = TokenRequest::RefreshToken { client_id: self.client_id.clone(), refresh_token: refresh_token.into() };
        self.call(Outgoing::new(Method::POST, path::TOKEN).form(&request)).await
    }

    /// Ends the service session only (RFC 7009, RECO 06).
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn revoke(&self, refresh_token: &SecretString) -> Result<(), CompanionError> {
        let (client_id, token_type_hint) = (self.client_id.clone(), "refresh_token".to_owned());
        let request = RevocationRequest { client_id, token: refresh_token.into(), token_type_hint };
        self.send(Outgoing::new(Method::POST, path::REVOKE).form(&request)).await.map(drop)
    }

    /// Locks the session: from here on it gives nothing until its person signs in again.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn lock(&self, access_token: &SecretString) -> Result<SessionClocks, CompanionError> {
        self.call(Outgoing::new(Method::POST, path::LOCK).with(access_token)).await
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn session(&self, access_token: &SecretString) -> Result<Session, CompanionError> {
        self.call(Outgoing::new(Method::GET, path::SESSION).with(access_token)).await
    }

    /// Chooses a practice situation and gives the session back.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn choose_situation(&self, access_token: &SecretString, id: &SituationId) -> Result<Session, CompanionError> {
        let choice = SituationChoice { situation_id: id.clone() };
        self.call(Outgoing::new(Method::PUT, path::SITUATION).with(access_token).json(&choice)?).await
    }

    /// Says that real input happened this long ago; the answer is what it did to the clocks.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn report_activity(&self, access_token: &SecretString, since_input: Duration) -> Result<SessionClocks, CompanionError> {
        let report = ActivityReport { idle_ms: u64::try_from(since_input.as_millis()).unwrap_or(u64::MAX) };
        self.call(Outgoing::new(Method::POST, path::ACTIVITY).with(access_token).json(&report)?).await
    }

    /// State and clocks of the session: at once without `after`, else as soon as its version grew or 25 s went by.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn session_event(&self, access_token: &SecretString, after: Option<u64>) -> Result<SessionEvent, CompanionError> {
        let mut call = Outgoing::new(Method::GET, path::SESSION_EVENTS).with(access_token);
        match after {
            Some(version) => call = call.parked(Some(version.to_string())),
            // Without `wait` the companion would answer with a stream of events.
            None => call.query.push(("wait", "0".to_owned())),
        }
        self.call(call).await
    }

    /// Her sessions on all her workstations, the oldest first.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn own_sessions(&self, access_token: &SecretString) -> Result<Vec<OwnSession>, CompanionError> {
        let own: OwnSessions = self.call(Outgoing::new(Method::GET, path::SESSIONS).with(access_token)).await?;
        Ok(own.sessions)
    }

    /// Ends one of those.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn end_session(&self, access_token: &SecretString, id: &SignInId) -> Result<(), CompanionError> {
        let path = format!("{}/{id}", path::SESSIONS);
        self.send(Outgoing::new(Method::DELETE, &path).with(access_token)).await.map(drop)
    }

    /// Ends all of those but the one that asks; how many.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn end_other_sessions(&self, access_token: &SecretString) -> Result<u32, CompanionError> {
        let mut call = Outgoing::new(Method::DELETE, path::SESSIONS).with(access_token);
        call.query.push(("which", WhichSessions::Others.name().to_owned()));
        let SessionsEnded { ended } = self.call(call).await?;
        Ok(ended)
    }

    /// Ends both sessions (EXI 20).
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn sign_out(&self, access_token: &SecretString, reason: Option<SignOutReason>) -> Result<SignOutAnswer, CompanionError> {
        let request = SignOutRequest { refresh_token: None, reason };
        let call = Outgoing::new(Method::POST, path::SIGN_OUT).with(access_token).within(SIGN_OUT_TIMEOUT);
        // An earlier companion reads no form beside an access token.
        self.call(if reason.is_some() { call.form(&request) } else { call }).await
    }

    /// The same for a session of which the refresh token alone was kept. Asked once more, the companion says once more what became of it.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn sign_out_kept(
        &self,
        refresh_token: &SecretString,
        reason: Option<SignOutReason>,
    ) -> Result<SignOutAnswer, CompanionError> {
        let request = SignOutRequest { refresh_token: Some(refresh_token.into()), reason };
        self.call(Outgoing::new(Method::POST, path::SIGN_OUT).form(&request).within(SIGN_OUT_TIMEOUT)).await
    }

    async fn call<T: DeserializeOwned>(&self, call: Outgoing<'_>) -> Result<T, CompanionError> {
        let path = call.path;
        let bytes = self.send(call).await?;
        serde_json::from_slice(&bytes).map_err(|_| http::unread(&bytes).at(path))
    }

    /// Sends, and sends again when the companion asks for a fresh nonce or when its answer showed that our clock is wrong.
    async fn send(&self, call: Outgoing<'_>) -> Result<Zeroizing<Vec<u8>>, CompanionError> {
        let mut nonce_taken = false;
        let mut clock_corrected = false;
        loop {
            let lead = self.clock_lead_s();
            let unsent = |error| http::unsent(error, &self.route);
            let answer = http::read(self.request(&call)?.send().await.map_err(unsent)?, &self.route).await?;
            self.learn(&answer);
            let refusal = match answer.outcome {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            if refusal.asks_for_nonce() && !nonce_taken {
                nonce_taken = true;
            } else if refusal.doubts_proof() && !clock_corrected && self.clock_lead_s().abs_diff(lead) > 5 {
                clock_corrected = true;
            } else {
                return Err(refusal.at(call.path));
            }
        }
    }

    fn request(&self, call: &Outgoing<'_>) -> Result<reqwest::RequestBuilder, CompanionError> {
        let address = self.address(call.path);
        let unique_id = token(self.random.as_ref())?;
        let nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let proof = self.key.prove(ProofClaims {
            method: call.method.as_str(),
            address: address.as_str(),
            unique_id: unique_id.expose_secret(),
            issued_at_s: (self.clock.unix_ms() / 1000).saturating_add_signed(self.clock_lead_s()),
            nonce: nonce.as_deref(),
            access_token: call.access_token,
        });
        let mut request = self.http.request(call.method.clone(), address).timeout(call.timeout).header("DPoP", proof);
        request = request.header("Accept", "application/json");
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(access_token) = call.access_token {
            request = request.header("Authorization", http::sensitive(&format!("DPoP {}", access_token.expose_secret()))?);
        }
        Ok(match &call.body {
            Body::Empty => request,
            Body::Form(fill) => fill(request),
            Body::Json(body) => request.header("Content-Type", "application/json").body(body.clone()),
        })
    }

    fn learn(&self, answer: &http::Incoming) {
        if let Some(nonce) = &answer.nonce {
            *self.nonce.lock().unwrap_or_else(PoisonError::into_inner) = Some(nonce.clone());
        }
        if let Some(theirs) = answer.unix_s {
            let ours = i64::try_from(self.clock.unix_ms() / 1000).unwrap_or(i64::MAX);
            self.clock_lead_s.store(theirs.saturating_sub(ours), Ordering::Relaxed);
        }
    }
}
