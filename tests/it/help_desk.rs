//! What support and the security officer read of a companion: from the number on a screen to what happened.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use vestibule_tests::browser_double::ScriptedBrowser;
use vestibule_tests::programs::{Programs, Writer};

#[tokio::test]
async fn a_number_read_over_the_telephone_tells_what_happened_from_both_logs_and_names_nobody() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    let answer = login.json().expect("one document");
    let id = answer["session"]["sign_in_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    assert_eq!(programs.run("camille", &["logout", "--json"]).await.expect("logout ends").code, Some(0));

    let companion_log = programs.folder().join("companion.log");
    let asked = ["trace", &id.to_lowercase(), "--logs", companion_log.to_str().expect("a path"), "--logs", "-"];
    let of_workstation = programs.log_of(Writer::App).expect("the log of the workstation");
    let told = programs.companion_command(&asked, &of_workstation).await.expect("it ends");
    assert_eq!(told.code, Some(0), "{told:?}");
    let at = |words: &str| told.stdout.find(words).unwrap_or_else(|| panic!("{words} in {}", told.stdout));
    assert!(at("par boucle locale") < at("Pro\u{a0}Santé\u{a0}Connect a dit qui est la personne."));
    assert!(at("a dit qui est la personne.") < at("La session est ouverte sur le poste."));
    assert!(at("La session est ouverte sur le poste.") < at("La personne s’est déconnectée"));
    assert!(at("journal\u{a0}: «\u{a0}A sign-in started") > 0 && at("companion.log\u{a0}: «\u{a0}") > 0);
    // Which question it was that was answered.
    assert!(at("A request was answered") < at(&format!("method=GET path=/api/v1/sign-ins/{id}/events")), "{}", told.stdout);
    for secret in ["FICTIF", "Camille", "899700999016"] {
        assert!(!told.stdout.contains(secret), "{secret}");
    }

    programs.kill_companion().await.expect("stopped");
    let stopped = programs.companion_command(&["trace", &id, "--json"], "").await.expect("it ends");
    let story = stopped.json().expect("one document");
    assert_eq!((stopped.code, &story["session"]["ended"]), (Some(0), &json!("signed_out")), "{story}");
}

#[tokio::test]
async fn a_sign_in_that_is_given_up_at_pro_sante_connect_is_told_as_left_unanswered() {
    let programs = Programs::start().await.expect("the stack starts");
    let (mut login, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
    let mut login = login.kill_on_drop(true).spawn().expect("the app starts");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let page = browser.open(&address.wait().await.expect("an address")).await.expect("a page");
    let form = page.forms().expect("forms").into_iter().find(|form| form.id == "continue").expect("the form");
    browser.submit(&form, &[]).await.expect("she is at the provider");
    let log = programs.log_of(Writer::App).expect("the log");
    let id = log.split("sign_in.id=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a number");
    let process = login.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it runs");
    kill_process(process, Signal::INT).expect("asked to stop");
    login.wait().await.expect("it ends");
    let told = programs.companion_command(&["trace", id], "").await.expect("it ends");
    assert!(told.code == Some(0) && told.stdout.contains("qui n’avait pas répondu"), "{told:?}");
}

/// Support would take it for what happened to somebody.
#[tokio::test]
async fn a_diagnosis_adds_nothing_to_the_log_about_what_it_only_looks_at() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let before = programs.log_of(Writer::App).expect("the log of the workstation");
    assert!(before.contains("Signed in"), "what happens is written there: {before}");
    for is_there in [true, false] {
        if !is_there {
            programs.kill_companion().await.expect("stopped");
        }
        let mut doctor = programs.command_line("camille", &["doctor", "--json"]).expect("ready");
        // As it is delivered.
        let looked = doctor.env("VESTIBULE_LOG", "info").output().await.expect("doctor ends");
        let told: serde_json::Value = serde_json::from_slice(&looked.stdout).expect("one document");
        assert!(told["checks"].as_array().is_some_and(|checks| checks.iter().any(|check| check["id"] == "card_service")), "{told}");
        let after = programs.log_of(Writer::App).expect("the log of the workstation");
        assert_eq!(after.strip_prefix(&before), Some(""), "{told}");
    }
}

#[tokio::test]
async fn a_number_that_leads_nowhere_is_said_with_what_to_look_at() {
    let programs = Programs::start().await.expect("the stack starts");
    for (given, words) in [("AAAA-BBBB", "rien n’est connu de la connexion"), ("oubli", "n’est pas un numéro de connexion")] {
        let told = programs.companion_command(&["trace", given], "").await.expect("it ends");
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{told:?}");
        assert!(told.stderr.starts_with("VST-3034") && told.stderr.contains(words), "{told:?}");
    }
    let told = programs.companion_command(&["trace", "AAAA-BBBB", "--logs", "/nowhere.log"], "").await.expect("it ends");
    assert!(told.code == Some(2) && told.stderr.contains("le journal «\u{a0}nowhere.log\u{a0}»"), "{told:?}");
    let told = programs.companion_command(&["incidents", "--from", "hier"], "").await.expect("it ends");
    assert!(told.code == Some(2) && told.stderr.starts_with("VST-1029\u{a0}: Valeur incorrecte pour --from"), "{told:?}");
    let told = programs.companion_command(&["incidents", "--from", "2026-11-22", "--to", "2026-11-20"], "").await.expect("it ends");
    assert!(told.code == Some(2) && told.stderr.contains("finit avant de commencer"), "{told:?}");
}

#[tokio::test]
async fn where_no_trail_is_nothing_is_told_as_if_nothing_had_happened() {
    let mut programs = Programs::start().await.expect("the stack starts");
    programs.kill_companion().await.expect("stopped");
    let file = programs.folder().join("companion.sqlite");
    let memory = format!("sqlite:{}", file.display());
    let asked: [&[&str]; 3] = [&["trace", "AAAA-BBBB"], &["incidents", "--from", "2020-01-01"], &["audit", "verify"]];
    for state in ["a view", "no file"] {
        if state == "a view" {
            let mut memory = SqliteConnection::connect(&memory).await.expect("opened");
            for statement in ["ALTER TABLE audit RENAME TO elsewhere", "CREATE VIEW audit AS SELECT * FROM elsewhere WHERE id < 2"] {
                sqlx::query(statement).execute(&mut memory).await.expect(statement);
            }
            memory.close().await.expect("closed");
        } else {
            std::fs::remove_file(&file).expect("removed");
        }
        for asked in asked {
            let told = programs.companion_command(asked, "").await.expect("it ends");
            assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{state}: {told:?}");
            assert!(told.stderr.starts_with("VST-3034") && told.stderr.contains("pas de journal d’audit"), "{state}: {told:?}");
        }
    }
}

#[tokio::test]
async fn exi_27_the_security_events_of_a_period_are_told_without_naming_anybody() {
    let programs = Programs::start().await.expect("the stack starts");
    let quiet = programs.companion_command(&["incidents", "--from", "2020-01-01"], "").await.expect("it ends");
    assert!(quiet.code == Some(0) && quiet.stdout.trim_end().ends_with("(UTC)\u{a0}: 0"), "{quiet:?}");
    let (mut login, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
    let mut login = login.kill_on_drop(true).spawn().expect("the app starts");
    let address = address.wait().await.expect("an address");
    let mut browsers = [ScriptedBrowser::new().expect("a browser"), ScriptedBrowser::new().expect("a browser")];
    let page = browsers[0].open(&address).await.expect("a page");
    let form = page.forms().expect("forms").into_iter().find(|form| form.id == "continue").expect("the form");
    for browser in &mut browsers {
        browser.submit(&form, &[]).await.expect("an answer");
    }
    login.kill().await.expect("stopped");
    let told = programs.companion_command(&["incidents", "--from", "2020-01-01", "--json"], "").await.expect("it ends");
    let incidents = told.json().expect("one document");
    assert_eq!(incidents["counts"], json!({ "request_reopened": 1 }), "{incidents}");
    assert!(incidents["events"][0]["sign_in_id"].as_str().is_some_and(|id| id.len() == 9), "{incidents}");
}

#[tokio::test]
async fn a_dossier_is_made_of_the_companion_that_runs_and_says_what_is_missing() {
    let programs = Programs::start().await.expect("the stack starts");
    let out = programs.folder().join("conformité");
    let results = programs.folder().join("essais.json");
    let run = json!({ "format": 1, "version": env!("CARGO_PKG_VERSION"), "sources": "ab".repeat(32), "ended_at": "2020-11-28T12:00:00.000Z",
        "tests": { "exi_08_passes": "passed", "exi_09_fails": "failed" } });
    std::fs::write(&results, run.to_string()).expect("written");
    let asked = ["conformity", "--out", out.to_str().expect("a path"), "--results", results.to_str().expect("a path")];
    let told = programs.companion_command(&asked, "").await.expect("it ends");
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("Exigences prouvées par des tests\u{a0}: 1\n"), "{told:?}");
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("dossier.json")).expect("there")).expect("JSON");
    assert_eq!((&document["environment"], &document["sandbox"]), (&json!("simulator"), &json!(null)));
    let checks = document["examination"]["checks"].as_array().expect("the examination");
    assert!(checks.iter().any(|check| check["name"] == "companion" && check["status"] == "ok"), "{checks:?}");
    let page = std::fs::read_to_string(out.join("dossier.html")).expect("there");
    assert!(page.contains("EXI PSC 09") && page.contains("un test a échoué"), "{page}");
    for file in ["dossier.html", "dossier.json", "organisation.toml"] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(out.join(file)).expect("there").permissions());
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let secret = std::fs::read_to_string(programs.folder().join("client-secret")).expect("the secret");
    assert!(!page.contains(secret.trim()) && !document.to_string().contains(secret.trim()), "no secret is in it");

    let before = std::fs::read(out.join("dossier.html")).expect("there");
    std::fs::write(&results, "{}").expect("written");
    let refused = programs.companion_command(&asked, "").await.expect("it ends");
    assert!(refused.code == Some(2) && refused.stderr.starts_with("VST-3035") && refused.stdout.is_empty(), "{refused:?}");
    assert_eq!(std::fs::read(out.join("dossier.html")).expect("there"), before, "what was there still is");
}

#[tokio::test]
async fn exi_18_a_trail_that_somebody_changed_is_told_running_or_stopped() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let sound = programs.companion_command(&["audit", "verify"], "").await.expect("it ends");
    assert!(sound.code == Some(0) && sound.stdout.starts_with("Le journal d’audit est ce qui a été écrit."), "{sound:?}");
    programs.kill_companion().await.expect("stopped");
    let file = format!("sqlite:{}", programs.folder().join("companion.sqlite").display());
    let mut memory = SqliteConnection::connect(&file).await.expect("opened");
    sqlx::query("DROP TRIGGER audit_is_never_changed").execute(&mut memory).await.expect("dropped");
    memory.close().await.expect("closed");
    let told = programs.companion_command(&["audit", "verify"], "").await.expect("it ends");
    assert!(told.code == Some(2) && told.stdout.starts_with("VST-3019") && told.stdout.contains("audit_is_never_changed"), "{told:?}");
    let told = programs.companion_command(&["audit", "verify", "--json"], "").await.expect("it ends").json().expect("one document");
    assert_eq!(told["findings"][0]["what"], json!("rules_gone"), "{told}");
    for wrong in ["x", &"g".repeat(64), &"+1".repeat(32)] {
        let told = programs.companion_command(&["audit", "verify", "--noted-seal", wrong], "").await.expect("it ends");
        assert!(told.code == Some(2) && told.stderr.starts_with("VST-1029\u{a0}: Valeur incorrecte pour --noted-seal"), "{told:?}");
    }
    let told = programs.companion_command(&["audit", "verify", "--noted-seal", &"07".repeat(32)], "").await.expect("it ends");
    assert!(told.code == Some(2) && told.stdout.contains("le sceau noté n’est plus dans la suite"), "{told:?}");
}
