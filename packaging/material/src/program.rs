//! The programs, and the languages that their command lines speak.

use clap::CommandFactory as _;
use vestibule_desktop::cli;
use vestibule_model::language::Language;

/// A program with a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Program {
    Vestibule,
    CompanionServer,
    PscSimulator,
}

/// In which language a page is, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    French,
    English,
}

impl Tongue {
    /// Below `/usr/share/man`.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::French => "fr/man1",
            Self::English => "man1",
        }
    }
}

impl Program {
    /// Each language that it speaks. What speaks French alone has no other page; its package shows that one to everybody.
    pub fn tongues(self) -> Vec<(Tongue, clap::Command)> {
        match self {
            Self::Vestibule => {
                vec![(Tongue::French, cli::command_line(Language::Fr)), (Tongue::English, cli::command_line(Language::En))]
            }
            Self::CompanionServer | Self::PscSimulator => vec![(Tongue::French, self.command())],
        }
    }

    /// Its command line, in French.
    pub fn command(self) -> clap::Command {
        match self {
            Self::Vestibule => cli::command_line(Language::Fr),
            Self::CompanionServer => companion_server::arguments::Arguments::command(),
            Self::PscSimulator => psc_simulator::command_line::CommandLine::command(),
        }
    }
}
