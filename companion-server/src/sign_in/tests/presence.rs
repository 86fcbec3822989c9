//! Presence at the app, wherever the way back says nothing of who sits there.

use std::time::Duration;

use secrecy::SecretString;
use vestibule_model::Secret;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{Confirmation, SignInState, SignOutAnswer};
use vestibule_model::session::SessionEnd;

use super::groups::{by_scheme, of_scheme, sign_in_by_scheme};
use crate::audit::Event;
use crate::group::Group;
use crate::session::SessionRefused;
use crate::session::tests::{APP, KEY, OTHER_KEY, Stage, default_group, exposed, new_sign_in, only, parameter, redemption, rules};
use crate::sign_in::{AfterCallback, Afterwards, Decided, Decision, Onward, Question, RedeemRefused, Redemption, Started};
use crate::surroundings::Rules;

fn multi_session() -> Rules {
    Rules { groups: only(Group { multi_session: true, ..default_group() }), ..rules() }
}

fn wrong(right: &SecretString) -> SecretString {
    exposed(right).chars().map(|letter| if letter == 'B' { 'C' } else { 'B' }).collect::<String>().into()
}

/// A sign-in by the scheme whose letters are on the page: the cookie, the code and the letters.
async fn up_to_letters(stage: &Stage, jkt: &str) -> (Started, SecretString, SecretString, SecretString) {
    let started = stage.sign_ins.start(by_scheme(jkt, None)).await.expect("started");
    let (cookie, typed) = stage.prove(&started, "doctor").await;
    let code = parameter(&typed.opens_app.expect("the app is opened"), "code").expect("a code").into();
    (started, cookie, code, typed.code)
}

#[tokio::test]
async fn attack_41_a_code_that_arrives_by_scheme_redeems_nothing_without_the_letters_the_second_time_as_well() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        let (started, _, code, _) = up_to_letters(&stage, KEY).await;
        assert_eq!(started.confirmation, Confirmation::Code);
        let refused = stage.sign_ins.redeem(of_scheme(KEY, &code)).await.expect_err("letters are due");
        assert!(matches!(refused, RedeemRefused::LettersDue(due) if due.tries_left == 5), "{refused:?}");
        let event = stage.sign_ins.wait_event(KEY, &started.sign_in_id, None, Duration::ZERO).await.expect("known");
        assert_eq!((event.state, event.confirmation), (SignInState::Confirmed, Some(Confirmation::Code)));
        stage.clock.advance_seconds(120);
        let refused = stage.sign_ins.redeem(of_scheme(KEY, &code)).await.expect_err("too late");
        assert!(matches!(refused, RedeemRefused::Expired(_)), "{refused:?}");
    }
    assert_eq!(stage.count(Event::SignedIn).await, 0);
}

#[tokio::test]
async fn attack_41_wrong_letters_beside_a_right_code_are_counted_then_burn() {
    let stage = Stage::new().await;
    let (started, _, code, letters) = up_to_letters(&stage, KEY).await;
    let with = |letters: &SecretString| Redemption { letters: Some(letters.clone()), ..of_scheme(KEY, &code) };
    for left in [4, 3, 2, 1] {
        let refused = stage.sign_ins.redeem(with(&wrong(&letters))).await.expect_err("wrong");
        assert!(matches!(refused, RedeemRefused::LettersWrong { due, .. } if due.tries_left == left), "{refused:?}");
    }
    assert!(matches!(stage.sign_ins.redeem(with(&wrong(&letters))).await, Err(RedeemRefused::TriesSpent(_))));
    assert!(matches!(stage.sign_ins.redeem(with(&letters)).await, Err(RedeemRefused::TriesSpent(_))), "the right ones come too late");
    assert_eq!(stage.state(&started.sign_in_id).await, SignInState::Burned);
    assert_eq!((stage.count(Event::TypedCodeWrong).await, stage.count(Event::TypedTriesSpent).await), (5, 1));
}

#[tokio::test]
async fn right_letters_in_other_hands_burn_without_being_compared() {
    let stage = Stage::new().await;
    let (_, _, code, letters) = up_to_letters(&stage, KEY).await;
    let stolen = Redemption { letters: Some(letters), ..of_scheme(OTHER_KEY, &code) };
    assert!(matches!(stage.sign_ins.redeem(stolen).await, Err(RedeemRefused::Burned(_))));
    assert_eq!(stage.count(Event::TypedCodeWrong).await, 0);
}

#[tokio::test]
async fn the_known_pair_of_an_ordinary_group_comes_back_by_its_scheme_without_a_question() {
    let stage = Stage::new().await;
    let answer = sign_in_by_scheme(&stage, by_scheme(KEY, None)).await;
    assert!(answer.session.new_workstation);
    let started = stage.sign_ins.start(by_scheme(KEY, None)).await.expect("started");
    assert_eq!(started.confirmation, Confirmation::None);
    let opened = stage.open(&started).await;
    let back = stage.walk_back(&opened, "doctor").await;
    let code = parameter(&back.url, "code").expect("a code").into();
    let answer = stage.sign_ins.redeem(of_scheme(KEY, &code)).await.expect("a session");
    assert!(!answer.session.new_workstation);
    assert_eq!(stage.count(Event::NewWorkstation).await, 1);
}

#[tokio::test]
async fn a_multi_session_group_asks_for_the_number_by_every_road_and_for_letters_from_the_new() {
    let stage = Stage::with(multi_session()).await;
    let started = stage.start(KEY).await;
    assert_eq!(started.confirmation, Confirmation::Code);
    let opened = stage.open(&started).await;
    let AfterCallback::Confirm { cookie, sign_in_id } = stage.come_back(&opened, "doctor").await else { panic!("asked") };
    let facts = stage.confirmation(&cookie).await.expect("a page");
    assert!(matches!(&facts.question, Question::Choose(numbers) if numbers.contains(&started.match_number)));
    assert_eq!(facts.same_network, None, "one machine says nothing of who sits where");
    let event = stage.sign_ins.wait_event(KEY, &sign_in_id, None, Duration::ZERO).await.expect("known");
    assert_eq!(event.confirmation, Some(Confirmation::Number));
    let clicked = stage.decide_by(&cookie, &facts.form_guard, Decision::Accept).await;
    assert!(clicked.is_err(), "a click proves nothing here");

    // The browser takes the code to the listener, which sends it on to the page with the letters.
    let number = Decision::Number(started.match_number.clone());
    let Decided::Deliver(back) = stage.decide_by(&cookie, &facts.form_guard, number).await.expect("the app's number") else {
        panic!("the code leaves for the listener")
    };
    let code = parameter(&back.url, "code").expect("a code").into();
    assert!(matches!(stage.sign_ins.redeem(redemption(KEY, &code)).await, Err(RedeemRefused::LettersDue(_))));
    let letters = async || match stage.sign_ins.afterwards(&cookie, &sign_in_id).await.expect("readable") {
        Some(Afterwards::TypeCode(typed)) => typed.code,
        other => panic!("no letters: {other:?}"),
    };
    let shown = letters().await;
    assert_eq!(exposed(&shown), exposed(&letters().await), "the page may be loaded again");
    assert!(stage.sign_ins.afterwards(&"another-cookie".into(), &sign_in_id).await.expect("readable").is_none(), "to her browser only");
    stage.sign_ins.redeem(Redemption { letters: Some(shown), ..redemption(KEY, &code) }).await.expect("a session");

    let started = stage.start(KEY).await;
    assert_eq!(started.confirmation, Confirmation::Number);
    let opened = stage.open(&started).await;
    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("asked again") };
    let back = stage.decide(&cookie, Decision::Number(started.match_number)).await;
    let code = parameter(&back.url, "code").expect("a code").into();
    stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("the number is enough from someone known");
}

#[tokio::test]
async fn a_page_from_before_a_stricter_configuration_opens_nothing() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let stage = stage.under(multi_session()).await;
    assert!(stage.decide_by(&cookie, &guard, Decision::Accept).await.is_err());
    assert_eq!(stage.state(&id).await, SignInState::Failed);
}

#[tokio::test]
async fn attack_50_after_the_session_opened_she_may_still_say_that_she_asked_for_nothing() {
    let stage = Stage::new().await;
    // By the letters.
    let (started, cookie, code, letters) = up_to_letters(&stage, KEY).await;
    let answer = stage.sign_ins.redeem(Redemption { letters: Some(letters), ..of_scheme(KEY, &code) }).await.expect("a session");
    objects(&stage, KEY, &started, &cookie, &answer.access_token).await;

    // By the click of an ordinary workstation, after it.
    let started = stage.start(OTHER_KEY).await;
    let opened = stage.open(&started).await;
    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("asked") };
    let back = stage.decide(&cookie, Decision::Accept).await;
    let code = parameter(&back.url, "code").expect("a code").into();
    let answer = stage.sign_ins.redeem(redemption(OTHER_KEY, &code)).await.expect("a session");
    objects(&stage, OTHER_KEY, &started, &cookie, &answer.access_token).await;

    // Straight on, where no page asked anything.
    let started = stage.start(OTHER_KEY).await;
    let opened = stage.open(&started).await;
    let AfterCallback::StraightOn { onward, cookie } = stage.come_back(&opened, "doctor").await else { panic!("known") };
    let Onward::ReturnToApp(back) = onward else { panic!("to the listener") };
    let code = parameter(&back.url, "code").expect("a code").into();
    let answer = stage.sign_ins.redeem(redemption(OTHER_KEY, &code)).await.expect("a session");
    objects(&stage, OTHER_KEY, &started, &cookie, &answer.access_token).await;

    stage.sessions.settled().await;
    assert_eq!((stage.count(Event::NothingAsked).await, stage.psc.ended().len()), (3, 3));
}

async fn objects(stage: &Stage, jkt: &str, started: &Started, cookie: &SecretString, access_token: &Secret) {
    let offered = stage.sign_ins.afterwards(cookie, &started.sign_in_id).await.expect("readable");
    let Some(Afterwards::MayObject { form_guard, device_label: _ }) = offered else { panic!("not offered: {offered:?}") };
    let forged = stage.decide_by(cookie, &"forged".into(), Decision::Decline).await;
    assert!(forged.is_err(), "{forged:?}");
    let decided = stage.decide_by(cookie, &form_guard, Decision::Decline).await.expect("heard");
    assert!(
        matches!(&decided, Decided::SessionEnded { sign_in_id, was_open: true, psc: Some(_) } if *sign_in_id == started.sign_in_id),
        "{decided:?}"
    );
    let call = stage.sessions.authenticate(jkt, &access_token.clone().into(), APP).await;
    assert!(matches!(call, Err(SessionRefused::Ended(SessionEnd::Disowned))), "{call:?}");
    let again = stage.decide_by(cookie, &form_guard, Decision::Decline).await.expect("heard again");
    let is_known = matches!(again, Decided::SessionEnded { was_open: false, psc: Some(SignOutAnswer::Ended), .. });
    assert!(is_known, "it was over before, there too: {again:?}");
    let afterwards = stage.sign_ins.afterwards(cookie, &started.sign_in_id).await.expect("readable");
    assert!(matches!(afterwards, Some(Afterwards::SessionEnded { was_open: true, .. })), "a reload says the same: {afterwards:?}");
}

#[tokio::test]
async fn attack_50_while_the_code_is_on_its_way_she_ends_it_and_the_app_is_told_why() {
    let stage = Stage::new().await;
    let (id, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let back = stage.decide(&cookie, Decision::Accept).await;
    let decided = stage.decide_by(&cookie, &guard, Decision::Decline).await.expect("heard");
    assert!(matches!(decided, Decided::Declined(Onward::Stay(_))), "{decided:?}");
    assert_eq!(stage.state(&id).await, SignInState::Declined);
    let code = parameter(&back.url, "code").expect("a code").into();
    let refused = stage.sign_ins.redeem(redemption(KEY, &code)).await.expect_err("declined");
    assert_eq!(refused.code(), ErrorCode::SignInDeclined, "{refused:?}");
    stage.sessions.settled().await;
    assert_eq!((stage.count(Event::NothingAsked).await, stage.psc.ended().len()), (1, 1));
}

#[tokio::test]
async fn attack_50_an_outage_of_the_provider_is_said_and_our_session_is_dead_all_the_same() {
    let stage = Stage::new().await;
    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let back = stage.decide(&cookie, Decision::Accept).await;
    let code = parameter(&back.url, "code").expect("a code").into();
    let answer = stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
    stage.psc.go_down(true);
    let decided = stage.decide_by(&cookie, &guard, Decision::Decline).await.expect("heard");
    let needed = matches!(&decided, Decided::SessionEnded { psc: Some(answer), .. } if format!("{answer:?}").starts_with("BrowserNeeded"));
    assert!(needed, "{decided:?}");
    assert!(stage.sessions.authenticate(KEY, &answer.access_token.into(), APP).await.is_err());
}

#[tokio::test]
async fn after_a_sign_out_or_a_no_the_next_start_of_that_device_asks_anew() {
    use crate::config::AskAnew;
    let asked = async |stage: &Stage, jkt: &str| {
        let opened = stage.open(&stage.start(jkt).await).await;
        (parameter(&opened.provider_url, "kc_idp_hint").is_some(), parameter(&opened.provider_url, "prompt").is_some())
    };
    for (ask_anew, expected) in
        [(AskAnew::WithoutHint, (false, false)), (AskAnew::PromptLogin, (true, true)), (AskAnew::Both, (false, true))]
    {
        let groups = only(Group { idp_hint: Some("chu".to_owned()), ..default_group() });
        let stage = Stage::with(Rules { groups, ask_anew, ..rules() }).await;
        let answer = stage.sign_in(KEY, "doctor").await;
        assert_eq!(asked(&stage, KEY).await, (true, false));
        stage.sessions.sign_out(&stage.live(KEY, &answer).await, None).await.expect("signed out");
        assert_eq!(asked(&stage, KEY).await, expected, "after the sign-out");
        assert_eq!(asked(&stage, OTHER_KEY).await, (true, false), "another device is another story");
        stage.sign_in(KEY, "nurse").await;
        assert_eq!(asked(&stage, KEY).await, (true, false), "someone showed who she is");
        let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
        stage.decide(&cookie, Decision::Decline).await;
        assert_eq!(asked(&stage, KEY).await, expected, "after \"not me\"");
        let answer = stage.sign_in(KEY, "doctor").await;
        stage.sessions.lock(&stage.live(KEY, &answer).await).await.expect("locked");
        let behind_the_lock = (expected.0, true);
        assert_eq!(asked(&stage, KEY).await, behind_the_lock, "anybody may stand there");
        stage.clock.advance_seconds(901);
        stage.sessions.sweep().await.expect("swept");
        assert_eq!(asked(&stage, KEY).await, behind_the_lock, "and after its end too");
        stage.sign_in(KEY, "doctor").await;
        assert_eq!(asked(&stage, KEY).await, (true, false), "someone showed who she is");
    }
}

#[tokio::test]
async fn closing_the_app_or_being_idle_leaves_the_hint() {
    let stage = Stage::with(Rules { groups: only(Group { idp_hint: Some("chu".to_owned()), ..default_group() }), ..rules() }).await;
    let answer = stage.sign_in(KEY, "doctor").await;
    stage.sessions.end(Some(KEY), &answer.refresh_token.into(), APP).await.expect("closed");
    assert!(!stage.is_asked_anew(KEY).await);
    stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(901);
    stage.sessions.sweep().await.expect("swept");
    assert!(!stage.is_asked_anew(KEY).await);
    let _ = stage.sign_ins.start(new_sign_in(KEY)).await.expect("started");
}
