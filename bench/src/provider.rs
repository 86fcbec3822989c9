//! A provider that answers at once: what Pro Santé Connect says in a sign-in, and nothing that it checks. Its code tells who signed in and for
//! which nonce, its access token who.

use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Router, body::Bytes};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::letters::encoded;
use crate::ticks::unix_seconds;

/// The companion as a client.
pub const CLIENT_ID: &str = "vestibule-demo";
/// Under which its endpoints are.
pub const REALM: &str = "/auth/realms/esante-wallet";
const DOCUMENT: &str = "/.well-known/wallet-openid-configuration";

/// It ends with this value.
pub struct Provider {
    pub origin: String,
    serving: tokio::task::JoinHandle<()>,
}

struct Answers {
    key: RsaKeyPair,
    issuer: String,
    discovery: String,
    keys: String,
}

/// The code of a person who signed in.
pub fn code(person: u64, nonce: &str) -> String {
    format!("{person}.{nonce}")
}

impl Provider {
    /// On a free port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let answers = Arc::new(Answers::at(&origin)?);
        let router = Router::new()
            .route(
                &format!("{REALM}{DOCUMENT}"),
                get(|State(answers): State<Arc<Answers>>| async move { json_text(answers.discovery.clone()) }),
            )
            .route(
                &format!("{REALM}/protocol/openid-connect/certs"),
                get(|State(answers): State<Arc<Answers>>| async move { json_text(answers.keys.clone()) }),
            )
            .route(&format!("{REALM}/protocol/openid-connect/token"), post(token))
            .route(&format!("{REALM}/protocol/openid-connect/userinfo"), get(userinfo))
            .with_state(answers);
        let serving = tokio::spawn(async move {
            // It ends when the measure does.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { origin, serving })
    }

    /// Where it says what it is: not where clients look by themselves, as with Pro Santé Connect.
    pub fn discovery(&self) -> String {
        format!("{}{REALM}{DOCUMENT}", self.origin)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

type JsonText = ([(axum::http::HeaderName, &'static str); 1], String);

fn json_text(text: String) -> JsonText {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], text)
}

async fn token(State(answers): State<Arc<Answers>>, body: Bytes) -> Result<JsonText, StatusCode> {
    let code = form_urlencoded::parse(&body).find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    let code = code.ok_or(StatusCode::BAD_REQUEST)?;
    let (person, nonce) = code.split_once('.').ok_or(StatusCode::BAD_REQUEST)?;
    let id_token = answers.id_token(person, nonce).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(json_text(format!(
        r#"{{"access_token":"{person}","expires_in":120,"refresh_token":"refresh","refresh_expires_in":1800,"token_type":"Bearer","id_token":"{id_token}","scope":"openid scope_all"}}"#
    )))
}

async fn userinfo(headers: HeaderMap) -> Result<JsonText, StatusCode> {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    Ok(json_text(person(token.ok_or(StatusCode::UNAUTHORIZED)?).to_string()))
}

impl Answers {
    fn at(origin: &str) -> anyhow::Result<Self> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let public: RsaPublicKeyComponents<Vec<u8>> = key.public_key().into();
        let (n, e) = (encoded(&public.n), encoded(&public.e));
        let issuer = format!("{origin}{REALM}");
        let at = format!("{issuer}/protocol/openid-connect");
        let discovery = json!({
            "issuer": issuer, "authorization_endpoint": format!("{origin}/auth"), "token_endpoint": format!("{at}/token"),
            "userinfo_endpoint": format!("{at}/userinfo"), "end_session_endpoint": format!("{at}/logout"), "jwks_uri": format!("{at}/certs"),
            "id_token_signing_alg_values_supported": ["RS256"], "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        });
        let keys = json!({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "banc", "n": n, "e": e}]});
        Ok(Self { key, discovery: discovery.to_string(), keys: keys.to_string(), issuer })
    }

    fn id_token(&self, person: &str, nonce: &str) -> anyhow::Result<String> {
        let now = unix_seconds()?;
        let claims = json!({
            "iss": self.issuer, "sub": subject(person), "aud": CLIENT_ID, "exp": now + 120, "iat": now, "auth_time": now, "typ": "ID",
            "azp": CLIENT_ID, "nonce": nonce, "acr": "eidas1", "sid": person, "preferred_username": national_id(person),
        });
        let header = encoded(br#"{"alg":"RS256","kid":"banc","typ":"JWT"}"#);
        let signed = format!("{header}.{}", encoded(claims.to_string().as_bytes()));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok().context("no signature")?;
        Ok(format!("{signed}.{}", encoded(&signature)))
    }
}

fn national_id(person: &str) -> String {
    format!("8{person:0>11}")
}

fn subject(person: &str) -> String {
    format!("f:00000000-aaaa-4bbb-8ccc-000000000001:{}", national_id(person))
}

/// What a general practitioner's userinfo weighs. Nobody of this name exists.
fn person(person: &str) -> Value {
    let id = national_id(person);
    json!({
        "sub": subject(person), "SubjectNameID": id, "preferred_username": id, "given_name": "Camille", "family_name": "FICTIF-BANC",
        "SubjectOrganization": "", "Mode_Acces_Raison": "", "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
        "otherIds": [{"identifiant": id, "origine": "RPPS", "qualite": 1}],
        "SubjectRefPro": {"codeCivilite": "MME", "exercices": [{
            "codeProfession": "10", "codeCategorieProfessionnelle": "C", "codeCiviliteDexercice": "DR", "nomDexercice": "FICTIF-BANC",
            "prenomDexercice": "Camille", "codeTypeSavoirFaire": "S", "codeSavoirFaire": "SM54",
            "activities": [{"codeModeExercice": "L", "codeSecteurDactivite": "SA07", "raisonSocialeSite": "CABINET FICTIF"}],
        }]},
    })
}
