//! What lies on disk: a stolen database, sealed rows moved about, logs at their most talkative.

use std::collections::BTreeSet;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::json;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::known_secrets::KnownSecrets;
use vestibule_tests::programs::Programs;

use super::scene::{Trip, memory, parameter, stack};

#[tokio::test]
async fn attack_28_a_stolen_database_holds_nothing_usable() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let (started, back) = stack.walk(&app, &mut browser, &Person::named("camille")).await.expect("walks");
    let code = parameter(&back, "code").expect("a code");
    let tokens = app.redeem(&started, &code).await.expect("answers").tokens().expect("signed in");
    let waiting = Trip::until(&stack, "alix", "confirmation").await;

    let mut dump = Vec::new();
    for end in ["", "-wal", "-shm", "-journal"] {
        dump.extend(fs::read(format!("{}{end}", stack.database().display())).unwrap_or_default());
    }
    assert!(dump.len() > 10_000, "there is something to search: {}", dump.len());
    let holds = |part: &[u8]| dump.windows(part.len()).any(|window| window == part);
    assert!(holds(started.sign_in_id.as_bytes()), "the dump is the companion's");
    let pending = waiting.browser.cookie_header("127.0.0.1");
    let cookie =
        pending.split("__Host-vestibule-").nth(1).and_then(|rest| rest.split(['=', ';']).nth(1)).expect("the cookie of a pending sign-in");
    let mut secrets = vec![tokens.access, tokens.refresh, code, started.verifier, waiting.started.verifier, cookie.to_owned()];
    for request in [&started.request_uri, &waiting.started.request_uri] {
        secrets.push(request.rsplit(':').next().expect("a last part").to_owned());
    }
    for url in browser.history.iter().chain(&waiting.browser.history).filter(|url| url.path() == "/psc/callback") {
        secrets.extend(["code", "state"].iter().filter_map(|name| parameter(url, name)));
    }
    secrets.extend(["eyJ", "FICTIF", "Camille", "access_token", "refresh_token"].map(str::to_owned));
    for (number, secret) in secrets.iter().enumerate() {
        assert!(!holds(secret.as_bytes()), "secret {number} lies in the database as it is");
        let bytes = URL_SAFE_NO_PAD.decode(secret);
        assert!(!bytes.is_ok_and(|bytes| bytes.len() >= 16 && holds(&bytes)), "secret {number} lies in the database as its bytes");
    }
}

#[tokio::test]
async fn attack_28_a_sealed_row_moved_elsewhere_does_not_open() {
    let stack = stack().await;
    let (mut camille, mut alix) = (stack.app().expect("an app"), stack.app().expect("an app"));
    let hers = stack.sign_in(&camille, "camille").await.expect("signed in");
    let other = stack.sign_in(&alix, "alix").await.expect("signed in");
    let mut memory = memory(&stack.database()).await;
    sqlx::query("CREATE TABLE stolen AS SELECT * FROM grants").execute(&mut memory).await.expect("copied");
    let swaps = [
        "UPDATE grants SET practitioner_sealed = (SELECT o.practitioner_sealed FROM stolen o WHERE o.sign_in_id <> grants.sign_in_id)",
        "UPDATE grants SET practitioner_sealed = (SELECT o.tokens_sealed FROM stolen o WHERE o.sign_in_id = grants.sign_in_id)",
    ];
    let restore =
        "UPDATE grants SET practitioner_sealed = (SELECT o.practitioner_sealed FROM stolen o WHERE o.sign_in_id = grants.sign_in_id)";
    for (moved, expected) in swaps.into_iter().flat_map(|swap| [(swap, StatusCode::SERVICE_UNAVAILABLE), (restore, StatusCode::OK)]) {
        assert_eq!(sqlx::query(moved).execute(&mut memory).await.expect("moved").rows_affected(), 2);
        for (app, tokens) in [(&mut camille, &hers), (&mut alix, &other)] {
            let answer = app.session(&tokens.access).await.expect("answers");
            assert_eq!((answer.status, answer.body["practitioner"].is_object()), (expected, expected == StatusCode::OK), "{moved}");
        }
    }
}

#[tokio::test]
async fn attack_29_no_flow_writes_a_secret_or_a_name_to_a_log_even_at_trace() {
    let programs = Programs::start().await.expect("the stack starts");
    let mut secrets: BTreeSet<String> = ["FICTIF", "Camille", "eyJ", "/go\"", "client_secret="]
        .into_iter()
        .map(str::to_owned)
        .chain([programs.client_secret.clone()])
        .collect();
    for person in psc_simulator::persona::embedded().expect("the people") {
        secrets.insert(person.claim("SubjectNameID").to_owned());
    }
    let good = Person::named("camille");
    let people = [
        (json!([]), good.clone(), true),
        (json!([]), Person { approves: false, ..good.clone() }, false),
        (json!([{ "kind": "bad_signature" }]), good.clone(), false),
        (json!([{ "kind": "userinfo_without_subject_name_id" }]), good.clone(), false),
        (json!([{ "kind": "userinfo_sub_mismatch" }]), good.clone(), false),
        (json!([{ "kind": "html", "endpoint": "token" }]), good.clone(), false),
        (json!([]), Person { confirms: false, ..Person::named("alix") }, false),
        (json!([]), good, true),
    ];
    let mut known = KnownSecrets::default();
    let database = programs.folder().join("companion.sqlite");
    for (faults, person, ends_well) in people {
        programs.set_faults(faults).await.expect("set");
        let (mut command, address) =
            programs.command_line_for_test_browser(&["login", "--json", "--situation", "first"]).await.expect("ready");
        let app = command.spawn().expect("the app starts");
        let mut browser = ScriptedBrowser::new().expect("a browser");
        browser.walk(&address.wait().await.expect("an address"), &person).await.expect("the pages end");
        let output = app.wait_with_output().await.expect("the app ends");
        assert_eq!(output.status.success(), ends_well, "{output:?}");
        for url in &browser.history {
            let values = url.query_pairs().map(|(_, value)| value.into_owned());
            secrets.extend(values.chain(url.path_segments().into_iter().flatten().map(str::to_owned)).filter(|value| is_random(value)));
        }
        secrets.extend(browser.cookie_header("127.0.0.1").split("; ").filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())));
    }
    known.learn(&database, &["request_hash FROM sign_ins", "code_hash FROM sign_ins"]).await.expect("the sign-ins'");
    for arguments in [&["status", "--json"][..], &["situation"], &["logout", "--json"]] {
        known.learn(&database, &["hash FROM session_tokens"]).await.expect("the session's");
        let done = programs.run("camille", arguments).await.expect("ends");
        assert_eq!(done.code, Some(0), "{arguments:?}: {done:?}");
    }
    let doctor = programs.run("camille", &["doctor", "--json"]).await.expect("ends").json().expect("a report");
    assert!(doctor["checks"].as_array().is_some_and(|checks| checks.len() > 4), "{doctor}");

    let logs = programs.talkative_logs().expect("logs that could tell");
    let shown = secrets.iter().map(|secret| known.told_in(secret)).sum::<usize>();
    assert!(shown >= 8, "the search recognises the secrets that the browsers met: {shown}");
    assert_eq!(known.told_in(&logs), 0, "a secret stands in a log");
    assert!(secrets.len() > 60, "{} secrets", secrets.len());
    secrets.retain(|secret| !secret.is_empty());
    let found: Vec<&str> = secrets
        .iter()
        .filter(|secret| logs.contains(secret.as_str()))
        .map(|secret| logs.lines().find(|line| line.contains(secret.as_str())).unwrap_or_default())
        .collect();
    assert!(found.is_empty(), "{} of {} secrets stand in a log: {found:#?}", found.len(), secrets.len());
}

/// Long values without a dot or a slash: what the exchange draws at random.
fn is_random(value: &str) -> bool {
    value.len() >= 20 && !value.starts_with("http") && !value.contains([' ', '.', '/'])
}
