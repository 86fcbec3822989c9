//! As little of Pro Santé Connect as a whole sign-in needs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::watch;

const REALM: &str = "/auth/realms/esante-wallet";
pub const CLIENT_ID: &str = "psc-client";

/// The stand-in; it stops with its runtime.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    origin: String,
    key: RsaKeyPair,
    /// Authorization code to nonce.
    codes: Mutex<HashMap<String, String>>,
    /// Last part of the path of every request that arrived, whatever came of it.
    heard: Mutex<Vec<String>>,
    sign_outs: Mutex<Vec<HashMap<String, String>>>,
    refuses_sign_outs: Mutex<bool>,
    holds_sign_outs: watch::Sender<bool>,
    now_s: AtomicI64,
}

impl Provider {
    pub async fn start(now_s: i64) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self(Arc::new(Inner {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            key: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            codes: Mutex::default(),
            heard: Mutex::default(),
            sign_outs: Mutex::default(),
            refuses_sign_outs: Mutex::default(),
            holds_sign_outs: watch::Sender::default(),
            now_s: AtomicI64::new(now_s),
        }));
        let router = Router::new()
            .route(&format!("{REALM}/.well-known/wallet-openid-configuration"), get(discovery))
            .route(&format!("{REALM}/protocol/openid-connect/certs"), get(keys))
            .route(&format!("{REALM}/protocol/openid-connect/token"), post(token))
            .route(&format!("{REALM}/protocol/openid-connect/userinfo"), get(userinfo))
            .route(&format!("{REALM}/protocol/openid-connect/logout"), post(sign_out))
            .layer(from_fn_with_state(provider.clone(), hear))
            .layer(axum::middleware::from_fn_with_state(provider.clone(), dated))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    pub fn issuer(&self) -> String {
        format!("{}{REALM}", self.0.origin)
    }

    /// The person signs in: a code for the nonce of the authorization request.
    pub fn grant(&self, nonce: &str) -> String {
        let code = format!("psc-code-for-{nonce}");
        self.0.codes.lock().unwrap().insert(code.clone(), nonce.to_owned());
        code
    }

    pub fn advance_seconds(&self, seconds: i64) {
        self.0.now_s.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Everything that arrived, in order.
    pub fn heard(&self) -> Vec<String> {
        self.0.heard.lock().unwrap().clone()
    }

    /// Forms that asked to end a session.
    pub fn sign_outs(&self) -> Vec<HashMap<String, String>> {
        self.0.sign_outs.lock().unwrap().clone()
    }

    /// Whether what asks to end a session waits for its answer.
    pub fn hold_sign_outs(&self, holds: bool) {
        self.0.holds_sign_outs.send_replace(holds);
    }

    pub fn serve_sign_outs(&self) {
        *self.0.refuses_sign_outs.lock().unwrap() = false;
    }

    pub fn refuse_sign_outs(&self) {
        *self.0.refuses_sign_outs.lock().unwrap() = true;
    }

    fn id_token(&self, nonce: &str) -> String {
        let now_s = self.0.now_s.load(Ordering::Relaxed);
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": "one"});
        let claims = json!({
            "iss": self.issuer(), "aud": CLIENT_ID, "azp": CLIENT_ID, "sub": "subject-1", "nonce": nonce, "typ": "ID",
            "exp": now_s + 120, "iat": now_s, "auth_time": now_s, "acr": "eidas1", "sid": "sid-1",
        });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.0.key.public_modulus_len()];
        self.0.key.sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn hear(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let what = request.uri().path().rsplit('/').next().unwrap().to_owned();
    provider.0.heard.lock().unwrap().push(what);
    next.run(request).await
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let issuer = provider.issuer();
    let endpoint = |name: &str| format!("{issuer}/protocol/openid-connect/{name}");
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{}/auth", provider.origin()),
        "token_endpoint": endpoint("token"),
        "userinfo_endpoint": endpoint("userinfo"),
        "end_session_endpoint": endpoint("logout"),
        "jwks_uri": endpoint("certs"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let public = provider.0.key.public_key();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (modulus, exponent) = (public.modulus().big_endian_without_leading_zero(), public.exponent().big_endian_without_leading_zero());
    Json(json!({"keys": [{"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": part(modulus), "e": part(exponent)}]}))
}

async fn token(State(provider): State<Provider>, Form(form): Form<HashMap<String, String>>) -> (StatusCode, Json<Value>) {
    let nonce = form.get("code").and_then(|code| provider.0.codes.lock().unwrap().remove(code));
    match nonce {
        Some(nonce) => {
            let tokens = json!({
                "access_token": "psc-access", "token_type": "Bearer", "expires_in": 120, "refresh_token": "psc-refresh",
                "refresh_expires_in": 1800, "id_token": provider.id_token(&nonce), "scope": "openid scope_all",
            });
            (StatusCode::OK, Json(tokens))
        }
        None => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))),
    }
}

async fn userinfo() -> Json<Value> {
    let activity = |id: &str, place: &str| {
        json!({
            "codeModeExercice": "L", "codeSecteurDactivite": "SA07", "codeSectionPharmacien": "", "codeRole": "", "codeGenreActivite": "GENR01",
            "raisonSocialeSite": place, "identifiantTechniqueStructure": id, "identifiant_technique_structure": id,
        })
    };
    Json(json!({
        "sub": "subject-1", "SubjectNameID": "899700218896", "SubjectOrganization": "", "Mode_Acces_Raison": "", "authMode": "CARD",
        "given_name": "Camille", "family_name": "FICTIF-EXEMPLE", "preferred_username": "899700218896",
        "SubjectRefPro": {"codeCivilite": "MME", "exercices": [{
            "codeProfession": "10", "codeCategorieProfessionnelle": "C", "codeCiviliteDexercice": "DR", "nomDexercice": "FICTIF-EXEMPLE",
            "prenomDexercice": "Camille", "codeTypeSavoirFaire": "S", "codeSavoirFaire": "SM54",
            "activities": [activity("R1", "CABINET FICTIF"), activity("R2", "HOPITAL FICTIF")],
        }]},
    }))
}

async fn sign_out(State(provider): State<Provider>, Form(form): Form<HashMap<String, String>>) -> StatusCode {
    provider.0.sign_outs.lock().unwrap().push(form);
    drop(provider.0.holds_sign_outs.subscribe().wait_for(|holds| !holds).await);
    if *provider.0.refuses_sign_outs.lock().unwrap() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
}

/// Dates each answer by this double's own clock: the server below would write the machine's.
async fn dated(
    State(provider): State<Provider>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let mut answer = next.run(request).await;
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(provider.0.now_s.load(Ordering::Relaxed).unsigned_abs());
    answer.headers_mut().insert(http::header::DATE, httpdate::fmt_http_date(now).try_into().unwrap());
    answer
}
