//! Writes, or with `--check` verifies, every file that is generated from the code.

use std::any::TypeId;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use serde_json::{Map, Value, json};
use ts_rs::{TS, TypeVisitor};
use vestibule_desktop::settings::group_policy;
use vestibule_model::error_code::{Actor, ErrorCode, Severity};
use vestibule_model::language::Language;
use vestibule_model::view::{AppRequest, AppView};

/// Writes every generated file of the repository.
#[derive(Parser)]
struct Arguments {
    /// Write nothing: list the files that are not up to date, and fail if there is one.
    #[arg(long)]
    check: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the crate has a parent folder")?;
    let mut stale = Vec::new();
    for (path, text) in generated(root)? {
        let path = root.join(path);
        let current = std::fs::read_to_string(&path).ok();
        if current.as_deref() == Some(text.as_str()) {
            continue;
        }
        if !arguments.check {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
        stale.push(path.strip_prefix(root)?.to_owned());
    }
    report(&stale, arguments.check);
    Ok(if arguments.check && !stale.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[expect(clippy::print_stdout, reason = "a command for developers")]
fn report(stale: &[PathBuf], check: bool) {
    for path in stale {
        println!("{} {}", if check { "stale:" } else { "written:" }, path.display());
    }
    if check && !stale.is_empty() {
        println!("run: cargo run -p vestibule-tests --bin generate");
    }
}

/// Every generated file: path from the root of the repository, and text.
fn generated(root: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
    let [attacks, requirements] = vestibule_tests::proofs::pages(&vestibule_tests::declared::tests(root)?);
    let brand = vestibule_branding::interface(&vestibule_branding::compiled());
    Ok(vec![
        ("ui/src/generated/model.ts", typescript()),
        ("ui/src/generated/errors.json", pretty(errors()?)?),
        ("ui/src/generated/branding.ts", brand.module),
        ("ui/src/generated/branding.css", brand.sheet),
        ("docs/codes-erreur.md", codes_erreur()?),
        ("docs/companion.schema.json", pretty(companion_server::config::schema())?),
        ("companion-server/companion.sample.toml", companion_server::config::sample()),
        ("docs/reglages-poste.md", vestibule_desktop::settings::reference::page()),
        ("docs/policy.schema.json", pretty(vestibule_desktop::settings::reference::schema())?),
        ("packaging/policy.sample.toml", vestibule_desktop::settings::reference::sample()),
        ("packaging/windows/Vestibule.admx", group_policy::template()),
        ("packaging/windows/fr-FR/Vestibule.adml", group_policy::words(Language::Fr)),
        ("packaging/windows/en-US/Vestibule.adml", group_policy::words(Language::En)),
        ("packaging/windows/vestibule.wxs", installer(root)?),
        ("packaging/windows/vestibule.sql", vestibule_desktop::settings::installer::statements()),
        attacks,
        requirements,
    ])
}

/// The source of the Windows installer, with every setting of the policy in it.
fn installer(root: &Path) -> anyhow::Result<String> {
    let skeleton = std::fs::read_to_string(root.join("packaging/windows/vestibule.wxs.in"))?;
    vestibule_desktop::settings::installer::source(&skeleton).map_err(|mark| anyhow::anyhow!("vestibule.wxs.in has no line {mark}"))
}

fn pretty(value: Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&sorted(value))? + "\n")
}

/// Sorts every object by key: whether serde_json does so by itself depends on which crates are built together.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut members: Vec<(String, Value)> = object.into_iter().map(|(key, member)| (key, sorted(member))).collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar,
    }
}

/// Collects the declarations of a type and of everything it names.
struct Declarations<'a> {
    config: &'a ts_rs::Config,
    seen: HashSet<TypeId>,
    declared: Vec<(String, String)>,
}

impl TypeVisitor for Declarations<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let declaration = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(self.config));
            self.declared.push((T::ident(self.config), declaration));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

/// The view types, in alphabetical order. Numbers are `number`: milliseconds since 1970 fit a double for the next 285 000 years.
fn typescript() -> String {
    let config = ts_rs::Config::new().with_large_int("number");
    let mut declarations = Declarations { config: &config, seen: HashSet::new(), declared: Vec::new() };
    declarations.visit::<AppView>();
    declarations.visit::<AppRequest>();
    declarations.declared.sort();
    let mut text = "// Generated from model/src/view.rs: do not edit.\n".to_owned();
    for (_, declaration) in &declarations.declared {
        text.push('\n');
        for line in declaration.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// Number to texts: what the window may have to show. Title, cause and remedy, in French and then in English. The engine brings the words of
/// each problem; these are for whatever stands in its place in the tests of the window.
fn errors() -> anyhow::Result<Value> {
    let mut catalogue = Map::new();
    for &code in ErrorCode::ALL.iter().filter(|code| code.is_told_in_the_window()) {
        let words = [Language::Fr, Language::En].map(|language| code.explanation(language));
        let entry: Vec<&str> = words.iter().flat_map(|words| [words.title, words.cause, words.remedy]).collect();
        catalogue.insert(code.number().to_string(), json!(entry));
    }
    Ok(serde_json::to_value(catalogue)?)
}

/// The published catalogue, for support and administrators.
fn codes_erreur() -> anyhow::Result<String> {
    let mut text = String::from(
        "<!-- Fichier généré depuis model/src/error_code.rs\u{a0}: ne pas modifier. -->\n\n# Codes d’erreur\n\n\
         Chaque problème porte un code d’erreur stable, affiché avec le numéro de connexion\u{a0}: les deux ensemble (par exemple `VST-2041 · 7F3K-9QXM`)\n\
         sont la référence à donner au support. Le numéro de connexion se retrouve dans le journal de l’application et dans celui du serveur de connexion\u{202f}; il\n\
         n’est pas secret. Un code ne change jamais de sens.\n",
    );
    for (thousand, heading) in [
        (1, "1xxx\u{a0}: le poste de travail"),
        (2, "2xxx\u{a0}: l’application et le serveur de connexion"),
        (3, "3xxx\u{a0}: la configuration et le stockage du serveur de connexion"),
        (4, "4xxx\u{a0}: Pro Santé Connect"),
        (5, "5xxx\u{a0}: les cartes et leurs lecteurs"),
    ] {
        writeln!(text, "\n## {heading}\n")?;
        writeln!(text, "| Code | Ce que la personne lit | Cause | Que faire | Gravité | Qui agit | Réessayer | Nom dans le code |")?;
        writeln!(text, "|---|---|---|---|---|---|---|---|")?;
        for code in ErrorCode::ALL.iter().filter(|code| code.number() / 1000 == thousand) {
            let explanation = code.explanation(Language::Fr);
            writeln!(
                text,
                "| {code} | {} | {} | {} | {} | {} | {} | `{}` |",
                explanation.title,
                explanation.cause,
                explanation.remedy,
                severity(code.severity()),
                actor(code.actor()),
                if code.can_retry() { "oui" } else { "non" },
                code.name(),
            )?;
        }
    }
    Ok(text)
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "avertissement",
        Severity::Error => "erreur",
        Severity::Blocking => "bloquant",
        Severity::Security => "sécurité",
    }
}

const fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::Person => "la personne",
        Actor::Administrator => "l’administrateur",
        Actor::Support => "le support",
    }
}
