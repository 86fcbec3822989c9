//! What becomes of the packages on a machine: installed, signed in with, upgraded, taken back, removed, purged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use vestibule_installation::Policy;
use vestibule_installation::place::{free_address, random_secret};
use vestibule_tests::package_guide::{
    self, BACK_UP, EXAMINE, INSTALL_COMPANION, INSTALL_WORKSTATION, PRODUCTION, PURGE, REMOVE, RESTORE, SET_UP, START, TAKE_BACK,
    TAKE_BACK_COMPANION, UPGRADE, UPGRADE_COMPANION,
};
use vestibule_tests::servers::program;
use vestibule_tests::shipped::said;

use crate::package::{NAMES, Package, folder, packages_in};
use crate::root::{Booted, Root, Running};
use crate::unit::Unit;

const UNIT: &str = "/lib/systemd/system/compagnon.service";
const CONFIGURATION: &str = "/etc/vestibule/companion.toml";
/// Where the service manager puts the service's secrets while it runs.
const CREDENTIALS: &str = "/run/credentials/compagnon.service";
const POLICY: &str = "/etc/vestibule/policy.toml";
/// What the ANS gave, where the guide says.
const GIVEN_SECRET: &str = "/srv/secret-remis-par-l-ans";

/// A machine with the packages, its companion and its simulator.
struct Machine {
    root: Root,
    addresses: [std::net::SocketAddr; 5],
}

impl Machine {
    fn over(root: Root) -> Self {
        let addresses = [(); 5].map(|()| free_address().expect("a free address"));
        // The person's browser; no package has one like it.
        fs::copy(program("scripted-browser").expect("built"), root.at("/srv/scripted-browser")).expect("copied");
        let secret = random_secret().expect("a secret");
        root.write(GIVEN_SECRET, &secret, 0o600);
        // The simulator's own, as the publisher's team would keep it.
        root.write("/srv/client-secret", &secret, 0o600);
        Self { root, addresses }
    }

    /// An example of the guide, with these packages in the folder where the administrator is.
    fn guide(&self, title: &str, packages: &[Package]) {
        let example = self.prepared(title, packages);
        self.root.said(&["bash", "-c", &example]);
    }

    /// What lies there is made ready; the example, to be run.
    fn prepared(&self, title: &str, packages: &[Package]) -> String {
        let place = "/srv/packages";
        drop(fs::remove_dir_all(self.root.at(place)));
        fs::create_dir(self.root.at(place)).expect("a folder");
        for package in packages {
            fs::copy(&package.file, self.root.at(format!("{place}/{}", package.file_name()))).expect("copied");
        }
        self.root.write(&format!("{place}/policy.toml"), &self.policy(), 0o644);
        format!("set -e\ncd {place}\n{}", self.here(&package_guide::example(title)))
    }

    /// With the simulator and this machine's addresses for those of the page.
    fn here(&self, example: &str) -> String {
        let [companion, administration, auth, wallet, _] = self.addresses;
        let listening = format!("--listen {companion} --administration-address {administration}");
        let tried = format!(
            "--environment simulator --simulator-auth-url http://{auth} --simulator-wallet-url http://{wallet} --public-url http://{companion} {listening}"
        );
        example
            .replace("--environment bas --public-url https://connexion.hopital.example", &tried)
            .replace("--client-id identifiant-remis-par-l-ans", "--client-id vestibule-demo")
            .replace("--environment production", &format!("--environment production {listening}"))
    }

    fn policy(&self) -> String {
        Policy::towards(&format!("http://{}", self.addresses[0])).with("device_label = \"ACCUEIL-03\"").text()
    }

    async fn start_simulator(&self) -> Running {
        let [companion, _, auth, wallet, administration] = self.addresses.map(|address| address.to_string());
        let (back, left) = (format!("http://{companion}/psc/callback"), format!("http://{companion}/psc/logout-return"));
        let words = ["psc-simulator", "serve", "--auth", &auth, "--wallet", &wallet, "--administration", &administration];
        let also = ["--redirect-uri", &back, "--logout-uri", &left, "--client-secret-file", "/srv/client-secret"];
        let running = start(self.root.command(&[&words[..], &also].concat()), &self.root.at("/srv/simulator.log"));
        ready(&administration, &self.root.at("/srv/simulator.log")).await;
        running
    }

    /// Without systemd, exactly as its unit says: account, state, secrets, rights, command.
    async fn start_companion(&self, watched_by: &[&str]) -> Running {
        let unit = Unit::read(&self.root.at(UNIT));
        assert!(self.root.at(unit.value("ConditionPathExists")).exists(), "systemd would not start it yet");
        let user = unit.value("User");
        let of_user = |kind: &str| self.root.said(&["id", kind, user]).trim().parse::<u32>().expect("a number");
        let (uid, gid) = (of_user("-u"), of_user("-g"));
        let given = |folder: &str, mode: u32| {
            fs::create_dir_all(self.root.at(folder)).expect("a folder");
            fs::set_permissions(self.root.at(folder), fs::Permissions::from_mode(mode)).expect("changed");
            chown(self.root.at(folder), Some(uid), Some(gid)).expect("given");
        };
        let state_mode = u32::from_str_radix(unit.value("StateDirectoryMode"), 8).expect("a mode");
        given(&format!("/var/lib/{}", unit.value("StateDirectory")), state_mode);
        given(CREDENTIALS, 0o500);
        let (id, secrets) = unit.credentials();
        for entry in fs::read_dir(self.root.at(&secrets)).expect("the package's folder") {
            let entry = entry.expect("an entry");
            let name = format!("{CREDENTIALS}/{id}_{}", entry.file_name().to_string_lossy());
            self.root.write(&name, &fs::read_to_string(entry.path()).expect("text"), 0o400);
            chown(self.root.at(&name), Some(uid), Some(gid)).expect("given");
        }
        let (open_files, user) = (format!("--nofile={}", unit.value("LimitNOFILE")), format!("--reuid={user}"));
        let (group, variable) = (format!("--regid={gid}"), format!("CREDENTIALS_DIRECTORY={CREDENTIALS}"));
        let command = unit.command();
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let rights = [
            "--clear-groups",
            "--no-new-privs",
            "--inh-caps=-all,+net_bind_service",
            "--ambient-caps=+net_bind_service",
            "--bounding-set=-all,+net_bind_service",
        ];
        assert_eq!(
            (unit.value("AmbientCapabilities"), unit.value("CapabilityBoundingSet")),
            ("CAP_NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE")
        );
        assert_eq!(unit.value("UMask"), "0077");
        let words = [
            &["prlimit", &open_files, "setpriv", &user, &group][..],
            &rights,
            &["env", "-i", &variable, "sh", "-c", "umask 0077; exec \"$@\"", "unit"],
            &command,
        ]
        .concat();
        let inside = self.root.command(&words);
        let mut outside = match watched_by {
            [] => inside,
            [watcher, arguments @ ..] => {
                let mut outside = Command::new(watcher);
                outside.args(arguments).arg(inside.get_program()).args(inside.get_args());
                outside
            }
        };
        outside.stdin(Stdio::null());
        let running = start(outside, &self.root.at("/srv/companion.log"));
        ready(&self.addresses[1].to_string(), &self.root.at("/srv/companion.log")).await;
        running
    }

    /// The installed command line, as a person of that machine, with her keyring and her browser; exit code and document.
    fn vestibule(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        // All machines share their processes: one keyring of hers at a time.
        static HER_SESSION: Mutex<()> = Mutex::new(());
        let _here = HER_SESSION.lock().unwrap_or_else(PoisonError::into_inner);
        let session = "export XDG_RUNTIME_DIR=$(mktemp -d)
            printf demonstration | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
            vestibule \"$@\"; status=$?
            pkill -x -u camille gnome-keyring-d
            exit $status";
        let words = ["setpriv", "--reuid=camille", "--regid=camille", "--init-groups", "env", "-i"];
        let environment = ["HOME=/home/camille", "USER=camille", "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "BROWSER=/srv/scripted-browser"];
        let session = ["dbus-run-session", "--", "bash", "-c", session, "session"];
        let output = self.root.command(&[&words[..], &environment, &session, arguments].concat()).output().expect("it runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let document = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}\n{err}\n{}", self.log()));
        (output.status.code(), document)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.root.at("/srv/companion.log")).unwrap_or_default()
    }

    /// The one workstation that the companion knows, and the one session that is open.
    fn known(&self) -> (Value, Value) {
        let list = |what: &str| -> Value {
            let text = self.root.said(&["companion-server", what, "list", "--config", CONFIGURATION, "--json"]);
            let list: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(list.as_array().map(Vec::len), Some(1), "{what}: {list}");
            list[0].clone()
        };
        (list("devices")["device"].clone(), list("sessions")["id"].clone())
    }

    /// What is written down of the packages: name and version of each that is there.
    fn installed(&self) -> BTreeMap<String, String> {
        let listed = self.root.said(&["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Version}\\n"]);
        let ours = listed.lines().filter_map(|line| line.strip_prefix("installed ")?.split_once(' '));
        ours.filter(|(name, _)| NAMES.contains(name)).map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
    }
}

fn start(mut command: Command, log: &Path) -> Running {
    let log = fs::OpenOptions::new().create(true).append(true).open(log).expect("a log");
    Running(command.stdout(log.try_clone().expect("a log")).stderr(log).spawn().expect("started"))
}

async fn ready(administration: &str, log: &Path) {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build().expect("a client");
    let mut attempts = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..600 {
        attempts.tick().await;
        if http.get(format!("http://{administration}/health")).send().await.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
    }
    panic!("not ready: {}", fs::read_to_string(log).unwrap_or_default())
}

fn new() -> Vec<Package> {
    packages_in(&folder())
}

/// The same programs under a lower version.
fn old() -> Vec<Package> {
    packages_in(&folder().join("old"))
}

fn versions(packages: &[Package]) -> BTreeMap<String, String> {
    packages.iter().map(|package| (package.name.to_owned(), package.version())).collect()
}

#[tokio::test]
async fn life_goes_from_the_installation_to_a_purge_that_leaves_nothing() {
    let machine = Machine::over(Root::with_what_is_needed());
    let before = machine.root.paths();
    assert!(before.contains("/usr/bin/xdg-open") && !before.iter().any(|path| path.contains("vestibule")), "what is compared");

    machine.guide(INSTALL_COMPANION, &old());
    machine.guide(INSTALL_WORKSTATION, &old());
    machine.root.install(&old()[2..], &[]);
    assert_eq!(machine.installed(), versions(&old()));
    machine.guide(SET_UP, &[]);
    let simulator = machine.start_simulator().await;
    let companion = machine.start_companion(&[]).await;
    let (code, login) = machine.vestibule(&["login", "--json", "--situation", "first"]);
    assert_eq!(code, Some(0), "{login}\n{}", machine.log());
    let (known, settings) = (machine.known(), machine.vestibule(&["settings", "show", "--sources", "--json"]));
    assert!(settings.1.to_string().contains("ACCUEIL-03"), "{settings:?}");

    // The service manager would start it again.
    companion.stop();
    machine.guide(UPGRADE, &new());
    machine.root.install(&new()[2..], &[]);
    assert_eq!(machine.installed(), versions(&new()));
    let companion = machine.start_companion(&[]).await;
    let (code, status) = machine.vestibule(&["status", "--json"]);
    assert_eq!(code, Some(0), "{status}\n{}", machine.log());
    assert_eq!(status["practitioner"], login["practitioner"]);
    assert_eq!((machine.known(), machine.vestibule(&["settings", "show", "--sources", "--json"])), (known.clone(), settings.clone()));

    // And back.
    companion.stop();
    machine.guide(TAKE_BACK, &old());
    machine.root.install(&old()[2..], &["--allow-downgrades"]);
    assert_eq!(machine.installed(), versions(&old()));
    let companion = machine.start_companion(&[]).await;
    assert_eq!(machine.vestibule(&["status", "--json"]).0, Some(0), "{}", machine.log());
    assert_eq!(machine.known(), known);
    machine.root.install(&new(), &[]);

    // Removed, everything stays that a later installation needs.
    companion.stop();
    machine.guide(REMOVE, &[]);
    machine.root.said(&["apt-get", "remove", "-y", NAMES[2]]);
    assert_eq!(machine.installed(), BTreeMap::new());
    for gone in ["/usr/bin/vestibule", "/usr/bin/vestibule-app", "/usr/bin/companion-server", "/usr/bin/psc-simulator", UNIT] {
        assert!(!machine.root.at(gone).exists(), "{gone}");
    }
    for kept in [
        CONFIGURATION,
        POLICY,
        "/etc/vestibule/secrets/vault-key",
        "/var/lib/vestibule/compagnon.sqlite",
        "/etc/vestibule/policy.sample.toml",
    ] {
        assert!(machine.root.at(kept).exists(), "{kept}");
    }
    machine.root.install(&new(), &[]);
    let companion = machine.start_companion(&[]).await;
    assert_eq!(machine.known(), known);
    let (code, logout) = machine.vestibule(&["logout", "--json"]);
    assert_eq!(code, Some(0), "{logout}\n{}", machine.log());
    companion.stop();
    simulator.stop();

    machine.root.said(&["apt-get", "purge", "-y", NAMES[2]]);
    machine.guide(PURGE, &[]);
    let after = machine.root.paths();
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), Vec::<&String>::new(), "left behind");
    assert_eq!(before.difference(&after).collect::<Vec<_>>(), Vec::<&String>::new(), "taken along");
    // The account stays: no other one is given its number, and with it what a backup brings back.
    assert!(fs::read_to_string(machine.root.at("/etc/passwd")).expect("accounts").contains("\nvestibule:"));
}

#[tokio::test]
async fn life_under_a_real_systemd_goes_by_the_guide_and_keeps_the_session() {
    let machine = Machine::over(Root::with_what_is_needed());
    let booted = Booted::on(&machine.root).await;
    let by_the_guide = |title: &str, packages: &[Package]| booted.said(&["bash", "-c", &machine.prepared(title, packages)]);
    let unit = |key: &str| booted.said(&["systemctl", "show", "--value", "--property", key, "compagnon"]).trim().to_owned();
    by_the_guide(INSTALL_COMPANION, &old());
    by_the_guide(INSTALL_WORKSTATION, &old());
    // Without its configuration it waits, and nothing has failed.
    booted.said(&["systemctl", "restart", "compagnon"]);
    assert_eq!((unit("ActiveState"), unit("ConditionResult"), unit("Result")), ("inactive".into(), "no".into(), "success".into()));

    machine.root.install(&old()[2..], &[]);
    by_the_guide(SET_UP, &[]);
    let simulator = machine.start_simulator().await;
    let told = by_the_guide(START, &[]);
    assert!(told.contains("active (running)"), "{told}");
    ready(&machine.addresses[1].to_string(), &machine.root.at("/srv/companion.log")).await;
    let first = unit("MainPID");
    let status = booted.said(&["cat", &format!("/proc/{first}/status")]);
    assert!(status.contains("\nSeccomp:\t2\n") && status.contains("\nNoNewPrivs:\t1\n"), "its rights are in force: {status}");
    assert_eq!(machine.vestibule(&["login", "--json", "--situation", "first"]).0, Some(0), "{}", journal(&booted));
    booted.said(&["systemctl", "reload", "compagnon"]);
    assert_eq!(unit("MainPID"), first);
    // Root is not asked where the service's secrets are.
    assert!(booted.said(&["companion-server", "doctor", "--config", CONFIGURATION, "--json"]).contains("\"companion\""));

    by_the_guide(UPGRADE, &new());
    ready(&machine.addresses[1].to_string(), &machine.root.at("/srv/companion.log")).await;
    assert_eq!((unit("ActiveState"), unit("NRestarts")), ("active".into(), "0".into()));
    assert_ne!(unit("MainPID"), first, "the new one serves");
    assert_eq!(machine.vestibule(&["status", "--json"]).0, Some(0), "{}", journal(&booted));
    simulator.stop();

    by_the_guide(PURGE, &[]);
    assert_eq!(unit("LoadState"), "not-found");
    let failed = booted.said(&["systemctl", "list-units", "--failed", "--plain", "--no-legend"]);
    assert!(!failed.contains("compagnon"), "{failed}");
}

/// The page of deployment, from its top to its end, by somebody who has nothing but a Debian.
#[tokio::test]
async fn life_of_a_companion_goes_from_nothing_to_production_by_its_own_page() {
    let machine = Machine::over(Root::with_what_is_needed());
    let booted = Booted::on(&machine.root).await;
    let by_the_page = |title: &str, packages: &[Package]| booted.said(&["bash", "-c", &machine.prepared(title, packages)]);
    let log = machine.root.at("/srv/companion.log");
    let administration = machine.addresses[1].to_string();
    by_the_page(INSTALL_COMPANION, &old()[1..2]);
    let told = by_the_page(SET_UP, &[]);
    for address in ["/psc/callback", "/psc/logout-return"] {
        assert!(told.contains(&format!("http://{}{address}", machine.addresses[0])), "{told}");
    }
    assert!(told.contains("systemctl restart compagnon") && !machine.root.at(GIVEN_SECRET).exists(), "{told}");
    let rights = |path: &str| {
        let metadata = fs::metadata(machine.root.at(path)).expect("there");
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
    };
    let secrets = ["/etc/vestibule/secrets/vault-key", "/etc/vestibule/secrets/psc-client-secret"].map(rights);
    assert_eq!((secrets, rights(CONFIGURATION)), ([(0, 0, 0o600); 2], (0, 0, 0o644)));
    machine.root.install(&new()[2..], &[]);
    let simulator = machine.start_simulator().await;
    // Started is ready: nobody waits before looking.
    assert!(by_the_page(START, &[]).contains("active (running)"));
    let told = by_the_page(EXAMINE, &[]);
    assert!(!told.contains("ÉCHEC") && !told.contains("ATTENTION"), "{told}");

    // A start that is refused is one to whoever asked for it.
    let whole = fs::read_to_string(machine.root.at(CONFIGURATION)).expect("there");
    machine.root.write(CONFIGURATION, &format!("{whole}\ncle_inconnue = 1\n"), 0o644);
    assert!(!booted.command(&["systemctl", "restart", "compagnon"]).status().expect("nsenter").success(), "{}", journal(&booted));
    machine.root.write(CONFIGURATION, &whole, 0o644);
    booted.said(&["systemctl", "reset-failed", "compagnon"]);
    booted.said(&["systemctl", "restart", "compagnon"]);

    by_the_page(INSTALL_WORKSTATION, &new()[..1]);
    let signed_in = |command: &[&str]| assert_eq!(machine.vestibule(command).0, Some(0), "{command:?}: {}", journal(&booted));
    signed_in(&["login", "--json", "--situation", "first"]);
    by_the_page(BACK_UP, &[]);
    by_the_page(UPGRADE_COMPANION, &new()[1..2]);
    ready(&administration, &log).await;
    signed_in(&["status", "--json"]);
    by_the_page(TAKE_BACK_COMPANION, &old()[1..2]);
    ready(&administration, &log).await;
    signed_in(&["status", "--json"]);
    // Lost, and restored with the session of before.
    booted.said(&["rm", "/var/lib/vestibule/compagnon.sqlite"]);
    by_the_page(RESTORE, &[]);
    ready(&administration, &log).await;
    let lines = booted.said(&["companion-server", "sessions", "list", "--config", CONFIGURATION, "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&lines).expect("JSON").as_array().map(Vec::len), Some(1), "{lines}");
    simulator.stop();

    machine.root.write("/srv/secret-de-production", &random_secret().expect("a secret"), 0o600);
    let key = fs::read(machine.root.at(secrets_of("vault-key"))).expect("there");
    by_the_page(PRODUCTION, &[]);
    ready(&administration, &log).await;
    assert!(machine.root.at("/var/lib/vestibule/production.sqlite").exists());
    assert!(fs::read_to_string(machine.root.at(CONFIGURATION)).expect("there").contains("environment = \"production\""));
    assert_eq!(fs::read(machine.root.at(secrets_of("vault-key"))).expect("there"), key, "never replaced");
    by_the_page(PURGE, &[]);
    let left: Vec<String> = machine.root.paths().into_iter().filter(|path| path.starts_with("/etc/vestibule/")).collect();
    assert_eq!(left, Vec::<String>::new(), "the dated configuration went too");
}

fn secrets_of(name: &str) -> String {
    format!("/etc/vestibule/secrets/{name}")
}

fn journal(booted: &Booted<'_>) -> String {
    booted.said(&["journalctl", "--no-pager", "--unit", "compagnon"])
}

#[test]
fn life_on_the_least_of_debian_apt_brings_whatever_the_programs_load() {
    let root = Root::bare();
    root.said(&["apt-get", "-o", "Acquire::Check-Valid-Until=false", "-o", "Acquire::Check-Date=false", "update", "-q"]);
    root.install(&new(), &[]);
    for program in ["vestibule", "vestibule-app", "companion-server", "psc-simulator"] {
        assert!(root.said(&[program, "--version"]).starts_with(program), "{program}");
    }
    assert!(root.said(&["companion-server", "sample-config"]).contains("[vault]"));
    let sample = fs::read_to_string(root.at("/etc/vestibule/companion.sample.toml")).expect("the sample");
    assert_eq!(root.said(&["companion-server", "sample-config"]).trim_end(), sample.trim_end());
}

#[test]
fn life_scripts_of_the_packages_run_twice_and_change_nothing_more() {
    let root = Root::with_what_is_needed();
    root.install(&new(), &[]);
    let (account, paths) = (root.said(&["getent", "passwd", "vestibule"]), root.paths());
    let of_account: Vec<u32> = account.split(':').skip(2).take(2).map(|number| number.parse().expect("a number")).collect();
    let expected = [(0, 0, 0o755), (0, 0, 0o700), (of_account[0], of_account[1], 0o700)];
    let rights = || {
        ["/etc/vestibule", "/etc/vestibule/secrets", "/var/lib/vestibule"].map(|folder| {
            let metadata = fs::metadata(root.at(folder)).expect("there");
            (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
        })
    };
    assert_eq!(rights(), expected);
    for name in NAMES {
        for script in ["preinst", "postinst"] {
            let file = format!("/var/lib/dpkg/info/{name}.{script}");
            if root.at(&file).exists() {
                let words = if script == "postinst" { ["configure", ""] } else { ["upgrade", "0"] };
                let mut run = root.command(&[&file, words[0], words[1]]);
                said(run.env("DPKG_MAINTSCRIPT_PACKAGE", name).env("DPKG_MAINTSCRIPT_NAME", script));
            }
        }
    }
    root.install(&new(), &["--reinstall"]);
    assert_eq!((root.said(&["getent", "passwd", "vestibule"]), root.paths()), (account.clone(), paths));
    assert_eq!(rights(), expected);
    assert!(account.ends_with(":/usr/sbin/nologin\n"), "{account}");
    // What no administrator changed is no question to him at the next version.
    assert_eq!(root.said(&["dpkg", "--verify", "vestibule", "vestibule-companion"]), "");
    // A purge takes what only the companion reads, and leaves what the administrator gave the workstation.
    for file in [CONFIGURATION, POLICY, "/etc/vestibule/secrets/vault-key"] {
        root.write(file, "", 0o600);
    }
    root.said(&["apt-get", "purge", "-y", "vestibule", "vestibule-companion"]);
    let left: Vec<String> =
        root.paths().into_iter().filter(|path| path.starts_with("/etc/vestibule") || path.starts_with("/var/lib/vestibule")).collect();
    assert_eq!(left, ["/etc/vestibule", POLICY]);
}

/// Names of the groups of systemd's filter, and what each holds.
fn call_groups() -> BTreeMap<String, Vec<String>> {
    let listed = said(Command::new("systemd-analyze").args(["--no-pager", "syscall-filter"]));
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open = String::new();
    for line in listed.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        if line.starts_with('@') {
            open = line.to_owned();
        } else {
            groups.entry(open.clone()).or_default().push(line.trim().to_owned());
        }
    }
    groups
}

fn calls_of(group: &str, groups: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let parts = groups.get(group).unwrap_or_else(|| panic!("no group {group}"));
    parts.iter().flat_map(|part| if part.starts_with('@') { calls_of(part, groups) } else { BTreeSet::from([part.clone()]) }).collect()
}

/// Under systemd a call that is forbidden only fails, and may not be noticed: here all that are made are held against the filter.
#[tokio::test]
async fn life_the_service_asks_the_kernel_for_nothing_that_its_unit_forbids() {
    let machine = Machine::over(Root::with_what_is_needed());
    machine.guide(INSTALL_COMPANION, &new());
    machine.guide(INSTALL_WORKSTATION, &new());
    machine.root.install(&new()[2..], &[]);
    machine.guide(SET_UP, &[]);
    let unit = fs::read_to_string(machine.root.at(UNIT)).expect("the unit");
    assert!(unit.contains("\nSystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources\n"), "the filter of this test");
    let groups = call_groups();
    let mut allowed = calls_of("@system-service", &groups);
    for group in ["@privileged", "@resources"] {
        for call in calls_of(group, &groups) {
            allowed.remove(&call);
        }
    }

    let log = machine.root.at("/srv/calls");
    let simulator = machine.start_simulator().await;
    let companion = machine.start_companion(&["strace", "-D", "-f", "-qq", "-s", "64", "-o", &log.display().to_string()]).await;
    assert_eq!(machine.vestibule(&["login", "--json", "--situation", "first"]).0, Some(0), "{}", machine.log());
    said(Command::new("kill").args(["-HUP", &companion.0.id().to_string()]));
    assert_eq!(machine.vestibule(&["logout", "--json"]).0, Some(0), "{}", machine.log());
    companion.stop();
    simulator.stop();

    // What starts it belongs to systemd; the program itself begins with its own execve.
    let calls = fs::read_to_string(&log).expect("the calls");
    let (_, calls) = calls.split_once("execve(\"/usr/bin/companion-server\"").expect("it started");
    let asked: BTreeSet<&str> = calls
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(' ')?.1.trim_start().split_once('(').map(|(name, _)| name))
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'))
        .collect();
    assert!(asked.len() > 30 && asked.contains("accept4") && asked.contains("openat"), "{asked:?}");
    let refused: Vec<&&str> = asked.iter().filter(|call| !allowed.contains(**call)).collect();
    assert!(refused.is_empty(), "{refused:?}");
    // MemoryDenyWriteExecute, RestrictAddressFamilies.
    let is_forbidden = |line: &&str| {
        (line.contains("PROT_WRITE|PROT_EXEC") && (line.contains("mmap(") || line.contains("mprotect(")))
            || line
                .split_once("socket(")
                .is_some_and(|(_, rest)| !["AF_INET,", "AF_INET6,", "AF_UNIX,"].iter().any(|family| rest.starts_with(family)))
    };
    assert_eq!(calls.lines().filter(is_forbidden).collect::<Vec<_>>(), Vec::<&str>::new());
}
