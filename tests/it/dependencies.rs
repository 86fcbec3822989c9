//! What `./dev test dependencies` makes of each answer of npm: none is never taken for a good one. And what `deny.toml` alone would not hold
//! where its tool is missing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// What the step says, and whether it passes, when npm answers this.
fn told(answer: &str, code: i32) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let npm = folder.path().join("npm");
    fs::write(&npm, format!("#!/bin/sh\nprintf '%s' '{answer}'\nexit {code}\n")).expect("written");
    fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).expect("runs");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let script = "TARGET=target; source packaging/dev/machine.sh; source packaging/dev/check.sh; npm_packages_are_sound";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let output = Command::new("bash").args(["-c", script]).current_dir(root).env("PATH", path).output().expect("bash");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_audit_that_gave_no_answer_is_said_to_be_none_and_a_grave_one_fails() {
    let counted =
        |high, critical| format!("{{\"metadata\":{{\"vulnerabilities\":{{\"low\":3,\"high\":{high},\"critical\":{critical}}}}}}}");
    assert_eq!(told(&counted(0, 0), 1), (true, String::new()), "what is slight does not stop");
    for (high, critical) in [(1, 0), (0, 2)] {
        let (passes, said) = told(&counted(high, critical), 1);
        assert!(!passes && said.contains("tests/interop") && said.contains("npm audit --prefix ui"), "{said}");
    }
    for nothing in ["", "{\"message\":\"405 Method Not Allowed\"}", "<html>"] {
        let (passes, said) = told(nothing, 1);
        assert!(passes && said.matches("NON VÉRIFIÉ").count() == 6, "{said}");
    }
}

#[test]
fn no_library_is_locked_that_wakes_an_idle_window() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let lock = fs::read_to_string(root.join("Cargo.lock")).expect("the lock");
    let version = lock.split("name = \"blocking\"\nversion = \"").nth(1).and_then(|rest| rest.split('"').next());
    // deny.toml says why.
    assert!(version.is_none_or(|version| version.starts_with("1.6.")), "{version:?}");
}
