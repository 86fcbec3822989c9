//! Whose idea it is that a browser opens: a person's, always.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_desktop::tray::Whereabouts;
use vestibule_model::language::Language;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{AppRequest, Screen};

use crate::app::{App, Workstation};
use crate::companion::Companion;

/// All that comes without anybody asking for a sign-in: a second instance with an address or without, the icon, input, the window.
fn nobody_asks(app: &App) {
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
    }
    for whereabouts in [Whereabouts::Closed, Whereabouts::InSight, Whereabouts::NotOpened] {
        app.handle.window_is(whereabouts);
    }
    app.handle.activity(Duration::ZERO);
    for request in [
        AppRequest::Activity,
        AppRequest::Dismiss,
        AppRequest::Cancel,
        AppRequest::ReopenBrowser,
        AppRequest::UseAnotherBrowser,
        AppRequest::SetLanguage { language: Language::Fr },
        AppRequest::GoOnWithoutKeyring,
        AppRequest::ConfirmCode { code: "ABCDEFGH".to_owned() },
        AppRequest::ChangeSituation,
        AppRequest::KeepSituation,
        AppRequest::ShowOwnSessions,
        AppRequest::HideOwnSessions,
    ] {
        app.handle.request(request);
    }
}

#[tokio::test]
async fn no_browser_opens_but_by_a_person_s_gesture_whatever_else_happens() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let opened = || workstation.browser.count();
    // At rest.
    let mut app = workstation.start(&companion);
    app.rests().await;
    nobody_asks(&app);
    app.rests().await;
    companion.is_quiet().await;
    assert_eq!(opened(), 0, "nobody asked for a sign-in");

    // Signed in, resumed, refreshed.
    app.signs_in(&companion).await;
    assert_eq!(opened(), 1, "she did, and it is counted");
    nobody_asks(&app);
    app.is_signed_in().await;
    drop(app);
    let mut app = workstation.start(&companion);
    app.is_signed_in().await;
    nobody_asks(&app);
    let resumed = companion.facts.refreshed.load(Ordering::SeqCst);
    // The access token runs out, and what she does asks for another.
    workstation.clock.advance(Duration::from_secs(600));
    nobody_asks(&app);
    companion.is_quiet().await;
    assert_eq!((resumed, companion.facts.refreshed.load(Ordering::SeqCst)), (1, 2));
    assert_eq!(opened(), 1, "neither a resumption nor a refresh opens one");

    // Over: by its time, then by an administrator.
    workstation.clock.advance(Duration::from_secs(100_000));
    app.shows(|screen| matches!(screen, Screen::Ended { .. }).then_some(())).await;
    nobody_asks(&app);
    companion.is_quiet().await;
    assert_eq!(opened(), 1, "an end opens none");
    app.handle.request(AppRequest::Dismiss);
    app.rests().await;
    app.signs_in(&companion).await;
    companion.session_ends(SessionEnd::Administrator);
    app.shows(|screen| matches!(screen, Screen::Ended { .. }).then_some(())).await;
    nobody_asks(&app);
    companion.is_quiet().await;
    assert_eq!(opened(), 2, "hers, and no other");
}
