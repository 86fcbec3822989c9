//! What is owed to Pro Santé Connect is asked again until it is done, whoever began it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::browser::{ask_again, is_refused, left_to_the_browser};
use super::{APP, KEY, Stage};
use crate::audit::Event;
use crate::provider_name::ProviderName;
use crate::session::farewells::EndAtProvider;
use crate::session::{ProviderEnds, SessionRefused, SignOutForm};
use crate::store::Designated;

const BY: &str = "administrator:dsi";
const ENDED: ProviderEnds = ProviderEnds { ended: 1, failed: 0, under_way: 0 };

pub(super) async fn take_up(stage: &Stage) {
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    stage.sessions.settled().await;
}

#[tokio::test]
async fn a_sign_out_left_to_the_browser_is_taken_up_whether_or_not_the_address_was_used() {
    for is_used in [false, true] {
        let (stage, answer, ticket) = left_to_the_browser().await;
        if is_used {
            stage.sessions.browser_sign_out(&ticket, &[]).await.expect("a form");
        }
        take_up(&stage).await;
        assert_eq!(stage.count(Event::PscSignOutFailed).await, 1, "traced once, however often it is asked");
        stage.psc.go_down(false);
        take_up(&stage).await;
        assert_eq!((stage.psc.ended(), stage.count(Event::PscSessionEnded).await), (stage.psc.id_tokens(), 1), "used: {is_used}");
        assert!(matches!(ask_again(&stage, &answer).await, Ok(SignOutAnswer::Ended)));
        take_up(&stage).await;
        assert_eq!(stage.psc.ended().len(), 1, "nothing more is owed");
    }
}

#[tokio::test]
async fn a_sign_out_left_to_the_browser_is_asked_for_at_the_next_start_and_its_failure_is_not_traced_twice() {
    let (stage, ..) = left_to_the_browser().await;
    let stage = stage.crash().await;
    stage.sessions.settled().await;
    assert_eq!((stage.psc.ended().len(), stage.count(Event::PscSignOutFailed).await), (0, 1));
    stage.psc.go_down(false);
    let stage = stage.crash().await;
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 1);
}

#[tokio::test]
async fn what_waited_longest_is_taken_up_first() {
    let stage = Stage::new().await;
    for number in 0..3 {
        stage.psc.go_down(false);
        stage.sign_in(&format!("{KEY}-{number}"), "doctor").await;
        stage.psc.go_down(true);
        stage.sessions.end_by_administrator(&Designated::All, BY).await.expect("ended");
        stage.clock.advance_seconds(1);
    }
    let mut taken = Vec::new();
    for _ in 0..6 {
        let now = stage.around.clock.now();
        for owed in stage.store.waiting_sign_outs(1, now).await.expect("readable") {
            stage.store.mark_tried(&owed.id, now).await.expect("marked");
            taken.push(owed.id);
        }
        stage.clock.advance_seconds(1);
    }
    assert_eq!(taken[..3], taken[3..], "in turn");
    assert_ne!(taken[0], taken[1]);
    assert_ne!(taken[1], taken[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_asks_a_few_at_once_overtakes_no_other_and_keeps_nobody_who_asks_waiting() {
    let stage = Stage::new().await;
    let mut last = None;
    for number in 0..12 {
        let key = format!("{KEY}-{number}");
        stage.psc.go_down(false);
        let answer = stage.sign_in(&key, "doctor").await;
        stage.psc.go_down(true);
        stage.sessions.sign_out(&stage.live(&key, &answer).await, None).await.expect("dead here");
        last = Some((key, answer));
        stage.clock.advance_seconds(1);
    }
    let gate = stage.psc.close_gate();
    stage.psc.go_down(false);
    let waiting = || stage.psc.waiting.load(Ordering::SeqCst);
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    super::eventually("some are called", || waiting() == 8).await;
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    let (key, answer) = last.expect("twelve");
    let (sessions, refresh) = (stage.sessions.clone(), answer.refresh_token.into());
    let asking =
        tokio::spawn(async move { sessions.sign_out_by_token(&key, (crate::store::TokenKind::Refresh, &refresh), None, APP).await });
    super::eventually("who asks does not wait for a turn", || waiting() == 9).await;
    gate.add_permits(100);
    asking.await.expect("no panic").expect("told");
    stage.sessions.settled().await;
    assert_eq!((waiting(), stage.psc.ended().len()), (12, 12), "each once");
}

/// On one thread, whose time can be moved on.
#[tokio::test]
async fn a_round_begins_no_call_after_a_minute_and_what_it_did_not_try_is_first_in_the_next() {
    let stage = Stage::new().await;
    stage.psc.go_down(true);
    for number in 0..10 {
        let id = SignInId(format!("AAAA-AAA{number}"));
        let owed = stage.around.seal_owed(&id, &"hint".into());
        stage
            .store
            .owe_sign_out((&id, &ProviderName::PSC), owed, stage.around.clock.now().plus_seconds(600), stage.around.clock.now())
            .await
            .expect("owed");
        stage.clock.advance_seconds(1);
    }
    let gate = stage.psc.close_gate();
    let waiting = || stage.psc.waiting.load(Ordering::SeqCst);
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    super::eventually("some are called", || waiting() == 8).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
    gate.add_permits(100);
    stage.sessions.settled().await;
    assert_eq!(waiting(), 8, "the two that wait are left to the next round");
    let left = stage.store.waiting_sign_outs(10, stage.around.clock.now()).await.expect("readable");
    assert_eq!(
        left.iter().map(|owed| owed.was_tried).collect::<Vec<_>>(),
        [[false].repeat(2), [true].repeat(8)].concat(),
        "and are its first"
    );
}

#[tokio::test]
async fn every_order_that_touches_her_asks_for_what_she_is_owed_and_counts_it() {
    let person = NationalId::parse("8-national-doctor").expect("an id");
    for which in [Designated::Device(KEY.to_owned()), Designated::Person(person.clone()), Designated::All] {
        let (stage, ..) = left_to_the_browser().await;
        stage.psc.go_down(false);
        let done = stage.sessions.end_by_administrator(&which, BY).await.expect("done");
        assert_eq!((done.sessions.len(), done.at_provider), (0, ENDED));
        assert_eq!(stage.psc.ended(), stage.psc.id_tokens());
    }
    let (stage, answer, _) = left_to_the_browser().await;
    let other = Designated::Session(SignInId("AAAA-BBBB".to_owned()));
    assert_eq!(stage.sessions.end_by_administrator(&other, BY).await.expect("done").at_provider, ProviderEnds::default());
    let hers = Designated::Session(answer.session.sign_in_id.clone());
    let failed = ProviderEnds { ended: 0, failed: 1, under_way: 0 };
    assert_eq!(stage.sessions.end_by_administrator(&hers, BY).await.expect("done").at_provider, failed, "as it is");
    // One that lives and one that is owed: each is told once, and counted once.
    stage.psc.go_down(false);
    stage.sign_in(KEY, "doctor").await;
    stage.psc.go_down(true);
    let both = ProviderEnds { ended: 0, failed: 2, under_way: 0 };
    let done = stage.sessions.end_by_administrator(&Designated::Person(person), BY).await.expect("done");
    assert_eq!((done.sessions.len(), done.at_provider), (1, both));
}

#[tokio::test]
async fn an_erasure_asks_for_what_is_owed_and_leaves_no_address_to_anybody() {
    let person = NationalId::parse("8-national-doctor").expect("an id");
    let (stage, answer, ticket) = left_to_the_browser().await;
    let erased = stage.sessions.erase_person(&person, BY).await.expect("answers").expect("known");
    assert_eq!(erased.at_provider, ProviderEnds { ended: 0, failed: 1, under_way: 0 });
    assert!(is_refused(&stage, &ticket, &[]).await, "it would show her name");
    assert!(matches!(ask_again(&stage, &answer).await, Err(SessionRefused::Unknown)));
    stage.psc.go_down(false);
    take_up(&stage).await;
    assert_eq!((stage.psc.ended(), stage.count(Event::PscSessionEnded).await), (stage.psc.id_tokens(), 1), "without the workstation");

    let (stage, ..) = left_to_the_browser().await;
    stage.psc.go_down(false);
    let erased = stage.sessions.erase_person(&person, BY).await.expect("answers").expect("known");
    assert_eq!((erased.at_provider, stage.psc.ended()), (ENDED, stage.psc.id_tokens()));
}

#[tokio::test]
async fn to_the_key_of_a_forgotten_workstation_no_way_is_shown() {
    let (stage, answer, ticket) = left_to_the_browser().await;
    let done = stage.sessions.forget_device(KEY, BY).await.expect("forgotten");
    assert_eq!(done.at_provider, ProviderEnds { ended: 0, failed: 1, under_way: 0 });
    assert!(matches!(ask_again(&stage, &answer).await, Err(SessionRefused::Unknown)));
    assert!(is_refused(&stage, &ticket, &[]).await);
    let told = stage.sessions.disown(&answer.session.sign_in_id, Some(APP)).await.expect("heard");
    assert!(told.psc.is_none(), "nor by that page");
    stage.psc.go_down(false);
    let told = stage.sessions.disown(&answer.session.sign_in_id, Some(APP)).await.expect("heard");
    assert_eq!((told.psc, stage.psc.ended()), (Some(SignOutAnswer::Ended), stage.psc.id_tokens()), "asked at once, without an address");

    let (stage, ..) = left_to_the_browser().await;
    stage.sessions.forget_device(KEY, BY).await.expect("forgotten");
    stage.psc.go_down(false);
    assert_eq!(stage.sessions.forget_device(KEY, BY).await.expect("forgotten").at_provider, ENDED);

    // By the person, on her own page.
    let (stage, answer, ticket) = left_to_the_browser().await;
    let account = stage.store.session(&answer.session.sign_in_id).await.expect("readable").expect("kept").account_id;
    stage.psc.go_down(false);
    stage.sessions.forget_pair(account, KEY, Some(APP)).await.expect("answers").expect("known");
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended(), stage.psc.id_tokens());
    let late = stage.sessions.browser_sign_out(&ticket, &[]).await;
    assert!(matches!(late, Ok(SignOutForm::Finished)), "what is done may be told: it shows nothing of her: {late:?}");
}

#[tokio::test]
async fn who_waits_too_long_for_another_call_traces_what_came_of_it_and_not_that_nothing_is_known() {
    for (end, failures) in [(EndAtProvider::Done, 0), (EndAtProvider::NotDone(Some(ErrorCode::PscUnavailable)), 1)] {
        let stage = Stage::new().await;
        let id = SignInId("AAAA-BBBB".to_owned());
        let held = stage.sessions.farewells.begin(&id).ok().expect("the first");
        let told = stage.sessions.tell_provider((&id, &ProviderName::PSC), Some("hint".into())).expect("a call");
        super::eventually("it waits", || stage.sessions.farewells.waiting(&id) == 1).await;
        tokio::task::yield_now().await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(12)).await;
        tokio::time::resume();
        assert_eq!(told.await, Ok(EndAtProvider::Unproven), "who ordered it waits no longer");
        assert_eq!(stage.events().await, Vec::<String>::new(), "nothing is known yet");
        held.over(end);
        stage.sessions.settled().await;
        assert_eq!(stage.count(Event::PscSignOutFailed).await, failures);
        assert_eq!(stage.events().await.len(), failures);
    }
}

#[tokio::test]
async fn of_companions_over_one_memory_one_asks_for_a_debt_at_a_time() {
    let stage = Stage::new().await;
    let (id, now) = (SignInId("AAAA-BBBB".to_owned()), stage.around.clock.now());
    let begin = async |after_s: i64| {
        let now = now.plus_seconds(after_s);
        stage.store.begin_telling(&id, now.plus_seconds(12), now).await.expect("answers")
    };
    assert!(begin(0).await, "what is not kept is nobody else's to tell");
    let owed = stage.around.seal_owed(&id, &"hint".into());
    stage.store.owe_sign_out((&id, &ProviderName::PSC), owed, now.plus_seconds(600), now).await.expect("owed");
    assert!(begin(0).await);
    // A companion alone over its file knows by itself what it asks, and would wait for a process that was killed.
    let is_alone = stage.store.listen(tokio::sync::mpsc::unbounded_channel().0).expect("listens").is_none();
    assert_eq!(begin(11).await, is_alone, "another one asks");
    assert!(begin(12).await, "it is taken for dead");
    // Who was taken for dead comes back: the right is another's by now.
    stage.store.end_telling(&id, now.plus_seconds(12)).await.expect("answers");
    assert_eq!(begin(13).await, is_alone, "the other one still asks");
    stage.store.end_telling(&id, now.plus_seconds(24)).await.expect("given back");
    assert!(begin(13).await);
}

#[tokio::test]
async fn where_nothing_can_be_kept_the_provider_is_asked_all_the_same() {
    let stage = Stage::new().await;
    stage.store.change("ALTER TABLE sign_outs RENAME TO sign_outs_away", &[]).await.expect("away");
    let id = SignInId("AAAA-BBBB".to_owned());
    stage.sessions.end_ungranted((&id, &ProviderName::PSC), "hint".into()).await.expect_err("nothing is kept");
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended(), ["hint"]);
}
