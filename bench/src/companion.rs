//! The companion that is measured: a release build in a process of its own, with a memory on the disk, its limits raised and nothing else changed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use companion_server::vault::OVERHEAD_BYTES;
use vestibule_installation::place::{free_address, write_private};
use vestibule_installation::{Installation, companion};

use crate::driver::Connection;
use crate::floor::register::Snapshot;
use crate::provider::{CLIENT_ID, Provider};

/// What one driver asks in place of thousands of workstations.
const LIMITS: &str = "[limits]
starts_per_minute_per_key = 1000000
starts_per_minute_per_address = 1000000
pending_per_key = 100
calls_per_minute_per_key = 10000000
refreshes_per_minute_per_key = 100000
connections = 40000
connections_per_address = 20000
parked_requests = 40000
parked_requests_per_address = 20000
bytes_per_address = 2000000000
[session]
idle_limit_minutes = 30";

/// A running companion; dropped, it is killed and its folder goes.
pub struct Companion {
    pub address: SocketAddr,
    administration: SocketAddr,
    program: PathBuf,
    folder: tempfile::TempDir,
    process: Child,
}

impl Companion {
    /// Starts it, over a file or over the PostgreSQL database at this address, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready; what it wrote is part of the message.
    pub async fn start(program: &Path, provider: &Provider, database: Option<&str>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vestibule-bench.").tempdir()?;
        let (address, administration) = (free_address()?, free_address()?);
        let mut installation = Installation::at(address)
            .administered_at(administration)
            .towards(&provider.origin, &provider.origin)
            .with(&format!("[psc]\nclient_id = \"{CLIENT_ID}\"\n{LIMITS}"));
        if let Some(database) = database {
            write_private(&folder.path().join("database"), database)?;
            installation = installation.without("storage.sqlite_file").with("storage.postgres_url_file = \"database\"");
        }
        installation.write(folder.path())?;
        let process = spawn(program, folder.path())?;
        let mut started = Self { address, administration, program: program.to_owned(), folder, process };
        started.until_ready().await?;
        Ok(started)
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as the system does, and starts it again on the same memory: how long until it is ready.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn restart(&mut self) -> anyhow::Result<Duration> {
        self.process.kill()?;
        self.process.wait()?;
        let began = Instant::now();
        self.process = spawn(&self.program, self.folder.path())?;
        self.until_ready().await?;
        Ok(began.elapsed())
    }

    /// How many bytes its file has on the disk, what is not yet brought into the file included.
    ///
    /// # Errors
    /// When there is none.
    pub fn memory_bytes(&self) -> anyhow::Result<u64> {
        let folder = self.folder.path().join("memory");
        std::fs::read_dir(folder)?.try_fold(0, |sum, entry| Ok(sum + entry?.metadata()?.len()))
    }

    /// The rows of its file.
    ///
    /// # Errors
    /// When it has none, or it cannot be read.
    pub fn snapshot(&self) -> anyhow::Result<Snapshot> {
        Snapshot::of(&self.file())
    }

    /// How many bytes the identity of a person has that is kept sealed.
    ///
    /// # Errors
    /// When none is kept, or the file cannot be read.
    pub fn identity_bytes(&self) -> anyhow::Result<usize> {
        let database = rusqlite::Connection::open_with_flags(self.file(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sealed: u32 = database.query_row("SELECT length(practitioner_sealed) FROM grants LIMIT 1", [], |row| row.get(0))?;
        usize::try_from(sealed)?.checked_sub(OVERHEAD_BYTES).context("nothing is sealed")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("memory/companion.sqlite")
    }

    /// A number that it gives of itself at `/metrics`, by the whole name of its series.
    ///
    /// # Errors
    /// When it gives none of this name.
    pub async fn metric(&self, series: &str) -> anyhow::Result<f64> {
        let token = std::fs::read_to_string(self.folder.path().join("administration-token"))?;
        let mut connection = Connection::open(self.administration, "127.0.0.1".parse()?).await?;
        let request = http::Request::get("/metrics")
            .header("Host", self.administration.to_string())
            .header("Authorization", format!("Bearer {}", token.trim()))
            .body(Default::default())?;
        let answer = connection.send(request).await?.expect(http::StatusCode::OK)?;
        let text = std::str::from_utf8(&answer.body)?;
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')).with_context(|| format!("no {series}"))?;
        Ok(value.parse()?)
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(120) {
            if let Some(status) = self.process.try_wait()? {
                bail!("the companion ended ({status}): {}", self.log());
            }
            if let Ok(mut connection) = Connection::open(self.address, "127.0.0.1".parse()?).await {
                let request = http::Request::get("/ready").header("Host", self.address.to_string()).body(Default::default())?;
                if connection.send(request).await.is_ok_and(|answer| answer.status == http::StatusCode::OK) {
                    return Ok(());
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the companion does not become ready: {}", self.log())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        // It may have ended by itself.
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}

/// It ends when this program does, however that ends.
fn spawn(program: &Path, folder: &Path) -> anyhow::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).args(["serve", "--config"]).arg(folder.join(companion::FILE));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("setpriv (Debian: util-linux) cannot be started")
}
