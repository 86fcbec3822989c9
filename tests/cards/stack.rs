//! A real smart card service with two virtual readers, the cards that are put into them, and `vestibule card watch` which looks on.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use vestibule_tests::programs::program;

pub const CPS3: &str = "3B AC 00 40 2A 00 12 25 00 64 80 00 03 10 00 90 00";
pub const CPS4: &str = "3B 9B 18 80 01 00 12 25 00 64 80 04 01 00 00 90 44";
pub const PATIENT: &str = "3B 75 13 00 00 43 09 EA 90 00";
pub const STRANGE: &str = "3B 02 14 50";
pub const ONE_BYTE: &str = "3B";

/// Names that pcscd gives the two readers.
pub const A: &str = "Virtual PCD 00 00";
pub const B: &str = "Virtual PCD 00 01";

const PORTS: [u16; 2] = [35963, 35964];

/// Nothing here takes longer, however loaded the machine is.
const LONGEST: Duration = Duration::from_secs(30);

/// The service has one socket in a namespace.
static ONE_SERVICE: Mutex<()> = Mutex::new(());

/// The smart card service of the machine.
pub struct Service {
    folder: TempDir,
    daemon: Option<Child>,
    _alone: MutexGuard<'static, ()>,
}

impl Service {
    /// Not running yet.
    pub fn stopped() -> Self {
        // Where a service of the machine itself could be meant, nothing is tried.
        let is_apart = std::env::var_os("VESTIBULE_TEST_CARDS").is_some();
        assert!(is_apart, "run by `./dev test cards`, in namespaces of its own");
        let alone = ONE_SERVICE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a folder");
        let driver = Command::new("find").args(["/usr/lib/pcsc", "-name", "libifdvpcd.so*"]).output().expect("find");
        let driver = String::from_utf8(driver.stdout).expect("a path");
        let driver = driver.lines().next().expect("the package vsmartcard-vpcd");
        let reader = format!("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x8C7B\nLIBPATH {driver}\nCHANNELID 0x8C7B\n");
        std::fs::create_dir(folder.path().join("readers")).expect("a folder");
        std::fs::write(folder.path().join("readers/vpcd"), reader).expect("written");
        Self { folder, daemon: None, _alone: alone }
    }

    /// Running, with two readers.
    pub fn start() -> Self {
        let mut service = Self::stopped();
        service.begin();
        service
    }

    pub fn begin(&mut self) {
        let readers = self.folder.path().join("readers");
        let daemon =
            Command::new("pcscd").args(["--foreground", "--config"]).arg(readers).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.daemon = Some(daemon.expect("pcscd starts"));
        until("pcscd answers", || {
            let context = pcsc::Context::establish(pcsc::Scope::User).ok()?;
            (context.list_readers_owned().ok()?.len() == 2).then_some(())
        });
    }

    /// Nothing is said by a service that is killed.
    pub fn kill(&mut self) {
        let mut daemon = self.daemon.take().expect("running");
        daemon.kill().expect("killed");
        daemon.wait().expect("over");
        for left in ["pcscd.comm", "pcscd.pid"] {
            // What a restart by the system clears.
            let _ = std::fs::remove_file(PathBuf::from("/run/pcscd").join(left));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if self.daemon.is_some() {
            self.kill();
        }
    }
}

/// A card in a reader, until it is pulled.
pub struct Card {
    stream: TcpStream,
    speaks: Option<JoinHandle<()>>,
    commands: Arc<AtomicUsize>,
    resets: Arc<AtomicUsize>,
}

impl Card {
    /// Puts one that answers so into that reader.
    pub fn insert(slot: usize, atr: &str) -> Self {
        let stream = until("the reader is open", || TcpStream::connect(("127.0.0.1", PORTS[slot])).ok());
        let (commands, resets) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let atr: Vec<u8> = atr.split(' ').map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect();
        let (ear, counted, reset) = (stream.try_clone().expect("a second end"), commands.clone(), resets.clone());
        let speaks = std::thread::spawn(move || answer(ear, &atr, &counted, &reset));
        Self { stream, speaks: Some(speaks), commands, resets }
    }

    /// Commands (APDU) that anybody sent it.
    pub fn commands(&self) -> usize {
        self.commands.load(Ordering::SeqCst)
    }

    pub fn resets(&self) -> usize {
        self.resets.load(Ordering::SeqCst)
    }

    pub fn pull(self) {
        drop(self);
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(speaks) = self.speaks.take() {
            let _ = speaks.join();
        }
    }
}

/// What the reader asks: one byte is an order to the slot, anything longer a command to the card.
fn answer(mut stream: TcpStream, atr: &[u8], commands: &AtomicUsize, resets: &AtomicUsize) {
    const RESET: u8 = 2;
    const GIVE_ATR: u8 = 4;
    let send = |stream: &mut TcpStream, bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).expect("short").to_be_bytes();
        stream.write_all(&[&length, bytes].concat())
    };
    loop {
        let mut length = [0; 2];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let mut asked = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut asked).is_err() {
            return;
        }
        let sent = match asked.as_slice() {
            [GIVE_ATR] => send(&mut stream, atr),
            [order] => {
                resets.fetch_add(usize::from(*order == RESET), Ordering::SeqCst);
                Ok(())
            }
            _ => {
                commands.fetch_add(1, Ordering::SeqCst);
                send(&mut stream, &[0x6D, 0x00])
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

/// `vestibule card watch --json`, as whoever embeds it runs it.
pub struct Watch {
    child: Child,
    lines: Receiver<String>,
    home: TempDir,
}

/// The command line of a workstation whose companion is nowhere.
pub fn vestibule(home: &TempDir, arguments: &[&str]) -> Command {
    let policy = home.path().join("policy.toml");
    std::fs::write(&policy, "companion_url = \"http://127.0.0.1:9\"\n").expect("written");
    let mut command = Command::new(program("vestibule").expect("built"));
    command.args(arguments).env_clear().env("HOME", home.path()).env("VESTIBULE_POLICY_FILE", policy).env("VESTIBULE_LOG", "trace");
    command
}

impl Watch {
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let mut child = vestibule(&home, &["card", "watch", "--json"]).stdout(Stdio::piped()).spawn().expect("starts");
        let (lines_in, lines) = channel();
        let out = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| lines_in.send(line)));
        Self { child, lines, home }
    }

    /// The next change.
    pub fn next(&self) -> Value {
        let line = self.lines.recv_timeout(LONGEST).expect("a change in time");
        serde_json::from_str(&line).expect("one document a line")
    }

    /// The next change: what is there, and what happened in which reader.
    pub fn tells(&self, presence: &str, happened: &[(&str, &str)]) {
        let told = self.next();
        let events = told["happened"].as_array().expect("a list");
        let events: Vec<_> =
            events.iter().map(|event| (event["what"].as_str().expect("a word"), event["reader"].as_str().expect("a name"))).collect();
        assert_eq!((told["presence"].as_str(), events.as_slice()), (Some(presence), happened), "{told}");
    }

    /// That nothing changes for so long.
    pub fn is_quiet(&self, time: Duration) {
        if let Ok(line) = self.lines.recv_timeout(time) {
            panic!("nothing changed, and it says {line}");
        }
    }

    /// Processor ticks, and times that a thread of it waited of its own will and was woken.
    pub fn work(&self) -> (u64, u64) {
        let of = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        let stat = of(process.join("stat"));
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        let ticks = [11, 12].map(|at| fields[at].parse::<u64>().expect("a number")).iter().sum();
        let threads = std::fs::read_dir(process.join("task")).expect("threads").filter_map(Result::ok);
        let woken = threads.map(|thread| {
            let status = of(thread.path().join("status"));
            let lines: BTreeMap<&str, &str> = status.lines().filter_map(|line| line.split_once(':')).collect();
            lines["voluntary_ctxt_switches"].trim().parse::<u64>().expect("a number")
        });
        (ticks, woken.sum())
    }

    /// Everything that it wrote to its log.
    pub fn log(&self) -> String {
        let found = Command::new("find").arg(self.home.path()).args(["-name", "*.log"]).output().expect("find");
        let files = String::from_utf8(found.stdout).expect("paths");
        files.lines().map(|file| std::fs::read_to_string(file).expect("a log")).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again, for what nothing announces.
pub fn until<T>(what: &str, mut asked: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = asked() {
            return found;
        }
        assert!(began.elapsed() < LONGEST, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
