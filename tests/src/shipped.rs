//! What is shipped, laid open: files of a package, files that a window's program holds, and what must not be in either.

pub mod portable;
pub mod window;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Hosts of Pro Santé Connect, the name under which the client's secret travels, and the example of an id.
pub const OF_THE_SERVER_ALONE: [&str; 3] = ["esante.gouv.fr", "client_secret", "identifiant-remis-par-l-ans"];

/// Words that stand on the window's page: whoever finds them has opened it.
pub const OF_THE_WINDOW: &str = "Pro\u{a0}Santé\u{a0}Connect";

/// What a program says on its standard output.
///
/// # Panics
/// When it cannot be run, or fails.
pub fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
    out
}

/// Every file below a folder, links apart.
///
/// # Panics
/// When the folder cannot be read.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            found.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// The sources that the packages were made from.
///
/// # Panics
/// Never: this crate lies in the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Writes the files of a window's program into a folder, a number each.
///
/// # Panics
/// When the program cannot be read, or the folder not be made.
pub fn lay_window_open(program: &Path, folder: &Path) {
    fs::create_dir(folder).expect("a folder");
    for (number, bytes) in window::files(&fs::read(program).expect("readable")).into_iter().enumerate() {
        fs::write(folder.join(number.to_string()), bytes).expect("written");
    }
}

/// Names of the files below a folder that hold these words, in letters of any size.
///
/// # Panics
/// When the search fails.
pub fn holding(folder: &Path, words: &str) -> Vec<String> {
    let found = Command::new("grep").args(["-r", "-a", "-i", "-l", "-F", "-e", words, "."]).current_dir(folder).output().expect("grep");
    assert!(matches!(found.status.code(), Some(0 | 1)), "{found:?}");
    String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()
}

/// Files below a folder that are secrets, configurations in force, or hold a private key.
///
/// # Panics
/// When the search fails.
pub fn secrets(folder: &Path) -> Vec<String> {
    let named = ["policy.toml", "companion.toml", "client-secret", "vault-key"];
    let files =
        files_below(folder).into_iter().filter(|file| file.file_name().is_some_and(|name| named.iter().any(|secret| name == *secret)));
    let mut found: Vec<String> = files.map(|file| file.display().to_string()).collect();
    // Whatever begins a key in the programs themselves is the name of a format, not a line of its own.
    let keys = Command::new("grep")
        .args(["-r", "-a", "-l", "-E", "^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----\r?$", "."])
        .current_dir(folder)
        .output()
        .expect("grep");
    assert!(matches!(keys.status.code(), Some(0 | 1)), "{keys:?}");
    found.extend(String::from_utf8_lossy(&keys.stdout).lines().map(str::to_owned));
    found
}

/// Files of the official kit; none until somebody put them there.
///
/// # Panics
/// When they cannot be read.
pub fn official_kit() -> Vec<Vec<u8>> {
    let kit = files_below(&workspace().join("packaging/psc-charte"));
    kit.iter().filter(|file| !file.ends_with("README.md")).map(|file| fs::read(file).expect("readable")).collect()
}

/// Pictures below a folder.
///
/// # Panics
/// When a file cannot be read.
pub fn pictures(folder: &Path) -> Vec<Vec<u8>> {
    files_below(folder).iter().map(|file| fs::read(file).expect("readable")).filter(|file| is_picture(file)).collect()
}

/// By their first bytes.
fn is_picture(file: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&file[..file.len().min(200)]).to_lowercase();
    file.starts_with(b"\x89PNG")
        || file.starts_with(b"\xff\xd8")
        || file.starts_with(b"RIFF")
        || start.trim_start().starts_with("<svg")
        || (start.contains("<?xml") && start.contains("<svg"))
}
