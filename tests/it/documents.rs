//! What the security documents name must exist: a proof that was renamed away proves nothing.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Every line of Rust below `folder`.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !matches!(name.as_str(), "target" | "node_modules") {
            sources(&path, text);
        } else if name.ends_with(".rs") {
            text.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
}

/// Whatever stands between backquotes.
fn quoted(document: &str) -> impl Iterator<Item = &str> {
    document.split('`').skip(1).step_by(2)
}

#[test]
fn the_threat_model_names_only_tests_and_files_that_exist() {
    let document = fs::read_to_string(root().join("docs/threat-model.md")).expect("the document");
    let mut rust = String::new();
    sources(&root(), &mut rust);
    let is_test = |word: &&str| {
        word.matches('_').count() >= 2 && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    let tests: Vec<&str> = quoted(&document).filter(is_test).collect();
    assert!(tests.len() > 40, "the document should name its proofs, and names {}", tests.len());
    let lost: Vec<&&str> = tests.iter().filter(|name| !rust.contains(&format!("fn {name}("))).collect();
    assert!(lost.is_empty(), "no such test: {lost:?}");

    let links = document.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(|link| root().join("docs").join(link));
    let files = quoted(&document).filter(|word| word.starts_with("tests/")).map(|file| root().join(file));
    let missing: Vec<PathBuf> = links.chain(files).filter(|path| !path.exists()).collect();
    assert!(missing.is_empty(), "no such file: {missing:?}");
}
