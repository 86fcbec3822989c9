//! The answers of the exchange.

use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{CLOCKS, Facts, Request};

mod polling;

/// The code that is good.
pub const CODE: &str = "canary-code";

/// A code that is good for the request of the number that follows.
pub const CODE_OF: &str = "canary-code-of-";

/// Where sign-ins are.
const SIGN_INS: &str = "/api/v1/sign-ins/";

/// Of the pushed requests in turn, when each is to have its own.
const IDS: [&str; 4] = ["7F3K-9QXM", "AB2C-D3EF", "GH4J-K5MN", "PQ6R-S7TV"];

impl Facts {
    pub(super) async fn answer(&self, request: &Request) -> (u16, Value) {
        let origin = self.origin.lock().expect("unpoisoned").clone();
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/.well-known/oauth-authorization-server") => (200, metadata(&origin)),
            ("POST", "/oauth/par") => {
                let way = if request.form("redirect_uri").is_some_and(|uri| uri.starts_with("http:")) { "loopback" } else { "scheme" };
                if let Some(refused) = self.not_open(way) {
                    return refused;
                }
                let number = self.pushed.fetch_add(1, Ordering::SeqCst) + 1;
                let again = if number == 1 { String::new() } else { format!("-{number}") };
                let own = self.own_ids.load(Ordering::SeqCst).then(|| usize::try_from(number - 1).expect("few requests"));
                let id = IDS[own.unwrap_or(0)];
                self.sign_in.send_replace(json!({"state": "created"}));
                self.tries_left.store(5, Ordering::SeqCst);
                (
                    201,
                    json!({
                        "request_uri": format!("urn:ietf:params:oauth:request_uri:canary-request{again}"), "expires_in": 120, "sign_in_id": id,
                        "match_number": "07", "confirmation": "none", "events_uri": format!("{origin}{SIGN_INS}{id}/events"),
                        "sign_in_expires_in": 600,
                        "exchanges": *self.exchanges.lock().expect("unpoisoned")
                    }),
                )
            }
            ("GET", path) if path.starts_with(SIGN_INS) && path.ends_with("/events") => (200, self.sign_in_event(request).await),
            ("DELETE", path) if path.starts_with(SIGN_INS) => (204, Value::Null),
            ("POST", "/oauth/device_authorization") => self.device_authorization(&origin),
            ("POST", "/oauth/token") => self.token(request).await,
            ("POST", "/oauth/revoke") => {
                self.refresh_token.lock().expect("unpoisoned").clear();
                (200, Value::Null)
            }
            ("POST", "/api/v1/workstation") => {
                let group = *self.group.lock().expect("unpoisoned");
                let open = self.exchanges.lock().expect("unpoisoned").clone();
                let psc = self.psc.lock().expect("unpoisoned").clone();
                let (shared, storage) = (self.shared.load(Ordering::SeqCst), self.storage.lock().expect("unpoisoned").clone());
                (
                    200,
                    json!({
                        "group": group, "exchanges": open, "return_scheme": "fr.vestibule.app", "shared_workstation": shared, "psc": psc,
                        "storage": storage
                    }),
                )
            }
            (_, path) if path.starts_with("/api/v1/session") => self.session_answer(request).await,
            _ => (404, json!({"error": "not_found", "error_description": "", "code": "VST-2017"})),
        }
    }

    async fn sign_in_event(&self, request: &Request) -> Value {
        let mut state = self.sign_in.subscribe();
        let after = request.query("after").map(str::to_owned);
        let changed = state.wait_for(|event| event["state"].as_str() != after.as_deref());
        // Shorter than the 25 s that were asked for: a companion may answer early.
        match tokio::time::timeout(Duration::from_secs(5), changed).await {
            Ok(event) => event.expect("the double lives").clone(),
            Err(_) => self.sign_in.borrow().clone(),
        }
    }

    async fn token(&self, request: &Request) -> (u16, Value) {
        let form = |name: &str| request.form(name).unwrap_or_default();
        let refused = |code: &str| (400, json!({"error": "invalid_grant", "error_description": "refused", "code": code}));
        match form("grant_type").as_str() {
            "authorization_code" => {
                let seen = self.seen.lock().expect("unpoisoned").clone();
                let all: Vec<_> = seen.iter().filter(|request| request.path == "/oauth/par").collect();
                let code = form("code");
                // A code belongs to the request that it came of: the last one, unless it says which.
                let number = code.strip_prefix(CODE_OF).map_or(all.len(), |number| number.parse().expect("a number"));
                let pushed = all[number - 1];
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form("code_verifier")));
                let ours = pushed.form("code_challenge") == Some(challenge) && pushed.form("redirect_uri") == Some(form("redirect_uri"));
                if !ours || (code != CODE && !code.starts_with(CODE_OF)) {
                    return refused("VST-2005");
                }
                if let Some(refused) = self.letters_wanted(request) {
                    return refused;
                }
                self.sign_in_number.fetch_add(1, Ordering::SeqCst);
                // Another session takes the place of a locked one.
                self.session.send_if_modified(|event| std::mem::take(&mut event.locked));
            }
            "refresh_token" => {
                let good = self.refresh_token.lock().expect("unpoisoned").clone();
                if good.is_empty() {
                    return refused("VST-2012");
                }
                if form("refresh_token") != good {
                    return refused("VST-2013");
                }
                if self.session.borrow().locked {
                    let (status, mut answer) = locked();
                    answer["sign_in_id"] = self.describe()["sign_in_id"].clone();
                    return (status, answer);
                }
                self.refreshed.fetch_add(1, Ordering::SeqCst);
            }
            "urn:ietf:params:oauth:grant-type:device_code" => {
                if let Some(refused) = self.not_yet(request).await {
                    return refused;
                }
                self.sign_in_number.fetch_add(1, Ordering::SeqCst);
            }
            _ => return refused("VST-2011"),
        }
        let number = self.refreshed.load(Ordering::SeqCst) + 100 * self.sign_in_number.load(Ordering::SeqCst);
        let (access, refresh) = (format!("canary-access-{number}"), format!("canary-refresh-{number}"));
        *self.access_token.lock().expect("unpoisoned") = access.clone();
        *self.refresh_token.lock().expect("unpoisoned") = refresh.clone();
        let expires_in = self.access_expires_in.load(Ordering::SeqCst);
        let answer = json!({
            "access_token": access, "token_type": "DPoP", "expires_in": expires_in, "refresh_token": refresh, "session": self.describe()
        });
        (200, answer)
    }

    fn own_sessions(&self) -> Value {
        let id = self.describe()["sign_in_id"].clone();
        let mut own = vec![
            json!({"id": id, "device_label": "Poste d’accueil", "opened_s_ago": 7500, "active_s_ago": 59, "is_this": true, "locked": false}),
        ];
        if self.has_others.load(Ordering::SeqCst) {
            own.insert(
                0,
                json!({"id": "AB2C-D3EF", "device_label": null, "opened_s_ago": 10800, "active_s_ago": 180, "is_this": false, "locked": true}),
            );
        }
        json!({"sessions": own})
    }

    /// How many this ended.
    fn others_are_over(&self) -> u32 {
        u32::from(self.has_others.swap(false, Ordering::SeqCst))
    }

    async fn session_answer(&self, request: &Request) -> (u16, Value) {
        let kept = request.path == "/api/v1/session/sign-out" && request.form("refresh_token").is_some();
        if kept && !self.of_before.load(Ordering::SeqCst) {
            self.refresh_token.lock().expect("unpoisoned").clear();
            return (200, self.sign_out.lock().expect("unpoisoned").clone());
        }
        let good = format!("DPoP {}", self.access_token.lock().expect("unpoisoned"));
        if request.header("authorization") != Some(&good) || self.refresh_token.lock().expect("unpoisoned").is_empty() {
            return (401, json!({"error": "invalid_token", "error_description": "over", "code": "VST-2012"}));
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/v1/session") | ("PUT", "/api/v1/session/situation") | ("POST", "/api/v1/session/activity")
                if self.session.borrow().locked =>
            {
                locked()
            }
            ("GET", "/api/v1/session") => (200, self.describe()),
            ("PUT", "/api/v1/session/situation") => {
                let id = request.json()["situation_id"].as_str().expect("an id").to_owned();
                if id != "s1" && id != "s2" {
                    return (404, json!({"error": "invalid_request", "error_description": "unknown", "code": "VST-2014"}));
                }
                *self.situation.lock().expect("unpoisoned") = Some(id);
                (200, self.describe())
            }
            ("POST", "/api/v1/session/activity") => (200, json!(CLOCKS)),
            ("POST", "/api/v1/session/lock") => {
                self.session.send_modify(|event| (event.version, event.locked) = (event.version + 1, true));
                (200, json!(CLOCKS))
            }
            ("GET", "/api/v1/session/events") => {
                let after: Option<u64> = request.query("after").map(|after| after.parse().expect("a number"));
                let mut event = self.session.subscribe();
                let changed = event.wait_for(|event| Some(event.version) != after);
                let event = match tokio::time::timeout(Duration::from_secs(5), changed).await {
                    Ok(event) => event.expect("the double lives").clone(),
                    Err(_) => self.session.borrow().clone(),
                };
                (200, serde_json::to_value(event).expect("JSON"))
            }
            ("GET", "/api/v1/sessions") => (200, self.own_sessions()),
            ("DELETE", "/api/v1/sessions") => (200, json!({"ended": self.others_are_over()})),
            ("DELETE", path) if path.starts_with("/api/v1/sessions/") => {
                if path.ends_with("/AB2C-D3EF") && self.others_are_over() > 0 {
                    return (204, Value::Null);
                }
                (404, json!({"error": "not_found", "error_description": "not open", "code": "VST-2051"}))
            }
            ("POST", "/api/v1/session/sign-out") => {
                self.refresh_token.lock().expect("unpoisoned").clear();
                (200, self.sign_out.lock().expect("unpoisoned").clone())
            }
            _ => (404, json!({"error": "not_found", "error_description": "", "code": "VST-2017"})),
        }
    }

    fn describe(&self) -> Value {
        let situation = |id: &str, town: &str| {
            json!({
                "id": id, "mode": {"code": "L", "label": "Libéral"}, "sector": null, "role": null, "pharmacist_section": null,
                "activity_kind": null,
                "structure": {
                    "technical_id": "", "name": "Cabinet de démonstration", "finess": "", "siret": "", "locality": town
                }
            })
        };
        let mut situations = vec![situation("s1", "75000 PARIS")];
        if self.two_situations.load(Ordering::SeqCst) {
            situations.push(situation("s2", "69000 LYON"));
        }
        json!({
            "sign_in_id": format!("7F3K-9QX{}", self.sign_in_number.load(Ordering::SeqCst)),
            "practitioner": {
                "national_id": "899700000001", "title": "Dr", "given_name": "Camille", "family_name": "FICTIF-EXEMPLE",
                "practices": [{
                    "profession": {"code": "10", "label": "Médecin"}, "category": null,
                    "speciality": {"code": "SM54", "label": "Médecine générale"}, "situations": situations
                }]
            },
            "situation_id": *self.situation.lock().expect("unpoisoned"), "suggested_situation_id": null, "means": *self.means.lock().expect("unpoisoned"),
            "card_rule": *self.card_rule.lock().expect("unpoisoned"),
            "environment": "simulator", "shared_workstation": self.shared.load(Ordering::SeqCst),
            "identity_changed": self.identity_changed.load(Ordering::SeqCst), "clocks": CLOCKS
        })
    }
}

/// Of a session that is locked, nothing is given.
fn locked() -> (u16, Value) {
    (423, json!({"error": "session_locked", "error_description": "locked", "code": "VST-2050"}))
}

fn metadata(origin: &str) -> Value {
    let at = |path: &str| format!("{origin}{path}");
    json!({
        "issuer": origin, "authorization_endpoint": at("/oauth/authorize"), "token_endpoint": at("/oauth/token"),
        "pushed_authorization_request_endpoint": at("/oauth/par"), "device_authorization_endpoint": at("/oauth/device_authorization"), "revocation_endpoint": at("/oauth/revoke"),
        "response_types_supported": ["code"], "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"], "dpop_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["none"], "authorization_response_iss_parameter_supported": true,
        "require_pushed_authorization_requests": true, "ui_locales_supported": ["fr"], "op_policy_uri": at("/privacy"),
        "op_tos_uri": at("/terms"), "service_name": "Dossier de démonstration", "psc_environment": "simulator",
        "companion_version": "9.9.9"
    })
}
