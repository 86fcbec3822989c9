//! The listener of the real app, attacked from the same machine. Every scene ends with the person signed in all the same.

use std::net::Ipv6Addr;
use std::process::Stdio;

use reqwest::StatusCode;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpSocket;
use tokio::process::Command;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::programs::Programs;
use vestibule_tests::stack::Doorstep;

use super::scene::{Trip, Waiting, events, http, parameter, raw, stack, state_of, stranger};

#[tokio::test]
async fn attack_03_a_code_pushed_to_another_apps_listener_is_ignored_and_she_signs_in() {
    let victim = Waiting::start().await;
    let attacker = stranger(&victim.programs);
    let doorstep = Doorstep::open().expect("a loopback address");
    let started = attacker.start(&doorstep.redirect_uri).await.expect("started");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    browser.walk(&attacker.authorize_address(&started), &Person::named("alix")).await.expect("the attacker signs in");
    let his = browser.history.iter().rev().find(|url| url.as_str().starts_with(&doorstep.redirect_uri)).expect("his answer");

    // The listener's path stands nowhere; even so.
    let mut pushed = victim.back.clone();
    pushed.set_query(his.query());
    assert_eq!(http().get(pushed).send().await.expect("answers").status(), StatusCode::NOT_FOUND);
    victim.ends_well().await;
}

#[tokio::test]
async fn attack_03_a_code_redeemed_by_another_app_burns_its_own_sign_in_and_no_other() {
    let stack = stack().await;
    let (attacker, his, code) = Trip::until_code(&stack, "alix").await;
    let mut victim = Trip::until(&stack, "camille", "confirm").await;
    let answer = victim.app.redeem(&victim.started, &code).await.expect("answers");
    assert_eq!((answer.status, &answer.body["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()), "{answer:?}");
    assert_eq!(state_of(&attacker, &his).await, "burned");
    assert_eq!(attacker.redeem(&his, &code).await.expect("answers").status, StatusCode::BAD_REQUEST);
    assert_eq!(state_of(&victim.app, &victim.started).await, "at_provider");
    assert_eq!(victim.ends_well().await.session["practitioner"]["given_name"], "Camille");
    assert!(events(&stack.database()).await.contains(&"sign_in_burned".to_owned()));
}

#[tokio::test]
async fn attack_07_other_users_read_only_a_spent_loopback_address_in_the_arguments_of_processes() {
    let programs = Programs::start().await.expect("the stack starts");
    let (command, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
    let (command, trace) = (command.as_std(), programs.folder().join("executed"));
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-s", "8192", "-e", "trace=execve,execveat", "-o"]).arg(&trace).arg(command.get_program());
    traced.args(command.get_args()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    traced.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let app = traced.kill_on_drop(true).spawn().expect("strace starts");
    let launch = address.wait().await.expect("an address");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    browser.walk(&launch, &Person::named("camille")).await.expect("signed in");
    assert!(app.wait_with_output().await.expect("the app ends").status.success());

    let executed = std::fs::read_to_string(&trace).expect("the recording");
    // The lines of signals bear an `si_code=` of the kernel's.
    let executed: String = executed.lines().filter(|line| !line.contains("--- SIG")).collect();
    assert!(executed.contains(&launch), "the recording shows how the browser was asked");
    // The environment is shown by strace as a count only: `/* 30 vars */`.
    let companion = programs.companion_url.trim_start_matches("http://");
    for secret in [companion, "request_uri", "urn:ietf", "/cb/", "state=", "code="] {
        assert!(!executed.contains(secret), "{secret:?} stands in the arguments of a process");
    }
    assert!(browser.history.iter().any(|url| url.path().starts_with("/cb/")), "the answer took another path than the launch");
    let spent = http().get(&launch).send().await;
    assert!(spent.is_err(), "the listener is closed: {spent:?}");
}

#[tokio::test]
async fn attack_08_another_user_of_the_machine_gets_a_404_and_she_signs_in() {
    let victim = Waiting::start().await;
    let host = format!("127.0.0.1:{}", victim.port());
    for target in [victim.launch.path().to_owned(), victim.target("stolen")] {
        let answer = as_another_user(victim.port(), &format!("GET {target} HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    }
    // The launch address was not used up by him.
    victim.ends_well().await;
}

/// Sends the request as a user who is not ours. A machine that offers no second user fails the test: it proved nothing.
async fn as_another_user(port: u16, request: &str) -> String {
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && printf '{request}' >&3 && cat <&3");
    let output = another_user(&["bash", "-c", &script]).await.output().await.expect("bash runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A command run by a user who is not ours.
pub(super) async fn another_user(words: &[&str]) -> Command {
    const ANOTHER: &str = "65534";
    let ours = Command::new("id").arg("-u").output().await.expect("id runs").stdout;
    let switch: &[&str] = if ours == b"0\n" {
        &["setpriv", "--reuid", ANOTHER, "--regid", ANOTHER, "--clear-groups"]
    } else {
        &["sudo", "-n", "-u", "#65534"]
    };
    let switched = Command::new(switch[0]).args(&switch[1..]).args(["id", "-u"]).output().await;
    assert!(
        switched.as_ref().is_ok_and(|output| output.stdout == format!("{ANOTHER}\n").into_bytes()),
        "attacks 8 and 10 need a second user of this machine: run the tests as root, or let sudo switch to user {ANOTHER} without a password ({switched:?})"
    );
    let mut command = Command::new(switch[0]);
    command.args(&switch[1..]).args(words).current_dir("/");
    command
}

#[tokio::test]
async fn attack_10_a_squatter_on_the_same_port_of_another_address_receives_nothing() {
    let victim = Waiting::start().await;
    let port = victim.port();
    // Linux lets another user listen on the same port of every other loopback address; the first visitor ends this program.
    let squat = "$| = 1; my @s = map { IO::Socket::IP->new(LocalHost => $_, LocalPort => $ARGV[0], Listen => 5) or die \"$_: $@\" } '::1', '127.0.0.2';
        print \"ready\\n\"; my $r = ''; vec($r, fileno($_), 1) = 1 for @s; select($r, undef, undef, undef); print \"visited\\n\"";
    let mut squatter = another_user(&["perl", "-MIO::Socket::IP", "-e", squat, &port.to_string()]).await;
    let mut squatter = squatter.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("perl starts");
    let mut told = BufReader::new(squatter.stdout.take().expect("piped")).lines();
    assert_eq!(told.next_line().await.expect("read").as_deref(), Some("ready"), "both addresses are free to squat");
    let met = victim.ends_well().await;
    assert!(met.iter().filter(|url| url.port() == Some(port)).count() >= 2, "launch and return");
    assert!(met.iter().all(|url| url.host_str() == Some("127.0.0.1")), "never a name, never another address");
    assert!(squatter.try_wait().expect("asked").is_none(), "the squatter was visited");
    // And he would have noticed: he leaves at the first visitor, which may cut the visit short.
    drop(tokio::net::TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await);
    assert_eq!(told.next_line().await.expect("read").as_deref(), Some("visited"));
}

#[tokio::test]
async fn attack_11_the_port_cannot_be_bound_a_second_time_even_when_asked_to_share() {
    let victim = Waiting::start().await;
    for address in ["127.0.0.1", "0.0.0.0"] {
        let address = format!("{address}:{}", victim.port()).parse().expect("an address");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("set");
        socket.set_reuseport(true).expect("set");
        assert!(socket.bind(address).is_err() || socket.listen(1).is_err(), "{address}");
    }
    victim.ends_well().await;
}

#[tokio::test]
async fn attack_12_rebinding_scans_scripts_and_forms_get_a_bare_404() {
    let victim = Waiting::start().await;
    let (port, target) = (victim.port(), victim.target("junk"));
    let launch = victim.launch.path().to_owned();
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    for request in [
        format!("GET {target} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"),
        format!("GET {launch} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}Origin: https://evil.example\r\n\r\n"),
        format!("GET {launch} HTTP/1.1\r\n{host}Origin: https://evil.example\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n{host}Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n\r\n"),
        format!("OPTIONS {target} HTTP/1.1\r\n{host}Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n\r\n"),
        format!("OPTIONS {target} HTTP/1.1\r\n{host}Access-Control-Request-Private-Network: true\r\n\r\n"),
        format!("POST {target} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n"),
        format!("HEAD {launch} HTTP/1.1\r\n{host}\r\n"),
        format!("GET / HTTP/1.1\r\n{host}\r\n"),
        format!("GET /favicon.ico HTTP/1.1\r\n{host}\r\n"),
        format!("GET /cb/ HTTP/1.1\r\n{host}\r\n"),
        "\u{16}\u{3}\u{1}\r\n\r\n".to_owned(),
    ] {
        let answer = raw(port, &request).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{request}\n{answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{request}\n{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "no body: {answer}");
    }
    victim.ends_well().await;
}

#[tokio::test]
async fn attack_13_forty_nine_junk_answers_change_nothing() {
    let victim = Waiting::start().await;
    let path = victim.back.path().to_owned();
    for number in 0..49 {
        let request = format!("GET {path}?code=junk-{number}&state=junk&iss=junk HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", victim.port());
        assert!(raw(victim.port(), &request).await.starts_with("HTTP/1.1 404 "));
    }
    victim.ends_well().await;
}

#[tokio::test]
async fn attack_13_the_fifty_first_closes_the_listener_and_says_so() {
    let victim = Waiting::start().await;
    for _ in 0..51 {
        raw(victim.port(), "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").await;
    }
    let (port, ended) = (victim.port(), victim.ends().await);
    assert!(!ended.success && ended.stderr.contains("VST-1007"), "{}", ended.stderr);
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn attack_03_an_answer_without_the_companions_name_is_ignored() {
    let victim = Waiting::start().await;
    let mut unnamed = victim.back.clone();
    let state = parameter(&unnamed, "state").expect("a state");
    for issuer in [None, Some(""), Some("https://evil.example")] {
        unnamed
            .query_pairs_mut()
            .clear()
            .append_pair("state", &state)
            .append_pair("code", "junk")
            .extend_pairs(issuer.map(|issuer| ("iss", issuer)));
        assert_eq!(http().get(unnamed.clone()).send().await.expect("answers").status(), StatusCode::NOT_FOUND);
    }
    victim.ends_well().await;
}
