//! `vestibule login` by polling: a link, a number, and letters typed into the terminal.

use std::sync::atomic::Ordering;

use secrecy::SecretString;
use tokio::sync::mpsc;
use vestibule_desktop::cli::Typing;
use vestibule_desktop::qr_code::Picture;
use vestibule_desktop::standard_output::Canvas;

use crate::app::Workstation;
use crate::cli::{Done, run_typing, run_with};
use crate::companion::{Companion, answers_code};
use crate::doubles::visit;

async fn run(workstation: &Workstation, companion: &Companion, arguments: &[&str]) -> Done {
    run_with(arguments, Ok(workstation.settings(companion)), workstation.ports()).await
}

/// These lines, then the end of the input.
pub fn types(lines: &[&'static str]) -> Typing {
    let lines = lines.to_vec();
    Box::new(move || {
        let (lines_in, typed) = mpsc::unbounded_channel();
        for line in lines {
            lines_in.send(SecretString::from(line)).expect("read");
        }
        typed
    })
}

/// Picks the number once the app asks, while time passes.
async fn picks_the_number(companion: &Companion, workstation: &Workstation) {
    companion.has_seen("POST", "/oauth/token", 1).await;
    companion.number_is_picked();
    loop {
        companion.is_quiet().await;
        workstation.clock.advance(std::time::Duration::from_secs(1));
    }
}

pub async fn login(workstation: &Workstation, companion: &Companion, arguments: &[&str], typing: Typing) -> Done {
    let mut done = std::pin::pin!(run_typing(arguments, Ok(workstation.settings(companion)), workstation.ports(), typing));
    tokio::select! {
        done = &mut done => done,
        () = picks_the_number(companion, workstation) => unreachable!("time passes for ever"),
    }
}

#[tokio::test]
async fn a_known_person_needs_no_letters() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let done = login(&workstation, &companion, &["login", "--exchange", "polling", "--json"], types(&[])).await;
    assert_eq!(done.exit, 0, "{}", done.err);
    assert_eq!(done.json()["exchange"], "polling");
    let link = format!("{}oauth/authorize?client_id=vestibule-desktop&request_uri=urn%3Acanary-request", companion.origin);
    assert!(done.err.contains(&link) && done.err.contains("C’est 07."), "{}", done.err);
    assert_eq!(workstation.browser.address(0).await.as_str(), link);
    for part in ["start_to_browser", "browser_to_callback", "callback_to_session", "total"] {
        assert!(done.json()["timings_ms"][part].is_u64(), "{part}");
    }
    assert_eq!(run(&workstation, &companion, &["status"]).await.exit, 0, "the next command goes on");
}

#[tokio::test]
async fn attack_01_a_new_person_types_the_letters_into_the_terminal_and_they_are_echoed_nowhere() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.shows_letters("BCDFGHJK");
    let lines = types(&["abcdefgh", "zzzz-zzzz", "bcdf ghjk"]);
    let done = login(&workstation, &companion, &["login", "--exchange", "polling", "--no-browser"], lines).await;
    assert_eq!(done.exit, 0, "{}", done.err);
    assert_eq!(workstation.browser.count(), 0);
    for told in [
        "Saisissez ici le code de confirmation",
        "il reste 5 tentatives",
        "sans voyelle ni chiffre",
        "Ce n’est pas le code affiché",
        "il reste 4 tentatives",
    ] {
        assert!(done.err.contains(told), "{told} in {}", done.err);
    }
    let sent: Vec<_> = companion.requests("POST", "/oauth/token").iter().filter_map(|request| request.form("confirmation_code")).collect();
    assert_eq!(sent, ["ZZZZZZZZ", "BCDFGHJK"], "what cannot be a code stays here");
    for secret in ["BCDF", "bcdf", "ZZZZ", "canary-device"] {
        assert!(!done.out.contains(secret) && !done.err.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn without_an_input_the_sign_in_is_withdrawn() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.shows_letters("BCDFGHJK");
    let done = login(&workstation, &companion, &["login", "--exchange", "polling", "--json"], types(&[])).await;
    let error = &done.json()["error"];
    assert_eq!((done.exit, error["code"].as_str(), error["sign_in_id"].as_str()), (1, Some("VST-1025"), Some("7F3K-9QXM")), "{}", done.err);
    assert!(done.json().get("outcome").is_none(), "nobody cancelled it");
    assert!(error["remedy"].as_str().is_some_and(|remedy| remedy.contains("entrée standard") && done.err.contains(remedy)), "{}", done.err);
    companion.has_seen("DELETE", "/api/v1/sign-ins/7F3K-9QXM", 1).await;
}

#[tokio::test]
async fn a_group_without_loopback_goes_on_by_polling_by_itself() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.opens(&["scheme", "polling"]);
    let done = login(&workstation, &companion, &["login", "--json"], types(&[])).await;
    assert_eq!((done.exit, done.json()["exchange"].as_str()), (0, Some("polling")), "{}", done.err);
}

#[tokio::test]
async fn what_was_asked_for_is_done_or_refused() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.opens(&["polling"]);
    let done = run(&workstation, &companion, &["login", "--exchange", "loopback"]).await;
    assert!(done.exit == 1 && done.err.contains("VST-2022"), "{}", done.err);
    for (arguments, told) in
        [(["login", "--exchange", "scheme"], "ne fonctionne qu’avec la fenêtre"), (["login", "--exchange", "pigeon"], "Valeur incorrecte")]
    {
        let done = run(&workstation, &companion, &arguments).await;
        assert!(done.exit == 2 && done.err.contains(told), "{}", done.err);
    }
    let fixed = Workstation::with_policy("exchange = \"loopback\"\n");
    for asked in ["polling", "auto"] {
        let done = run(&fixed, &companion, &["login", "--exchange", asked]).await;
        assert!(done.exit == 2 && done.err.contains("Le mode d’échange est imposé par la stratégie du poste"), "{}", done.err);
    }
    let alone = Workstation::new();
    alone.browser.missing.store(true, std::sync::atomic::Ordering::SeqCst);
    companion.opens(&["loopback", "polling"]);
    let done = run(&alone, &companion, &["login"]).await;
    assert!(done.exit == 1 && done.err.contains("VST-1001") && done.err.contains("--exchange polling"), "{}", done.err);
    assert!(run(&workstation, &companion, &["login", "--help"]).await.out.contains("--exchange"));
}

#[tokio::test]
async fn a_browser_that_does_not_come_is_told_with_the_other_road() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let clock = workstation.clock.clone();
    let walk = async {
        let launch = workstation.browser.address(0).await;
        clock.advance(std::time::Duration::from_secs(9));
        companion.has_seen("GET", "/api/v1/sign-ins/7F3K-9QXM/events", 2).await;
        visit(&launch).await;
        visit(&companion.return_address(answers_code())).await;
    };
    let (done, ()) = tokio::join!(run(&workstation, &companion, &["login"]), walk);
    assert!(done.exit == 0 && done.err.contains("vestibule login --exchange polling"), "{}", done.err);
}

#[tokio::test]
async fn a_picture_that_a_terminal_breaks_or_cuts_is_not_left_unexplained() {
    for (lacking_columns, lacking_rows, told) in [(1, 0, "et ce terminal en a "), (0, 1, "Agrandissez le terminal"), (0, 0, "")] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        let link = format!("{}oauth/authorize?client_id=vestibule-desktop&request_uri=urn%3Acanary-request", companion.origin);
        let picture = Picture::of(&link).expect("short enough");
        let (columns, lines) = (u16::try_from(picture.side()).expect("few"), picture.lines());
        let rows = u16::try_from(lines.len()).expect("few") + 1;
        workstation.outlet.is_terminal.store(true, Ordering::SeqCst);
        *workstation.outlet.canvas.lock().expect("never poisoned") =
            Some(Canvas { columns: columns - lacking_columns, rows: rows - lacking_rows });
        let done = login(&workstation, &companion, &["login", "--qr"], types(&[])).await;
        assert!(done.err.contains(&link) && done.err.contains(&lines.join("\n")) == (lacking_columns == 0), "{}", done.err);
        for hint in ["et ce terminal en a ", "Agrandissez le terminal"] {
            assert_eq!(done.err.contains(hint), hint == told, "{hint}: {}", done.err);
        }
    }
}

#[tokio::test]
async fn a_picture_of_the_address_is_for_another_machine_and_opens_nothing_here() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    workstation.outlet.is_terminal.store(true, Ordering::SeqCst);
    let done = login(&workstation, &companion, &["login", "--qr", "--json"], types(&[])).await;
    assert_eq!((done.exit, workstation.browser.count()), (0, 0), "{}", done.err);
    assert_eq!(done.json()["exchange"], "polling");
    let link = format!("{}oauth/authorize?client_id=vestibule-desktop&request_uri=urn%3Acanary-request", companion.origin);
    let picture = Picture::of(&link).expect("short enough").lines().join("\n");
    assert!(done.err.contains(&format!("{link}\n{picture}\n")), "{}", done.err);
    for (arguments, policy, told) in [
        (["login", "--qr", "--exchange", "loopback"].as_slice(), "", "--qr choisit «\u{a0}polling\u{a0}»"),
        (&["login", "--qr", "--exchange", "scheme"], "", "--qr choisit «\u{a0}polling\u{a0}»"),
        (&["login", "--qr"], "exchange = \"loopback\"\n", "la stratégie du poste impose le mode «\u{a0}loopback\u{a0}»"),
    ] {
        let workstation = Workstation::with_policy(policy);
        workstation.outlet.is_terminal.store(true, Ordering::SeqCst);
        let done = run(&workstation, &companion, arguments).await;
        assert!(done.exit == 2 && done.err.starts_with("VST-1029") && done.err.contains(told), "{}", done.err);
    }
    let done = run(&Workstation::new(), &companion, &["login", "--qr"]).await;
    assert!(done.exit == 2 && done.err.starts_with("VST-1029") && done.err.contains("n’en est pas un"), "{}", done.err);
}
