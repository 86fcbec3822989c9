//! A companion double: real HTTP, the answers of the exchange, and faults on demand.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;
use vestibule_model::exchange::SessionEvent;
use vestibule_model::session::{SessionClocks, SessionEnd};

mod answers;
mod wire;

pub use wire::Request;

/// What the double knows; the test reads and bends it.
pub struct Companion {
    pub origin: Url,
    pub facts: Arc<Facts>,
    _stop: DropGuard,
}

pub struct Facts {
    origin: Mutex<String>,
    /// Every request that arrived, in order, whatever came of it: also those that met a deaf companion.
    pub heard: Mutex<Vec<Request>>,
    /// Every request that was answered, in order, nonce retries left out.
    pub seen: Mutex<Vec<Request>>,
    /// Closes every connection without a word.
    pub down: AtomicBool,
    /// Takes every connection and never says anything.
    pub frozen: AtomicBool,
    /// The same for requests of this path only.
    pub frozen_at: Mutex<Option<String>>,
    /// State of the pending sign-in, and code, as JSON.
    pub sign_in: watch::Sender<Value>,
    pub session: watch::Sender<SessionEvent>,
    pub pushed: AtomicU32,
    /// Each pushed request makes a sign-in of its own; otherwise the test is about one, and all of them bear its number.
    pub own_ids: AtomicBool,
    pub refreshed: AtomicU32,
    /// The refresh token that is good now; empty when there is no session.
    pub refresh_token: Mutex<String>,
    pub access_token: Mutex<String>,
    /// Lifetime of access tokens, in seconds.
    pub access_expires_in: AtomicU32,
    pub situation: Mutex<Option<String>>,
    pub identity_changed: AtomicBool,
    pub card_rule: Mutex<Value>,
    pub means: Mutex<Value>,
    pub two_situations: AtomicBool,
    pub shared: AtomicBool,
    /// She is signed in on another workstation too.
    pub has_others: AtomicBool,
    /// The exchanges open to the workstation.
    pub exchanges: Mutex<Vec<&'static str>>,
    /// The workstation's group; none for the default one.
    pub group: Mutex<Option<&'static str>>,
    /// What it sees of Pro Santé Connect.
    pub psc: Mutex<Value>,
    /// What it says of its database; null says nothing.
    pub storage: Mutex<Value>,
    /// Letters that the page shows to a person new to the workstation.
    pub letters: Mutex<Option<&'static str>>,
    pub tries_left: AtomicU32,
    pub sign_in_number: AtomicU32,
    /// Answer to a sign-out.
    pub sign_out: Mutex<Value>,
    /// Path, and the status and body it answers with instead.
    pub refusal: Mutex<Option<(String, u16, Value)>>,
    /// Knows a sign-out by an access token alone.
    pub of_before: AtomicBool,
    /// Path of which the next answer gets lost on its way.
    pub loses: Mutex<Option<String>>,
    /// Path, member, and what is put into it.
    pub poison: Mutex<Option<(String, String, &'static str)>>,
    /// Every member of every answer that is a text, by path.
    pub told: Mutex<BTreeSet<(String, String)>>,
}

pub const CLOCKS: SessionClocks =
    SessionClocks { idle_in_s: 900, idle_limit_s: 900, absolute_in_s: 14_400, expires_at_unix_s: 1_800_014_400 };

impl Companion {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let origin = Url::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("an address");
        let facts = Arc::new(Facts {
            origin: Mutex::new(origin.origin().ascii_serialization()),
            heard: Mutex::default(),
            seen: Mutex::default(),
            down: AtomicBool::new(false),
            frozen: AtomicBool::new(false),
            frozen_at: Mutex::default(),
            sign_in: watch::channel(json!({"state": "created"})).0,
            session: watch::channel(SessionEvent { version: 1, ended: None, clocks: Some(CLOCKS), locked: false }).0,
            pushed: AtomicU32::new(0),
            own_ids: AtomicBool::new(false),
            refreshed: AtomicU32::new(0),
            refresh_token: Mutex::default(),
            access_token: Mutex::default(),
            access_expires_in: AtomicU32::new(300),
            situation: Mutex::new(Some("s1".to_owned())),
            identity_changed: AtomicBool::new(false),
            card_rule: Mutex::new(json!({"action": "nothing", "grace_s": 10})),
            means: Mutex::new(json!("card")),
            two_situations: AtomicBool::new(false),
            shared: AtomicBool::new(false),
            has_others: AtomicBool::new(true),
            exchanges: Mutex::new(vec!["loopback", "scheme", "polling"]),
            group: Mutex::default(),
            psc: Mutex::default(),
            storage: Mutex::default(),
            letters: Mutex::default(),
            tries_left: AtomicU32::new(5),
            sign_in_number: AtomicU32::new(0),
            sign_out: Mutex::new(json!({"psc_session": "ended"})),
            refusal: Mutex::default(),
            of_before: AtomicBool::default(),
            loses: Mutex::default(),
            poison: Mutex::default(),
            told: Mutex::default(),
        });
        let stop = CancellationToken::new();
        tokio::spawn(wire::serve(listener, facts.clone(), stop.clone()));
        Self { origin, facts, _stop: stop.drop_guard() }
    }

    pub fn is_frozen(&self, frozen: bool) {
        self.facts.frozen.store(frozen, Ordering::SeqCst);
    }

    pub fn freezes_at(&self, path: &str) {
        *self.facts.frozen_at.lock().expect("unpoisoned") = Some(path.to_owned());
    }

    pub fn thaws(&self) {
        self.is_frozen(false);
        *self.facts.frozen_at.lock().expect("unpoisoned") = None;
    }

    /// Names another issuer than its address.
    pub fn pretends_to_be(&self, origin: &str) {
        *self.facts.origin.lock().expect("unpoisoned") = origin.to_owned();
    }

    pub fn is_down(&self, down: bool) {
        self.facts.down.store(down, Ordering::SeqCst);
    }

    /// Does what is asked for there once more, and nobody hears of it.
    pub fn loses_the_next_answer(&self, path: &str) {
        *self.facts.loses.lock().expect("unpoisoned") = Some(path.to_owned());
    }

    /// The next requests to this path are refused.
    pub fn refuses(&self, path: &str, status: u16, body: Value) {
        *self.facts.refusal.lock().expect("unpoisoned") = Some((path.to_owned(), status, body));
    }

    /// Puts these characters into one member of the answers of this path.
    pub fn poisons(&self, path: &str, member: &str, with: &'static str) {
        *self.facts.poison.lock().expect("unpoisoned") = Some((path.to_owned(), member.to_owned(), with));
    }

    /// Path and member (RFC 6901) of every text that was answered so far.
    pub fn members_told(&self) -> BTreeSet<(String, String)> {
        self.facts.told.lock().expect("unpoisoned").clone()
    }

    /// The pending sign-in gets there.
    pub fn sign_in_is(&self, event: Value) {
        self.facts.sign_in.send_replace(event);
    }

    pub fn session_ends(&self, reason: SessionEnd) {
        self.facts
            .session
            .send_modify(|event| *event = SessionEvent { version: event.version + 1, ended: Some(reason), clocks: None, locked: false });
    }

    /// Another software locks it, and the app's own watch has not heard of that yet.
    pub fn is_locked_unheard(&self) {
        self.facts.session.send_if_modified(|event| {
            event.locked = true;
            false
        });
    }

    pub fn clocks_are(&self, clocks: SessionClocks) {
        self.facts
            .session
            .send_modify(|event| *event = SessionEvent { version: event.version + 1, ended: None, clocks: Some(clocks), locked: false });
    }

    /// Requests to this path so far.
    pub fn requests(&self, method: &str, path: &str) -> Vec<Request> {
        let seen = self.facts.seen.lock().expect("unpoisoned");
        seen.iter().filter(|request| request.method == method && request.path == path).cloned().collect()
    }

    /// Everything that arrived so far, answered or not.
    pub fn heard(&self) -> Vec<Request> {
        self.facts.heard.lock().expect("unpoisoned").clone()
    }

    /// Waits until that many requests to this path were answered.
    pub async fn has_seen(&self, method: &str, path: &str, count: usize) -> Vec<Request> {
        let seen = async {
            loop {
                let requests = self.requests(method, path);
                if requests.len() >= count {
                    return requests;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), seen).await.unwrap_or_else(|_| panic!("{method} {path} was not seen {count} times"))
    }

    /// Waits for a request to this path, beyond that many of whatever arrived.
    pub async fn hears_after(&self, count: usize, path: &str) {
        let heard = async {
            while !self.heard().iter().skip(count).any(|request| request.path == path) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap_or_else(|_| panic!("{path} is not asked for"));
    }

    /// Waits until nothing arrives any more: time that passes under a request would be the busy machine's, not the test's.
    pub async fn is_quiet(&self) {
        let (mut before, mut rounds) = (self.heard().len(), 0);
        while rounds < 3 {
            tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await.expect_err("time passes");
            let now = self.heard().len();
            rounds = if now == before { rounds + 1 } else { 0 };
            before = now;
        }
    }

    /// Opens these exchanges to the workstation and no other.
    pub fn opens(&self, exchanges: &[&'static str]) {
        *self.facts.exchanges.lock().expect("unpoisoned") = exchanges.to_vec();
    }

    /// The person is new to the workstation: the page shows these letters once she picked the number.
    pub fn shows_letters(&self, letters: &'static str) {
        *self.facts.letters.lock().expect("unpoisoned") = Some(letters);
    }

    /// She picked the app's number on the page.
    pub fn number_is_picked(&self) {
        let letters = self.facts.letters.lock().expect("unpoisoned").is_some();
        self.sign_in_is(if letters { json!({"state": "confirmed", "confirmation": "code"}) } else { json!({"state": "confirmed"}) });
    }

    /// The last pushed request's field.
    pub fn pushed(&self, field: &str) -> String {
        let requests = self.requests("POST", "/oauth/par");
        requests.last().expect("a pushed request").form(field).expect("the field").to_owned()
    }

    /// Where the companion would send the browser back with this code.
    pub fn return_address(&self, code: &str) -> Url {
        let mut address = Url::parse(&self.pushed("redirect_uri")).expect("an address");
        let issuer = self.origin.origin().ascii_serialization();
        address.query_pairs_mut().extend_pairs([("code", code), ("state", &self.pushed("state")), ("iss", &issuer)]);
        address
    }

    /// Where the companion would send back the browser that opened the pushed request of this number, the first being one.
    pub fn return_address_of(&self, number: usize, answer: &[(&str, &str)]) -> Url {
        let pushed = self.requests("POST", "/oauth/par");
        let field = |name: &str| pushed[number - 1].form(name).expect("the field");
        let mut address = Url::parse(&field("redirect_uri")).expect("an address");
        let issuer = self.origin.origin().ascii_serialization();
        address.query_pairs_mut().extend_pairs(answer).extend_pairs([("state", field("state")), ("iss", issuer)]);
        address
    }

    /// The same for a refusal.
    pub fn refusal_address(&self, error: &str, code: Option<&str>) -> Url {
        let mut address = Url::parse(&self.pushed("redirect_uri")).expect("an address");
        let issuer = self.origin.origin().ascii_serialization();
        address.query_pairs_mut().extend_pairs([("error", error), ("state", &self.pushed("state")), ("iss", &issuer)]);
        if let Some(code) = code {
            address.query_pairs_mut().append_pair("error_code", code);
        }
        address
    }
}

/// The code that the double redeems.
pub fn answers_code() -> &'static str {
    answers::CODE
}
