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

/// A noun of the house stands where the page says; nobody looks for one that is gone.
#[test]
fn every_noun_of_the_glossary_is_defined_where_it_is_said_to_be() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let (_, glossary) = page.split_once("\n## Glossaire de la maison\n").expect("a glossary");
    let rows: Vec<(&str, &str)> = glossary
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix("` |"))
        .filter_map(|row| Some((row.split_once('`')?.0, row.rsplit_once('`')?.1)))
        .collect();
    assert!(rows.len() > 30, "{} nouns", rows.len());
    for (noun, file) in rows {
        let source = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let is_defined = ["struct", "enum", "trait", "type"].iter().any(|kind| {
            source
                .split(&format!("{kind} {noun}"))
                .skip(1)
                .any(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
        });
        assert!(is_defined, "{noun} is not defined in {file}");
    }
}
