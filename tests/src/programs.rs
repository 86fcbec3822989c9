//! Simulator, companion and command line as real processes, each on free ports in a folder of its own.
//!
//! Dropped, it stops them all and removes the folder.

mod commands;
mod installation;
mod logs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::bail;
use serde_json::Value;
use tokio::process::{Child, Command};

pub use self::commands::{AskedAddress, Outcome};
use self::installation::{Ports, Transport, companion_configuration, random_secret, write_private};
pub use self::installation::{free_port, make_certificates, program};
pub use self::logs::Writer;
use crate::psc_link::PscLink;

/// Where a test's processes write at most this much detail.
pub const TRACE: &str = "trace";

/// The running programs.
#[derive(Debug)]
pub struct Programs {
    folder: tempfile::TempDir,
    /// The vault's key is kept away from the database.
    keys: tempfile::TempDir,
    pub companion_url: String,
    pub simulator_administration: String,
    pub companion_administration: String,
    /// The client secret that only simulator and companion may know.
    pub client_secret: String,
    simulator: Child,
    companion: Child,
    http: reqwest::Client,
}

impl Programs {
    /// Starts simulator and companion and waits until both are ready.
    ///
    /// # Errors
    /// When a program is missing or does not become ready; its log is part of the message.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_over(Transport::Loopback).await
    }

    /// The same with a companion that speaks TLS, under an authority that only the policy names.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with_tls() -> anyhow::Result<Self> {
        Self::start_over(Transport::Tls).await
    }

    /// The same with a simulator that speaks TLS, knows the companion by its certificate alone and binds tokens to it.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with_psc_certificate() -> anyhow::Result<(Self, PscLink)> {
        let folder = tempfile::Builder::new().prefix("vestibule-test.").tempdir()?;
        let link = PscLink::make(folder.path())?;
        Ok((Self::start_in(folder, Transport::Loopback, Some(&link), None).await?, link))
    }

    /// The same as [`Self::start`] with a simulator that knows the companion at one more address: a reverse proxy's.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_behind(front: &str) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vestibule-test.").tempdir()?;
        Self::start_in(folder, Transport::Loopback, None, Some(front)).await
    }

    async fn start_over(transport: Transport) -> anyhow::Result<Self> {
        Self::start_in(tempfile::Builder::new().prefix("vestibule-test.").tempdir()?, transport, None, None).await
    }

    async fn start_in(
        folder: tempfile::TempDir,
        transport: Transport,
        link: Option<&PscLink>,
        front: Option<&str>,
    ) -> anyhow::Result<Self> {
        let keys = tempfile::Builder::new().prefix("vestibule-keys.").tempdir()?;
        let [companion, auth, wallet, simulator_administration, companion_administration] =
            [free_port()?, free_port()?, free_port()?, free_port()?, free_port()?];
        let client_secret = random_secret()?;
        write_private(&folder.path().join("client-secret"), &client_secret)?;
        write_private(&keys.path().join("vault-key"), &random_secret()?)?;
        let (scheme, policy, listener) = match transport {
            Transport::Loopback => ("http", String::new(), String::new()),
            Transport::Tls => {
                make_certificates(folder.path())?;
                let path = folder.path().display();
                let listener = format!("[listener.tls]\ncertificate_file = \"{path}/server.pem\"\nkey_file = \"{path}/server-key.pem\"\n");
                ("https", format!("companion_ca_file = \"{path}/authority.pem\"\n"), listener)
            }
        };
        let companion_url = format!("{scheme}://127.0.0.1:{companion}");
        let ports = Ports { companion, auth, wallet, administration: companion_administration };
        let configuration = companion_configuration(folder.path(), keys.path(), &companion_url, &ports, &listener);
        let configuration = link.map(|link| link.configure(&configuration, auth)).unwrap_or(configuration);
        fs::write(folder.path().join("companion.toml"), configuration)?;
        let client_secret_file = ["--client-secret-file".into(), folder.path().join("client-secret").into_os_string()];
        fs::write(
            folder.path().join("policy.toml"),
            format!("companion_url = \"{companion_url}\"\nservice_name = \"Dossier Exemple\"\ndevice_label = \"POSTE-ESSAI\"\n{policy}"),
        )?;
        let simulator = Command::new(program("psc-simulator")?)
            .arg("serve")
            .args(["--auth", &format!("127.0.0.1:{auth}"), "--wallet", &format!("127.0.0.1:{wallet}")])
            .args(["--administration", &format!("127.0.0.1:{simulator_administration}")])
            .args(link.map_or(client_secret_file.to_vec(), PscLink::simulator_arguments))
            .args(["--redirect-uri", &format!("{companion_url}/psc/callback")])
            .args(["--logout-uri", &format!("{companion_url}/psc/logout-return")])
            .args(front.into_iter().flat_map(|front| {
                ["--redirect-uri".into(), format!("{front}/psc/callback"), "--logout-uri".into(), format!("{front}/psc/logout-return")]
            }))
            .env("RUST_LOG", TRACE)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("simulator.log"))?)
            .kill_on_drop(true)
            .spawn()?;
        let companion = spawn_companion(folder.path())?;
        let programs = Self {
            folder,
            keys,
            companion_url,
            simulator_administration: format!("http://127.0.0.1:{simulator_administration}"),
            companion_administration: format!("http://127.0.0.1:{companion_administration}"),
            client_secret,
            simulator,
            companion,
            http: reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?,
        };
        programs.wait_ready(&programs.simulator_administration, "simulator.log").await?;
        programs.wait_ready(&programs.companion_administration, "companion.log").await?;
        Ok(programs)
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
        Ok(self.companion.kill().await?)
    }

    /// Starts the companion again on the same database.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restart_companion(&mut self) -> anyhow::Result<()> {
        self.companion = spawn_companion(self.folder.path())?;
        self.wait_ready(&self.companion_administration, "companion.log").await
    }

    /// Kills the simulator: Pro Santé Connect is down.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub async fn kill_simulator(&mut self) -> anyhow::Result<()> {
        Ok(self.simulator.kill().await?)
    }

    async fn wait_ready(&self, administration: &str, log: &str) -> anyhow::Result<()> {
        let mut attempts = tokio::time::interval(Duration::from_millis(50));
        for _ in 0..400 {
            attempts.tick().await;
            if let Ok(answer) = self.http.get(format!("{administration}/health")).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
        }
        bail!("not ready: {}", fs::read_to_string(self.folder.path().join(log)).unwrap_or_default())
    }
}

fn spawn_companion(folder: &Path) -> anyhow::Result<Child> {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("companion.log"))?;
    Ok(Command::new(program("companion-server")?)
        .args(["serve", "--config"])
        .arg(folder.join("companion.toml"))
        .env("RUST_LOG", TRACE)
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?)
}
