//! Logs at the highest detail, the network as the kernel saw it, the programs as they are shipped.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::known_secrets::KnownSecrets;
use vestibule_tests::programs::{Programs, program};

#[tokio::test]
async fn exi_05_no_log_of_a_full_run_holds_a_token_a_code_a_secret_or_a_name() {
    let programs = Programs::start().await.expect("the stack starts");
    let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json", "--situation", "first"]).await.expect("ready");
    let app = command.spawn().expect("the app starts");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    browser.walk(&address.wait().await.expect("an address"), &Person::named("camille")).await.expect("signed in");
    assert!(app.wait_with_output().await.expect("the app ends").status.success());
    let mut known = KnownSecrets::default();
    let database = programs.folder().join("companion.sqlite");
    known
        .learn(&database, &["request_hash FROM sign_ins", "cookie_hash FROM sign_ins", "code_hash FROM sign_ins"])
        .await
        .expect("the sign-in's");
    for arguments in [&["status", "--json"][..], &["situation"], &["status"], &["logout", "--json"]] {
        // Before each: what signs out forgets the tokens, and each of the others has fresh ones.
        known.learn(&database, &["hash FROM session_tokens"]).await.expect("the session's");
        let done = programs.run("camille", arguments).await.expect("ends");
        assert_eq!(done.code, Some(0), "{arguments:?}: {done:?}");
    }

    let logs = programs.talkative_logs().expect("logs that could tell");
    let met: String = browser.history.iter().map(|url| format!("{} ", url.as_str().replace("%3A", ":"))).collect();
    assert!(known.told_in(&met) >= 2, "the search recognises secrets: request URI and code in the browser's addresses");
    assert_eq!(known.told_in(&logs), 0, "a secret stands in a log");
    let mut secrets: BTreeSet<String> = ["FICTIF", "Camille", "899700999016", "eyJ", "/go\""]
        .into_iter()
        .map(str::to_owned)
        .chain([programs.client_secret.clone()])
        .collect();
    for url in &browser.history {
        let values = url.query_pairs().map(|(_, value)| value.into_owned());
        secrets.extend(values.chain(url.path_segments().into_iter().flatten().map(str::to_owned)).filter(|value| is_random(value)));
    }
    assert!(secrets.len() > 10, "the run should have shown codes, states and request URIs: {}", secrets.len());
    let found: Vec<&String> = secrets.iter().filter(|secret| logs.contains(secret.as_str())).collect();
    assert!(found.is_empty(), "{} of {} secrets stand in a log, the first in: {:?}", found.len(), secrets.len(), around(&logs, found[0]));
}

/// Long values without a dot or a slash: what the exchange draws at random.
fn is_random(value: &str) -> bool {
    value.len() >= 20 && !value.starts_with("http") && !value.contains([' ', '.', '/'])
}

fn around(logs: &str, secret: &str) -> String {
    logs.lines().find(|line| line.contains(secret)).map(|line| line.replace(secret, "***")).unwrap_or_default()
}

#[tokio::test]
async fn exi_23_the_desktop_process_connects_to_the_companion_and_to_nothing_else() {
    let programs = Programs::start().await.expect("the stack starts");
    let (command, address) = programs.command_line_for_test_browser(&["login", "--json", "--situation", "first"]).await.expect("ready");
    let trace = programs.folder().join("connections");
    let command = command.as_std();
    let mut traced = tokio::process::Command::new("strace");
    // Not `-f` into the browser: it is another program; its launcher's processes are followed and must stay silent too.
    traced
        .args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o"])
        .arg(&trace)
        .arg(command.get_program())
        .args(command.get_args());
    traced.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let app = traced.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("strace starts");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    browser.walk(&address.wait().await.expect("an address"), &Person::named("camille")).await.expect("signed in");
    let output = app.wait_with_output().await.expect("the app ends");
    assert!(output.status.success(), "{output:?}");

    let trace = fs::read_to_string(&trace).expect("the recording");
    let reached: BTreeSet<String> = trace
        .lines()
        .filter(|line| line.contains("AF_INET"))
        .map(|line| {
            let after =
                |mark: &str| line.split_once(mark).map(|(_, rest)| rest.split([')', '"']).next().unwrap_or_default()).unwrap_or_default();
            let host = if line.contains("inet_addr(\"") { after("inet_addr(\"") } else { after("inet_pton(AF_INET6, \"") };
            format!("{host}:{}", after("_port=htons("))
        })
        .collect();
    let companion = programs.companion_url.trim_start_matches("http://").to_owned();
    assert_eq!(reached, BTreeSet::from([companion]), "no name server, no provider, nobody else");
}

#[tokio::test]
async fn exi_22_the_shipped_desktop_programs_hold_neither_secret_nor_provider() {
    for name in ["vestibule", "vestibule-app"] {
        let binary = fs::read(program(name).expect("built")).expect("readable");
        let text = String::from_utf8_lossy(&binary);
        let holds = |word: &str| text.contains(word);
        assert!(holds("vestibule-desktop") && holds("/oauth/par"), "{name}: the search finds what is there");
        // The window's pages lie compressed in its program: tests/ui/bundle.test.js reads them before they are packed.
        for forbidden in ["esante.gouv.fr", "client_secret", "esante-wallet", "wallet-openid-configuration", "scope_all"] {
            assert!(!holds(forbidden), "{name} holds {forbidden:?}");
        }
    }
}
