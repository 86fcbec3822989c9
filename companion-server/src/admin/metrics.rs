//! `GET /metrics`: counts and times in the text form of OpenMetrics, which Prometheus reads. Nothing in them names a person, a workstation or an address.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::health::Watch;
use crate::companion::SharedCompanion;
use crate::measures;
use crate::own_certificate::OwnCertificateState;
use crate::provider::LinkState;
use crate::provider_name::ProviderName;
use crate::store::Census;

/// Type of OpenMetrics.
const OPEN_METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
/// Type of the older text form of Prometheus, for a collector that asks for it alone.
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// How long each thing is waited for that may be slow: a collector waits ten seconds unless told otherwise. What is late is missing, the rest is
/// given, and the collector sees a companion that answers.
const PATIENCE: Duration = Duration::from_secs(4);

pub(super) async fn show(
    State(companion): State<SharedCompanion>,
    Extension(watch): Extension<Arc<Watch>>,
    headers: HeaderMap,
) -> ([(HeaderName, HeaderValue); 1], String) {
    let census = tokio::time::timeout(PATIENCE, companion.store.census());
    let (census, parts) = tokio::join!(census, watch.parts(&companion, PATIENCE));
    let mut text = String::new();
    announce(&mut text, "vestibule_build_info", "1, with the version that serves.");
    line(&mut text, &format!("vestibule_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1);
    if let Some(parts) = parts {
        announce(&mut text, "vestibule_part_state", "State of a part, as /health says it: 0 well, 1 degraded, 2 failed.");
        for (name, part) in parts.each() {
            line(&mut text, &format!("vestibule_part_state{{part=\"{name}\"}}"), u64::from(part.degree()));
        }
    }
    if let Ok(Ok(census)) = census {
        counted(&mut text, census);
    }
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
    if takes_open_metrics(&headers) { ([(CONTENT_TYPE, OPEN_METRICS)], text) } else { ([(CONTENT_TYPE, PLAIN)], plain(&text)) }
}

fn counted(text: &mut String, census: Census) {
    announce(text, "vestibule_sign_ins", "Sign-ins of the last day, by state.");
    for (state, count) in census.sign_ins {
        line(text, &format!("vestibule_sign_ins{{state=\"{}\"}}", name(state)), count);
    }
    announce(text, "vestibule_sign_ins_by_exchange", "Sign-ins of the last day, by exchange.");
    for (exchange, count) in census.exchanges {
        line(text, &format!("vestibule_sign_ins_by_exchange{{exchange=\"{}\"}}", name(exchange)), count);
    }
    announce(text, "vestibule_live_sessions", "Sessions that did not end.");
    line(text, "vestibule_live_sessions", census.live_sessions);
}

/// Whoever asks for nothing, or for anything, gets it.
fn takes_open_metrics(headers: &HeaderMap) -> bool {
    let mut asked = headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok()).peekable();
    asked.peek().is_none() || asked.any(|accept| accept.contains("application/openmetrics-text") || accept.contains("*/*"))
}

/// The same in the older form: there a counter is called as its lines are, and nothing is said of units or of the end.
fn plain(text: &str) -> String {
    let counters: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut plain = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !line.starts_with("# UNIT ") && *line != "# EOF") {
        let about = |word: &str| line.strip_prefix(word)?.split_once(' ').filter(|(name, _)| counters.contains(name));
        let _ = match (about("# HELP "), about("# TYPE ")) {
            (Some((name, rest)), _) => writeln!(plain, "# HELP {name}_total {rest}"),
            (_, Some((name, rest))) => writeln!(plain, "# TYPE {name}_total {rest}"),
            _ => writeln!(plain, "{line}"),
        };
    }
    plain
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_form_is_given_to_whoever_asks_for_it_alone() {
        let takes =
            |accept: &[&'static str]| takes_open_metrics(&accept.iter().map(|accept| (ACCEPT, HeaderValue::from_static(accept))).collect());
        assert!(takes(&[]) && takes(&["*/*"]) && takes(&["text/plain", "application/openmetrics-text; version=1.0.0;q=0.5"]));
        assert!(!takes(&["text/plain;version=0.0.4;q=1"]));
        let given = "# HELP a Some a.\n# TYPE a counter\na_total 1\n# HELP b_seconds A b.\n# TYPE b_seconds histogram\n# UNIT b_seconds seconds\nb_seconds_count 2\n# EOF\n";
        let plain = plain(given);
        assert_eq!(
            plain,
            "# HELP a_total Some a.\n# TYPE a_total counter\na_total 1\n# HELP b_seconds A b.\n# TYPE b_seconds histogram\nb_seconds_count 2\n"
        );
    }
}
