//! A first configuration by the real program: in silence, in a terminal, and refused. What it writes is what a companion starts with.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout};
use vestibule_installation::place::{free_address, write_private};
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::programs::program;
use vestibule_tests::raw_client::RawClient;
use vestibule_tests::servers::{any_ending_with_us, ending_with_us, until_ready};
use vestibule_tests::stack::Doorstep;

const SECRET: &str = "secret-remis-par-l-ans-0123456789";

/// Options with another value, or (`None`) left out.
type Instead<'a> = Vec<(&'static str, Option<&'a str>)>;

/// A folder that a companion is to be set up in, and what is said of it.
struct Scene {
    folder: tempfile::TempDir,
    listener: SocketAddr,
    administration: SocketAddr,
    simulator: [SocketAddr; 3],
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("vestibule-setup.").tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("changed");
        write_private(&folder.path().join("given-secret"), SECRET).expect("written");
        let free = || free_address().expect("a free address");
        Self { folder, listener: free(), administration: free(), simulator: [free(), free(), free()] }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    fn config(&self) -> PathBuf {
        self.at("companion.toml")
    }

    /// Options, each with its value.
    fn values(&self) -> Vec<(&'static str, String)> {
        let [auth, wallet, _] = self.simulator;
        vec![
            ("--config", self.text("companion.toml")),
            ("--environment", "simulator".into()),
            ("--public-url", format!("http://{}", self.listener)),
            ("--service-name", "Dossier \"d’essai\"".into()),
            ("--client-id", "vestibule-demo".into()),
            ("--client-secret-file", self.text("given-secret")),
            ("--listen", self.listener.to_string()),
            ("--administration-address", self.administration.to_string()),
            ("--administration-token-file", self.text("administration-token")),
            ("--secrets-dir", self.text("secrets")),
            ("--sqlite-file", self.text("memory/companion.sqlite")),
            ("--simulator-auth-url", format!("http://{auth}")),
            ("--simulator-wallet-url", format!("http://{wallet}")),
        ]
    }

    /// The command, with these options instead, or besides, or (`None`) without them.
    fn words(&self, instead: &[(&'static str, Option<&str>)]) -> Vec<String> {
        let mut values = self.values();
        for (option, value) in instead {
            let place = values.iter().position(|(usual, _)| usual == option);
            match (place, value) {
                (Some(place), Some(value)) => values[place].1 = (*value).to_owned(),
                (Some(place), None) => drop(values.remove(place)),
                (None, Some(value)) => values.push((option, (*value).to_owned())),
                (None, None) => panic!("{option} is not there"),
            }
        }
        std::iter::once("setup".to_owned()).chain(values.into_iter().flat_map(|(option, value)| [option.to_owned(), value])).collect()
    }

    async fn run(&self, words: &[String]) -> Output {
        let mut command = ending_with_us("companion-server").expect("built");
        command.args(words).env_clear().stdin(Stdio::null()).output().await.expect("it ends")
    }

    async fn set_up(&self) -> Output {
        let output = self.run(&self.words(&[])).await;
        assert!(output.status.success(), "{}", told(&output));
        output
    }

    /// Names and contents of everything in the folder.
    fn all(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn below(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                all.push((path.clone(), if path.is_file() { fs::read(&path).expect("readable") } else { Vec::new() }));
                if path.is_dir() {
                    below(&path, all);
                }
            }
        }
        let mut all = Vec::new();
        below(self.folder.path(), &mut all);
        all.sort();
        all
    }
}

/// All that was said, with plain spaces.
fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)).replace(['\u{a0}', '\u{202f}'], " ")
}

fn started(name: &str, words: &[&str], log: &Path) -> Child {
    let log = fs::File::create(log).expect("a log");
    ending_with_us(name).expect("built").args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("started")
}

#[expect(clippy::disallowed_methods, reason = "real programs go by the machine's clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

#[tokio::test]
async fn what_is_set_up_in_silence_is_accepted_served_and_signed_in_with() {
    let scene = Scene::new();
    let told_in_the_end = told(&scene.set_up().await);
    assert!(told_in_the_end.contains(&format!("http://{}/psc/callback", scene.listener)), "{told_in_the_end}");
    let config = scene.text("companion.toml");
    let checked = scene.run(&["check-config".into(), "--config".into(), config.clone()]).await;
    assert!(checked.status.success(), "{}", told(&checked));
    let rights = |name: &str| fs::metadata(scene.at(name)).expect("there").permissions().mode() & 0o777;
    let of = ["companion.toml", "secrets", "secrets/vault-key", "secrets/psc-client-secret", "memory"].map(rights);
    assert_eq!(of, [0o644, 0o700, 0o600, 0o600, 0o700]);

    let [auth, wallet, control] = scene.simulator.map(|address| address.to_string());
    let url = format!("http://{}", scene.listener);
    let (back, left, secret) = (format!("{url}/psc/callback"), format!("{url}/psc/logout-return"), scene.text("given-secret"));
    let words = ["serve", "--auth", &auth, "--wallet", &wallet, "--administration", &control, "--client-secret-file", &secret];
    let log = |name: &str| scene.at(&format!("{name}.log"));
    let _simulator = started("psc-simulator", &[&words[..], &["--redirect-uri", &back, "--logout-uri", &left]].concat(), &log("simulator"));
    let _companion = started("companion-server", &["serve", "--config", &config], &log("companion"));
    until_ready(scene.simulator[2], &log("simulator")).await.expect("the simulator serves");
    until_ready(scene.administration, &log("companion")).await.expect("the companion serves");

    let (app, doorstep) = (RawClient::new(&url, now).expect("an app"), Doorstep::open().expect("a door"));
    let started = app.start(&doorstep.redirect_uri).await.expect("it begins");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    browser.walk(&app.authorize_address(&started), &Person::named("camille")).await.expect("the person signs in");
    let back = browser.history.iter().rev().find(|url| url.as_str().starts_with(&doorstep.redirect_uri)).expect("and comes back");
    let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let tokens = app.redeem(&started, &code).await.expect("it answers").tokens().expect("a session");
    let session = app.session(&tokens.access).await.expect("it answers");
    assert_eq!(session.status, reqwest::StatusCode::OK, "{session:?}");
    // An administrator's command finds the token where it was said to be.
    let listed = scene.run(&["sessions", "list", "--json", "--config", &config].map(str::to_owned)).await;
    assert!(listed.status.success() && told(&listed).contains("\"device\""), "{}", told(&listed));
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_a_key_is_never_replaced() {
    let scene = Scene::new();
    scene.set_up().await;
    let all = scene.all();
    scene.set_up().await;
    assert!(scene.all() == all, "nothing changed");
    let key = fs::read(scene.at("secrets/vault-key")).expect("there");
    let renamed = [("--service-name", Some("Autre nom"))];
    let refused = scene.run(&scene.words(&renamed)).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(told(&refused).starts_with("VST-3031 : ") && scene.all() == all, "{}", told(&refused));
    let words = [scene.words(&renamed), vec!["--force".to_owned()]].concat();
    let forced = scene.run(&words).await;
    assert!(forced.status.success() && told(&forced).contains("Ancienne configuration, gardée : "), "{}", told(&forced));
    assert_eq!(fs::read(scene.at("secrets/vault-key")).expect("there"), key);
    let kept: Vec<PathBuf> =
        scene.all().into_iter().map(|(path, _)| path).filter(|path| !all.iter().any(|(known, _)| known == path)).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let former = all.iter().find(|(path, _)| *path == scene.config()).expect("there").1.clone();
    assert_eq!(fs::read(&kept[0]).expect("readable"), former);
    assert!(fs::read_to_string(scene.config()).expect("there").contains("\"Autre nom\""));
}

#[tokio::test]
async fn nothing_is_written_where_it_is_only_shown() {
    let scene = Scene::new();
    let all = scene.all();
    let words = [scene.words(&[("--client-secret-file", None)]), vec!["--print".to_owned()]].concat();
    let shown = scene.run(&words).await;
    assert!(shown.status.success() && shown.stderr.is_empty(), "{}", told(&shown));
    assert!(scene.all() == all, "nothing is written");
    let text = String::from_utf8(shown.stdout).expect("text");
    let config = companion_server::config::Config::parse(&text, Path::new("/")).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(config.service.name, "Dossier \"d’essai\"");
}

#[tokio::test]
async fn whatever_is_wrong_has_its_code_and_leaves_nothing() {
    let scene = Scene::new();
    fs::write(scene.at("open-secret"), SECRET).expect("written");
    fs::set_permissions(scene.at("open-secret"), fs::Permissions::from_mode(0o644)).expect("changed");
    write_private(&scene.at("two-lines"), "a\nb").expect("written");
    write_private(&scene.at("empty"), "").expect("written");
    let (open, two, empty, nowhere) = (scene.text("open-secret"), scene.text("two-lines"), scene.text("empty"), scene.text("nowhere"));
    let (far, folder, own) = (scene.text("a/b/c.sqlite"), scene.text("none/token"), scene.text("companion.toml"));
    let taken = scene.administration.to_string();
    let wrong: Vec<(Instead<'_>, &str, &str)> = vec![
        (vec![("--environment", Some("prod"))], "VST-3030", "--environment"),
        (vec![("--public-url", Some("connexion.hopital.example"))], "VST-3030", "--public-url"),
        (vec![("--public-url", Some("http://connexion.hopital.example"))], "VST-3030", "https est exigé"),
        (vec![("--public-url", None)], "VST-3029", "il manque --public-url"),
        (vec![("--client-secret-file", None)], "VST-3029", "il manque --client-secret-file"),
        (vec![("--client-secret-file", Some(&nowhere))], "VST-3030", "n’existe pas"),
        (vec![("--client-secret-file", Some(&open))], "VST-3030", "lisible par tous"),
        (vec![("--client-secret-file", Some(&two))], "VST-3030", "plusieurs lignes"),
        (vec![("--client-secret-file", Some(&empty))], "VST-3030", "vide"),
        (vec![("--service-name", Some(""))], "VST-3030", "--service-name"),
        (vec![("--service-name", Some("a\n[psc]"))], "VST-3030", "signe de contrôle"),
        (vec![("--listen", Some("0.0.0.0:8080"))], "VST-3030", "--listen"),
        (vec![("--listen", Some(&taken))], "VST-3030", "écoute"),
        (vec![("--tls-certificate", Some(&nowhere)), ("--tls-key", Some(&nowhere))], "VST-3030", "déjà le fichier"),
        (vec![("--tls-key", Some(&nowhere))], "VST-3029", "--tls-certificate"),
        (vec![("--sqlite-file", Some(&own))], "VST-3030", "--sqlite-file"),
        (vec![("--sqlite-file", Some(&far))], "VST-3032", "n’existe pas"),
        // Known only once the secrets are there.
        (vec![("--administration-token-file", Some(&folder))], "VST-3022", "n’existe pas"),
    ];
    let all = scene.all();
    for (instead, code, fragment) in wrong {
        let refused = scene.run(&scene.words(&instead)).await;
        let said = told(&refused);
        assert_eq!(refused.status.code(), Some(2), "{instead:?}: {said}");
        assert!(said.starts_with(&format!("{code} : ")) && said.contains(fragment), "{instead:?}: {said}");
        // Code, title, cause, remedy.
        assert!(said.lines().count() >= 4 && !said.contains(SECRET) && !said.contains("os error"), "{instead:?}: {said}");
        assert!(scene.all() == all, "{instead:?} leaves nothing");
    }
    for (more, fragment) in [(["--sqlite-file", "/srv/autre"], "deux fois"), (["--client-secret", SECRET], "inconnue")] {
        let refused = scene.run(&[scene.words(&[]), more.map(str::to_owned).to_vec()].concat()).await;
        assert!(refused.status.code() == Some(2) && told(&refused).contains(fragment) && scene.all() == all, "{}", told(&refused));
    }
    let mut odd = ending_with_us("companion-server").expect("built");
    odd.args(scene.words(&[("--sqlite-file", None)]))
        .arg("--sqlite-file")
        .arg(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"/srv/\xff"));
    let refused = odd.env_clear().stdin(Stdio::null()).output().await.expect("it ends");
    assert!(told(&refused).starts_with("VST-3030 : --sqlite-file") && scene.all() == all, "{}", told(&refused));
}

#[tokio::test]
async fn an_account_without_the_right_is_told_before_anything_is_written() {
    let scene = Scene::new();
    // Whatever account runs the tests, this one owns nothing here.
    let as_nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
    fs::set_permissions(scene.at("given-secret"), fs::Permissions::from_mode(0o600)).expect("changed");
    if !std::process::Command::new("setpriv").args(as_nobody).arg("true").status().is_ok_and(|status| status.success()) {
        return;
    }
    // It could not read root's own target folder either.
    let copy = scene.at("companion-server");
    fs::copy(program("companion-server").expect("built"), &copy).expect("copied");
    let all = scene.all();
    let mut command = any_ending_with_us("setpriv");
    command.args(as_nobody).arg(&copy).args(scene.words(&[("--client-secret-file", Some("-"))])).env_clear().env("PATH", "/usr/bin:/bin");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    child.stdin.take().expect("an input").write_all(SECRET.as_bytes()).await.expect("written");
    let refused = child.wait_with_output().await.expect("it ends");
    assert!(told(&refused).starts_with("VST-3032 : ") && told(&refused).contains("n’y a pas accès"), "{}", told(&refused));
    assert!(scene.all() == all);
}

#[tokio::test]
async fn a_signal_while_a_server_is_waited_for_leaves_nothing() {
    let scene = Scene::new();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = silent.local_addr().expect("an address");
    write_private(&scene.at("address"), format!("postgres://a:b@{address}/base")).expect("written");
    let all = scene.all();
    let url_file = scene.text("address");
    let words = scene.words(&[("--sqlite-file", None), ("--postgres-url-file", Some(&url_file))]);
    for signal in ["INT", "TERM", "HUP"] {
        let mut command = ending_with_us("companion-server").expect("built");
        command.args(&words).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("started");
        let silent = silent.try_clone().expect("a listener");
        let held = tokio::task::spawn_blocking(move || silent.accept().expect("it asks").0).await.expect("it asks");
        let id = child.id().expect("it runs").to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &id]).status().expect("kill").success());
        let refused = tokio::time::timeout(Duration::from_secs(5), child.wait_with_output()).await.expect("at once").expect("it ends");
        drop(held);
        assert_eq!(refused.status.code(), Some(2), "{signal}: {}", told(&refused));
        assert!(told(&refused).starts_with("VST-3032 : la commande a été interrompue"), "{signal}: {}", told(&refused));
        assert!(scene.all() == all, "{signal}");
    }
}

/// The program before a terminal, which `script` plays.
struct Before {
    child: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    raw: Vec<u8>,
    seen: String,
    /// How much of it was answered.
    answered: usize,
}

impl Before {
    fn terminal(words: &[String], after: &str) -> Self {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
        let line =
            format!("'{}' {}; status=$?{after}; exit $status", program("companion-server").expect("built").display(), quoted.join(" "));
        // Whoever starts these tests in the background has left them deaf to Ctrl-C, and a terminal is not.
        let mut command = any_ending_with_us("env");
        command
            .args(["--default-signal=INT,QUIT", "script", "--quiet", "--return", "--command", &line, "/dev/null"])
            .env("SHELL", "/bin/sh");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("script (bsdutils)");
        let (keyboard, screen) = (child.stdin.take().expect("an input"), child.stdout.take().expect("an output"));
        Self { child, keyboard, screen, raw: Vec::new(), seen: String::new(), answered: 0 }
    }

    /// Waits for these words, then types.
    async fn answer(&mut self, question: &str, keys: &str) {
        let place = loop {
            if let Some(place) = self.seen[self.answered..].find(question) {
                break place;
            }
            let mut bytes = [0; 4096];
            let read = tokio::time::timeout(Duration::from_secs(20), self.screen.read(&mut bytes)).await;
            let read = read.unwrap_or_else(|_| panic!("{question}: {}", self.seen)).expect("readable");
            assert!(read > 0, "{question}: {}", self.seen);
            self.sees(&bytes[..read]);
        };
        self.answered += place + question.len();
        self.keyboard.write_all(keys.as_bytes()).await.expect("typed");
        self.keyboard.flush().await.expect("typed");
    }

    /// A sign of several bytes may come in two parts.
    fn sees(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.seen = String::from_utf8_lossy(&self.raw).replace(['\u{a0}', '\u{202f}'], " ");
    }

    /// Exit code, and all that was to be seen.
    async fn ends(mut self) -> (Option<i32>, String) {
        let mut rest = Vec::new();
        let all = tokio::time::timeout(Duration::from_secs(20), self.screen.read_to_end(&mut rest)).await;
        all.expect("it ends").expect("readable");
        self.sees(&rest);
        (self.child.wait().await.expect("it ends").code(), self.seen)
    }
}

/// What is asked where nothing of it is given.
const ASKED: [&str; 5] = ["--environment", "--public-url", "--service-name", "--client-id", "--client-secret-file"];

fn before(scene: &Scene, after: &str) -> Before {
    let without: Instead<'_> = ASKED.iter().map(|option| (*option, None)).collect();
    Before::terminal(&scene.words(&without), after)
}

#[tokio::test]
async fn a_person_is_asked_in_a_terminal_and_nothing_of_the_secret_is_shown() {
    let scene = Scene::new();
    let mut terminal = before(&scene, "; stty -a");
    terminal.answer("Environnement", "prod\n").await;
    terminal.answer("existent", "simulator\n").await;
    terminal.answer("Adresse publique", &format!("http://{}\n", scene.listener)).await;
    terminal.answer("Nom du logiciel", "\n").await;
    terminal.answer("nécessaire", "Dossier \"d’essai\"\n").await;
    terminal.answer("support", "\n").await;
    terminal.answer("Identifiant client", "vestibule-demo\n").await;
    // Typed with a slip, which is taken back.
    terminal.answer("Secret client", &format!("x\u{7f}{SECRET}\n")).await;
    terminal.answer("Écrire cette configuration", "oui\n").await;
    let (code, seen) = terminal.ends().await;
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("/psc/callback") && !seen.contains(SECRET), "{seen}");
    assert!(seen.contains(" echo ") && seen.contains(" icanon"), "the terminal is as it was: {seen}");
    assert_eq!(fs::read_to_string(scene.at("secrets/psc-client-secret")).expect("there"), SECRET);
    let checked = scene.run(&["check-config", "--config", &scene.text("companion.toml")].map(str::to_owned)).await;
    assert!(checked.status.success(), "{}", told(&checked));
    // Nobody is asked anything for a configuration that is there.
    let (code, seen) = before(&scene, "").ends().await;
    assert!(code == Some(2) && seen.starts_with("VST-3031 : ") && !seen.contains("Environnement"), "{seen}");
}

#[tokio::test]
async fn a_person_who_gives_up_leaves_nothing_and_a_terminal_as_it_was() {
    let scene = Scene::new();
    let all = scene.all();
    let url = format!("http://{}\n", scene.listener);
    let answers: [(&str, &str); 5] = [
        ("Environnement", "simulator\n"),
        ("Adresse publique", &url),
        ("Nom du logiciel", "Dossier\n"),
        ("support", "\n"),
        ("Identifiant", "abc\n"),
    ];
    // Ctrl-D in the middle of the questions.
    let mut terminal = before(&scene, "");
    terminal.answer("Environnement", "simulator\n").await;
    terminal.answer("Adresse publique", "\u{4}").await;
    let (code, seen) = terminal.ends().await;
    assert!(code == Some(2) && seen.contains("VST-3029 : il manque --public-url"), "{seen}");
    assert!(scene.all() == all);
    // Ctrl-C while the secret is asked for.
    let mut terminal = before(&scene, "; stty -a");
    for (question, keys) in answers {
        terminal.answer(question, keys).await;
    }
    terminal.answer("Secret client", "abc\u{3}").await;
    let (code, seen) = terminal.ends().await;
    assert!(code == Some(2) && seen.contains("VST-3032 : la commande a été interrompue"), "{seen}");
    assert!(seen.contains(" echo ") && scene.all() == all, "the terminal is as it was: {seen}");
    // Ctrl-C at any other question ends the program, which has written nothing.
    let mut terminal = before(&scene, "");
    terminal.answer("Environnement", "\u{3}").await;
    let (code, seen) = terminal.ends().await;
    assert!(code != Some(0) && !seen.contains("Configuration : "), "{seen}");
    assert!(scene.all() == all);
}
