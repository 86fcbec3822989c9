//! Whatever ends an attempt that Pro Santé Connect granted something to: what is left open there is owed, unless a session holds it or time alone
//! ended it on a workstation of her own.

use std::sync::atomic::Ordering;

use secrecy::SecretString;
use vestibule_model::exchange::{Exchange, SignInState, SignOutAnswer};
use vestibule_model::session::SignInId;

use super::groups::{by_scheme, of_scheme};
use crate::audit::Event;
use crate::group::Group;
use crate::session::tests::{
    APP, KEY, OTHER_KEY, Stage, VERIFIER, default_group, eventually, new_sign_in, only, parameter, redemption, rules,
};
use crate::sign_in::{AfterCallback, NewSignIn, Poll, Redemption, WayBack};
use crate::store::SessionRules;
use crate::surroundings::Rules;

#[derive(Debug, Clone, Copy)]
enum End {
    Withdrawn,
    RulesChanged,
    OtherKey,
    WrongTries,
    LettersSpent,
    OtherVerifier,
    ReplacedByAnother,
    ExpiredLookedAt,
    ExpiredSwept,
}

impl End {
    const ALL: [Self; 9] = [
        Self::Withdrawn,
        Self::RulesChanged,
        Self::OtherKey,
        Self::WrongTries,
        Self::LettersSpent,
        Self::OtherVerifier,
        Self::ReplacedByAnother,
        Self::ExpiredLookedAt,
        Self::ExpiredSwept,
    ];

    const fn leaves(self) -> SignInState {
        match self {
            Self::Withdrawn | Self::ReplacedByAnother => SignInState::Cancelled,
            Self::RulesChanged => SignInState::Failed,
            Self::OtherKey | Self::WrongTries | Self::LettersSpent | Self::OtherVerifier => SignInState::Burned,
            Self::ExpiredLookedAt | Self::ExpiredSwept => SignInState::Expired,
        }
    }

    /// Signs in as far as this end needs, takes Pro Santé Connect away, and ends it.
    async fn happens(self) -> (Stage, SignInId, SecretString) {
        let stage = Stage::with(shared()).await;
        match self {
            Self::OtherKey | Self::WrongTries => {
                let (id, cookie) = stage.to_confirmation(KEY, "nurse").await;
                let back = stage.decide(&cookie, crate::sign_in::Decision::Accept).await;
                let code: SecretString = parameter(&back.url, "code").expect("a code").into();
                stage.psc.go_down(true);
                let (key, code, times) =
                    if matches!(self, Self::OtherKey) { (OTHER_KEY, code, 1) } else { (KEY, "guess".to_owned().into(), 5) };
                for _ in 0..times {
                    stage.sign_ins.redeem(redemption(key, &code)).await.expect_err("burned");
                }
                (stage, id, cookie)
            }
            Self::LettersSpent => {
                let started = stage.sign_ins.start(by_scheme(KEY, None)).await.expect("started");
                let (cookie, typed) = stage.prove(&started, "nurse").await;
                let code: SecretString = parameter(&typed.opens_app.expect("the app is opened"), "code").expect("a code").into();
                stage.psc.go_down(true);
                for _ in 0..5 {
                    let wrong = Redemption { letters: Some("BBBBBBBB".into()), ..of_scheme(KEY, &code) };
                    stage.sign_ins.redeem(wrong).await.expect_err("wrong");
                }
                (stage, started.sign_in_id, cookie)
            }
            Self::OtherVerifier => {
                let polling = NewSignIn { way_back: WayBack::Polling, ..new_sign_in(KEY) };
                let started = stage.sign_ins.start(polling).await.expect("started");
                let AfterCallback::Confirm { cookie, .. } = stage.come_back(&stage.open(&started).await, "nurse").await else {
                    panic!("a number is asked")
                };
                stage.psc.go_down(true);
                let poll = Poll {
                    jkt: KEY.to_owned(),
                    device_code: started.device_code.clone().expect("a device code"),
                    code_verifier: format!("{VERIFIER}x").into(),
                    letters: None,
                    client_address: APP,
                };
                stage.sign_ins.answer_poll(poll).await.expect_err("burned");
                (stage, started.sign_in_id, cookie)
            }
            Self::Withdrawn | Self::RulesChanged | Self::ReplacedByAnother | Self::ExpiredLookedAt | Self::ExpiredSwept => {
                let (id, cookie) = stage.to_confirmation(KEY, "nurse").await;
                (self.ends_confirmation(stage, &id, &cookie).await, id, cookie)
            }
        }
    }

    async fn ends_confirmation(self, stage: Stage, id: &SignInId, cookie: &SecretString) -> Stage {
        let code = if matches!(self, Self::ReplacedByAnother) { Some(stage.to_code(KEY, "doctor").await.1) } else { None };
        stage.psc.go_down(true);
        match (self, code) {
            (Self::RulesChanged, _) => {
                let polling_only = only(Group { exchanges: vec![Exchange::Polling], ..default_group() });
                let stage = stage.under(Rules { groups: polling_only, ..rules() }).await;
                stage.confirmation(cookie).await.expect_err("its way back is open no more");
                return stage;
            }
            (_, Some(code)) => drop(stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("another's session")),
            (Self::ExpiredLookedAt, _) => {
                stage.clock.advance_seconds(600);
                stage.confirmation(cookie).await.expect_err("too late");
            }
            (Self::ExpiredSwept, _) => {
                stage.clock.advance_seconds(600);
                stage.sign_ins.sweep().await.expect("swept");
            }
            _ => stage.sign_ins.cancel(KEY, id).await.expect("withdrawn"),
        }
        stage
    }
}

fn shared() -> Rules {
    Rules {
        groups: only(Group {
            session: SessionRules { idle_limit_s: 900, shared_workstation: true, ..SessionRules::default() },
            ..default_group()
        }),
        ..rules()
    }
}

async fn take_up(stage: &Stage) {
    stage.sessions.settled().await;
    stage.sessions.take_up_sign_outs().await.expect("taken up");
    stage.sessions.settled().await;
}

#[tokio::test]
async fn whatever_ends_what_psc_granted_owes_it_in_the_same_write_and_tells_it() {
    for end in End::ALL {
        let (stage, id, cookie) = end.happens().await;
        assert_eq!(stage.state(&id).await, end.leaves(), "{end:?}");
        assert!(!stage.has_grant(&id).await, "{end:?}");
        stage.sessions.settled().await;
        assert_eq!(stage.count(Event::PscSignOutFailed).await, 1, "asked at once, and traced: {end:?}");
        let told = stage.sign_ins.provider_after_end(&cookie, &id).await.expect("readable");
        assert!(matches!(told, Some(SignOutAnswer::BrowserNeeded { .. })), "{end:?}: {told:?}");
        assert_eq!(stage.sign_ins.provider_after_end(&"another".into(), &id).await.expect("readable"), None, "for her browser only");

        let stage = stage.crash().await;
        stage.psc.go_down(false);
        take_up(&stage).await;
        let hers = stage.psc.id_tokens()[..1].to_vec();
        assert_eq!((stage.psc.ended(), stage.count(Event::PscSessionEnded).await), (hers, 1), "{end:?}");
        assert_eq!(stage.sign_ins.provider_after_end(&cookie, &id).await.expect("readable"), Some(SignOutAnswer::Ended), "{end:?}");
    }
}

#[tokio::test]
async fn what_her_own_session_holds_on_the_workstation_stays_open_at_psc() {
    // The replaced attempt is hers, and so is the withdrawn one.
    let stage = Stage::with(shared()).await;
    let (replaced, cookie) = stage.to_confirmation(KEY, "doctor").await;
    stage.sign_in(KEY, "doctor").await;
    assert_eq!(stage.state(&replaced).await, SignInState::Cancelled);
    let (withdrawn, _) = stage.to_code(KEY, "doctor").await;
    stage.sign_ins.cancel(KEY, &withdrawn).await.expect("withdrawn");
    let (late, _) = stage.to_code(KEY, "doctor").await;
    stage.clock.advance_seconds(60);
    stage.sign_ins.sweep().await.expect("swept");
    assert_eq!(stage.state(&late).await, SignInState::Expired);
    for id in [&replaced, &withdrawn, &late] {
        assert!(!stage.has_grant(id).await);
    }
    take_up(&stage).await;
    assert!(stage.psc.ended().is_empty(), "her sign-out will end it");
    assert_eq!(stage.sign_ins.provider_after_end(&cookie, &replaced).await.expect("readable"), None, "nothing is said of it");

    // Not elsewhere, nor once it is over.
    let (elsewhere, _) = stage.to_code(OTHER_KEY, "doctor").await;
    stage.sign_ins.cancel(OTHER_KEY, &elsewhere).await.expect("withdrawn");
    let (unheld, _) = stage.to_code(KEY, "doctor").await;
    stage.clock.advance_seconds(900);
    stage.sign_ins.sweep().await.expect("swept");
    assert_eq!(stage.state(&unheld).await, SignInState::Expired);
    take_up(&stage).await;
    let given = stage.psc.id_tokens();
    assert_eq!(stage.psc.ended(), given[given.len() - 2..]);
}

#[tokio::test]
async fn what_psc_grants_to_an_attempt_that_is_over_by_then_is_owed_alike() {
    for is_hers in [None, Some(false), Some(true)] {
        let stage = Stage::new().await;
        let opened = stage.open(&stage.start(KEY).await).await;
        let other = match is_hers {
            Some(true) => Some(stage.to_code(KEY, "doctor").await.1),
            Some(false) => Some(stage.to_code(KEY, "nurse").await.1),
            None => None,
        };
        let gate = stage.psc.close_gate();
        let (sign_ins, callback) = (stage.sign_ins.clone(), stage.answer(&opened, "doctor"));
        let browser = tokio::spawn(async move { sign_ins.callback(callback).await });
        eventually("the exchange is under way", || stage.psc.waiting.load(Ordering::SeqCst) == 1).await;
        match other {
            Some(code) => drop(stage.sign_ins.redeem(redemption(KEY, &code)).await.expect("a session")),
            None => stage.sign_ins.cancel(KEY, &opened.sign_in_id).await.expect("withdrawn"),
        }
        gate.add_permits(100);
        browser.await.expect("no panic").expect_err("over");
        assert_eq!(stage.state(&opened.sign_in_id).await, SignInState::Cancelled);
        take_up(&stage).await;
        let last = stage.psc.id_tokens().last().cloned();
        let ended: Vec<_> = last.into_iter().filter(|_| is_hers != Some(true)).collect();
        assert_eq!(stage.psc.ended(), ended, "{is_hers:?}");
    }
}
