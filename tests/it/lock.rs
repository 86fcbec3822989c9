//! A card that is pulled, before the real companion and the simulator: the session is hidden at once, the companion gives nothing of it, and
//! its person alone finds it again.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test asks for one screen and takes no other")]

use std::time::Duration;

use serde_json::Value;
use vestibule_model::view::{AppRequest, CardBadge, CardView, Screen, SessionView, SignInNotice};
use vestibule_tests::browser_double::Person;
use vestibule_tests::stack::{Options, Stack, now};
use vestibule_tests::workplace::{App, Workplace};

/// Real time after which what should have come is missing.
const PATIENCE: Duration = Duration::from_secs(60);

/// An access token lives for five minutes.
const TOKEN_S: u32 = 320;

/// Who signs in with her card; whose telephone signs her in may have none, and none is followed.
fn camille() -> Person {
    Person { means: "card".to_owned(), ..Person::named("camille") }
}

/// Camille at work, her card in the reader of a workstation that locks without it.
struct Desk {
    stack: Stack,
    place: Workplace,
    app: App,
}

impl Desk {
    /// Signed in, in the second of her capacities.
    async fn at_work() -> (Self, SessionView) {
        let stack = Stack::start(Options { on_a_line: true, ..Options::default() }).await.expect("the stack starts");
        let place = Workplace::new(&stack.companion_url, now(), "on_card_removed = \"lock\"\n").expect("a workplace");
        place.readers.hold_cps(true);
        let app = place.start().expect("starts");
        let mut desk = Self { stack, place, app };
        desk.has_card(|card| card.badge == Some(CardBadge::CpsPresent)).await;
        desk.app.shows("the first screen", |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await.expect("starts");
        desk.place.comes_back(&mut desk.app, &camille()).await.expect("walks");
        let second = |screen: &Screen| match screen {
            Screen::ChoosingSituation { situations, .. } => situations.get(1).map(|situation| situation.id.clone()),
            _ => None,
        };
        let situation_id = desk.app.shows("the choice", second).await.expect("two capacities");
        desk.app.handle.request(AppRequest::ChooseSituation { situation_id });
        let session = desk.is_signed_in().await;
        (desk, session)
    }

    async fn has_card(&mut self, accept: impl Fn(CardView) -> bool) {
        let seen = self.app.view.wait_for(|view| view.card.is_some_and(&accept));
        tokio::time::timeout(PATIENCE, seen).await.expect("in time").expect("the engine lives");
    }

    async fn is_signed_in(&mut self) -> SessionView {
        let session = |screen: &Screen| match screen {
            Screen::SignedIn { session } => Some(session.clone()),
            _ => None,
        };
        self.app.shows("signed in", session).await.expect("signed in")
    }

    async fn is_locked(&mut self) {
        self.app.shows("the lock", |screen| matches!(screen, Screen::Locked { .. }).then_some(())).await.expect("locked");
    }

    async fn pass(&self, seconds: u32) {
        self.stack.advance(seconds).await.expect("time passes");
        self.place.clock.advance(seconds);
        tokio::time::sleep(Duration::from_millis(15)).await;
    }

    /// Pulls the card and lets its time run out.
    async fn loses_its_card(&mut self) {
        self.place.readers.hold_cps(false);
        while self.app.view.borrow().card.is_some_and(|card| card.badge != Some(CardBadge::ReaderEmpty)) {
            let mut view = self.app.view.clone();
            // A bounce is counted from the look at the reader on, which takes its time.
            let _ = tokio::time::timeout(Duration::from_millis(300), view.changed()).await;
            self.pass(1).await;
        }
        for _ in 0..11 {
            self.pass(1).await;
        }
    }

    /// The audit trail, once it holds this event so many times.
    async fn trail_has(&self, event: &str, times: usize) -> Vec<String> {
        let began = std::time::Instant::now();
        loop {
            let trail = self.stack.trail().await.expect("a trail");
            if trail.iter().filter(|told| *told == event).count() == times {
                return trail;
            }
            assert!(began.elapsed() < PATIENCE, "{times} {event} expected in {trail:?}");
            self.pass(1).await;
        }
    }

    /// The refresh token that a restart would go on with.
    fn kept_token(&self) -> Option<String> {
        let kept: Value = serde_json::from_str(&self.place.keyring.contents()).expect("an entry");
        kept["refresh_token"].as_str().map(str::to_owned)
    }
}

#[tokio::test]
async fn a_pulled_card_locks_and_her_next_sign_in_opens_the_same_work_again() {
    let (mut desk, before) = Desk::at_work().await;
    let copied = desk.place.keyring.copied();
    assert!(desk.kept_token().is_some());
    desk.loses_its_card().await;
    desk.is_locked().await;
    let shown = format!("{:?}", desk.app.view.borrow());
    assert!(!shown.contains(&before.family_name) && !shown.contains(&before.sign_in_id), "{shown}");
    desk.trail_has("session_locked", 1).await;
    assert_eq!(desk.kept_token(), None);

    // Who copied her keyring before gets nothing, in whatever way.
    let emptied = desk.place.keyring.copied();
    desk.place.keyring.is_given_back(&copied);
    let (exit, told) = desk.place.runs(&["status", "--json"]).await.expect("ends");
    assert!(exit != 0 && told.contains("VST-2050") && !told.contains(&before.family_name), "{exit} {told}");
    desk.place.keyring.is_given_back(&emptied);

    desk.place.readers.hold_cps(true);
    desk.place.comes_back(&mut desk.app, &camille()).await.expect("walks");
    let either = |screen: &Screen| match screen {
        Screen::SignedIn { session } => Some(Ok(session.clone())),
        Screen::ChoosingSituation { .. } => Some(Err("she is asked again")),
        _ => None,
    };
    let after = desk.app.shows("signed in", either).await.expect("signed in").expect("at once");
    assert_eq!((after.situation, after.family_name), (before.situation, before.family_name));
    assert_ne!(after.sign_in_id, before.sign_in_id, "another session in its place");
    desk.trail_has("session_unlocked", 1).await;
    assert_eq!(desk.stack.provider_saw("/logout", None).await.expect("a journal"), 0, "the provider is told nothing (EXI 32)");
    assert!(desk.kept_token().is_some());
    // Her new session is guarded as the first one was.
    desk.loses_its_card().await;
    desk.is_locked().await;
}

#[tokio::test]
async fn whoever_else_signs_in_at_the_lock_takes_nothing_over() {
    let (mut desk, before) = Desk::at_work().await;
    desk.loses_its_card().await;
    desk.is_locked().await;
    desk.trail_has("session_locked", 1).await;
    desk.place.signs_in(&mut desk.app, "alix").await.expect("signed in");
    let other = desk.is_signed_in().await;
    assert!(other.identity_changed && other.family_name != before.family_name, "{other:?}");
    assert_ne!(other.situation.map(|situation| situation.id), before.situation.map(|situation| situation.id));
    let trail = desk.stack.trail().await.expect("a trail");
    assert!(!trail.iter().any(|event| event == "session_unlocked"), "{trail:?}");
}

#[tokio::test]
async fn a_card_that_comes_and_goes_before_the_lock_changes_nothing() {
    let (mut desk, _) = Desk::at_work().await;
    desk.loses_its_card().await;
    desk.is_locked().await;
    let notices = desk.place.notices.all().len();
    for _ in 0..2 {
        desk.place.readers.hold_cps(true);
        desk.has_card(|card| card.badge == Some(CardBadge::CpsPresent)).await;
        desk.loses_its_card().await;
        desk.is_locked().await;
    }
    assert_eq!(desk.place.notices.all().len(), notices, "she is told nothing more");
    desk.trail_has("session_locked", 1).await;
}

#[tokio::test]
async fn a_card_pulled_while_the_companion_is_out_of_reach_hides_all_at_once_and_is_told_later() {
    // Soon back; and after the access token ran out.
    for away_s in [30, TOKEN_S] {
        let (mut desk, before) = Desk::at_work().await;
        desk.stack.cut_the_line(true);
        desk.loses_its_card().await;
        desk.is_locked().await;
        let shown = format!("{:?}", desk.app.view.borrow());
        assert!(!shown.contains(&before.family_name), "{shown}");
        assert_eq!(desk.kept_token(), None);
        desk.pass(away_s).await;
        assert!(!desk.stack.trail().await.expect("a trail").iter().any(|event| event == "session_locked"), "nobody could be told");
        desk.stack.cut_the_line(false);
        desk.trail_has("session_locked", 1).await;
        assert_eq!(desk.kept_token(), None, "no restart goes on with it");
        desk.place.comes_back(&mut desk.app, &camille()).await.expect("walks");
        assert_eq!(desk.is_signed_in().await.situation, before.situation);
    }
}

#[tokio::test]
async fn exi_20_a_locked_session_is_signed_out_in_both_places_even_after_its_access_token_ran_out() {
    let (mut desk, _) = Desk::at_work().await;
    desk.loses_its_card().await;
    desk.is_locked().await;
    desk.trail_has("session_locked", 1).await;
    desk.pass(TOKEN_S).await;
    desk.app.handle.request(AppRequest::SignOut);
    let is_over = |screen: &Screen| match screen {
        Screen::SignIn { notice } => *notice,
        _ => None,
    };
    let notice = desk.app.shows("the first screen", is_over).await.expect("signed out");
    assert_eq!(notice, SignInNotice::SignedOutEverywhere);
    assert_eq!(desk.stack.provider_saw("/logout", None).await.expect("a journal"), 1);
}

#[tokio::test]
async fn an_app_killed_behind_its_lock_comes_back_to_the_sign_in_screen() {
    for is_told in [true, false] {
        let (mut desk, _) = Desk::at_work().await;
        let copied = desk.place.keyring.copied();
        desk.stack.cut_the_line(!is_told);
        desk.loses_its_card().await;
        desk.is_locked().await;
        if is_told {
            desk.trail_has("session_locked", 1).await;
            // Even with a keyring that was copied before.
            desk.place.keyring.is_given_back(&copied);
        }
        let Desk { stack, place, app } = desk;
        drop(app);
        stack.cut_the_line(false);
        let app = place.start().expect("starts");
        let mut desk = Desk { stack, place, app };
        desk.app.shows("the first screen", |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await.expect("nothing goes on");
        desk.place.comes_back(&mut desk.app, &camille()).await.expect("walks");
        desk.app
            .shows("her", |screen| matches!(screen, Screen::SignedIn { .. } | Screen::ChoosingSituation { .. }).then_some(()))
            .await
            .expect("her");
    }
}
