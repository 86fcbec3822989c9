//! A companion that is not the service's: the app refuses before anything is sent.

use std::fs;
use std::net::TcpListener;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use vestibule_tests::programs::{Programs, free_port};

/// A listener that must never be visited.
fn rogue() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    listener
}

fn was_visited(rogue: &TcpListener) -> bool {
    rogue.accept().is_ok()
}

async fn refused(programs: &Programs, code: &str, what: &str) {
    for command in [&["login", "--json"][..], &["status", "--json"], &["logout", "--json"]] {
        let outcome = programs.run("camille", command).await.expect("the command line ends");
        assert_ne!(outcome.code, Some(0), "{what}: {outcome:?}");
        assert!(outcome.stderr.contains(code), "{what} should end in {code}: {outcome:?}");
    }
}

#[tokio::test]
async fn attack_40_a_companion_named_in_the_users_settings_is_refused() {
    let programs = Programs::start().await.expect("the stack starts");
    let rogue = rogue();
    let settings = programs.folder().join("home/config/vestibule");
    fs::create_dir_all(&settings).expect("a folder");
    let line = format!("companion_url = \"http://{}\"\n", rogue.local_addr().expect("an address"));
    fs::write(settings.join("settings.toml"), line).expect("written");
    refused(&programs, "VST-1006", "a user's setting").await;
    assert!(!was_visited(&rogue));
    fs::remove_file(settings.join("settings.toml")).expect("removed");
    assert_eq!(programs.run("camille", &["login", "--json"]).await.expect("ends").code, Some(0));
}

#[tokio::test]
async fn attack_40_a_companion_in_clear_is_refused() {
    let programs = Programs::start().await.expect("the stack starts");
    let rogue = rogue();
    let port = rogue.local_addr().expect("an address").port();
    for address in [
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1.nip.example:{port}"),
        format!("http://2130706433:{port}"),
        format!("http://someone@127.0.0.1:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        "http://companion.example".to_owned(),
    ] {
        let policy = format!("companion_url = \"{address}\"\n");
        fs::write(programs.folder().join("policy.toml"), policy).expect("written");
        refused(&programs, "VST-1006", &address).await;
    }
    assert!(!was_visited(&rogue));
}

#[tokio::test]
async fn attack_40_a_companion_with_a_certificate_of_its_own_making_receives_nothing() {
    let programs = Programs::start().await.expect("the stack starts");
    let (key, certificate, port) = (programs.folder().join("rogue.key"), programs.folder().join("rogue.pem"), free_port().expect("a port"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .await
        .expect("openssl is installed");
    assert!(made.status.success(), "{made:?}");
    let mut rogue = Command::new("openssl")
        .args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-key"])
        .arg(&key)
        .arg("-cert")
        .arg(&certificate)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("openssl is installed");
    let mut heard = BufReader::new(rogue.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("ACCEPT") {
        line.clear();
        assert_ne!(heard.read_line(&mut line).await.expect("readable"), 0, "the rogue companion did not start");
    }
    fs::write(programs.folder().join("policy.toml"), format!("companion_url = \"https://127.0.0.1:{port}\"\n")).expect("written");
    let login = programs.run("camille", &["login", "--json"]).await.expect("the command line ends");
    assert!(login.code != Some(0) && login.stderr.contains("VST-2042"), "{login:?}");
    rogue.kill().await.expect("killed");
    let mut rest = String::new();
    heard.read_to_string(&mut rest).await.expect("readable");
    assert!(!rest.contains("HTTP/") && !rest.contains("DPoP"), "the rogue heard: {rest}");
}
