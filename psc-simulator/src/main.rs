//! `psc-simulator`: serves the simulator until interrupted.

use std::fs;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Parser, Subcommand};
use psc_simulator::clock::SystemClock;
use psc_simulator::keys::SigningKeys;
use psc_simulator::settings::{Client, Settings, read_clients, read_secret};
use psc_simulator::{AddressSummary, Listeners, persona, run};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// A faithful double of Pro Santé Connect, for work without it.
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the wallet, the auth host and the administration until interrupted.
    Serve(Serve),
}

#[derive(Args)]
struct Serve {
    /// Address of the browser's authorization page.
    #[arg(long, default_value = "127.0.0.1:8091")]
    wallet: SocketAddr,
    /// Address of the realm, for servers.
    #[arg(long, default_value = "127.0.0.1:8090")]
    auth: SocketAddr,
    /// Address of the administration; loopback only.
    #[arg(long, default_value = "127.0.0.1:8092")]
    administration: SocketAddr,
    /// TOML file of relying parties, instead of the single one below.
    #[arg(long, conflicts_with = "client_secret_file")]
    clients: Option<PathBuf>,
    /// Id of the single relying party.
    #[arg(long, default_value = "vestibule-demo")]
    client_id: String,
    /// Name of the single relying party, shown to the person.
    #[arg(long, default_value = "Dossier Exemple")]
    client_name: String,
    /// File holding the secret of the single relying party.
    #[arg(long, required_unless_present = "clients")]
    client_secret_file: Option<PathBuf>,
    /// Exact callback of the single relying party; may be repeated.
    #[arg(long, default_value = "http://127.0.0.1:8080/psc/callback")]
    redirect_uri: Vec<String>,
    /// Exact return address of logout of the single relying party; may be repeated.
    #[arg(long, default_value = "http://127.0.0.1:8080/psc/logout-return")]
    logout_uri: Vec<String>,
    /// Written once everything listens: the bound addresses, in JSON.
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// Logs as JSON lines.
    #[arg(long)]
    log_json: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let Command::Serve(serve) = CommandLine::parse().command;
    start_logging(serve.log_json);
    ensure!(serve.administration.ip().is_loopback(), "--administration must be a loopback address");
    let listeners = Listeners::bind(serve.wallet, serve.auth, serve.administration).await.context("an address cannot be bound")?;
    let settings = Settings {
        clients: relying_parties(&serve)?,
        personas: persona::embedded().context("personas.json is malformed")?,
        keys: SigningKeys::generate().context("the signing keys cannot be made")?,
    };
    if let Some(path) = &serve.ready_file {
        write_whole(path, &listeners.addresses()?.summary()).context("the ready file cannot be written")?;
    }
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    run(settings, listeners, Arc::new(SystemClock::default()), shutdown).await.context("a listener failed")
}

fn relying_parties(serve: &Serve) -> Result<Vec<Client>> {
    if let Some(path) = &serve.clients {
        return Ok(read_clients(path)?);
    }
    let secret_file = serve.client_secret_file.as_deref().context("--client-secret-file is missing")?;
    Ok(vec![Client {
        id: serve.client_id.clone(),
        name: serve.client_name.clone(),
        secret: read_secret(secret_file)?,
        redirect_uris: serve.redirect_uri.clone(),
        logout_uris: serve.logout_uri.clone(),
    }])
}

/// Renamed into place, so that a reader never sees half of it.
fn write_whole(path: &Path, summary: &AddressSummary) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, serde_json::to_vec_pretty(summary)?)?;
    fs::rename(&unfinished, path)?;
    Ok(())
}

fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        logs.json().init();
    } else {
        logs.with_ansi(std::io::stderr().is_terminal()).init();
    }
}

async fn stop_on_signal(shutdown: CancellationToken) {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "Only an interruption will stop the simulator");
                drop(interrupted.await);
            }
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
    shutdown.cancel();
}
