//! A proxy between workstation and companion: which one, who set it, and what it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use vestibule_tests::machine::Machine;
use vestibule_tests::programs::{Outcome, Programs, free_port};

/// A proxy that opens the way, or answers every CONNECT with this status.
struct Proxy {
    address: String,
    asked: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    async fn answering(status: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, asked) = (listener.local_addr().expect("an address").to_string(), Arc::new(AtomicUsize::new(0)));
        let count = asked.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, status));
            }
        });
        Self { address, asked, task }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, status: Option<&'static str>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let target = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = status.unwrap_or("200 Connection established");
    let answer = format!("HTTP/1.1 {answer}\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
    if stream.write_all(answer.as_bytes()).await.is_ok()
        && status.is_none()
        && let Ok(mut onward) = TcpStream::connect(target).await
    {
        // Either side may hang up first.
        let _ = copy_bidirectional(&mut stream, &mut onward).await;
    }
}

async fn run(programs: &Programs, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let mut command = programs.command_line("camille", arguments).expect("built");
    let output = command.envs(variables.iter().copied()).output().await.expect("it starts");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[tokio::test]
async fn a_proxy_that_lets_nothing_through_is_named_with_who_set_it() {
    let programs = Programs::start_with_tls().await.expect("the stack starts");
    let closed = format!("127.0.0.1:{}", free_port().expect("a port"));
    for (status, code) in [
        (Some("407 Proxy Authentication Required"), "VST-1021"),
        (Some("403 Forbidden"), "VST-1022"),
        (Some("502 Bad Gateway"), "VST-1022"),
        (None, "VST-1023"),
    ] {
        let proxy = Proxy::answering(status).await;
        let address = if status.is_some() { proxy.address.clone() } else { closed.clone() };
        let secret = format!("http://canary:canary@{address}");
        for arguments in [&["login", "--json"][..], &["doctor"]] {
            let outcome = run(&programs, arguments, &[("HTTPS_PROXY", &secret)]).await;
            let told = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(outcome.code != Some(0) && told.contains(code), "{code}: {outcome:?}");
            assert!(told.contains(&address) && told.contains("les variables d’environnement"), "{code}: {outcome:?}");
            // The member of the document is named so; the words of a library are never told.
            let words = told.replacen("\"error\": {", "", 1);
            assert!(!told.contains("canary") && !words.contains("error"), "{code}: {outcome:?}");
        }
        assert_eq!(proxy.asked() > 0, status.is_some());
    }
}

#[tokio::test]
async fn a_sign_in_goes_through_the_proxy_that_the_policy_sets_and_past_its_exceptions() {
    let (programs, machine) = (Programs::start_with_tls().await.expect("the stack starts"), Machine::new().expect("a machine"));
    let authority = std::fs::read_to_string(programs.folder().join("authority.pem")).expect("the authority");
    machine.write("vestibule/ca.pem", &authority, 0o644).expect("written");
    let proxy = Proxy::answering(None).await;
    let policy = format!("companion_url = \"{}\"\ncompanion_ca_file = \"ca.pem\"\nproxy = \"{}\"\n", programs.companion_url, proxy.address);
    for (line, is_asked) in [("", true), ("proxy_exceptions = [\"127.0.0.0/8\"]\n", false)] {
        machine.write("vestibule/policy.toml", &format!("{policy}{line}"), 0o644).expect("written");
        let before = proxy.asked();
        let login =
            machine.command(&programs.command_line("camille", &["login", "--json"]).expect("built")).output().await.expect("starts");
        assert_eq!(login.status.code(), Some(0), "{login:?}");
        assert_eq!(proxy.asked() > before, is_asked, "{line}");
        let doctor = machine.command(&programs.command_line("camille", &["doctor"]).expect("built")).output().await.expect("starts");
        let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(told.contains("fixée par la stratégie du poste") || told.contains("fixé par la stratégie du poste"), "{told}");
    }
    let refusing = Proxy::answering(Some("407 Proxy Authentication Required")).await;
    machine.write("vestibule/policy.toml", &policy.replace(&proxy.address, &refusing.address), 0o644).expect("written");
    let login = machine.command(&programs.command_line("camille", &["login"]).expect("built")).output().await.expect("starts");
    let told = String::from_utf8_lossy(&login.stderr).into_owned();
    assert!(told.contains("VST-1021") && told.contains("la stratégie du poste"), "{told}");
}

#[tokio::test]
async fn the_usual_forms_of_no_proxy_lead_past_the_proxy() {
    let programs = Programs::start_with_tls().await.expect("the stack starts");
    let proxy = Proxy::answering(Some("403 Forbidden")).await;
    let port = programs.companion_url.rsplit(':').next().expect("a port").to_owned();
    let with_port = format!("127.0.0.1:{port}");
    for exceptions in ["*", "127.0.0.1", "127.0.0.0/8", "autre.example, 127.*", &with_port] {
        let outcome = run(&programs, &["status"], &[("HTTPS_PROXY", &proxy.address), ("NO_PROXY", exceptions)]).await;
        assert!(outcome.stderr.contains("Personne n’est connecté"), "{exceptions}: {outcome:?}");
        let outcome = run(&programs, &["doctor", "--json"], &[("https_proxy", &proxy.address), ("no_proxy", exceptions)]).await;
        assert!(outcome.stdout.contains("exception au proxy, fixée par les variables d’environnement"), "{exceptions}: {outcome:?}");
    }
    assert_eq!(proxy.asked(), 0);
    for exceptions in ["", "autre.example", "127.0.0.1:1", "10.0.0.0/8"] {
        let outcome = run(&programs, &["doctor"], &[("HTTPS_PROXY", &proxy.address), ("NO_PROXY", exceptions)]).await;
        assert!(outcome.stdout.contains("VST-1022"), "{exceptions}: {outcome:?}");
    }
}

/// Most browsers leave out 127.0.0.1 by themselves; one that follows the system to the letter asks its proxy for it.
#[tokio::test]
async fn a_proxy_of_the_system_that_keeps_this_machine_for_itself_is_found_by_the_doctor() {
    let (programs, machine) = (Programs::start_with_tls().await.expect("the stack starts"), Machine::new().expect("a machine"));
    let authority = std::fs::read_to_string(programs.folder().join("authority.pem")).expect("the authority");
    machine.write("vestibule/ca.pem", &authority, 0o644).expect("written");
    let proxy = Proxy::answering(Some("403 Forbidden")).await;
    let policy = format!("companion_url = \"{}\"\ncompanion_ca_file = \"ca.pem\"\nproxy = \"direct\"\n", programs.companion_url);
    for (exceptions, line, is_asked) in [("", "", true), ("no_proxy=127.0.0.1\n", "", false), ("", "exchange = \"polling\"\n", false)] {
        machine.write("environment", &format!("https_proxy=\"http://{}\"\n{exceptions}", proxy.address), 0o644).expect("written");
        machine.write("vestibule/policy.toml", &format!("{policy}{line}"), 0o644).expect("written");
        let before = proxy.asked();
        let doctor = machine.command(&programs.command_line("camille", &["doctor"]).expect("built")).output().await.expect("starts");
        let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
        let found = told.lines().find(|line| line.contains("Réponse du navigateur")).unwrap_or_else(|| panic!("{told}"));
        assert_eq!(proxy.asked() > before, is_asked, "{exceptions}{line}: {told}");
        let is_warned = found.starts_with("ATTENTION") && found.contains(&proxy.address) && found.contains("n’excepte pas 127.0.0.1");
        assert!(is_warned == is_asked && found.starts_with("OK") != is_asked, "{exceptions}{line}: {told}");
    }
}
