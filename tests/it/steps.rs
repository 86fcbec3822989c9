//! `./dev test` ends: a step that waits for what will not come is ended with all that it started, and named.

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
