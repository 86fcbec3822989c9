//! Simulator, companion and command line as real processes, each on free ports in a folder of its own.
//!
//! Dropped, it stops them all and removes the folder.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use serde_json::Value;
use tokio::process::{Child, Command};

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

/// Path of a program built beside this test.
///
/// # Errors
/// When it was not built: `cargo build --workspace --bins` first.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let folder = match std::env::var_os("VESTIBULE_BIN") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let test = std::env::current_exe()?;
            test.ancestors().nth(2).context("the test runs outside a target directory")?.to_owned()
        }
    };
    let path = folder.join(name);
    if !path.exists() {
        bail!("{} is not built: run `cargo build --workspace --bins` first", path.display());
    }
    Ok(path)
}

/// A port nobody listens on at this moment, and that the system gives to nobody by itself: below those of outgoing connections, which would
/// take it before the program that is to listen there has started.
///
/// # Errors
/// When loopback has none left.
pub fn free_port() -> anyhow::Result<u16> {
    for _ in 0..1_000 {
        let mut chance = [0; 2];
        getrandom::fill(&mut chance)?;
        let port = 16_000 + u16::from_le_bytes(chance) % 16_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port was found")
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

    /// What one program wrote so far into its own log, without colours.
    ///
    /// # Errors
    /// When there is no such log.
    pub fn log_of(&self, writer: Writer) -> anyhow::Result<String> {
        let mut text = String::new();
        let place = match writer {
            Writer::App => self.folder.path().join("home/state"),
            Writer::Companion => self.folder.path().join("companion.log"),
            Writer::Simulator => self.folder.path().join("simulator.log"),
        };
        collect_logs(&place, &mut text).with_context(|| format!("the log of {writer:?}"))?;
        Ok(without_colours(&text))
    }

    /// Every log written so far, once each program has shown in its own that it was at its most talkative there during a sign-in.
    ///
    /// # Errors
    /// When a log is missing, or lacks what a leak would stand beside.
    pub fn talkative_logs(&self) -> anyhow::Result<String> {
        let mut all = String::new();
        for (writer, sentences) in [
            (Writer::App, [" TRACE vestibule_desktop::", "signed in sign_in.id="]),
            (Writer::Companion, [" DEBUG companion_server::", "A sign-in was started"]),
            (Writer::Simulator, [" DEBUG psc_simulator::", "A request was answered"]),
        ] {
            let log = self.log_of(writer)?;
            if let Some(missing) = sentences.iter().find(|sentence| !log.contains(**sentence)) {
                bail!("{writer:?} does not say {missing:?} in its log:\n{log}");
            }
            all.push_str(&log);
        }
        Ok(all)
    }

    /// The command line with a home of its own inside the folder, and a scripted browser that signs in as `persona`.
    ///
    /// # Errors
    /// When a program is missing.
    pub fn command_line(&self, persona: &str, arguments: &[&str]) -> anyhow::Result<Command> {
        let home = self.folder.path().join("home");
        fs::create_dir_all(&home)?;
        let mut command = Command::new(program("vestibule")?);
        command
            .args(arguments)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env("BROWSER", program("scripted-browser")?)
            .env("VESTIBULE_PERSONA", persona)
            .env("VESTIBULE_BROWSER_AUTHORITY", self.folder.path().join("authority.pem"))
            .env("VESTIBULE_POLICY_FILE", self.folder.path().join("policy.toml"))
            .env("VESTIBULE_LOG", TRACE)
            .env("RUST_LOG", TRACE)
            .env("HOME", &home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }

    /// As [`Self::command_line`], with a browser that only tells its address: the test is the browser.
    ///
    /// # Errors
    /// When a program or `mkfifo` is missing.
    pub async fn command_line_for_test_browser(&self, arguments: &[&str]) -> anyhow::Result<(Command, AskedAddress)> {
        let pipe = self.folder.path().join(format!("address-{}", random_secret()?));
        if !Command::new("mkfifo").arg(&pipe).status().await?.success() {
            bail!("no pipe could be made");
        }
        let script = pipe.with_extension("sh");
        fs::write(&script, format!("#!/bin/sh\nprintf %s \"$1\" >'{}'\n", pipe.display()))?;
        fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let mut command = self.command_line("", arguments)?;
        command.env("BROWSER", &script);
        Ok((command, AskedAddress(pipe)))
    }

    /// Runs the command line to its end and returns exit code and what it printed.
    ///
    /// # Errors
    /// When it cannot be started or does not end within a minute and a half.
    pub async fn run(&self, persona: &str, arguments: &[&str]) -> anyhow::Result<Outcome> {
        let output = tokio::time::timeout(Duration::from_secs(90), self.command_line(persona, arguments)?.output())
            .await
            .context("the command line did not end")??;
        Ok(Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
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

    /// Runs a command of the companion's own program on its configuration, with this on its standard input.
    ///
    /// # Errors
    /// When it cannot be started or does not end within a minute.
    pub async fn companion_command(&self, arguments: &[&str], input: &str) -> anyhow::Result<Outcome> {
        let mut command = Command::new(program("companion-server")?)
            .args(arguments)
            .arg("--config")
            .arg(self.folder.path().join("companion.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = command.stdin.take().context("no standard input")?;
        tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes()).await?;
        drop(stdin);
        let output = tokio::time::timeout(Duration::from_secs(60), command.wait_with_output()).await.context("it did not end")??;
        Ok(Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
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

/// The programs that write a log of their own.
#[derive(Debug, Clone, Copy)]
pub enum Writer {
    App,
    Companion,
    Simulator,
}

/// Where the address that the app asked its browser to open will appear.
#[derive(Debug)]
pub struct AskedAddress(PathBuf);

impl AskedAddress {
    /// Waits for the address.
    ///
    /// # Errors
    /// When none comes within half a minute.
    pub async fn wait(&self) -> anyhow::Result<String> {
        tokio::time::timeout(Duration::from_secs(30), tokio::fs::read_to_string(&self.0))
            .await
            .context("no browser was asked for")?
            .map_err(anyhow::Error::from)
    }
}

/// How the command line ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Standard output as one JSON document.
    ///
    /// # Errors
    /// When it is not; what was printed is part of the message.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("not one JSON document: {self:?}"))
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

/// How app and browser reach the companion.
#[derive(Debug, Clone, Copy)]
enum Transport {
    Loopback,
    Tls,
}

struct Ports {
    companion: u16,
    auth: u16,
    wallet: u16,
    administration: u16,
}

/// An authority of our own (`authority.pem`) and a certificate of 127.0.0.1 under it (`server.pem`, `server-key.pem`).
///
/// # Errors
/// When they cannot be made or written.
pub fn make_certificates(folder: &Path) -> anyhow::Result<()> {
    let mut authority = rcgen::CertificateParams::new(Vec::new())?;
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Autorité d’essai");
    let authority_key = rcgen::KeyPair::generate()?;
    fs::write(folder.join("authority.pem"), authority.self_signed(&authority_key)?.pem())?;
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate()?;
    let server = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    fs::write(folder.join("server.pem"), server.pem())?;
    write_private(&folder.join("server-key.pem"), &key.serialize_pem())
}

fn companion_configuration(folder: &Path, keys: &Path, companion_url: &str, ports: &Ports, listener: &str) -> String {
    let Ports { companion, auth, wallet, administration } = ports;
    let (folder, keys) = (folder.display(), keys.display());
    format!(
        r#"[service]
name = "Dossier Exemple"
public_url = "{companion_url}"

[listener]
address = "127.0.0.1:{companion}"

{listener}
[administration]
address = "127.0.0.1:{administration}"
token_file = "{folder}/administration-token"

[psc]
environment = "simulator"
client_id = "vestibule-demo"
client_secret_file = "{folder}/client-secret"

[psc.simulator]
auth_url = "http://127.0.0.1:{auth}"
wallet_url = "http://127.0.0.1:{wallet}"

[storage]
sqlite_file = "{folder}/companion.sqlite"

[vault]
key_file = "{keys}/vault-key"

# Tests start more sign-ins in a minute than a person does.
[limits]
starts_per_minute_per_key = 1000
starts_per_minute_per_address = 1000
calls_per_minute_per_key = 100000
refreshes_per_minute_per_key = 1000

[logs]
level = "{TRACE}"
"#
    )
}

fn random_secret() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    Ok(fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())?)
}

/// A file, or every file of a folder.
fn collect_logs(place: &Path, all: &mut String) -> anyhow::Result<()> {
    if !place.is_dir() {
        all.push_str(&String::from_utf8_lossy(&fs::read(place)?));
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        collect_logs(&entry?.path(), all)?;
    }
    Ok(())
}

/// Without the escape sequences that colour a terminal.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| plain + piece.split_once('m').map_or(piece, |(_, rest)| rest))
}
