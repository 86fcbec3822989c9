//! One case: what the provider does that an honest one does not, and what must come of it.

use serde_json::Value;
use vestibule_lying_provider::{Behaviour, Bend, ClientProof, Facts, Reply};
use vestibule_model::ErrorCode;

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
    pub behaviour: Behaviour,
    /// Query of the callback.
    pub query: fn(&Facts) -> String,
    /// Query of the browser's return from a sign-out, made from the right state.
    pub farewell: Option<fn(&str) -> String>,
}

macro_rules! builders {
    ($($field:ident: $type:ty),+ $(,)?) => {
        $(pub fn $field(mut self, $field: $type) -> Self { self.behaviour.$field = $field; self })+
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
            behaviour: Behaviour::HONEST,
            query: honest_query,
            farewell: None,
        }
    }

    builders! {
        discovery: Reply, jwks: Reply, token: Reply, refresh: Reply, userinfo: Reply, end_session: Reply, header: Bend, claims: Bend,
        payload: fn(&Value) -> String, sign: fn(&str) -> Vec<u8>, compact: fn(String) -> String, refreshed_claims: Bend,
    }

    pub fn stage(mut self, stage: Stage) -> Self {
        self.stage = stage;
        self
    }

    pub fn query(mut self, query: fn(&Facts) -> String) -> Self {
        self.query = query;
        self
    }

    pub fn psc(mut self, lines: &'static str) -> Self {
        self.psc = lines;
        if lines.contains("auth_method = \"post\"") {
            self.behaviour.client_proof = ClientProof::Posted;
        }
        self
    }

    pub fn module(mut self, module: &'static str) -> Self {
        self.module = Some(module);
        self
    }

    pub fn jwks_later(mut self, reply: Reply) -> Self {
        self.behaviour.jwks_later = Some(reply);
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
        let Behaviour { discovery, jwks, token, refresh, userinfo, end_session, .. } = &self.behaviour;
        [discovery, jwks, token, refresh, userinfo, end_session].iter().any(|reply| matches!(reply, Reply::Silence | Reply::Drip))
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
