//! A sign-in step by step, with secrets that the test knows.

use std::collections::HashMap;
use std::sync::LazyLock;

use reqwest::StatusCode;
use serde_json::Value;
use url::Url;
use vestibule_tests::browser_double::{Page, ScriptedBrowser};
use vestibule_tests::raw_client::{Answer, RawClient, Secrets, redemption};

use crate::companion::TestCompanion;

pub const VERIFIER: &str = "verifier-verifier-verifier-verifier-verifier";
pub const REDIRECT_URI: &str = "http://127.0.0.1:49152/cb/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static KNOWN: LazyLock<Secrets> = LazyLock::new(|| Secrets::of(VERIFIER, "app-state"));
const LABEL: (&str, &str) = ("device_label", "POSTE-ESSAI");

pub fn pushed_form() -> Vec<(&'static str, &'static str)> {
    [KNOWN.pushed_form(REDIRECT_URI), vec![LABEL]].concat()
}

pub fn device_form() -> Vec<(&'static str, &'static str)> {
    [KNOWN.device_form(), vec![LABEL]].concat()
}

pub async fn push(app: &RawClient) -> Answer {
    app.post_form("/oauth/par", &pushed_form()).await.unwrap()
}

pub async fn redeem(app: &RawClient, code: &str, verifier: &str) -> Answer {
    app.post_form("/oauth/token", &redemption(code, verifier, REDIRECT_URI)).await.unwrap()
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
    pub async fn lead_to_psc(&self, app: &RawClient, browser: &mut ScriptedBrowser) -> AtPsc {
        let pushed = push(app).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{pushed:?}");
        let pushed = pushed.json();
        let page = browser.open_request(pushed["request_uri"].as_str().unwrap()).await.unwrap();
        AtPsc { pushed, request: query_of(&page.way_on().unwrap()) }
    }

    /// Comes back from Pro Santé Connect, signed in.
    pub async fn come_back(&self, at_psc: &AtPsc, browser: &mut ScriptedBrowser) -> Page {
        let code = self.provider.grant(&at_psc.request["nonce"]);
        browser.get(&format!("/psc/callback?code={code}&state={}", at_psc.request["state"])).await.unwrap()
    }

    /// Goes on to the app, through the confirmation when it is asked for.
    pub async fn go_to_app(&self, mut page: Page, browser: &mut ScriptedBrowser) -> Url {
        if page.status == StatusCode::SEE_OTHER {
            let location = page.headers["location"].to_str().unwrap().to_owned();
            assert!(location.starts_with("/sign-in/confirm?id="), "{location}");
            let question = browser.get(&location).await.unwrap();
            let guard = question.hidden_field("form_guard").unwrap();
            page = browser.answer(&[("form_guard", &guard), ("decision", "accept")]).await.unwrap();
        }
        page.way_on().unwrap()
    }

    /// A whole sign-in: the app's token answer.
    pub async fn sign_in(&self, app: &RawClient) -> Value {
        let mut browser = self.browser();
        let at_psc = self.lead_to_psc(app, &mut browser).await;
        let page = self.come_back(&at_psc, &mut browser).await;
        let back = self.go_to_app(page, &mut browser).await;
        let answer = redeem(app, &query_of(&back)["code"], VERIFIER).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }
}
