//! Holds the pages that name tests as proofs against what the last run of `./dev test` said of each test.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use companion_server::clock::Timestamp;
use companion_server::support::stamp;
use vestibule_tests::proofs::objections;
use vestibule_tests::results::Results;

/// Fails unless every test that a page names as a proof passed in this run.
#[derive(Parser)]
struct Arguments {
    /// Folder where the steps of `./dev test` left their results.
    folder: PathBuf,
    /// Fingerprint of the sources as they are now.
    tree: String,
}

#[expect(clippy::print_stdout, reason = "a command for developers")]
fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the crate has a parent folder")?;
    let results = Results::read(&arguments.folder, &arguments.tree)?;
    publish(&results, &arguments)?;
    let objections = objections(root, &results)?;
    for objection in &objections {
        println!("{objection}");
    }
    Ok(if objections.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `companion-server conformity --results` reads.
fn publish(results: &Results, arguments: &Arguments) -> anyhow::Result<()> {
    let ended_at = Results::ended_at(&arguments.folder)?.duration_since(std::time::UNIX_EPOCH)?;
    let published = results.published(env!("CARGO_PKG_VERSION"), &arguments.tree, stamp(Timestamp(i64::try_from(ended_at.as_millis())?)));
    let file = arguments.folder.join("essais.json");
    std::fs::write(&file, serde_json::to_string_pretty(&published)? + "\n").with_context(|| file.display().to_string())
}
