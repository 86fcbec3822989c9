//! The command line against the companion double.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule_desktop::cli::{self, Output, Typing};
use vestibule_desktop::settings::SettingsError;
use vestibule_desktop::{Ports, Settings};

use crate::app::Workstation;
use crate::companion::{Companion, answers_code};
use crate::doubles::visit;

pub struct Done {
    pub exit: u8,
    pub out: String,
    pub err: String,
}

impl Done {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("not JSON: {}", self.out))
    }
}

pub async fn run_with(arguments: &[&str], settings: Result<Settings, SettingsError>, ports: Ports) -> Done {
    let nobody: Typing = Box::new(|| tokio::sync::mpsc::unbounded_channel().1);
    run_typing(arguments, settings, ports, nobody).await
}

pub async fn run_typing(arguments: &[&str], settings: Result<Settings, SettingsError>, ports: Ports, typing: Typing) -> Done {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("vestibule").chain(arguments.iter().copied()).map(str::to_owned).collect();
    let exit = cli::run(arguments, settings, ports, typing, Output { out: &mut out, err: &mut err }).await;
    Done { exit, out: String::from_utf8(out).expect("text"), err: String::from_utf8(err).expect("text") }
}

pub async fn run(workstation: &Workstation, companion: &Companion, arguments: &[&str]) -> Done {
    run_with(arguments, Ok(workstation.settings(companion)), workstation.ports()).await
}

/// Logs in while a browser walks to the given answer.
pub async fn login(workstation: &Workstation, companion: &Companion, arguments: &[&str]) -> Done {
    let number = workstation.browser.count();
    let walk = async {
        let launch = workstation.browser.address(number).await;
        assert_eq!(visit(&launch).await.status, 303);
        assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    };
    tokio::join!(run(workstation, companion, arguments), walk).0
}

#[tokio::test]
async fn a_whole_day_on_the_command_line() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let done = login(&workstation, &companion, &["login", "--json"]).await;
    assert_eq!(done.exit, 0, "{}", done.err);
    let document = done.json();
    let session = &document["session"];
    assert_eq!(session["national_id"], "899700000001");
    assert_eq!(session["display_name"], "Dr\u{a0}Camille FICTIF-EXEMPLE");
    assert_eq!(session["profession"], "Médecin, médecine générale");
    assert_eq!(session["situation"]["id"], "s1");
    assert_eq!(session["expires_at"], "2027-01-15T12:00:00Z");
    assert_eq!(document["exchange"], "loopback");
    for part in ["start_to_browser", "browser_to_callback", "callback_to_session", "total"] {
        assert!(document["timings_ms"][part].is_u64(), "{part}");
    }
    assert!(!done.out.contains("canary") && !done.err.contains("canary"));
    assert!(!done.err.contains("899700000001"));

    let done = run(&workstation, &companion, &["status", "--json"]).await;
    assert_eq!((done.exit, done.json()["session"]["display_name"].as_str()), (0, Some("Dr\u{a0}Camille FICTIF-EXEMPLE")));
    let done = run(&workstation, &companion, &["status"]).await;
    assert!(done.out.contains("FICTIF-EXEMPLE") && done.out.contains("Cabinet de démonstration"), "{}", done.out);

    let done = run(&workstation, &companion, &["logout", "--json"]).await;
    assert_eq!((done.exit, done.json()["psc_session"].as_str()), (0, Some("ended")));
    let done = run(&workstation, &companion, &["status", "--json"]).await;
    assert_eq!((done.exit, &done.json()["session"]), (1, &Value::Null));
    assert_eq!(run(&workstation, &companion, &["logout"]).await.exit, 0);
}

#[tokio::test]
async fn a_status_says_what_of_its_time_was_the_keyring_s() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert_eq!(login(&workstation, &companion, &["login"]).await.exit, 0);
    workstation.keyring.silent.store(true, Ordering::SeqCst);
    let slow = async {
        workstation.keyring.is_waited_for(1).await;
        workstation.clock.advance(Duration::from_secs(2));
        workstation.keyring.answers_again();
    };
    let (done, ()) = tokio::join!(run(&workstation, &companion, &["status", "--json"]), slow);
    assert_eq!(done.json()["timings_ms"], json!({"keyring": 2000, "server": 0, "total": 2000}), "{}", done.err);
}

#[tokio::test]
async fn several_situations_are_listed_and_one_is_chosen() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.facts.two_situations.store(true, Ordering::SeqCst);
    *companion.facts.situation.lock().expect("unpoisoned") = None;
    let document = login(&workstation, &companion, &["login", "--json"]).await.json();
    assert_eq!(document["session"]["situation"], Value::Null);
    assert_eq!(document["situations"].as_array().map(Vec::len), Some(2));

    let done = run(&workstation, &companion, &["situation", "s2", "--json"]).await;
    assert_eq!((done.exit, done.json()["situation_id"].as_str()), (0, Some("s2")));
    let done = run(&workstation, &companion, &["situation"]).await;
    assert!(done.out.contains("* s2") && done.out.contains("  s1"), "{}", done.out);
    let done = run(&workstation, &companion, &["situation", "nulle-part"]).await;
    assert_eq!(done.exit, 1);
    assert!(done.err.starts_with("VST-2014") && done.err.contains("«\u{a0}vestibule situation\u{a0}» en donne la liste"), "{}", done.err);
    assert!(!done.err.contains("--situation"), "she is signed in: {}", done.err);
    let done = run(&workstation, &companion, &["situation", "first", "--json"]).await;
    assert_eq!((done.exit, done.json()["situation_id"].as_str()), (0, Some("s1")));

    *companion.facts.situation.lock().expect("unpoisoned") = None;
    let document = login(&workstation, &companion, &["login", "--json", "--situation", "first"]).await.json();
    assert_eq!(document["session"]["situation"]["id"], "s1");
}

#[tokio::test]
async fn a_refusal_and_a_browser_that_never_returns_are_outcomes() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let walk = async {
        visit(&workstation.browser.address(0).await).await;
        visit(&companion.refusal_address("access_denied", None)).await;
    };
    let (done, ()) = tokio::join!(run(&workstation, &companion, &["login", "--json"]), walk);
    assert_eq!((done.exit, done.json()["outcome"].as_str()), (1, Some("declined")));

    let done = login_that_nobody_ends(&workstation, &companion, &["login", "--json", "--timeout", "30"], Duration::from_secs(30)).await;
    assert_eq!((done.exit, done.json()["outcome"].as_str()), (1, Some("timed_out")));
}

#[tokio::test]
async fn a_sign_in_that_pro_sante_connect_leaves_unanswered_blames_no_browser() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let see = |seen| *companion.facts.psc.lock().expect("unpoisoned") = seen;
    companion.sign_in_is(json!({"state": "at_provider"}));
    for (seen, told) in [(json!({"code": "VST-4002"}), "VST-4002"), (json!({"code": "VST-4001"}), "VST-4001")] {
        see(seen);
        let arguments = ["login", "--json", "--timeout", "30"];
        let done = login_that_nobody_ends(&workstation, &companion, &arguments, Duration::from_secs(30)).await;
        let error = &done.json()["error"];
        assert_eq!((done.exit, error["code"].as_str(), error["sign_in_id"].as_str()), (3, Some(told), Some("7F3K-9QXM")), "{}", done.out);
        assert!(!done.err.contains("navigateur n’a pas répondu"), "{}", done.err);
    }
    see(json!({}));
    let done = login_that_nobody_ends(&workstation, &companion, &["login", "--timeout", "30"], Duration::from_secs(30)).await;
    assert!(done.exit == 1 && done.err.contains("navigateur n’a pas répondu"), "it answers: {}", done.err);
}

#[tokio::test]
async fn without_a_browser_the_address_is_shown() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let answer = async {
        companion.has_seen("POST", "/oauth/par", 1).await;
        visit(&companion.return_address(answers_code())).await;
    };
    let (done, ()) = tokio::join!(run(&workstation, &companion, &["login", "--no-browser"]), answer);
    assert_eq!((done.exit, workstation.browser.count()), (0, 0), "{}", done.err);
    assert!(done.err.contains("http://127.0.0.1:") && done.err.contains("/go"), "{}", done.err);
}

#[tokio::test]
async fn errors_are_coded_french_and_have_their_exit_codes() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    for arguments in [&["nimporte"][..], &["login", "--nimporte"], &["login", "--timeout", "0"], &[]] {
        let done = run(&workstation, &companion, arguments).await;
        assert_eq!(done.exit, 2, "{arguments:?}");
        assert!(done.err.starts_with("VST-1029") && done.err.contains("vestibule --help"), "{}", done.err);
    }
    for (arguments, told) in [
        (&["nimporte"][..], "Commande inconnue\u{a0}: nimporte."),
        (&["login", "--nimporte"], "Option inconnue\u{a0}: --nimporte."),
        (&["situation", "s1", "s2"], "Argument en trop\u{a0}: s2."),
        (&["status", "extra"], "Argument en trop\u{a0}: extra."),
        (&["login", "--timeout"], "Valeur absente pour --timeout <SECONDES> (un nombre de secondes, de 1 à 600\u{202f}; par exemple 120)."),
        (
            &["login", "--timeout", "0"],
            "Valeur incorrecte pour --timeout <SECONDES> (un nombre de secondes, de 1 à 600\u{202f}; par exemple 120).",
        ),
        (&["report", "--days", "32"], "Valeur incorrecte pour --days <NOMBRE> (un nombre de jours, de 1 à 14\u{202f}; par exemple 7)."),
        (&["log", "--lines", "dix"], "Valeur incorrecte pour --lines <NOMBRE> (un nombre de lignes, par exemple 200)."),
        (&["login", "--exchange", "pigeon"], "Valeur incorrecte pour --exchange <MODE> (auto, loopback ou polling)."),
        (&["login", "--json", "--json"], "Option donnée deux fois\u{a0}: --json."),
        (&["status", "--json=oui"], "L’option --json ne prend pas de valeur."),
        (&["situation", " "], "Valeur incorrecte pour [ID|first] (l’identifiant d’une situation, ou first)."),
        (&[], "Aucune commande n’est donnée."),
    ] {
        let done = run(&workstation, &companion, arguments).await;
        assert!(done.exit == 2 && done.err.contains(told), "{arguments:?}: {}", done.err);
    }
    for (asked, same) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "login"], &["login", "--help"]),
        (&["help", "card", "watch"], &["card", "watch", "--help"]),
        (&["card", "help"], &["card", "--help"]),
    ] {
        let (asked, same) = (run(&workstation, &companion, asked).await, run(&workstation, &companion, same).await);
        assert_eq!((asked.exit, asked.out), (0, same.out));
    }
    companion.is_down(true);
    // Refused before anybody is asked for anything.
    let done = run(&workstation, &companion, &["login", "--situation="]).await;
    assert!(done.exit == 2 && done.err.contains("Valeur incorrecte pour --situation <ID|first>"), "{}", done.err);
    let done = run(&workstation, &companion, &["login"]).await;
    assert_eq!(done.exit, 3);
    assert!(done.err.starts_with("VST-2041"), "{}", done.err);
    companion.is_down(false);

    let refused = SettingsError::NoPolicy("/etc/vestibule/policy.toml".into());
    let done = run_with(&["status"], Err(refused), workstation.ports()).await;
    assert_eq!(done.exit, 2);
    assert!(done.err.starts_with("VST-1005") && done.err.contains("/etc/vestibule/policy.toml"), "{}", done.err);
}

#[tokio::test]
async fn the_help_is_french_and_names_every_command_and_option() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let commands: [(&[&str], &[&str]); 9] = [
        (&[], &["login", "status", "situation", "logout", "doctor", "--version", "Codes de sortie"]),
        (&["login"], &["--json", "--timeout <SECONDES>", "--situation <ID|first>", "--no-browser", "--exchange <MODE>"]),
        (&["status"], &["--json"]),
        (&["situation"], &["[ID|first]", "--json"]),
        (&["logout"], &["--json"]),
        (&["activity"], &["--ago <SECONDES>", "--json"]),
        (&["card"], &["status", "watch"]),
        (&["card", "watch"], &["--json"]),
        (&["doctor"], &["--json"]),
    ];
    for (command, named) in commands {
        let done = run(&workstation, &companion, &[command, &["--help"]].concat()).await;
        assert_eq!(done.exit, 0);
        assert!(done.out.contains("Usage\u{a0}:") || done.out.contains("Usage :"), "{}", done.out);
        for named in named.iter().chain(&["--help", "Affiche cette aide"]) {
            assert!(done.out.contains(named), "{named} is missing in {}", done.out);
        }
        // What the library says of itself when nobody translates it.
        for english in ["Usage:", "Commands:", "Print ", "[default", "[possible values", "[aliases", "[env"] {
            assert!(!done.out.contains(english), "{english} in {}", done.out);
        }
    }
    let done = run(&workstation, &companion, &["--version"]).await;
    assert_eq!((done.exit, done.out.trim()), (0, concat!("vestibule ", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn the_doctor_finds_what_is_wrong() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let done = run(&workstation, &companion, &["doctor", "--json"]).await;
    assert_eq!(done.exit, 0, "{}", done.out);
    let report = done.json();
    let ids: Vec<_> = report["checks"].as_array().expect("checks").iter().map(|check| check["id"].as_str().expect("an id")).collect();
    let mut expected = vec![
        "settings",
        "route",
        "companion",
        "app",
        "clock",
        "keyring",
        "workstation",
        "browser",
        "loopback",
        "log",
        "last_sign_in",
        "disk",
        "return_scheme",
        "activity",
        "card_service",
    ];
    // Only Unix says how much is left.
    expected.retain(|id| cfg!(unix) || *id != "disk");
    assert_eq!(ids, expected);

    workstation.clock.advance(Duration::from_secs(300));
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert_eq!(done.exit, 1);
    assert!(done.out.contains("avance de 5\u{a0}minutes") && done.out.contains("ATTENTION  Horloge"), "{}", done.out);

    companion.is_down(true);
    workstation.browser.missing.store(true, Ordering::SeqCst);
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert!(done.out.contains("paper-open est là, mais le système n’indique aucun navigateur installé"), "{}", done.out);
    workstation.owner.mine.store(false, Ordering::SeqCst);
    let done = run(&workstation, &companion, &["doctor"]).await;
    assert_eq!(done.exit, 2);
    for code in ["VST-2041", "VST-1001", "VST-1002"] {
        assert!(done.out.contains(code), "{code} in {}", done.out);
    }
    let sealed = Workstation::with_policy("exchange = \"scheme\"\nenrolment_token = \"vst-poste-marque\"\n");
    let done = run(&sealed, &companion, &["doctor"]).await;
    assert!(done.out.contains("VST-1010") && done.out.contains("jeton d’inscription présent"), "{}", done.out);
    assert!(!done.out.contains("marque") && done.out.contains("mode d’échange scheme"), "{}", done.out);
    sealed.handlers.registered.store(true, Ordering::SeqCst);
    let done = run(&sealed, &companion, &["doctor"]).await;
    assert!(done.out.contains("fr.vestibule.app, ouvert par fr.vestibule.app.desktop"), "{}", done.out);

    let none = Workstation::with_keyring(Arc::default());
    let done = run_with(&["doctor"], Err(SettingsError::NoPolicy("x".into())), none.ports()).await;
    assert!(done.exit == 2 && done.out.contains("VST-1005  Créez ou corrigez ce fichier"), "{}", done.out);
}

/// Logs in where the browser is asked for and nobody comes before `limit` is over.
pub async fn login_that_nobody_ends(workstation: &Workstation, companion: &Companion, arguments: &[&str], limit: Duration) -> Done {
    let (number, heard) = (workstation.browser.count(), companion.heard().len());
    let pass = async {
        workstation.browser.address(number).await;
        companion.hears_after(heard, "/api/v1/sign-ins/7F3K-9QXM/events").await;
        workstation.clock.advance(limit);
    };
    tokio::join!(run(workstation, companion, arguments), pass).0
}

/// Runs a command that meets the silent keyring, for which this much time passes then and no more.
async fn run_in_silence(workstation: &Workstation, companion: &Companion, arguments: &[&str], call: usize, patience: Duration) -> Done {
    let pass = async {
        workstation.keyring.is_waited_for(call).await;
        let slow = Duration::from_secs(2);
        workstation.clock.advance(slow);
        // Both run in one task, in turns: after two, the command has said that it waits.
        for _ in 0..2 {
            tokio::task::yield_now().await;
        }
        workstation.clock.advance(patience - slow);
    };
    let both = async { tokio::join!(run(workstation, companion, arguments), pass).0 };
    tokio::time::timeout(Duration::from_secs(20), both).await.unwrap_or_else(|_| panic!("{arguments:?} waits longer than {patience:?}"))
}

#[tokio::test]
async fn a_keyring_that_never_answers_delays_a_command_and_stops_none() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    workstation.keyring.silent.store(true, Ordering::SeqCst);
    let done = run_in_silence(&workstation, &companion, &["status"], 1, Duration::from_secs(10)).await;
    assert!(done.exit == 1 && done.err.contains("Le trousseau de clés n’a pas encore répondu"), "{}", done.err);
    assert!(done.err.contains("VST-1018") && !done.err.contains("Personne n’est connecté"), "{}", done.err);

    // Half of the time that was given, at most; the rest is the person's.
    let login = ["login", "--timeout", "5"];
    let pass = async {
        workstation.browser.address(0).await;
        companion.has_seen("GET", "/api/v1/sign-ins/7F3K-9QXM/events", 1).await;
        workstation.clock.advance(Duration::from_secs(5));
    };
    let login = run_in_silence(&workstation, &companion, &login, 2, Duration::from_millis(2500));
    let (done, ()) = tokio::join!(login, pass);
    assert!(done.exit == 1 && done.err.contains("VST-1018") && done.err.contains("n’a pas répondu à temps"), "{}", done.err);

    let done = run_in_silence(&workstation, &companion, &["doctor"], 3, Duration::from_secs(10)).await;
    assert!(done.out.contains("VST-1018") && done.out.contains("Navigateur"), "{}", done.out);
}

/// Takes what is written until somebody stops reading, as a closed pipe.
pub struct ClosedPipe;

impl std::io::Write for ClosedPipe {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Takes one line, as `head -1` does.
struct OneLine(bool);

impl std::io::Write for OneLine {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if std::mem::replace(&mut self.0, true) { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_diagnosis_ends_with_its_reader_and_not_with_its_last_check() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let nobody: Typing = Box::new(|| tokio::sync::mpsc::unbounded_channel().1);
    let (mut out, mut err) = (OneLine(false), Vec::new());
    let output = Output { out: &mut out, err: &mut err };
    let arguments = ["vestibule", "doctor"].map(str::to_owned).to_vec();
    let exit = cli::run(arguments, Ok(workstation.settings(&companion)), workstation.ports(), nobody, output).await;
    assert_eq!((exit, String::from_utf8_lossy(&err).as_ref()), (0, ""), "quietly");
    assert!(companion.requests("POST", "/api/v1/workstation").is_empty(), "nobody waits for what is left");
}

/// Has no room for what is written.
pub struct FullDisk;

impl std::io::Write for FullDisk {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::from_raw_os_error(if cfg!(windows) { 112 } else { 28 }))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_that_left_is_no_error_and_a_full_disk_is_one() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    for arguments in [&["doctor"][..], &["doctor", "--json"], &["status", "--json"], &["--help"]] {
        let command: Vec<String> = std::iter::once("vestibule").chain(arguments.iter().copied()).map(str::to_owned).collect();
        let nobody: fn() -> Typing = || Box::new(|| tokio::sync::mpsc::unbounded_channel().1);
        let mut err = Vec::new();
        let output = Output { out: &mut ClosedPipe, err: &mut err };
        let exit = cli::run(command.clone(), Ok(workstation.settings(&companion)), workstation.ports(), nobody(), output).await;
        assert_eq!((exit, String::from_utf8_lossy(&err).as_ref()), (0, ""), "{arguments:?}");
        let output = Output { out: &mut FullDisk, err: &mut err };
        let exit = cli::run(command, Ok(workstation.settings(&companion)), workstation.ports(), nobody(), output).await;
        let told = String::from_utf8_lossy(&err).into_owned();
        assert!(
            exit == 1 && told.contains("VST-1030") && told.contains("le disque est plein") && !told.contains("Un fichier"),
            "{arguments:?}: {told}"
        );
    }
}
