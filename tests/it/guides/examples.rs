//! The examples of every page of the repository, each with the proof that it works or the reason why nobody runs it.

use std::fs;
use std::path::{Path, PathBuf};

use vestibule_tests::cluster::backups;
use vestibule_tests::package_guide;

/// One example: where it stands, its language, its text.
#[derive(Debug, Clone)]
pub struct Example {
    pub guide: String,
    pub language: String,
    pub text: String,
    /// Whether it stands in a section about the command line.
    pub is_of_the_command_line: bool,
    /// Why nobody runs it, in the comment above it.
    pub reason: Option<String>,
}

/// How an example is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Each line is a command of the companion, run here.
    CompanionCommands,
    /// A part of the companion's configuration.
    CompanionConfiguration,
    /// A part of the workstation's policy.
    Policy,
    /// A reverse proxy of Debian, before one companion.
    Nginx,
    Apache,
    HaProxy,
    /// Lines of the balancer that `tests/cluster` puts before its companions.
    Balancer,
    Unit,
    /// The command lines of the Windows installer; `tests/windows/installer.rs` runs their kind.
    Installer,
    /// What Ansible makes of a workstation.
    Playbook,
    /// The names of measures that `/metrics` gives.
    Measures,
    /// What declares the app link to a desktop, without the package.
    DesktopEntry,
    /// How the simulator is started, told its services and broken.
    Simulator,
    /// A whole installation beside the simulator, on one machine.
    Rehearsal,
    /// Run by another test, in this file, where these words stand.
    In(&'static str, &'static str),
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Every page of the repository, by its path in it.
pub fn pages() -> Vec<String> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() {
            // Made here, or not ours.
            let is_ours =
                !name.starts_with('.') && !["target", "node_modules", "dist", "dist-fake", "screenshots"].contains(&name.as_str());
            if is_ours {
                collect(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path.strip_prefix(root()).expect("below").display().to_string());
        }
    }
}

pub fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).expect("the page")
}

/// All of them, in order.
pub fn examples() -> Vec<Example> {
    pages().into_iter().flat_map(|page| examples_of(&page, &read(&page))).collect()
}

/// Those of a page.
///
/// # Panics
/// When an example does not begin at the left edge, or does not end: nothing would run it.
pub fn examples_of(page: &str, text: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut open: Option<Example> = None;
    let mut is_of_the_command_line = false;
    let mut above = "";
    for line in text.lines() {
        if open.is_none() && line.starts_with("## ") {
            is_of_the_command_line = line.contains("ligne de commande");
        }
        let is_fence = ["```", "~~~"].iter().any(|fence| line.trim_start().starts_with(fence));
        assert!(!is_fence || line.starts_with("```"), "{page}: an example that nothing sees: {line}");
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let guide = page.to_owned();
                let (language, reason) = (language.to_owned(), reason(above));
                open = Some(Example { guide, language, text: String::new(), is_of_the_command_line, reason });
            }
            (Some(_), Some(_)) => examples.extend(open.take()),
            (Some(example), None) => example.text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
        above = line;
    }
    assert!(open.is_none(), "{page}: an example does not end");
    examples
}

fn reason(line: &str) -> Option<String> {
    let inside = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    let told = inside.strip_prefix("non exécuté\u{a0}: ").or_else(|| inside.strip_prefix("not run: "))?;
    Some(told.to_owned())
}

pub fn proof(example: &Example) -> Option<Proof> {
    const ADMINISTRATION: &str = "docs/fr/administrateur.md";
    const DEPLOYMENT: &str = "docs/fr/deployer-compagnon.md";
    let first = example.text.lines().next().unwrap_or_default();
    match (example.guide.as_str(), example.language.as_str()) {
        (ADMINISTRATION, "sh") if backups::TITLES.contains(&first) => Some(Proof::In("tests/cluster/backups.rs", "example(title)")),
        // On a Debian of its own.
        (ADMINISTRATION | DEPLOYMENT, "sh") if first == package_guide::RELEASE => {
            Some(Proof::In("tests/packages/contents.rs", "package_guide::RELEASE"))
        }
        (ADMINISTRATION, "sh") if first == package_guide::VERIFY => Some(Proof::In("tests/packages/contents.rs", "package_guide::VERIFY")),
        (ADMINISTRATION | DEPLOYMENT, "sh") if package_guide::TITLES.contains(&first) => {
            Some(Proof::In("tests/packages/life.rs", "package_guide::example(title)"))
        }
        (ADMINISTRATION | "packaging/companion/README.md", "sh") => Some(Proof::CompanionCommands),
        (ADMINISTRATION | DEPLOYMENT, "toml") if first == "# /etc/vestibule/policy.toml" => Some(Proof::Policy),
        (ADMINISTRATION | "docs/fr/dimensionnement.md" | "docs/fr/editeur.md", "toml") => Some(Proof::CompanionConfiguration),
        ("docs/fr/deployer-postes.md", "bat") => Some(Proof::Installer),
        ("docs/fr/deployer-postes.md", "yaml") => Some(Proof::Playbook),
        (DEPLOYMENT, "sh") if first.starts_with("# Répéter") => Some(Proof::Rehearsal),
        (DEPLOYMENT, "nginx") => Some(Proof::Nginx),
        (ADMINISTRATION, "apache") => Some(Proof::Apache),
        (ADMINISTRATION, "haproxy") if first == "backend compagnons" => Some(Proof::Balancer),
        (ADMINISTRATION, "haproxy") => Some(Proof::HaProxy),
        (ADMINISTRATION | "packaging/companion/README.md", "ini") => Some(Proof::Unit),
        (ADMINISTRATION, "") if first.starts_with("vestibule_") => Some(Proof::Measures),
        ("docs/fr/editeur.md", "sh") if example.text.contains("VESTIBULE_BRANDING=") => {
            Some(Proof::In("tests/ui/branding.test.js", "VESTIBULE_BRANDING: brand"))
        }
        ("docs/fr/editeur.md", "json") if example.is_of_the_command_line => {
            Some(Proof::In("desktop/tests/it/cli_json.rs", "## La ligne de commande, pour un programme"))
        }
        ("docs/fr/editeur.md", "http" | "json") => Some(Proof::In("tests/it/publisher.rs", "\"docs/fr/editeur.md\"")),
        ("packaging/linux/README.md", "sh" | "ini") => Some(Proof::DesktopEntry),
        ("psc-simulator/README.md", "sh" | "toml") => Some(Proof::Simulator),
        _ => None,
    }
}

pub fn proved_as(wanted: Proof) -> Vec<Example> {
    let found: Vec<Example> = examples().into_iter().filter(|example| proof(example) == Some(wanted)).collect();
    assert!(!found.is_empty(), "{wanted:?}: the pages have no such example any more");
    found
}

/// Why an example stands without a proof, has a proof and a reason for none, or names one that is gone.
fn fault(example: &Example) -> Option<String> {
    match (proof(example), &example.reason) {
        (None, None) => Some("nobody runs it, and no comment above it says why".to_owned()),
        (None, Some(reason)) => (reason.chars().count() < 15).then(|| "a reason that says nothing".to_owned()),
        (Some(proof), Some(_)) => Some(format!("it is run ({proof:?}), and a comment says that it is not")),
        (Some(Proof::In(file, words)), None) => {
            let source = fs::read_to_string(root().join(file)).unwrap_or_default();
            (!source.contains(words)).then(|| format!("{file} does not say {words} any more"))
        }
        (Some(_), None) => None,
    }
}

#[test]
fn every_example_of_every_page_is_run_or_says_why_not() {
    let examples = examples();
    assert!(examples.len() > 70, "{}", examples.len());
    let faults = examples.iter().filter_map(|example| fault(example).map(|fault| format!("{}: {fault}:\n{}", example.guide, example.text)));
    assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
}

/// Each title is a constant that a test of the packages takes its commands by.
#[test]
fn every_example_about_packages_is_run_by_their_tests() {
    let titles = include_str!("../../src/package_guide.rs");
    let tests = [include_str!("../../packages/life.rs"), include_str!("../../packages/contents.rs")];
    let constants = titles.lines().filter_map(|line| line.strip_prefix("pub const ")?.split_once(": &str"));
    let names: Vec<&str> = constants.map(|(name, _)| name).collect();
    assert_eq!(names.len(), package_guide::TITLES.len());
    let is_name = |sign: char| sign.is_alphanumeric() || sign == '_';
    let words: Vec<&str> = tests.iter().flat_map(|test| test.split(|sign: char| !is_name(sign))).collect();
    let times = |name: &str| words.iter().filter(|word| **word == name).count();
    // Where it is imported, and where it is used; or by its whole name.
    let is_used = |name: &str| times(name) > 1 || tests[1].contains(&format!("package_guide::{name}"));
    let unused: Vec<&&str> = names.iter().filter(|name| !is_used(name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn an_example_without_a_proof_or_a_reason_is_seen_wherever_it_stands() {
    let fault_of = |page: &str, text: &str| fault(&examples_of(page, text)[0]);
    assert!(fault_of("docs/new.md", "```sh\ntrue\n```\n").is_some());
    assert!(fault_of("docs/new.md", "<!-- non exécuté\u{a0}: ouvre une fenêtre -->\n```sh\ntrue\n```\n").is_none());
    assert!(fault_of("docs/new.md", "<!-- non exécuté\u{a0}: non -->\n```sh\ntrue\n```\n").is_some());
    assert!(fault_of("docs/new.md", "<!-- non exécuté\u{a0}: ouvre une fenêtre -->\n\n```sh\ntrue\n```\n").is_some());
    assert!(fault_of("docs/fr/editeur.md", "<!-- not run: the reason is gone -->\n```toml\n```\n").is_some());
    let hidden = |text: &'static str| std::panic::catch_unwind(|| examples_of("docs/new.md", text)).is_err();
    assert!(hidden("1. one\n   ```sh\n   true\n   ```\n") && hidden("~~~sh\ntrue\n~~~\n") && hidden("```sh\ntrue\n"));
}
