//! The window is put away behind its icon.

use std::time::Duration;

use vestibule_desktop::standing::Standing;
use vestibule_desktop::tray::{Whereabouts, tray_view};
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{AppRequest, Screen};

use crate::app::Workstation;
use crate::companion::Companion;

fn is_over(screen: &Screen) -> Option<()> {
    matches!(screen, Screen::Ended { .. }).then_some(())
}

#[tokio::test]
async fn an_end_is_told_to_who_does_not_see_the_window_once_and_names_nobody() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("tray = true\n"));
    let mut app = workstation.start(&companion);
    assert!(app.handle.wants_tray());
    app.signs_in(&companion).await;
    assert_eq!(tray_view(&app.handle.view().borrow()).standing, Standing::SignedIn);
    app.handle.window_is(Whereabouts::Closed);
    let where_it_went = workstation.notices.are(1).await.remove(0).expect("shown");
    assert!(where_it_went.text.contains("près de l’horloge"), "{where_it_went:?}");
    companion.session_ends(SessionEnd::Administrator);
    app.shows(is_over).await;
    assert_eq!(tray_view(&app.handle.view().borrow()).standing, Standing::SignedOut, "never « session open » after its end");
    let told = workstation.notices.are(2).await.remove(1).expect("shown");
    assert_eq!(told.title, "Dossier de démonstration\u{a0}: aucune session ouverte");
    assert!(!format!("{told:?}").contains("FICTIF"), "{told:?}");
    app.handle.window_is(Whereabouts::InSight);
    assert_eq!(workstation.notices.are(3).await[2], None, "taken away once she looks");
    app.handle.request(AppRequest::Dismiss);
    app.rests().await;
    app.handle.window_is(Whereabouts::Closed);
    app.handle.window_is(Whereabouts::InSight);
    app.handle.window_is(Whereabouts::NotOpened);
    companion.is_quiet().await;
    assert_eq!(workstation.notices.all().len(), 3, "where the window goes is told once");
}

#[tokio::test]
async fn who_sees_the_window_is_told_nothing_beside_it() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("tray = true\n"));
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    companion.session_ends(SessionEnd::Revoked);
    app.shows(is_over).await;
    companion.is_quiet().await;
    assert_eq!(workstation.notices.all(), []);
}

#[tokio::test]
async fn an_end_that_was_warned_of_is_told_after_the_warning_is_taken_away() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("tray = true\n"));
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    app.handle.window_is(Whereabouts::NotOpened);
    workstation.clock.advance(Duration::from_secs(840));
    assert!(workstation.notices.are(1).await[0].as_ref().is_some_and(|notice| notice.title.contains("va se fermer")));
    companion.session_ends(SessionEnd::Idle);
    app.shows(is_over).await;
    let told = workstation.notices.are(3).await;
    assert!(told[1].is_none() && told[2].as_ref().is_some_and(|notice| notice.title.contains("aucune session ouverte")), "{told:?}");
    app.handle.quit().await;
    assert_eq!(workstation.notices.are(4).await[3], None, "nothing of it stays on the desktop");
}

#[tokio::test]
async fn the_end_that_no_companion_tells_changes_the_icon_too() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy("tray = true\n"));
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    app.handle.window_is(Whereabouts::Closed);
    companion.is_down(true);
    workstation.clock.advance(Duration::from_secs(902));
    app.shows(is_over).await;
    let shown = tray_view(&app.handle.view().borrow());
    assert_eq!(shown.standing, Standing::SignedOut, "{shown:?}");
}

#[tokio::test]
async fn there_is_no_icon_unless_the_administrator_wants_one() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    assert!(!workstation.start(&companion).handle.wants_tray());
}
