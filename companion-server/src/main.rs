//! The companion's command line.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use companion_server::clock::SystemClock;
use companion_server::config::{self, Config};
use companion_server::random::SystemRandom;
use companion_server::{Listeners, StartError, doctor, logging, vault};
use tokio_util::sync::CancellationToken;
use vestibule_model::view::Language;

/// Compagnon Vestibule : relie un client lourd à Pro Santé Connect.
#[derive(Debug, Parser)]
#[command(name = "companion-server", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Démarre le compagnon.
    Serve {
        /// Fichier de configuration.
        #[arg(long)]
        config: PathBuf,
    },
    /// Vérifie la configuration et les fichiers qu’elle nomme, sans rien démarrer.
    CheckConfig {
        /// Fichier de configuration.
        #[arg(long)]
        config: PathBuf,
    },
    /// Examine l’installation : configuration, coffre, base de données, adresses, Pro Santé Connect.
    Doctor {
        /// Fichier de configuration.
        #[arg(long)]
        config: PathBuf,
        /// Un document JSON au lieu de phrases.
        #[arg(long)]
        json: bool,
    },
    /// Écrit le schéma JSON de la configuration.
    Schema,
    /// Écrit un exemple commenté de configuration.
    SampleConfig,
    /// Crée la clé du coffre ; un fichier existant n’est jamais remplacé.
    InitKey {
        /// Fichier à créer.
        file: PathBuf,
    },
}

/// Wrong configuration, or an installation that is not ready.
const NOT_READY: u8 = 2;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve { config } => serve(&config),
        Command::CheckConfig { config } => check_config(&config),
        Command::Doctor { config, json } => examine(config, json),
        Command::Schema => serde_json::to_string_pretty(&config::schema()).map_err(anyhow::Error::from).and_then(|text| say(&text)),
        Command::SampleConfig => say(&config::sample()),
        Command::InitKey { file } => init_key(&file),
    };
    outcome.unwrap_or_else(|error| explain(&error))
}

fn serve(file: &std::path::Path) -> anyhow::Result<ExitCode> {
    let config = Config::load(file).map_err(StartError::from)?;
    logging::start(&config.logs);
    let listeners = Listeners::bind(&config)?;
    runtime()?.block_on(async {
        let shutdown = CancellationToken::new();
        tokio::spawn(stop_on_signal(shutdown.clone()));
        companion_server::run(config, listeners, Arc::new(SystemClock), Arc::new(SystemRandom), shutdown).await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn check_config(file: &std::path::Path) -> anyhow::Result<ExitCode> {
    Config::load(file).map_err(StartError::from)?;
    say("La configuration est correcte.")
}

fn examine(file: PathBuf, json: bool) -> anyhow::Result<ExitCode> {
    let report = runtime()?.block_on(doctor::examine(&file, Arc::new(SystemClock), Arc::new(SystemRandom)));
    say(&if json { serde_json::to_string_pretty(&report)? } else { report.to_text() })?;
    Ok(if report.is_ready() { ExitCode::SUCCESS } else { ExitCode::from(NOT_READY) })
}

fn init_key(file: &std::path::Path) -> anyhow::Result<ExitCode> {
    vault::create_key_file(file, &SystemRandom)
        .with_context(|| format!("La clé du coffre n’a pas pu être créée dans « {} »", file.display()))?;
    say("La clé du coffre est créée. Gardez-en une copie en lieu sûr : sans elle, les sessions en cours sont perdues.")
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("Le système ne permet pas de démarrer")
}

fn say(text: &str) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// What an administrator needs to read: code, cause, remedy. Never a backtrace.
fn explain(error: &anyhow::Error) -> ExitCode {
    let text = match error.downcast_ref::<StartError>() {
        Some(error) => {
            let explanation = error.code().explanation(Language::Fr);
            format!("{error}\n{}\n{}\n{}\n", explanation.title, explanation.cause, explanation.remedy)
        }
        None => format!("{error:#}\n"),
    };
    // Nowhere is left to say that standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::from(NOT_READY)
}

/// Ctrl-C, or the service manager's stop.
async fn stop_on_signal(shutdown: CancellationToken) {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
    shutdown.cancel();
}
