//! `GET /metrics`: counts in the text form of Prometheus. Nothing in them names a person, a workstation or an address.

use std::fmt::Write as _;

use axum::extract::State;
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use crate::http::SharedCompanion;

/// Type of the Prometheus text form.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

pub(super) async fn show(State(companion): State<SharedCompanion>) -> ([(http::HeaderName, HeaderValue); 1], String) {
    let mut text = String::new();
    gauge(&mut text, "vestibule_parked_requests", "Requests that wait for an event.", companion.parked.count());
    ([(CONTENT_TYPE, TEXT)], text)
}

fn gauge(text: &mut String, name: &str, help: &str, value: usize) {
    // Writing to a String cannot fail.
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
}
