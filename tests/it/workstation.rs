//! Slips of a workstation that are named for what they are.

use std::fs;

use vestibule_tests::programs::{Programs, Writer, program};

#[tokio::test]
async fn a_browser_whose_path_has_a_blank_is_named_and_not_only_said_to_be_missing() {
    let programs = Programs::start().await.expect("the stack starts");
    let folder = programs.folder().join("mon navigateur");
    fs::create_dir(&folder).expect("a folder");
    fs::copy(program("scripted-browser").expect("built"), folder.join("navigateur")).expect("copied");
    for arguments in [&["login", "--timeout", "20"][..], &["doctor"]] {
        let output = programs.command_line("camille", arguments).expect("built").env("BROWSER", folder.join("navigateur")).output().await;
        let output = output.expect("it starts");
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(told.contains("VST-1001") && told.contains("mon navigateur") && told.contains("coupe à l’espace"), "{told}");
    }
}

#[tokio::test]
async fn a_slip_in_the_policy_is_said_in_french_and_noted_in_the_log() {
    let programs = Programs::start().await.expect("the stack starts");
    let policy = programs.folder().join("policy.toml");
    let sound = fs::read_to_string(&policy).expect("the policy");
    let utf_16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(sound.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin = [sound.as_bytes(), b"client_id = \"h\xF4pital\"\n"].concat();
    let path = format!("{sound}companion_ca_file = \"C:\\ProgramData\\ca.pem\"\n").into_bytes();
    let token = format!("{sound}enrolment_token = \"\"\n").into_bytes();
    for (bytes, told) in [(utf_16, "UTF-16"), (latin, "ISO 8859-1"), (path, "apostrophes"), (token, "enrolment_token")] {
        fs::write(&policy, bytes).expect("written");
        for arguments in [&["status"][..], &["doctor"]] {
            let outcome = programs.run("camille", arguments).await.expect("it ends");
            let text = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(outcome.code == Some(2) && text.contains("VST-1005") && text.contains(told), "{told}: {outcome:?}");
            assert!(!text.contains("stream did not contain") && !text.contains("(os error"), "{outcome:?}");
        }
    }
    let mut logs = String::new();
    for entry in fs::read_dir(programs.folder().join("home/state/vestibule/logs")).expect("the logs") {
        logs.push_str(&fs::read_to_string(entry.expect("an entry").path()).expect("text"));
    }
    assert!(logs.contains("VST-1005"), "{logs}");
}

#[tokio::test]
async fn an_enrolment_token_that_leads_nowhere_is_found_by_the_doctor() {
    let programs = Programs::start().await.expect("the stack starts");
    let policy = programs.folder().join("policy.toml");
    let sound = fs::read_to_string(&policy).expect("the policy");
    for token in ["vst-poste-inconnu", "vst-poste", "pas-un-jeton"] {
        fs::write(&policy, format!("{sound}enrolment_token = \"{token}\"\n")).expect("written");
        let outcome = programs.run("camille", &["doctor"]).await.expect("it ends");
        assert!(outcome.code == Some(2) && outcome.stdout.contains("VST-2023"), "{token}: {outcome:?}");
        assert!(!outcome.stdout.contains(token), "{token} is shown nowhere");
        let logs = [Writer::Companion, Writer::App].map(|writer| programs.log_of(writer).expect("the log"));
        assert!(logs.iter().all(|log| !log.contains(token)), "{token} is logged nowhere");
    }
}
