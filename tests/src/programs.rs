//! Simulator, companion and command line as real processes, in a folder of their own.
//!
//! Dropped, it stops them all and removes the folder.

mod certificates;
mod commands;
mod logs;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use vestibule_installation::Installation;
pub use vestibule_installation::place::free_port;

pub use self::certificates::make_certificates;
pub use self::commands::{AskedAddress, Outcome};
pub use self::logs::Writer;
use crate::psc_link::PscLink;
pub use crate::servers::program;
use crate::servers::{Plan, Servers, TRACE};

/// The running programs.
#[derive(Debug)]
pub struct Programs {
    servers: Servers,
    folder: tempfile::TempDir,
    /// The vault's key is kept away from the database.
    keys: tempfile::TempDir,
    /// Where apps and browsers find the companion.
    pub companion_url: String,
    /// Where it listens, which a reverse proxy hides.
    pub companion_listener: SocketAddr,
    pub simulator_administration: String,
    pub companion_administration: String,
    /// The client secret that only simulator and companion may know.
    pub client_secret: String,
    http: reqwest::Client,
}

impl Programs {
    /// Starts simulator and companion and waits until both are ready.
    ///
    /// # Errors
    /// When a program is missing or does not become ready; its log is part of the message.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_in(folder()?, Plan::default()).await
    }

    /// The same with a companion that speaks TLS, under an authority that only the policy names.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with_tls() -> anyhow::Result<Self> {
        let folder = folder()?;
        make_certificates(folder.path())?;
        let policy = format!("companion_ca_file = \"{}/authority.pem\"", folder.path().display());
        Self::start_in(folder, Plan { is_tls: true, policy: &policy, ..Plan::default() }).await
    }

    /// The same with a simulator that speaks TLS, knows the companion by its certificate alone and binds tokens to it.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with_psc_certificate() -> anyhow::Result<(Self, PscLink)> {
        let folder = folder()?;
        let link = PscLink::make(folder.path())?;
        Ok((Self::start_in(folder, Plan { link: Some(&link), ..Plan::default() }).await?, link))
    }

    /// The same as [`Self::start`] with a companion that is known by a reverse proxy's address, and further keys of its configuration.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_behind(front: &str, companion: &str) -> anyhow::Result<Self> {
        Self::start_in(folder()?, Plan { front: Some(front), companion, ..Plan::default() }).await
    }

    async fn start_in(folder: tempfile::TempDir, plan: Plan<'_>) -> anyhow::Result<Self> {
        let keys = tempfile::Builder::new().prefix("vestibule-keys.").tempdir()?;
        let apart = format!("storage.sqlite_file = \"companion.sqlite\"\nvault.key_file = \"{}/vault-key\"", keys.path().display());
        let (companion, policy) = (format!("{apart}\n{}", plan.companion), format!("device_label = \"POSTE-ESSAI\"\n{}", plan.policy));
        let plan = Plan { companion: &companion, policy: &policy, is_for_tests: true, ..plan };
        let servers = Servers::start(folder.path(), plan).await?;
        let client_secret = match plan.link {
            Some(_) => String::new(),
            None => std::fs::read_to_string(folder.path().join("client-secret"))?,
        };
        Ok(Self {
            companion_url: servers.url.clone(),
            companion_listener: servers.addresses.companion,
            simulator_administration: format!("http://{}", servers.addresses.simulator_administration),
            companion_administration: format!("http://{}", servers.addresses.companion_administration),
            client_secret,
            http: reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?,
            servers,
            folder,
            keys,
        })
    }

    /// Folder of configuration, database and logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The vault's key file.
    pub fn vault_key(&self) -> PathBuf {
        self.keys.path().join("vault-key")
    }

    /// What the simulator saw.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn journal(&self) -> anyhow::Result<Vec<Value>> {
        let journal: Value = self
            .http
            .get(format!("{}/administration/journal", self.simulator_administration))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        Ok(journal.as_array().cloned().unwrap_or_default())
    }

    /// Puts faults into the simulator.
    ///
    /// # Errors
    /// When the simulator refuses them.
    pub async fn set_faults(&self, faults: Value) -> anyhow::Result<()> {
        self.http
            .put(format!("{}/administration/clients/vestibule-demo/faults", self.simulator_administration))
            .json(&faults)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Kills the companion without warning, as a power cut would.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub async fn kill_companion(&mut self) -> anyhow::Result<()> {
        self.servers.kill_companion().await
    }

    /// Starts the companion again on the same database.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restart_companion(&mut self) -> anyhow::Result<()> {
        self.servers.restart_companion().await
    }

    /// Restarts the companion on a machine whose clock is wrong by this much, as faketime says it: `+20m`.
    ///
    /// # Errors
    /// When it does not become ready, or faketime is not installed.
    pub async fn restart_companion_with_clock(&mut self, wrong_by: &str) -> anyhow::Result<()> {
        self.kill_companion().await?;
        self.servers.restart_companion_with_clock(wrong_by).await
    }

    /// Changes the configuration of the companion while it serves, and has it read anew (SIGHUP). What is taken, its log says.
    ///
    /// # Errors
    /// When it cannot be written, or the companion is gone.
    pub fn reload_companion(&self, change: impl FnOnce(Installation) -> Installation) -> anyhow::Result<()> {
        Installation::edit(self.folder.path(), change)?;
        self.servers.hang_up_companion()
    }

    /// Restarts the companion on the same database, under a changed configuration.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn reconfigure_companion(&mut self, change: impl FnOnce(Installation) -> Installation) -> anyhow::Result<()> {
        self.kill_companion().await?;
        Installation::edit(self.folder.path(), change)?;
        self.restart_companion().await
    }

    /// Kills the simulator: Pro Santé Connect is down.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub async fn kill_simulator(&mut self) -> anyhow::Result<()> {
        self.servers.kill_simulator().await
    }
}

fn folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("vestibule-test.").tempdir()
}
