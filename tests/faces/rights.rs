//! An account that may not read what a command needs, as the system itself refuses it.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

use vestibule_tests::servers::ending_with_us;

use crate::program::{installed, text_of};

/// An account that is nobody's: root reads whatever it likes, so a test that root runs hands its files and the command over.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

fn hand_over(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

async fn told(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = ending_with_us("companion-server").unwrap();
    command.args(arguments).arg("--config").arg(folder.join("companion.toml")).env_clear();
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().await.unwrap();
    (output.status.code(), format!("{}{}", text_of(&output.stdout), text_of(&output.stderr)))
}

#[tokio::test]
async fn a_file_that_the_account_may_not_read_is_told_as_a_right_that_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let files = ["companion.toml", "client-secret", "vault-key", "memory"].map(|name| folder.path().join(name));
    for path in [folder.path()].into_iter().chain(files.iter().map(AsRef::as_ref)) {
        hand_over(path);
    }
    let check = told(folder.path(), &["check-config"]).await;
    assert_eq!(check.0, Some(0), "sound as long as it may be read: {}", check.1);
    for file in &files[..3] {
        let mode = std::fs::metadata(file).unwrap().permissions();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o000)).unwrap();
        for command in ["check-config", "doctor"] {
            let (code, text) = told(folder.path(), &[command]).await;
            assert!(code == Some(2) && text.contains("VST-3025"), "{command}, {}: {text}", file.display());
            assert!(text.contains("ce compte n’y a pas accès") && text.contains(&*file.to_string_lossy()), "{command}: {text}");
        }
        std::fs::set_permissions(file, mode).unwrap();
    }
}

#[tokio::test]
async fn a_memory_that_the_account_may_not_read_is_not_said_to_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    for name in ["", "companion.toml", "client-secret", "vault-key", "memory"] {
        hand_over(&folder.path().join(name));
    }
    let memory = folder.path().join("memory/companion.sqlite");
    std::fs::write(&memory, "whatever").unwrap();
    std::fs::set_permissions(&memory, std::fs::Permissions::from_mode(0o000)).unwrap();
    let copy = folder.path().join("copy.sqlite");
    let (code, text) = told(folder.path(), &["backup", "--to", copy.to_str().unwrap()]).await;
    assert!(code == Some(2) && text.starts_with("VST-3025") && text.contains("ce compte n’y a pas accès"), "{text}");
    assert!(!text.contains("n’existe pas") && !copy.exists(), "{text}");
}
