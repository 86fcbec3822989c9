//! The environment of the person against the administrator's policy, and policies that others may write.

use std::fs;
use std::path::Path;

use tokio::process::Command;
use vestibule_tests::machine::Machine;
use vestibule_tests::programs::{Outcome, Programs, make_certificates};

use super::rogue::{Rogue, RogueCompanion};

/// The administrator's policy names the honest companion and its authority.
fn honest(programs: &Programs, machine: &Machine) {
    let authority = fs::read_to_string(programs.folder().join("authority.pem")).expect("the authority");
    machine.write("vestibule/ca.pem", &authority, 0o644).expect("written");
    let policy = format!("companion_url = \"{}\"\ncompanion_ca_file = \"ca.pem\"\n", programs.companion_url);
    machine.write("vestibule/policy.toml", &policy, 0o644).expect("written");
}

async fn run(machine: &Machine, mut program: Command) -> Outcome {
    let ended = tokio::time::timeout(std::time::Duration::from_secs(90), machine.command(program.kill_on_drop(true)).output());
    let output = ended.await.expect("it ends").expect("unshare is installed");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[tokio::test]
async fn attack_46_the_environment_leads_to_no_other_proxy_and_no_other_companion() {
    let (programs, machine) = (Programs::start_with_tls().await.expect("the stack starts"), Machine::new().expect("a machine"));
    honest(&programs, &machine);
    let (proxy, companion) = (Rogue::new(), Rogue::new());
    let elsewhere = programs.folder().join("rogue.toml");
    fs::write(&elsewhere, format!("companion_url = \"http://{}\"\n", companion.address())).expect("written");
    for arguments in [&["login", "--json"][..], &["status", "--json"], &["doctor", "--json"], &["logout", "--json"]] {
        let mut command = programs.command_line("camille", arguments).expect("built");
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(name, format!("http://{}", proxy.address()));
        }
        command
            .env("NO_PROXY", "")
            .env("VESTIBULE_POLICY_FILE", &elsewhere)
            .env("SSL_CERT_FILE", &elsewhere)
            .env("SSL_CERT_DIR", "/nowhere");
        command.env("ProgramData", programs.folder());
        let outcome = run(&machine, command).await;
        if arguments[0] == "login" {
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
        }
        if arguments[0] == "doctor" {
            for told in ["directe, aucun proxy", "HTTPS_PROXY", "SSL_CERT_FILE"] {
                assert!(outcome.stdout.contains(told), "{told}: {outcome:?}");
            }
        }
        assert!(proxy.was_left_alone() && companion.was_left_alone(), "{arguments:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn attack_46_an_authority_of_the_environment_is_believed_by_nobody() {
    let (programs, machine) = (Programs::start().await.expect("the stack starts"), Machine::new().expect("a machine"));
    make_certificates(programs.folder()).expect("made");
    let rogue = RogueCompanion::start(programs.folder(), "server.pem", "server-key.pem").await;
    machine.write("vestibule/policy.toml", &format!("companion_url = \"{}\"\n", rogue.url()), 0o644).expect("written");
    let authority = programs.folder().join("authority.pem");
    for arguments in [&["login", "--json"][..], &["doctor"]] {
        let mut command = programs.command_line("camille", arguments).expect("built");
        command.env("SSL_CERT_FILE", &authority).env("SSL_CERT_DIR", programs.folder());
        let outcome = run(&machine, command).await;
        let told = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.code != Some(0) && told.contains("VST-2042"), "{outcome:?}");
    }
    let heard = rogue.heard().await;
    assert!(!heard.contains("HTTP/") && !heard.contains("DPoP"), "the rogue heard: {heard}");
}

#[tokio::test]
async fn attack_46_a_policy_that_others_may_write_is_refused_with_its_owner_and_its_remedy() {
    let (programs, machine) = (Programs::start_with_tls().await.expect("the stack starts"), Machine::new().expect("a machine"));
    let mode = |file: &str, mode| {
        fs::set_permissions(machine.etc(file), std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("changed");
    };
    let login = || programs.command_line("camille", &["login", "--json"]).expect("built");
    for (file, exposed, sound) in [
        ("vestibule/policy.toml", 0o664, 0o644),
        ("vestibule/policy.toml", 0o646, 0o644),
        ("vestibule/ca.pem", 0o666, 0o644),
        ("vestibule", 0o777, 0o755),
        ("", 0o775, 0o755),
    ] {
        honest(&programs, &machine);
        mode(file, exposed);
        let outcome = run(&machine, login()).await;
        assert!(outcome.code == Some(2) && outcome.stderr.contains("VST-1016"), "{file} {exposed:o}: {outcome:?}");
        let at = Path::new("/etc").join(file);
        let remedy = format!("chmod go-w {}", at.display());
        assert!(outcome.stderr.contains(remedy.trim_end_matches('/')), "{file}: {outcome:?}");
        mode(file, sound);
    }
    let log = fs::read_to_string(programs.folder().join("companion.log")).expect("the log");
    assert!(!log.contains("/oauth/par"), "a refused policy sends nothing: {log}");
    honest(&programs, &machine);
    assert_eq!(run(&machine, login()).await.code, Some(0), "the same policy, out of others' reach");
}
