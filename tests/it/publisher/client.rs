//! A publisher's client that knows the guide and nothing else.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::raw_client::{Answer, Body, RawClient, digest, random_text};
use vestibule_tests::stack::{Doorstep, Options, Stack, now};

use super::{Request, fields};

/// A publisher's client that does what the guide says, and knows nothing else.
pub struct Publisher {
    pub stack: Stack,
    pub app: RawClient,
    pub browser: ScriptedBrowser,
    doorstep: Doorstep,
    pub number: String,
    /// Values that the guide leaves open, by the name of their parameter.
    pub values: BTreeMap<String, String>,
    access: String,
    pub answer: Option<Answer>,
    back: Option<url::Url>,
}

impl Publisher {
    pub async fn new(workstations: &'static str) -> Self {
        let stack = Stack::start(Options { workstations, ..Options::default() }).await.expect("the stack starts");
        let app = stack.app().expect("an app");
        let doorstep = Doorstep::open().expect("a listener");
        let verifier = random_text();
        let values = BTreeMap::from([
            ("redirect_uri".to_owned(), doorstep.redirect_uri.clone()),
            ("state".to_owned(), random_text()),
            ("code_challenge".to_owned(), digest(&verifier)),
            ("code_verifier".to_owned(), verifier),
            ("dpop_jkt".to_owned(), app.device.thumbprint()),
            ("enrolment_token".to_owned(), String::new()),
        ]);
        let browser = ScriptedBrowser::new().expect("a browser");
        Self { stack, app, browser, doorstep, number: String::new(), values, access: String::new(), answer: None, back: None }
    }

    /// The guide's form; what it leaves open comes from this client.
    fn filled(&self, text: &str) -> Vec<(String, String)> {
        let value = |name: &str, written: &str| {
            let is_open = written.contains(['<', '…']) || name == "confirmation_code";
            if is_open { self.values.get(name).unwrap_or_else(|| panic!("{name}: no value yet")).clone() } else { written.to_owned() }
        };
        fields(text)
            .into_iter()
            .map(|(name, written)| (name.to_owned(), value(name, written)))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    pub async fn does(&mut self, request: &Request) {
        let path = request.target.split('?').next().unwrap_or_default().to_owned();
        let query = request.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        match path.as_str() {
            "/oauth/authorize" => return self.opens_the_browser(query).await,
            path if path.starts_with("/cb/") => return self.is_answered(query),
            _ => {}
        }
        let is_proven = request.headers.contains_key("DPoP");
        let token = request.headers.contains_key("Authorization").then(|| self.access.clone());
        let form = if request.body.starts_with('{') { Vec::new() } else { self.filled(&request.body) };
        let json: Option<Value> = request.body.starts_with('{').then(|| self.json(&request.body));
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = match &json {
            Some(json) => Body::Json(json),
            None if form.is_empty() => Body::None,
            None => Body::Form(&form),
        };
        let answer = match request.headers.get("DPoP").map(String::as_str) {
            Some("<preuve>") => self.app.call(request.method.clone(), &path, token.as_deref(), body).await,
            Some(_) => self.own_server_asks(&path, token.as_deref()).await,
            None => self.without_proof(&path, &form).await,
        };
        let answer = answer.expect("answers");
        assert!(is_proven || path == "/oauth/revoke", "{path}: the guide forgot the proof");
        self.learn(&answer);
        self.answer = Some(answer);
    }

    fn json(&self, body: &str) -> Value {
        let mut json: Value = serde_json::from_str(body).expect("JSON");
        if let Some(id) = json.get_mut("situation_id") {
            *id = self.values["situation_id"].clone().into();
        }
        json
    }

    /// The publisher's server has no key: it presents the proof that the workstation made for it, once.
    async fn own_server_asks(&mut self, path: &str, token: Option<&str>) -> anyhow::Result<Answer> {
        let server = self.stack.app()?;
        let address = format!("{}{path}", self.stack.companion_url);
        let nonce = self.answer.as_ref().and_then(|answer| answer.headers.get("DPoP-Nonce")).and_then(|nonce| nonce.to_str().ok());
        let proof = self.app.device.sign(&self.app.device.proof(&Method::GET, &address, token, nonce, now()));
        let answer = server.send(Method::GET, path, token, &proof, Body::None).await?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let again = server.send(Method::GET, path, token, &proof, Body::None).await?;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED, "a proof serves once");
        let of_its_own = server.call(Method::GET, path, token, Body::None).await?;
        assert_eq!(of_its_own.status, StatusCode::UNAUTHORIZED, "the token is worth nothing without the workstation's key");
        Ok(answer)
    }

    async fn without_proof(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let answer = Answer::to(self.app.bare(Method::POST, path).form(form)).await?;
        assert!(answer.text.is_empty(), "{path} answers nothing: {answer:?}");
        Ok(answer)
    }

    async fn opens_the_browser(&mut self, query: &str) {
        let query: Vec<String> = self.filled(query).iter().map(|(name, value)| format!("{name}={value}")).collect();
        let address = format!("{}/oauth/authorize?{}", self.stack.companion_url, query.join("&"));
        let camille = Person { number: Some(self.number.clone()), ..Person::named("camille") };
        self.browser.walk(&address, &camille).await.expect("she signs in");
        self.back = self.browser.history.iter().rev().find(|url| url.as_str().starts_with(&self.doorstep.redirect_uri)).cloned();
    }

    /// What came back to the listener is what the guide says, with the values that it says to compare.
    fn is_answered(&mut self, query: &str) {
        let back = self.back.as_ref().expect("the browser came back");
        let real: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
        let names: Vec<&str> = fields(query).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, back.query_pairs().map(|(name, _)| name.into_owned()).collect::<Vec<_>>());
        assert_eq!((&real["state"], &real["iss"]), (&self.values["state"], &self.stack.companion_url));
        self.values.insert("code".into(), real["code"].clone());
    }

    /// What later requests need of this answer.
    pub fn learn(&mut self, answer: &Answer) {
        let body = &answer.body;
        let mut keep = |name: &str, value: &Value| {
            if let Some(value) = value.as_str() {
                self.values.insert(name.to_owned(), value.to_owned());
            }
        };
        for name in ["request_uri", "device_code", "refresh_token", "sign_in_id"] {
            keep(name, &body[name]);
        }
        keep("token", &body["refresh_token"]);
        keep("situation_id", &body["session"]["practitioner"]["practices"][0]["situations"][0]["id"]);
        self.number = body["match_number"].as_str().unwrap_or(&self.number).to_owned();
        self.access = body["access_token"].as_str().unwrap_or(&self.access).to_owned();
    }
}
