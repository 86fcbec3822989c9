//! Where the attacks take place: a sign-in held at the moment that the attack needs.

use std::path::Path;

use companion_server::clock::{Clock as _, SystemClock};
use reqwest::Method;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use url::Url;
use vestibule_tests::browser_double::{Form, Page, Person, ScriptedBrowser};
use vestibule_tests::programs::Programs;
use vestibule_tests::raw_client::{Body, RawClient, Started, Tokens};
use vestibule_tests::stack::{Doorstep, Options, Stack};

/// A stranger's app whose person stands somewhere on the way, with clocks that the test moves.
pub struct Trip {
    pub app: RawClient,
    pub browser: ScriptedBrowser,
    pub person: Person,
    pub started: Started,
    pub page: Page,
    _doorstep: Doorstep,
}

pub async fn stack() -> Stack {
    Stack::start(Options::default()).await.expect("the stack starts")
}

impl Trip {
    /// Goes as far as the form `stop` of the page where a gesture is awaited.
    pub async fn until(stack: &Stack, persona: &str, stop: &str) -> Self {
        Self::labelled(stack, persona, "POSTE-ESSAI", stop).await
    }

    /// The same, from a workstation with this label.
    pub async fn labelled(stack: &Stack, persona: &str, label: &str, stop: &str) -> Self {
        let doorstep = Doorstep::open().expect("a loopback address");
        let app = stack.app().expect("an app");
        let started = app.start_labelled(&doorstep.redirect_uri, label).await.expect("started");
        let (mut browser, person) = (ScriptedBrowser::new().expect("a browser"), Person::named(persona));
        let page = browser.walk_until(&app.authorize_address(&started), &person, stop).await.expect("walks so far");
        Self { app, browser, person, started, page, _doorstep: doorstep }
    }

    /// As far as the return to the app, which has not redeemed yet: app, what it keeps, and the code.
    pub async fn until_code(stack: &Stack, persona: &str) -> (RawClient, Started, String) {
        let app = stack.app().expect("an app");
        let (started, back) = stack
            .walk(&app, &mut ScriptedBrowser::new().expect("a browser"), &Person::named(persona))
            .await
            .expect("the browser comes back");
        (app, started, parameter(&back, "code").expect("a code"))
    }

    /// The form that awaits a gesture.
    pub fn form(&self, id: &str) -> Form {
        self.page.forms().expect("forms").into_iter().find(|form| form.id == id).expect("the form")
    }

    /// An address met on the way.
    pub fn met(&self, wanted: impl Fn(&Url) -> bool) -> Url {
        self.browser.history.iter().find(|url| wanted(url)).cloned().expect("the address was met")
    }

    /// The way to Pro Santé Connect as the companion wrote it.
    pub fn provider_address(&self) -> Url {
        self.met(|url| parameter(url, "code_challenge").is_some())
    }

    /// The person goes on undisturbed; the address that brings her back to the app.
    pub async fn comes_back(&mut self) -> Url {
        self.browser.go_on(self.page.clone(), &self.person, "").await.expect("walks on");
        self.browser.history.iter().rev().find(|url| url.as_str().starts_with(&self.started.redirect_uri)).cloned().expect("came back")
    }

    /// The person goes on undisturbed and has her session.
    pub async fn ends_well(&mut self) -> Tokens {
        let back = self.comes_back().await;
        let code = parameter(&back, "code").expect("a code");
        self.app.redeem(&self.started, &code).await.expect("answers").tokens().expect("signed in")
    }
}

/// Public state of a sign-in, as its app sees it.
pub async fn state_of(app: &RawClient, started: &Started) -> String {
    let path = format!("/api/v1/sign-ins/{}/events", started.sign_in_id);
    let answer = app.call(Method::GET, &path, None, Body::None).await.expect("answers");
    answer.body["state"].as_str().expect("a state").to_owned()
}

/// A parameter of an address.
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// The companion's memory, as whoever stole it would open it.
pub async fn memory(file: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.expect("the database opens")
}

/// Names of the events of the audit trail, oldest first.
pub async fn events(file: &Path) -> Vec<String> {
    let rows = sqlx::query("SELECT event FROM audit ORDER BY id").fetch_all(&mut memory(file).await).await.expect("the trail");
    rows.iter().map(|row| row.get("event")).collect()
}

/// An HTTP client that follows nothing.
pub fn http() -> reqwest::Client {
    vestibule_tests::http::client().expect("a client")
}

/// The real command line, waiting for its browser. The test knows more than any attacker: path and state of the answer.
pub struct Waiting {
    pub programs: Programs,
    pub launch: Url,
    /// The expected answer but for its code.
    pub back: Url,
    app: Child,
}

/// How the real command line ended.
pub struct Ended {
    pub success: bool,
    pub stderr: String,
}

impl Waiting {
    pub async fn start() -> Self {
        let programs = Programs::start().await.expect("the stack starts");
        Self::start_on(programs).await
    }

    pub async fn start_on(programs: Programs) -> Self {
        let (mut command, address) =
            programs.command_line_for_test_browser(&["login", "--json", "--situation", "first"]).await.expect("ready");
        let app = command.spawn().expect("the app starts");
        let launch = Url::parse(&address.wait().await.expect("an address")).expect("an address");
        let mut memory = memory(&programs.folder().join("companion.sqlite")).await;
        let row = sqlx::query("SELECT redirect_uri, app_state FROM sign_ins ORDER BY created_at DESC LIMIT 1")
            .fetch_one(&mut memory)
            .await
            .expect("the pushed request");
        let mut back = Url::parse(row.get("redirect_uri")).expect("an address");
        back.query_pairs_mut().append_pair("state", row.get("app_state")).append_pair("iss", &programs.companion_url);
        Self { programs, launch, back, app }
    }

    pub fn port(&self) -> u16 {
        self.launch.port().expect("a port")
    }

    /// Path and query of the expected answer, with a code of the attacker's choice.
    pub fn target(&self, code: &str) -> String {
        let mut address = self.back.clone();
        address.query_pairs_mut().append_pair("code", code);
        address[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    }

    /// The person's browser does its part, and the app has its session; every address that the browser met.
    pub async fn ends_well(self) -> Vec<Url> {
        let mut browser = ScriptedBrowser::new().expect("a browser");
        browser.walk(self.launch.as_str(), &Person::named("camille")).await.expect("the pages end");
        let ended = self.ends().await;
        assert!(ended.success, "{}", ended.stderr);
        browser.history
    }

    pub async fn ends(self) -> Ended {
        let output = self.app.wait_with_output().await.expect("the app ends");
        Ended { success: output.status.success(), stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }
}

/// Sends these bytes to the loopback listener and reads what comes back.
pub async fn raw(port: u16, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    // A listener that closes in the middle of a long request resets the connection: what came before counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A stranger's app against the real programs, on the machine's clock.
pub fn stranger(programs: &Programs) -> RawClient {
    RawClient::new(&programs.companion_url, || SystemClock.now().unix_seconds().unsigned_abs()).expect("an app")
}
