//! A browser that does what the pages say: it follows links, sends forms and keeps a cookie for each sign-in.

use std::collections::HashMap;

use http::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::app::{Answer, App, CLIENT_ID, VERIFIER, new_client};
use crate::companion::TestCompanion;

const PREFIX: &str = "__Host-vestibule-";

pub struct Browser {
    url: String,
    http: reqwest::Client,
    /// Name and value, the oldest first.
    cookies: Vec<(String, String)>,
}

impl Browser {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), http: new_client(), cookies: Vec::new() }
    }

    /// Value of the latest cookie.
    pub fn cookie(&self) -> Option<&str> {
        self.cookies.last().map(|(_, value)| value.as_str())
    }

    /// The sign-in that the latest cookie is for.
    pub fn sign_in(&self) -> &str {
        self.cookies.last().and_then(|(name, _)| name.strip_prefix(PREFIX)).unwrap_or("2222-2222")
    }

    /// As the browser would send them.
    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url)).header("Accept", "text/html,*/*;q=0.8");
        if self.cookies.is_empty() { request } else { request.header("Cookie", self.cookie_header()) }
    }

    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let answer = Answer::read(request.send().await.unwrap()).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap();
            assert!(text.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{text}");
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            assert!(name.starts_with(PREFIX), "{text}");
            match self.cookies.iter_mut().find(|(known, _)| known == name) {
                _ if value.is_empty() => self.cookies.retain(|(known, _)| known != name),
                Some((_, kept)) => value.clone_into(kept),
                None => self.cookies.push((name.to_owned(), value.to_owned())),
            }
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// The page of the sign-in that the latest cookie is for.
    pub async fn confirmation(&mut self) -> Answer {
        self.get(&format!("/sign-in/confirm?id={}", self.sign_in())).await
    }

    /// The form of that page.
    pub async fn answer(&mut self, form: &[(&str, &str)]) -> Answer {
        let id = self.sign_in().to_owned();
        let form: Vec<_> = [("id", id.as_str())].into_iter().chain(form.iter().copied()).collect();
        self.post("/sign-in/confirm", &form).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path).header("Sec-Fetch-Site", "same-origin").header("Origin", "null").form(form)).await
    }

    /// Opens the page of a request, which posts itself.
    pub async fn open(&mut self, request_uri: &str) -> Answer {
        self.get(&authorize_path(request_uri)).await;
        self.post("/oauth/authorize", &[("client_id", CLIENT_ID), ("request_uri", request_uri)]).await
    }
}

/// Path that shows the page of a pushed request.
pub fn authorize_path(request_uri: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("request_uri", request_uri)
        .finish();
    format!("/oauth/authorize?{query}")
}

/// Where an interstitial leads.
pub fn next_address(page: &Answer) -> Url {
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let marker = page.text.find("http-equiv=\"refresh\"").unwrap_or_else(|| panic!("no way on: {page:?}"));
    let content = page.text[marker..].split("url=").nth(1).unwrap().split('"').next().unwrap();
    Url::parse(&content.replace("&#38;", "&").replace("&amp;", "&").replace("&#x27;", "'")).unwrap()
}

/// Value of a hidden field.
pub fn hidden_field<'a>(page: &'a Answer, name: &str) -> &'a str {
    let field = page.text.split("<input").find(|field| field.contains(&format!("name=\"{name}\""))).unwrap();
    field.split("value=\"").nth(1).unwrap().split('"').next().unwrap()
}

pub fn query_of(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// A sign-in whose browser is at Pro Santé Connect.
pub struct AtPsc {
    pub pushed: Value,
    /// Query of the authorization request.
    pub request: HashMap<String, String>,
}

impl TestCompanion {
    pub async fn lead_to_psc(&self, app: &App, browser: &mut Browser) -> AtPsc {
        let pushed = app.push().await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
        let pushed = pushed.json();
        let page = browser.open(pushed["request_uri"].as_str().unwrap()).await;
        AtPsc { pushed, request: query_of(&next_address(&page)) }
    }

    /// Comes back from Pro Santé Connect, signed in.
    pub async fn come_back(&self, at_psc: &AtPsc, browser: &mut Browser) -> Answer {
        let code = self.provider.grant(&at_psc.request["nonce"]);
        browser.get(&format!("/psc/callback?code={code}&state={}", at_psc.request["state"])).await
    }

    /// Goes on to the app, through the confirmation when it is asked for.
    pub async fn go_to_app(&self, mut page: Answer, browser: &mut Browser) -> Url {
        if page.status == StatusCode::SEE_OTHER {
            let location = page.headers["location"].to_str().unwrap().to_owned();
            assert!(location.starts_with("/sign-in/confirm?id="), "{location}");
            let question = browser.get(&location).await;
            let guard = hidden_field(&question, "form_guard").to_owned();
            page = browser.answer(&[("form_guard", &guard), ("decision", "accept")]).await;
        }
        next_address(&page)
    }

    /// A whole sign-in: the app's token answer.
    pub async fn sign_in(&self, app: &App) -> Value {
        let mut browser = self.browser();
        let at_psc = self.lead_to_psc(app, &mut browser).await;
        let page = self.come_back(&at_psc, &mut browser).await;
        let back = self.go_to_app(page, &mut browser).await;
        let answer = app.redeem(&query_of(&back)["code"], VERIFIER).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }
}
