//! Simulator and companion inside the test's own process, on free ports, with clocks that the test moves together.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use companion_server::clock::{Clock, ManualClock, Timestamp};
use companion_server::config::Config;
use companion_server::random::SystemRandom;
use psc_simulator::keys::SigningKeys;
use psc_simulator::persona;
use psc_simulator::settings::{Authentication, Client, Settings};
use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;
use vestibule_installation::Installation;

use crate::browser_double::{Person, ScriptedBrowser};
use crate::raw_client::{Answer, RawClient, Started, Tokens, random_text};

/// What differs from one test to another.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    pub shared_workstation: bool,
    /// A TOML list; all of them when `None`.
    pub exchanges: Option<&'static str>,
    /// More lines of the section `[workstations]`.
    pub workstations: &'static str,
    /// More lines of the section `[psc]`.
    pub psc: &'static str,
    /// With a line to the companion that can be cut: [`Stack::cut_the_line`].
    pub on_a_line: bool,
}

/// The companion that runs.
#[derive(Debug)]
struct Running {
    config: std::path::PathBuf,
    public: SocketAddr,
    administration: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    fn start(config: std::path::PathBuf, [public, administration]: [TcpListener; 2], clock: &Arc<ManualClock>) -> anyhow::Result<Self> {
        let (stop, loaded, clock) = (CancellationToken::new(), Config::load(&config)?, Arc::clone(clock));
        let addresses = (public.local_addr()?, administration.local_addr()?);
        let task = tokio::spawn({
            let (listeners, stop) = (companion_server::Listeners { public, administration }, stop.clone());
            async move {
                let run = companion_server::run(loaded, listeners, clock as Arc<dyn Clock>, Arc::new(SystemRandom), stop);
                run.await.map_err(anyhow::Error::from)
            }
        });
        Ok(Self { config, public: addresses.0, administration: addresses.1, stop, task })
    }
}

/// The running stack; dropped, it stops.
#[derive(Debug)]
pub struct Stack {
    pub companion_url: String,
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    administration: String,
    companion_administration: String,
    shutdown: CancellationToken,
    simulator: JoinHandle<anyhow::Result<()>>,
    companion: Running,
    line: Option<Line>,
    http: reqwest::Client,
}

thread_local! {
    /// Each `#[tokio::test]` runs on a thread of its own: its clock is its own.
    static NOW: std::cell::Cell<u64> = const { std::cell::Cell::new(START_S) };
}

/// 2026-11-22, 12:00 UTC.
const START_S: u64 = 1_795_348_800;

/// Seconds since 1970 on this test's clock.
pub fn now() -> u64 {
    NOW.with(std::cell::Cell::get)
}

impl Stack {
    /// Starts both and waits until they listen.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        Self::start_with_people(options, persona::embedded()?).await
    }

    /// The same, with people of the test's own at the provider.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with_people(options: Options, personas: Vec<persona::Persona>) -> anyhow::Result<Self> {
        Self::start_behind(None, options, personas).await
    }

    /// The same with a companion that apps and browsers find at another address than its own, if one is given.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_behind(front: Option<&str>, options: Options, personas: Vec<persona::Persona>) -> anyhow::Result<Self> {
        NOW.with(|now| now.set(START_S));
        let folder = tempfile::Builder::new().prefix("vestibule-stack.").tempdir()?;
        let shutdown = CancellationToken::new();
        let own = [listener()?, listener()?];
        let line = if options.on_a_line { Some(Line::to(own[0].local_addr()?)?) } else { None };
        let address = line.as_ref().map_or_else(|| own[0].local_addr(), |line| Ok(line.address))?;
        let companion_url = front.map_or_else(|| format!("http://{address}"), ToOwned::to_owned);

        let any: SocketAddr = "127.0.0.1:0".parse()?;
        let listeners = psc_simulator::Listeners::bind(any, any, any).await?;
        let addresses = listeners.addresses()?;
        let file = installation([own[0].local_addr()?, own[1].local_addr()?], &addresses, options)
            .known_as(&companion_url)
            .write(folder.path())?;
        let secret = fs::read_to_string(folder.path().join("client-secret"))?;
        let settings = Settings {
            clients: vec![Client {
                id: "vestibule-demo".into(),
                name: "Dossier Exemple".into(),
                authentication: Authentication::Secret(secret.into()),
                redirect_uris: vec![format!("{companion_url}/psc/callback")],
                logout_uris: vec![format!("{companion_url}/psc/logout-return")],
            }],
            personas,
            keys: signing_keys()?,
        };
        let simulator_clock = Arc::new(psc_simulator::clock::ManualClock::at(START_S));
        let simulator = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { psc_simulator::run(settings, listeners, simulator_clock, shutdown).await.map_err(anyhow::Error::from) }
        });

        let clock = Arc::new(ManualClock::at(Timestamp(i64::try_from(START_S)? * 1000)));
        let companion = Running::start(file, own, &clock)?;
        Ok(Self {
            companion_url,
            folder,
            clock,
            administration: format!("http://{}", addresses.administration),
            companion_administration: format!("http://{}", companion.administration),
            shutdown,
            simulator,
            companion,
            line,
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Where the companion itself listens.
    pub fn companion_listener(&self) -> SocketAddr {
        self.companion.public
    }

    /// Stops the companion as its service would, and starts it again on the same memory and addresses.
    ///
    /// # Errors
    /// When it does not stop within half a minute, or does not start.
    pub async fn restart_companion(&mut self) -> anyhow::Result<()> {
        self.companion.stop.cancel();
        let task = std::mem::replace(&mut self.companion.task, tokio::spawn(async { Ok(()) }));
        tokio::time::timeout(std::time::Duration::from_secs(30), task).await.context("the companion does not stop")???;
        let again = [TcpListener::bind(self.companion.public)?, TcpListener::bind(self.companion.administration)?];
        self.companion = Running::start(self.companion.config.clone(), again, &self.clock)?;
        Ok(())
    }

    /// Moves both clocks and those of the raw clients of this test.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn advance(&self, seconds: u32) -> anyhow::Result<()> {
        self.clock.advance_seconds(i64::from(seconds));
        NOW.with(|now| now.set(now.get() + u64::from(seconds)));
        self.http
            .post(format!("{}/administration/clock/advance", self.administration))
            .json(&serde_json::json!({ "seconds": seconds }))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Moves the companion's clock and those of this test's apps, not the provider's: forward, or back when negative.
    pub fn set_companion_off(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
        NOW.with(|now| now.set(now.get().saturating_add_signed(seconds)));
    }

    /// Nobody reaches the companion any more, calls under way included; or everybody does again. Of a stack [`Options::on_a_line`].
    pub fn cut_the_line(&self, is_cut: bool) {
        if let Some(line) = &self.line {
            line.is_cut.send_replace(is_cut);
        }
    }

    /// The token that opens the companion's administration.
    ///
    /// # Errors
    /// When the companion has not made it.
    pub fn administration_token(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("administration-token"))?)
    }

    /// A new installation of an app.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn app(&self) -> anyhow::Result<RawClient> {
        RawClient::new(&self.companion_url, now)
    }

    /// Signs `persona` in on `app` with a fresh browser.
    ///
    /// # Errors
    /// When any step fails.
    pub async fn sign_in(&self, app: &RawClient, persona: &str) -> anyhow::Result<Tokens> {
        self.sign_in_with(app, &mut ScriptedBrowser::new()?, &Person::named(persona)).await?.tokens()
    }

    /// Signs in with this browser; the answer of the token endpoint, whatever it is.
    ///
    /// # Errors
    /// When a page or the companion does not answer, or no code comes back.
    pub async fn sign_in_with(&self, app: &RawClient, browser: &mut ScriptedBrowser, person: &Person) -> anyhow::Result<Answer> {
        let (started, back) = self.walk(app, browser, person).await?;
        let code = back.query_pairs().find(|(name, _)| name == "code").context("no code came back")?.1.into_owned();
        app.redeem(&started, &code).await
    }

    /// Walks until the browser is sent back to the app's loopback address, which is returned.
    ///
    /// # Errors
    /// When it never is.
    pub async fn walk(&self, app: &RawClient, browser: &mut ScriptedBrowser, person: &Person) -> anyhow::Result<(Started, Url)> {
        let doorstep = Doorstep::open()?;
        let started = app.start(&doorstep.redirect_uri).await?;
        browser.walk(&app.authorize_address(&started), person).await?;
        let back = browser
            .history
            .iter()
            .rev()
            .find(|url| url.as_str().starts_with(&doorstep.redirect_uri))
            .context("the browser never came back")?;
        Ok((started, back.clone()))
    }

    /// Requests that the simulator received on paths ending so, with this grant if one is given.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn provider_saw(&self, path_end: &str, grant: Option<&str>) -> anyhow::Result<usize> {
        let journal: Value = self.http.get(format!("{}/administration/journal", self.administration)).send().await?.json().await?;
        let entries = journal.as_array().context("a list")?;
        Ok(entries
            .iter()
            .filter(|entry| entry["path"].as_str().is_some_and(|path| path.ends_with(path_end)))
            .filter(|entry| grant.is_none_or(|grant| entry["grant_type"] == grant))
            .count())
    }

    /// Every request that the simulator received, whichever it was.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub async fn provider_heard(&self) -> anyhow::Result<usize> {
        self.provider_saw("", None).await
    }

    /// Puts faults into the simulator.
    ///
    /// # Errors
    /// When it refuses them.
    pub async fn set_faults(&self, faults: Value) -> anyhow::Result<()> {
        let address = format!("{}/administration/clients/vestibule-demo/faults", self.administration);
        self.http.put(address).json(&faults).send().await?.error_for_status()?;
        Ok(())
    }

    /// Changes the key with which the simulator signs.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn rotate_provider_keys(&self) -> anyhow::Result<()> {
        self.http.post(format!("{}/administration/keys/rotate", self.administration)).send().await?.error_for_status()?;
        Ok(())
    }

    /// The companion's database file.
    pub fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("memory/companion.sqlite")
    }

    /// Names of the events of the companion's audit trail, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trail(&self) -> anyhow::Result<Vec<String>> {
        let mut memory = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(self.database())).await?;
        Ok(sqlx::query_scalar("SELECT event FROM audit ORDER BY id").fetch_all(&mut memory).await?)
    }

    /// Address of the companion's administration listener.
    pub fn companion_administration(&self) -> &str {
        &self.companion_administration
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.companion.stop.cancel();
        self.simulator.abort();
        self.companion.task.abort();
    }
}

/// A loopback address that answers the browser's return with a page, as an app's listener would.
#[derive(Debug)]
pub struct Doorstep {
    pub redirect_uri: String,
    task: JoinHandle<()>,
}

impl Doorstep {
    /// On a free port, at a random path.
    ///
    /// # Errors
    /// When loopback has no port left.
    pub fn open() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let redirect_uri = format!("http://{}/cb/{}", listener.local_addr()?, random_text());
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0_u8; 8192];
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
            }
        });
        Ok(Self { redirect_uri, task })
    }
}

impl Drop for Doorstep {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Made once in a process: a pair takes longer to make than a test to run.
fn signing_keys() -> anyhow::Result<SigningKeys> {
    static KEYS: OnceLock<SigningKeys> = OnceLock::new();
    if let Some(keys) = KEYS.get() {
        return Ok(keys.detached());
    }
    let keys = SigningKeys::generate()?;
    Ok(KEYS.get_or_init(|| keys).detached())
}

fn listener() -> anyhow::Result<TcpListener> {
    Ok(TcpListener::bind("127.0.0.1:0")?)
}

fn installation([companion, administration]: [SocketAddr; 2], psc: &psc_simulator::Addresses, options: Options) -> Installation {
    let exchanges = options.exchanges.map(|list| format!("exchanges = {list}")).unwrap_or_default();
    Installation::at(companion)
        .administered_at(administration)
        .towards(&format!("http://{}", psc.auth), &format!("http://{}", psc.wallet))
        .unhurried()
        .with(&format!(
            "[psc]\n{}\n[workstations]\nshared = {}\n{exchanges}\n{}",
            options.psc, options.shared_workstation, options.workstations
        ))
}

/// The way to the companion, in the test's hand.
#[derive(Debug)]
struct Line {
    address: SocketAddr,
    is_cut: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Line {
    fn to(companion: SocketAddr) -> anyhow::Result<Self> {
        let listener = listener()?;
        let (address, is_cut) = (listener.local_addr()?, watch::channel(false).0);
        listener.set_nonblocking(true)?;
        let (listener, cut) = (tokio::net::TcpListener::from_std(listener)?, is_cut.subscribe());
        let task = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut cut = cut.clone();
                tokio::spawn(async move {
                    if *cut.borrow_and_update() {
                        return;
                    }
                    let Ok(mut server) = tokio::net::TcpStream::connect(companion).await else { return };
                    tokio::select! {
                        // Either side may hang up first.
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        _ = cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Ok(Self { address, is_cut, task })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}
