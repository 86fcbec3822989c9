//! A thick client in a hundred lines, with none of our own client code: what a stranger would write from the RFCs.
//!
//! Tests use it to say exactly what goes over the wire, right or wrong.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

mod polling;

pub use polling::Polling;

/// An answer: status, JSON (or `null`), and the headers a test may look at.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub headers: reqwest::header::HeaderMap,
}

/// A device key with its proofs (RFC 9449).
#[derive(Debug, Clone)]
pub struct Device {
    key: SigningKey,
}

/// Everything a proof says; a test changes what it wants wrong.
#[derive(Debug, Clone)]
pub struct Proof {
    pub header: Value,
    pub claims: Value,
}

impl Device {
    /// A new key.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new() -> anyhow::Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self { key: SigningKey::from_slice(&bytes)? })
    }

    /// A right proof for one call.
    pub fn proof(&self, method: &Method, address: &str, token: Option<&str>, nonce: Option<&str>, now: u64) -> Proof {
        let mut claims = json!({ "jti": random_text(), "htm": method.as_str(), "htu": address.split('?').next(), "iat": now });
        if let Some(token) = token {
            claims["ath"] = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        Proof { header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() }), claims }
    }

    /// The proof as it travels.
    pub fn sign(&self, proof: &Proof) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&proof.header), part(&proof.claims));
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// Public half of the key.
    pub fn jwk(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let coordinate = |bytes: Option<&p256::FieldBytes>| bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default();
        json!({ "kty": "EC", "crv": "P-256", "x": coordinate(point.x()), "y": coordinate(point.y()) })
    }
}

/// One installation of a stranger's app: device key, HTTP client and the companion's latest nonce. A clone is the same installation, copied.
#[derive(Debug, Clone)]
pub struct RawClient {
    pub companion: String,
    pub device: Device,
    http: Client,
    nonce: Option<String>,
    now: fn() -> u64,
    /// Where requests go, when not to the companion's own address: to one of several that bear it.
    door: Option<String>,
}

/// What the app keeps between the pushed request and the tokens.
#[derive(Debug, Clone)]
pub struct Started {
    pub request_uri: String,
    pub sign_in_id: String,
    pub events_uri: String,
    pub match_number: String,
    pub verifier: String,
    pub state: String,
    pub redirect_uri: String,
}

/// Tokens of a session.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub session: Value,
}

impl RawClient {
    /// An app that trusts `companion` and reads the time from `now` (seconds since 1970).
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new(companion: &str, now: fn() -> u64) -> anyhow::Result<Self> {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        Ok(Self { companion: companion.to_owned(), device: Device::new()?, http, nonce: None, now, door: None })
    }

    /// The same installation, whose requests go straight to the companion behind this address: one of several that are known by another.
    #[must_use]
    pub fn through(&self, door: &str) -> Self {
        Self { door: Some(door.to_owned()), ..self.clone() }
    }

    /// The latest nonce that was heard.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// A call with a right proof; repeated once with the nonce that the companion asks for.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn call(&mut self, method: Method, path: &str, token: Option<&str>, body: Body<'_>) -> anyhow::Result<Answer> {
        for _ in 0..2 {
            let address = format!("{}{path}", self.companion);
            let proof = self.device.proof(&method, &address, token, self.nonce.as_deref(), (self.now)());
            let answer = self.send(method.clone(), path, token, &self.device.sign(&proof), body).await?;
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
    pub async fn send(&mut self, method: Method, path: &str, token: Option<&str>, proof: &str, body: Body<'_>) -> anyhow::Result<Answer> {
        let door = self.door.as_ref().unwrap_or(&self.companion);
        let mut request = self.http.request(method, format!("{door}{path}")).header("DPoP", proof);
        if let Some(token) = token {
            request = request.header("Authorization", format!("DPoP {token}"));
        }
        request = match body {
            Body::None => request,
            Body::Form(fields) => request.form(fields),
            Body::Json(value) => request.json(value),
        };
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(nonce) = headers.get("DPoP-Nonce") {
            self.nonce = Some(nonce.to_str()?.to_owned());
        }
        let text = response.text().await?;
        Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }

    /// Pushes a sign-in that returns to `redirect_uri`.
    ///
    /// # Errors
    /// When it is refused; the answer is part of the message.
    pub async fn start(&mut self, redirect_uri: &str) -> anyhow::Result<Started> {
        self.start_labelled(redirect_uri, "POSTE-ESSAI").await
    }

    /// The same, from a workstation that calls itself `device_label`.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_labelled(&mut self, redirect_uri: &str, device_label: &str) -> anyhow::Result<Started> {
        let (verifier, state) = (random_text(), random_text());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let fields = [
            ("client_id", "vestibule-desktop"),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("state", &state),
            ("device_label", device_label),
        ];
        let answer = self.call(Method::POST, "/oauth/par", None, Body::Form(&fields)).await?;
        anyhow::ensure!(answer.status == StatusCode::CREATED, "refused: {answer:?}");
        let text = |name: &str| answer.body[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok(Started {
            request_uri: text("request_uri")?,
            sign_in_id: text("sign_in_id")?,
            events_uri: text("events_uri")?,
            match_number: text("match_number")?,
            verifier,
            state,
            redirect_uri: redirect_uri.to_owned(),
        })
    }

    /// Address that the browser opens.
    pub fn authorize_address(&self, started: &Started) -> String {
        format!("{}/oauth/authorize?client_id=vestibule-desktop&request_uri={}", self.companion, started.request_uri)
    }

    /// Redeems a code.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn redeem(&mut self, started: &Started, code: &str) -> anyhow::Result<Answer> {
        self.redeem_with(started, code, None).await
    }

    /// The same, with letters of the page when there are some.
    ///
    /// # Errors
    /// As [`Self::redeem`].
    pub async fn redeem_with(&mut self, started: &Started, code: &str, letters: Option<&str>) -> anyhow::Result<Answer> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "vestibule-desktop"),
            ("code", code),
            ("code_verifier", &started.verifier),
            ("redirect_uri", &started.redirect_uri),
        ];
        fields.extend(letters.map(|letters| ("confirmation_code", letters)));
        self.call(Method::POST, "/oauth/token", None, Body::Form(&fields)).await
    }

    /// Rotates a refresh token.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn refresh(&mut self, refresh_token: &str) -> anyhow::Result<Answer> {
        let fields = [("grant_type", "refresh_token"), ("client_id", "vestibule-desktop"), ("refresh_token", refresh_token)];
        self.call(Method::POST, "/oauth/token", None, Body::Form(&fields)).await
    }
}

impl Answer {
    /// Tokens of a 200 answer.
    ///
    /// # Errors
    /// When it is no such answer; it is part of the message.
    pub fn tokens(&self) -> anyhow::Result<Tokens> {
        anyhow::ensure!(self.status == StatusCode::OK, "no tokens: {} {}", self.status, self.body["error"]);
        let text = |name: &str| self.body[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok(Tokens { access: text("access_token")?, refresh: text("refresh_token")?, session: self.body["session"].clone() })
    }
}

/// Body of a call.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    None,
    Form(&'a [(&'a str, &'a str)]),
    Json(&'a Value),
}

/// 256 random bits as text.
pub fn random_text() -> String {
    let mut bytes = [0_u8; 32];
    #[expect(clippy::expect_used, reason = "a test machine without randomness cannot test anything")]
    getrandom::fill(&mut bytes).expect("randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}
