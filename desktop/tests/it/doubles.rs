//! Clock, keyring, browser and peer owner in the test's hand.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use url::Url;
use vestibule_desktop::browser::{Browser, BrowserNotOpened, Destination, Launcher};
use vestibule_desktop::card::{Atr, CardConnection, CardService, Fault, Reader, Sight, Slot, Waker};
use vestibule_desktop::clock::Clock;
use vestibule_desktop::file_manager::FileManager;
use vestibule_desktop::handlers::SchemeHandlers;
use vestibule_desktop::interruption::Interruption;
use vestibule_desktop::keyring::{KeyringError, SecretStore};
use vestibule_desktop::notifications::{Notice, Notifications};
use vestibule_desktop::peer_owner::{self, PeerOwner};
use vestibule_desktop::standard_output::{Canvas, StandardOutput};
use vestibule_desktop::workstation_input::WorkstationInput;

/// Moves only when it is told to.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Duration>,
    /// By how much somebody set the wall clock.
    set_by_ms: AtomicI64,
    /// The moments that somebody sleeps to.
    awaited: Mutex<Vec<Duration>>,
}

/// Somebody who sleeps to this moment, until he wakes or is dropped.
struct Sleeper<'a> {
    clock: &'a ManualClock,
    end: Duration,
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        let mut awaited = self.clock.awaited.lock().expect("unpoisoned");
        let place = awaited.iter().position(|end| *end == self.end).expect("noted when he fell asleep");
        awaited.swap_remove(place);
    }
}

/// Wall clock at the start of every test.
pub const START_MS: u64 = 1_800_000_000_000;

impl ManualClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { now: watch::channel(Duration::ZERO).0, set_by_ms: AtomicI64::new(0), awaited: Mutex::default() })
    }

    pub fn advance(&self, duration: Duration) {
        self.now.send_modify(|now| *now += duration);
    }

    pub fn now(&self) -> Duration {
        *self.now.borrow()
    }

    /// Somebody sets the wall clock: forward, or back when negative.
    pub fn is_set_by(&self, by_ms: i64) {
        self.set_by_ms.store(by_ms, Ordering::SeqCst);
    }

    /// Waits until somebody sleeps to this moment: whoever moves the clock before would move it under him.
    pub async fn is_awaited_at(&self, moment: Duration) {
        let moments = || self.awaited.lock().expect("unpoisoned").clone();
        let noted = async {
            while !moments().contains(&moment) {
                tokio::task::yield_now().await;
            }
        };
        let awaited = tokio::time::timeout(Duration::from_secs(20), noted).await;
        // Copied before: who sleeps still wakes while the test fails.
        awaited.unwrap_or_else(|_| {
            let moments = moments();
            panic!("nobody sleeps to {moment:?}, but to {moments:?}")
        });
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn unix_ms(&self) -> u64 {
        let passed = u64::try_from(self.elapsed().as_millis()).expect("a short test");
        (START_MS + passed).saturating_add_signed(self.set_by_ms.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        *self.now.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.elapsed() + duration;
        self.awaited.lock().expect("unpoisoned").push(end);
        let _sleeper = Sleeper { clock: self, end };
        self.now.subscribe().wait_for(|now| *now >= end).await.expect("the clock outlives its sleepers");
    }
}

/// Lets every task do what it wants to do now, in real time, while the clocks stand: only then is an absence one.
pub async fn a_moment() {
    tokio::time::timeout(Duration::from_millis(150), std::future::pending::<()>()).await.expect_err("time passes");
}

/// A keyring in memory, which can be locked or absent.
#[derive(Debug, Default)]
pub struct MemoryKeyring {
    entries: Mutex<HashMap<String, String>>,
    out_of_reach: Mutex<Option<KeyringError>>,
    calls_left: Mutex<Option<u32>>,
    /// A second entry of the same name.
    double: Mutex<Option<String>>,
    /// Does not answer while it is set.
    pub silent: AtomicBool,
    woken: tokio::sync::Notify,
    /// Calls that met its silence.
    unanswered: AtomicUsize,
}

impl MemoryKeyring {
    async fn answers(&self) {
        if self.silent.load(Ordering::SeqCst) {
            self.unanswered.fetch_add(1, Ordering::SeqCst);
        }
        while self.silent.load(Ordering::SeqCst) {
            self.woken.notified().await;
        }
    }

    /// Waits until that many calls met its silence.
    pub async fn is_waited_for(&self, calls: usize) {
        let met = async {
            while self.unanswered.load(Ordering::SeqCst) < calls {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), met).await.expect("asked in time");
    }

    /// Somebody unlocks it.
    pub fn answers_again(&self) {
        self.silent.store(false, Ordering::SeqCst);
        self.woken.notify_one();
    }

    /// Somebody puts a second entry beside ours, older or newer by these milliseconds.
    pub fn doubled(&self, newer_by_ms: i64, refresh_token: &str) {
        let entries = self.entries.lock().expect("unpoisoned");
        let mut value: serde_json::Value = serde_json::from_str(entries.values().next().expect("an entry")).expect("JSON");
        let written = value["written_at_ms"].as_u64().expect("a date");
        value["written_at_ms"] = written.saturating_add_signed(newer_by_ms).into();
        value["refresh_token"] = refresh_token.into();
        *self.double.lock().expect("unpoisoned") = Some(value.to_string());
    }

    /// Another program writes something else over ours.
    pub fn is_spoiled(&self) {
        *self.double.lock().expect("unpoisoned") = None;
        self.entries.lock().expect("unpoisoned").values_mut().for_each(|text| *text = "canary".to_owned());
    }

    pub fn is_doubled(&self) -> bool {
        self.double.lock().expect("unpoisoned").is_some()
    }

    pub fn out_of_reach(error: KeyringError) -> Arc<Self> {
        Arc::new(Self { out_of_reach: Mutex::new(Some(error)), ..Self::default() })
    }

    /// Somebody locks it, or unlocks it again; what it holds stays.
    pub fn answers_with(&self, error: Option<KeyringError>) {
        *self.out_of_reach.lock().expect("unpoisoned") = error;
    }

    /// Only so many more calls are answered, then it fails.
    pub fn fails_after(&self, calls: u32) {
        *self.calls_left.lock().expect("unpoisoned") = Some(calls);
    }

    fn check(&self) -> Result<(), KeyringError> {
        if let Some(left) = self.calls_left.lock().expect("unpoisoned").as_mut() {
            *left = left.checked_sub(1).ok_or(KeyringError::Failed)?;
        }
        (*self.out_of_reach.lock().expect("unpoisoned")).map_or(Ok(()), Err)
    }

    /// Everything it holds, for leak checks.
    pub fn contents(&self) -> String {
        self.entries.lock().expect("unpoisoned").values().cloned().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.lock().expect("unpoisoned").is_empty()
    }

    /// What another run does that sent them.
    pub fn forget_owed_sign_outs(&self) {
        for text in self.entries.lock().expect("unpoisoned").values_mut() {
            let mut entry: serde_json::Value = serde_json::from_str(text).expect("JSON");
            entry["owed_sign_outs"].take();
            entry.as_object_mut().expect("an entry").remove("owed_sign_outs");
            *text = entry.to_string();
        }
    }

    /// The one entry's refresh token.
    pub fn refresh_token(&self) -> Option<String> {
        let entries = self.entries.lock().expect("unpoisoned");
        let entry: serde_json::Value = serde_json::from_str(entries.values().next()?).expect("JSON");
        entry["refresh_token"].as_str().map(str::to_owned)
    }

    /// Waits until it holds no refresh token any more.
    pub async fn forgets(&self) {
        let forgotten = async {
            while self.refresh_token().is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("forgotten in time");
    }

    /// Waits until it holds one.
    pub async fn remembers(&self) {
        let remembered = async {
            while self.refresh_token().is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), remembered).await.expect("remembered in time");
    }

    /// As another process of the same user would.
    pub fn replace_refresh_token(&self, token: &str) {
        let mut entries = self.entries.lock().expect("unpoisoned");
        let entry = entries.values_mut().next().expect("an entry");
        let mut value: serde_json::Value = serde_json::from_str(entry).expect("JSON");
        value["refresh_token"] = token.into();
        *entry = value.to_string();
    }
}

#[async_trait]
impl SecretStore for MemoryKeyring {
    async fn load(&self, account: &str) -> Result<Vec<SecretString>, KeyringError> {
        self.answers().await;
        self.check()?;
        let entries = self.entries.lock().expect("unpoisoned").get(account).cloned();
        let other = self.double.lock().expect("unpoisoned").clone();
        Ok(entries.into_iter().chain(other).map(SecretString::from).collect())
    }

    async fn save(&self, account: &str, secret: SecretString) -> Result<(), KeyringError> {
        self.answers().await;
        self.check()?;
        *self.double.lock().expect("unpoisoned") = None;
        self.entries.lock().expect("unpoisoned").insert(account.to_owned(), secret.expose_secret().to_owned());
        Ok(())
    }
}

/// Remembers what it was asked to show; the test walks in its place.
#[derive(Debug)]
pub struct PaperBrowser {
    asked: watch::Sender<Vec<String>>,
    pub missing: AtomicBool,
}

impl PaperBrowser {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { asked: watch::channel(Vec::new()).0, missing: AtomicBool::new(false) })
    }

    /// How many addresses it was asked for.
    pub fn count(&self) -> usize {
        self.asked.borrow().len()
    }

    /// The address of that number, once it is asked for.
    pub async fn address(&self, number: usize) -> Url {
        let mut asked = self.asked.subscribe();
        let all = tokio::time::timeout(Duration::from_secs(20), asked.wait_for(|asked| asked.len() > number));
        let all = all.await.expect("the browser is asked for in time").expect("the browser lives");
        Url::parse(&all[number]).expect("an address")
    }
}

#[async_trait]
impl Browser for PaperBrowser {
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened> {
        if self.missing.load(Ordering::SeqCst) {
            return Err(BrowserNotOpened(std::io::Error::other("no launcher")));
        }
        self.asked.send_modify(|asked| asked.push(destination.as_str().to_owned()));
        Ok(())
    }

    async fn launcher(&self) -> Launcher {
        if self.missing.load(Ordering::SeqCst) {
            return Launcher::WithoutBrowser { program: "paper-open".to_owned() };
        }
        Launcher::Found { program: "paper-open".to_owned(), browser: Some("paper".to_owned()) }
    }
}

/// Says that the app's scheme is registered, or not.
#[derive(Debug, Default)]
pub struct Handlers {
    pub registered: AtomicBool,
}

#[async_trait]
impl SchemeHandlers for Handlers {
    async fn handler(&self, scheme: &str) -> Option<String> {
        self.registered.load(Ordering::SeqCst).then(|| format!("{scheme}.desktop"))
    }
}

/// Remembers which folders the desktop was asked to show; what is no folder is not shown.
#[derive(Debug, Default)]
pub struct PaperFiles(Mutex<Vec<PathBuf>>);

impl PaperFiles {
    pub fn shown(&self) -> Vec<PathBuf> {
        self.0.lock().expect("unpoisoned").clone()
    }

    /// Waits until that many were.
    pub async fn shows(&self, count: usize) {
        let shown = async {
            while self.shown().len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), shown).await.unwrap_or_else(|_| panic!("only {:?}", self.shown()));
    }
}

#[async_trait]
impl FileManager for PaperFiles {
    async fn show(&self, folder: &Path) -> std::io::Result<()> {
        self.0.lock().expect("unpoisoned").push(folder.to_owned());
        if folder.is_dir() { Ok(()) } else { Err(std::io::ErrorKind::NotADirectory.into()) }
    }
}

/// Remembers what the desktop was asked to show; `None` for a notice that was taken away.
#[derive(Debug, Default)]
pub struct PaperNotices(Mutex<Vec<Option<Notice>>>);

impl PaperNotices {
    pub fn all(&self) -> Vec<Option<Notice>> {
        self.0.lock().expect("unpoisoned").clone()
    }

    /// Waits until that many were shown or taken away.
    pub async fn are(&self, count: usize) -> Vec<Option<Notice>> {
        let shown = async {
            while self.all().len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), shown).await.unwrap_or_else(|_| panic!("only {:?}", self.all()));
        self.all()
    }
}

#[async_trait]
impl Notifications for PaperNotices {
    async fn show(&self, notice: Notice) {
        self.0.lock().expect("unpoisoned").push(Some(notice));
    }

    async fn withdraw(&self) {
        self.0.lock().expect("unpoisoned").push(None);
    }
}

/// Says of every connection what the test says.
#[derive(Debug)]
pub struct Owner {
    pub mine: AtomicBool,
}

impl Owner {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { mine: AtomicBool::new(true) })
    }
}

impl PeerOwner for Owner {
    fn owner(&self, _client: std::net::SocketAddrV4, _server: std::net::SocketAddrV4) -> peer_owner::Owner {
        if self.mine.load(Ordering::SeqCst) { peer_owner::Owner::Mine } else { peer_owner::Owner::Another }
    }
}

/// An answer in the raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    pub status: u16,
    pub head: String,
}

impl RawAnswer {
    pub fn location(&self) -> Url {
        let line = self.head.lines().find_map(|line| line.strip_prefix("Location: ")).expect("a location");
        Url::parse(line.trim()).expect("an address")
    }
}

/// Sends bytes to a loopback port and reads whatever comes back.
pub async fn raw(port: u16, request: &str) -> RawAnswer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // A listener that closed after its answer may reset the connection; what was read counts.
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.expect("an answer in time");
    let head = String::from_utf8_lossy(&answer).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    RawAnswer { status, head }
}

/// Visits an address as a browser does.
pub async fn visit(address: &Url) -> RawAnswer {
    let port = address.port().expect("a port");
    let target = &address[url::Position::BeforePath..url::Position::AfterQuery];
    raw(
        port,
        &format!(
            "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\
             Sec-Fetch-Site: cross-site\r\nAccept: text/html\r\n\r\n"
        ),
    )
    .await
}

/// Orders to stop a command.
#[derive(Debug, Default)]
pub struct Orders(tokio::sync::Notify);

impl Orders {
    /// Whoever listens now, or does next, is told once.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

#[async_trait]
impl Interruption for Orders {
    async fn comes(&self) {
        self.0.notified().await;
    }
}

/// Where the results of a command go.
#[derive(Debug, Default)]
pub struct Outlet {
    pub is_terminal: AtomicBool,
    pub is_unheard: AtomicBool,
    pub canvas: Mutex<Option<Canvas>>,
}

impl StandardOutput for Outlet {
    fn is_terminal(&self) -> bool {
        self.is_terminal.load(Ordering::SeqCst)
    }

    fn is_unheard(&self) -> bool {
        self.is_unheard.load(Ordering::SeqCst)
    }

    fn canvas(&self) -> Option<Canvas> {
        self.is_terminal.load(Ordering::SeqCst).then(|| self.canvas.lock().expect("never poisoned").unwrap_or(Canvas::UNKNOWN))
    }
}

/// Everything of the workstation that she can type into, besides our window.
#[derive(Debug)]
pub struct Keyboard {
    clock: Arc<ManualClock>,
    typed_at: Mutex<Option<Duration>>,
}

impl Keyboard {
    pub fn at(clock: Arc<ManualClock>) -> Arc<Self> {
        Arc::new(Self { clock, typed_at: Mutex::default() })
    }

    /// Somebody types, now.
    pub fn is_used(&self) {
        *self.typed_at.lock().expect("unpoisoned") = Some(self.clock.elapsed());
    }
}

#[async_trait]
impl WorkstationInput for Keyboard {
    async fn since_last(&self) -> Option<Duration> {
        let typed_at = *self.typed_at.lock().expect("unpoisoned");
        typed_at.map(|typed_at| self.clock.elapsed().saturating_sub(typed_at))
    }
}

/// How a CPS3 answers when it is powered up.
pub const CPS: &[u8] = &[0x3B, 0xAC, 0x00, 0x40, 0x2A, 0x00, 0x12, 0x25, 0x00, 0x64, 0x80, 0x00, 0x03, 0x10, 0x00, 0x90, 0x00];

/// How a patient's card does.
pub const OTHER: &[u8] = &[0x3B, 0x75, 0x13, 0x00, 0x00, 0x43, 0x09, 0xEA, 0x90, 0x00];

/// A card that says nothing when it is powered up.
pub const MUTE: &[u8] = &[];

/// Readers in the test's hand; at first, the workstation has no service for them.
#[derive(Debug)]
pub struct Readers {
    table: Arc<(Mutex<Table>, Condvar)>,
    /// That the system says are installed.
    pub drivers: Mutex<Option<Vec<String>>>,
}

#[derive(Debug)]
struct Table {
    sight: Sight,
    version: u64,
}

impl Default for Readers {
    fn default() -> Self {
        let table = Arc::new((Mutex::new(Table { sight: Err(Fault::NoService), version: 0 }), Condvar::new()));
        Self { table, drivers: Mutex::default() }
    }
}

impl Readers {
    /// These readers from now on, each with this card.
    pub fn are(&self, cards: &[(&str, Option<&[u8]>)]) {
        self.say(|version| {
            let slot = |card: Option<&[u8]>| match card {
                None => Slot::Empty,
                Some(MUTE) => Slot::Mute,
                Some(bytes) => Slot::Card(Atr::new(bytes)),
            };
            let events = u32::try_from(version).expect("a short test");
            Ok(cards.iter().map(|(name, card)| Reader { name: (*name).to_owned(), slot: slot(*card), events }).collect())
        });
    }

    /// The service stops answering so.
    pub fn fail(&self, fault: Fault) {
        self.say(|_| Err(fault));
    }

    fn say(&self, sight: impl FnOnce(u64) -> Sight) {
        let (table, changed) = &*self.table;
        let mut table = table.lock().expect("unpoisoned");
        table.version += 1;
        table.sight = sight(table.version);
        changed.notify_all();
    }
}

struct Watched {
    readers: Arc<(Mutex<Table>, Condvar)>,
    seen: Option<u64>,
    is_left: Arc<AtomicBool>,
}

impl CardService for Readers {
    fn connect(&self) -> Result<Box<dyn CardConnection>, Fault> {
        self.table.0.lock().expect("unpoisoned").sight.clone()?;
        Ok(Box::new(Watched { readers: self.table.clone(), seen: None, is_left: Arc::default() }))
    }

    fn drivers(&self) -> Option<Vec<String>> {
        self.drivers.lock().expect("unpoisoned").clone()
    }
}

impl CardConnection for Watched {
    fn next(&mut self, longest: Duration) -> Result<Vec<Reader>, Fault> {
        let (table, changed) = &*self.readers;
        let guard = table.lock().expect("unpoisoned");
        let is_known = |table: &mut Table| self.seen == Some(table.version) && !self.is_left.load(Ordering::SeqCst);
        let (table, _) = changed.wait_timeout_while(guard, longest, is_known).expect("unpoisoned");
        self.seen = Some(table.version);
        table.sight.clone()
    }

    fn waker(&self) -> Waker {
        let (readers, is_left) = (self.readers.clone(), self.is_left.clone());
        Box::new(move || {
            is_left.store(true, Ordering::SeqCst);
            readers.1.notify_all();
        })
    }
}
