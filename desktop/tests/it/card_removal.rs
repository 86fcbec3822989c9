//! What the card that leaves its reader does to a session: it shortens it, or hides it until its person signs in again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use vestibule_desktop::card::Fault;
use vestibule_model::session::CardRemoval;
use vestibule_model::view::{AppRequest, CardBadge, CardView, Screen, SignInNotice};

use crate::app::{App, Workstation};
use crate::companion::{Companion, answers_code};
use crate::doubles::{CPS, OTHER, START_MS, a_moment, visit};

pub const LOCK: &str = "/api/v1/session/lock";
pub const LOCKING: &str = "on_card_removed = \"lock\"\n";
const ENDING: &str = "on_card_removed = \"end\"\n";

/// A bounce, then the ten seconds of grace.
pub const BOUNCE: Duration = Duration::from_millis(1800);
pub const GRACE: Duration = Duration::from_secs(10);

pub fn in_reader(card: &'static [u8]) -> [(&'static str, Option<&'static [u8]>); 1] {
    [("A", Some(card))]
}

pub const EMPTY: [(&str, Option<&[u8]>); 1] = [("A", None)];

/// Signed in with a card in the reader.
pub async fn signed_in(policy: &str) -> (Companion, Workstation, App) {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(policy));
    workstation.readers.are(&in_reader(CPS));
    let mut app = workstation.start(&companion);
    has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
    app.signs_in(&companion).await;
    (companion, workstation, app)
}

pub async fn has_card(app: &mut App, accept: impl Fn(Option<CardView>) -> bool) -> Option<CardView> {
    let seen = app.view.wait_for(|view| accept(view.card));
    tokio::time::timeout(Duration::from_secs(20), seen).await.expect("in time").expect("the engine lives").card
}

pub async fn has_badge(app: &mut App, badge: Option<CardBadge>) {
    has_card(app, |card| card.and_then(|card| card.badge) == badge).await;
}

/// Pulls it, and waits until the app believes it.
pub async fn pulled(workstation: &Workstation, app: &mut App) -> CardView {
    let now = workstation.clock.now();
    workstation.readers.are(&EMPTY);
    workstation.clock.is_awaited_at(now + BOUNCE).await;
    workstation.clock.advance(BOUNCE);
    has_card(app, |card| card.is_some_and(|card| card.badge == Some(CardBadge::ReaderEmpty))).await.expect("a reader")
}

pub async fn is_locked(app: &mut App) {
    app.shows(|screen| matches!(screen, Screen::Locked { .. }).then_some(())).await;
}

pub async fn grace_is_over(workstation: &Workstation) {
    let now = workstation.clock.now();
    workstation.clock.is_awaited_at(now + GRACE).await;
    workstation.clock.advance(GRACE);
}

#[tokio::test]
async fn a_card_that_is_pulled_does_nothing_by_itself() {
    let (companion, workstation, mut app) = signed_in("").await;
    assert_eq!(pulled(&workstation, &mut app).await.removal, None);
    workstation.clock.advance(Duration::from_secs(60));
    a_moment().await;
    app.is_signed_in().await;
    assert!(companion.requests("POST", LOCK).is_empty() && workstation.notices.all().is_empty());
}

#[tokio::test]
async fn a_card_that_stays_away_locks_the_session_and_a_new_sign_in_takes_its_place() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    let removal = pulled(&workstation, &mut app).await.removal.expect("a countdown");
    assert_eq!((removal.action, removal.at_ms), (CardRemoval::Lock, START_MS + 11_800));
    assert!(*app.handle.attention_wanted().borrow());
    let told = workstation.notices.all();
    assert!(told.len() == 1 && !format!("{told:?}").contains("FICTIF"), "{told:?}");
    assert!(companion.requests("POST", LOCK).is_empty(), "not yet");
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    companion.has_seen("POST", LOCK, 1).await;
    assert!(!format!("{:?}", app.view.borrow()).contains("FICTIF"), "nothing of her is shown");
    assert!(!*app.handle.attention_wanted().borrow(), "and nothing is asked of whoever passes");
    workstation.keyring.forgets().await;

    // The card that is back opens nothing; nor does anything but a sign-in.
    workstation.readers.are(&in_reader(CPS));
    has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
    for request in [AppRequest::Activity, AppRequest::Dismiss, AppRequest::KeepSituation, AppRequest::Cancel] {
        app.handle.request(request);
    }
    a_moment().await;
    is_locked(&mut app).await;

    // A sign-in that is left leads back to the lock.
    app.handle.request(AppRequest::SignIn);
    app.waits().await;
    app.handle.request(AppRequest::Cancel);
    is_locked(&mut app).await;

    app.handle.request(AppRequest::SignIn);
    let launch = workstation.browser.address(2).await;
    assert_eq!(visit(&launch).await.status, 303);
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.is_signed_in().await;
    pulled(&workstation, &mut app).await.removal.expect("the new session follows the card too");
}

#[tokio::test]
async fn a_card_that_is_put_back_in_time_undoes_it_and_another_card_does_not() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    for _ in 0..2 {
        pulled(&workstation, &mut app).await.removal.expect("a countdown");
        // Killed now, it does not come back open.
        workstation.keyring.forgets().await;
        workstation.clock.advance(Duration::from_secs(9));
        workstation.readers.are(&in_reader(CPS));
        has_card(&mut app, |card| card.is_some_and(|card| card.badge == Some(CardBadge::CpsPresent) && card.removal.is_none())).await;
        assert!(!*app.handle.attention_wanted().borrow());
        workstation.keyring.remembers().await;
        workstation.clock.advance(GRACE);
    }
    a_moment().await;
    app.is_signed_in().await;
    assert!(companion.requests("POST", LOCK).is_empty());

    pulled(&workstation, &mut app).await;
    workstation.readers.are(&in_reader(OTHER));
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
}

#[tokio::test]
async fn twice_within_a_bounce_is_nothing() {
    let (companion, workstation, mut app) = signed_in("on_card_removed = \"lock\"\ncard_grace_seconds = 0\n").await;
    for _ in 0..2 {
        workstation.readers.are(&EMPTY);
        workstation.clock.is_awaited_at(workstation.clock.now() + BOUNCE).await;
        workstation.clock.advance(Duration::from_secs(1));
        workstation.readers.are(&in_reader(CPS));
        a_moment().await;
    }
    workstation.clock.advance(GRACE);
    a_moment().await;
    app.is_signed_in().await;
    assert!(companion.requests("POST", LOCK).is_empty());
    pulled(&workstation, &mut app).await;
    is_locked(&mut app).await;
    assert!(workstation.notices.all().is_empty(), "no time is left to be told of");
}

#[tokio::test]
async fn a_card_that_is_pulled_again_has_all_its_time_again() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    let first = pulled(&workstation, &mut app).await.removal.expect("a countdown");
    workstation.readers.are(&in_reader(CPS));
    has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
    let second = pulled(&workstation, &mut app).await.removal.expect("a countdown");
    assert_eq!(second.at_ms - first.at_ms, 1800);
    // The end of the first.
    workstation.clock.advance(GRACE - BOUNCE);
    a_moment().await;
    app.is_signed_in().await;
    assert!(companion.requests("POST", LOCK).is_empty());
    workstation.clock.advance(BOUNCE);
    is_locked(&mut app).await;
}

#[tokio::test]
async fn a_reader_that_is_unplugged_during_the_countdown_hides_no_countdown_and_stops_none() {
    for gone in [None, Some(Fault::Lost)] {
        let (_companion, workstation, mut app) = signed_in(LOCKING).await;
        let removal = pulled(&workstation, &mut app).await.removal.expect("a countdown");
        match gone {
            None => workstation.readers.are(&[]),
            Some(fault) => workstation.readers.fail(fault),
        }
        let card = has_card(&mut app, |card| card.is_some_and(|card| card.badge.is_none())).await.expect("something to tell");
        assert_eq!(card.removal, Some(removal));
        workstation.clock.advance(GRACE);
        is_locked(&mut app).await;
    }
}

#[tokio::test]
async fn exi_32_the_end_by_the_card_leaves_pro_sante_connect_alone() {
    let (companion, workstation, mut app) = signed_in(ENDING).await;
    assert_eq!(pulled(&workstation, &mut app).await.removal.expect("a countdown").action, CardRemoval::End);
    grace_is_over(&workstation).await;
    let ended = |screen: &Screen| matches!(screen, Screen::SignIn { notice: Some(SignInNotice::CardRemoved) }).then_some(());
    app.shows(ended).await;
    companion.has_seen("POST", "/oauth/revoke", 1).await;
    workstation.keyring.forgets().await;
    assert!(companion.requests("POST", "/api/v1/session/sign-out").is_empty());
}

#[tokio::test]
async fn the_group_asks_for_more_and_the_workstation_for_no_less() {
    for (rule, policy, expected, grace_s) in [
        (("lock", 30), "", Some(CardRemoval::Lock), 30),
        (("lock", 30), "card_grace_seconds = 60\n", Some(CardRemoval::Lock), 30),
        (("lock", 30), "on_card_removed = \"end\"\ncard_grace_seconds = 5\n", Some(CardRemoval::End), 5),
        (("end", 30), LOCKING, Some(CardRemoval::End), 30),
        (("nothing", 10), "card_grace_seconds = 5\n", None, 0),
    ] {
        let (companion, workstation) = (Companion::start().await, Workstation::with_policy(policy));
        *companion.facts.card_rule.lock().expect("unpoisoned") = json!({"action": rule.0, "grace_s": rule.1});
        workstation.readers.are(&in_reader(CPS));
        let mut app = workstation.start(&companion);
        has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
        app.signs_in(&companion).await;
        let removal = pulled(&workstation, &mut app).await.removal;
        assert_eq!(removal.map(|removal| removal.action), expected, "{rule:?} {policy}");
        if let Some(removal) = removal {
            assert_eq!(removal.at_ms, START_MS + 1800 + grace_s * 1000, "{rule:?} {policy}");
        }
    }
}

#[tokio::test]
async fn who_signed_in_with_her_telephone_and_a_reader_that_is_unplugged_are_left_alone() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(LOCKING));
    *companion.facts.means.lock().expect("unpoisoned") = json!("e_cps");
    workstation.readers.are(&in_reader(CPS));
    let mut app = workstation.start(&companion);
    has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
    app.signs_in(&companion).await;
    assert_eq!(pulled(&workstation, &mut app).await.removal, None);

    for gone in [None, Some(Fault::Lost)] {
        let (companion, workstation, mut app) = signed_in(LOCKING).await;
        match gone {
            None => workstation.readers.are(&[]),
            Some(fault) => workstation.readers.fail(fault),
        }
        has_badge(&mut app, None).await;
        workstation.clock.advance(Duration::from_secs(60));
        a_moment().await;
        app.is_signed_in().await;
        assert!(companion.requests("POST", LOCK).is_empty());
    }
}

#[tokio::test]
async fn attack_35_forged_card_presence_can_only_tighten() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(LOCKING));
    let mut app = workstation.start(&companion);
    app.rests().await;
    let forge = async |app: &mut App| {
        for card in [CPS, OTHER, CPS] {
            workstation.readers.are(&in_reader(card));
            a_moment().await;
            workstation.readers.are(&[("A", Some(CPS)), ("B", Some(CPS))]);
            a_moment().await;
        }
        workstation.readers.are(&in_reader(CPS));
        has_badge(app, Some(CardBadge::CpsPresent)).await;
    };
    forge(&mut app).await;
    assert_eq!(app.rests().await, None, "it opens nothing");
    assert!(companion.requests("POST", "/oauth/par").is_empty() && companion.requests("POST", "/oauth/token").is_empty());

    let before = app.signs_in(&companion).await;
    let asked = companion.heard().len();
    forge(&mut app).await;
    let after = app.is_signed_in().await;
    assert_eq!((after.idle_ends_at_ms, after.ends_at_ms), (before.idle_ends_at_ms, before.ends_at_ms), "it prolongs nothing");
    let more: Vec<_> =
        companion.heard().split_off(asked).into_iter().map(|request| request.path).filter(|path| !path.ends_with("/events")).collect();
    assert!(more.is_empty(), "and tells nobody: {more:?}");

    // Nor does it undo a lock.
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    forge(&mut app).await;
    is_locked(&mut app).await;
}

#[tokio::test]
async fn exi_20_another_person_ends_a_locked_session_and_her_own_sign_in_begins() {
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    companion.has_seen("POST", LOCK, 1).await;
    app.handle.request(AppRequest::ChangeUser);
    app.waits().await;
    assert_eq!(companion.requests("POST", "/api/v1/session/sign-out").len(), 1);
    app.handle.request(AppRequest::Cancel);
    assert_eq!(app.rests().await, Some(SignInNotice::Cancelled), "nothing is locked behind it any more");

    // With Pro Santé Connect still open, a sign-in would bring the same person back: she is told, and asks for it herself.
    let (companion, workstation, mut app) = signed_in(LOCKING).await;
    let page = companion.origin.join("/sign-out?ticket=one-time").expect("an address");
    *companion.facts.sign_out.lock().expect("unpoisoned") = json!({"psc_session": "browser_needed", "browser_url": page});
    pulled(&workstation, &mut app).await;
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
    companion.has_seen("POST", LOCK, 1).await;
    app.handle.request(AppRequest::ChangeUser);
    assert_eq!(visit(&workstation.browser.address(1).await).await.status, 303);
    assert_eq!(app.rests().await, Some(SignInNotice::SignedOutBrowserFinishes));
}

#[tokio::test]
async fn a_card_pulled_while_she_signs_in_or_chooses_is_followed_from_the_session_on() {
    let (companion, workstation) = (Companion::start().await, Workstation::with_policy(LOCKING));
    companion.facts.two_situations.store(true, Ordering::SeqCst);
    *companion.facts.situation.lock().expect("unpoisoned") = None;
    workstation.readers.are(&in_reader(CPS));
    let mut app = workstation.start(&companion);
    has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
    app.rests().await;
    app.handle.request(AppRequest::SignIn);
    let launch = workstation.browser.address(0).await;
    assert_eq!(pulled(&workstation, &mut app).await.removal, None, "no session yet");
    app.waits().await;
    workstation.readers.are(&in_reader(CPS));
    has_badge(&mut app, Some(CardBadge::CpsPresent)).await;
    assert_eq!(visit(&launch).await.status, 303);
    assert_eq!(visit(&companion.return_address(answers_code())).await.status, 303);
    app.shows(|screen| matches!(screen, Screen::ChoosingSituation { .. }).then_some(())).await;
    pulled(&workstation, &mut app).await.removal.expect("a countdown over the choice");
    grace_is_over(&workstation).await;
    is_locked(&mut app).await;
}
