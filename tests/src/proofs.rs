//! The pages that name tests as proofs.
//!
//! `./dev generate` writes them from the tests that the sources declare, as a claim. The last step of `./dev test` writes them again from
//! what the run said of each test, and the claim must hold: the same pages, letter for letter.

use std::collections::BTreeSet;
use std::path::Path;

use crate::attacks::ATTACKS;
use crate::results::Results;
use crate::{attacks, requirements};

/// A document that names tests in its text.
const THREAT_MODEL: &str = "docs/threat-model.md";

/// Path from the root of the repository, and text, of every page, with `tests` as proofs.
#[must_use]
pub fn pages(tests: &BTreeSet<String>) -> [(&'static str, String); 2] {
    [("docs/securite-echange.md", attacks::published(tests)), ("docs/exigences.md", requirements::published(tests))]
}

/// Names of tests that stand between backquotes in a document.
pub fn named_in(document: &str) -> impl Iterator<Item = &str> {
    let is_name = |word: &&str| {
        word.matches('_').count() >= 2 && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    quoted(document).filter(is_name)
}

/// Whatever stands between backquotes.
pub fn quoted(document: &str) -> impl Iterator<Item = &str> {
    document.split('`').skip(1).step_by(2)
}

/// Where the committed documents claim more, or less, than `results` prove, for people; empty when they agree.
///
/// # Errors
/// When a document cannot be read.
pub fn objections(root: &Path, results: &Results) -> std::io::Result<Vec<String>> {
    let mut objections = Vec::new();
    for (path, proven) in pages(&results.passed()) {
        let committed = std::fs::read_to_string(root.join(path))?;
        let lines: BTreeSet<&str> = proven.lines().collect();
        for line in committed.lines().filter(|line| !lines.contains(line)) {
            objections.push(format!("{path}: the results do not give this line: {line}"));
            objections.extend(quoted(line).filter_map(|name| results.objection(name).map(|why| format!("  {name} {why}"))));
        }
        if committed != proven && objections.is_empty() {
            objections.push(format!("{path}: the results give lines that are not there; run ./dev generate"));
        }
    }
    let also = ATTACKS.iter().flat_map(|row| row.also).map(|name| ("tests/src/attacks.rs", *name));
    let threats = std::fs::read_to_string(root.join(THREAT_MODEL))?;
    for (path, name) in also.chain(named_in(&threats).map(|name| (THREAT_MODEL, name))) {
        objections.extend(results.objection(name).map(|why| format!("{path}: {name} {why}")));
    }
    Ok(objections)
}
