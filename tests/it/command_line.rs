//! The command line as a publisher's program uses it, against the real companion.

use serde_json::json;
use vestibule_tests::programs::Programs;

#[tokio::test]
async fn ten_commands_in_a_minute_are_answered_and_a_logout_after_them_all_the_same() {
    let mut programs = Programs::start().await.expect("the stack starts");
    programs.reconfigure_companion(|kept| kept.without("limits.refreshes_per_minute_per_key")).await.expect("restarted");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let mut refused = None;
    for number in 1..=40 {
        let status = programs.run("camille", &["status", "--json"]).await.expect("status ends");
        if status.code != Some(0) {
            refused = Some((number, status));
            break;
        }
    }
    let (number, status) = refused.expect("one of forty is too many");
    assert!(number > 10, "{number}: {status:?}");
    assert_eq!((status.code, &status.json().expect("one document")["error"]["code"]), (Some(1), &json!("VST-2007")), "{status:?}");

    let logout = programs.run("camille", &["logout", "--json"]).await.expect("logout ends");
    assert_eq!((logout.code, &logout.json().expect("one document")["psc_session"]), (Some(0), &json!("ended")), "{logout:?}");
    let open = programs.companion_command(&["sessions", "list", "--json"], "").await.expect("it ends");
    assert_eq!(open.json().expect("one document"), json!([]), "{open:?}");
}
