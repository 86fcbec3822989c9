//! What a run of the tests said of each of them. A test that was ignored, failed or did not run proves nothing.
//!
//! `./dev test` leaves one file a suite, and beside it the fingerprint of the sources that were tested.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use companion_server::conformity::{Outcome, TestResults};
use serde::Deserialize;

/// Reads the outcome of every test from what a suite left, or says where it was cut short.
type Reader = fn(&str) -> Result<Vec<(String, Outcome)>, String>;

/// Every suite that may prove something: the file of its results.
const SUITES: [(&str, Reader); 8] = [
    ("rust.txt", libtest),
    ("postgres.txt", libtest),
    ("screens.jsonl", node),
    ("desktop.jsonl", node),
    ("interop.jsonl", node),
    ("cards.txt", libtest),
    ("packages.txt", libtest),
    ("windows-code.txt", libtest),
];

/// Why there is nothing to prove with.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    #[error("{file}: not there; run ./dev test, or the step that is missing")]
    Missing { file: PathBuf },
    #[error("{file}: the results are of other sources than these; run the step again")]
    Stale { file: PathBuf },
    #[error("{file}: the run did not come to its end: {cut}")]
    Cut { file: PathBuf, cut: String },
}

/// The outcome of every test of a whole run.
#[derive(Debug)]
pub struct Results(BTreeMap<String, Outcome>);

impl Results {
    /// When the last suite ended. Performs I/O.
    ///
    /// # Errors
    /// The system's.
    pub fn ended_at(folder: &Path) -> std::io::Result<std::time::SystemTime> {
        let mut last = std::time::SystemTime::UNIX_EPOCH;
        for (name, _) in SUITES {
            last = last.max(folder.join(name).metadata()?.modified()?);
        }
        Ok(last)
    }

    /// Reads what every suite left in `folder`, for the sources whose fingerprint is `tree`.
    ///
    /// # Errors
    /// When a suite did not run, was cut short, or ran on other sources.
    pub fn read(folder: &Path, tree: &str) -> Result<Self, ResultsError> {
        let mut all = BTreeMap::new();
        for (name, parse) in SUITES {
            let file = folder.join(name);
            let read = |path: &Path| std::fs::read_to_string(path).map_err(|_| ResultsError::Missing { file: path.to_owned() });
            if read(&file.with_extension("tree"))?.trim() != tree {
                return Err(ResultsError::Stale { file });
            }
            let outcomes = parse(&read(&file)?).map_err(|cut| ResultsError::Cut { file, cut })?;
            for (test, outcome) in outcomes {
                let kept = all.entry(test).or_insert(outcome);
                *kept = outcome.max(*kept);
            }
        }
        Ok(Self(all))
    }

    /// Names of the tests that passed, wherever they stand.
    #[must_use]
    pub fn passed(&self) -> BTreeSet<String> {
        self.0.iter().filter(|(_, outcome)| **outcome == Outcome::Passed).map(|(name, _)| name.clone()).collect()
    }

    /// What the conformity dossier reads: every test that a requirement, an attack or the cross table could name. `ended_at` is RFC 3339.
    #[must_use]
    pub fn published(&self, version: &str, sources: &str, ended_at: String) -> TestResults {
        let tests = self.0.iter().filter(|(name, _)| ["exi_", "reco_", "attack_"].iter().any(|mark| name.contains(mark)));
        TestResults {
            format: companion_server::conformity::results::FORMAT,
            version: version.to_owned(),
            sources: sources.to_owned(),
            ended_at,
            tests: tests.map(|(name, outcome)| (name.clone(), *outcome)).collect(),
            doubts: Vec::new(),
            file: None,
        }
    }

    /// Why a test proves nothing, for people; nothing when it does.
    #[must_use]
    pub fn objection(&self, name: &str) -> Option<&'static str> {
        match self.0.get(name) {
            Some(Outcome::Passed) => None,
            Some(Outcome::Ignored) => Some("was skipped"),
            Some(Outcome::Failed) => Some("failed"),
            None => Some("did not run"),
        }
    }
}

/// Lines `test module::name ... ok` of libtest. Each list announces its length and is closed by its sum; what failing tests printed stands
/// between the two.
fn libtest(text: &str) -> Result<Vec<(String, Outcome)>, String> {
    let mut outcomes = Vec::new();
    let mut announced: Option<usize> = None;
    let (mut lists, mut is_list) = (0, false);
    for line in text.lines().map(str::trim_end) {
        if let Some(count) =
            line.strip_prefix("running ").and_then(|rest| rest.strip_suffix(" tests").or_else(|| rest.strip_suffix(" test")))
        {
            if announced.is_some() {
                return Err("a list has no sum".to_owned());
            }
            is_list = true;
            announced = Some(outcomes.len() + count.parse::<usize>().map_err(|_| line.to_owned())?);
        } else if line.starts_with("test result:") {
            match announced.take() {
                Some(expected) if expected == outcomes.len() => lists += 1,
                expected => return Err(format!("{expected:?} tests were announced, {} told: {line}", outcomes.len())),
            }
        } else if line == "failures:" {
            // What follows is what the failing tests printed.
            is_list = false;
        } else if is_list {
            outcomes.extend(libtest_line(line));
        }
    }
    match (announced, lists) {
        (Some(_), _) => Err("the last list has no sum".to_owned()),
        (None, 0) => Err("no test ran".to_owned()),
        (None, _) => Ok(outcomes),
    }
}

fn libtest_line(line: &str) -> Option<(String, Outcome)> {
    let (path, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let outcome = match outcome.split([',', ' ']).next()? {
        "ok" => Outcome::Passed,
        "ignored" => Outcome::Ignored,
        _ => Outcome::Failed,
    };
    let path = path.strip_suffix(" - should panic").unwrap_or(path);
    Some((path.rsplit("::").next().unwrap_or(path).to_owned(), outcome))
}

/// Lines of `tests/results-reporter.mjs`; the last one says that the run is over.
fn node(text: &str) -> Result<Vec<(String, Outcome)>, String> {
    #[derive(Deserialize)]
    #[serde(untagged, deny_unknown_fields)]
    enum Line {
        Test { name: String, outcome: Outcome },
        End { tests: usize },
    }
    let mut outcomes = Vec::new();
    let mut ended = None;
    for line in text.lines() {
        match serde_json::from_str(line).map_err(|error| error.to_string())? {
            Line::Test { name, outcome } => outcomes.push((name, outcome)),
            Line::End { tests } => ended = Some(tests),
        }
    }
    if ended != Some(outcomes.len()) || outcomes.is_empty() {
        return Err(format!("{ended:?} tests were told, {} are there", outcomes.len()));
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests;
