//! The real engine of the app inside the test's own process, before the real companion and the simulator: clock, keyboard, card readers,
//! browser, keyring and notices in the test's hand, everything else as it is shipped.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test asks for one screen and takes no other")]

use std::collections::HashMap;
use std::net::SocketAddrV4;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{mpsc, watch};
use vestibule_desktop::browser::{Browser, BrowserNotOpened, Destination, Launcher};
use vestibule_desktop::cli::{self, Output, Typing};
use vestibule_desktop::clock::Clock;
use vestibule_desktop::file_manager::FileManager;
use vestibule_desktop::handlers::SchemeHandlers;
use vestibule_desktop::interruption::Interruption;
use vestibule_desktop::keyring::{KeyringError, SecretStore};
use vestibule_desktop::notifications::{Notice, Notifications};
use vestibule_desktop::paths::{Paths, PolicyPlace};
use vestibule_desktop::peer_owner::{Owner, PeerOwner};
use vestibule_desktop::random::SystemRandom;
use vestibule_desktop::standard_output::{Canvas, StandardOutput};
use vestibule_desktop::trusted_file::PolicyOwner;
use vestibule_desktop::workstation_input::WorkstationInput;
use vestibule_desktop::{Engine, EngineHandle, Ports, Settings};
use vestibule_model::view::{AppRequest, AppView, Screen};

use crate::browser_double::{Page, Person, ScriptedBrowser};

mod readers;

pub use readers::Readers;

/// Real time after which an expected screen is missing.
const PATIENCE: Duration = Duration::from_secs(60);

/// One workstation and the app on it.
#[derive(Debug)]
pub struct Workplace {
    folder: tempfile::TempDir,
    policy: String,
    companion: String,
    pub clock: Arc<PostClock>,
    pub keyring: Arc<Chest>,
    pub notices: Arc<Board>,
    pub readers: Arc<Readers>,
    asked: Mutex<mpsc::UnboundedReceiver<String>>,
    browser: Arc<Asked>,
    person: ScriptedBrowser,
}

/// The app, running.
#[derive(Debug)]
pub struct App {
    pub handle: EngineHandle,
    pub view: watch::Receiver<AppView>,
}

/// The workstation's clocks: wall, with suspensions, and without them.
#[derive(Debug)]
pub struct PostClock {
    start_s: u64,
    now: watch::Sender<Times>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Times {
    elapsed: Duration,
    asleep: Duration,
    /// By which the wall clock is wrong, in seconds.
    wrong_by_s: i64,
    /// The last key of her, by the clock that counts no suspension.
    typed: Option<Duration>,
    /// The system does not say when she typed.
    is_deaf: bool,
}

impl PostClock {
    /// Time passes.
    pub fn advance(&self, seconds: u32) {
        self.now.send_modify(|now| now.elapsed += Duration::from_secs(u64::from(seconds)));
    }

    /// The lid is shut for so long: every clock goes on but the one that counts no suspension.
    pub fn sleeps(&self, seconds: u32) {
        self.now.send_modify(|now| {
            now.elapsed += Duration::from_secs(u64::from(seconds));
            now.asleep += Duration::from_secs(u64::from(seconds));
        });
    }

    /// Somebody sets the wall clock: forward, or back when negative.
    pub fn is_set_by(&self, seconds: i64) {
        self.now.send_modify(|now| now.wrong_by_s += seconds);
    }

    /// Whether the system says when somebody typed: a remote desktop that nobody sits at does not.
    pub fn hears(&self, hears: bool) {
        self.now.send_modify(|now| now.is_deaf = !hears);
    }

    /// Somebody types on this workstation.
    pub fn key(&self) {
        self.now.send_modify(|now| now.typed = Some(now.elapsed - now.asleep));
    }
}

#[async_trait::async_trait]
impl Clock for PostClock {
    fn unix_ms(&self) -> u64 {
        let now = *self.now.borrow();
        (self.start_s.saturating_add_signed(now.wrong_by_s) + now.elapsed.as_secs()) * 1000
    }

    fn elapsed(&self) -> Duration {
        self.now.borrow().elapsed
    }

    fn awake(&self) -> Duration {
        let now = *self.now.borrow();
        now.elapsed - now.asleep
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.elapsed() + duration;
        // A clock that is gone wakes nobody, and nobody is left to be woken.
        let _ = self.now.subscribe().wait_for(|now| now.elapsed >= end).await;
    }
}

#[async_trait::async_trait]
impl WorkstationInput for PostClock {
    async fn since_last(&self) -> Option<Duration> {
        let now = *self.now.borrow();
        now.typed.filter(|_| !now.is_deaf).map(|typed| now.elapsed - now.asleep - typed)
    }
}

/// A keyring in memory.
#[derive(Debug, Default)]
pub struct Chest(Mutex<HashMap<String, String>>);

impl Chest {
    /// What somebody took from it before is in it again.
    pub fn is_given_back(&self, former: &Self) {
        let former = former.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = former;
    }

    /// A copy of all that it holds, as of somebody who reads it.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    /// All that it holds, for the search of what must not be there.
    pub fn contents(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[async_trait::async_trait]
impl SecretStore for Chest {
    async fn load(&self, account: &str) -> Result<Vec<SecretString>, KeyringError> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.get(account).cloned().into_iter().map(SecretString::from).collect())
    }

    async fn save(&self, account: &str, secret: SecretString) -> Result<(), KeyringError> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(account.to_owned(), secret.expose_secret().to_owned());
        Ok(())
    }
}

/// What the desktop was asked to show.
#[derive(Debug, Default)]
pub struct Board(Mutex<Vec<Notice>>);

impl Board {
    /// Every notice so far.
    pub fn all(&self) -> Vec<Notice> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl Notifications for Board {
    async fn show(&self, notice: Notice) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }

    async fn withdraw(&self) {}
}

/// The browser that the app asks for; the test walks in its place.
#[derive(Debug)]
struct Asked(mpsc::UnboundedSender<String>);

#[async_trait::async_trait]
impl Browser for Asked {
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened> {
        self.0.send(destination.as_str().to_owned()).map_err(|_| BrowserNotOpened(std::io::Error::other("the test is over")))
    }

    async fn launcher(&self) -> Launcher {
        Launcher::Missing
    }
}

/// The rest of a workstation where nothing happens.
#[derive(Debug)]
struct Quiet;

impl PeerOwner for Quiet {
    fn owner(&self, _client: SocketAddrV4, _server: SocketAddrV4) -> Owner {
        Owner::Mine
    }
}

#[async_trait::async_trait]
impl SchemeHandlers for Quiet {
    async fn handler(&self, _scheme: &str) -> Option<String> {
        None
    }
}

#[async_trait::async_trait]
impl FileManager for Quiet {
    async fn show(&self, _folder: &std::path::Path) -> std::io::Result<()> {
        Ok(())
    }
}

impl StandardOutput for Quiet {
    fn is_terminal(&self) -> bool {
        false
    }

    fn is_unheard(&self) -> bool {
        false
    }

    fn canvas(&self) -> Option<Canvas> {
        None
    }
}

#[async_trait::async_trait]
impl Interruption for Quiet {
    async fn comes(&self) {
        std::future::pending().await
    }
}

impl Workplace {
    /// Of a companion, with more lines in its policy; its clock starts at these seconds since 1970.
    ///
    /// # Errors
    /// When the machine has no room for it.
    pub fn new(companion: &str, start_s: u64, policy: &str) -> anyhow::Result<Self> {
        let (asked_in, asked) = mpsc::unbounded_channel();
        Ok(Self {
            folder: tempfile::Builder::new().prefix("vestibule-workplace.").tempdir()?,
            policy: policy.to_owned(),
            companion: companion.to_owned(),
            clock: Arc::new(PostClock { start_s, now: watch::channel(Times::default()).0 }),
            keyring: Arc::default(),
            notices: Arc::default(),
            readers: Arc::default(),
            asked: Mutex::new(asked),
            browser: Arc::new(Asked(asked_in)),
            person: ScriptedBrowser::new()?,
        })
    }

    /// Where this user's files are.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Starts the app, as after a boot or a crash.
    ///
    /// # Errors
    /// When the settings are not good.
    pub fn start(&self) -> anyhow::Result<App> {
        let handle = Engine::start(self.settings()?, self.ports());
        Ok(App { view: handle.view(), handle })
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let at = |name: &str| self.folder.path().join(name);
        let policy = at("development.toml");
        std::fs::write(&policy, format!("companion_url = \"{}\"\ndevice_label = \"Salle 3\"\n{}", self.companion, self.policy))?;
        let paths = Paths {
            machine_policy: PolicyPlace::File { path: at("none"), owner: PolicyOwner::Root },
            user_settings: at("user.toml"),
            logs: at("logs"),
            session_lock: at("lock"),
            unfinished_sign_ins: at("unfinished"),
            shared_workstation: at("shared"),
            reports: at("reports"),
        };
        Ok(Settings::load_from(paths, Some(&policy), "poste")?)
    }

    fn ports(&self) -> Ports {
        Ports {
            browser: self.browser.clone(),
            keyring: self.keyring.clone(),
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            peer_owner: Arc::new(Quiet),
            handlers: Arc::new(Quiet),
            notifications: self.notices.clone(),
            workstation_input: self.clock.clone(),
            cards: self.readers.clone(),
            file_manager: Arc::new(Quiet),
            interruption: Arc::new(Quiet),
            standard_output: Arc::new(Quiet),
        }
    }

    /// How many times a browser was asked for and nobody walked yet.
    pub fn browsers_waiting(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// One command of the command line in the same place; exit code, and what it wrote on both ways out.
    ///
    /// # Errors
    /// When the settings are not good.
    pub async fn runs(&self, arguments: &[&str]) -> anyhow::Result<(u8, String)> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let arguments = std::iter::once("vestibule").chain(arguments.iter().copied()).map(str::to_owned).collect();
        let nobody: Typing = Box::new(|| mpsc::unbounded_channel().1);
        let exit = cli::run(arguments, Ok(self.settings()?), self.ports(), nobody, Output { out: &mut out, err: &mut err }).await;
        Ok((exit, String::from_utf8([out, err].concat())?))
    }

    /// Signs a persona in, in the same browser each time, and chooses her first situation.
    ///
    /// # Errors
    /// When a page or a screen does not come.
    pub async fn signs_in(&mut self, app: &mut App, persona: &str) -> anyhow::Result<()> {
        self.signs_in_as(app, &Person::named(persona)).await
    }

    /// The same, her way.
    ///
    /// # Errors
    /// As [`Self::signs_in`].
    pub async fn signs_in_as(&mut self, app: &mut App, person: &Person) -> anyhow::Result<()> {
        self.comes_back(app, person).await?;
        let chosen = |screen: &Screen| match screen {
            Screen::ChoosingSituation { situations, .. } => Some(situations.first().map(|situation| situation.id.clone())),
            Screen::SignedIn { .. } => Some(None),
            _ => None,
        };
        if let Some(situation_id) = app.shows("signed in", chosen).await? {
            app.handle.request(AppRequest::ChooseSituation { situation_id });
            app.shows("signed in", |screen| matches!(screen, Screen::SignedIn { .. }).then_some(())).await?;
        }
        Ok(())
    }

    /// The same until the browser has done its part: whatever the app shows then.
    ///
    /// # Errors
    /// When a page does not come.
    pub async fn comes_back(&mut self, app: &mut App, person: &Person) -> anyhow::Result<()> {
        app.handle.request(AppRequest::SignIn);
        let address = self.asked.get_mut().unwrap_or_else(PoisonError::into_inner).recv();
        let address = tokio::time::timeout(PATIENCE, address).await;
        let address = address.with_context(|| format!("no browser was asked for; shown: {}", app.shown()))?.context("the app is gone")?;
        self.person.walk(&address, person).await?;
        Ok(())
    }

    /// What the browser of this workstation shows at an address.
    ///
    /// # Errors
    /// When nothing answers there.
    pub async fn reads(&mut self, address: &str) -> anyhow::Result<Page> {
        self.person.open(address).await
    }
}

impl App {
    /// The first screen that the test accepts.
    ///
    /// # Errors
    /// When none comes; `expected` says which.
    pub async fn shows<T>(&mut self, expected: &str, accept: impl Fn(&Screen) -> Option<T>) -> anyhow::Result<T> {
        let mut view = self.view.clone();
        let accepted = async {
            loop {
                if let Some(accepted) = accept(&view.borrow_and_update().screen) {
                    return Ok(accepted);
                }
                view.changed().await.context("the engine is gone")?;
            }
        };
        let found: anyhow::Result<T> = tokio::time::timeout(PATIENCE, accepted).await.unwrap_or_else(|_| Err(anyhow::anyhow!("in vain")));
        found.with_context(|| format!("{expected} was expected; shown: {}", self.shown()))
    }

    /// For messages: which screen, never whose.
    fn shown(&self) -> String {
        match &self.view.borrow().screen {
            Screen::Problem(problem) => format!("problem {}", problem.code),
            screen => format!("{screen:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned(),
        }
    }
}
