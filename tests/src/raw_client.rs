//! A thick client with none of our own client code: what a stranger would write from the RFCs.
//!
//! Tests use it to say exactly what goes over the wire, right or wrong.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::http;

mod answer;
mod polling;
mod proof;
mod pushed;

pub use answer::{Answer, Tokens};
pub use polling::{DEVICE_CODE, Polling};
pub use proof::{Device, Proof};
pub use pushed::{Secrets, Started, redemption};

/// How every app of ours names itself.
pub const CLIENT_ID: &str = "vestibule-desktop";

/// One installation of a stranger's app: device key, HTTP client and the companion's latest nonce. A clone is the same installation, copied.
#[derive(Debug)]
pub struct RawClient {
    pub companion: String,
    pub device: Device,
    http: Client,
    /// Where requests go, when not to the companion's own address: to one of several that bear it.
    door: Option<String>,
    now: fn() -> u64,
    /// Whether a call is repeated with the nonce that the companion asks for.
    repeats: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default, Clone)]
struct State {
    nonce: Option<String>,
    /// Seconds that its clock is ahead of what `now` says.
    ahead_s: i64,
}

/// Body of a call.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    None,
    Form(&'a [(&'a str, &'a str)]),
    Json(&'a Value),
}

impl RawClient {
    /// An app that trusts `companion` and reads the time from `now` (seconds since 1970).
    ///
    /// # Errors
    /// When no key or HTTP client can be made.
    pub fn new(companion: &str, now: fn() -> u64) -> anyhow::Result<Self> {
        let (device, http, state) = (Device::new()?, http::client()?, Mutex::default());
        Ok(Self { companion: companion.to_owned(), device, http, door: None, now, repeats: true, state })
    }

    /// The same installation, whose requests go straight to the companion behind this address: one of several that are known by another.
    #[must_use]
    pub fn through(&self, door: &str) -> Self {
        Self { door: Some(door.to_owned()), ..self.clone() }
    }

    /// The same installation, which asks for a nonce before its first call and repeats none: each answer is that to a right proof.
    #[must_use]
    pub fn without_repeating(self) -> Self {
        Self { repeats: false, ..self }
    }

    /// The same installation, calling from another address of this machine and with these headers, as a proxy would forward it.
    ///
    /// # Errors
    /// When a header is none.
    pub fn calling_from(self, address: impl Into<IpAddr>, headers: &[(&'static str, &str)]) -> anyhow::Result<Self> {
        let named = |(name, value): &(&'static str, &str)| Ok((HeaderName::from_static(name), value.parse()?));
        let headers = headers.iter().map(named).collect::<anyhow::Result<HeaderMap>>()?;
        Ok(Self { http: http::builder().local_address(address.into()).default_headers(headers).build()?, ..self })
    }

    /// The same installation, on a new connection for each call: one whose request was refused before its end is closed.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn on_new_connections(self) -> anyhow::Result<Self> {
        Ok(Self { http: http::builder().pool_max_idle_per_host(0).build()?, ..self })
    }

    /// Moves the clock of this installation alone.
    pub fn advance_seconds(&self, seconds: i64) {
        self.state().ahead_s += seconds;
    }

    /// The latest nonce that was heard.
    pub fn nonce(&self) -> Option<String> {
        self.state().nonce.clone()
    }

    /// Takes a nonce as a first call would.
    ///
    /// # Errors
    /// When the companion gives none.
    pub async fn learn_nonce(&self) -> anyhow::Result<()> {
        let answer = Answer::to(self.bare(Method::GET, "/api/v1/session")).await?;
        self.hear(&answer.headers)?;
        anyhow::ensure!(answer.headers.contains_key("DPoP-Nonce"), "no nonce: {answer:?}");
        Ok(())
    }

    /// A right proof with what is known now.
    pub fn proof(&self, method: &Method, path: &str, token: Option<&str>) -> Proof {
        let State { nonce, ahead_s } = self.state().clone();
        let now = (self.now)().saturating_add_signed(ahead_s);
        self.device.proof(method, &format!("{}{path}", self.companion), token, nonce.as_deref(), now)
    }

    /// A request without any proof.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.door.as_ref().unwrap_or(&self.companion)))
    }

    /// A request with a right proof, to be completed; a nonce is fetched first when none is known.
    ///
    /// # Errors
    /// When the companion gives none.
    pub async fn proven(&self, method: Method, path: &str, token: Option<&str>) -> anyhow::Result<RequestBuilder> {
        if self.nonce().is_none() {
            self.learn_nonce().await?;
        }
        let proof = self.device.sign(&self.proof(&method, path, token));
        Ok(self.presenting(method, path, token, &proof))
    }

    fn presenting(&self, method: Method, path: &str, token: Option<&str>, proof: &str) -> RequestBuilder {
        let request = self.bare(method, path).header("DPoP", proof);
        match token {
            Some(token) => request.header("Authorization", format!("DPoP {token}")),
            None => request,
        }
    }

    /// A call with a right proof; repeated once with the nonce that the companion asks for.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Body<'_>) -> anyhow::Result<Answer> {
        if !self.repeats {
            return self.hears(body.of(self.proven(method, path, token).await?)).await;
        }
        for _ in 0..2 {
            let proof = self.device.sign(&self.proof(&method, path, token));
            let answer = self.send(method.clone(), path, token, &proof, body).await?;
            if answer.body["error"] != "use_dpop_nonce" {
                return Ok(answer);
            }
        }
        anyhow::bail!("the companion refuses its own nonce")
    }

    /// A call with whatever proof the test wrote.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn send(&self, method: Method, path: &str, token: Option<&str>, proof: &str, body: Body<'_>) -> anyhow::Result<Answer> {
        self.hears(body.of(self.presenting(method, path, token, proof))).await
    }

    /// A form with a right proof, as [`Self::call`].
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Answer> {
        self.call(Method::POST, path, None, Body::Form(form)).await
    }

    /// The session, as this token opens it.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn session(&self, token: &str) -> anyhow::Result<Answer> {
        self.call(Method::GET, "/api/v1/session", Some(token), Body::None).await
    }

    async fn hears(&self, request: RequestBuilder) -> anyhow::Result<Answer> {
        let answer = Answer::to(request).await?;
        self.hear(&answer.headers)?;
        Ok(answer)
    }

    fn hear(&self, headers: &HeaderMap) -> anyhow::Result<()> {
        if let Some(nonce) = headers.get("DPoP-Nonce") {
            self.state().nonce = Some(nonce.to_str()?.to_owned());
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for RawClient {
    fn clone(&self) -> Self {
        Self {
            companion: self.companion.clone(),
            device: self.device.clone(),
            http: self.http.clone(),
            door: self.door.clone(),
            now: self.now,
            repeats: self.repeats,
            state: Mutex::new(self.state().clone()),
        }
    }
}

impl Body<'_> {
    fn of(self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Form(fields) => request.form(fields),
            Self::Json(value) => request.json(value),
        }
    }
}

/// SHA-256 as the RFCs write it.
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// 256 random bits as text.
pub fn random_text() -> String {
    let mut bytes = [0_u8; 32];
    #[expect(clippy::expect_used, reason = "a test machine without randomness cannot test anything")]
    getrandom::fill(&mut bytes).expect("randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}
