//! Pro Santé Connect as it must not be: it answers honestly, but for what a test bends. It speaks HTTP by hand, so that nothing sensible stands
//! between a lie and the wire. Where things work, the simulator stands in its place.
//!
//! It depends on nothing of Vestibule, so that the companion can use it in its own tests.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub mod behaviour;
pub mod keys;

pub use self::behaviour::{Behaviour, Bend, ClientProof, Facts, Reply};

/// The companion as a client.
pub const CLIENT_ID: &str = "client-essai";
/// Another text once it is encoded as a form.
pub const CLIENT_SECRET: &str = "secret d'essai+%";
/// The code of the sign-in that [`LyingProvider::learn`] told of.
pub const CODE: &str = "psc-code";
pub const ACCESS_TOKEN: &str = "psc-access";
pub const REFRESHED_TOKEN: &str = "psc-refresh-2";
pub const SUBJECT: &str = "f:00000000-aaaa-4bbb-8ccc-000000000001:899700999016";
const REALM: &str = "/auth/realms/esante-wallet";

/// What a form says.
pub type Form = HashMap<String, String>;

/// A running provider; its task stops when dropped.
#[derive(Debug)]
pub struct LyingProvider {
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    behaviour: Mutex<Behaviour>,
    facts: Mutex<Facts>,
    /// Nonce of the authorization request for which each code was given.
    codes: Mutex<HashMap<String, String>>,
    /// Every request that arrived, whatever came of it.
    seen: Mutex<Vec<Request>>,
    sign_outs: Mutex<Vec<Form>>,
    holds_sign_outs: watch::Sender<bool>,
}

impl LyingProvider {
    /// On a free port.
    pub async fn start(behaviour: Behaviour, now_s: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let issuer = format!("{origin}{REALM}");
        let facts = Facts { origin, issuer, nonce: String::new(), state: String::new(), now_s };
        let shared = Arc::new(Shared {
            behaviour: Mutex::new(behaviour),
            facts: Mutex::new(facts),
            codes: Mutex::default(),
            seen: Mutex::default(),
            sign_outs: Mutex::default(),
            holds_sign_outs: watch::Sender::default(),
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { shared, serving }
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        self.facts().origin
    }

    /// What is known of the sign-in under way.
    pub fn facts(&self) -> Facts {
        self.shared.facts.lock().unwrap().clone()
    }

    /// From now on, something else is bent.
    pub fn bend(&self, bend: impl FnOnce(&mut Behaviour)) {
        bend(&mut self.shared.behaviour.lock().unwrap());
    }

    /// What the authorization request said; the code for it is [`CODE`].
    pub fn learn(&self, nonce: &str, state: &str) {
        let mut facts = self.shared.facts.lock().unwrap();
        (facts.nonce, facts.state) = (nonce.to_owned(), state.to_owned());
        self.shared.codes.lock().unwrap().insert(CODE.to_owned(), nonce.to_owned());
    }

    /// The person signs in: a code for the nonce of the authorization request.
    pub fn grant(&self, nonce: &str) -> String {
        let code = format!("psc-code-for-{nonce}");
        self.shared.codes.lock().unwrap().insert(code.clone(), nonce.to_owned());
        code
    }

    /// Sets its clock.
    pub fn set_now(&self, now_s: i64) {
        self.shared.facts.lock().unwrap().now_s = now_s;
    }

    /// Moves its clock.
    pub fn advance_seconds(&self, seconds: i64) {
        self.shared.facts.lock().unwrap().now_s += seconds;
    }

    /// How often an endpoint was asked, by the end of its path.
    pub fn calls(&self, end: &str) -> usize {
        self.heard().iter().filter(|path| path.ends_with(end)).count()
    }

    /// Path of everything that arrived, in order.
    pub fn heard(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().iter().map(|request| request.path.clone()).collect()
    }

    /// What an endpoint was asked, by the end of its path.
    pub fn asked(&self, end: &str) -> Vec<Request> {
        self.shared.seen.lock().unwrap().iter().filter(|request| request.path.ends_with(end)).cloned().collect()
    }

    /// Forms that asked to end a session.
    pub fn sign_outs(&self) -> Vec<Form> {
        self.shared.sign_outs.lock().unwrap().clone()
    }

    /// Whether what asks to end a session waits for its answer.
    pub fn hold_sign_outs(&self, holds: bool) {
        self.shared.holds_sign_outs.send_replace(holds);
    }
}

impl Drop for LyingProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Connections end with the provider.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // A companion that hangs up early is its own affair.
        connections.spawn(async move { drop(answer(stream, &shared).await) });
    }
}

async fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let request = read(&mut stream).await?;
    let path = request.path.clone();
    let count = {
        let mut seen = shared.seen.lock().unwrap();
        seen.push(request.clone());
        seen.iter().filter(|earlier| earlier.path == path).count()
    };
    let form: Form = request.form().into_iter().collect();
    let endpoint = path.rsplit('/').next().unwrap_or_default();
    if endpoint == "logout" {
        shared.sign_outs.lock().unwrap().push(form.clone());
        // Its sender is as old as this task.
        drop(shared.holds_sign_outs.subscribe().wait_for(|holds| !holds).await);
    }
    let (behaviour, facts) = (shared.behaviour.lock().unwrap().clone(), shared.facts.lock().unwrap().clone());
    let refused = |status| (Reply::Text(status, "application/json", |_, _| r#"{"error":"invalid_grant"}"#.to_owned()), Value::Null);
    let (reply, honest) = match endpoint {
        "wallet-openid-configuration" => (behaviour.discovery, discovery(&facts)),
        "certs" => (behaviour.jwks_later.filter(|_| count > 1).unwrap_or(behaviour.jwks), jwks()),
        "token" if !is_client(&request, &form, &behaviour) => refused(401),
        "token" if form.get("grant_type").is_some_and(|grant| grant == "refresh_token") => {
            (behaviour.refresh.clone(), refreshed(&behaviour, &facts))
        }
        "token" => match form.get("code").and_then(|code| shared.nonce_of(code, behaviour.keeps_codes)) {
            Some(nonce) => (behaviour.token.clone(), tokens(&behaviour, &Facts { nonce, ..facts.clone() })),
            None => refused(400),
        },
        "userinfo" => (behaviour.userinfo, person()),
        "logout" => (behaviour.end_session, form.get("post_logout_redirect_uri").map_or(Value::Null, |address| json!(address))),
        _ => (Reply::Text(404, "text/plain", |_, _| String::new()), Value::Null),
    };
    send(&mut stream, reply, honest, &facts).await
}

impl Shared {
    /// A code serves once, unless told otherwise.
    fn nonce_of(&self, code: &str, keeps_codes: bool) -> Option<String> {
        let mut codes = self.codes.lock().unwrap();
        if keeps_codes { codes.get(code).cloned() } else { codes.remove(code) }
    }
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    head: String,
    body: String,
}

impl Request {
    /// Form fields in their order.
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// A header by its name, however it is written.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(said, _)| said.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// RFC 6749 section 2.3.1, one way and not the other, with the code's verifier where there is a code.
fn is_client(request: &Request, form: &Form, behaviour: &Behaviour) -> bool {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET))));
    let is_basic = request.header("authorization") == Some(&basic);
    let is_posted = form.get("client_secret").is_some_and(|secret| secret == CLIENT_SECRET);
    let is_proven = form.get("grant_type").is_some_and(|grant| grant == "refresh_token") || form.contains_key("code_verifier");
    let expected = match behaviour.client_proof {
        ClientProof::Basic => (true, false),
        ClientProof::Posted => (false, true),
        ClientProof::Certificate => (false, false),
    };
    is_proven && (is_basic, is_posted) == expected
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let announced = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        if body.len() >= announced.unwrap_or(0) {
            let mut line = head.split(' ').map(str::to_owned);
            let (method, target) = (line.next().unwrap_or_default(), line.next().unwrap_or_default());
            let path = target.split('?').next().unwrap_or_default().to_owned();
            return Ok(Request { method, path, head: head.to_owned(), body: body.to_owned() });
        }
    }
}

async fn send(stream: &mut TcpStream, reply: Reply, mut honest: Value, facts: &Facts) -> std::io::Result<()> {
    let mut location = format!("{}/ailleurs", facts.origin);
    let (status, kind, body) = match reply {
        Reply::Json(bend) => {
            bend(&mut honest, facts);
            (200, "application/json;charset=UTF-8", honest.to_string())
        }
        Reply::Text(status, kind, body) => (status, kind, body(&honest, facts)),
        Reply::Exactly(status, kind, body) => (status, kind, body),
        Reply::Redirect(elsewhere) => {
            location = elsewhere;
            (302, "", String::new())
        }
        Reply::Raw(bytes) => {
            stream.write_all(&bytes(&honest)).await?;
            return stream.shutdown().await;
        }
        Reply::Silence => std::future::pending().await,
        Reply::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{").await?;
            std::future::pending().await
        }
    };
    let kind = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
    let location = if (300..400).contains(&status) { format!("Location: {location}\r\n") } else { String::new() };
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    // Its own clock, which the companion compares with its own.
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(facts.now_s.unsigned_abs()));
    let head = format!("HTTP/1.1 {status} Essai\r\nDate: {date}\r\n{kind}{location}{length}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

fn discovery(facts: &Facts) -> Value {
    let (issuer, realm) = (&facts.issuer, format!("{}/protocol/openid-connect", facts.issuer));
    // The traps of the real document: algorithms that are never used, odd levels, aliases elsewhere, an announced `iss` that does not come.
    json!({
        "issuer": issuer, "authorization_endpoint": format!("{}/auth", facts.origin), "token_endpoint": format!("{realm}/token"),
        "userinfo_endpoint": format!("{realm}/userinfo"), "end_session_endpoint": format!("{realm}/logout"),
        "jwks_uri": format!("{realm}/certs"), "acr_values_supported": ["0", "0"], "response_modes_supported": ["query", "query.jwt"],
        "id_token_signing_alg_values_supported": ["PS256", "EdDSA", "RS256", "HS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "tls_client_auth", "client_secret_basic"],
        "mtls_endpoint_aliases": {"token_endpoint": "https://ailleurs.example/token"},
        "authorization_response_iss_parameter_supported": true,
    })
}

fn jwks() -> Value {
    // Keycloak publishes its encryption key in the same set.
    let encryption = json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "chiffrement", "n": "AQAB", "e": "AQAB"});
    json!({"keys": [keys::jwk(0), encryption, {"kty": "inconnu", "kid": "futur"}]})
}

/// Honest claims of an ID token.
fn claims(facts: &Facts) -> Value {
    let now_s = facts.now_s;
    json!({
        "iss": facts.issuer, "sub": SUBJECT, "aud": CLIENT_ID, "exp": now_s + 120, "iat": now_s, "auth_time": now_s - 5, "typ": "ID",
        "azp": CLIENT_ID, "nonce": facts.nonce, "acr": "eidas1", "sid": "s", "session_state": "s", "jti": "j", "email_verified": false,
        "preferred_username": "899700999016",
    })
}

fn tokens(behaviour: &Behaviour, facts: &Facts) -> Value {
    let mut header = json!({"alg": "RS256", "kid": "cle-0", "typ": "JWT"});
    (behaviour.header)(&mut header, facts);
    let mut claims = claims(facts);
    (behaviour.claims)(&mut claims, facts);
    let id_token = keys::compact(&header, &(behaviour.payload)(&claims), behaviour.sign);
    json!({
        "access_token": ACCESS_TOKEN, "expires_in": 120, "refresh_token": "psc-refresh", "refresh_expires_in": 1800, "token_type": "Bearer",
        "id_token": (behaviour.compact)(id_token), "session_state": "s", "scope": "openid profile scope_all identity", "not-before-policy": 0,
    })
}

fn refreshed(behaviour: &Behaviour, facts: &Facts) -> Value {
    let mut claims = claims(facts);
    claims.as_object_mut().unwrap().remove("nonce");
    (behaviour.refreshed_claims)(&mut claims, facts);
    let id_token = keys::compact(&json!({"alg": "RS256", "kid": "cle-0", "typ": "JWT"}), &claims.to_string(), keys::rs256);
    json!({
        "access_token": "psc-access-2", "expires_in": 120, "refresh_token": REFRESHED_TOKEN, "refresh_expires_in": 1800,
        "token_type": "Bearer", "id_token": id_token, "session_state": "s", "scope": "openid scope_all", "not-before-policy": 0,
    })
}

fn person() -> Value {
    json!({
        "sub": SUBJECT, "SubjectNameID": "899700999016", "preferred_username": "899700999016", "given_name": "Camille",
        "family_name": "FICTIF-EXEMPLE", "SubjectOrganization": "", "Mode_Acces_Raison": "", "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
        "otherIds": [{"identifiant": "899700999016", "origine": "RPPS", "qualite": 1}],
        "SubjectRefPro": {"codeCivilite": "MME", "exercices": [{
            "codeProfession": "10", "codeCategorieProfessionnelle": "C", "codeCiviliteDexercice": "DR", "nomDexercice": "FICTIF-EXEMPLE",
            "prenomDexercice": "Camille", "codeTypeSavoirFaire": "S", "codeSavoirFaire": "SM54",
            "activities": [{"codeModeExercice": "L", "codeSecteurDactivite": "SA07", "raisonSocialeSite": "CABINET FICTIF"}],
        }]},
    })
}
