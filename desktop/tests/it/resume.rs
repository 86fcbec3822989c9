//! Going on after a restart, or not, without a fuss.

use std::sync::atomic::Ordering;
use std::time::Duration;

use vestibule_model::view::{AppRequest, Screen};

use crate::app::Workstation;
use crate::companion::Companion;

/// The app is killed: nothing is ended, nothing is said.
async fn killed_while_signed_in(companion: &Companion, workstation: &Workstation) {
    let mut app = workstation.start(companion);
    app.signs_in(companion).await;
    drop(app);
}

#[tokio::test]
async fn a_killed_app_goes_on_where_it_was() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    killed_while_signed_in(&companion, &workstation).await;
    let mut app = workstation.start(&companion);
    let session = app.is_signed_in().await;
    assert_eq!(session.family_name, "FICTIF-EXEMPLE");
    assert_eq!(companion.facts.refreshed.load(Ordering::SeqCst), 1);
    assert_eq!(workstation.browser.count(), 1, "no browser opens");
    assert_eq!(*app.handle.raise_requested().borrow(), 0, "the window does not jump to the front");
}

#[tokio::test]
async fn the_device_key_stays_the_same_after_a_restart() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    killed_while_signed_in(&companion, &workstation).await;
    let first = companion.pushed("dpop_jkt");
    companion.facts.refresh_token.lock().expect("unpoisoned").clear();
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    assert_eq!(companion.pushed("dpop_jkt"), first);
}

#[tokio::test]
async fn a_session_that_is_over_is_no_error() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    killed_while_signed_in(&companion, &workstation).await;
    companion.facts.refresh_token.lock().expect("unpoisoned").clear();
    let mut app = workstation.start(&companion);
    assert_eq!(app.rests().await, None);
    assert_eq!(workstation.keyring.refresh_token(), None);
}

#[tokio::test]
async fn a_companion_out_of_reach_keeps_the_session_for_the_next_try() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    killed_while_signed_in(&companion, &workstation).await;
    companion.is_down(true);
    let mut app = workstation.start(&companion);
    assert_eq!(app.has_problem().await, "VST-2041");
    assert!(workstation.keyring.refresh_token().is_some());
    companion.is_down(false);
    app.handle.request(AppRequest::SignIn);
    app.is_signed_in().await;
    assert_eq!(workstation.browser.count(), 1, "resumed, not signed in anew");
}

#[tokio::test]
async fn an_unusable_keyring_entry_is_replaced() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let account = workstation.settings(&companion).keyring_account();
    use vestibule_desktop::keyring::SecretStore as _;
    workstation.keyring.save(&account, "not an entry".to_owned().into()).await.expect("kept");
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    assert!(workstation.keyring.refresh_token().is_some());
}

#[tokio::test]
async fn on_a_shared_workstation_a_killed_app_leaves_nothing_to_go_on_with() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    companion.facts.shared.store(true, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    let file = workstation.settings(&companion).paths.shared_workstation;
    let remembered = async {
        while !file.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), remembered).await.expect("it will be said at the next start");
    drop(app);
    assert_eq!(workstation.keyring.refresh_token(), None, "the next person at this post is someone else");
    let mut app = workstation.start(&companion);
    assert!(app.view.borrow().service.shared_workstation, "said from the first screen on");
    assert_eq!(app.rests().await, None);
    assert_eq!(companion.facts.refreshed.load(Ordering::SeqCst), 0);
    companion.facts.shared.store(false, Ordering::SeqCst);
    app.signs_in(&companion).await;
    assert!(!app.view.borrow().service.shared_workstation);
    let forgotten = async {
        while file.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("no longer shared, and so remembered");
}

#[tokio::test]
async fn a_workstation_that_became_shared_says_so_at_its_next_start_and_before_anybody_signs_in() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let file = workstation.settings(&companion).paths.shared_workstation;
    for shared in [true, false] {
        companion.facts.shared.store(shared, Ordering::SeqCst);
        let mut app = workstation.start(&companion);
        assert_eq!(app.view.borrow().service.shared_workstation, !shared, "as it was");
        let said = app.view.wait_for(|view| view.service.shared_workstation == shared);
        tokio::time::timeout(Duration::from_secs(20), said).await.expect("said in time").expect("the app lives");
        let remembered = async {
            while file.exists() != shared {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), remembered).await.expect("and so remembered");
    }
    assert_eq!(companion.requests("POST", "/oauth/par").len(), 0, "nobody signed in");
}

#[tokio::test]
async fn a_workstation_that_became_shared_ends_the_session_that_was_kept() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    killed_while_signed_in(&companion, &workstation).await;
    companion.facts.shared.store(true, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    assert_eq!(app.rests().await, None);
    companion.has_seen("POST", "/oauth/revoke", 1).await;
    assert_eq!(workstation.keyring.refresh_token(), None);
}

#[tokio::test]
async fn a_keyring_that_does_not_answer_can_be_done_without() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    workstation.keyring.silent.store(true, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    app.shows_in_time(Duration::from_secs(4), |screen| matches!(screen, Screen::AwaitingKeyring).then_some(())).await;
    app.handle.request(AppRequest::GoOnWithoutKeyring);
    assert_eq!(app.rests().await, None);
    app.signs_in(&companion).await;
    assert!(!app.view.borrow().service.resumable);
    assert!(workstation.keyring.is_empty());
}

#[tokio::test]
async fn a_keyring_that_is_unlocked_at_last_is_used() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    killed_while_signed_in(&companion, &workstation).await;
    workstation.keyring.silent.store(true, Ordering::SeqCst);
    let mut app = workstation.start(&companion);
    app.shows_in_time(Duration::from_secs(4), |screen| matches!(screen, Screen::AwaitingKeyring).then_some(())).await;
    workstation.keyring.answers_again();
    app.is_signed_in().await;
}

#[tokio::test]
async fn a_keyring_that_falls_silent_while_signed_in_keeps_nobody_waiting_for_ever() {
    let (companion, workstation) = (Companion::start().await, Workstation::new());
    let mut app = workstation.start(&companion);
    app.signs_in(&companion).await;
    workstation.keyring.silent.store(true, Ordering::SeqCst);
    app.handle.request(AppRequest::SignOut);
    let rested = |screen: &Screen| matches!(screen, Screen::SignIn { .. }).then_some(());
    app.shows_in_time(Duration::from_secs(20), rested).await;
}

#[tokio::test]
async fn of_two_entries_the_newest_counts_and_the_next_write_leaves_one() {
    for (newer_by_ms, presented) in [(-1, "ours"), (1, "theirs")] {
        let (companion, workstation) = (Companion::start().await, Workstation::new());
        killed_while_signed_in(&companion, &workstation).await;
        let ours = workstation.keyring.refresh_token().expect("kept");
        workstation.keyring.doubled(newer_by_ms, "canary-theirs");
        let mut app = workstation.start(&companion);
        if presented == "ours" {
            app.is_signed_in().await;
        } else {
            app.rests().await;
        }
        let refreshed = companion.requests("POST", "/oauth/token").pop().and_then(|request| request.form("refresh_token"));
        let expected = if presented == "ours" { ours } else { "canary-theirs".to_owned() };
        assert_eq!(refreshed, Some(expected), "{presented}");
        assert!(!workstation.keyring.is_doubled(), "{presented}: the other is gone");
    }
}
