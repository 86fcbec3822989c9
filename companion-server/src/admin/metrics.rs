//! `GET /metrics`: counts and times in the text form of OpenMetrics, which Prometheus reads. Nothing in them names a person, a workstation or an address.

use std::fmt::Write as _;

use axum::extract::State;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use vestibule_model::ErrorCode;

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::measures;
use crate::own_certificate::OwnCertificateState;
use crate::provider::LinkState;
use crate::provider_name::ProviderName;

/// Type of the text form that is Prometheus's and others'.
const TEXT: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

pub(super) async fn show(State(companion): State<SharedCompanion>) -> Result<([(http::HeaderName, HeaderValue); 1], String), Refusal> {
    let census = companion.store.census().await.map_err(|_| Refusal::unavailable(ErrorCode::StorageUnavailable))?;
    let mut text = String::new();
    announce(&mut text, "vestibule_sign_ins", "Sign-ins of the last day, by state.");
    for (state, count) in census.sign_ins {
        line(&mut text, &format!("vestibule_sign_ins{{state=\"{}\"}}", name(state)), count);
    }
    announce(&mut text, "vestibule_sign_ins_by_exchange", "Sign-ins of the last day, by exchange.");
    for (exchange, count) in census.exchanges {
        line(&mut text, &format!("vestibule_sign_ins_by_exchange{{exchange=\"{}\"}}", name(exchange)), count);
    }
    announce(&mut text, "vestibule_live_sessions", "Sessions that did not end.");
    line(&mut text, "vestibule_live_sessions", census.live_sessions);
    announce(&mut text, "vestibule_parked_requests", "Requests that wait for an event.");
    line(&mut text, "vestibule_parked_requests", u64::try_from(companion.parked.count()).unwrap_or(u64::MAX));
    announce(&mut text, "vestibule_connections", "Connections open on the public listener.");
    line(&mut text, "vestibule_connections", u64::try_from(companion.connections.open()).unwrap_or(u64::MAX));
    refusals(&mut text, companion.refused_by_limit());
    enrolments(&mut text, companion.sign_ins.enrolments_refused());
    clocks(&mut text, companion.parties.each().filter_map(|(name, party)| Some((name, party.clock_ahead_s()?))).collect());
    let links: Vec<_> = companion.parties.each().map(|(name, party)| (name, party.watch_link())).collect();
    certificates(&mut text, &links, companion.own_certificate.as_ref().map(|own| own.watch()));
    // Its last line ends the whole.
    text.push_str(&measures::written());
    Ok(([(CONTENT_TYPE, TEXT)], text))
}

fn enrolments(text: &mut String, refused: [(&'static str, u64); 3]) {
    let _ = writeln!(
        text,
        "# HELP vestibule_enrolment_refused Workstations refused their group since the start, by reason.\n# TYPE vestibule_enrolment_refused counter"
    );
    for (reason, count) in refused {
        line(text, &format!("vestibule_enrolment_refused_total{{reason=\"{reason}\"}}"), count);
    }
}

fn refusals(text: &mut String, refused: Vec<(&'static str, u64)>) {
    let _ = writeln!(text, "# HELP vestibule_refused Refusals since the start, by limit.\n# TYPE vestibule_refused counter");
    for (limit, count) in refused {
        line(text, &format!("vestibule_refused_total{{limit=\"{limit}\"}}"), count);
    }
}

fn clocks(text: &mut String, ahead: Vec<(&ProviderName, i64)>) {
    if !ahead.is_empty() {
        announce(text, "vestibule_clock_ahead_seconds", "Seconds by which this machine's clock is ahead of a provider's.");
    }
    for (name, ahead_s) in ahead {
        let _ = writeln!(text, "vestibule_clock_ahead_seconds{{provider=\"{}\"}} {ahead_s}", name.name());
    }
}

/// When each certificate ends, as the moment: whoever watches subtracts the present.
fn certificates(text: &mut String, links: &[(&ProviderName, LinkState)], own: Option<OwnCertificateState>) {
    let mut ends: Vec<_> = links.iter().map(|(name, link)| (format!("{}_client", name.name()), link.certificate)).collect();
    ends.push(("listener".to_owned(), own.map(|own| own.validity)));
    announce(text, "vestibule_certificate_expiry_timestamp_seconds", "End of a certificate's life, in seconds since 1970.");
    for (name, validity) in ends {
        if let Some(end) = validity.and_then(|validity| u64::try_from(validity.ends_at.unix_seconds()).ok()) {
            line(text, &format!("vestibule_certificate_expiry_timestamp_seconds{{certificate=\"{name}\"}}"), end);
        }
    }
    announce(text, "vestibule_provider_certificate_change_refused", "1 while new certificate files cannot serve and the former ones do.");
    for (name, link) in links {
        let name = format!("vestibule_provider_certificate_change_refused{{provider=\"{}\"}}", name.name());
        line(text, &name, u64::from(link.change_refused));
    }
    let Some(own) = own else { return };
    announce(text, "vestibule_listener_certificate_change_refused", "1 while new files of the companion's own certificate are not taken.");
    line(text, "vestibule_listener_certificate_change_refused", u64::from(own.change_refused));
    announce(text, "vestibule_listener_certificate_untrusted", "1 while workstations refuse the certificate that is served.");
    line(text, "vestibule_listener_certificate_untrusted", u64::from(own.is_untrusted));
}

// Writing to a String cannot fail, here and below.
fn announce(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn line(text: &mut String, name: &str, value: u64) {
    let _ = writeln!(text, "{name} {value}");
}

/// As on the wire.
fn name(word: impl serde::Serialize) -> String {
    word.serialize(serde_json::value::Serializer).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
