//! A provider of a few lines, whose answers each test can bend: the simulator proves that things work, this one that lies are refused.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde_json::{Value, json};
use vestibule_installation::Installation;
use vestibule_installation::place::write_private;
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
/// `sub` of the person who signs in.
pub const SUBJECT: &str = "f:00000000-aaaa-4bbb-8ccc-000000000001:899700999016";
/// The nonce that was sent.
pub const NONCE: &str = "nonce-d-essai";
pub const ACCESS_TOKEN: &str = "jeton-d-acces";
pub const CLIENT_ID: &str = "client-essai";
pub const CLIENT_SECRET: &str = "secret d'essai+%";

/// Making an RSA key is slow: two serve every test.
static KEYS: LazyLock<[RsaKeyPair; 2]> = LazyLock::new(|| [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")));

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    /// Form fields in their order.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

/// Replaces the answer of one path.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Status, content type, body.
    Answer(u16, &'static str, String),
    /// The way elsewhere.
    Redirect(String),
    /// Headers that never come.
    Silence,
    /// A body that never ends.
    Drip,
}

type Bend = Box<dyn Fn(&mut Value) + Send>;

/// What the provider answers.
struct Behaviour {
    published: Vec<usize>,
    signing: usize,
    header: Bend,
    id_claims: Bend,
    payload: Option<String>,
    signature: fn(&str) -> Option<Vec<u8>>,
    token: Bend,
    userinfo: Value,
    discovery: Bend,
    faults: Vec<(&'static str, Fault)>,
}

/// A running provider; it stops when dropped.
pub struct ProviderDouble {
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
    pub clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
}

struct Shared {
    origin: String,
    behaviour: Mutex<Behaviour>,
    seen: Mutex<Vec<Seen>>,
}

impl ProviderDouble {
    /// Starts an honest provider on a free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let behaviour = Behaviour {
            published: vec![0],
            signing: 0,
            header: Box::new(|_| {}),
            id_claims: Box::new(|_| {}),
            payload: None,
            signature: |_| None,
            token: Box::new(|_| {}),
            userinfo: json!({"sub": SUBJECT, "SubjectNameID": "899700999016", "given_name": "Camille", "family_name": "FICTIF-EXEMPLE"}),
            discovery: Box::new(|_| {}),
            faults: Vec::new(),
        };
        let shared = Arc::new(Shared { origin, behaviour: Mutex::new(behaviour), seen: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        let folder = tempfile::tempdir().expect("a folder");
        Installation::least().write(folder.path()).expect("written");
        write_private(&folder.path().join("client-secret"), format!("{CLIENT_SECRET}\n")).expect("written");
        Self { shared, server, clock: Arc::new(ManualClock::at(NOW)), folder }
    }

    /// A configuration that leads here; `psc` are further lines of its section.
    pub fn config(&self, psc: &str) -> Config {
        self.config_towards(&self.shared.origin, psc)
    }

    /// As [`ProviderDouble::config`], towards another authentication host.
    pub fn config_towards(&self, auth_url: &str, psc: &str) -> Config {
        let installation = Installation::least()
            .known_as("https://vestibule.hopital.example")
            .towards(auth_url, "http://127.0.0.1:9")
            .with(&format!("[psc]\nclient_id = \"{CLIENT_ID}\"\n{psc}"));
        Config::parse(&installation.text(), self.folder.path()).expect("a sound configuration")
    }

    pub fn issuer(&self) -> String {
        self.shared.issuer()
    }

    /// Requests so far to a path that ends so.
    pub fn seen(&self, end: &str) -> Vec<Seen> {
        self.shared.seen.lock().expect("not poisoned").iter().filter(|seen| seen.path.ends_with(end)).cloned().collect()
    }

    /// Every request so far.
    pub fn seen_count(&self) -> usize {
        self.shared.seen.lock().expect("not poisoned").len()
    }

    pub fn bend_header(&self, bend: impl Fn(&mut Value) + Send + 'static) {
        self.behave(|behaviour| behaviour.header = Box::new(bend));
    }

    pub fn bend_id_token(&self, bend: impl Fn(&mut Value) + Send + 'static) {
        self.behave(|behaviour| behaviour.id_claims = Box::new(bend));
    }

    /// Exact text of the ID token's claims.
    pub fn set_id_token_payload(&self, payload: String) {
        self.behave(|behaviour| behaviour.payload = Some(payload));
    }

    /// Replaces the signature; it receives what should be signed.
    pub fn set_signature(&self, signature: fn(&str) -> Option<Vec<u8>>) {
        self.behave(|behaviour| behaviour.signature = signature);
    }

    pub fn bend_token_answer(&self, bend: impl Fn(&mut Value) + Send + 'static) {
        self.behave(|behaviour| behaviour.token = Box::new(bend));
    }

    pub fn bend_discovery(&self, bend: impl Fn(&mut Value) + Send + 'static) {
        self.behave(|behaviour| behaviour.discovery = Box::new(bend));
    }

    pub fn set_userinfo(&self, userinfo: Value) {
        self.behave(|behaviour| behaviour.userinfo = userinfo);
    }

    /// Which of the two keys are published, and which one signs.
    pub fn set_keys(&self, published: &[usize], signing: usize) {
        self.behave(|behaviour| {
            behaviour.published = published.to_vec();
            behaviour.signing = signing;
        });
    }

    /// Replaces every answer of a path that ends so.
    pub fn fail(&self, end: &'static str, fault: Fault) {
        self.behave(|behaviour| behaviour.faults.push((end, fault)));
    }

    pub fn recover(&self) {
        self.behave(|behaviour| behaviour.faults.clear());
    }

    /// Honest claims of the ID token at the tests' moment.
    pub fn honest_claims(&self) -> Value {
        self.shared.honest_claims()
    }

    /// A token signed by the published key.
    pub fn signed(claims: &Value) -> String {
        sign(&json!({"alg": "RS256", "kid": "cle-0", "typ": "JWT"}), &claims.to_string(), 0, |_| None)
    }

    fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.behaviour.lock().expect("not poisoned"));
    }
}

impl Drop for ProviderDouble {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn issuer(&self) -> String {
        format!("{}/auth/realms/esante-wallet", self.origin)
    }

    fn honest_claims(&self) -> Value {
        let now = NOW.unix_seconds();
        json!({
            "iss": self.issuer(), "sub": SUBJECT, "aud": CLIENT_ID, "exp": now + 120, "iat": now, "auth_time": now - 5, "typ": "ID",
            "azp": CLIENT_ID, "nonce": NONCE, "acr": "eidas1", "sid": "s", "session_state": "s", "jti": "j", "email_verified": false,
            "preferred_username": "899700999016",
        })
    }

    fn discovery(&self) -> Value {
        let (issuer, realm) = (self.issuer(), format!("{}/protocol/openid-connect", self.issuer()));
        // The traps of the real document are there: unknown algorithms, odd acr values, aliases.
        json!({
            "issuer": issuer, "authorization_endpoint": "http://127.0.0.1:9/auth", "token_endpoint": format!("{realm}/token"),
            "userinfo_endpoint": format!("{realm}/userinfo"), "end_session_endpoint": format!("{realm}/logout"),
            "jwks_uri": format!("{realm}/certs"), "acr_values_supported": ["0", "0"], "response_modes_supported": ["query", "query.jwt"],
            "id_token_signing_alg_values_supported": ["PS256", "EdDSA", "RS256", "HS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth", "client_secret_basic"],
            "mtls_endpoint_aliases": {"token_endpoint": "https://ailleurs.example/token"},
            "authorization_response_iss_parameter_supported": true,
        })
    }

    fn jwks(published: &[usize]) -> Value {
        let mut keys: Vec<Value> = published
            .iter()
            .map(|index| {
                let key: RsaPublicKeyComponents<Vec<u8>> = KEYS[*index].public_key().into();
                let (n, e) = (URL_SAFE_NO_PAD.encode(&key.n), URL_SAFE_NO_PAD.encode(&key.e));
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("cle-{index}"), "n": n, "e": e})
            })
            .collect();
        // Keycloak publishes its encryption key in the same set.
        keys.push(json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "chiffrement", "n": "AQAB", "e": "AQAB"}));
        keys.push(json!({"kty": "inconnu", "kid": "futur"}));
        json!({ "keys": keys })
    }

    fn token_answer(&self, behaviour: &Behaviour) -> Value {
        let mut header = json!({"alg": "RS256", "kid": format!("cle-{}", behaviour.signing), "typ": "JWT"});
        (behaviour.header)(&mut header);
        let mut claims = self.honest_claims();
        (behaviour.id_claims)(&mut claims);
        let payload = behaviour.payload.clone().unwrap_or_else(|| claims.to_string());
        let mut answer = json!({
            "access_token": ACCESS_TOKEN, "expires_in": 120, "refresh_token": "jeton-de-rafraichissement", "refresh_expires_in": 1800,
            "token_type": "Bearer", "id_token": sign(&header, &payload, behaviour.signing, behaviour.signature),
            "session_state": "s", "scope": "openid profile scope_all identity", "not-before-policy": 0,
        });
        (behaviour.token)(&mut answer);
        answer
    }
}

fn sign(header: &Value, payload: &str, key: usize, signature: fn(&str) -> Option<Vec<u8>>) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let bytes = signature(&signed).unwrap_or_else(|| {
        let mut bytes = vec![0; KEYS[key].public_modulus_len()];
        KEYS[key].sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes(), &mut bytes).expect("signed");
        bytes
    });
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The published key in DER: what a forger knows.
pub fn published_key_der() -> Vec<u8> {
    KEYS[0].public_key().as_der().expect("encoded").as_ref().to_vec()
}

async fn answer(State(shared): State<Arc<Shared>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let path = uri.path().to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    shared.seen.lock().expect("not poisoned").push(Seen { method, path: path.clone(), headers, body });

    let fault = {
        let behaviour = shared.behaviour.lock().expect("not poisoned");
        behaviour.faults.iter().find(|(end, _)| path.ends_with(end)).map(|(_, fault)| fault.clone())
    };
    match fault {
        Some(Fault::Answer(status, kind, body)) => {
            return Response::builder()
                .status(status)
                .header("content-type", kind)
                .header("location", "/")
                .body(body.into())
                .expect("built");
        }
        Some(Fault::Redirect(location)) => {
            return Response::builder().status(302).header("location", location).body(Body::empty()).expect("built");
        }
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::Drip) => {
            let first = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
            let body = Body::from_stream(futures::StreamExt::chain(first, futures::stream::pending()));
            return Response::builder().header("content-type", "application/json").body(body).expect("built");
        }
        None => {}
    }

    let behaviour = shared.behaviour.lock().expect("not poisoned");
    let json = match path.rsplit('/').next() {
        Some("wallet-openid-configuration") => {
            let mut discovery = shared.discovery();
            (behaviour.discovery)(&mut discovery);
            discovery
        }
        Some("certs") => Shared::jwks(&behaviour.published),
        Some("token") => shared.token_answer(&behaviour),
        Some("userinfo") => behaviour.userinfo.clone(),
        Some("logout") => return Response::builder().status(204).body(Body::empty()).expect("built"),
        _ => return Response::builder().status(404).body(Body::empty()).expect("built"),
    };
    Response::builder()
        .header("date", dated())
        .header("content-type", "application/json;charset=UTF-8")
        .body(json.to_string().into())
        .expect("built")
}

/// The tests' moment, as answers are dated.
fn dated() -> String {
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_millis(NOW.0.unsigned_abs()))
}

pub fn party(provider: &ProviderDouble, psc: &str) -> ProSanteConnect {
    ProSanteConnect::new(&provider.config(psc), provider.clock.clone(), Arc::new(SystemRandom)).expect("prepared")
}

pub fn hasty_party(provider: &ProviderDouble) -> ProSanteConnect {
    let limits = Limits { call: SHORT_LIMIT, chain: CHAIN_LIMIT };
    ProSanteConnect::with_limits(&provider.config(""), limits, provider.clock.clone(), Arc::new(SystemRandom)).expect("prepared")
}

pub async fn exchange(party: &ProSanteConnect) -> Result<Identity, ProviderError> {
    let [code, nonce, pkce_verifier] = ["code-d-essai", NONCE, "verifieur-d-essai-de-quarante-trois-caracteres"].map(SecretString::from);
    party.exchange(&code, PendingAuthorization { nonce: &nonce, pkce_verifier: &pkce_verifier }).await
}

/// Refused with this code before userinfo was asked.
#[track_caller]
pub fn assert_refused_early(provider: &ProviderDouble, result: Result<Identity, ProviderError>, code: ErrorCode, why: &str) {
    let error = result.expect_err(why);
    assert_eq!(error.code(), code, "{why}: {error}");
    assert!(provider.seen("/userinfo").is_empty(), "{why}: userinfo was asked all the same");
}
