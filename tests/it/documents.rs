//! What the security documents name must exist: a proof that was renamed away proves nothing.

use std::fs;
use std::path::{Path, PathBuf};

use vestibule_tests::attacks::ATTACKS;
use vestibule_tests::declared;
use vestibule_tests::proofs::{named_in, quoted};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

#[test]
fn the_threat_model_names_only_tests_and_files_that_exist() {
    let document = fs::read_to_string(root().join("docs/threat-model.md")).expect("the document");
    let declared = declared::tests(&root()).expect("the sources");
    let tests: Vec<&str> = named_in(&document).collect();
    assert!(tests.len() > 40, "the document should name its proofs, and names {}", tests.len());
    let lost: Vec<&&str> = tests.iter().filter(|name| !declared.contains(**name)).collect();
    assert!(lost.is_empty(), "no such test: {lost:?}");

    let links = document.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(|link| root().join("docs").join(link));
    let files = quoted(&document).filter(|word| word.starts_with("tests/")).map(|file| root().join(file));
    let missing: Vec<PathBuf> = links.chain(files).filter(|path| !path.exists()).collect();
    assert!(missing.is_empty(), "no such file: {missing:?}");
}

#[test]
fn the_attack_table_names_only_tests_that_exist() {
    let declared = declared::tests(&root()).expect("the sources");
    let lost: Vec<_> = ATTACKS
        .iter()
        .flat_map(|row| row.also.iter().map(|name| (row.number, *name)))
        .filter(|(_, name)| !declared.contains(*name))
        .collect();
    assert!(lost.is_empty(), "no such test: {lost:?}");
}
