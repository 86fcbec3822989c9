//! Everything that is found, put together and judged.

use serde::Serialize;
use vestibule_model::PscEnvironment;

use super::cross_table::{self, Answer, Row};
use super::effective::Setting;
use super::organisation::{Comparison, Organisation};
use super::requirements::{Bearer, REQUIREMENTS, Requirement};
use super::results::{Built, Outcome, ResultsFile, TestResults};
use super::runbook::{self, Step};
use super::sandbox::SandboxRun;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::doctor;
use crate::support::stamp;

/// What a dossier is made of.
pub struct Found<'a> {
    pub config: &'a Config,
    /// Path of the configuration, as it was given.
    pub config_file: &'a str,
    pub settings: Vec<Setting>,
    pub results: Option<TestResults>,
    pub organisation: Organisation,
    pub sandbox: Option<SandboxRun>,
    pub examined: doctor::Report,
    pub built: Built,
    pub now: Timestamp,
}

/// The dossier.
#[derive(Debug, Serialize)]
pub struct Dossier {
    pub version: &'static str,
    pub service: String,
    pub environment: PscEnvironment,
    /// RFC 3339, UTC.
    pub made_at: String,
    pub counts: Counts,
    pub run: Option<Run>,
    /// Why nothing is proved, in French.
    pub objection: Option<String>,
    /// What is odd about the results that were given, in French.
    pub doubts: Vec<String>,
    /// What a dossier that is handed in does not lack, besides what is counted, in French.
    pub lacking: Vec<String>,
    pub requirements: Vec<Line>,
    pub openid_foundation: Vec<CrossLine>,
    pub anssi: Vec<CrossLine>,
    pub declared: Vec<Comparison>,
    pub settings: Vec<Setting>,
    pub sandbox: Option<SandboxRun>,
    pub examination: doctor::Report,
    pub runbook: Vec<Step>,
}

/// How many of each; a requirement of both is counted on both sides.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub proved: usize,
    /// Without a passing test, or with one that failed.
    pub red: usize,
    /// Without results to judge by.
    pub unjudged: usize,
    pub answered: usize,
    pub unanswered: usize,
    /// Values in force that are not those declared.
    pub contradicted: usize,
}

/// The run that the proofs come from.
#[derive(Debug, Serialize)]
pub struct Run {
    pub version: String,
    pub sources: String,
    pub ended_at: String,
    pub tests: usize,
    pub file: Option<ResultsFile>,
}

/// One requirement, judged.
#[derive(Debug, Serialize)]
pub struct Line {
    pub key: &'static str,
    pub number: String,
    pub asks: &'static str,
    pub met: &'static str,
    /// `None` where the software proves nothing.
    pub proof: Option<Proof>,
    pub tests: Vec<Test>,
    pub question: Option<&'static str>,
    pub answer: Option<String>,
}

/// What the run makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Proved,
    /// One test at least failed.
    Failed,
    /// No test passed.
    Missing,
    /// There are no results to judge by.
    Unjudged,
}

impl Proof {
    pub fn is_red(self) -> bool {
        matches!(self, Self::Failed | Self::Missing)
    }

    /// In French.
    pub fn told(self) -> &'static str {
        match self {
            Self::Proved => "prouvé",
            Self::Failed => "un test a échoué",
            Self::Missing => "sans preuve",
            Self::Unjudged => "non jugé, faute de résultats de tests",
        }
    }
}

/// A test that bears the requirement's number.
#[derive(Debug, Serialize)]
pub struct Test {
    pub name: String,
    pub outcome: Outcome,
}

/// What others ask, and what we have to say.
#[derive(Debug, Serialize)]
pub struct CrossLine {
    pub asked: &'static str,
    pub proof: Option<Proof>,
    pub tests: Vec<&'static str>,
    pub reason: Option<&'static str>,
}

impl Dossier {
    /// Judges what was found.
    pub fn new(found: Found<'_>) -> Self {
        let version = found.built.version;
        let objection =
            found.results.as_ref().map_or_else(|| Some(no_results(version)), |results| results.objection(found.built, found.now));
        let given = match &found.results {
            None => Given::Nothing,
            Some(_) if objection.is_some() => Given::OfNoUse,
            Some(results) => Given::Results(results),
        };
        let requirements: Vec<Line> = REQUIREMENTS.iter().map(|requirement| judged(requirement, given, &found.organisation)).collect();
        let declared = found.organisation.compared(found.config);
        let lacking = lacking(&found, &declared);
        Self {
            lacking,
            version,
            service: found.config.service.name.clone(),
            environment: found.config.psc.environment,
            made_at: stamp(found.now),
            counts: Counts::of(&requirements, &declared),
            run: found.results.as_ref().map(Run::of),
            requirements,
            openid_foundation: crossed(&cross_table::OPENID_FOUNDATION, given),
            anssi: crossed(&cross_table::ANSSI, given),
            doubts: found.results.as_ref().map(|results| results.doubts(found.built)).unwrap_or_default(),
            objection,
            declared,
            settings: found.settings,
            sandbox: found.sandbox,
            examination: found.examined,
            runbook: runbook::steps(found.config_file, found.config.storage.sqlite_file.is_some(), found.now),
        }
    }

    /// Whether nothing is red, missing or contradicted.
    pub fn is_complete(&self) -> bool {
        let Counts { red, unjudged, unanswered, contradicted, .. } = self.counts;
        (red, unjudged, unanswered, contradicted) == (0, 0, 0, 0) && self.lacking.is_empty()
    }
}

impl Counts {
    fn of(lines: &[Line], declared: &[Comparison]) -> Self {
        let proofs = |is: fn(Proof) -> bool| lines.iter().filter(|line| line.proof.is_some_and(is)).count();
        let answers = |given| lines.iter().filter(|line| line.question.is_some() && line.answer.is_some() == given).count();
        Self {
            proved: proofs(|proof| proof == Proof::Proved),
            red: proofs(Proof::is_red),
            unjudged: proofs(|proof| proof == Proof::Unjudged),
            answered: answers(true),
            unanswered: answers(false),
            contradicted: declared.iter().filter(|value| value.agrees == Some(false)).count(),
        }
    }
}

impl Run {
    fn of(results: &TestResults) -> Self {
        let TestResults { version, sources, ended_at, tests, file, .. } = results.clone();
        Self { version, sources, ended_at, tests: tests.len(), file }
    }
}

/// What there is to judge by.
#[derive(Clone, Copy)]
enum Given<'a> {
    /// Whoever installed a package has none: nothing failed for that.
    Nothing,
    /// Something that proves nothing of this program.
    OfNoUse,
    Results(&'a TestResults),
}

impl<'a> Given<'a> {
    const fn results(self) -> Option<&'a TestResults> {
        match self {
            Self::Results(results) => Some(results),
            Self::Nothing | Self::OfNoUse => None,
        }
    }

    fn judge(self, proof: Proof) -> Proof {
        if matches!(self, Self::Nothing) { Proof::Unjudged } else { proof }
    }
}

fn lacking(found: &Found<'_>, declared: &[Comparison]) -> Vec<String> {
    let mut lacking = Vec::new();
    if found.config.psc.environment == PscEnvironment::Simulator {
        lacking
            .push("ce dossier est celui d’un serveur relié au simulateur\u{a0}: il ne dit rien de Pro\u{a0}Santé\u{a0}Connect".to_owned());
    }
    if found.examined.is_failed() {
        lacking.push("le diagnostic du jour porte un échec, plus bas".to_owned());
    }
    if found.sandbox.is_none() {
        lacking.push("aucune connexion au bac à sable n’est datée (EXI PSC 12)\u{a0}: donnez le «\u{a0}dossier.json\u{a0}» du bac à sable par «\u{a0}--sandbox\u{a0}»".to_owned());
    }
    let undeclared = declared.iter().filter(|value| value.declared.is_none()).count();
    if undeclared > 0 {
        lacking.push(format!("valeurs déclarées à l’ANS qui ne sont pas dites dans «\u{a0}organisation.toml\u{a0}»\u{a0}: {undeclared}"));
    }
    lacking
}

/// What whoever has none is told, in French.
fn no_results(version: &str) -> String {
    format!(
        "aucun résultat de tests n’est donné (--results)\u{a0}: rien n’est jugé, rien n’a échoué. Aucun paquet ne les contient\u{202f}; demandez «\u{a0}essais.json\u{a0}» de la version {version} à l’éditeur, ou prenez-le dans «\u{a0}target/results\u{a0}» après «\u{a0}./dev test\u{a0}» sur les sources de cette version"
    )
}

fn judged(requirement: &Requirement, given: Given<'_>, organisation: &Organisation) -> Line {
    let all = given.results().into_iter().flat_map(|results| &results.tests);
    let tests: Vec<Test> = all
        .filter(|(name, _)| requirement.is_done() && requirement.is_borne_by(name))
        .map(|(name, outcome)| Test { name: name.clone(), outcome: *outcome })
        .collect();
    Line {
        key: requirement.key,
        number: requirement.number(),
        asks: requirement.asks,
        met: requirement.met,
        proof: (requirement.bearer != Bearer::Organisation).then(|| given.judge(proof(tests.iter().map(|test| Some(test.outcome))))),
        tests,
        question: requirement.question,
        answer: organisation.answer(requirement.key).map(ToOwned::to_owned),
    }
}

fn crossed(rows: &[Row], given: Given<'_>) -> Vec<CrossLine> {
    let outcome = |name: &&str| given.results().and_then(|results| results.tests.get(*name).copied());
    rows.iter()
        .map(|row| match row.answer {
            Answer::Tests(names) => {
                // Each of them is needed: one that did not run is missing.
                let outcomes: Vec<_> = names.iter().map(outcome).collect();
                let is_whole = outcomes.iter().all(Option::is_some);
                let proof = if is_whole { proof(outcomes.into_iter()) } else { Proof::Missing };
                CrossLine { asked: row.asked, proof: Some(given.judge(proof)), tests: names.to_vec(), reason: None }
            }
            Answer::Reason(reason) => CrossLine { asked: row.asked, proof: None, tests: Vec::new(), reason: Some(reason) },
        })
        .collect()
}

/// A test that was skipped proves nothing, and takes nothing away.
fn proof(outcomes: impl Iterator<Item = Option<Outcome>>) -> Proof {
    let mut proof = Proof::Missing;
    for outcome in outcomes.flatten() {
        match outcome {
            Outcome::Failed => return Proof::Failed,
            Outcome::Passed => proof = Proof::Proved,
            Outcome::Ignored => {}
        }
    }
    proof
}
