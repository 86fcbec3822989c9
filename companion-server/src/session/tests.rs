//! Sessions over a real SQLite file, a clock that moves when told, and a stand-in for Pro Santé Connect.

mod activity;
mod administration;
mod browser;
mod fake;
mod live;
mod lock;
mod owed;
mod own;
mod refresh;
mod sign_out;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tracing_subscriber::filter::Targets;
use url::Url;
use vestibule_model::exchange::{Exchange, SignInState, TokenAnswer};
use vestibule_model::session::SignInId;

pub(crate) use self::fake::{FakeProvider, situation_id};
use super::{LiveSession, SessionRefused, Sessions};
use crate::audit::{Audit, Event};
use crate::clock::{ManualClock, Timestamp};
use crate::config::AskAnew;
use crate::group::{Group, Groups, GroupsInForce};
use crate::provider::Registry;
use crate::provider_name::ProviderName;
use crate::random::SystemRandom;
use crate::sign_in::{
    AfterCallback, BrowserCookies, Callback, ConfirmationFacts, ConfirmationRefused, Decided, Decision, KnownBrowser, NewSignIn, Onward,
    Opened, Redemption, ReturnAddress, ReturnToApp, SignIns, Started, TypedCode, WayBack,
};
use crate::store::{SecretHash, SessionRules, SignInKey, Store, fixture};
use crate::surroundings::{Background, Rules, Surroundings, Wakeups};
use crate::vault::Vault;

pub(crate) const APP: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));
pub(crate) const KEY: &str = "thumbprint-of-the-first-device-key";
pub(crate) const OTHER_KEY: &str = "thumbprint-of-another-device-key";
pub(crate) const VERIFIER: &str = "a-verifier-of-forty-three-characters-000000";
pub(crate) const RETURN: &str = "http://127.0.0.1:49152/cb/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCde";
pub(crate) const ISSUER: &str = "http://127.0.0.1:8080";
pub(crate) const APP_STATE: &str = "state-of-the-app";

/// Everything but HTTP.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) psc: Arc<FakeProvider>,
    pub(crate) store: Arc<Store>,
    pub(crate) around: Surroundings,
    pub(crate) sessions: Sessions,
    pub(crate) sign_ins: SignIns,
}

pub(crate) fn rules() -> Rules {
    Rules {
        issuer: ISSUER.to_owned(),
        return_scheme: "fr.vestibule.app".to_owned(),
        absolute_limit_s: 14_400,
        groups: only(default_group()),
        starts_per_minute_per_key: 1000,
        starts_per_minute_per_address: 1000,
        pending_per_key: 3,
        pair_unused_ms: 90 * 24 * 3600 * 1000,
        ask_anew: AskAnew::WithoutHint,
        trusted_proxies: Vec::new(),
    }
}

/// The rules of every workstation that is in no group.
pub(crate) fn default_group() -> Group {
    Group {
        name: None,
        exchanges: vec![Exchange::Loopback, Exchange::Scheme, Exchange::Polling],
        always_confirm: false,
        multi_session: false,
        idp_hint: None,
        session: SessionRules { idle_limit_s: 900, shared_workstation: false, ..SessionRules::default() },
    }
}

pub(crate) fn only(group: Group) -> GroupsInForce {
    Groups::only(group).into()
}

impl Sessions {
    /// Looks up a token and admits it, as a request does once its proof is known to be new.
    pub(crate) async fn authenticate(&self, jkt: &str, access_token: &SecretString, from: IpAddr) -> Result<LiveSession, SessionRefused> {
        self.admit(jkt, self.find(access_token, None).await?.found, from).await
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(rules()).await
    }

    pub(crate) async fn with(rules: Rules) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
        Self::assemble(folder, clock, Arc::new(FakeProvider::default()), rules).await
    }

    async fn assemble(folder: TempDir, clock: Arc<ManualClock>, psc: Arc<FakeProvider>, rules: Rules) -> Self {
        // Before anything logs: some tests read what their thread says.
        vestibule_installation::log::listen(Targets::new().with_default(tracing::Level::INFO));
        let store = Arc::new(fixture::open(folder.path()).await);
        let random = Arc::new(SystemRandom);
        let around = Surroundings {
            wakeups: Wakeups::default(),
            audit: Audit::new(store.clone(), clock.clone()),
            background: Background::default(),
            store: store.clone(),
            vault: Arc::new(Vault::with_key(&[7; 32], random.clone())),
            providers: Registry::of(ProviderName::PSC, psc.clone()),
            clock: clock.clone(),
            random,
            rules,
        };
        let sessions = Sessions::new(around.clone());
        let sign_ins = SignIns::new(around.clone(), sessions.clone());
        Self { folder, clock, psc, store, around, sessions, sign_ins }
    }

    /// As after a restart under another configuration.
    pub(crate) async fn under(self, rules: Rules) -> Self {
        let Self { folder, clock, psc, .. } = self;
        Self::assemble(folder, clock, psc, rules).await
    }

    /// As after kill -9: nothing of the former process is asked to close or to finish, only its file is opened again.
    pub(crate) async fn crash(self) -> Self {
        let Self { folder, clock, psc, around, .. } = self;
        let stage = Self::assemble(folder, clock, psc, around.rules).await;
        stage.sessions.recover().await.expect("recovery");
        stage
    }

    pub(crate) async fn start(&self, jkt: &str) -> Started {
        self.sign_ins.start(new_sign_in(jkt)).await.expect("a sign-in")
    }

    pub(crate) async fn open(&self, started: &Started) -> Opened {
        self.sign_ins.open(&started.request_uri, &cookies(started), APP).await.expect("an open request")
    }

    /// Pro Santé Connect answers with the code of a persona.
    pub(crate) fn answer(&self, opened: &Opened, persona: &str) -> Callback {
        let state = parameter(&opened.provider_url, "state").expect("a state");
        Callback {
            state: state.into(),
            code: Some(persona.into()),
            error: None,
            iss: None,
            cookies: BrowserCookies::one(&opened.sign_in_id, &opened.cookie),
            client_address: APP,
            provider: ProviderName::PSC,
        }
    }

    pub(crate) async fn come_back(&self, opened: &Opened, persona: &str) -> AfterCallback {
        self.sign_ins.callback(self.answer(opened, persona)).await.expect("an accepted callback")
    }

    /// Up to the confirmation page.
    pub(crate) async fn to_confirmation(&self, jkt: &str, persona: &str) -> (SignInId, SecretString) {
        let opened = self.open(&self.start(jkt).await).await;
        match self.come_back(&opened, persona).await {
            AfterCallback::Confirm { sign_in_id, cookie } => (sign_in_id, cookie),
            AfterCallback::StraightOn { .. } | AfterCallback::Onward { .. } => panic!("no confirmation was asked"),
        }
    }

    /// The browser with this cookie.
    async fn browser(&self, cookie: &SecretString) -> Result<KnownBrowser, ConfirmationRefused> {
        let found = self.store.sign_in_with_grant(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        let (row, granted) = found.ok_or(ConfirmationRefused::BrowserMismatch)?;
        Ok(KnownBrowser { row, granted, cookie: cookie.clone() })
    }

    pub(crate) async fn confirmation(&self, cookie: &SecretString) -> Result<ConfirmationFacts, ConfirmationRefused> {
        self.sign_ins.confirmation(&self.browser(cookie).await?).await
    }

    pub(crate) async fn decide_by(
        &self,
        cookie: &SecretString,
        guard: &SecretString,
        decision: Decision,
    ) -> Result<Decided, ConfirmationRefused> {
        self.sign_ins.decide(self.browser(cookie).await?, guard, decision).await
    }

    pub(crate) async fn decided(&self, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        self.sign_ins.decided(&self.browser(cookie).await?).await
    }

    /// Whether the next sign-in of this device key asks anew who it is.
    pub(crate) async fn is_asked_anew(&self, jkt: &str) -> bool {
        self.store.before_opening(jkt, &SecretHash::of_text("none")).await.expect("readable").asked_anew.is_some()
    }

    pub(crate) async fn decide(&self, cookie: &SecretString, decision: Decision) -> ReturnToApp {
        let facts = self.confirmation(cookie).await.expect("a confirmation page");
        match self.decide_by(cookie, &facts.form_guard, decision).await.expect("a decision") {
            Decided::Onward(onward) | Decided::Declined(onward) => address_of(onward),
            other @ (Decided::TypeCode(_) | Decided::Deliver(_) | Decided::SessionEnded { .. }) => panic!("more than a click: {other:?}"),
        }
    }

    /// Up to the code on its way to the app.
    pub(crate) async fn to_code(&self, jkt: &str, persona: &str) -> (SignInId, SecretString) {
        let opened = self.open(&self.start(jkt).await).await;
        let back = self.walk_back(&opened, persona).await;
        (back.sign_in_id, parameter(&back.url, "code").expect("a code").into())
    }

    /// From Pro Santé Connect to the app, confirmed where that is asked.
    pub(crate) async fn walk_back(&self, opened: &Opened, persona: &str) -> ReturnToApp {
        match self.come_back(opened, persona).await {
            AfterCallback::Confirm { cookie, .. } => self.decide(&cookie, Decision::Accept).await,
            AfterCallback::StraightOn { onward, .. } => address_of(onward),
            AfterCallback::Onward { code, .. } => panic!("the sign-in failed: {code:?}"),
        }
    }

    /// As far as letters on the page, by a way back that does not prove who sits in front of the app: her cookie, and the letters with what
    /// leaves for the app.
    pub(crate) async fn prove(&self, started: &Started, persona: &str) -> (SecretString, TypedCode) {
        let opened = self.open(started).await;
        let AfterCallback::Confirm { cookie, .. } = self.come_back(&opened, persona).await else { panic!("no number was asked") };
        let guard = self.confirmation(&cookie).await.expect("a page").form_guard;
        match self.decide_by(&cookie, &guard, Decision::Number(started.match_number.clone())).await.expect("the app's number") {
            Decided::TypeCode(typed) => (cookie, typed),
            other @ (Decided::Onward(_) | Decided::Deliver(_) | Decided::Declined(_) | Decided::SessionEnded { .. }) => {
                panic!("no letters were asked: {other:?}")
            }
        }
    }

    /// Whether the person who comes back must confirm.
    pub(crate) async fn asks_confirmation(&self, opened: &Opened, persona: &str) -> bool {
        matches!(self.come_back(opened, persona).await, AfterCallback::Confirm { .. })
    }

    pub(crate) async fn sign_in(&self, jkt: &str, persona: &str) -> TokenAnswer {
        let (_, code) = self.to_code(jkt, persona).await;
        self.sign_ins.redeem(redemption(jkt, &code)).await.expect("a session")
    }

    pub(crate) async fn live(&self, jkt: &str, answer: &TokenAnswer) -> LiveSession {
        self.sessions.authenticate(jkt, &answer.access_token.clone().into(), APP).await.expect("a live session")
    }

    pub(crate) async fn state(&self, id: &SignInId) -> SignInState {
        self.sign_ins.outcome(id).await.expect("a readable memory").expect("a known sign-in").state
    }

    pub(crate) async fn has_grant(&self, id: &SignInId) -> bool {
        self.store.grant(id).await.expect("a readable memory").is_some()
    }

    /// Names of the events traced so far.
    pub(crate) async fn events(&self) -> Vec<String> {
        self.store.audit_after(0, 10_000).await.expect("a readable trail").into_iter().map(|row| row.event).collect()
    }

    pub(crate) async fn count(&self, event: Event) -> usize {
        self.events().await.iter().filter(|name| *name == event.name()).count()
    }
}

pub(crate) fn new_sign_in(jkt: &str) -> NewSignIn {
    NewSignIn {
        jkt: jkt.to_owned(),
        client_address: APP,
        way_back: loopback(RETURN, APP_STATE),
        code_challenge: challenge(VERIFIER),
        device_label: Some("Poste d’accueil".to_owned()),
        enrolment_token: None,
        language: vestibule_model::language::Language::Fr,
    }
}

/// What the page of a request gives to its browser.
pub(crate) fn cookies(started: &Started) -> BrowserCookies {
    BrowserCookies::one(&started.sign_in_id, &format!("first cookie of {}", started.sign_in_id).into())
}

pub(crate) fn loopback(redirect_uri: &str, app_state: &str) -> WayBack {
    WayBack::Loopback(ReturnAddress { redirect_uri: redirect_uri.to_owned(), app_state: app_state.to_owned() })
}

/// Where the browser takes the answer.
pub(crate) fn address_of(onward: Onward) -> ReturnToApp {
    match onward {
        Onward::ReturnToApp(back) => back,
        Onward::Stay(id) => panic!("{id} leads nowhere"),
    }
}

pub(crate) fn redemption(jkt: &str, code: &SecretString) -> Redemption {
    Redemption {
        jkt: jkt.to_owned(),
        code: code.clone(),
        code_verifier: VERIFIER.into(),
        redirect_uri: RETURN.to_owned(),
        letters: None,
        client_address: APP,
    }
}

pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Yields until the condition holds; the limit only turns a hang into a failure.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "never happened: {what}");
}

pub(crate) fn exposed(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
