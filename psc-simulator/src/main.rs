//! `psc-simulator`: serves the simulator until interrupted.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Parser, Subcommand};
use psc_simulator::clock::SystemClock;
use psc_simulator::keys::SigningKeys;
use psc_simulator::settings::{Authentication, Client, Settings, read_clients, read_secret};
use psc_simulator::tls::Tls;
use psc_simulator::{AddressSummary, Listeners, persona, run};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

const TEMPLATE: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}";

/// Double de Pro Santé Connect, pour travailler sans lui.
#[derive(Parser)]
#[command(
    name = "psc-simulator",
    version,
    help_template = TEMPLATE,
    subcommand_help_heading = "Commandes",
    subcommand_value_name = "COMMANDE",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    /// Affiche cette aide.
    #[arg(short, long, global = true, display_order = 100, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Affiche la version.
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Subcommand)]
enum Command {
    /// Sert le portefeuille, l’hôte d’authentification et l’administration, jusqu’à l’interruption.
    #[command(help_template = TEMPLATE)]
    Serve(Serve),
}

#[derive(Args)]
struct Serve {
    /// Adresse de la page de connexion, pour le navigateur ; 127.0.0.1:8091 sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8091", hide_default_value = true)]
    wallet: SocketAddr,
    /// Adresse du realm, pour les serveurs ; 127.0.0.1:8090 sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8090", hide_default_value = true)]
    auth: SocketAddr,
    /// Adresse de l’administration, boucle locale seulement ; 127.0.0.1:8092 sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8092", hide_default_value = true)]
    administration: SocketAddr,
    /// Fichier TOML de services, au lieu du seul que décrivent les options suivantes.
    #[arg(long, value_name = "FICHIER", conflicts_with = "client_secret_file")]
    clients: Option<PathBuf>,
    /// Identifiant du seul service ; vestibule-demo sinon.
    #[arg(long, value_name = "ID", default_value = "vestibule-demo", hide_default_value = true)]
    client_id: String,
    /// Nom du seul service, montré à la personne ; Dossier Exemple sinon.
    #[arg(long, value_name = "NOM", default_value = "Dossier Exemple", hide_default_value = true)]
    client_name: String,
    /// Fichier qui contient le secret du seul service.
    #[arg(long, value_name = "FICHIER", required_unless_present_any = ["clients", "client_certificate_subject"])]
    client_secret_file: Option<PathBuf>,
    /// Adresse de retour exacte du seul service, répétable ; http://127.0.0.1:8080/psc/callback sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "http://127.0.0.1:8080/psc/callback", hide_default_value = true)]
    redirect_uri: Vec<String>,
    /// Adresse exacte de retour de déconnexion, répétable ; http://127.0.0.1:8080/psc/logout-return sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "http://127.0.0.1:8080/psc/logout-return", hide_default_value = true)]
    logout_uri: Vec<String>,
    /// L’hôte d’authentification parle TLS, avec un certificat fait au démarrage ; son autorité est écrite dans ce fichier.
    #[arg(long, value_name = "FICHIER", conflicts_with = "tls_certificate")]
    tls_authority_file: Option<PathBuf>,
    /// L’hôte d’authentification parle TLS, avec cette chaîne PEM.
    #[arg(long, value_name = "FICHIER", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Clé PEM de --tls-certificate.
    #[arg(long, value_name = "FICHIER", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Autorités PEM des certificats de clients ; demande TLS.
    #[arg(long, value_name = "FICHIER")]
    client_authorities: Option<PathBuf>,
    /// Adresse du realm où un certificat de client est exigé, annoncée dans mtls_endpoint_aliases.
    #[arg(long, value_name = "ADRESSE", requires = "client_authorities")]
    mtls: Option<SocketAddr>,
    /// Le seul service se fait reconnaître par le certificat qui porte ce sujet (tls_client_auth), au lieu d’un secret.
    #[arg(long, value_name = "SUJET", conflicts_with_all = ["clients", "client_secret_file"], requires = "client_authorities")]
    client_certificate_subject: Option<String>,
    /// Les jetons demandés avec un certificat ne servent qu’avec lui (RFC 8705).
    #[arg(long, requires = "client_authorities")]
    bind_tokens: bool,
    /// Fichier écrit quand tout écoute : les adresses obtenues, en JSON.
    #[arg(long, value_name = "FICHIER")]
    ready_file: Option<PathBuf>,
    /// Journal en lignes JSON.
    #[arg(long)]
    log_json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Serve(serve) = CommandLine::parse().command;
    match run_until_stopped(serve).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nowhere is left to say that standard error is closed.
            let _ = writeln!(std::io::stderr(), "psc-simulator\u{a0}: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run_until_stopped(serve: Serve) -> Result<()> {
    start_logging(serve.log_json);
    ensure!(serve.administration.ip().is_loopback(), "--administration demande une adresse de boucle locale");
    let listeners =
        Listeners::bind(serve.wallet, serve.auth, serve.administration).await.context("une adresse ne peut pas être écoutée")?;
    let listeners = match tls(&serve)? {
        Some(tls) => listeners.secured(tls, serve.mtls, serve.bind_tokens).await.context("une adresse ne peut pas être écoutée")?,
        None => listeners,
    };
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
    let authentication = match (&serve.client_certificate_subject, &serve.client_secret_file) {
        (Some(subject), _) => Authentication::CertificateSubject(subject.clone()),
        (None, file) => Authentication::Secret(read_secret(file.as_deref().context("il manque --client-secret-file")?)?),
    };
    Ok(vec![Client {
        id: serve.client_id.clone(),
        name: serve.client_name.clone(),
        authentication,
        redirect_uris: serve.redirect_uri.clone(),
        logout_uris: serve.logout_uri.clone(),
    }])
}

/// TLS of the auth host, when it was asked for.
fn tls(serve: &Serve) -> Result<Option<Tls>> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("« {} » est illisible", path.display()));
    let clients = serve.client_authorities.as_deref().map(read).transpose()?;
    let tls = match (&serve.tls_authority_file, &serve.tls_certificate, &serve.tls_key) {
        (Some(file), _, _) => {
            let hosts: Vec<SocketAddr> = [serve.auth].into_iter().chain(serve.mtls).collect();
            let (tls, authority) = Tls::made_now(&hosts, clients.as_deref()).context("le certificat ne peut pas être fait")?;
            fs::write(file, authority).with_context(|| format!("« {} » ne peut pas être écrit", file.display()))?;
            tls
        }
        (None, Some(certificate), Some(key)) => {
            Tls::from_pem(&read(certificate)?, &read(key)?, clients.as_deref()).context("le certificat ou sa clé ne peut pas servir")?
        }
        _ => {
            ensure!(clients.is_none(), "--client-authorities demande --tls-authority-file, ou --tls-certificate et --tls-key");
            return Ok(None);
        }
    };
    Ok(Some(tls))
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
    // A log that nobody reads any more is not said on that same log: there the saying itself would panic.
    let logs = tracing_subscriber::fmt().log_internal_errors(false).with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        logs.json().init();
    } else {
        logs.with_ansi(std::io::stderr().is_terminal()).init();
    }
}

/// SIGTERM and an interruption stop it. The others mean nothing to it, which it says: none of them ends it by accident.
async fn stop_on_signal(shutdown: CancellationToken) {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for (kind, name) in
            [(SignalKind::hangup(), "SIGHUP"), (SignalKind::user_defined1(), "SIGUSR1"), (SignalKind::user_defined2(), "SIGUSR2")]
        {
            let Ok(mut signals) = signal(kind) else { continue };
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    tracing::info!(signal = name, "This signal has no meaning here: nothing was done");
                }
            });
        }
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
