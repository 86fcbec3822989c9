//! A companion whose clock is wrong: every token seems over or from the future, and the fault is nobody's but the clock's.

use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::stack::{Options, Stack};

async fn metrics(stack: &Stack) -> String {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    http.get(format!("{}/metrics", stack.companion_administration())).send().await.expect("answers").text().await.expect("text")
}

/// The code that comes back to the app.
async fn error_code(stack: &Stack) -> String {
    let app = stack.app().expect("an app");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let (_, back) = stack.walk(&app, &mut browser, &Person::named("camille")).await.expect("the browser comes back");
    back.query_pairs().find(|(name, _)| name == "error_code").map(|(_, code)| code.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_clock_that_is_three_minutes_off_is_named_at_the_sign_in_and_in_the_metrics() {
    for (off, said) in [(180, 179), (-180, -179)] {
        let stack = Stack::start(Options::default()).await.expect("the stack starts");
        let app = stack.app().expect("an app");
        stack.sign_in(&app, "camille").await.expect("right clocks");
        assert!(metrics(&stack).await.contains("vestibule_clock_ahead_seconds{provider=\"psc\"} 0\n"));
        stack.set_companion_off(off);
        assert_eq!(error_code(&stack).await, "VST-4015", "{off} s");
        let metrics = metrics(&stack).await;
        let offset =
            metrics.lines().find_map(|line| line.strip_prefix("vestibule_clock_ahead_seconds{provider=\"psc\"} ")).expect("measured");
        let offset: i64 = offset.parse().expect("a number");
        assert!((offset - said).abs() <= 2, "{offset}");
    }
}

#[tokio::test]
async fn a_token_out_of_its_time_under_right_clocks_is_still_a_refused_token() {
    let stack = Stack::start(Options::default()).await.expect("the stack starts");
    stack.set_faults(serde_json::json!([{ "kind": "wrong_nonce" }])).await.expect("set");
    assert_eq!(error_code(&stack).await, "VST-4007");
}
