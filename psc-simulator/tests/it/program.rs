//! The program itself: its command line, its addresses, its end.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::tempdir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// How long a loaded machine may take before a test gives up waiting for an event.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn the_program_serves_on_free_ports_says_where_and_stops_when_told() {
    let folder = tempdir().expect("folder");
    let (secret, ready) = (folder.path().join("secret"), folder.path().join("ready.json"));
    fs::write(&secret, "made up").expect("written");
    let mut program = Command::new(env!("CARGO_BIN_EXE_psc-simulator"))
        .args(["serve", "--wallet", "127.0.0.1:0", "--auth", "127.0.0.1:0", "--administration", "127.0.0.1:0"])
        .args(["--log-json".as_ref(), "--client-secret-file".as_ref(), secret.as_os_str(), "--ready-file".as_ref(), ready.as_os_str()])
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("started");
    let mut log = BufReader::new(program.stderr.take().expect("stderr")).lines();
    let first = timeout(PATIENCE, log.next_line()).await.expect("in time").expect("readable").expect("a line");
    assert!(first.contains("The simulator is listening"), "{first}");
    let addresses: Value = serde_json::from_slice(&fs::read(&ready).expect("ready file")).expect("json");
    let http = reqwest::Client::builder().no_proxy().build().expect("client");
    let discovery: Value =
        http.get(addresses["discovery"].as_str().expect("address")).send().await.expect("answer").json().await.expect("json");
    assert_eq!(discovery["issuer"], addresses["issuer"]);
    let asked = [("client_id", "vestibule-demo"), ("redirect_uri", "http://127.0.0.1:8080/psc/callback")];
    let wallet = format!("{}/auth", addresses["wallet"].as_str().expect("address"));
    let known = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("client");
    let answer = known.get(wallet).query(&asked).send().await.expect("answer");
    assert_eq!(answer.status(), reqwest::StatusCode::FOUND, "the built-in client is known and its request refused at its callback");
    let id = program.id().expect("running").to_string();
    for (signal, name) in [("-HUP", "SIGHUP"), ("-USR1", "SIGUSR1"), ("-USR2", "SIGUSR2")] {
        Command::new("kill").args([signal, &id]).status().await.expect("kill");
        let said = async { while !log.next_line().await.expect("readable").expect("it goes on").contains(name) {} };
        timeout(PATIENCE, said).await.expect("said, and nothing else");
    }
    Command::new("kill").args(["-TERM", &id]).status().await.expect("kill");
    let ended = timeout(PATIENCE, program.wait()).await.expect("in time").expect("status");
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn the_administration_never_leaves_the_machine() {
    let folder = tempdir().expect("folder");
    let secret = folder.path().join("secret");
    fs::write(&secret, "made up").expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_psc-simulator"))
        .args(["serve", "--administration", "0.0.0.0:0", "--client-secret-file"])
        .arg(&secret)
        .output()
        .await
        .expect("output");
    assert_eq!(output.status.code(), Some(2));
    let told = "psc-simulator\u{a0}: --administration demande une adresse de boucle locale\u{a0}: elle commande le simulateur. Donnez par exemple 127.0.0.1:8092.\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), told);
}

#[tokio::test]
async fn an_address_already_taken_is_named_without_a_stack_of_calls() {
    let folder = tempdir().expect("folder");
    let secret = folder.path().join("secret");
    fs::write(&secret, "made up").expect("written");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_psc-simulator"))
        .args(["serve", "--wallet", "127.0.0.1:0", "--administration", "127.0.0.1:0", "--auth", &address, "--client-secret-file"])
        .arg(&secret)
        .env("RUST_BACKTRACE", "1")
        .output()
        .await
        .expect("output");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(&address) && told.lines().count() == 1, "{told}");
}
