//! `package-material`: what a package carries beside its programs, made from the programs' own definitions.
//!
//! The same sources give the same bytes, on any day and in any folder.

mod bill;
mod closure;
mod licences;
mod manual;
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::bill::{Bill, Kind};
use crate::closure::Closure;
use crate::program::Program;

/// Writes what a package carries beside its programs.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Manual pages of a program, in every language that it speaks: `man1/…`, `fr/man1/…`.
    Manual {
        /// vestibule, companion-server or psc-simulator.
        #[arg(long)]
        program: Program,
        /// Date of the sources, as the pages show it.
        #[arg(long)]
        date: String,
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
    },
    /// What shells propose while the program is typed.
    Completions {
        /// As of `manual`.
        #[arg(long)]
        program: Program,
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
    },
    /// What a package is made of (`sbom.cdx.json`, CycloneDX), and under which licences (`licences.md`).
    Bill {
        /// Name and version of the package.
        #[arg(long)]
        package: String,
        #[arg(long)]
        version: String,
        /// Crates whose programs it carries.
        #[arg(long = "crate", value_name = "NAME", required = true)]
        crates: Vec<String>,
        /// What the programs are built for.
        #[arg(long, default_value = "x86_64-unknown-linux-gnu")]
        target: String,
        /// What the package is for.
        #[arg(long, value_enum, default_value_t = Kind::Deb)]
        kind: Kind,
        /// A lock file of npm whose packages the window carries.
        #[arg(long, value_name = "FILE")]
        window: Option<PathBuf>,
        /// When the sources were written: RFC 3339, in UTC.
        #[arg(long)]
        timestamp: String,
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Manual { program, date, into } => {
            for (language, command) in program.tongues() {
                let folder = into.join(language.folder());
                fs::create_dir_all(&folder)?;
                for (name, page) in manual::pages(&command, language, &date)? {
                    write(&folder.join(format!("{name}.1")), page)?;
                }
            }
            Ok(())
        }
        Command::Completions { program, into } => {
            fs::create_dir_all(&into)?;
            for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
                let mut command = program.command();
                let name = command.get_name().to_owned();
                clap_complete::generate_to(shell, &mut command, name, &into)?;
            }
            Ok(())
        }
        Command::Bill { package, version, crates, target, kind, window, timestamp, into } => {
            let mut closure = Closure::of(&crates, &target)?;
            if let Some(lock) = window {
                closure.add_window(&lock)?;
            }
            fs::create_dir_all(&into)?;
            let bill = Bill { package: &package, version: &version, timestamp: &timestamp, kind, closure: &closure };
            write(&into.join("sbom.cdx.json"), bill.to_json()?)?;
            write(&into.join("licences.md"), licences::page(&package, kind, &closure)?)
        }
    }
}

fn write(file: &Path, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| file.display().to_string())
}
