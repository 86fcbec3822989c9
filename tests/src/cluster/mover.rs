//! One companion that has two configurations, alike but for where its memory is: a file, or a database of a server.
//!
//! Dropped, everything ends, and the database is removed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};
use tokio::process::{Child, Command};
use vestibule_installation::place::write_private;
use vestibule_installation::{Installation, companion};

use super::now;
use super::server::Database;
use crate::programs::Outcome;
use crate::raw_client::RawClient;
use crate::servers::{
    Addresses, Plan, any_ending_with_us, ending_with_us, installation, program, start_companion, start_simulator, until_ready,
};

/// Where the memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    File,
    Server,
}

impl Home {
    pub const BOTH: [Self; 2] = [Self::File, Self::Server];

    pub const fn other(self) -> Self {
        match self {
            Self::File => Self::Server,
            Self::Server => Self::File,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Server => "server",
        }
    }
}

/// The companion, started or not, and all it needs.
#[derive(Debug)]
pub struct Mover {
    /// Where apps and browsers find it.
    pub url: String,
    pub database: Database,
    addresses: Addresses,
    companion: Option<Child>,
    _simulator: Child,
    folder: tempfile::TempDir,
}

impl Mover {
    /// Writes both configurations and starts the simulator. No companion runs yet.
    ///
    /// # Errors
    /// When there is no PostgreSQL server, or the simulator does not become ready.
    pub async fn new() -> anyhow::Result<Self> {
        let database = Database::create().await?;
        let folder = tempfile::Builder::new().prefix("vestibule-mover.").tempdir()?;
        let addresses = Addresses::free()?;
        let place = folder.path().display();
        write_private(&folder.path().join("database"), database.address())?;
        let common = format!("psc.client_secret_file = \"{place}/client-secret\"\nvault.key_file = \"{place}/vault-key\"");
        let plan = Plan { companion: &common, is_for_tests: true, ..Plan::default() };
        let least = installation(&addresses, plan);
        let url = least.public_url().to_owned();
        for home in Home::BOTH {
            let folder = folder.path().join(home.name());
            std::fs::create_dir(&folder)?;
            match home {
                Home::File => least.clone().write(&folder)?,
                Home::Server => {
                    let there = format!("storage.postgres_url_file = \"{place}/database\"");
                    least.clone().without("storage.sqlite_file").with(&there).write(&folder)?
                }
            };
        }
        let simulator = start_simulator(folder.path(), &addresses, &url, plan)?;
        until_ready(addresses.simulator_administration, &folder.path().join("simulator.log")).await?;
        Ok(Self { url, database, addresses, companion: None, _simulator: simulator, folder })
    }

    /// Where everything lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of one of the two configurations.
    pub fn home(&self, home: Home) -> PathBuf {
        self.folder.path().join(home.name())
    }

    /// The database's file.
    pub fn file(&self) -> PathBuf {
        self.home(Home::File).join("memory/companion.sqlite")
    }

    /// Changes one of the two configurations.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn edit(&self, home: Home, change: impl FnOnce(Installation) -> Installation) -> anyhow::Result<()> {
        Installation::edit(&self.home(home), change)
    }

    /// Where the companion is administered.
    pub fn administration(&self) -> SocketAddr {
        self.addresses.companion_administration
    }

    /// What it wrote into its log so far.
    ///
    /// # Errors
    /// When it never ran here.
    pub fn log(&self, home: Home) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.home(home).join("companion.log"))?)
    }

    /// Starts the companion and waits until it is ready.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn serve(&mut self, home: Home) -> anyhow::Result<()> {
        anyhow::ensure!(self.companion.is_none(), "it runs already");
        self.companion = Some(start_companion(&self.home(home), true)?);
        until_ready(self.addresses.companion_administration, &self.home(home).join("companion.log")).await
    }

    /// Asks the companion to end, and waits until it has.
    ///
    /// # Errors
    /// When it does not end, or not well.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        let mut process = self.companion.take().context("it does not run")?;
        let id = process.id().context("it runs")?;
        anyhow::ensure!(Command::new("kill").arg(id.to_string()).status().await?.success(), "it cannot be told");
        let ended = tokio::time::timeout(Duration::from_secs(60), process.wait()).await.context("it does not end")??;
        anyhow::ensure!(ended.success(), "{ended}");
        Ok(())
    }

    /// Kills the companion without warning, as a power cut would.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.companion.take().context("it does not run")?.kill().await?)
    }

    /// A new installation of an app, on the machine's clock.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn app(&self) -> anyhow::Result<RawClient> {
        RawClient::new(&self.url, now)
    }

    /// The copy out of one memory into the other, as JSON, not begun yet.
    ///
    /// # Errors
    /// When the program was not built.
    pub fn copy_command(&self, from: Home) -> anyhow::Result<Command> {
        let mut command = ending_with_us("companion-server")?;
        command.args(["store", "copy", "--json", "--from"]).arg(self.home(from).join(companion::FILE));
        command.arg("--to").arg(self.home(from.other()).join(companion::FILE));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    /// The copy, to its end.
    ///
    /// # Errors
    /// When it does not end within two minutes.
    pub async fn copy(&self, from: Home) -> anyhow::Result<Outcome> {
        outcome(self.copy_command(from)?).await
    }

    /// A command of the companion's program on one of the configurations, to its end.
    ///
    /// # Errors
    /// When it does not end within two minutes.
    pub async fn command(&self, arguments: &[&str], home: Home) -> anyhow::Result<Outcome> {
        self.command_where("", arguments, home).await
    }

    /// The same where a line of the shell was run first, on mounts that are the command's own: `$0` is the folder of the file.
    ///
    /// # Errors
    /// As [`Self::command`], and where the system lets nobody have mounts of his own.
    pub async fn command_where(&self, first: &str, arguments: &[&str], home: Home) -> anyhow::Result<Outcome> {
        let mut command = if first.is_empty() {
            ending_with_us("companion-server")?
        } else {
            let mut command = any_ending_with_us("unshare");
            command.args(["--map-root-user", "--mount", "sh", "-ec", &format!("{first}; exec \"$@\"")]);
            command.arg(self.home(Home::File).join("memory")).arg(program("companion-server")?);
            command
        };
        command.args(arguments).arg("--config").arg(self.home(home).join(companion::FILE));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        outcome(command).await
    }

    /// Runs a statement on the file, which no companion serves.
    ///
    /// # Errors
    /// When SQLite refuses it.
    pub async fn tell_file(&self, statements: &str) -> anyhow::Result<()> {
        let mut memory = self.opened().await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut memory).await?;
        Ok(memory.close().await?)
    }

    /// Every line of every table that a memory has, in words of its own kind of database: equal before and after, nothing was changed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn everything(&self, home: Home) -> anyhow::Result<Vec<(String, String)>> {
        let mut all = Vec::new();
        for table in self.tables(home).await? {
            let lines = match home {
                Home::Server => self.database.ask(&format!("SELECT t::text FROM {table} AS t ORDER BY 1")).await?,
                Home::File => self.lines_of_file(&table).await?,
            };
            all.push((table, lines));
        }
        Ok(all)
    }

    async fn tables(&self, home: Home) -> anyhow::Result<Vec<String>> {
        let tables = match home {
            Home::Server => {
                let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
                self.database.ask(tables).await?.lines().map(str::to_owned).collect()
            }
            Home::File if !self.file().exists() => Vec::new(),
            Home::File => {
                let mut memory = self.opened().await?;
                let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1";
                let tables = sqlx::query_scalar(tables).fetch_all(&mut memory).await?;
                memory.close().await?;
                tables
            }
        };
        Ok(tables)
    }

    async fn lines_of_file(&self, table: &str) -> anyhow::Result<String> {
        let mut memory = self.opened().await?;
        let columns: Vec<String> =
            sqlx::query_scalar("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info(?1)").bind(table).fetch_all(&mut memory).await?;
        let line = columns.join(" || ',' || ");
        let lines = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {line} FROM {table} ORDER BY 1"))).fetch_all(&mut memory).await?;
        memory.close().await?;
        Ok(lines.iter().map(|line| line.get::<String, _>(0)).collect::<Vec<_>>().join("\n"))
    }

    async fn opened(&self) -> anyhow::Result<SqliteConnection> {
        let file = self.file();
        if !file.exists() {
            bail!("there is no file {}", file.display());
        }
        Ok(SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await?)
    }
}

async fn outcome(mut command: Command) -> anyhow::Result<Outcome> {
    let output = tokio::time::timeout(Duration::from_secs(120), command.output()).await.context("it did not end")??;
    Ok(Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// How many lines a copy said it took of a table.
///
/// # Errors
/// When it said nothing of it.
pub fn lines_of(copied: &Value, table: &str) -> anyhow::Result<u64> {
    let tables = copied["tables"].as_array().context("a list")?;
    let found = tables.iter().find(|said| said["table"] == table).with_context(|| format!("nothing of {table}: {copied}"))?;
    found["lines"].as_u64().context("a number")
}
