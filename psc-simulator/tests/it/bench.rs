//! A running simulator on free ports, a relying party and a browser.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use psc_simulator::clock::{Clock, ManualClock};
use psc_simulator::keys::SigningKeys;
use psc_simulator::settings::{Authentication, Client, Settings};
use psc_simulator::tls::Tls;
use psc_simulator::{Addresses, Listeners, persona, run};
use reqwest::{Response, StatusCode, header, redirect};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

pub const CLIENT: &str = "vestibule-demo";
pub const SECRET: &str = "not a secret: 100% made up & for tests";
pub const OTHER_CLIENT: &str = "another-service";
pub const CALLBACK: &str = "http://127.0.0.1:8080/psc/callback";
pub const LOGOUT_RETURN: &str = "http://127.0.0.1:8080/psc/logout-return";
pub const VERIFIER: &str = "a-verifier-long-enough-to-be-accepted-by-anyone-43";

/// Any free port of this machine.
const FREE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const START: u64 = 1_900_000_000;

/// Keys are slow to make: one pair serves every test, each with its own choice of active key.
fn keys() -> SigningKeys {
    static KEYS: OnceLock<SigningKeys> = OnceLock::new();
    KEYS.get_or_init(|| SigningKeys::generate().expect("keys")).detached()
}

pub struct Bench {
    pub addresses: Addresses,
    pub http: reqwest::Client,
    pub clock: Arc<ManualClock>,
    _stop: DropGuard,
}

impl Bench {
    pub async fn start() -> Self {
        let listeners = Listeners::bind(FREE, FREE, FREE).await.expect("free ports");
        Self::start_on(listeners, Authentication::Secret(SecretString::from(SECRET)))
    }

    /// Over TLS, with a client known by its certificate's subject and tokens bound to it; the authority to trust comes with it, PEM.
    pub async fn secured(client_authority: &str, subject: &str) -> (Self, String) {
        let (tls, authority) = Tls::made_now(&[FREE], Some(client_authority.as_bytes())).expect("certificates");
        let listeners = Listeners::bind(FREE, FREE, FREE).await.expect("free ports").secured(tls, Some(FREE), true).await.expect("a port");
        (Self::start_on(listeners, Authentication::CertificateSubject(subject.to_owned())), authority)
    }

    fn start_on(listeners: Listeners, authentication: Authentication) -> Self {
        let addresses = listeners.addresses().expect("addresses");
        let client = |id: &str| Client {
            id: id.to_owned(),
            name: "Dossier Exemple".to_owned(),
            authentication: authentication.clone(),
            redirect_uris: vec![CALLBACK.to_owned()],
            logout_uris: vec![LOGOUT_RETURN.to_owned()],
        };
        let settings = Settings {
            clients: vec![client(CLIENT), client(OTHER_CLIENT)],
            personas: persona::embedded().expect("personas"),
            keys: keys(),
        };
        let clock = Arc::new(ManualClock::at(START));
        let stop = CancellationToken::new();
        tokio::spawn(run(settings, listeners, Arc::clone(&clock) as Arc<dyn Clock>, stop.clone()));
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().expect("client");
        Self { addresses, http, clock, _stop: stop.drop_guard() }
    }

    pub fn administration(&self, path: &str) -> String {
        format!("http://{}/administration/{path}", self.addresses.administration)
    }

    pub async fn set_faults(&self, faults: Value) {
        let address = self.administration(&format!("clients/{CLIENT}/faults"));
        let answer = self.http.put(address).json(&faults).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{}", answer.text().await.expect("text"));
    }

    pub async fn journal(&self) -> Vec<Value> {
        self.http.get(self.administration("journal")).send().await.expect("answer").json().await.expect("json")
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> Response {
        // The credentials are form-encoded before Basic (RFC 6749 section 2.3.1).
        let secret: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let request = self.http.post(self.addresses.endpoint("token")).basic_auth(CLIENT, Some(secret)).form(form);
        request.send().await.expect("answer")
    }

    pub async fn redeem(&self, code: &str) -> Response {
        let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        self.token(&form).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Response {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    pub async fn userinfo(&self, access_token: &str) -> Response {
        self.http.get(self.addresses.endpoint("userinfo")).bearer_auth(access_token).send().await.expect("answer")
    }

    /// Signs this persona in with a fresh browser and exchanges the code.
    pub async fn tokens(&self, persona: &str) -> Value {
        let code = Browser::new(self).code(persona, "card").await;
        granted(self.redeem(&code).await).await
    }

    /// The claims of a token whose signature the published keys confirm; header first.
    pub async fn verified(&self, token: &str) -> Result<(Value, Map<String, Value>), &'static str> {
        let published: Value = self.http.get(self.addresses.endpoint("certs")).send().await.expect("answer").json().await.expect("json");
        let (message, signature) = token.rsplit_once('.').expect("three parts");
        let (header, payload) = message.split_once('.').expect("three parts");
        let header: Value = serde_json::from_slice(&decoded(header)).expect("header");
        let keys = published["keys"].as_array().expect("keys");
        let key = keys.iter().find(|key| key["kid"] == header["kid"]).ok_or("unknown kid")?;
        let part = |name: &str| decoded(key[name].as_str().expect("part"));
        let components = PublicKeyComponents { n: part("n"), e: part("e") };
        components.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &decoded(signature)).map_err(|_| "bad signature")?;
        Ok((header, serde_json::from_slice(&decoded(payload)).expect("claims")))
    }
}

pub fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("base64url")
}

/// The JSON of a successful token answer.
pub async fn granted(answer: Response) -> Value {
    let status = answer.status();
    let body: Value = answer.json().await.expect("json");
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// The error of a refused answer, with its status.
pub async fn refused(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("json");
    (status, body["error"].as_str().expect("error").to_owned())
}

pub fn text<'json>(json: &'json Value, name: &str) -> &'json str {
    json[name].as_str().unwrap_or_else(|| panic!("{name} is missing"))
}

/// A good authorization request, to be spoilt by the test.
pub fn good_request() -> Vec<(&'static str, String)> {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    vec![
        ("response_type", "code".to_owned()),
        ("client_id", CLIENT.to_owned()),
        ("redirect_uri", CALLBACK.to_owned()),
        ("scope", "openid scope_all".to_owned()),
        ("acr_values", "eidas1".to_owned()),
        ("state", "the state & more".to_owned()),
        ("nonce", "the nonce".to_owned()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
    ]
}

/// The same with one parameter replaced, or removed.
pub fn request_with(name: &'static str, value: Option<&str>) -> Vec<(&'static str, String)> {
    let mut request: Vec<_> = good_request().into_iter().filter(|(key, _)| *key != name).collect();
    request.extend(value.map(|value| (name, value.to_owned())));
    request
}

/// Follows forms as a person would, keeps one cookie.
pub struct Browser<'bench> {
    bench: &'bench Bench,
    pub cookie: Option<String>,
}

/// What the browser has in front of it.
pub struct Page {
    pub status: StatusCode,
    pub html: String,
}

impl Page {
    /// Name of the step, from `<main data-step>`.
    pub fn step(&self) -> &str {
        self.between("data-step=\"", "\"").expect("a step")
    }

    /// Value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        self.between(&format!("name=\"{name}\" value=\""), "\"").expect("hidden field").to_owned()
    }

    fn between(&self, before: &str, after: &str) -> Option<&str> {
        Some(self.html.split_once(before)?.1.split_once(after)?.0)
    }
}

/// Where a browser arrives.
pub enum Arrival {
    /// A page of the simulator.
    Page(Page),
    /// The relying party.
    Away(Url),
}

impl Arrival {
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Away(address) => panic!("left for {address}"),
        }
    }

    pub fn away(self) -> HashMap<String, String> {
        match self {
            Self::Page(page) => panic!("still on {}", page.html),
            Self::Away(address) => {
                assert!(address.as_str().starts_with(CALLBACK), "{address}");
                address.query_pairs().into_owned().collect()
            }
        }
    }
}

impl<'bench> Browser<'bench> {
    pub fn new(bench: &'bench Bench) -> Self {
        Self { bench, cookie: None }
    }

    pub async fn open(&mut self, request: &[(&str, String)]) -> Arrival {
        let request = self.bench.http.get(self.bench.addresses.authorization_endpoint()).query(request);
        self.follow(request).await
    }

    /// Presses a button of the page.
    pub async fn press(&mut self, page: &Page, name: &str, value: &str) -> Arrival {
        self.send(&[("interaction", &page.hidden("interaction")), (name, value)]).await
    }

    pub async fn send(&mut self, form: &[(&str, &str)]) -> Arrival {
        let request = self.bench.http.post(format!("http://{}/auth/step", self.bench.addresses.wallet)).form(form);
        self.follow(request).await
    }

    /// From the first page to the last: the callback's parameters.
    pub async fn walk(&mut self, persona: &str, means: &str) -> HashMap<String, String> {
        let page = self.open(&good_request()).await.page();
        let page = self.press(&page, "means", means).await.page();
        let page = self.press(&page, "persona", persona).await.page();
        let page = self.press(&page, "decision", "approve").await.page();
        self.press(&page, "decision", "approve").await.away()
    }

    pub async fn code(&mut self, persona: &str, means: &str) -> String {
        self.walk(persona, means).await.remove("code").expect("a code")
    }

    async fn follow(&mut self, mut request: reqwest::RequestBuilder) -> Arrival {
        loop {
            if let Some(cookie) = &self.cookie {
                request = request.header(header::COOKIE, cookie);
            }
            let answer = request.send().await.expect("answer");
            if let Some(cookie) = answer.headers().get(header::SET_COOKIE) {
                self.cookie = cookie.to_str().expect("cookie").split(';').next().map(ToOwned::to_owned);
            }
            let Some(location) = answer.headers().get(header::LOCATION) else {
                return Arrival::Page(Page { status: answer.status(), html: answer.text().await.expect("text") });
            };
            let next = answer.url().join(location.to_str().expect("location")).expect("address");
            if next.port() != Some(self.bench.addresses.wallet.port()) {
                assert_eq!(answer.status(), StatusCode::FOUND);
                return Arrival::Away(next);
            }
            request = self.bench.http.get(next);
        }
    }
}

/// One fault.
pub fn fault(kind: &str) -> Value {
    json!([{ "kind": kind }])
}
