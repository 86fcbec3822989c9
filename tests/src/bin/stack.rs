//! `stack`: simulator and companion on free ports, for the demonstration, the suites and the measurements.
//!
//! It says where everything is in one line of JSON on its standard output, and ends, with all that it started, when its standard input ends or it is
//! interrupted. Killed without warning, it still leaves no process behind.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use vestibule_installation::{Installation, Policy, companion, policy};
use vestibule_tests::servers::{Plan, Servers};

/// Simulator and companion, for whoever tries or tests Vestibule.
#[derive(Parser)]
#[command(name = "stack", version)]
struct CommandLine {
    /// Where everything is written, instead of a temporary folder that goes with the stack.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Keys of the companion's configuration, besides or instead: a TOML file.
    #[arg(long, value_name = "FILE")]
    companion: Option<PathBuf>,
    /// Keys of the workstation's policy, besides or instead: a TOML file.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The address of a reverse proxy, by which the companion is known.
    #[arg(long, value_name = "URL")]
    front: Option<String>,
    /// As many sign-ins as a suite wants, and logs that tell everything.
    #[arg(long)]
    for_tests: bool,
    /// Starts nothing: writes what a companion on the usual ports needs, keeps the secrets that are there, and ends.
    #[arg(long, requires = "folder", conflicts_with = "front")]
    only_write: bool,
}

// One thread: what it starts ends with it.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let command_line = CommandLine::parse();
    let fragment = |file: &Option<PathBuf>| file.as_ref().map_or(Ok(String::new()), read);
    let (companion, policy) = (fragment(&command_line.companion)?, fragment(&command_line.policy)?);
    let (temporary, folder) = match command_line.folder {
        Some(folder) => (None, folder),
        None => {
            let temporary = tempfile::Builder::new().prefix("vestibule-stack.").tempdir()?;
            let folder = temporary.path().to_owned();
            (Some(temporary), folder)
        }
    };
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let folder = folder.canonicalize()?;
    if command_line.only_write {
        let installation = Installation::least().with(&companion);
        Policy::towards(installation.public_url()).with(&policy).write(&folder)?;
        return installation.write(&folder).map(drop);
    }
    let front = command_line.front.as_deref();
    let plan = Plan { companion: &companion, policy: &policy, front, is_for_tests: command_line.for_tests, ..Plan::default() };
    let ended = run(&folder, plan).await;
    if let Some(temporary) = temporary {
        temporary.close()?;
    }
    ended
}

async fn run(folder: &std::path::Path, plan: Plan<'_>) -> anyhow::Result<()> {
    // Watched from before the first process: an interruption must not slip between.
    let told_to_end = told_to_end()?;
    tokio::pin!(told_to_end);
    let mut servers = tokio::select! {
        servers = Servers::start(folder, plan) => servers?,
        () = &mut told_to_end => return Ok(()),
    };
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", described(folder, &servers)?)?;
    stdout.flush()?;
    let ended = tokio::select! {
        why = servers.one_ended() => Err(why),
        () = told_to_end => Ok(()),
    };
    servers.stop().await?;
    ended
}

/// The end of standard input, or a signal.
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    let (tell, input_ended) = tokio::sync::oneshot::channel();
    // A thread of its own: one that waits for its next byte must not keep the program from ending.
    std::thread::spawn(move || {
        let (mut stdin, mut ignored) = (std::io::stdin(), [0; 256]);
        while stdin.read(&mut ignored).is_ok_and(|read| read > 0) {}
        tell.send(())
    });
    Ok(async move {
        tokio::select! {
            _ = input_ended => (),
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
            _ = hang_up.recv() => (),
        }
    })
}

/// Where everything is. A list of companions: a store that several share is foreseen.
fn described(folder: &std::path::Path, servers: &Servers) -> anyhow::Result<serde_json::Value> {
    let (installation, addresses) = (Installation::read(folder)?, servers.addresses);
    let http = |address: std::net::SocketAddr| format!("http://{address}");
    Ok(json!({
        "folder": folder,
        "companions": [{
            "url": servers.url,
            "listener": addresses.companion,
            "administration": http(addresses.companion_administration),
            "token_file": installation.path("administration.token_file", folder),
            "configuration": folder.join(companion::FILE),
            "database": installation.path("storage.sqlite_file", folder),
            "log": folder.join("companion.log"),
        }],
        "simulator": {
            "auth": http(addresses.auth),
            "wallet": http(addresses.wallet),
            "administration": http(addresses.simulator_administration),
            "log": folder.join("simulator.log"),
        },
        "policy_file": folder.join(policy::FILE),
        "client_secret_file": installation.path("psc.client_secret_file", folder),
    }))
}

fn read(file: &PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}
