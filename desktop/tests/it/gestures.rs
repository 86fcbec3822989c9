//! Whose idea it is that a browser opens: a person's, always.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use vestibule_desktop::tray::Whereabouts;
use vestibule_model::language::Language;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{AppRequest, CardBadge, Screen, SupportRequest, ZoomStep};

use crate::app::{App, Workstation};
use crate::card_removal::{LOCKING, has_badge, in_reader, is_locked, pulled, signed_in};
use crate::companion::Companion;
use crate::doubles::CPS;

/// All that comes without anybody asking for a sign-in, one after the other: a second instance with an address or without, the icon, input, a
/// card, the window. What leaves a screen comes last.
async fn nobody_asks(app: &mut App, workstation: &Workstation) {
    for argument in [
        "fr.vestibule.app:/cb/x?code=a&state=b",
        "fr.vestibule.app:/",
        "https://evil.example/",
        "--hidden",
        "sign-in",
        "",
        "vestibule:login",
    ] {
        app.handle.returned(argument.to_owned());
        no_sign_in(app, argument).await;
    }
    for whereabouts in [Whereabouts::Closed, Whereabouts::InSight, Whereabouts::NotOpened] {
        app.handle.window_is(whereabouts);
        no_sign_in(app, "the icon").await;
    }
    app.handle.activity(Duration::ZERO);
    no_sign_in(app, "another software").await;
    for cards in [&[("A", Some(CPS))][..], &[("A", None)], &[]] {
        workstation.readers.are(cards);
        no_sign_in(app, "a card").await;
    }
    let support = [SupportRequest::Show, SupportRequest::StopReading, SupportRequest::DiscardReport, SupportRequest::Hide];
    let others = [
        AppRequest::Activity,
        AppRequest::Cancel,
        AppRequest::ReopenBrowser,
        AppRequest::UseAnotherBrowser,
        AppRequest::GoOnWithoutKeyring,
        AppRequest::ConfirmCode { code: "ABCDEFGH".to_owned() },
        AppRequest::ChooseSituation { situation_id: "s1".to_owned() },
        AppRequest::ChangeSituation,
        AppRequest::KeepSituation,
        AppRequest::ShowOwnSessions,
        AppRequest::EndOwnSession { id: "x".to_owned() },
        AppRequest::EndOtherSessions,
        AppRequest::HideOwnSessions,
        AppRequest::Dismiss,
    ];
    for request in support.map(|asked| AppRequest::Support { asked }).into_iter().chain(others) {
        let what = format!("{request:?}");
        app.handle.request(request);
        no_sign_in(app, &what).await;
    }
}

/// What came before this was answered, and no sign-in begun.
async fn no_sign_in(app: &mut App, after: &str) {
    // Calls are answered in their order, and this one shows.
    let language = if app.view.borrow().language == Language::Fr { Language::En } else { Language::Fr };
    app.handle.request(AppRequest::SetLanguage { language });
    let answered = app.view.wait_for(|view| view.language == language);
    let screen = tokio::time::timeout(Duration::from_secs(20), answered).await.expect("in time").expect("it lives").screen.clone();
    let begun = matches!(screen, Screen::OpeningBrowser | Screen::WaitingForBrowser(_) | Screen::EnteringCode(_));
    assert!(!begun, "{after}: {screen:?}");
}

async fn has_ended(app: &mut App) {
    app.shows(|screen| matches!(screen, Screen::Ended { .. }).then_some(())).await;
}

#[tokio::test]
async fn no_browser_opens_but_by_a_person_s_gesture_whatever_else_happens() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let opened = || workstation.browser.count();
    // At rest.
    let mut app = workstation.start(&companion);
    app.rests().await;
    nobody_asks(&mut app, &workstation).await;
    app.rests().await;
    companion.is_quiet().await;
    assert_eq!(opened(), 0, "nobody asked for a sign-in");

    // Signed in, resumed, refreshed.
    app.signs_in(&companion).await;
    assert_eq!(opened(), 1, "she did, and it is counted");
    nobody_asks(&mut app, &workstation).await;
    app.is_signed_in().await;
    drop(app);
    let mut app = workstation.start(&companion);
    app.is_signed_in().await;
    nobody_asks(&mut app, &workstation).await;
    let resumed = companion.facts.refreshed.load(Ordering::SeqCst);
    // The access token runs out, and what she does asks for another.
    let heard = companion.heard().len();
    workstation.clock.advance(Duration::from_secs(600));
    nobody_asks(&mut app, &workstation).await;
    companion.hears_after(heard, "/oauth/token").await;
    companion.is_quiet().await;
    assert_eq!((resumed, companion.facts.refreshed.load(Ordering::SeqCst)), (1, 2));
    assert_eq!(opened(), 1, "neither a resumption nor a refresh opens one");

    // Over: by its time, then by an administrator.
    workstation.clock.advance(Duration::from_secs(100_000));
    has_ended(&mut app).await;
    nobody_asks(&mut app, &workstation).await;
    companion.is_quiet().await;
    assert_eq!(opened(), 1, "an end opens none");
    app.rests().await;
    app.signs_in(&companion).await;
    companion.session_ends(SessionEnd::Administrator);
    has_ended(&mut app).await;
    nobody_asks(&mut app, &workstation).await;
    companion.is_quiet().await;
    assert_eq!(opened(), 2, "hers, and no other");
}

#[tokio::test]
async fn neither_a_lock_nor_a_problem_nor_leaving_opens_a_browser() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.facts.session.send_modify(|event| {
        event.version += 1;
        event.locked = true;
    });
    is_locked(&mut app).await;
    nobody_asks(&mut app, &workstation).await;
    is_locked(&mut app).await;
    app.handle.request(AppRequest::SignOut);
    app.rests().await;
    no_sign_in(&mut app, "leaving").await;
    app.handle.request(AppRequest::SignOut);
    no_sign_in(&mut app, "leaving again").await;
    app.signs_in(&companion).await;
    app.handle.request(AppRequest::SignOut);
    app.rests().await;
    no_sign_in(&mut app, "leaving").await;
    app.signs_in(&companion).await;
    drop(app);
    companion.is_quiet().await;
    assert_eq!(workstation.browser.count(), 3, "hers, and no other");
    // What was kept cannot be resumed at this moment, where a sign-in could be begun.
    companion.refuses("/oauth/token", 503, json!({"error": "temporarily_unavailable", "error_description": "", "code": "VST-3002"}));
    let mut app = workstation.start(&companion);
    app.has_problem().await;
    no_sign_in(&mut app, "a resumption that failed").await;
    nobody_asks(&mut app, &workstation).await;
    companion.is_quiet().await;
    assert_eq!(workstation.browser.count(), 3, "a problem opens none");
}

#[tokio::test]
async fn a_card_that_goes_and_comes_back_opens_no_browser() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    pulled(&workstation, &mut app).await;
    no_sign_in(&mut app, "a card that is gone").await;
    workstation.readers.are(&in_reader(CPS));
    has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
    no_sign_in(&mut app, "a card that is back").await;
    companion.is_quiet().await;
    assert_eq!(workstation.browser.count(), 1, "hers, and no other");
}

#[tokio::test]
async fn the_size_of_what_is_drawn_is_hers_and_found_again_at_the_next_start() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.rests().await;
    assert_eq!(app.view.borrow().zoom_percent, 100);
    for _ in 0..5 {
        app.handle.request(AppRequest::Zoom { step: ZoomStep::Larger });
    }
    app.handle.request(AppRequest::Zoom { step: ZoomStep::Smaller });
    draws_at(&mut app, 175).await;
    app.handle.request(AppRequest::SetLanguage { language: Language::En });
    // As quick as these came, the last of each is what stays.
    let file = workstation.settings(&companion).paths.user_settings;
    let written = async {
        while !std::fs::read_to_string(&file).is_ok_and(|text| text.contains("zoom = 175") && text.contains("language = \"en\"")) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.expect("in time");
    drop(app);
    let mut app = workstation.start(&companion);
    assert_eq!((app.view.borrow().zoom_percent, app.view.borrow().language), (175, Language::En), "from the first frame on");
    app.signs_in(&companion).await;
    app.handle.request(AppRequest::Zoom { step: ZoomStep::Default });
    draws_at(&mut app, 100).await;
    app.is_signed_in().await;
}

async fn draws_at(app: &mut App, percent: u32) {
    let drawn = app.view.wait_for(|view| view.zoom_percent == percent);
    tokio::time::timeout(Duration::from_secs(20), drawn).await.expect("in time").expect("it lives");
}
