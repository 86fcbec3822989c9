//! Simulator and companion as real processes, each on free ports, in a folder that is theirs.
//!
//! Dropped, they end. They end, too, when whoever started them is killed: `setpriv` has the system see to it.

use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use vestibule_installation::place::free_address;
use vestibule_installation::{Installation, Policy, companion};

use crate::psc_link::PscLink;

/// Where a test's processes write at most this much detail.
pub const TRACE: &str = "trace";

/// What differs from one pair of servers to another.
#[derive(Debug, Default, Clone, Copy)]
pub struct Plan<'a> {
    /// Keys of the companion's configuration, besides or instead.
    pub companion: &'a str,
    /// Keys of the workstation's policy, besides or instead.
    pub policy: &'a str,
    /// The address of a reverse proxy: by it the companion is known.
    pub front: Option<&'a str>,
    /// The companion presents the certificate that lies in the folder ([`crate::programs::make_certificates`]).
    pub is_tls: bool,
    /// Certificates between companion and simulator, instead of a secret.
    pub link: Option<&'a PscLink>,
    /// As many sign-ins as a suite wants, and logs that tell everything.
    pub is_for_tests: bool,
}

/// Where everything listens.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Addresses {
    pub companion: SocketAddr,
    pub companion_administration: SocketAddr,
    pub auth: SocketAddr,
    pub wallet: SocketAddr,
    pub simulator_administration: SocketAddr,
}

impl Addresses {
    pub(crate) fn free() -> anyhow::Result<Self> {
        Ok(Self {
            companion: free_address()?,
            companion_administration: free_address()?,
            auth: free_address()?,
            wallet: free_address()?,
            simulator_administration: free_address()?,
        })
    }
}

/// The running servers.
#[derive(Debug)]
pub struct Servers {
    folder: PathBuf,
    pub addresses: Addresses,
    /// Where apps and browsers find the companion.
    pub url: String,
    is_for_tests: bool,
    simulator: Child,
    companion: Child,
}

impl Servers {
    /// Writes configuration, policy and secrets into the folder, starts both and waits until they are ready.
    ///
    /// # Errors
    /// When a program is missing or does not become ready; its log is part of the message.
    pub async fn start(folder: &Path, plan: Plan<'_>) -> anyhow::Result<Self> {
        let addresses = Addresses::free()?;
        let installation = installation(&addresses, plan);
        installation.write(folder)?;
        let url = installation.public_url().to_owned();
        Policy::towards(&url).with(plan.policy).write(folder)?;
        let servers = Self {
            folder: folder.to_owned(),
            addresses,
            simulator: start_simulator(folder, &addresses, &url, plan)?,
            companion: start_companion(folder, plan.is_for_tests)?,
            is_for_tests: plan.is_for_tests,
            url,
        };
        until_ready(addresses.simulator_administration, &folder.join("simulator.log")).await?;
        until_ready(addresses.companion_administration, &folder.join("companion.log")).await?;
        Ok(servers)
    }

    /// Kills the companion without warning, as a power cut would.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub async fn kill_companion(&mut self) -> anyhow::Result<()> {
        Ok(self.companion.kill().await?)
    }

    /// Starts the companion again on the same database.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restart_companion(&mut self) -> anyhow::Result<()> {
        self.companion = start_companion(&self.folder, self.is_for_tests)?;
        until_ready(self.addresses.companion_administration, &self.folder.join("companion.log")).await
    }

    /// Has the companion that serves read its files again (SIGHUP).
    ///
    /// # Errors
    /// When the process is gone.
    pub fn hang_up_companion(&self) -> anyhow::Result<()> {
        let id = self.companion.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?)).context("it has ended")?;
        Ok(rustix::process::kill_process(id, rustix::process::Signal::HUP)?)
    }

    /// The same on a machine whose clock is wrong by this much, as faketime says it: `+20m`.
    ///
    /// # Errors
    /// As [`Self::restart_companion`]; when faketime is not installed.
    pub async fn restart_companion_with_clock(&mut self, wrong_by: &str) -> anyhow::Result<()> {
        self.companion = start_companion_with_clock(&self.folder, self.is_for_tests, wrong_by)?;
        until_ready(self.addresses.companion_administration, &self.folder.join("companion.log")).await
    }

    /// Kills the simulator: Pro Santé Connect is down.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub async fn kill_simulator(&mut self) -> anyhow::Result<()> {
        Ok(self.simulator.kill().await?)
    }

    /// Until one of them ends by itself: which, how, and what its log says.
    pub async fn one_ended(&mut self) -> anyhow::Error {
        let (name, ended) = tokio::select! {
            ended = self.simulator.wait() => ("simulator", ended),
            ended = self.companion.wait() => ("companion", ended),
        };
        let log = fs::read_to_string(self.folder.join(name).with_extension("log")).unwrap_or_default();
        anyhow::anyhow!("{name} ended ({ended:?}): {log}")
    }

    /// Kills what still runs and waits for its end.
    ///
    /// # Errors
    /// When a process cannot be killed.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        for child in [&mut self.companion, &mut self.simulator] {
            if child.id().is_some() {
                child.kill().await?;
            }
        }
        Ok(())
    }
}

/// Waits until somebody listens there, or this program ends.
///
/// # Errors
/// When it ends, or that never comes.
pub async fn until_listening(program: &mut Child, address: SocketAddr) -> anyhow::Result<()> {
    let mut attempts = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..400 {
        attempts.tick().await;
        if TcpStream::connect(address).await.is_ok() {
            return Ok(());
        }
        if let Some(status) = program.try_wait()? {
            bail!("it ended: {status}");
        }
    }
    bail!("nobody listens on {address}")
}

/// Waits until whoever is administered here says that it is well.
///
/// # Errors
/// When that never comes; the log is part of the message.
pub async fn until_ready(administration: SocketAddr, log: &Path) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
    let mut attempts = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..400 {
        attempts.tick().await;
        if let Ok(answer) = http.get(format!("http://{administration}/health")).send().await
            && answer.status().is_success()
        {
            return Ok(());
        }
    }
    bail!("not ready: {}", fs::read_to_string(log).unwrap_or_default())
}

pub(crate) fn installation(addresses: &Addresses, plan: Plan<'_>) -> Installation {
    let Addresses { companion, auth, wallet, .. } = addresses;
    let mut installation = Installation::at(*companion)
        .administered_at(addresses.companion_administration)
        .towards(&format!("http://{auth}"), &format!("http://{wallet}"));
    if plan.is_for_tests {
        installation = installation.unhurried().with(&format!("logs.level = \"{TRACE}\""));
    }
    if plan.is_tls {
        installation = installation
            .known_as(&format!("https://{companion}"))
            .with("[listener.tls]\ncertificate_file = \"server.pem\"\nkey_file = \"server-key.pem\"");
    }
    if let Some(front) = plan.front {
        installation = installation.known_as(front);
    }
    if let Some(link) = plan.link {
        installation = link.configure(installation, *auth);
    }
    installation.with(plan.companion)
}

pub(crate) fn start_simulator(folder: &Path, addresses: &Addresses, url: &str, plan: Plan<'_>) -> anyhow::Result<Child> {
    let mut command = ending_with_us("psc-simulator")?;
    command
        .arg("serve")
        .args(["--auth", &addresses.auth.to_string(), "--wallet", &addresses.wallet.to_string()])
        .args(["--administration", &addresses.simulator_administration.to_string()])
        .args(["--redirect-uri", &format!("{url}/psc/callback"), "--logout-uri", &format!("{url}/psc/logout-return")]);
    match plan.link {
        Some(link) => command.args(link.simulator_arguments()),
        None => command.arg("--client-secret-file").arg(folder.join("client-secret")),
    };
    writing_to(command, &folder.join("simulator.log"), plan.is_for_tests)
}

pub(crate) fn start_companion(folder: &Path, is_for_tests: bool) -> anyhow::Result<Child> {
    start_companion_in(folder, is_for_tests, &[])
}

/// The same on a machine whose clock is wrong by this much, as faketime says it: `+20m`.
pub(crate) fn start_companion_with_clock(folder: &Path, is_for_tests: bool, wrong_by: &str) -> anyhow::Result<Child> {
    let library = faketime()?;
    let variables = [("LD_PRELOAD", library.as_os_str()), ("FAKETIME", wrong_by.as_ref()), ("FAKETIME_DONT_FAKE_MONOTONIC", "1".as_ref())];
    start_companion_in(folder, is_for_tests, &variables)
}

/// Where Debian puts it, whatever the machine's architecture.
fn faketime() -> anyhow::Result<PathBuf> {
    let folders = fs::read_dir("/usr/lib")?.filter_map(Result::ok).map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    folders.into_iter().find(|library| library.exists()).context("faketime is not installed")
}

fn start_companion_in(folder: &Path, is_for_tests: bool, variables: &[(&str, &OsStr)]) -> anyhow::Result<Child> {
    let mut command = ending_with_us("companion-server")?;
    command.envs(variables.iter().copied());
    command.args(["serve", "--config"]).arg(folder.join(companion::FILE));
    writing_to(command, &folder.join("companion.log"), is_for_tests)
}

/// A program built beside this one that does not outlive the thread that starts it, however that ends.
///
/// # Errors
/// When it was not built.
pub fn ending_with_us(name: &str) -> anyhow::Result<Command> {
    Ok(any_ending_with_us(program(name)?))
}

/// As [`ending_with_us`], any program of the machine. Its own children are not held.
pub fn any_ending_with_us(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).kill_on_drop(true);
    command
}

fn writing_to(mut command: Command, log: &Path, is_for_tests: bool) -> anyhow::Result<Child> {
    if is_for_tests {
        command.env("RUST_LOG", TRACE);
    }
    let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
    started.context("setpriv (Debian: util-linux) cannot be started")
}

/// Path of a program built beside this one.
///
/// # Errors
/// When it was not built: `cargo build --workspace --bins` first.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let folder = match std::env::var_os("VESTIBULE_BIN") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let this = std::env::current_exe()?;
            let beside = this.parent().context("no program lies in no folder")?;
            // The build keeps tests one folder below.
            let is_test = beside.file_name().is_some_and(|name| name == "deps");
            if is_test { beside.parent().context("the test runs outside a target directory")?.to_owned() } else { beside.to_owned() }
        }
    };
    let path = folder.join(name);
    if !path.exists() {
        bail!("{} is not built: run `cargo build --workspace --bins` first", path.display());
    }
    Ok(path)
}
