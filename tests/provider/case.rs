//! One case: what the provider does that an honest one does not, and what must come of it.

use serde_json::Value;
use vestibule_model::ErrorCode;

use crate::keys;

/// Changes an honest answer.
pub type Bend = fn(&mut Value, &Facts);

/// What is known of the sign-in under way.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Scheme, host and port of the provider.
    pub origin: String,
    /// Its issuer.
    pub issuer: String,
    /// Nonce of the authorization request.
    pub nonce: String,
    /// State of the authorization request.
    pub state: String,
    /// Present moment.
    pub now_s: i64,
}

/// How one endpoint answers.
#[derive(Clone, Copy)]
pub enum Reply {
    /// The honest answer, bent.
    Json(Bend),
    /// Status, content type, and a body made from the honest one.
    Text(u16, &'static str, fn(&Value, &Facts) -> String),
    /// Exactly these bytes, then the connection is closed.
    Raw(fn(&Value) -> Vec<u8>),
    /// Nothing, for ever.
    Silence,
    /// A head, then a body that never ends.
    Drip,
}

impl Reply {
    /// As it should be.
    pub const HONEST: Self = Self::Json(|_, _| {});
}

/// When the provider misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Discovery and keys, before the browser leaves.
    Discovery,
    /// The browser's return.
    Callback,
    /// Token endpoint.
    Token,
    /// ID token and keys.
    IdToken,
    /// Userinfo endpoint.
    Userinfo,
    /// Refresh, in the wake of activity.
    Refresh,
    /// End of the session.
    SignOut,
}

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A session; for a refresh, new tokens; for a sign-out, the end at Pro Santé Connect.
    Accepted,
    /// The sign-in failed with this code: nothing is kept, the app knows.
    Refused(ErrorCode),
    /// The answer has no effect, the browser reads this code, and the right answer still leads to a session.
    Ignored(ErrorCode),
    /// The person's own refusal.
    Declined,
    /// The refresh failed: tokens stay as they were, the session goes on.
    Kept,
    /// Pro Santé Connect's session is over: the service session goes on and asks no more.
    Over,
    /// The service session is over; the browser must end the other.
    BrowserNeeded,
    /// The same, because the answer proves nothing.
    Unknown,
    /// The browser did so and came back.
    BrowserDone,
}

/// A named misbehaviour.
#[derive(Clone)]
pub struct Case {
    /// French: it is published.
    pub name: &'static str,
    pub expected: Expected,
    pub stage: Stage,
    /// Relying-party module of the OpenID Foundation, without its prefix.
    pub module: Option<&'static str>,
    /// Lines of the companion's `[psc]` section.
    pub psc: &'static str,
    pub discovery: Reply,
    pub jwks: Reply,
    /// From the second request on.
    pub jwks_later: Option<Reply>,
    pub token: Reply,
    pub refresh: Reply,
    pub userinfo: Reply,
    pub end_session: Reply,
    pub header: Bend,
    pub claims: Bend,
    /// Text of the payload, when JSON cannot say it.
    pub payload: fn(&Value) -> String,
    pub sign: fn(&str) -> Vec<u8>,
    /// The finished compact token.
    pub compact: fn(String) -> String,
    /// Claims of the ID token of a refresh.
    pub refreshed_claims: Bend,
    /// Query of the callback.
    pub query: fn(&Facts) -> String,
    /// Query of the browser's return from a sign-out, made from the right state.
    pub farewell: Option<fn(&str) -> String>,
}

macro_rules! builders {
    ($($field:ident: $type:ty),+ $(,)?) => {
        $(pub fn $field(mut self, $field: $type) -> Self { self.$field = $field; self })+
    };
}

impl Case {
    fn new(name: &'static str, expected: Expected) -> Self {
        Self {
            name,
            expected,
            stage: Stage::Token,
            module: None,
            psc: "",
            discovery: Reply::HONEST,
            jwks: Reply::HONEST,
            jwks_later: None,
            token: Reply::HONEST,
            refresh: Reply::HONEST,
            userinfo: Reply::HONEST,
            end_session: Reply::Text(204, "text/plain", |_, _| String::new()),
            header: |_, _| {},
            claims: |_, _| {},
            payload: Value::to_string,
            sign: keys::rs256,
            compact: |token| token,
            refreshed_claims: |_, _| {},
            query: honest_query,
            farewell: None,
        }
    }

    builders! {
        stage: Stage, psc: &'static str, discovery: Reply, jwks: Reply, token: Reply, refresh: Reply, userinfo: Reply, end_session: Reply,
        header: Bend, claims: Bend, payload: fn(&Value) -> String, sign: fn(&str) -> Vec<u8>, compact: fn(String) -> String,
        refreshed_claims: Bend, query: fn(&Facts) -> String,
    }

    pub fn module(mut self, module: &'static str) -> Self {
        self.module = Some(module);
        self
    }

    pub fn jwks_later(mut self, reply: Reply) -> Self {
        self.jwks_later = Some(reply);
        self
    }

    /// Pro Santé Connect does not end the session itself, and sends the browser back so.
    pub fn farewell(mut self, query: fn(&str) -> String) -> Self {
        self.farewell = Some(query);
        self.end_session(Reply::Text(503, "text/html", |_, _| String::new()))
    }

    /// Bends the token answer.
    pub fn answer(self, bend: Bend) -> Self {
        self.token(Reply::Json(bend))
    }

    /// Bends userinfo.
    pub fn person(self, bend: Bend) -> Self {
        self.userinfo(Reply::Json(bend))
    }

    /// Whether it lasts until the companion's own limit.
    pub fn is_slow(&self) -> bool {
        [self.discovery, self.jwks, self.token, self.refresh, self.userinfo, self.end_session]
            .iter()
            .any(|reply| matches!(reply, Reply::Silence | Reply::Drip))
    }
}

/// The return of a browser whose sign-in succeeded.
pub fn honest_query(facts: &Facts) -> String {
    format!("code=psc-code&state={}&session_state=s", facts.state)
}

pub fn accepted(name: &'static str) -> Case {
    Case::new(name, Expected::Accepted)
}

pub fn refused(name: &'static str, code: ErrorCode) -> Case {
    Case::new(name, Expected::Refused(code))
}

pub fn ignored(name: &'static str, code: ErrorCode) -> Case {
    Case::new(name, Expected::Ignored(code))
}

pub fn expecting(name: &'static str, expected: Expected) -> Case {
    Case::new(name, expected)
}

/// Drops a member.
pub fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name);
}
