//! Who set English reads English, whatever was asked and whatever became of it.

use vestibule_model::language::Language;

use crate::app::Workstation;
use crate::cli::{Done, run_with};
use crate::companion::{Companion, answers_code};
use crate::doubles::visit;

/// Names that are the same in every language, and what the companion's own double says.
const NAMES: [&str; 6] = [
    "Libéral",
    "Dossier de démonstration",
    "Pro Santé Connect",
    "Pro\u{a0}Santé\u{a0}Connect",
    "Cabinet de démonstration",
    "Médecin, médecine générale",
];

/// What only French writes.
const FRENCH_SIGNS: [char; 13] = ['é', 'è', 'ê', 'à', 'ç', 'ù', 'î', 'ô', 'É', '«', '»', '\u{202f}', 'œ'];

fn is_english(done: &Done, asked: &[&str]) {
    let mut told = format!("{}{}", done.out, done.err);
    for name in NAMES {
        told = told.replace(name, "");
    }
    assert!(!told.contains(FRENCH_SIGNS), "{asked:?}: {told}");
    for word in told.split(|sign: char| !sign.is_alphabetic()) {
        assert!(!["le", "la", "les", "une", "est", "dans", "pour", "poste", "sur"].contains(&word), "{asked:?}: {word} in {told}");
    }
}

async fn run(workstation: &Workstation, companion: &Companion, asked: &[&str]) -> Done {
    let mut settings = workstation.settings(companion);
    settings.language = Language::En;
    let done = run_with(asked, Ok(settings), workstation.ports()).await;
    is_english(&done, asked);
    done
}

#[tokio::test]
async fn a_whole_day_in_english() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let walk = async {
        let launch = workstation.browser.address(workstation.browser.count()).await;
        assert_eq!(visit(&launch).await.status, 303);
        assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    };
    let (done, ()) = tokio::join!(run(&workstation, &companion, &["login"]), walk);
    assert!(done.exit == 0 && done.out.contains("Session open: "), "{} {}", done.out, done.err);
    assert!(run(&workstation, &companion, &["status"]).await.out.contains("at the latest"));
    run(&workstation, &companion, &["situation"]).await;
    let unknown = run(&workstation, &companion, &["situation", "nowhere"]).await;
    assert!(unknown.err.contains("lists them"), "{}", unknown.err);
    let listed = run(&workstation, &companion, &["sessions"]).await;
    assert!(listed.out.contains("Unnamed workstation · locked · open for 3 h 00 · last activity 3 minutes ago"), "{}", listed.out);
    assert!(run(&workstation, &companion, &["sessions", "end", "--others"]).await.out.contains("One session has been closed on another"));
    let done = run(&workstation, &companion, &["logout"]).await;
    assert!(done.out.contains("Sign-out complete: both your sessions are closed"), "{}", done.out);
    let done = run(&workstation, &companion, &["status"]).await;
    assert!(done.exit == 1 && done.err.contains("Nobody is signed in."), "{}", done.err);
}

#[tokio::test]
async fn what_is_not_understood_and_what_is_wrong_is_told_in_english() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    for (asked, told) in [
        (["login", "--timeout", "0"].as_slice(), "Wrong value for --timeout"),
        (&["login", "--exchange", "scheme"], "works with the window only"),
        (&["nothing"], "Unknown command: nothing."),
        (&["status", "--nothing"], "Unknown option: --nothing."),
    ] {
        let done = run(&workstation, &companion, asked).await;
        assert!(done.exit == 2 && done.err.contains(told), "{asked:?}: {}", done.err);
    }
    let help = run(&workstation, &companion, &["--help"]).await;
    assert!(
        help.out.contains("Usage:") && help.out.contains("Exit codes:") && help.out.contains("Closes the session and the one at"),
        "{}",
        help.out
    );
    for command in ["login", "situation", "settings"] {
        assert_eq!(run(&workstation, &companion, &[command, "--help"]).await.exit, 0);
    }
    assert!(run(&workstation, &companion, &["settings", "show", "--sources"]).await.out.contains("Policy file: "));
    let diagnosis = run(&workstation, &companion, &["doctor"]).await;
    assert!(diagnosis.out.contains("Clock of the workstation: "), "{}", diagnosis.out);
}
