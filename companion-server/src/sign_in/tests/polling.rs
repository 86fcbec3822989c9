//! Sign-ins that come back by asking.

use std::sync::atomic::Ordering;
use std::time::Duration;

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{Confirmation, Exchange, SignInState, TokenAnswer};
use vestibule_model::session::SignInId;

use crate::audit::Event;
use crate::group::Group;
use crate::random::SystemRandom;
use crate::session::tests::{
    APP, KEY, OTHER_KEY, Stage, VERIFIER, cookies, default_group, eventually, exposed, new_sign_in, only, redemption, rules,
};
use crate::sign_in::{
    AfterCallback, ConfirmationRefused, Decided, Decision, LettersDue, NewSignIn, Onward, Poll, PollRefused, Question, RedeemRefused,
    SignIns, StartRefused, Started, TypedCode, WayBack, letters, naming,
};
use crate::surroundings::Rules;

/// An app that asks for its session.
struct App {
    started: Started,
    poll: Poll,
}

impl App {
    async fn start(stage: &Stage, jkt: &str) -> Self {
        let started = stage.sign_ins.start(NewSignIn { way_back: WayBack::Polling, ..new_sign_in(jkt) }).await.expect("a sign-in");
        let poll = Poll {
            jkt: jkt.to_owned(),
            device_code: started.device_code.clone().expect("a device code"),
            code_verifier: VERIFIER.into(),
            letters: None,
            client_address: APP,
        };
        Self { started, poll }
    }

    fn id(&self) -> &SignInId {
        &self.started.sign_in_id
    }

    async fn asks(&self, stage: &Stage) -> Result<TokenAnswer, PollRefused> {
        stage.sign_ins.answer_poll(self.poll.clone()).await
    }

    async fn types(&self, stage: &Stage, typed: &str) -> Result<TokenAnswer, PollRefused> {
        stage.sign_ins.answer_poll(Poll { letters: letters(typed), ..self.poll.clone() }).await
    }

    /// The person signs in; the cookie that opens the question.
    async fn authenticated(&self, stage: &Stage, persona: &str) -> SecretString {
        match stage.come_back(&stage.open(&self.started).await, persona).await {
            AfterCallback::Confirm { cookie, .. } => cookie,
            AfterCallback::StraightOn { .. } | AfterCallback::Onward { .. } => panic!("polling alone never yields a session"),
        }
    }

    async fn picks(&self, stage: &Stage, cookie: &SecretString, number: &str) -> Result<Decided, ConfirmationRefused> {
        let guard = stage.confirmation(cookie).await?.form_guard;
        stage.decide_by(cookie, &guard, Decision::Number(number.to_owned())).await
    }

    async fn picks_rightly(&self, stage: &Stage, cookie: &SecretString) -> Decided {
        self.picks(stage, cookie, &self.started.match_number).await.expect("the app's number")
    }

    /// As far as the letters on the page.
    async fn up_to_letters(stage: &Stage, jkt: &str, persona: &str) -> (Self, SecretString, TypedCode) {
        let app = Self::start(stage, jkt).await;
        let cookie = app.authenticated(stage, persona).await;
        match app.picks_rightly(stage, &cookie).await {
            Decided::TypeCode(typed) => (app, cookie, typed),
            Decided::Onward(_) | Decided::Deliver(_) | Decided::Declined(_) | Decided::SessionEnded { .. } => {
                panic!("a person new to the workstation types letters")
            }
        }
    }
}

fn tries_left(refused: &PollRefused) -> Option<u32> {
    let (PollRefused::Pending(Some(due)) | PollRefused::LettersWrong { due, .. }) = refused else { return None };
    Some(due.tries_left)
}

/// Letters of the same form, all of them others.
fn wrong(right: &str) -> String {
    right.chars().map(|letter| if letter == 'B' { 'C' } else { 'B' }).collect()
}

#[tokio::test]
async fn a_new_person_picks_the_number_and_types_the_letters() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    assert_eq!(app.started.confirmation, Confirmation::Code, "nobody is known on this device");
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::Pending(None))));
    let cookie = app.authenticated(&stage, "doctor").await;
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::Pending(None))), "polling alone never yields a session");

    let Decided::TypeCode(typed) = app.picks_rightly(&stage, &cookie).await else { panic!("letters are due") };
    assert_eq!((typed.practitioner.family_name.as_str(), typed.expires_in_s), ("FICTIF-DOCTOR", 120));
    let due = LettersDue { tries_left: 5, expires_in_s: 120 };
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::Pending(Some(told))) if told == due), "the number alone is not enough");
    let event = stage.sign_ins.wait_event(KEY, app.id(), None, Duration::ZERO).await.expect("known");
    assert_eq!((event.state, event.confirmation), (SignInState::Confirmed, Some(Confirmation::Code)));

    let code = exposed(&typed.code);
    let answer = app.types(&stage, &format!("{} {}", code[..4].to_lowercase(), &code[4..])).await.expect("a session");
    assert_eq!(answer.session.practitioner.family_name, "FICTIF-DOCTOR");
    assert_eq!(stage.state(app.id()).await, SignInState::Redeemed);
    assert_eq!(stage.count(Event::SignedIn).await, 1);
}

#[tokio::test]
async fn a_known_person_picks_the_number_and_types_nothing() {
    let stage = Stage::new().await;
    stage.sign_in(KEY, "doctor").await;
    let app = App::start(&stage, KEY).await;
    assert_eq!(app.started.confirmation, Confirmation::Number);
    let cookie = app.authenticated(&stage, "doctor").await;
    assert!(matches!(app.picks_rightly(&stage, &cookie).await, Decided::Onward(Onward::Stay(id)) if id == *app.id()));
    let event = stage.sign_ins.wait_event(KEY, app.id(), None, Duration::ZERO).await.expect("known");
    assert_eq!((event.state, event.confirmation), (SignInState::Confirmed, None));
    app.asks(&stage).await.expect("a session");

    let app = App::start(&stage, KEY).await;
    let cookie = app.authenticated(&stage, "nurse").await;
    assert!(matches!(app.picks_rightly(&stage, &cookie).await, Decided::TypeCode(_)), "another person is new here");
}

#[tokio::test]
async fn the_page_offers_the_number_among_two_others_and_a_reload_tells_nothing() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    let cookie = app.authenticated(&stage, "doctor").await;
    let Question::Choose(numbers) = stage.confirmation(&cookie).await.expect("a page").question else { panic!("a choice") };
    assert_eq!(numbers.len(), 3);
    assert!(numbers.contains(&app.started.match_number));
    let mut distinct = numbers.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 3);
    let again = stage.confirmation(&cookie).await.expect("a page").question;
    assert_eq!(again, Question::Choose(numbers), "what changes between two loads is not the app's number");
}

#[test]
fn the_right_number_may_stand_anywhere() {
    let mut places = [0_u32; 3];
    for _ in 0..300 {
        let choices = naming::number_choices(&SystemRandom, "07");
        places[choices.iter().position(|number| number == "07").expect("offered")] += 1;
    }
    assert!(places.iter().all(|count| *count > 50), "{places:?}");
}

#[tokio::test]
async fn another_number_declines_with_an_event_and_keeps_nothing() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    let cookie = app.authenticated(&stage, "doctor").await;
    let Question::Choose(numbers) = stage.confirmation(&cookie).await.expect("a page").question else { panic!("a choice") };
    let other = numbers.iter().find(|number| **number != app.started.match_number).expect("another");
    assert!(matches!(app.picks(&stage, &cookie, other).await, Err(ConfirmationRefused::WrongNumber(_))));
    let refused = app.asks(&stage).await.expect_err("declined");
    assert!(matches!(refused, PollRefused::Declined { code: Some(ErrorCode::NumberRefused), .. }), "{refused:?}");
    assert!(!stage.has_grant(app.id()).await);
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1, "or the next try would silently bring the same person back");
    let trail = stage.store.audit_after(0, 100).await.expect("a trail");
    let line = trail.iter().find(|row| row.event == Event::NumberRefused.name()).expect("a line");
    assert_eq!((line.national_id.as_deref(), line.error_code), (Some("8-national-doctor"), Some(ErrorCode::NumberRefused)));
    assert!(matches!(app.picks(&stage, &cookie, &app.started.match_number).await, Err(ConfirmationRefused::Replayed(_))), "one choice");
}

#[tokio::test]
async fn she_may_say_that_she_asked_for_nothing_at_the_number_and_at_the_letters() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    let cookie = app.authenticated(&stage, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    assert!(matches!(stage.decide_by(&cookie, &guard, Decision::Decline).await, Ok(Decided::Declined(Onward::Stay(_)))));
    let refused = app.asks(&stage).await.expect_err("declined");
    assert_eq!(
        (refused.code(), matches!(refused, PollRefused::Declined { code: None, .. })),
        (ErrorCode::SignInDeclined, true),
        "no lateness"
    );

    let (app, cookie, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    stage.decide_by(&cookie, &typed.form_guard, Decision::Decline).await.expect("declined");
    assert!(matches!(app.types(&stage, &exposed(&typed.code)).await, Err(PollRefused::Declined { .. })));
    assert!(!stage.has_grant(app.id()).await);
    assert_eq!(stage.count(Event::NothingAsked).await, 2);
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 2);
}

#[tokio::test]
async fn attack_51_the_letters_stay_the_same_and_a_form_without_its_guard_cancels_nothing() {
    let stage = Stage::new().await;
    let (app, cookie, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    assert!(matches!(stage.confirmation(&cookie).await, Err(ConfirmationRefused::Replayed(_))));
    let again = stage.decide_by(&cookie, &typed.form_guard, Decision::Number(app.started.match_number.clone())).await;
    assert!(matches!(&again, Ok(Decided::TypeCode(shown)) if exposed(&shown.code) == exposed(&typed.code)), "a double click: {again:?}");
    let reload = stage.decided(&cookie).await;
    assert!(matches!(&reload, Ok(Decided::TypeCode(shown)) if exposed(&shown.code) == exposed(&typed.code)), "a reload: {reload:?}");
    let other = stage.decide_by(&cookie, &typed.form_guard, Decision::Number("1".to_owned())).await;
    assert!(matches!(other, Err(ConfirmationRefused::Replayed(_))), "another number comes too late: {other:?}");
    let forged = stage.decide_by(&cookie, &"forged".into(), Decision::Decline).await;
    assert!(matches!(forged, Err(ConfirmationRefused::FormRefused(_))), "{forged:?}");
    app.types(&stage, &exposed(&typed.code)).await.expect("a session");
    let after = stage.decided(&cookie).await;
    assert!(matches!(after, Ok(Decided::Onward(Onward::Stay(_)))), "the letters have served: {after:?}");
}

#[tokio::test]
async fn each_question_takes_only_its_own_answers() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    let cookie = app.authenticated(&stage, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let accepted = stage.decide_by(&cookie, &guard, Decision::Accept).await;
    assert!(matches!(accepted, Err(ConfirmationRefused::OtherQuestion(_))), "an acceptance without the number: {accepted:?}");
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::Pending(None))));

    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let picked = stage.decide_by(&cookie, &guard, Decision::Number("07".to_owned())).await;
    assert!(matches!(picked, Err(ConfirmationRefused::OtherQuestion(_))), "{picked:?}");
}

#[tokio::test]
async fn five_wrong_codes_burn_the_sign_in_and_the_right_one_comes_too_late() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    let (right, wrong) = (exposed(&typed.code), wrong(&exposed(&typed.code)));
    for left in [4, 3, 2, 1] {
        let refused = app.types(&stage, &wrong).await.expect_err("wrong");
        assert!(matches!(refused, PollRefused::LettersWrong { .. }), "{refused:?}");
        assert_eq!(tries_left(&refused), Some(left));
        assert_eq!(tries_left(&app.asks(&stage).await.expect_err("due")), Some(left));
    }
    assert!(matches!(app.types(&stage, &wrong).await, Err(PollRefused::TriesSpent(_))));
    assert!(matches!(app.types(&stage, &right).await, Err(PollRefused::TriesSpent(_))));
    assert_eq!(stage.state(app.id()).await, SignInState::Burned);
    assert!(!stage.has_grant(app.id()).await);
    assert_eq!((stage.count(Event::TypedCodeWrong).await, stage.count(Event::TypedTriesSpent).await), (5, 1));
    assert_eq!(stage.count(Event::SignedIn).await, 0);
}

#[tokio::test]
async fn fifty_guesses_at_the_same_time_at_two_instances_share_the_same_five_tries() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    let guess = wrong(&exposed(&typed.code));
    let other_instance = SignIns::new(stage.around.clone(), stage.sessions.clone());
    let guesses = (0..50).map(|number| {
        let instance = if number % 2 == 0 { &stage.sign_ins } else { &other_instance };
        let (sign_ins, poll) = (instance.clone(), Poll { letters: letters(&guess), ..app.poll.clone() });
        tokio::spawn(async move { sign_ins.answer_poll(poll).await })
    });
    let refused: Vec<_> =
        futures::future::join_all(guesses).await.into_iter().map(|joined| joined.expect("no panic").expect_err("wrong")).collect();
    assert_eq!(refused.iter().filter(|refused| matches!(refused, PollRefused::LettersWrong { .. })).count(), 4);
    assert_eq!(stage.count(Event::TypedCodeWrong).await, 5, "no sixth is ever compared");
    assert_eq!(stage.state(app.id()).await, SignInState::Burned);
}

#[tokio::test]
async fn letters_are_good_for_two_minutes() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    stage.clock.advance_seconds(119);
    let refused = app.asks(&stage).await.expect_err("due");
    assert!(matches!(refused, PollRefused::Pending(Some(LettersDue { expires_in_s: 1, .. }))), "{refused:?}");
    stage.clock.advance_seconds(1);
    assert!(matches!(app.types(&stage, &exposed(&typed.code)).await, Err(PollRefused::Expired(_))));
    assert!(!stage.has_grant(app.id()).await);
}

#[tokio::test]
async fn the_apps_answer_to_a_known_person_is_waited_for_one_minute() {
    let stage = Stage::new().await;
    stage.sign_in(KEY, "doctor").await;
    let app = App::start(&stage, KEY).await;
    let cookie = app.authenticated(&stage, "doctor").await;
    app.picks_rightly(&stage, &cookie).await;
    stage.clock.advance_seconds(60);
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::Expired(_))));
}

#[test]
fn letters_are_read_as_people_type_them() {
    for typed in ["KDRTWXHB", "kdrt wxhb", "KDRT-WXHB", " k d r t\u{a0}w x h b ", "kdrt‑wxhb", "KDRT – WXHB"] {
        assert_eq!(letters(typed).as_ref().map(exposed).as_deref(), Some("KDRTWXHB"), "{typed}");
    }
    for typed in ["", "KDRTWXH", "KDRTWXHBB", "KDRTWXHA", "KDRTWXH1", "KDRTWXH\u{130}", "ＫDRTWXHB"] {
        assert!(letters(typed).is_none(), "{typed}");
    }
    let drawn = exposed(&naming::typed_code(&SystemRandom));
    assert_eq!(letters(&drawn).as_ref().map(exposed), Some(drawn));
}

#[tokio::test]
async fn another_key_learns_nothing_and_the_code_in_its_hands_is_burned() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    let stolen = Poll { jkt: OTHER_KEY.to_owned(), letters: Some(typed.code.clone()), ..app.poll.clone() };
    let unknown = Poll { device_code: "nobody-ever-had-this-one".into(), ..stolen.clone() };
    let (stolen, unknown) = (stage.sign_ins.answer_poll(stolen).await, stage.sign_ins.answer_poll(unknown).await);
    for refused in [&stolen, &unknown] {
        assert!(matches!(refused, Err(PollRefused::CodeRefused(None))), "{refused:?}");
    }
    assert!(matches!(app.types(&stage, &exposed(&typed.code)).await, Err(PollRefused::Burned(_))));
    assert_eq!(stage.count(Event::SignInBurned).await, 1);
    assert!(!stage.has_grant(app.id()).await);
}

#[tokio::test]
async fn a_wrong_verifier_burns() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    let thief = Poll { code_verifier: "another-verifier-of-forty-three-characters".into(), ..app.poll.clone() };
    assert!(matches!(stage.sign_ins.begin_poll(&thief).await, Err(PollRefused::Burned(_))));
    assert!(matches!(app.types(&stage, &exposed(&typed.code)).await, Err(PollRefused::Burned(_))));
    assert_eq!(stage.count(Event::SignInBurned).await, 1);
}

#[tokio::test]
async fn five_unknown_device_codes_burn_what_the_key_has_under_way() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    for number in 1..=5 {
        let junk = Poll { device_code: format!("junk-{number}").into(), ..app.poll.clone() };
        let refused = stage.sign_ins.begin_poll(&junk).await.expect_err("unknown");
        assert_eq!(matches!(refused, PollRefused::Burned(_)), number == 5, "{refused:?}");
    }
    assert_eq!(stage.state(app.id()).await, SignInState::Burned);
}

#[tokio::test]
async fn the_two_roads_do_not_cross() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    let as_code = stage.sign_ins.redeem(redemption(KEY, &app.poll.device_code)).await;
    assert!(matches!(as_code, Err(RedeemRefused::CodeRefused(None))), "a device code is no code: {as_code:?}");
    let (_, code) = stage.to_code(KEY, "nurse").await;
    let as_device_code = stage.sign_ins.answer_poll(Poll { device_code: code.clone(), ..app.poll.clone() }).await;
    assert!(matches!(as_device_code, Err(PollRefused::CodeRefused(None))), "a code is no device code");
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("its own road");
    assert!(
        matches!(app.types(&stage, &exposed(&typed.code)).await, Err(PollRefused::Withdrawn { .. })),
        "the key opened a session meanwhile"
    );
}

#[tokio::test]
async fn fifty_polls_at_once_have_one_winner() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    // The right letters once, and forty-nine polls that hope to profit.
    let polls = (0..50).map(|number| {
        let letters = (number == 25).then(|| typed.code.clone());
        let (sign_ins, poll) = (stage.sign_ins.clone(), Poll { letters, ..app.poll.clone() });
        tokio::spawn(async move { sign_ins.answer_poll(poll).await })
    });
    let outcomes = futures::future::join_all(polls).await;
    assert_eq!(outcomes.iter().filter(|joined| matches!(joined, Ok(Ok(_)))).count(), 1);

    let app = App::start(&stage, KEY).await;
    let cookie = app.authenticated(&stage, "doctor").await;
    app.picks_rightly(&stage, &cookie).await;
    let polls = (0..50).map(|_| {
        let (sign_ins, poll) = (stage.sign_ins.clone(), app.poll.clone());
        tokio::spawn(async move { sign_ins.answer_poll(poll).await })
    });
    let outcomes = futures::future::join_all(polls).await;
    assert_eq!(outcomes.iter().filter(|joined| matches!(joined, Ok(Ok(_)))).count(), 1, "nothing typed, nothing but the update decides");
    assert_eq!(stage.count(Event::SignedIn).await, 2);
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::CodeRefused(Some(_)))));
    assert!(stage.count(Event::CodeReplayed).await >= 1);
}

#[tokio::test]
async fn a_held_poll_is_answered_when_it_matters_and_not_before() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    let (sign_ins, id) = (stage.sign_ins.clone(), app.id().clone());
    let held = tokio::spawn(async move { sign_ins.hold_poll(&id, Duration::from_secs(3600)).await });
    let cookie = app.authenticated(&stage, "doctor").await;
    eventually("it waits", || stage.sign_ins.wakeups.parked() == 1).await;
    assert!(!held.is_finished(), "that someone signed in is not for the app");
    app.picks_rightly(&stage, &cookie).await;
    held.await.expect("no panic").expect("readable");
    let app = App::start(&stage, KEY).await;
    let (sign_ins, id) = (stage.sign_ins.clone(), app.id().clone());
    let held = tokio::spawn(async move { sign_ins.hold_poll(&id, Duration::from_secs(3600)).await });
    eventually("it waits", || stage.sign_ins.wakeups.parked() == 1).await;
    stage.sign_ins.cancel(KEY, app.id()).await.expect("withdrawn");
    held.await.expect("no panic").expect("readable");
    let refused = app.asks(&stage).await.expect_err("withdrawn");
    assert_eq!((refused.code(), matches!(refused, PollRefused::Withdrawn { .. })), (ErrorCode::SignInCancelled, true), "no lateness");
}

#[tokio::test]
async fn polls_keep_the_pace_and_letters_do_not_wait() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    stage.sign_ins.begin_poll(&app.poll).await.expect("the first");
    assert!(matches!(stage.sign_ins.begin_poll(&app.poll).await, Err(PollRefused::TooSoon)));
    let with_letters = Poll { letters: Some(typed.code.clone()), ..app.poll.clone() };
    stage.sign_ins.begin_poll(&with_letters).await.expect("counted for themselves");
    stage.clock.advance_seconds(1);
    stage.sign_ins.begin_poll(&app.poll).await.expect("a second later");
}

#[tokio::test]
async fn what_psc_or_a_check_refuses_the_app_learns_by_asking_and_the_browser_stays() {
    let stage = Stage::new().await;
    let app = App::start(&stage, KEY).await;
    let after = stage.come_back(&stage.open(&app.started).await, "refused").await;
    assert!(matches!(after, AfterCallback::Onward { onward: Onward::Stay(_), code: Some(ErrorCode::PscCodeRefused) }), "{after:?}");
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::Failed { code: ErrorCode::PscCodeRefused, .. })));

    let app = App::start(&stage, KEY).await;
    stage.psc.go_down(true);
    assert!(stage.sign_ins.open(&app.started.request_uri, &cookies(&app.started), APP).await.is_err());
    assert!(matches!(app.asks(&stage).await, Err(PollRefused::Failed { code: ErrorCode::PscUnavailable, .. })));
    assert_eq!(stage.psc.exchanges.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_group_without_polling_neither_starts_one_nor_shows_a_number() {
    let closed = Group { exchanges: vec![Exchange::Loopback], ..default_group() };
    let stage = Stage::with(Rules { groups: only(closed.clone()), ..rules() }).await;
    let refused = stage.sign_ins.start(NewSignIn { way_back: WayBack::Polling, ..new_sign_in(KEY) }).await;
    assert!(matches!(&refused, Err(StartRefused::Exchange { open }) if open == &[Exchange::Loopback]));

    // Started before the administrator closed it.
    let mut stage = Stage::new().await;
    let (before, after) = (App::start(&stage, KEY).await, App::start(&stage, KEY).await);
    let cookie = before.authenticated(&stage, "doctor").await;
    stage.around.rules.groups = only(closed);
    let stage = stage.crash().await;
    let refused = stage.confirmation(&cookie).await;
    assert!(matches!(refused, Err(ConfirmationRefused::Failed { code: ErrorCode::ExchangeRefused, .. })), "{refused:?}");
    assert!(!stage.has_grant(before.id()).await);
    let came_back = stage.come_back(&stage.open(&after.started).await, "doctor").await;
    assert!(matches!(came_back, AfterCallback::Onward { code: Some(ErrorCode::ExchangeRefused), .. }), "{came_back:?}");
}

#[tokio::test]
async fn a_dump_of_the_memory_holds_neither_letters_nor_device_code() {
    let stage = Stage::new().await;
    let (app, _, typed) = App::up_to_letters(&stage, KEY, "doctor").await;
    let bytes = crate::store::fixture::written(&stage.store, stage.folder.path()).await;
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&app.id().0), "the search finds what is there: the sign-in");
    for secret in [exposed(&typed.code), exposed(&app.poll.device_code)] {
        assert!(!holds(&secret));
    }
}

#[tokio::test]
async fn attack_48_letters_typed_while_the_page_says_no_are_told_the_no() {
    let stage = Stage::new().await;
    let (app, cookie, page) = App::up_to_letters(&stage, KEY, "doctor").await;
    let row = stage.store.sign_in(crate::store::SignInKey::Id(app.id().clone())).await.expect("readable").expect("kept");
    stage.decide_by(&cookie, &page.form_guard, Decision::Decline).await.expect("heard");
    // Read before her no, counted after it.
    let late = stage.sign_ins.check_letters(&row, Some(&page.code), APP).await;
    assert!(matches!(late, Err(RedeemRefused::Declined { .. })), "{late:?}");

    let (app, cookie, page) = App::up_to_letters(&stage, OTHER_KEY, "doctor").await;
    app.types(&stage, &exposed(&page.code)).await.expect("a session");
    stage.decide_by(&cookie, &page.form_guard, Decision::Decline).await.expect("heard");
    let after = app.types(&stage, &exposed(&page.code)).await;
    assert!(matches!(after, Err(PollRefused::Declined { .. })), "the session that opened is over by her no: {after:?}");
}
