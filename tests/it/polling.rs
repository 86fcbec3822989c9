//! The polling exchange with real processes: a browser that shares nothing with the app but the person.

use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin};
use vestibule_tests::browser_double::{Page, Person, ScriptedBrowser};
use vestibule_tests::known_secrets::KnownSecrets;
use vestibule_tests::programs::Programs;

/// `vestibule login --exchange polling` at a terminal, and what it told.
struct Terminal {
    app: Child,
    typed: ChildStdin,
    told: Lines<BufReader<ChildStderr>>,
    link: String,
    number: String,
}

impl Terminal {
    async fn start(programs: &Programs) -> Self {
        Self::start_by(programs, "polling").await
    }

    async fn start_by(programs: &Programs, exchange: &str) -> Self {
        let arguments = ["login", "--exchange", exchange, "--no-browser", "--json", "--situation", "first"];
        let mut command = programs.command_line("", &arguments).expect("ready");
        let mut app = command.stdin(std::process::Stdio::piped()).spawn().expect("the app starts");
        let typed = app.stdin.take().expect("an input");
        let mut told = BufReader::new(app.stderr.take().expect("an error stream")).lines();
        let (mut link, mut number) = (None, None);
        while link.is_none() || number.is_none() {
            let line = told.next_line().await.expect("text").expect("more to tell");
            if line.starts_with("http") {
                link = Some(line);
            } else if let Some((_, end)) = line.split_once("C’est ").or_else(|| line.split_once("il doit être ")) {
                number = Some(end.trim_end_matches('.').to_owned());
            }
        }
        Self { app, typed, told, link: link.expect("told"), number: number.expect("told") }
    }

    async fn says(&mut self, part: &str) {
        let line = async {
            loop {
                let line = self.told.next_line().await.expect("text").unwrap_or_else(|| panic!("the app ended without saying {part}"));
                if line.contains(part) {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), line).await.unwrap_or_else(|_| panic!("the app never says {part}"));
    }

    async fn types(&mut self, line: &str) {
        self.typed.write_all(format!("{line}\n").as_bytes()).await.expect("typed");
    }

    /// The rest of what it told, its document, and how it ended.
    async fn ends(mut self) -> (ExitStatus, Option<Value>, String) {
        let ended = tokio::time::timeout(Duration::from_secs(30), self.app.wait()).await.expect("the app ends").expect("waited for");
        let (mut out, mut rest) = (String::new(), String::new());
        self.app.stdout.take().expect("an output").read_to_string(&mut out).await.expect("text");
        while let Some(line) = self.told.next_line().await.expect("text") {
            rest.push_str(&line);
            rest.push('\n');
        }
        (ended, serde_json::from_str(&out).ok(), rest)
    }
}

/// The code of the error that a document tells; empty when it tells none.
fn error_of(document: Option<&Value>) -> &str {
    document.and_then(|document| document["error"]["code"].as_str()).unwrap_or_default()
}

/// Signs in at the provider from another machine and picks this number on the companion's page.
async fn picks(link: &str, number: &str) -> Page {
    let person = Person { number: Some(number.to_owned()), ..Person::named("camille") };
    ScriptedBrowser::new().expect("a browser").walk(link, &person).await.expect("the pages end")
}

#[tokio::test]
async fn the_first_time_she_types_the_letters_and_the_next_time_the_number_is_enough() {
    let programs = Programs::start().await.expect("the stack starts");
    let mut terminal = Terminal::start(&programs).await;
    let page = picks(&terminal.link, &terminal.number).await;
    let letters = page.letters().expect("a page");
    assert_eq!(letters.len(), 8, "{}", page.body);
    terminal.says("Saisissez ici le code de confirmation").await;
    // A slip of the hand first: it costs a try and nothing more.
    let wrong = if letters == "BBBBBBBB" { "CCCCCCCC" } else { "bbbb-bbbb" };
    terminal.types(wrong).await;
    terminal.says("il reste 4 tentatives").await;
    terminal.types(&format!("{} {}", letters[..4].to_lowercase(), &letters[4..])).await;
    let (ended, document, rest) = terminal.ends().await;
    assert!(ended.success(), "{rest}");
    let document = document.expect("one document");
    assert_eq!(document["session"]["national_id"], "899700999016");
    assert_eq!(document["exchange"], "polling");

    let status = programs.run("camille", &["status", "--json"]).await.expect("status ends");
    assert_eq!(status.json().expect("one document")["session"]["national_id"], "899700999016", "the session is an ordinary one");
    assert_eq!(programs.run("camille", &["logout"]).await.expect("logout ends").code, Some(0));

    let terminal = Terminal::start(&programs).await;
    let page = picks(&terminal.link, &terminal.number).await;
    assert!(page.letters().expect("a page").is_empty(), "known here: no letters");
    let (ended, document, rest) = terminal.ends().await;
    assert!(ended.success() && document.expect("one document")["exchange"] == "polling", "{rest}");

    let logs = programs.talkative_logs().expect("logs");
    assert!(!logs.to_lowercase().contains(&letters.to_lowercase()), "letters in a log");
}

#[tokio::test]
async fn attack_41_where_several_people_share_a_machine_the_loopback_asks_for_number_and_letters_too() {
    let mut programs = Programs::start().await.expect("the stack starts");
    programs.reconfigure_companion(|kept| kept.with("workstations.multi_session = true")).await.expect("it starts again");

    let mut terminal = Terminal::start_by(&programs, "loopback").await;
    let page = picks(&terminal.link, &terminal.number).await;
    assert!(page.url.path().ends_with("/sign-in/return"), "the listener sent the browser on to {}", page.url.path());
    let letters = page.letters().expect("a page");
    assert_eq!(letters.len(), 8, "{}", page.body);
    terminal.says("Le navigateur vous demande quel nombre").await;
    terminal.says("Saisissez ici le code de confirmation").await;
    terminal.types(if letters == "BBBBBBBB" { "CCCCCCCC" } else { "BBBBBBBB" }).await;
    terminal.says("il reste 4 tentatives").await;
    terminal.types(&letters.to_lowercase()).await;
    let (ended, document, rest) = terminal.ends().await;
    assert!(ended.success(), "{rest}");
    let document = document.expect("one document");
    assert_eq!((&document["exchange"], &document["session"]["new_workstation"]), (&"loopback".into(), &true.into()));
    assert!(!programs.talkative_logs().expect("logs").to_lowercase().contains(&letters.to_lowercase()), "letters in a log");
}

#[tokio::test]
async fn attack_02_another_number_than_the_apps_ends_it_and_the_app_says_so() {
    let programs = Programs::start().await.expect("the stack starts");
    let terminal = Terminal::start(&programs).await;
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let person = Person::named("camille");
    let page = browser.walk_until(&terminal.link, &person, "confirmation").await.expect("up to the question");
    let forms = page.forms().expect("forms");
    let form = forms.iter().find(|form| form.id == "confirmation").expect("the question");
    let offered: Vec<&str> = form.buttons.iter().filter(|(name, _)| name == "number").map(|(_, value)| value.as_str()).collect();
    assert!(offered.len() == 3 && offered.contains(&terminal.number.as_str()), "{offered:?}");
    let wrong = offered.into_iter().find(|offered| *offered != terminal.number).expect("two others").to_owned();
    let page = browser.submit(form, &[("number", &wrong)]).await.expect("a page");
    assert!(page.letters().expect("a page").is_empty(), "no letters for a wrong number");
    let (ended, document, rest) = terminal.ends().await;
    assert_eq!(ended.code(), Some(1), "{rest}");
    assert_eq!(error_of(document.as_ref()), "VST-2021", "{rest}");
    assert!(rest.contains("VST-2021"), "{rest}");
    assert_eq!(programs.run("camille", &["status"]).await.expect("status ends").code, Some(1));
}

#[tokio::test]
async fn attack_26_five_wrong_tries_end_it_for_good() {
    let programs = Programs::start().await.expect("the stack starts");
    let mut terminal = Terminal::start(&programs).await;
    let letters = picks(&terminal.link, &terminal.number).await.letters().expect("a page");
    let wrong = if letters == "BBBBBBBB" { "CCCCCCCC" } else { "BBBBBBBB" };
    for left in ["4 tentatives", "3 tentatives", "2 tentatives", "une tentative"] {
        terminal.types(wrong).await;
        terminal.says(&format!("il reste {left}")).await;
    }
    terminal.types(wrong).await;
    let (ended, document, rest) = terminal.ends().await;
    assert_eq!(ended.code(), Some(1), "{rest}");
    assert_eq!(error_of(document.as_ref()), "VST-2020", "{rest}");
    assert!(rest.contains("VST-2020"), "{rest}");
}

#[tokio::test]
async fn an_app_that_is_interrupted_withdraws_and_the_page_says_that_nobody_waits() {
    let programs = Programs::start().await.expect("the stack starts");
    let terminal = Terminal::start(&programs).await;
    let id = terminal.app.id().expect("running");
    let killed = tokio::process::Command::new("kill").args(["-INT", &id.to_string()]).status().await.expect("kill runs");
    assert!(killed.success());
    let link = terminal.link.clone();
    let (ended, document, rest) = terminal.ends().await;
    assert_eq!((ended.code(), document.map(|document| document["outcome"].clone())), (Some(1), Some("cancelled".into())), "{rest}");
    let page = picks(&link, "00").await;
    assert!(page.letters().expect("a page").is_empty() && !page.status.is_success(), "{}", page.status);
}

#[tokio::test]
async fn attack_29_a_polling_sign_in_leaves_no_log_a_secret_that_the_database_knows_by_its_hash() {
    let programs = Programs::start().await.expect("the stack starts");
    let mut terminal = Terminal::start(&programs).await;
    let letters = picks(&terminal.link, &terminal.number).await.letters().expect("a page");
    assert_eq!(letters.len(), 8);
    terminal.says("Saisissez ici le code de confirmation").await;
    terminal.types(&letters).await;
    let link = terminal.link.clone();
    let (ended, _, rest) = terminal.ends().await;
    assert!(ended.success(), "{rest}");

    let mut known = KnownSecrets::default();
    let columns =
        ["request_hash FROM sign_ins", "cookie_hash FROM sign_ins", "provider_state_hash FROM sign_ins", "device_code_hash FROM sign_ins"];
    let database = programs.folder().join("companion.sqlite");
    known.learn(&database, &columns).await.expect("the sign-in's");
    known.learn(&database, &["hash FROM session_tokens"]).await.expect("the session's");
    assert_eq!(known.told_in(&link.replace("%3A", ":")), 1, "the search recognises a secret: the one in the address");
    let logs = programs.talkative_logs().expect("logs");
    assert_eq!(known.told_in(&logs), 0, "a secret stands in a log");
    assert!(!logs.to_lowercase().contains(&letters.to_lowercase()), "the letters stand in a log");
}
