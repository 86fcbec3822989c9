//! Sessions that an administrator ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::{KEY, Stage};
use crate::audit::Event;
use crate::provider_name::ProviderName;
use crate::session::ProviderEnds;
use crate::session::calls::told;
use crate::session::farewells::EndAtProvider;
use crate::store::Designated;

const BY: &str = "administrator:dsi";

#[tokio::test]
async fn what_psc_did_not_end_is_told_and_asked_again_without_a_restart() {
    let stage = Stage::new().await;
    for number in 0..3 {
        stage.sign_in(&format!("{KEY}-{number}"), "doctor").await;
    }
    stage.psc.go_down(true);
    let done = stage.sessions.end_by_administrator(&Designated::All, BY).await.expect("ended");
    assert_eq!((done.sessions.len(), done.at_provider), (3, ProviderEnds { ended: 0, failed: 3, under_way: 0 }));
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    stage.sessions.settled().await;
    assert_eq!(stage.count(Event::PscSignOutFailed).await, 3, "each failure is traced once, however often it is asked again");
    stage.psc.go_down(false);
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    stage.sessions.settled().await;
    assert_eq!((stage.psc.ended().len(), stage.count(Event::PscSessionEnded).await), (3, 3));
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 3, "nothing more is owed");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_calls_psc_a_few_times_at_once_and_of_each_session_once() {
    let stage = Stage::new().await;
    for number in 0..20 {
        stage.sign_in(&format!("{KEY}-{number}"), "doctor").await;
    }
    let gate = stage.psc.close_gate();
    let sessions = stage.sessions.clone();
    let ending = tokio::spawn(async move { sessions.end_by_administrator(&Designated::All, BY).await });
    super::eventually("some are called", || stage.psc.waiting.load(Ordering::SeqCst) == 8).await;
    while stage.count(Event::SessionEndedByAdministrator).await < 20 {
        tokio::task::yield_now().await;
    }
    // What is taken up every minute asks nothing that is being asked.
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    assert_eq!(stage.psc.waiting.load(Ordering::SeqCst), 8, "eight at once");
    gate.add_permits(100);
    let done = ending.await.expect("no panic").expect("ended");
    assert_eq!(done.at_provider, ProviderEnds { ended: 20, failed: 0, under_way: 0 });
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 20, "each once");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_asked_did_not_end_and_what_takes_too_long_is_under_way() {
    let answered = |end| {
        let (tell, call) = oneshot::channel();
        tell.send(end).expect("heard");
        Some(call)
    };
    let (_never_told, waiting) = oneshot::channel();
    let lost = oneshot::channel().1;
    let calls = [
        None,
        Some(waiting),
        answered(EndAtProvider::Done),
        answered(EndAtProvider::NotDone(None)),
        answered(EndAtProvider::Unproven),
        Some(lost),
    ];
    let named = (0..).map(|number| SignInId(format!("session {number}"))).zip(calls);
    assert_eq!(told(named.collect(), Duration::from_secs(15)).await, ProviderEnds { ended: 1, failed: 4, under_way: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_companion_that_stops_lets_go_of_the_calls_that_wait_and_keeps_what_they_owe() {
    let stage = Stage::new().await;
    for number in 0..20 {
        stage.sign_in(&format!("{KEY}-{number}"), "doctor").await;
    }
    let gate = stage.psc.close_gate();
    let sessions = stage.sessions.clone();
    let ending = tokio::spawn(async move { sessions.end_by_administrator(&Designated::All, BY).await });
    super::eventually("some are called", || stage.psc.waiting.load(Ordering::SeqCst) == 8).await;
    while stage.count(Event::SessionEndedByAdministrator).await < 20 {
        tokio::task::yield_now().await;
    }
    stage.sessions.stop();
    gate.add_permits(100);
    let done = ending.await.expect("no panic").expect("ended");
    assert_eq!(done.at_provider, ProviderEnds { ended: 8, failed: 12, under_way: 0 });
    let owed = stage.store.owed_sign_outs(&Designated::All, stage.around.clock.now()).await.expect("readable");
    assert_eq!((stage.psc.ended().len(), owed.len()), (8, 12), "the next start asks for them");
}

#[tokio::test]
async fn a_session_whose_grant_is_gone_is_ended_like_any_other() {
    let stage = Stage::new().await;
    stage.sign_in(KEY, "doctor").await;
    stage.store.change("DELETE FROM grants", &[]).await.expect("gone");
    let done = stage.sessions.end_by_administrator(&Designated::All, BY).await.expect("ended");
    assert_eq!((done.sessions.len(), done.at_provider), (1, ProviderEnds { ended: 0, failed: 1, under_way: 0 }));
    let person = NationalId::parse("8-national-doctor").expect("an id");
    assert!(stage.sessions.erase_person(&person, BY).await.expect("erased").is_some());
}

#[tokio::test]
async fn what_the_end_of_her_session_ends_too_is_not_told_as_a_failure() {
    let stage = Stage::new().await;
    stage.sign_in(KEY, "doctor").await;
    stage.to_code(KEY, "doctor").await;
    let done = stage.sessions.forget_device(KEY, BY).await.expect("forgotten");
    assert_eq!((done.sessions.len(), done.cancelled.len()), (1, 1));
    assert_eq!(done.at_provider, ProviderEnds { ended: 1, failed: 0, under_way: 0 }, "the session's end is the one call");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_for_the_first_time_by_many_ways_at_once_is_one_person() {
    let stage = Stage::new().await;
    let person = NationalId::parse("899700000777").expect("an id");
    let asks: Vec<_> = (0..24)
        .map(|number| {
            let (store, person) = (stage.store.clone(), person.clone());
            let (used_after, now) = (stage.around.pair_used_after(), stage.around.clock.now());
            tokio::spawn(async move { store.recognise(&ProviderName::PSC, &person, &format!("key {number}"), used_after, now).await })
        })
        .collect();
    let mut accounts = std::collections::BTreeSet::new();
    for ask in asks {
        accounts.insert(ask.await.expect("no panic").expect("recognised").account_id);
    }
    assert_eq!((accounts.len(), stage.store.number("SELECT COUNT(*) FROM accounts", &[]).await), (1, 1));
}

/// As an erasure, the trail knows her too; nobody else is in it.
#[tokio::test]
async fn what_is_kept_about_a_person_is_written_for_her_and_that_it_was_is_traced() {
    let stage = Stage::new().await;
    stage.sign_in(KEY, "doctor").await;
    stage.sign_in(&format!("{KEY}-other"), "nurse").await;
    let people: Vec<String> = stage.store.look("SELECT subject FROM identities ORDER BY subject", &[]).await;
    let [one, other] = &people[..] else { panic!("{people:?}") };
    let person = NationalId::parse(one).expect("a national id");
    let personal_data = stage.sessions.personal_data(&person, BY).await.expect("readable").expect("known");
    assert_eq!(
        (&personal_data["identite"]["national_id"], &personal_data["identifiant_national"]),
        (&one.as_str().into(), &one.as_str().into())
    );
    for list in ["postes_connus", "sessions", "tentatives"] {
        assert_eq!(personal_data[list].as_array().map(Vec::len), Some(1), "{list}: {personal_data}");
    }
    assert!(!personal_data.to_string().contains(other.as_str()), "{personal_data}");
    assert_eq!(stage.count(Event::PersonExported).await, 1);
    // Of her own trail, that line is the last one next time.
    let again = stage.sessions.personal_data(&person, BY).await.expect("readable").expect("known");
    let last = again["journal_d_audit"].as_array().and_then(|lines| lines.last()).expect("a line").clone();
    assert_eq!((&last["evenement"], &last["par"]), (&"person_exported".into(), &BY.into()));
    stage.sessions.personal_data_not_kept(&person, BY).await.expect("traced");
    let again = stage.sessions.personal_data(&person, BY).await.expect("readable").expect("known");
    let last = again["journal_d_audit"].as_array().and_then(|lines| lines.last()).expect("a line").clone();
    assert_eq!((&last["evenement"], &last["par"]), (&"person_export_failed".into(), &BY.into()));
    assert!(stage.sessions.personal_data(&NationalId::parse("899799999999").expect("one"), BY).await.expect("readable").is_none());
}
