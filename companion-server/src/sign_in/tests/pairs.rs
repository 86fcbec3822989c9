//! People on devices: known by use, new when unused or forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::{SessionEnd, SignInId};

use crate::audit::{Entry, Event};
use crate::provider_name::ProviderName;
use crate::session::SessionRefused;
use crate::session::tests::{APP, KEY, OTHER_KEY, Stage, parameter, redemption};
use crate::sign_in::{
    AfterCallback, CallbackRefused, ConfirmationReason, Decision, Onward, OwnPageEnds, OwnPageForgot, OwnPageRefused, RedeemRefused,
};
use crate::store::Designated;

const DAY_S: i64 = 24 * 3600;

async fn account(stage: &Stage, persona: &str) -> i64 {
    let id = NationalId::parse(&format!("8-national-{persona}")).expect("an id");
    let store = &stage.store;
    store
        .recognise(&ProviderName::PSC, &id, "no key", stage.around.pair_used_after(), stage.around.clock.now())
        .await
        .expect("readable")
        .account_id
}

/// The cookie of the browser that just signed in.
async fn signed_in_browser(stage: &Stage, jkt: &str, persona: &str) -> SecretString {
    let opened = stage.open(&stage.start(jkt).await).await;
    let (back, cookie) = match stage.come_back(&opened, persona).await {
        AfterCallback::StraightOn { onward: Onward::ReturnToApp(back), cookie } => (back, cookie),
        AfterCallback::Confirm { cookie, .. } => (stage.decide(&cookie, Decision::Accept).await, cookie),
        other @ (AfterCallback::StraightOn { .. } | AfterCallback::Onward { .. }) => panic!("{other:?}"),
    };
    let code = parameter(&back.url, "code").expect("a code").into();
    stage.sign_ins.redeem(redemption(jkt, &code)).await.expect("a session");
    cookie
}

#[tokio::test]
async fn attack_52_a_pair_that_nobody_used_is_new_again_before_and_after_the_sweep() {
    let stage = Stage::new().await;
    let answer = stage.sign_in(KEY, "doctor").await;
    assert!(answer.session.new_workstation);
    stage.clock.advance_seconds(90 * DAY_S - 1);
    let opened = stage.open(&stage.start(KEY).await).await;
    assert!(!stage.asks_confirmation(&opened, "doctor").await, "known to the last moment");
    stage.clock.advance_seconds(1);
    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    assert_eq!(stage.confirmation(&cookie).await.expect("a page").reason, ConfirmationReason::NewWorkstation);
    let purged = stage.sessions.sweep().await.expect("swept");
    assert_eq!(purged.expired_pairs.len(), 1);
    assert!(!stage.store.device(KEY, crate::clock::Timestamp(0)).await.expect("readable").is_known, "nothing is left of it");
    assert_eq!(stage.count(Event::WorkstationExpired).await, 1);
    assert!(stage.sign_in(KEY, "doctor").await.session.new_workstation);
    assert_eq!(stage.count(Event::NewWorkstation).await, 2);
}

#[tokio::test]
async fn attack_52_forgetting_ends_what_is_there_at_once_and_what_is_on_its_way() {
    let stage = Stage::new().await;
    let (doctor, answer) = (account(&stage, "doctor").await, stage.sign_in(KEY, "doctor").await);
    let elsewhere = stage.sign_in(OTHER_KEY, "doctor").await;
    let (on_its_way, code) = stage.to_code(KEY, "doctor").await;
    let (asked, cookie) = {
        let opened = stage.open(&stage.start(KEY).await).await;
        let AfterCallback::StraightOn { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("known") };
        (opened.sign_in_id, cookie)
    };
    let forgotten = stage.sessions.forget_pair(doctor, KEY, None).await.expect("readable").expect("known");
    assert_eq!(forgotten.session.as_ref(), Some(&answer.session.sign_in_id));
    let call = stage.sessions.authenticate(KEY, &answer.access_token.into(), APP).await;
    assert!(matches!(call, Err(SessionRefused::Ended(SessionEnd::Forgotten))), "{call:?}");
    assert!(stage.sessions.refresh(KEY, &answer.refresh_token.into(), APP).await.is_err());
    let refused = stage.sign_ins.redeem(redemption(KEY, &code)).await;
    let told = Some(ErrorCode::WorkstationForgotten);
    assert!(matches!(&refused, Err(RedeemRefused::Withdrawn { id, code }) if *id == on_its_way && *code == told), "{refused:?}");
    assert_eq!(stage.state(&asked).await, SignInState::Cancelled);
    assert!(stage.sign_ins.afterwards(&cookie, &asked).await.expect("readable").is_none());
    stage.live(OTHER_KEY, &elsewhere).await;
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 3, "whoever sits there must show who she is: of the session, and of both attempts");
    let line = stage.store.audit_after(0, 1000).await.expect("a trail").into_iter().find(|row| row.event == "workstation_forgotten");
    let line = line.expect("an event");
    let ended = Some(answer.session.sign_in_id.0.as_str());
    assert_eq!(
        (line.sign_in_id.as_deref(), line.national_id.as_deref(), line.jkt.as_deref()),
        (ended, Some("8-national-doctor"), Some(KEY))
    );
    assert!(stage.sessions.forget_pair(doctor, KEY, None).await.expect("readable").is_none(), "nothing is left to forget");
    let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
    assert_eq!(stage.confirmation(&cookie).await.expect("a page").reason, ConfirmationReason::NewWorkstation);
}

#[tokio::test]
async fn a_pair_forgotten_while_the_page_waits_does_not_open_by_a_click_where_letters_are_due() {
    use super::groups::{by_scheme, sign_in_by_scheme};
    let stage = Stage::new().await;
    sign_in_by_scheme(&stage, by_scheme(KEY, None)).await;
    stage.sign_in(KEY, "nurse").await;
    let opened = stage.open(&stage.sign_ins.start(by_scheme(KEY, None)).await.expect("started")).await;
    // Known, after another person: a click.
    let AfterCallback::Confirm { cookie, .. } = stage.come_back(&opened, "doctor").await else { panic!("asked") };
    let guard = stage.confirmation(&cookie).await.expect("a page").form_guard;
    let doctor = account(&stage, "doctor").await;
    stage.sessions.forget_pair(doctor, KEY, None).await.expect("readable").expect("known");
    assert!(stage.decide_by(&cookie, &guard, Decision::Accept).await.is_err());
}

#[tokio::test]
async fn she_sees_where_she_is_known_and_forgets_another_workstation_then_her_own() {
    let stage = Stage::new().await;
    let other = stage.sign_in(OTHER_KEY, "doctor").await;
    stage.sign_in("key of a third device", "nurse").await;
    stage.clock.advance_seconds(60);
    let cookie = signed_in_browser(&stage, KEY, "doctor").await;
    let own = stage.sign_ins.own_page(&cookie).await.expect("open");
    assert_eq!(own.pairs.iter().map(|pair| pair.jkt.as_str()).collect::<Vec<_>>(), [KEY, OTHER_KEY], "hers, the last used first");
    assert_eq!(own.pairs[0].device_label.as_deref(), Some("Poste d’accueil"));

    let forged = stage.sign_ins.forget(&cookie, &"forged".into(), OTHER_KEY).await;
    assert!(matches!(forged, Err(OwnPageRefused::FormRefused(_))), "{forged:?}");
    stage.live(OTHER_KEY, &other).await;
    let guard = stage.sign_ins.form_guard(&cookie);
    let left = stage.sign_ins.forget(&cookie, &guard, OTHER_KEY).await.expect("forgotten");
    assert!(matches!(left, OwnPageForgot::Another), "{left:?}");
    assert_eq!(stage.sign_ins.own_page(&cookie).await.expect("open").pairs.len(), 1);
    assert!(stage.sessions.authenticate(OTHER_KEY, &other.access_token.into(), APP).await.is_err());
    let nurses = stage.sign_ins.forget(&cookie, &guard, "key of a third device").await.expect("nothing of hers there");
    assert!(matches!(nurses, OwnPageForgot::Another));
    assert_eq!(stage.count(Event::WorkstationForgotten).await, 1, "not another person's");

    let here = stage.sign_ins.forget(&cookie, &guard, KEY).await.expect("forgotten");
    assert!(matches!(here, OwnPageForgot::Here), "{here:?}");
    assert!(matches!(stage.sign_ins.own_page(&cookie).await, Err(OwnPageRefused::Closed(_))), "closed with the session");
}

#[tokio::test]
async fn the_page_is_open_for_ten_minutes_and_to_the_browser_that_signed_in() {
    let stage = Stage::new().await;
    let cookie = signed_in_browser(&stage, KEY, "doctor").await;
    assert!(matches!(stage.sign_ins.own_page(&"another-cookie".into()).await, Err(OwnPageRefused::BrowserMismatch)));
    stage.clock.advance_seconds(599);
    stage.sign_ins.own_page(&cookie).await.expect("open");
    stage.clock.advance_seconds(1);
    assert!(matches!(stage.sign_ins.own_page(&cookie).await, Err(OwnPageRefused::Closed(_))));
}

#[tokio::test]
async fn nobody_is_erased_behind_a_session_that_lives() {
    let stage = Stage::new().await;
    let (person, now) = (NationalId::parse("8-national-doctor").expect("an id"), stage.around.clock.now());
    stage.sign_in(KEY, "doctor").await;
    let refused = stage
        .store
        .erase_person(&person, (stage.around.owing(), stage.around.audit.line(Entry::new(Event::PersonErased))), now)
        .await
        .expect("answers")
        .expect("known");
    assert!(refused.is_session_live && refused.sessions == 0, "a session that opened meanwhile is not wiped without its end");
    stage.to_confirmation(OTHER_KEY, "doctor").await;
    let erased = stage.sessions.erase_person(&person, "dpo").await.expect("answers").expect("known");
    assert_eq!((erased.ended.len(), stage.count(Event::SessionEndedByAdministrator).await), (1, 1));
    stage.sessions.settled().await;
    assert_eq!(stage.psc.ended().len(), 2, "and Pro Santé Connect's, that of the attempt too");
}

/// Whatever an erasure meets on her way in, it is before or after it, never in its middle.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_while_she_signs_in_is_somebody_new() {
    let stage = Stage::new().await;
    let person = NationalId::parse("8-national-doctor").expect("an id");
    for round in 0..12 {
        let opened = stage.open(&stage.start(&format!("key {round}")).await).await;
        let (has_come, sessions, whom) = (Arc::new(AtomicBool::new(false)), stage.sessions.clone(), person.clone());
        let erasing = tokio::spawn({
            let has_come = Arc::clone(&has_come);
            async move {
                let mut erased = 0;
                loop {
                    let is_last = has_come.load(Ordering::Relaxed);
                    erased += usize::from(sessions.erase_person(&whom, "dpo").await.expect("answers").is_some());
                    if is_last {
                        return erased;
                    }
                }
            }
        });
        let came = stage.sign_ins.callback(stage.answer(&opened, "doctor")).await;
        has_come.store(true, Ordering::Relaxed);
        assert!(matches!(came, Ok(AfterCallback::Confirm { .. })), "round {round}: {came:?}");
        assert_eq!(erasing.await.expect("no panic"), 1, "round {round}: she was known from her arrival on");
    }
}

#[tokio::test]
async fn exi_18_an_arrival_and_its_line_in_the_trail_are_kept_together_or_not_at_all() {
    let stage = Stage::new().await;
    let opened = stage.open(&stage.start(KEY).await).await;
    stage.store.change("ALTER TABLE audit RENAME TO audit_away", &[]).await.expect("away");
    let came = stage.sign_ins.callback(stage.answer(&opened, "doctor")).await;
    assert!(matches!(came, Err(CallbackRefused::Store(_))), "{came:?}");
    stage.store.change("ALTER TABLE audit_away RENAME TO audit", &[]).await.expect("back");
    let kept = "SELECT (SELECT COUNT(*) FROM accounts) + (SELECT COUNT(*) FROM grants) + (SELECT COUNT(*) FROM sign_ins WHERE account_id IS NOT NULL)";
    assert_eq!((stage.store.number(kept, &[]).await, stage.count(Event::Authenticated).await), (0, 0));
}

#[tokio::test]
async fn what_an_administrator_ends_in_the_middle_is_told_so_to_browser_and_app() {
    for erases in [true, false] {
        let stage = Stage::new().await;
        let person = NationalId::parse("8-national-doctor").expect("an id");
        let (asked, cookie) = stage.to_confirmation(KEY, "doctor").await;
        let (on_its_way, code) = stage.to_code(KEY, "doctor").await;
        stage.psc.go_down(true);
        let told = if erases {
            stage.sessions.erase_person(&person, "dpo").await.expect("answers").expect("known").removed.attempts.sign_ins
        } else {
            stage.sessions.forget_device(KEY, "dpo").await.expect("answers").cancelled
        };
        assert!(told.contains(&asked) && told.contains(&on_its_way), "whoever waits is woken");
        let page = stage.confirmation(&cookie).await.expect_err("over");
        assert_eq!(page.code(), ErrorCode::SignInEndedByAdministrator, "{page:?}");
        let redeemed = stage.sign_ins.redeem(redemption(KEY, &code)).await.expect_err("over");
        assert_eq!(redeemed.code(), ErrorCode::SignInEndedByAdministrator, "{redeemed:?}");
        let event = stage.sign_ins.wait_event(KEY, &asked, None, std::time::Duration::ZERO).await.expect("known to its app");
        assert_eq!((event.state, event.code), (SignInState::Cancelled, Some(ErrorCode::SignInEndedByAdministrator)));
        assert!(stage.is_asked_anew(KEY).await);
        if erases {
            let statement = "SELECT COUNT(*) FROM sign_ins WHERE id = ?1 AND app_address = ''
                 AND account_id IS NULL AND coalesce(device_label, browser_address, confirmation_reason, number_choices) IS NULL";
            let cleared = stage.store.number(statement, &[(&asked.0).into()]).await;
            assert_eq!(cleared, 1, "nothing of it leads to her");
        }

        stage.sessions.settled().await;
        let owed = stage.store.owed_sign_outs(&Designated::All, stage.around.clock.now()).await.expect("readable");
        assert_eq!(owed.len(), 2, "Pro Santé Connect is down: its sessions are owed");
        stage.psc.go_down(false);
        let stage = stage.crash().await;
        stage.sessions.settled().await;
        assert_eq!(stage.psc.ended().len(), 2, "and ended at the next start");
    }
}

#[tokio::test]
async fn what_is_ended_while_pro_sante_connect_answers_leaves_nothing_open_there() {
    for by_administrator in [true, false] {
        let stage = Stage::new().await;
        let opened = stage.open(&stage.start(KEY).await).await;
        let gate = stage.psc.close_gate();
        let order = async {
            while stage.psc.waiting.load(std::sync::atomic::Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
            if by_administrator {
                stage.sessions.forget_device(KEY, "dsi").await.expect("answers");
            } else {
                stage.sign_ins.cancel(KEY, &opened.sign_in_id).await.expect("withdrawn");
            }
            gate.add_permits(9);
        };
        let (back, ()) = tokio::join!(stage.sign_ins.callback(stage.answer(&opened, "doctor")), order);
        let code = if by_administrator { ErrorCode::SignInEndedByAdministrator } else { ErrorCode::SignInCancelled };
        assert_eq!(back.expect_err("over").code(), code);
        stage.sessions.settled().await;
        assert_eq!(stage.psc.ended().len(), 1, "{code}");
    }
}

/// Its answer was lost on the way: the app presents its code once more.
#[tokio::test]
async fn an_app_that_asks_again_is_told_who_ended_the_session_that_opened() {
    for forgets in [true, false] {
        let stage = Stage::new().await;
        let (_, code) = stage.to_code(KEY, "doctor").await;
        stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session");
        if forgets {
            stage.sessions.forget_pair(account(&stage, "doctor").await, KEY, None).await.expect("answers").expect("known");
        } else {
            stage.sessions.end_by_administrator(&Designated::All, "dsi").await.expect("ended");
        }
        let refused = stage.sign_ins.redeem(redemption(KEY, &code)).await.expect_err("it served");
        let told = if forgets { ErrorCode::WorkstationForgotten } else { ErrorCode::SignInEndedByAdministrator };
        assert_eq!(refused.code(), told, "{refused:?}");
    }
}

#[tokio::test]
async fn an_erasure_drops_no_sign_out_that_is_owed_and_it_goes_in_ten_minutes() {
    let stage = Stage::new().await;
    let person = NationalId::parse("8-national-doctor").expect("an id");
    stage.sign_in(KEY, "doctor").await;
    stage.psc.go_down(true);
    let erased = stage.sessions.erase_person(&person, "dpo").await.expect("answers").expect("known");
    assert_eq!(erased.ended.len(), 1);
    stage.sessions.settled().await;
    let owed = async |stage: &Stage| stage.store.owed_sign_outs(&Designated::All, stage.around.clock.now()).await.expect("readable").len();
    assert_eq!(owed(&stage).await, 1);
    stage.clock.advance_seconds(600);
    assert_eq!(owed(&stage).await, 0);
    assert_eq!(stage.sessions.sweep().await.expect("swept").removed, 1, "the sealed proof is gone");
}

#[tokio::test]
async fn a_session_out_of_time_that_nobody_swept_has_its_end_before_the_erasure() {
    let stage = Stage::new().await;
    let person = NationalId::parse("8-national-doctor").expect("an id");
    stage.sign_in(KEY, "doctor").await;
    stage.clock.advance_seconds(1800);
    let erased = stage.sessions.erase_person(&person, "dpo").await.expect("answers").expect("known");
    assert_eq!((erased.ended.len(), erased.removed.sessions), (0, 1));
    assert_eq!(stage.count(Event::SessionIdle).await, 1);
}

#[tokio::test]
async fn after_the_last_person_was_erased_or_forgotten_the_next_one_is_asked() {
    for erases in [true, false] {
        let stage = Stage::new().await;
        let person = NationalId::parse("8-national-nurse").expect("an id");
        stage.sign_in(KEY, "doctor").await;
        stage.sign_in(KEY, "nurse").await;
        let nurse = account(&stage, "nurse").await;
        if erases {
            stage.sessions.erase_person(&person, "dpo").await.expect("answers").expect("known");
        } else {
            stage.sessions.forget_pair(nurse, KEY, None).await.expect("answers").expect("known");
        }
        let (_, cookie) = stage.to_confirmation(KEY, "doctor").await;
        let reason = stage.confirmation(&cookie).await.expect("a page").reason;
        assert_eq!(reason, ConfirmationReason::IdentityChanged, "erased: {erases}");
        assert_eq!(
            stage.store.devices(stage.around.clock.now()).await.expect("readable").len(),
            1,
            "the workstation is known all the same"
        );
    }
}

#[tokio::test]
async fn she_ends_her_sessions_elsewhere_on_her_own_page_and_stays_known_there() {
    let stage = Stage::new().await;
    let other = stage.sign_in(OTHER_KEY, "doctor").await.session.sign_in_id;
    let nurse = stage.sign_in("key of a third device", "nurse").await.session.sign_in_id;
    stage.clock.advance_seconds(60);
    let cookie = signed_in_browser(&stage, KEY, "doctor").await;
    let own = stage.sign_ins.own_page(&cookie).await.expect("open");
    assert_eq!(own.sessions.iter().map(|one| one.session.jkt.as_str()).collect::<Vec<_>>(), [OTHER_KEY, KEY]);
    let here = own.sign_in_id;
    let ended = |id: SignInId| {
        let store = stage.store.clone();
        async move { store.session(&id).await.expect("readable").expect("kept").ended }
    };

    let forged = stage.sign_ins.end_sessions(&cookie, &"forged".into(), &OwnPageEnds::Others).await;
    assert!(matches!(forged, Err(OwnPageRefused::FormRefused(_))), "{forged:?}");
    let guard = stage.sign_ins.form_guard(&cookie);
    for id in [&nurse, &here, &SignInId("nothing".to_owned())] {
        stage.sign_ins.end_sessions(&cookie, &guard, &OwnPageEnds::One(id.clone())).await.expect("a page");
        let left = stage.sign_ins.own_page(&cookie).await.expect("open");
        assert_eq!(left.sessions.len(), 2, "{id} is not hers to end here");
    }
    assert_eq!((ended(other.clone()).await, ended(nurse.clone()).await), (None, None));
    stage.sign_ins.end_sessions(&cookie, &guard, &OwnPageEnds::One(other.clone())).await.expect("ended");
    let left = stage.sign_ins.own_page(&cookie).await.expect("open");
    assert_eq!((left.sessions.len(), left.pairs.len()), (1, 2), "the workstation knows her still");
    assert_eq!(ended(other).await, Some(SessionEnd::EndedElsewhere));

    let again = stage.sign_in(OTHER_KEY, "doctor").await.session.sign_in_id;
    stage.sign_ins.end_sessions(&cookie, &guard, &OwnPageEnds::Others).await.expect("ended");
    let left = stage.sign_ins.own_page(&cookie).await.expect("open");
    assert_eq!((left.sessions.len(), ended(again).await), (1, Some(SessionEnd::EndedElsewhere)));
    assert_eq!((ended(nurse).await, ended(here).await), (None, None));
    stage.clock.advance_seconds(601);
    let late = stage.sign_ins.end_sessions(&cookie, &guard, &OwnPageEnds::Others).await;
    assert!(matches!(late, Err(OwnPageRefused::Closed(_))), "for some minutes only: {late:?}");
}

#[tokio::test]
async fn attack_53_her_own_page_is_closed_once_her_session_is_locked() {
    let stage = Stage::new().await;
    let cookie = signed_in_browser(&stage, KEY, "doctor").await;
    let here = stage.sign_ins.own_page(&cookie).await.expect("open").sign_in_id;
    stage.store.change("UPDATE sessions SET locked_at = 1", &[]).await.expect("locked");
    let refused = stage.sign_ins.own_page(&cookie).await.map(drop);
    assert!(matches!(&refused, Err(OwnPageRefused::Closed(id)) if *id == here), "{refused:?}");
}
