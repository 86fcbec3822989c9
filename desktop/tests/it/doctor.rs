//! The diagnosis against the companion double: what A sign-in of this workstation would meet.

use std::sync::atomic::Ordering;

use serde_json::json;
use vestibule_desktop::keyring::KeyringError;

use crate::app::Workstation;
use crate::cli::{login, run, run_with};
use crate::companion::Companion;

const RULES: &str = "/api/v1/workstation";

#[tokio::test]
async fn the_doctor_asks_what_a_sign_in_would_meet_and_starts_none() {
    let companion = Companion::start().await;
    let workstation = Workstation::with_policy("enrolment_token = \"vst-poste-marque\"\n");
    *companion.facts.group.lock().expect("unpoisoned") = Some("poste-de-soins");
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0, "{}", done.out);
    assert!(
        done.out.contains("groupe «\u{a0}poste-de-soins\u{a0}», modes d’échange autorisés\u{a0}: loopback, scheme, polling"),
        "{}",
        done.out
    );
    let asked = companion.requests("POST", RULES);
    assert_eq!(asked.last().and_then(|request| request.form("enrolment_token")).as_deref(), Some("vst-poste-marque"));
    assert_eq!(companion.requests("POST", "/oauth/par").len(), 0, "no sign-in is started");
    for code in ["VST-2047", "VST-2023", "VST-2015", "VST-2026"] {
        companion.refuses(RULES, 400, json!({"error": "invalid_request", "error_description": "", "code": code}));
        let done = run(&workstation, &companion, &["doctor"]).await;
        assert!(done.exit == 2 && done.out.contains(code) && done.out.contains("ÉCHEC      Groupe du poste"), "{code}: {}", done.out);
        assert!(!done.out.contains("marque"));
    }
    let gone = vestibule_model::ErrorCode::GroupGone.explanation(vestibule_model::language::Language::Fr);
    assert!(gone.remedy.contains("devices forget") && !gone.cause.contains("jeton d’inscription"), "{gone:?}");
}

#[tokio::test]
async fn a_policy_that_no_road_of_the_group_meets_is_a_failure_of_the_doctor() {
    let companion = Companion::start().await;
    companion.opens(&["polling"]);
    let done = run(&Workstation::with_policy("exchange = \"loopback\"\n"), &companion, &["doctor"]).await;
    assert!(done.exit == 2 && done.out.contains("VST-2022"), "{}", done.out);
    assert!(
        done.out.contains("modes d’échange autorisés\u{a0}: polling") && done.out.contains("demande «\u{a0}loopback\u{a0}»"),
        "{}",
        done.out
    );
    for policy in ["", "exchange = \"polling\"\n"] {
        let done = run(&Workstation::with_policy(policy), &companion, &["doctor"]).await;
        assert!(done.exit == 0, "{policy}: {}", done.out);
    }
    companion.opens(&["scheme"]);
    let workstation = Workstation::new();
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 2 && done.out.contains("VST-1010"), "{}", done.out);
    workstation.handlers.registered.store(true, Ordering::SeqCst);
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && done.out.contains("modes d’échange autorisés\u{a0}: scheme (avec la fenêtre seulement)"), "{}", done.out);
    let other = Workstation::with_policy("return_scheme = \"org.example.app\"\n");
    other.handlers.registered.store(true, Ordering::SeqCst);
    let done = run(&other, &companion, &["doctor"]).await;
    assert!(done.exit == 2 && done.out.contains("VST-2008") && done.out.contains("org.example.app"), "{}", done.out);
}

#[tokio::test]
async fn the_doctor_asks_with_the_key_of_the_workstation_where_there_is_one() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    // Its first part holds the public key.
    let key_of = |path: &str| {
        let asked = companion.requests("POST", path).last().expect("asked").header("dpop").expect("a proof").to_owned();
        asked.split('.').next().expect("a header").to_owned()
    };
    run(&workstation, &companion, &["doctor"]).await;
    let (of_the_moment, signed_in) = (key_of(RULES), login(&workstation, &companion, &["login", "--json"]).await);
    assert_eq!(signed_in.exit, 0, "{}", signed_in.err);
    assert_ne!(key_of("/oauth/par"), of_the_moment, "there was none yet");
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.out.contains("la clé du poste y est"), "{}", done.out);
    assert_eq!(key_of(RULES), key_of("/oauth/par"));
}

#[tokio::test]
async fn a_keyring_with_two_entries_or_one_that_cannot_be_read_is_told() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    login(&workstation, &companion, &["login", "--json"]).await;
    workstation.keyring.doubled(-1000, "canary");
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 1 && done.out.contains("VST-1017") && !done.out.contains("canary"), "{}", done.out);
    workstation.keyring.is_spoiled();
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && done.out.contains("l’entrée est illisible"), "{}", done.out);
}

#[tokio::test]
async fn what_no_sign_in_of_this_workstation_needs_is_no_failure() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    workstation.browser.missing.store(true, Ordering::SeqCst);
    workstation.owner.mine.store(false, Ordering::SeqCst);
    assert_eq!(run(&workstation, &companion, &["doctor"]).await.exit, 2);
    let of_policy = Workstation::with_policy("exchange = \"polling\"\n");
    of_policy.browser.missing.store(true, Ordering::SeqCst);
    let done = run(&of_policy, &companion, &["doctor"]).await;
    assert!(done.exit == 1 && done.out.contains("ATTENTION  Navigateur"), "the policy wants no other: {}", done.out);
    companion.opens(&["polling"]);
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 1 && done.out.contains("VST-1001") && done.out.contains("VST-1002"), "{}", done.out);
}

#[tokio::test]
async fn what_the_companion_sees_of_pro_sante_connect_is_told() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let see = |seen| *companion.facts.psc.lock().expect("unpoisoned") = seen;
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && !done.out.contains("vu du serveur de connexion"), "of before: {}", done.out);
    see(json!({}));
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && done.out.contains("le serveur de connexion y accède"), "{}", done.out);
    for (code, told) in [("VST-4003", "VST-4003"), ("VST-4999", "VST-4001")] {
        see(json!({"code": code}));
        let done = run(&workstation, &companion, &["doctor"]).await;
        assert!(done.exit == 2 && done.out.contains(told) && done.out.contains("vu du serveur de connexion"), "{code}: {}", done.out);
    }
}

#[tokio::test]
async fn a_companion_that_answers_and_cannot_save_anything_is_not_told_as_well() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let see = |seen| *companion.facts.storage.lock().expect("unpoisoned") = seen;
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && !done.out.contains("Base de données"), "of before: {}", done.out);
    see(json!({}));
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && done.out.contains("OK         Base de données du serveur"), "{}", done.out);
    for (code, told) in [("VST-3002", "VST-3002"), ("VST-3037", "VST-3037"), ("VST-3999", "VST-3002")] {
        see(json!({"code": code}));
        let done = run(&workstation, &companion, &["doctor"]).await;
        assert!(done.exit == 2 && done.out.contains("ÉCHEC      Base de données du serveur") && done.out.contains(told), "{}", done.out);
        assert!(done.out.contains("répond, mais n’est pas prêt") && done.out.contains("Prévenez le support"), "{}", done.out);
        assert!(done.out.contains("OK         Serveur de connexion"), "it answers: {}", done.out);
        assert!(!done.out.contains("kill -9"), "that is for whoever sits at the server: {}", done.out);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_browser_of_the_policy_is_what_opens_or_what_is_missing() {
    let companion = Companion::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("changed");
    let program = folder.path().join("firefox");
    let workstation = Workstation::with_policy(&format!("browser = \"{}\"\nbrowser_profile = \"sante\"\n", program.display()));
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 2 && done.out.contains("VST-1001") && done.out.contains("qui n’est pas sur ce poste"), "{}", done.out);
    std::fs::write(&program, "").expect("written");
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 0 && done.out.contains("que désigne la stratégie du poste (browser), profil «\u{a0}sante\u{a0}»"), "{}", done.out);
    assert!(!done.out.contains("paper-open"), "not the system's: {}", done.out);
}

#[tokio::test]
async fn a_keyring_that_is_locked_or_waits_for_somebody_is_told_and_stops_nobody() {
    let companion = Companion::start().await;
    for (error, code) in [(KeyringError::Locked, "VST-1004"), (KeyringError::Unavailable, "VST-1003")] {
        let workstation = Workstation::new();
        workstation.keyring.answers_with(Some(error));
        let done = run(&workstation, &companion, &["doctor"]).await;
        assert!(done.exit == 1 && done.out.contains(code), "{error}: {}", done.out);
    }
}

#[tokio::test]
async fn a_companion_from_before_the_question_is_said_to_be_older() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.refuses(RULES, 404, json!({"error": "not_found", "error_description": "", "code": "VST-2017"}));
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.exit == 1 && done.out.contains("plus ancien que l’application"), "{}", done.out);
}

#[tokio::test]
async fn the_cause_that_the_log_has_is_told_and_not_in_a_library_s_words() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let at = |address: &str| {
        let mut settings = workstation.settings(&companion);
        settings.companion_url = url::Url::parse(address).expect("an address");
        settings
    };
    // Taken and let go: nobody listens there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    for (address, cause, told) in [
        (format!("http://127.0.0.1:{closed}"), "connection_refused", "la connexion est refusée"),
        ("https://nulle-part.invalid".to_owned(), "name_unknown", "ne se résout pas"),
    ] {
        let done = run_with(&["doctor"], Ok(at(&address)), workstation.ports()).await;
        assert!(done.exit == 2 && done.out.contains("cause\u{a0}: ") && done.out.contains(told), "{address}: {}", done.out);
        assert!(!done.out.contains("10\u{a0}secondes") && !done.out.contains("error"), "{}", done.out);
        let done = run_with(&["status", "--json"], Ok(at(&address)), workstation.ports()).await;
        assert_eq!(done.json(), json!({"session": null, "owed_sign_out": false}), "nobody is asked about no session");
        let done = run_with(&["login", "--json"], Ok(at(&address)), workstation.ports()).await;
        assert_eq!(done.json()["error"]["cause"], cause, "{}", done.out);
        assert!(done.err.contains("Cause\u{a0}: ") && done.err.contains(told), "{}", done.err);
    }
    companion.pretends_to_be("https://autre.example");
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.out.contains("VST-2042") && done.out.contains("public_url au serveur"), "{}", done.out);
}
