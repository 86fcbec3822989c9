//! The polling exchange and the groups, as far as an app sees them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{IDS, SIGN_INS};
use crate::companion::{Facts, Request};

/// The app's secret handle.
pub const DEVICE_CODE: &str = "canary-device-code";

impl Facts {
    pub(super) fn not_open(&self, way: &str) -> Option<(u16, Value)> {
        let open = self.exchanges.lock().expect("unpoisoned").clone();
        let refused = json!({"error": "invalid_request", "error_description": "fermé", "code": "VST-2022", "exchanges": open});
        (!open.contains(&way)).then_some((400, refused))
    }

    pub(super) fn device_authorization(&self, origin: &str) -> (u16, Value) {
        if let Some(refused) = self.not_open("polling") {
            return refused;
        }
        self.sign_in.send_replace(json!({"state": "created"}));
        self.tries_left.store(5, Ordering::SeqCst);
        let page = format!("{origin}/oauth/authorize?client_id=vestibule-desktop&request_uri=urn%3Acanary-request");
        let answer = json!({
            "device_code": DEVICE_CODE, "user_code": "7F3K-9QXM", "verification_uri": page, "verification_uri_complete": page,
            "expires_in": 600, "interval": 2, "link_expires_in": 120, "sign_in_id": "7F3K-9QXM", "match_number": "07",
            "confirmation": "code", "events_uri": format!("{origin}{SIGN_INS}{}/events", IDS[0]),
            "exchanges": *self.exchanges.lock().expect("unpoisoned")
        });
        (200, answer)
    }

    /// `None` when the session may be given.
    pub(super) async fn not_yet(&self, request: &Request) -> Option<(u16, Value)> {
        let started = self.seen.lock().expect("unpoisoned").iter().rfind(|seen| seen.path == "/oauth/device_authorization").cloned();
        let challenge = started.expect("a start").form("code_challenge").expect("a challenge");
        let verifier = request.form("code_verifier").expect("a verifier");
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != challenge || request.form("device_code").as_deref() != Some(DEVICE_CODE) {
            return Some(refused("invalid_grant", "VST-2005"));
        }
        let mut state = self.sign_in.subscribe();
        let matters = state.wait_for(|event| !matters_not(event["state"].as_str().expect("a state")));
        // Shorter than 25 s: a companion may answer early.
        let Ok(event) = tokio::time::timeout(Duration::from_secs(5), matters).await else {
            return Some(refused("authorization_pending", "VST-2018"));
        };
        let event = event.expect("the double lives").clone();
        match event["state"].as_str().expect("a state") {
            "confirmed" => self.letters_wanted(request),
            "declined" => Some(refused("access_denied", event["code"].as_str().unwrap_or("VST-2005"))),
            "expired" => Some(refused("expired_token", "VST-2001")),
            _ => Some(refused("invalid_grant", event["code"].as_str().unwrap_or("VST-2005"))),
        }
    }

    pub(super) fn letters_wanted(&self, request: &Request) -> Option<(u16, Value)> {
        let expected = (*self.letters.lock().expect("unpoisoned"))?;
        let due = |code: &str| {
            let tries_left = self.tries_left.load(Ordering::SeqCst);
            let mut answer = refused("authorization_pending", code);
            answer.1["confirmation"] = "code".into();
            answer.1["tries_left"] = tries_left.into();
            answer.1["code_expires_in"] = 120.into();
            Some(answer)
        };
        match request.form("confirmation_code") {
            None => due("VST-2018"),
            Some(typed) if typed == expected => None,
            Some(_) if self.tries_left.fetch_sub(1, Ordering::SeqCst) == 1 => {
                self.sign_in.send_replace(json!({"state": "burned", "code": "VST-2020"}));
                Some(refused("invalid_grant", "VST-2020"))
            }
            Some(_) => due("VST-2019"),
        }
    }
}

fn matters_not(state: &str) -> bool {
    ["created", "opened", "at_provider", "exchanging", "authenticated"].contains(&state)
}

fn refused(error: &str, code: &str) -> (u16, Value) {
    (400, json!({"error": error, "error_description": "refused", "code": code}))
}
