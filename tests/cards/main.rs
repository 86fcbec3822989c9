//! Card presence against the real smart card service of Debian (`pcscd`), with virtual readers and cards. Not one command may reach a card.
//!
//! Run by the step `cards` of `./dev test`, in namespaces of its own: no service of the machine is meant.

#![expect(clippy::disallowed_methods, reason = "a hand that pulls a card takes its time, and nothing announces it")]

mod stack;

use std::time::Duration;

use stack::{A, B, CPS3, CPS4, Card, ONE_BYTE, PATIENT, STRANGE, Service, Watch, until, vestibule};

/// Longer than a bounce, shorter than what it takes to believe in a removal.
const BOUNCE: Duration = Duration::from_millis(900);

/// Longer than it takes to believe in one, and for a change to arrive.
const SETTLED: Duration = Duration::from_secs(4);

#[test]
fn a_card_comes_and_goes_without_a_word_to_it() {
    let _service = Service::start();
    let watch = Watch::start();
    watch.tells("reader_empty", &[]);
    for _ in 0..2 {
        let card = Card::insert(0, CPS3);
        let told = watch.next();
        assert_eq!((told["presence"].as_str(), told["readers"][0]["card"].as_str()), (Some("cps_present"), Some("cps3")), "{told}");
        watch.is_quiet(Duration::from_millis(500));
        assert_eq!(card.commands(), 0, "presence asks nothing of a card");
        card.pull();
        watch.tells("reader_empty", &[("removed", A)]);
    }
    let log = watch.log();
    assert!(log.contains("Card readers are watched"), "{log}");
    for told in ["3BAC", "3B AC", "3bac", "Virtual PCD", "vitale"] {
        assert!(!log.contains(told), "{told} in {log}");
    }
}

#[test]
fn a_contact_that_bounces_is_no_removal() {
    let _service = Service::start();
    let watch = Watch::start();
    watch.tells("reader_empty", &[]);
    let mut card = Card::insert(0, CPS4);
    watch.tells("cps_present", &[("inserted", A)]);
    for _ in 0..2 {
        card.pull();
        std::thread::sleep(BOUNCE);
        card = Card::insert(0, CPS4);
        watch.is_quiet(SETTLED);
    }
    card.pull();
    watch.tells("reader_empty", &[("removed", A)]);
}

#[test]
fn a_swap_is_a_removal_and_other_cards_are_none() {
    let _service = Service::start();
    let watch = Watch::start();
    watch.tells("reader_empty", &[]);
    for (atr, presence) in [(PATIENT, "other_card"), (STRANGE, "unknown_card"), (ONE_BYTE, "unknown_card")] {
        let card = Card::insert(0, atr);
        watch.tells(presence, &[]);
        assert_eq!(card.commands(), 0);
        card.pull();
        watch.tells("reader_empty", &[]);
    }
    let card = Card::insert(0, CPS3);
    watch.tells("cps_present", &[("inserted", A)]);
    card.pull();
    // The service looks at its readers twice a second or so; no hand is quicker.
    std::thread::sleep(BOUNCE);
    let patient = Card::insert(0, PATIENT);
    watch.tells("other_card", &[("removed", A)]);
    patient.pull();
    watch.tells("reader_empty", &[]);
}

#[test]
fn two_readers_are_watched_and_two_cards_of_the_family_are_two() {
    let _service = Service::start();
    let watch = Watch::start();
    watch.tells("reader_empty", &[]);
    let first = Card::insert(0, CPS3);
    watch.tells("cps_present", &[("inserted", A)]);
    let patient = Card::insert(1, PATIENT);
    assert_eq!(watch.next()["presence"], "cps_present");
    patient.pull();
    assert_eq!(watch.next()["presence"], "cps_present");
    let second = Card::insert(1, CPS4);
    watch.tells("several_cps", &[("inserted", B)]);
    first.pull();
    watch.tells("cps_present", &[("removed", A)]);
    assert_eq!(second.commands(), 0);
}

#[test]
fn a_service_that_is_absent_killed_and_back_is_no_removal() {
    let mut service = Service::stopped();
    let watch = Watch::start();
    watch.tells("no_service", &[]);
    let home = tempfile::tempdir().expect("a folder");
    let status = vestibule(&home, &["card", "status"]).output().expect("runs");
    let told = String::from_utf8_lossy(&status.stderr).into_owned();
    assert!(status.status.code() == Some(1) && told.contains("VST-5001"), "{told}");

    service.begin();
    watch.tells("reader_empty", &[]);
    let card = Card::insert(0, CPS3);
    watch.tells("cps_present", &[("inserted", A)]);
    service.kill();
    watch.tells("detection_lost", &[("lost", A)]);
    card.pull();
    service.begin();
    watch.tells("reader_empty", &[]);
    let card = Card::insert(0, CPS3);
    watch.tells("cps_present", &[("inserted", A)]);
    service.kill();
    watch.tells("detection_lost", &[("lost", A)]);
    service.begin();
    // Its reader is new to the service: the card is put in again.
    card.pull();
    let told = watch.next();
    assert_eq!(told["happened"].as_array().map(Vec::len), Some(0), "{told}");
}

#[test]
fn another_program_may_hold_reset_and_use_the_card() {
    let _service = Service::start();
    let watch = Watch::start();
    watch.tells("reader_empty", &[]);
    let card = Card::insert(0, CPS3);
    watch.tells("cps_present", &[("inserted", A)]);
    let context = pcsc::Context::establish(pcsc::Scope::User).expect("a context");
    let reader = std::ffi::CString::new(A).expect("a name");
    for mode in [pcsc::ShareMode::Exclusive, pcsc::ShareMode::Shared] {
        let held = until("the card is free", || context.connect(&reader, mode, pcsc::Protocols::ANY).ok());
        watch.is_quiet(SETTLED);
        let resets = card.resets();
        held.disconnect(pcsc::Disposition::ResetCard).map_err(|(_, error)| error).expect("let go");
        until("the card was reset", || (card.resets() > resets).then_some(()));
        watch.is_quiet(SETTLED);
    }
    assert_eq!(card.commands(), 0);
    card.pull();
    watch.tells("reader_empty", &[("removed", A)]);
}

/// Ticks and wake-ups of a watcher while nothing changes.
fn works_nothing_for(time: Duration) {
    let _service = Service::start();
    let watch = Watch::start();
    watch.tells("reader_empty", &[]);
    let card = Card::insert(0, CPS3);
    watch.tells("cps_present", &[("inserted", A)]);
    watch.is_quiet(SETTLED);
    let (ticks, woken) = watch.work();
    watch.is_quiet(time);
    let (ticks, woken) = {
        let now = watch.work();
        (now.0 - ticks, now.1 - woken)
    };
    assert!((ticks, woken) == (0, 0), "{ticks} ticks and {woken} wake-ups in {time:?}");
    assert_eq!(card.commands(), 0);
}

#[test]
fn a_watch_is_not_woken_while_nothing_changes() {
    works_nothing_for(Duration::from_secs(5));
}

#[test]
#[ignore = "a minute long: asked for by name"]
fn a_watch_is_not_woken_in_a_whole_quiet_minute() {
    works_nothing_for(Duration::from_secs(60));
}
