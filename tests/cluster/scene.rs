//! Where it takes place: a cluster, and people on their way through it.

use reqwest::Method;
use tokio::sync::RwLockReadGuard;
use vestibule_tests::browser_double::{Form, Page, Person, ScriptedBrowser};
use vestibule_tests::cluster::{Cluster, Which, code_in, server};
use vestibule_tests::raw_client::{Answer, Body, Polling, RawClient, Started, Tokens};
use vestibule_tests::stack::Doorstep;

/// A cluster on a server that nobody stops meanwhile.
pub async fn cluster() -> (Cluster, RwLockReadGuard<'static, ()>) {
    let held = server::shared().await;
    (Cluster::start().await.expect("the cluster starts"), held)
}

/// The same app, straight at each companion.
pub fn at_both(cluster: &Cluster, app: &RawClient) -> [RawClient; 2] {
    Which::BOTH.map(|which| app.through(&cluster.door(which)))
}

/// Somebody on the way, in the loopback exchange.
pub struct Trip {
    pub app: RawClient,
    pub started: Started,
    pub browser: ScriptedBrowser,
    pub page: Page,
    person: Person,
    _doorstep: Doorstep,
}

impl Trip {
    /// As far as the form `stop`; to the end when that is empty.
    pub async fn until(app: RawClient, persona: &str, stop: &str) -> Self {
        let (doorstep, app, person) = (Doorstep::open().expect("a loopback address"), app, Person::named(persona));
        let started = app.start(&doorstep.redirect_uri).await.expect("started");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        let page = browser.walk_until(&app.authorize_address(&started), &person, stop).await.expect("walks so far");
        Self { app, started, browser, page, person, _doorstep: doorstep }
    }

    /// The person goes on undisturbed and comes back to her app.
    pub async fn code(&mut self) -> String {
        self.page = self.browser.go_on(self.page.clone(), &self.person, "").await.expect("walks on");
        code_in(&self.browser, &self.started).expect("a code")
    }

    /// And has her session.
    pub async fn ends_well(&mut self) -> Tokens {
        let code = self.code().await;
        self.app.redeem(&self.started, &code).await.expect("answers").tokens().expect("signed in")
    }
}

/// Somebody on the way, in the polling exchange.
pub struct Asked {
    pub app: RawClient,
    pub polling: Polling,
    browser: ScriptedBrowser,
    page: Page,
}

impl Asked {
    /// As far as the question which number the app shows.
    pub async fn by(app: RawClient, persona: &str) -> Self {
        let polling = app.start_polling("POSTE-ESSAI").await.expect("started");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        let page = browser.walk_until(&polling.verification_uri, &Person::named(persona), "confirmation").await.expect("walks so far");
        Self { app, polling, browser, page }
    }

    fn form(&self) -> Form {
        self.page.forms().expect("forms").into_iter().find(|form| form.id == "confirmation").expect("the question")
    }

    /// The letters that the page shows after the right number; empty when none are due.
    pub async fn letters(&mut self) -> String {
        let number = self.polling.match_number.clone();
        let page = self.browser.submit(&self.form(), &[("number", &number)]).await.expect("a page");
        page.letters().expect("a page")
    }
}

/// The session as one companion tells it.
pub async fn session(app: &RawClient, access: &str) -> Answer {
    app.call(Method::GET, "/api/v1/session", Some(access), Body::None).await.expect("answers")
}

/// Waits until this is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let mut attempts = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..1_800 {
        attempts.tick().await;
        if is_so().await {
            return;
        }
    }
    panic!("never came: {what}");
}
