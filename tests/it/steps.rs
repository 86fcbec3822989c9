//! `./dev` ends: a step that waits for what will not come is ended with all that it started, and named; a demonstration whose servers died too.

use std::path::Path;
use std::process::Command;

#[test]
fn a_step_that_never_ends_is_ended_with_what_it_started_and_the_next_one_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let left = folder.path().join("left");
    let script = "set -euo pipefail
        note() { echo \"$*\" >&2; }; say() { note \"$@\"; }; fail() { note \"$@\"; exit 1; }
        need_toolchain() { :; }; need_packages() { :; }; HEADLESS_PACKAGES= WINDOW_PACKAGES= TEST_PACKAGES= PACKAGE_PACKAGES=
        TARGET=target; source packaging/dev/check.sh
        test_endless() { bash -c 'echo $$ >\"$LEFT\"; exec sleep 300' | cat; note 'told on'; }
        test_sound() { note 'was run'; }
        run_tests endless sound";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let output = Command::new("bash")
        .args(["-c", script])
        .current_dir(root)
        .env("VESTIBULE_STEP_LIMIT", "1")
        .env("LEFT", &left)
        .output()
        .expect("bash");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("endless : arrêté après 1 s") && told.contains("was run") && told.contains("Échec : endless\n"), "{told}");
    let left: u32 = std::fs::read_to_string(left).expect("it began").trim().parse().expect("a number");
    let state = std::fs::read_to_string(format!("/proc/{left}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}

/// CI's first second, in a clone where nothing was built: a whole run once ended there without a word.
#[test]
fn a_whole_run_begins_where_nothing_was_built_and_nothing_ends_it_without_a_word() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |lines: &str| {
        let script = format!(
            "set -euo pipefail
            ROOT=$PWD; TARGET=$FOLDER/target; source packaging/dev/machine.sh; source packaging/dev/check.sh; WHOLE_RUN=0
            need_toolchain() {{ :; }}; need_packages() {{ :; }}
            {lines}"
        );
        let output = Command::new("bash").args(["-c", &script]).current_dir(root).env("FOLDER", folder.path()).output().expect("bash");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    let (code, told) = run("STEP_NAMES=(first); test_first() { note begun; }; run_tests");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("begun") && told.contains("Tout est vérifié."), "{told}");
    let (code, told) = run("WHOLE_RUN=99999999; STEP_NAMES=(first); run_tests");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("Il faut 99999999 Go"), "{told}");
    // A command whose result nobody looks at.
    let (code, told) = run("silent() { local there; there=$(ls /nowhere 2>/dev/null | cut -f 1); note 'told on'; }; silent");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("./dev s’arrête : « there=") && told.contains("a rendu 2"), "{told}");
    // A result that is looked at is nobody's end.
    let (code, told) = run("looked() { ls /nowhere 2>/dev/null; }; looked || note 'told on'; if ! looked; then note twice; fi");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("told on") && told.contains("twice") && !told.contains("s’arrête"), "{told}");
}

/// What it started is a folder of small programs: a launcher that ends as the real one does when one of its servers died, and a window that stays.
#[test]
fn the_demonstration_ends_with_its_servers_says_which_died_and_leaves_no_window() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let script = "set -euo pipefail
        usage() { :; }; build() { :; }; need_packages() { :; }
        source packaging/dev/machine.sh; source packaging/dev/demo.sh
        demo";
    for (ends, told) in [
        ("echo 'Error: companion ended (Ok(ExitStatus(9))): journal' >&2; exit 1", "Le serveur de connexion s’est arrêté."),
        ("echo 'Error: simulator ended (Ok(ExitStatus(9))): journal' >&2; exit 1", "Le simulateur de Pro Santé Connect s’est arrêté."),
        ("kill -9 $$", "Le programme qui tient le simulateur et le serveur de connexion s’est arrêté."),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (programs, left) = (folder.path().join("bin"), folder.path().join("left"));
        std::fs::create_dir(&programs).expect("a folder");
        // The launcher dies once the window is there.
        let launcher = format!("echo '{{}}'; until [ -s \"$LEFT\" ]; do sleep 0.05; done; {ends}");
        for (name, lines) in [("stack", launcher.as_str()), ("vestibule-app", "echo $$ >\"$LEFT\"; exec sleep 300")] {
            let file = programs.join(name);
            std::fs::write(&file, format!("#!/bin/bash\n{lines}\n")).expect("written");
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("allowed");
        }
        let output = Command::new("bash")
            .args(["-c", script])
            .current_dir(root)
            .env("BIN", &programs)
            .env("LEFT", &left)
            .env("TMPDIR", folder.path())
            .env("DISPLAY", ":nowhere")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
            .stdin(std::process::Stdio::null())
            .output()
            .expect("bash");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("{told} La démonstration s’arrête.")), "{said}");
        let left: u32 = std::fs::read_to_string(&left).expect("it began").trim().parse().expect("a number");
        let state = std::fs::read_to_string(format!("/proc/{left}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "{state}");
        let kept: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
        assert!(!kept.iter().any(|name| name.to_string_lossy().starts_with("vestibule-demo.")), "{kept:?}");
    }
}
