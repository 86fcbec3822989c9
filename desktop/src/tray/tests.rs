//! What the icon says of each screen.

use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{AppView, ProblemView, Screen, SessionView, SignInNotice};

use super::*;
use crate::engine::refused;

const PERSON: &str = "FICTIF";

fn view(screen: Screen, language: Language) -> AppView {
    AppView { screen, ..refused::view(ErrorCode::HomeUnknown, language) }
}

fn session() -> SessionView {
    SessionView {
        sign_in_id: "7F3K-9QXM".to_owned(),
        title: None,
        given_name: "Camille".to_owned(),
        family_name: PERSON.to_owned(),
        capacity: String::new(),
        situation: None,
        situation_count: 1,
        means: None,
        identity_changed: false,
        new_workstation: false,
        idle_ends_at_ms: 0,
        ends_at_ms: 0,
        service_reachable: true,
    }
}

fn problem() -> Screen {
    Screen::Problem(ProblemView {
        code: ErrorCode::HomeUnknown,
        title: String::new(),
        cause: String::new(),
        remedy: String::new(),
        sign_in_id: Some("7F3K-9QXM".to_owned()),
        can_retry: false,
        can_use_another_browser: false,
    })
}

fn over() -> Screen {
    Screen::Ended { reason: Some(SessionEnd::Idle), at_ms: 0, idle_limit_s: 900 }
}

fn signed_in() -> Screen {
    Screen::SignedIn { session: session() }
}

fn locked() -> Screen {
    Screen::Locked { at_ms: 0, ends_at_ms: 0 }
}

fn choosing() -> Screen {
    Screen::ChoosingSituation { session: session(), situations: Vec::new(), suggested_id: None, can_keep: false }
}

#[test]
fn the_icon_says_a_session_is_open_on_the_two_screens_of_an_open_one_alone() {
    let rest = Screen::SignIn { notice: None };
    for (screen, standing) in [
        (Screen::Resuming, Standing::Busy),
        (Screen::AwaitingKeyring, Standing::Busy),
        (Screen::OpeningBrowser, Standing::Busy),
        (Screen::SigningOut, Standing::Busy),
        (rest, Standing::SignedOut),
        (over(), Standing::SignedOut),
        (signed_in(), Standing::SignedIn),
        (choosing(), Standing::SignedIn),
        (locked(), Standing::Locked),
        (problem(), Standing::Problem),
    ] {
        for language in [Language::Fr, Language::En] {
            let shown = tray_view(&view(screen.clone(), language));
            assert_eq!(shown.standing, standing, "{screen:?}");
            let open = if language == Language::Fr { "session ouverte" } else { "session open" };
            assert_eq!(
                shown.title.ends_with(open) && !shown.title.contains("aucune") && !shown.title.contains("no "),
                standing == Standing::SignedIn
            );
        }
    }
}

#[test]
fn its_menu_opens_and_quits_everywhere_and_offers_what_the_screen_does() {
    let own = |screen: Screen| {
        let entries = tray_view(&view(screen, Language::Fr)).entries;
        assert_eq!((&entries[0].act, &entries[entries.len() - 1].act), (&Act::Open, &Act::Quit));
        assert!(entries.iter().all(|entry| Act::named(entry.act.name()).as_ref() == Some(&entry.act)), "{entries:?}");
        entries[1..entries.len() - 1].iter().map(|entry| entry.act.name()).collect::<Vec<_>>()
    };
    for (screen, offered) in [
        (Screen::SignIn { notice: None }, &["sign_in"][..]),
        (over(), &["sign_in"]),
        (Screen::OpeningBrowser, &["cancel"]),
        (signed_in(), &["sign_out"]),
        (choosing(), &["sign_out"]),
        (locked(), &["sign_in", "sign_out"]),
        (Screen::Resuming, &[]),
        (Screen::AwaitingKeyring, &[]),
        (Screen::SigningOut, &[]),
        (problem(), &[]),
    ] {
        assert_eq!(own(screen.clone()), offered, "{screen:?}");
    }
    let quit = |screen| tray_view(&view(screen, Language::Fr)).entries.pop().map(|entry| entry.label);
    assert_eq!(quit(signed_in()).as_deref(), Some("Quitter et fermer la session"), "what it takes away is said");
    assert_eq!(quit(over()).as_deref(), Some("Quitter"));
}

#[test]
fn no_line_and_no_notice_names_a_person_or_a_sign_in() {
    for language in [Language::Fr, Language::En] {
        for screen in [signed_in(), choosing(), locked(), over(), problem()] {
            let said = format!(
                "{:?} {:?}",
                tray_view(&view(screen.clone(), language)),
                news(&view(signed_in(), language), &view(screen, language))
            );
            for secret in [PERSON, "Camille", "7F3K-9QXM"] {
                assert!(!said.contains(secret), "{said}");
            }
        }
    }
}

#[test]
fn what_she_did_not_do_herself_is_news_and_nothing_else_is() {
    let told = |before: Screen, after: Screen| news(&view(before, Language::Fr), &view(after, Language::Fr)).map(|notice| notice.text);
    let ended_by_card = Screen::SignIn { notice: Some(SignInNotice::CardRemoved) };
    for (before, after, word) in [
        (signed_in(), over(), "s’est terminée"),
        (choosing(), over(), "s’est terminée"),
        (signed_in(), ended_by_card, "s’est terminée"),
        (locked(), over(), "s’est terminée"),
        (signed_in(), locked(), "Rien n’en est plus affiché"),
        (signed_in(), problem(), "Ouvrez la fenêtre"),
    ] {
        let text = told(before.clone(), after.clone());
        assert!(text.as_ref().is_some_and(|text| text.contains(word)), "{before:?} {after:?}: {text:?}");
    }
    let rest = || Screen::SignIn { notice: None };
    for (before, after) in [
        (signed_in(), Screen::SigningOut),
        (Screen::SigningOut, rest()),
        (rest(), Screen::OpeningBrowser),
        (Screen::OpeningBrowser, signed_in()),
        (locked(), signed_in()),
        (over(), rest()),
        (signed_in(), choosing()),
    ] {
        assert_eq!(told(before.clone(), after.clone()), None, "{before:?} {after:?}");
    }
}

#[test]
fn closing_hides_only_where_an_icon_brings_the_window_back_and_nobody_else_sits_down() {
    let mut shown = view(signed_in(), Language::Fr);
    assert_eq!(closing(&shown, true), Closing::Hides);
    assert_eq!(closing(&shown, false), Closing::Quits);
    shown.service.shared_workstation = true;
    assert_eq!(closing(&shown, true), Closing::Quits);
}

#[test]
fn every_menu_holds_its_lines_in_one_order() {
    for screen in [Screen::SignIn { notice: None }, Screen::OpeningBrowser, signed_in(), locked(), problem(), over()] {
        let shown = tray_view(&view(screen, Language::Fr)).entries;
        let mut places = shown.iter().map(|entry| Act::all().iter().position(|act| *act == entry.act).expect("a place"));
        assert!(places.clone().is_sorted() && places.next() == Some(0), "{shown:?}");
    }
}
