//! `vestibule sessions`: where she is signed in, and its end from here.

use serde_json::json;

use crate::app::Workstation;
use crate::cli::{login, run};
use crate::companion::Companion;

async fn logged_in() -> (Companion, Workstation) {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert_eq!(login(&workstation, &companion, &["login"]).await.exit, 0);
    (companion, workstation)
}

#[tokio::test]
async fn the_list_names_each_session_and_which_one_is_here() {
    let (companion, workstation) = logged_in().await;
    let done = run(&workstation, &companion, &["sessions"]).await;
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!((done.exit, lines.len()), (0, 2), "{} {}", done.out, done.err);
    assert_eq!(
        lines[0],
        "AB2C-D3EF  Poste sans nom · verrouillée · ouverte depuis 3\u{a0}h\u{a0}00 · dernière activité il y a 3\u{a0}minutes"
    );
    assert!(
        lines[1].ends_with("  Poste d’accueil (ce poste) · ouverte depuis 2\u{a0}h\u{a0}05 · dernière activité il y a moins d’une minute"),
        "{}",
        lines[1]
    );
    let document = run(&workstation, &companion, &["sessions", "--json"]).await.json();
    assert_eq!(
        document["sessions"][0],
        json!({"id": "AB2C-D3EF", "device_label": null, "opened_s_ago": 10800, "active_s_ago": 180, "is_this": false, "locked": true})
    );
    assert_eq!(document["owed_sign_out"], false);
}

#[tokio::test]
async fn one_session_ends_by_its_number_in_whatever_case_and_once() {
    let (companion, workstation) = logged_in().await;
    let done = run(&workstation, &companion, &["sessions", "end", "ab2c-d3ef"]).await;
    assert_eq!((done.exit, done.out.as_str()), (0, "Une session a été fermée sur un autre poste.\n"), "{}", done.err);
    assert_eq!(companion.requests("DELETE", "/api/v1/sessions/AB2C-D3EF").len(), 1);
    let again = run(&workstation, &companion, &["sessions", "end", "AB2C-D3EF", "--json"]).await;
    assert_eq!((again.exit, again.json()["error"]["code"].as_str()), (1, Some("VST-2051")), "{}", again.err);
    assert!(again.json()["error"]["sign_in_id"].is_string(), "support finds the thread: {}", again.err);
    assert_eq!(run(&workstation, &companion, &["status"]).await.exit, 0, "hers here goes on");
}

#[tokio::test]
async fn the_others_end_or_all_and_then_she_is_signed_out_here() {
    let (companion, workstation) = logged_in().await;
    let done = run(&workstation, &companion, &["sessions", "end", "--others", "--json"]).await;
    assert_eq!((done.exit, done.json()), (0, json!({"ended": 1, "owed_sign_out": false})), "{}", done.err);
    let asked = companion.requests("DELETE", "/api/v1/sessions");
    assert_eq!(asked[0].query("which"), Some("others"));
    let done = run(&workstation, &companion, &["sessions", "end", "--all"]).await;
    assert!(done.out.contains("Aucune session n’était ouverte") && done.out.contains("Déconnexion terminée"), "{}", done.out);
    assert_eq!(companion.requests("POST", "/api/v1/session/sign-out").len(), 1);
    let nobody = run(&workstation, &companion, &["sessions", "--json"]).await;
    assert_eq!((nobody.exit, &nobody.json()["session"]), (1, &json!(null)));
    let nobody = run(&workstation, &companion, &["sessions", "end", "--all"]).await;
    assert_eq!((nobody.exit, nobody.err.trim()), (1, "Personne n’est connecté."));
}

#[tokio::test]
async fn her_own_number_is_a_sign_out() {
    let (companion, workstation) = logged_in().await;
    let document = run(&workstation, &companion, &["sessions", "--json"]).await.json();
    let own = document["sessions"][1]["id"].as_str().expect("a number").to_owned();
    let done = run(&workstation, &companion, &["sessions", "end", &own, "--json"]).await;
    assert_eq!((done.exit, &done.json()["psc_session"]), (0, &json!("ended")), "{}", done.err);
    assert!(companion.requests("DELETE", &format!("/api/v1/sessions/{own}")).is_empty());
}

#[tokio::test]
async fn exi_20_what_another_software_locked_is_signed_out_all_the_same() {
    for by_number in [false, true] {
        let (companion, workstation) = logged_in().await;
        let document = run(&workstation, &companion, &["sessions", "--json"]).await.json();
        let own = document["sessions"][1]["id"].as_str().expect("a number").to_owned();
        companion.is_locked_unheard();
        let asked = if by_number { vec!["sessions", "end", own.as_str(), "--json"] } else { vec!["logout", "--json"] };
        let done = run(&workstation, &companion, &asked).await;
        assert_eq!((done.exit, &done.json()["psc_session"]), (0, &json!("ended")), "{asked:?}: {}", done.err);
        assert_eq!(workstation.keyring.refresh_token(), None);
        let others = run(&workstation, &companion, &["sessions", "end", "--others"]).await;
        assert_eq!((others.exit, others.err.trim()), (1, "Personne n’est connecté."));
    }
}

#[tokio::test]
async fn what_ends_must_be_said_once_and_as_the_list_has_it() {
    let (companion, workstation) = logged_in().await;
    for asked in [
        &["sessions", "end"][..],
        &["sessions", "end", "--all", "--others"],
        &["sessions", "end", "AB2C-D3EF", "--all"],
        &["sessions", "end", "nothing"],
    ] {
        let done = run(&workstation, &companion, asked).await;
        assert_eq!(done.exit, 2, "{asked:?}: {} {}", done.out, done.err);
        assert!(done.err.starts_with("VST-1029"), "{asked:?}: {}", done.err);
    }
    for (asked, said) in [
        (&["sessions", "end", "nothing"][..], "par exemple 7F3K-9QXM"),
        (&["sessions", "end"], "Il manque\u{a0}: <ID|--all|--others>."),
        (&["sessions", "end", "--all", "--others"], "Ne vont pas ensemble\u{a0}: --others et --all."),
        (&["sessions", "end", "--all", "--all"], "Option donnée deux fois\u{a0}: --all."),
    ] {
        let done = run(&workstation, &companion, asked).await;
        assert!(done.err.contains(said), "{asked:?}: {}", done.err);
    }
    assert!(companion.heard().iter().all(|request| request.method != "DELETE"));
}
