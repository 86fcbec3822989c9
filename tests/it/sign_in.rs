//! The main job, with real processes: command line, system browser launcher, keyring, companion, simulator.

use serde_json::json;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::programs::Programs;

/// Requests of the journal on one path of the provider.
fn count(journal: &[serde_json::Value], path_end: &str, grant: Option<&str>) -> usize {
    journal
        .iter()
        .filter(|entry| entry["path"].as_str().is_some_and(|path| path.ends_with(path_end)))
        .filter(|entry| grant.is_none_or(|grant| entry["grant_type"] == grant))
        .count()
}

#[tokio::test]
async fn exi_26_a_person_signs_in_through_the_system_browser_and_signs_out_of_both_sessions() {
    let programs = Programs::start().await.expect("the stack starts");

    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let document = login.json().expect("one document");
    let session = &document["session"];
    assert_eq!(session["national_id"], "899700999016");
    assert_eq!(session["display_name"], "Dr\u{a0}Camille FICTIF-EXEMPLE");
    assert!(session["profession"].as_str().is_some_and(|text| text.starts_with("Médecin")), "{session}");
    assert!(session["situation"]["place"].as_str().is_some_and(|place| place.contains("DEMONSTRATION A")), "{session}");
    assert!(session["expires_at"].as_str().is_some_and(|text| text.ends_with('Z')), "{session}");
    assert_eq!(document["exchange"], "loopback");
    assert!(document["timings_ms"]["total"].as_u64().is_some_and(|total| total > 0), "{document}");

    // A second process resumes silently from the keyring.
    let status = programs.run("camille", &["status", "--json"]).await.expect("status ends");
    assert_eq!(status.code, Some(0), "{status:?}");
    assert_eq!(status.json().expect("one document")["session"]["national_id"], "899700999016");

    // EXI 20: one gesture, both sessions.
    let logout = programs.run("camille", &["logout", "--json"]).await.expect("logout ends");
    assert_eq!(logout.code, Some(0), "{logout:?}");
    let journal = programs.journal().await.expect("the journal answers");
    assert_eq!(count(&journal, "/protocol/openid-connect/logout", None), 1, "{journal:?}");
    let after = programs.run("camille", &["status", "--json"]).await.expect("status ends");
    assert_eq!(after.code, Some(1), "nobody is signed in any more: {after:?}");
}

#[tokio::test]
async fn exi_10_and_exi_16_and_exi_17_the_authorization_request_asks_for_exactly_what_the_referentiel_says() {
    let programs = Programs::start().await.expect("the stack starts");
    let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json", "--situation", "first"]).await.expect("ready");
    let app = command.spawn().expect("the app starts");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let page = browser.walk(&address.wait().await.expect("an address"), &Person::named("camille")).await.expect("signed in");
    assert!(page.status.is_success(), "{}", page.body);
    let output = app.wait_with_output().await.expect("the app ends");
    assert!(output.status.success(), "{output:?}");

    let authorization = browser.history.iter().find(|url| url.path() == "/auth" && url.query().is_some()).expect("went to the provider");
    let parameter = |name: &str| authorization.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(parameter("acr_values").as_deref(), Some("eidas1"));
    assert_eq!(parameter("scope").as_deref(), Some("openid scope_all"));
    assert_eq!(parameter("response_type").as_deref(), Some("code"));
    assert_eq!(parameter("code_challenge_method").as_deref(), Some("S256"));
    for unguessable in ["state", "nonce", "code_challenge"] {
        assert!(parameter(unguessable).is_some_and(|value| value.len() >= 43), "{unguessable}");
    }
    // What the provider gave goes to the companion and never to the app's listener, where the companion's own code arrives, once.
    let code = |url: &url::Url| url.query_pairs().find(|(key, _)| key == "code").map(|(_, value)| value.into_owned());
    let given = browser.history.iter().find(|url| url.path() == "/psc/callback").and_then(&code).expect("the provider's code");
    assert_eq!(browser.history.iter().filter(|url| url.as_str().contains(&given)).count(), 1, "the provider's code goes one way");
    let arrived: Vec<String> = browser.history.iter().filter(|url| url.path().starts_with("/cb/")).filter_map(&code).collect();
    assert!(arrived.len() == 1 && arrived[0] != given, "the companion's code, once: {}", arrived.len());
}

/// Told as her own choice, not as a problem, and nobody is signed in.
async fn was_declined(programs: &Programs, output: &std::process::Output) {
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("not one document: {output:?}"));
    assert_eq!(
        (output.status.code(), &document["outcome"], &document["session"]),
        (Some(1), &json!("declined"), &json!(null)),
        "{output:?}"
    );
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("refusée dans le navigateur") && !told.contains("VST-"), "{told}");
    let status = programs.run("camille", &["status", "--json"]).await.expect("status ends");
    assert_eq!((status.code, status.json().expect("one document")["session"].is_null()), (Some(1), true), "{status:?}");
}

#[tokio::test]
async fn a_person_who_cancels_at_the_provider_is_told_so_and_nothing_is_kept() {
    let programs = Programs::start().await.expect("the stack starts");
    let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
    let app = command.spawn().expect("the app starts");
    let person = Person { approves: false, ..Person::named("camille") };
    ScriptedBrowser::new().expect("a browser").walk(&address.wait().await.expect("an address"), &person).await.expect("the pages end");
    was_declined(&programs, &app.wait_with_output().await.expect("the app ends")).await;
}

#[tokio::test]
async fn this_is_not_me_on_the_confirmation_page_gives_no_session() {
    let programs = Programs::start().await.expect("the stack starts");
    let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
    let app = command.spawn().expect("the app starts");
    let person = Person { confirms: false, ..Person::named("camille") };
    ScriptedBrowser::new().expect("a browser").walk(&address.wait().await.expect("an address"), &person).await.expect("the pages end");
    was_declined(&programs, &app.wait_with_output().await.expect("the app ends")).await;
}

#[tokio::test]
async fn a_silent_and_a_lying_provider_end_in_two_codes_and_the_next_sign_in_works() {
    let programs = Programs::start().await.expect("the stack starts");
    let cases = [
        (json!([{ "kind": "unavailable", "endpoint": "token" }]), "VST-4002"),
        (json!([{ "kind": "html", "endpoint": "token" }]), "VST-4002"),
        (json!([{ "kind": "unavailable", "endpoint": "userinfo" }]), "VST-4002"),
        (json!([{ "kind": "wrong_nonce" }]), "VST-4007"),
        (json!([{ "kind": "wrong_issuer" }]), "VST-4007"),
        (json!([{ "kind": "bad_signature" }]), "VST-4007"),
    ];
    for (faults, code) in cases {
        programs.set_faults(faults.clone()).await.expect("the faults are set");
        let login = programs.run("camille", &["login", "--json"]).await.expect("login ends");
        assert_ne!(login.code, Some(0), "{faults}: {login:?}");
        assert!(login.stderr.contains(code), "{faults} should end in {code}: {login:?}");
        assert!(!login.stderr.contains("panicked"), "{login:?}");
    }
    programs.set_faults(json!([])).await.expect("the faults are removed");
    let login = programs.run("camille", &["login", "--json"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
}

#[tokio::test]
async fn each_level_and_shape_that_was_seen_in_the_wild_signs_in() {
    let programs = Programs::start().await.expect("the stack starts");
    for level in ["eidas1", "eidas2", "eidas3", "absent"] {
        programs.set_faults(json!([{ "kind": "acr", "value": level }])).await.expect("the variant is set");
        let login = programs.run("camille", &["login", "--json"]).await.expect("login ends");
        assert_eq!(login.code, Some(0), "acr {level}: {login:?}");
    }
}

#[tokio::test]
async fn another_person_on_the_same_workstation_is_noticed() {
    let programs = Programs::start().await.expect("the stack starts");
    for persona in ["camille", "alix"] {
        let login = programs.run(persona, &["login", "--json"]).await.expect("login ends");
        assert_eq!(login.code, Some(0), "{login:?}");
        assert_eq!(login.json().expect("one document")["session"]["identity_changed"], json!(persona != "camille"), "{login:?}");
    }
}
