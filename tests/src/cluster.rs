//! Two companions or three as real processes, known by one address: HAProxy's before them, over one database of PostgreSQL. No request has a companion of its own.
//!
//! Dropped, all of them end, and the database is removed.

pub mod backups;
pub mod balancer;
pub mod mover;
pub mod server;
pub mod tls_server;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Child;
use vestibule_installation::place::{free_address, write_private};

use self::balancer::Balancer;
use self::server::Database;
use crate::browser_double::{Person, ScriptedBrowser};
use crate::raw_client::{RawClient, Started};
use crate::servers::{Addresses, Plan, installation, start_companion, start_companion_with_clock, start_simulator, until_ready};
use crate::stack::Doorstep;

/// Which companion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    First,
    Second,
    /// Only where there are three.
    Third,
}

impl Which {
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];
    pub const THREE: [Self; 3] = [Self::First, Self::Second, Self::Third];

    /// The next one; of two, the other.
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second | Self::Third => Self::First,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Third => "third",
        }
    }
}

/// One companion, with a folder of its own for configuration and log.
#[derive(Debug)]
struct Member {
    folder: PathBuf,
    addresses: Addresses,
    process: Child,
}

/// The running cluster.
#[derive(Debug)]
pub struct Cluster {
    /// Where apps and browsers find the companions.
    pub url: String,
    pub database: Database,
    members: Vec<Member>,
    balancer: Balancer,
    simulator_administration: SocketAddr,
    _simulator: Child,
    _folder: tempfile::TempDir,
    http: reqwest::Client,
}

impl Cluster {
    /// Starts everything, with two companions, and waits until it is ready.
    ///
    /// # Errors
    /// When there is no PostgreSQL server, or a part does not become ready.
    pub async fn start() -> anyhow::Result<Self> {
        Self::of(&Which::BOTH).await
    }

    /// The same with three.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_three() -> anyhow::Result<Self> {
        Self::of(&Which::THREE).await
    }

    async fn of(companions: &[Which]) -> anyhow::Result<Self> {
        let database = Database::create().await?;
        let folder = tempfile::Builder::new().prefix("vestibule-cluster.").tempdir()?;
        let front = free_address()?;
        let url = format!("http://{front}");
        let first = Addresses::free()?;
        write_private(&folder.path().join("database"), database.address())?;
        let place = folder.path().display();
        let common = format!(
            "listener.trusted_proxies = [\"127.0.0.1\"]\nlistener.drain_s = 3\npsc.client_secret_file = \"{place}/client-secret\"\n\
             vault.key_file = \"{place}/vault-key\"\nstorage.postgres_url_file = \"{place}/database\""
        );
        let plan = Plan { companion: &common, front: Some(&url), is_for_tests: true, ..Plan::default() };
        let mut members = Vec::new();
        for which in companions {
            let addresses = Addresses { companion: free_address()?, companion_administration: free_address()?, ..first };
            let folder = folder.path().join(which.name());
            fs::create_dir(&folder)?;
            installation(&addresses, plan).without("storage.sqlite_file").write(&folder)?;
            members.push(Member { process: start_companion(&folder, true)?, folder, addresses });
        }
        let simulator = start_simulator(folder.path(), &first, &url, plan)?;
        until_ready(first.simulator_administration, &folder.path().join("simulator.log")).await?;
        for member in &members {
            member.ready().await?;
        }
        let doors = companions.iter().zip(&members).map(|(which, member)| (*which, member.addresses.companion));
        let balancer = Balancer::start(folder.path(), front, doors.collect()).await?;
        Ok(Self {
            url,
            database,
            members,
            balancer,
            simulator_administration: first.simulator_administration,
            _simulator: simulator,
            _folder: folder,
            http: reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().build()?,
        })
    }

    fn member(&self, which: Which) -> &Member {
        &self.members[which as usize]
    }

    /// Where this companion listens itself.
    pub fn door(&self, which: Which) -> String {
        format!("http://{}", self.member(which).addresses.companion)
    }

    /// What it wrote so far into its log.
    ///
    /// # Errors
    /// When there is no such log.
    pub fn log(&self, which: Which) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.member(which).folder.join("companion.log"))?)
    }

    /// Requests that each companion was handed by the balancer.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn handed(&self) -> anyhow::Result<Vec<u64>> {
        self.balancer.handed().await
    }

    /// Requests that wait for an event at this companion.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn parked(&self, which: Which) -> anyhow::Result<u64> {
        let address = format!("http://{}/metrics", self.member(which).addresses.companion_administration);
        let text = self.http.get(address).send().await?.error_for_status()?.text().await?;
        let line = text.lines().find_map(|line| line.strip_prefix("vestibule_parked_requests ")).context("no such measure")?;
        Ok(line.trim().parse()?)
    }

    /// Kills a companion without warning, as a power cut would.
    ///
    /// # Errors
    /// When the process cannot be killed.
    pub async fn kill(&mut self, which: Which) -> anyhow::Result<()> {
        Ok(self.members[which as usize].process.kill().await?)
    }

    /// Asks a companion to end, and waits until it has.
    ///
    /// # Errors
    /// When it does not end, or not well.
    pub async fn end(&mut self, which: Which) -> anyhow::Result<()> {
        let process = &mut self.members[which as usize].process;
        let id = process.id().context("it runs")?;
        anyhow::ensure!(tokio::process::Command::new("kill").arg(id.to_string()).status().await?.success(), "it cannot be told");
        let ended = tokio::time::timeout(Duration::from_secs(60), process.wait()).await.context("it does not end")??;
        anyhow::ensure!(ended.success(), "{ended}");
        Ok(())
    }

    /// Starts a companion that was killed or ended, and waits until it is ready and the balancer knows.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restart(&mut self, which: Which) -> anyhow::Result<()> {
        let member = &mut self.members[which as usize];
        member.process = start_companion(&member.folder, true)?;
        member.ready().await?;
        self.balancer.until_up(which).await
    }

    /// The same on a machine whose clock is wrong by this much, as faketime says it: `+20m`.
    ///
    /// # Errors
    /// As [`Self::restart`]; when faketime is not installed.
    pub async fn restart_with_clock(&mut self, which: Which, wrong_by: &str) -> anyhow::Result<()> {
        let member = &mut self.members[which as usize];
        member.process = start_companion_with_clock(&member.folder, true, wrong_by)?;
        member.ready().await?;
        self.balancer.until_up(which).await
    }

    /// Whether no companion has ended.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn run(&mut self) -> anyhow::Result<bool> {
        let mut all = true;
        for member in &mut self.members {
            all &= member.process.try_wait()?.is_none();
        }
        Ok(all)
    }

    /// A new installation of an app, on the machine's clock.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn app(&self) -> anyhow::Result<RawClient> {
        RawClient::new(&self.url, now)
    }

    /// As far as the return to the app, which has not redeemed yet: what it keeps, and the code.
    ///
    /// # Errors
    /// When a page or a companion does not answer.
    pub async fn until_code(&self, app: &RawClient, persona: &str) -> anyhow::Result<(Started, String)> {
        let doorstep = Doorstep::open()?;
        let started = app.start(&doorstep.redirect_uri).await?;
        let mut browser = ScriptedBrowser::new()?;
        browser.walk(&app.authorize_address(&started), &Person::named(persona)).await?;
        Ok((started.clone(), code_in(&browser, &started)?))
    }

    /// Requests that the simulator received on paths ending so, with this grant if one is given.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn provider_saw(&self, path_end: &str, grant: Option<&str>) -> anyhow::Result<usize> {
        let address = format!("http://{}/administration/journal", self.simulator_administration);
        let journal: Value = self.http.get(address).send().await?.error_for_status()?.json().await?;
        let entries = journal.as_array().context("a list")?;
        let fits = |entry: &&Value| {
            entry["path"].as_str().is_some_and(|path| path.ends_with(path_end)) && grant.is_none_or(|grant| entry["grant_type"] == grant)
        };
        Ok(entries.iter().filter(fits).count())
    }

    /// Puts faults into the simulator.
    ///
    /// # Errors
    /// When it refuses them.
    pub async fn set_faults(&self, faults: Value) -> anyhow::Result<()> {
        let address = format!("http://{}/administration/clients/vestibule-demo/faults", self.simulator_administration);
        self.http.put(address).json(&faults).send().await?.error_for_status()?;
        Ok(())
    }
}

impl Member {
    async fn ready(&self) -> anyhow::Result<()> {
        until_ready(self.addresses.companion_administration, &self.folder.join("companion.log")).await
    }
}

/// The code with which this browser was sent back to the app.
///
/// # Errors
/// When it never was.
pub fn code_in(browser: &ScriptedBrowser, started: &Started) -> anyhow::Result<String> {
    let back = browser.history.iter().rev().find(|url| url.as_str().starts_with(&started.redirect_uri));
    let back = back.context("the browser never came back")?;
    Ok(back.query_pairs().find(|(name, _)| name == "code").context("no code came back")?.1.into_owned())
}

/// Seconds since 1970 on the machine's clock.
pub fn now() -> u64 {
    companion_server::clock::Clock::now(&companion_server::clock::SystemClock).unix_seconds().unsigned_abs()
}
