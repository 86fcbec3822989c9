//! `GET /metrics`: counts in the text form of Prometheus. Nothing in them names a person, a workstation or an address.

use std::fmt::Write as _;

use axum::extract::State;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize as _;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::SignInState;

use crate::edge::SharedCompanion;
use crate::edge::answer::Refusal;

/// Type of the Prometheus text form.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

pub(super) async fn show(State(companion): State<SharedCompanion>) -> Result<([(http::HeaderName, HeaderValue); 1], String), Refusal> {
    let census = companion.store.census().await.map_err(|_| Refusal::unavailable(ErrorCode::StorageUnavailable))?;
    let mut text = String::new();
    announce(&mut text, "vestibule_sign_ins", "Sign-ins of the last day, by state.");
    for (state, count) in census.sign_ins {
        line(&mut text, &format!("vestibule_sign_ins{{state=\"{}\"}}", name(state)), count);
    }
    announce(&mut text, "vestibule_live_sessions", "Sessions that did not end.");
    line(&mut text, "vestibule_live_sessions", census.live_sessions);
    announce(&mut text, "vestibule_parked_requests", "Requests that wait for an event.");
    line(&mut text, "vestibule_parked_requests", u64::try_from(companion.parked.count()).unwrap_or(u64::MAX));
    Ok(([(CONTENT_TYPE, TEXT)], text))
}

// Writing to a String cannot fail, here and below.
fn announce(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn line(text: &mut String, name: &str, value: u64) {
    let _ = writeln!(text, "{name} {value}");
}

/// As in the events.
fn name(state: SignInState) -> String {
    state.serialize(serde_json::value::Serializer).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
