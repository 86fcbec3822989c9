//! An app as any publisher could write one, with the keys and proofs of the stranger's client ([`vestibule_tests::raw_client`]); it gives answers whole.

use std::sync::Mutex;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use vestibule_tests::raw_client::Device;
pub use vestibule_tests::raw_client::Proof;

use crate::companion::NOW_S;

pub const CLIENT_ID: &str = "vestibule-desktop";
pub const VERIFIER: &str = "verifier-verifier-verifier-verifier-verifier";
pub const REDIRECT_URI: &str = "http://127.0.0.1:49152/cb/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub struct App {
    url: String,
    http: reqwest::Client,
    device: Device,
    nonce: Mutex<Option<String>>,
    now_s: Mutex<i64>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn read(response: reqwest::Response) -> Self {
        Self { status: response.status(), headers: response.headers().clone(), text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Status and `error` of a refusal, which must be complete.
    pub fn refusal(&self) -> (u16, String) {
        let body = self.json();
        assert!(!body["error_description"].as_str().unwrap().is_empty(), "{body}");
        assert!(body["code"].as_str().unwrap().starts_with("VST-"), "{body}");
        (self.status.as_u16(), body["error"].as_str().unwrap().to_owned())
    }
}

pub fn new_client() -> reqwest::Client {
    builder().build().unwrap()
}

pub fn builder() -> reqwest::ClientBuilder {
    // Reading the system's authorities takes longer than everything else, and nothing here is https.
    let builder = reqwest::Client::builder().tls_certs_only(std::iter::empty());
    // As our app does, so that a silent connection is never closed by the companion first.
    builder.redirect(reqwest::redirect::Policy::none()).no_proxy().pool_idle_timeout(std::time::Duration::from_secs(30))
}

impl App {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), http: new_client(), device: Device::new().unwrap(), nonce: Mutex::default(), now_s: Mutex::new(NOW_S) }
    }

    /// The same key, calling from another address of this machine and with these headers, as a proxy would forward it.
    pub fn calling_from(mut self, address: [u8; 4], headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
        self.http = builder().local_address(std::net::IpAddr::from(address)).default_headers(headers).build().unwrap();
        self
    }

    /// The same key, on a new connection for each call: one whose request was refused before its end is closed.
    pub fn on_new_connections(mut self) -> Self {
        self.http = builder().pool_max_idle_per_host(0).build().unwrap();
        self
    }

    /// Follows the companion's clock.
    pub fn advance_seconds(&self, seconds: i64) {
        *self.now_s.lock().unwrap() += seconds;
    }

    /// RFC 7638: how the key is named.
    pub fn thumbprint(&self) -> String {
        let jwk = self.device.jwk();
        let named = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, named.as_bytes()))
    }

    /// A good proof.
    pub fn proof(&self, method: &Method, path: &str, access_token: Option<&str>) -> Proof {
        let (nonce, now) = (self.nonce.lock().unwrap().clone(), self.now_s.lock().unwrap().unsigned_abs());
        self.device.proof(method, &format!("{}{path}", self.url), access_token, nonce.as_deref(), now)
    }

    pub fn sign(&self, proof: &Proof) -> String {
        self.device.sign(proof)
    }

    /// Takes a nonce as a first call would.
    pub async fn learn_nonce(&self) {
        let answer = Answer::read(self.http.get(format!("{}/api/v1/session", self.url)).send().await.unwrap()).await;
        *self.nonce.lock().unwrap() = Some(answer.headers["dpop-nonce"].to_str().unwrap().to_owned());
    }

    /// Sends without any proof.
    pub fn bare(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends with a proof; a nonce is fetched first when none is known.
    pub async fn proven(&self, method: Method, path: &str, access_token: Option<&str>) -> reqwest::RequestBuilder {
        if self.nonce.lock().unwrap().is_none() {
            self.learn_nonce().await;
        }
        let proof = self.sign(&self.proof(&method, path, access_token));
        let request = self.bare(method, path).header("DPoP", proof);
        match access_token {
            Some(token) => request.header("Authorization", format!("DPoP {token}")),
            None => request,
        }
    }

    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::read(self.proven(Method::POST, path, None).await.form(form).send().await.unwrap()).await
    }

    pub async fn call(&self, method: Method, path: &str, access_token: &str) -> Answer {
        Answer::read(self.proven(method, path, Some(access_token)).await.send().await.unwrap()).await
    }

    pub async fn push(&self) -> Answer {
        self.post_form("/oauth/par", &pushed_form()).await
    }

    pub async fn redeem(&self, code: &str, verifier: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", REDIRECT_URI),
        ];
        self.post_form("/oauth/token", &form).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.post_form("/oauth/token", &[("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", token)]).await
    }
}

pub fn pushed_form() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", CLIENT_ID),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("code_challenge", challenge()),
        ("code_challenge_method", "S256"),
        ("state", "app-state"),
        ("device_label", "POSTE-ESSAI"),
    ]
}

fn challenge() -> &'static str {
    use std::sync::LazyLock;
    static CHALLENGE: LazyLock<String> = LazyLock::new(|| URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes())));
    &CHALLENGE
}
