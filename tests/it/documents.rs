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
    let (_, glossary) = page.split_once("\n## Glossaire du projet\n").expect("a glossary");
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

/// A heading's address, as the forge makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase().chars().filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign)).collect::<String>();
    kept.replace(' ', "-")
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

#[test]
fn every_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it() {
    let mut found: Vec<PathBuf> =
        ["README.md", "README.en.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| root().join(page)).into();
    ["docs", "packaging", "psc-simulator"].iter().for_each(|folder| pages(&root().join(folder), &mut found));
    let (mut lost, mut anchors) = (Vec::new(), 0);
    for page in found {
        let text = fs::read_to_string(&page).expect("text");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let target = if file.is_empty() { page.clone() } else { page.parent().expect("a folder").join(file) };
            let has = |heading: &str| {
                let there = fs::read_to_string(&target).unwrap_or_default();
                there.lines().any(|line| line.starts_with('#') && anchor(line.trim_start_matches('#')) == heading)
            };
            anchors += usize::from(heading.is_some());
            if !target.exists() || heading.is_some_and(|heading| !has(heading)) {
                lost.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(anchors > 30, "{anchors} links to a heading");
    assert!(lost.is_empty(), "{lost:#?}");
}
