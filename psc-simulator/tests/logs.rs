//! Alone in its process: while one scoped subscriber exists, `tracing` lets other threads' tests switch its events off.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use bench::{Bench, Browser, LOGOUT_RETURN, SECRET, VERIFIER, granted, text};

#[expect(dead_code, reason = "shared with the other tests, which use all of it")]
#[path = "it/bench.rs"]
mod bench;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "alone in its process")]
async fn a_whole_run_logged_at_trace_holds_no_secret_and_no_name() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(kept.clone()).finish();
    // The runtime of this test has one thread: the simulator's tasks log here too.
    let _here = tracing::subscriber::set_default(subscriber);
    let bench = Bench::start().await;
    let mut browser = Browser::new(&bench);
    let code = browser.code("camille", "mobile").await;
    let tokens = granted(bench.redeem(&code).await).await;
    let renewed = granted(bench.refresh(text(&tokens, "refresh_token")).await).await;
    bench.userinfo(text(&renewed, "access_token")).await;
    bench.redeem(&code).await;
    let query = [("id_token_hint", text(&renewed, "id_token")), ("post_logout_redirect_uri", LOGOUT_RETURN), ("state", "the state")];
    bench.http.get(bench.addresses.endpoint("logout")).query(&query).send().await.expect("answer");
    let written = String::from_utf8(kept.0.lock().expect("lock").clone()).expect("text");
    for event in ["A sign-in page was opened", "A person was sent back with a code", "Tokens were issued", "A logout was received"] {
        assert!(written.contains(event), "{event} is missing: the log was not captured");
    }
    let cookie = browser.cookie.expect("cookie");
    let session_cookie = cookie.split_once('=').expect("cookie").1;
    let mut forbidden =
        vec![code.as_str(), VERIFIER, SECRET, session_cookie, "the nonce", "the state", "899700999016", "FICTIF", "Camille"];
    forbidden
        .extend([&tokens, &renewed].iter().flat_map(|tokens| ["access_token", "refresh_token", "id_token"].map(|name| text(tokens, name))));
    for secret in forbidden {
        assert!(!written.contains(secret), "{secret} was logged");
    }
}
