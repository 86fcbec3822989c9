//! `psc-simulator`: serves the simulator until interrupted.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Error, Result, anyhow, ensure};
use clap::Parser as _;
use psc_simulator::clock::SystemClock;
use psc_simulator::command_line::{self, Command, CommandLine, Serve};
use psc_simulator::keys::SigningKeys;
use psc_simulator::settings::{Authentication, Client, Settings, read_clients, read_secret};
use psc_simulator::tls::{Tls, TlsRejected};
use psc_simulator::{AddressSummary, Listeners, persona, run, words};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let given = match CommandLine::try_parse_from(command_line::usual(std::env::args_os().collect())) {
        Ok(given) => given,
        Err(error) if !error.use_stderr() => {
            // Whoever asked for help and closed its output has read enough.
            let _ = write!(std::io::stdout(), "{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            // Nowhere is left to say that standard error is closed.
            let _ = writeln!(std::io::stderr(), "psc-simulator\u{a0}: {}", command_line::misunderstood(&error));
            return ExitCode::from(2);
        }
    };
    let Command::Serve(serve) = given.command;
    match run_until_stopped(serve).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nowhere is left to say that standard error is closed.
            let _ = writeln!(std::io::stderr(), "psc-simulator\u{a0}: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run_until_stopped(serve: Serve) -> Result<()> {
    start_logging(serve.log_json);
    ensure!(
        serve.administration.ip().is_loopback(),
        "--administration demande une adresse de boucle locale\u{a0}: elle commande le simulateur. Donnez par exemple 127.0.0.1:8092."
    );
    let listeners = Listeners::bind(serve.wallet, serve.auth, serve.administration).await?;
    let listeners = match tls(&serve)? {
        Some(tls) => listeners.secured(tls, serve.mtls, serve.bind_tokens).await?,
        None => listeners,
    };
    let settings = Settings {
        clients: relying_parties(&serve)?,
        personas: persona::embedded().map_err(|_| anyhow!("les personnes inventées du programme sont illisibles. Reconstruisez-le."))?,
        keys: SigningKeys::generate().map_err(|_| anyhow!("les clés de signature ne peuvent pas être faites. Recommencez."))?,
    };
    if let Some(path) = &serve.ready_file {
        let summary = listeners.addresses().map_err(|error| not_written(path, &error))?.summary();
        write_whole(path, &summary).map_err(|error| not_written(path, &error))?;
    }
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    let served = run(settings, listeners, Arc::new(SystemClock::default()), shutdown).await;
    served.map_err(|error| anyhow!("le simulateur ne peut pas servir\u{a0}: {}", words::of_address(&error)))
}

fn relying_parties(serve: &Serve) -> Result<Vec<Client>> {
    if let Some(path) = &serve.clients {
        return Ok(read_clients(path)?);
    }
    let authentication = match (&serve.client_certificate_subject, &serve.client_secret_file) {
        (Some(subject), _) => Authentication::CertificateSubject(subject.clone()),
        (None, file) => Authentication::Secret(read_secret(
            file.as_deref().context("il manque --client-secret-file. Essayez «\u{a0}psc-simulator --help\u{a0}».")?,
        )?),
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
    let read = |path: &Path| {
        fs::read(path).map_err(|error| anyhow!("«\u{a0}{}\u{a0}» n’a pas pu être lu\u{a0}: {}", path.display(), words::of_file(&error)))
    };
    let clients = serve.client_authorities.as_deref().map(read).transpose()?;
    let tls = match (&serve.tls_authority_file, &serve.tls_certificate, &serve.tls_key) {
        (Some(file), _, _) => {
            let hosts: Vec<SocketAddr> = [serve.auth].into_iter().chain(serve.mtls).collect();
            let (tls, authority) =
                Tls::made_now(&hosts, clients.as_deref()).map_err(|error| not_secured("--client-authorities", &error))?;
            fs::write(file, authority).map_err(|error| not_written(file, &error))?;
            tls
        }
        (None, Some(certificate), Some(key)) => Tls::from_pem(&read(certificate)?, &read(key)?, clients.as_deref())
            .map_err(|error| not_secured("--tls-certificate, --tls-key ou --client-authorities", &error))?,
        _ => {
            ensure!(
                clients.is_none(),
                "--client-authorities demande TLS. Ajoutez --tls-authority-file, ou --tls-certificate et --tls-key."
            );
            return Ok(None);
        }
    };
    Ok(Some(tls))
}

fn not_written(path: &Path, error: &io::Error) -> Error {
    anyhow!("«\u{a0}{}\u{a0}» n’a pas pu être écrit\u{a0}: {}", path.display(), words::of_file(error))
}

fn not_secured(options: &str, error: &TlsRejected) -> Error {
    anyhow!("{options}\u{a0}: {error}")
}

/// Renamed into place, so that a reader never sees half of it.
fn write_whole(path: &Path, summary: &AddressSummary) -> io::Result<()> {
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
