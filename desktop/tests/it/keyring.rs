//! The program `vestibule` with a real Secret Service on a bus of its own. Needs `dbus-run-session`, `dbus-send` and `gnome-keyring-daemon`.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::companion::{Companion, answers_code};
use crate::doubles::visit;

/// Starts the keyring, runs the program, stops the keyring by its id: the daemon would outlive its bus.
const SCRIPT: &str = r#"
    start() {
        case "$KEYRING" in
            unlocked) printf password | gnome-keyring-daemon --unlock --components=secrets ;;
            locked) gnome-keyring-daemon --start --components=secrets ;;
        esac >/dev/null 2>&1
        for _ in $(seq 100); do
            reply=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
                org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null) && break
            sleep 0.1
        done
        pid=${reply##* }
    }
    start
    "$@"
    status=$?
    kill "$pid"
    exit $status
"#;

/// Where one user's files are.
struct Home(TempDir);

impl Home {
    fn new(companion: &Companion) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["run", "data", "config", "state"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let policy = format!("companion_url = \"{}\"\n", companion.origin);
        std::fs::write(folder.path().join("policy.toml"), policy).expect("written");
        Self(folder)
    }

    fn command(&self, program: &str) -> Command {
        let at = |name: &str| self.0.path().join(name);
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("a path"))
            .env("HOME", self.0.path())
            .env("XDG_RUNTIME_DIR", at("run"))
            .env("XDG_DATA_HOME", at("data"))
            .env("XDG_CONFIG_HOME", at("config"))
            .env("XDG_STATE_HOME", at("state"))
            .env("VESTIBULE_POLICY_FILE", at("policy.toml"))
            .env("VESTIBULE_LOG", "trace")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// The program on a private bus whose keyring is in this state.
    async fn with_keyring(&self, state: &str, arguments: &[&str]) -> Output {
        let mut command = self.command("dbus-run-session");
        command.env("KEYRING", state).args(["--", "bash", "-c", SCRIPT, "keyring", env!("CARGO_BIN_EXE_vestibule")]).args(arguments);
        command.output().await.expect("dbus-run-session is installed")
    }

    /// A script in which `$VESTIBULE` is the program, on a private bus with an unlocked keyring.
    async fn with_unlocked_keyring_shell(&self, script: &str) -> Output {
        let mut command = self.command("dbus-run-session");
        command.env("KEYRING", "unlocked").env("VESTIBULE", env!("CARGO_BIN_EXE_vestibule"));
        command.args(["--", "bash", "-c", SCRIPT, "keyring", "bash", "-c", script]);
        command.output().await.expect("dbus-run-session is installed")
    }

    async fn without_bus(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_vestibule")).args(arguments).output().await.expect("the program starts")
    }

    /// Whether any file of this user holds this text.
    fn holds(&self, text: &str) -> bool {
        fn search(folder: &Path, text: &[u8]) -> bool {
            std::fs::read_dir(folder).expect("a folder").any(|entry| {
                let path = entry.expect("an entry").path();
                // Sockets and pipes of the daemon cannot be read.
                if path.is_dir() {
                    search(&path, text)
                } else {
                    path.is_file() && std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text))
                }
            })
        }
        search(self.0.path(), text.as_bytes())
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("not JSON: {output:?}"))
}

fn keyring_code(output: &Output) -> Value {
    let report = json(output);
    let checks = report["checks"].as_array().expect("checks").clone();
    checks.into_iter().find(|check| check["id"] == "keyring").expect("the keyring's check")["code"].clone()
}

async fn logs_in(companion: &Companion, run: impl Future<Output = Output>) -> Output {
    let answer = async {
        companion.has_seen("POST", "/oauth/par", 1).await;
        assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    };
    tokio::join!(run, answer).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keyring_without_any_entry_is_not_taken_for_an_open_one() {
    let companion = Companion::start().await;
    let output = Home::new(&companion).with_keyring("locked", &["doctor", "--json"]).await;
    assert_eq!(keyring_code(&output), "VST-1004", "{output:?}");
    let output = Home::new(&companion).with_keyring("unlocked", &["doctor", "--json"]).await;
    assert_eq!(keyring_code(&output), Value::Null, "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_outlives_the_desktop_session_in_an_encrypted_keyring_only() {
    let companion = Companion::start().await;
    let home = Home::new(&companion);
    let output = logs_in(&companion, home.with_keyring("unlocked", &["login", "--no-browser", "--json"])).await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(json(&output)["session"]["national_id"], "899700000001");
    for secret in ["canary", "899700000001", "FICTIF"] {
        assert!(!home.holds(secret), "{secret} in a file in clear");
    }
    assert!(home.holds("Signed in"), "the log was written");

    let output = home.with_keyring("unlocked", &["status", "--json"]).await;
    assert!(output.status.success(), "{output:?}");
    let refreshed = companion.requests("POST", "/oauth/token").pop().expect("a refresh");
    assert_eq!(refreshed.form("refresh_token").as_deref(), Some("canary-refresh-100"));

    let output = home.with_keyring("locked", &["doctor", "--json"]).await;
    assert_eq!(keyring_code(&output), "VST-1004", "{output:?}");
    for arguments in [["status", "--json"], ["logout", "--json"]] {
        let output = home.with_keyring("locked", &arguments).await;
        assert_eq!((output.status.code(), json(&output)["error"]["code"].as_str()), (Some(1), Some("VST-1004")), "{output:?}");
    }

    // The key that was only locked away is still the one.
    let output = home.with_keyring("unlocked", &["status", "--json"]).await;
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_bus_she_signs_in_and_nothing_is_kept() {
    let companion = Companion::start().await;
    let home = Home::new(&companion);
    assert_eq!(keyring_code(&home.without_bus(&["doctor", "--json"]).await), "VST-1003");
    let output = logs_in(&companion, home.without_bus(&["login", "--no-browser", "--json"])).await;
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("VST-1003"));
    assert_eq!(companion.requests("POST", "/oauth/revoke").len(), 1, "nothing is left that nobody can close");
    assert!(!home.holds("canary"));
    assert_eq!(home.without_bus(&["status"]).await.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_entry_of_the_same_name_is_said_and_removed_and_the_session_goes_on() {
    let companion = Companion::start().await;
    let home = Home::new(&companion);
    let output = logs_in(&companion, home.with_keyring("unlocked", &["login", "--no-browser", "--json"])).await;
    assert!(output.status.success(), "{output:?}");
    let account = companion.origin.origin().ascii_serialization();
    let count = format!("secret-tool search --all service Vestibule username {account} 2>/dev/null | grep -c '^secret'");
    let script = format!(
        "set -e
         printf 'not ours' | secret-tool store --label=double service Vestibule username {account} beside ours
         {count} >&2
         \"$VESTIBULE\" doctor --json || [ $? = 1 ]
         \"$VESTIBULE\" status --json >\"$HOME/status.json\"
         {count} >&2"
    );
    let output = home.with_unlocked_keyring_shell(&script).await;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(keyring_code(&output), "VST-1017", "{output:?}");
    let counts: Vec<&str> = told.lines().filter(|line| line.parse::<u32>().is_ok()).collect();
    assert_eq!(counts, ["2", "1"], "{told}");
    let status = std::fs::read_to_string(home.0.path().join("status.json")).expect("written");
    assert!(status.contains("899700000001"), "the session goes on: {status}");
    for text in [&told, &String::from_utf8_lossy(&output.stdout).into_owned()] {
        assert!(!text.contains("Ambiguous") && !text.contains("Entry {") && !text.contains("path"), "{text}");
    }
}

/// A bus on which somebody has the name of the Secret Service, takes every call and answers none.
struct SilentBus {
    address: String,
    _service: zbus::blocking::Connection,
    _daemon: Child,
}

impl SilentBus {
    async fn start() -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("dbus-daemon is installed");
        let mut told = BufReader::new(daemon.stdout.take().expect("piped"));
        let mut address = String::new();
        told.read_line(&mut address).await.expect("readable");
        let address = address.trim().to_owned();
        let at = address.clone();
        let service = tokio::task::spawn_blocking(move || {
            let bus = zbus::blocking::connection::Builder::address(at.as_str()).expect("an address").build().expect("connected");
            bus.request_name("org.freedesktop.secrets").expect("the name is free");
            bus
        });
        Self { address, _service: service.await.expect("joined"), _daemon: daemon }
    }

    fn command(&self, home: &Home, arguments: &[&str]) -> Command {
        let mut command = home.command(env!("CARGO_BIN_EXE_vestibule"));
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_service_that_never_answers_keeps_no_command_and_no_process() {
    let companion = Companion::start().await;
    let (home, bus) = (Home::new(&companion), SilentBus::start().await);
    // Longer than any deadline of the commands, and much shorter than the minute that a call without one took.
    let limit = std::time::Duration::from_secs(40);
    let ends = async |arguments: &[&str]| {
        let ended = tokio::time::timeout(limit, bus.command(&home, arguments).output()).await;
        ended.unwrap_or_else(|_| panic!("{arguments:?} does not end")).expect("the program starts")
    };
    let status = ends(&["status"]).await;
    assert_eq!(status.status.code(), Some(1), "{status:?}");
    let login = ends(&["login", "--timeout", "5", "--no-browser"]).await;
    let told = String::from_utf8_lossy(&login.stderr).into_owned();
    assert!(login.status.code() == Some(1) && told.contains("VST-1018") && told.contains("n’a pas répondu à temps"), "{told}");

    let mut doctor = bus.command(&home, &["doctor"]).spawn().expect("the program starts");
    let mut lines = BufReader::new(doctor.stdout.take().expect("piped")).lines();
    let mut line = String::new();
    while !line.contains("Serveur de connexion") {
        line = tokio::time::timeout(limit, lines.next_line()).await.expect("in time").expect("readable").expect("the companion's line");
    }
    assert_eq!(doctor.try_wait().expect("asked"), None, "what is known is shown while the keyring is waited for");
    let mut rest = String::new();
    while let Some(line) = tokio::time::timeout(limit, lines.next_line()).await.expect("in time").expect("readable") {
        rest.push_str(&line);
    }
    assert!(rest.contains("VST-1018") && rest.contains("Navigateur"), "{rest}");
}
