//! An app under test: engine, doubles, and what its window would show.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;
use vestibule_desktop::paths::{Paths, PolicyPlace};
use vestibule_desktop::random::SystemRandom;
use vestibule_desktop::trusted_file::PolicyOwner;
use vestibule_desktop::{Engine, EngineHandle, Ports, Settings};
use vestibule_model::view::{AppRequest, AppView, Screen, SessionView, SignInNotice, WaitingView};

use crate::companion::{Companion, answers_code};
use crate::doubles::{
    Handlers, Keyboard, ManualClock, MemoryKeyring, Orders, Outlet, Owner, PaperBrowser, PaperFiles, PaperNotices, Readers, visit,
};

/// A workstation: what outlives a restart of the app.
pub struct Workstation {
    pub folder: TempDir,
    pub clock: Arc<ManualClock>,
    pub keyring: Arc<MemoryKeyring>,
    pub browser: Arc<PaperBrowser>,
    pub owner: Arc<Owner>,
    pub handlers: Arc<Handlers>,
    pub files: Arc<PaperFiles>,
    pub notices: Arc<PaperNotices>,
    pub orders: Arc<Orders>,
    pub outlet: Arc<Outlet>,
    pub keyboard: Arc<Keyboard>,
    pub readers: Arc<Readers>,
    /// More lines of the policy.
    pub policy: String,
}

pub struct App {
    pub handle: EngineHandle,
    pub view: watch::Receiver<AppView>,
    pub browser: Arc<PaperBrowser>,
    pub clock: Arc<ManualClock>,
}

pub fn settings(folder: &Path, companion: &Companion, more: &str) -> Settings {
    let at = |name: &str| folder.join(name);
    let policy = at("development.toml");
    let address = companion.origin.as_str();
    std::fs::write(&policy, format!("companion_url = \"{address}\"\ndevice_label = \"Salle 3\"\n{more}")).expect("written");
    let paths = Paths {
        machine_policy: PolicyPlace::File { path: at("none"), owner: PolicyOwner::Root },
        user_settings: at("user.toml"),
        logs: at("logs"),
        session_lock: at("lock"),
        unfinished_sign_ins: at("unfinished"),
        shared_workstation: at("shared"),
        reports: at("reports"),
    };
    Settings::load_from(paths, Some(&policy), "poste").expect("good settings")
}

impl Workstation {
    pub fn new() -> Self {
        Self::with_keyring(Arc::new(MemoryKeyring::default()))
    }

    pub fn with_keyring(keyring: Arc<MemoryKeyring>) -> Self {
        // Before anything logs: some tests read what their thread says.
        crate::paper::hears();
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, browser, owner) = (ManualClock::new(), PaperBrowser::new(), Owner::new());
        let keyboard = Keyboard::at(clock.clone());
        Self {
            folder,
            clock,
            keyring,
            browser,
            owner,
            handlers: Arc::default(),
            files: Arc::default(),
            notices: Arc::default(),
            orders: Arc::default(),
            outlet: Arc::default(),
            keyboard,
            readers: Arc::default(),
            policy: String::new(),
        }
    }

    /// With more lines in its policy.
    pub fn with_policy(lines: &str) -> Self {
        Self { policy: lines.to_owned(), ..Self::new() }
    }

    pub fn settings(&self, companion: &Companion) -> Settings {
        settings(self.folder.path(), companion, &self.policy)
    }

    pub fn ports(&self) -> Ports {
        Ports {
            browser: self.browser.clone(),
            keyring: self.keyring.clone(),
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            peer_owner: self.owner.clone(),
            handlers: self.handlers.clone(),
            notifications: self.notices.clone(),
            workstation_input: self.keyboard.clone(),
            cards: self.readers.clone(),
            file_manager: self.files.clone(),
            interruption: self.orders.clone(),
            standard_output: self.outlet.clone(),
        }
    }

    /// Every file of this user on this workstation, for leak checks.
    pub fn files(&self) -> String {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
        entries.filter_map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).ok()).collect()
    }

    /// Waits until that many sign-ins are noted as begun and not ended.
    pub async fn has_unfinished(&self, count: usize) {
        let folder = self.folder.path().join("unfinished");
        let noted = async {
            while std::fs::read_dir(&folder).map_or(0, Iterator::count) != count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), noted).await.unwrap_or_else(|_| panic!("not {count} sign-ins are noted"));
    }

    pub fn start(&self, companion: &Companion) -> App {
        let handle = Engine::start(self.settings(companion), self.ports());
        App { view: handle.view(), handle, browser: self.browser.clone(), clock: self.clock.clone() }
    }
}

impl App {
    /// The first screen that the test accepts.
    pub async fn shows<T>(&mut self, accept: impl Fn(&Screen) -> Option<T>) -> T {
        let mut view = self.view.clone();
        let accepted = async {
            loop {
                if let Some(accepted) = accept(&view.borrow_and_update().screen) {
                    return accepted;
                }
                view.changed().await.expect("the engine lives");
            }
        };
        let screen = self.view.borrow().screen.clone();
        tokio::time::timeout(Duration::from_secs(20), accepted).await.unwrap_or_else(|_| panic!("never shown; first {screen:?}"))
    }

    /// The same while time passes, a second at a step, up to `limit`: from then on the clock stands, and a busy machine may take its own.
    pub async fn shows_in_time<T>(&mut self, limit: Duration, accept: impl Fn(&Screen) -> Option<T>) -> T {
        let mut view = self.view.clone();
        let mut passed = Duration::ZERO;
        while passed < limit {
            if let Some(accepted) = accept(&view.borrow_and_update().screen) {
                return accepted;
            }
            if tokio::time::timeout(Duration::from_millis(15), view.changed()).await.is_err() {
                self.clock.advance(Duration::from_secs(1));
                passed += Duration::from_secs(1);
            }
        }
        self.shows(accept).await
    }

    /// The same for what needs little time of the clock and perhaps much of a busy machine: at most a hundred seconds, ten real ones.
    pub async fn shows_patiently<T>(&mut self, accept: impl Fn(&Screen) -> Option<T>) -> T {
        let mut view = self.view.clone();
        for _ in 0..100 {
            if let Some(accepted) = accept(&view.borrow_and_update().screen) {
                return accepted;
            }
            if tokio::time::timeout(Duration::from_millis(100), view.changed()).await.is_err() {
                self.clock.advance(Duration::from_secs(1));
            }
        }
        panic!("not shown; last {:?}", self.view.borrow().screen)
    }

    pub async fn rests(&mut self) -> Option<SignInNotice> {
        self.shows(|screen| match screen {
            Screen::SignIn { notice } => Some(*notice),
            _ => None,
        })
        .await
    }

    pub async fn waits(&mut self) -> WaitingView {
        self.shows(|screen| match screen {
            Screen::WaitingForBrowser(waiting) => Some(waiting.clone()),
            _ => None,
        })
        .await
    }

    pub async fn is_signed_in(&mut self) -> SessionView {
        self.shows(|screen| match screen {
            Screen::SignedIn { session } => Some(session.clone()),
            _ => None,
        })
        .await
    }

    pub async fn has_problem(&mut self) -> String {
        self.shows(|screen| match screen {
            Screen::Problem(problem) => Some(problem.code.to_string()),
            _ => None,
        })
        .await
    }

    /// Through the whole exchange, as a person with a browser.
    pub async fn signs_in(&mut self, companion: &Companion) -> SessionView {
        self.rests().await;
        let number = self.browser.count();
        self.handle.request(AppRequest::SignIn);
        let launch = self.browser.address(number).await;
        assert_eq!(visit(&launch).await.status, 303);
        assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
        self.is_signed_in().await
    }
}
