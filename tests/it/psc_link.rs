//! EXI 24 between real processes: the companion presents its certificate, the simulator demands it and binds tokens to it.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule_installation::Installation;
use vestibule_tests::programs::{Outcome, Programs};
use vestibule_tests::psc_link::{PscLink, SERVICE};
use vestibule_tests::servers::ending_with_us;

/// Waits until the companion's metrics hold this line; looking at them makes it look at its files.
async fn until_metrics_say(programs: &Programs, line: &str) {
    let http = reqwest::Client::builder().no_proxy().build().expect("client");
    let mut attempts = tokio::time::interval(Duration::from_millis(250));
    let mut metrics = String::new();
    for _ in 0..240 {
        attempts.tick().await;
        let answer = http.get(format!("{}/metrics", programs.companion_administration)).send().await.expect("an answer");
        metrics = answer.text().await.expect("text");
        if metrics.lines().any(|said| said == line) {
            return;
        }
    }
    panic!("{line} is not in {metrics}");
}

async fn login(programs: &Programs) -> Outcome {
    programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends")
}

/// Every request of this path's end, as its door and the thumbprint of the certificate behind it.
async fn doors(programs: &Programs, path_end: &str) -> BTreeSet<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let journal = programs.journal().await.expect("a journal");
    let those = journal.iter().filter(|entry| entry["path"].as_str().is_some_and(|path| path.ends_with(path_end)));
    those.map(|entry| (text(&entry["listener"]).expect("a door"), text(&entry["certificate"]))).collect()
}

async fn companion(programs: &Programs, command: &str) -> (Option<i32>, String) {
    let output = ending_with_us("companion-server")
        .expect("built")
        .args([command, "--config"])
        .arg(programs.folder().join("companion.toml"))
        .output()
        .await
        .expect("it ends");
    (output.status.code(), [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text")).concat())
}

#[tokio::test]
async fn exi_24_a_person_signs_in_with_a_certificate_alone_and_goes_on_after_its_renewal() {
    let (programs, link) = Programs::start_with_psc_certificate().await.expect("the stack starts");
    let signed_in = login(&programs).await;
    assert_eq!(signed_in.code, Some(0), "{signed_in:?}");
    let used: Vec<_> = doors(&programs, "/token").await.into_iter().collect();
    let [(door, Some(first))] = used.as_slice() else { panic!("one door and one certificate: {used:?}") };
    assert_eq!(door, "mtls", "the address for certificates was followed");
    assert_eq!(doors(&programs, "/userinfo").await, BTreeSet::from([("mtls".to_owned(), Some(first.clone()))]));
    assert!(doors(&programs, "wallet-openid-configuration").await.iter().all(|(door, _)| door == "auth"));
    let logout = programs.run("camille", &["logout", "--json"]).await.expect("logout ends");
    assert_eq!(logout.json().expect("one document")["psc_session"], "ended", "{logout:?}");

    // Half of a renewal, then a mistake: the former certificate goes on serving.
    link.spoil().expect("spoilt");
    until_metrics_say(&programs, "vestibule_provider_certificate_change_refused{provider=\"psc\"} 1").await;
    assert_eq!(login(&programs).await.code, Some(0));
    assert_eq!(doors(&programs, "/token").await.len(), 1, "still the former certificate");
    let log = fs::read_to_string(programs.folder().join("companion.log")).expect("the log");
    let said: Vec<_> = log.lines().filter(|line| line.contains("VST-3007")).collect();
    assert_eq!(said.len(), 1, "said once: {said:?}");

    // 1 January 2099.
    link.renew(SERVICE, 2099).expect("renewed");
    until_metrics_say(&programs, "vestibule_certificate_expiry_timestamp_seconds{certificate=\"psc_client\"} 4070908800").await;
    until_metrics_say(&programs, "vestibule_provider_certificate_change_refused{provider=\"psc\"} 0").await;
    programs.run("camille", &["logout", "--json"]).await.expect("logout ends");
    let again = login(&programs).await;
    assert_eq!(again.code, Some(0), "{again:?}");
    let used = doors(&programs, "/token").await;
    assert_eq!(used.len(), 2, "another certificate, without a restart: {used:?}");
    assert!(used.contains(&("mtls".to_owned(), Some(first.clone()))));
}

#[tokio::test]
async fn exi_24_a_certificate_that_the_provider_does_not_know_opens_nothing() {
    let (mut programs, link) = Programs::start_with_psc_certificate().await.expect("the stack starts");
    let restart = async |programs: &mut Programs| {
        programs.kill_companion().await.expect("killed");
        programs.restart_companion().await.expect("it starts: the certificate is sound");
    };
    // Under the right authority, of another service: the realm does not take it for ours.
    link.renew("autre.hopital.example", 2100).expect("renewed");
    restart(&mut programs).await;
    assert!(login(&programs).await.stderr.contains("VST-4006"), "refused as a client");
    // Of our name, under an authority of nobody: the handshake ends there, before anything is said.
    link.renew_from_nowhere().expect("renewed");
    restart(&mut programs).await;
    let refused = login(&programs).await;
    assert!(refused.stderr.contains("VST-4013"), "{refused:?}");
    let (code, report) = companion(&programs, "doctor").await;
    assert!(code == Some(2) && report.contains("VST-4013"), "{report}");
}

#[tokio::test]
async fn exi_24_a_token_bound_to_another_certificate_gives_no_identity() {
    let (programs, _link) = Programs::start_with_psc_certificate().await.expect("the stack starts");
    programs.set_faults(json!([{ "kind": "token_bound_elsewhere" }])).await.expect("set");
    let refused = login(&programs).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("VST-4004"), "{refused:?}");
    programs.set_faults(json!([{ "kind": "client_certificate_refused" }])).await.expect("set");
    let refused = login(&programs).await;
    assert!(refused.stderr.contains("VST-4006"), "{refused:?}");
    programs.set_faults(json!([])).await.expect("set");
    assert_eq!(login(&programs).await.code, Some(0));
}

#[tokio::test]
async fn exi_24_the_doctor_and_the_start_judge_the_certificate_and_the_provider_s() {
    let (mut programs, link): (Programs, PscLink) = Programs::start_with_psc_certificate().await.expect("the stack starts");
    let (code, report) = companion(&programs, "doctor").await;
    assert_eq!(code, Some(0), "{report}");
    assert!(report.contains("Certificat présenté à Pro Santé Connect\n           Valable jusqu’au 1er janvier 2100, encore "), "{report}");

    programs.kill_companion().await.expect("its ports are free");
    link.renew(SERVICE, 2021).expect("renewed");
    for command in ["doctor", "check-config", "serve"] {
        let (code, told) = companion(&programs, command).await;
        assert_eq!(code, Some(2), "{command}: {told}");
        assert!(told.contains("VST-3007") && told.contains("le certificat a expiré le 1er janvier 2021"), "{command}: {told}");
    }
    link.renew(SERVICE, 2100).expect("renewed");

    // Without the hospital's own authority, whatever answers there is not Pro Santé Connect.
    Installation::edit(programs.folder(), |kept| kept.without("psc.extra_ca_file")).expect("written");
    let (code, report) = companion(&programs, "doctor").await;
    assert!(code == Some(2) && report.contains("VST-4014"), "{report}");
}
