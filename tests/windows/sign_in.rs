//! A whole sign-in of the command line for Windows: its own loopback listener and keyring, a browser of this machine, the simulator.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use vestibule_tests::programs::{Outcome, Programs, program as ours};

use super::wine::{POLICY, Registry, command, program, run};

/// The program that wine asks to open an address.
const OPENER: &str = "#!/bin/sh\nexec \"$VESTIBULE_TEST_BROWSER\" \"$@\"\n";

async fn vestibule(programs: &Programs, arguments: &[&str]) -> Outcome {
    let folder = programs.folder().join("opener");
    fs::create_dir_all(&folder).expect("a folder");
    let opener = folder.join("xdg-open");
    fs::write(&opener, OPENER).expect("written");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("runs");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("a path"));
    let mut command = command(program("vestibule.exe").expect("built"), arguments);
    command
        .env("PATH", path)
        .env("VESTIBULE_TEST_BROWSER", ours("scripted-browser").expect("built"))
        .env("VESTIBULE_PERSONA", "camille")
        .env("VESTIBULE_LOG", "vestibule=debug");
    run(command).await.expect("it ends")
}

#[tokio::test]
async fn a_person_signs_in_is_known_again_and_signs_out() {
    let programs = Programs::start().await.expect("the stack starts");
    let policy = Registry(POLICY);
    policy.remove().await.expect("none is left");
    policy.set("CompanionUrl", "REG_SZ", &programs.companion_url).await.expect("set");

    let login = vestibule(&programs, &["login", "--json", "--situation", "first"]).await;
    assert_eq!(login.code, Some(0), "{login:?}");
    let session = login.json().expect("one document");
    assert!(session.to_string().contains("LOISEAU") || session["person"].is_object() || session["session"].is_object(), "{session}");

    let status = vestibule(&programs, &["status", "--json"]).await;
    assert_eq!(status.code, Some(0), "the Credential Manager kept what takes the session up: {status:?}");
    let logout = vestibule(&programs, &["logout"]).await;
    assert_eq!(logout.code, Some(0), "{logout:?}");
    let status = vestibule(&programs, &["status"]).await;
    assert_eq!(status.code, Some(1), "{status:?}");
    policy.remove().await.expect("removed");
}
