//! The window, on a Windows that lacks what shows it.

use super::wine::{command, program, run};

#[tokio::test]
async fn without_its_web_view_the_window_says_so_in_french_and_ends_with_a_code_of_its_own() {
    let outcome = run(command(program("vestibule-app.exe").expect("built"), &["--no-dialog"])).await.expect("it ends");
    assert_eq!(outcome.code, Some(4), "{outcome:?}");
    for words in ["VST-1031", "WebView2", "vestibule login"] {
        assert!(outcome.stderr.contains(words), "{words}: {outcome:?}");
    }
}
