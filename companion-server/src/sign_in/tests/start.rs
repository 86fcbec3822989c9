//! Attempts begun: limits, rooms, labels.

use std::collections::HashSet;

use secrecy::SecretString;

use crate::clock::Timestamp;
use crate::group::{Group, Groups};
use crate::random::SystemRandom;
use crate::session::tests::{APP_STATE, KEY, OTHER_KEY, RETURN, Stage, default_group, loopback, new_sign_in, rules};
use crate::sign_in::limits::{PerMinute, WhenFull};
use crate::sign_in::{NewSignIn, StartRefused, naming, return_address};
use crate::surroundings::Rules;

#[test]
fn only_clean_loopback_addresses_are_returned_to() {
    for clean in [RETURN, "http://127.0.0.1:1024/callback", "http://127.0.0.1:65535/a/b_c/d-e"] {
        assert_eq!(return_address::parse(clean).map(String::from).as_deref(), Some(clean));
    }
    let abuses = [
        "",
        "http://127.0.0.1",
        "http://127.0.0.1/cb/x",
        "http://127.0.0.1:22/cb/x",
        "http://127.0.0.1:0/cb/x",
        "http://127.0.0.1:1023/cb/x",
        "http://127.0.0.1:65536/cb/x",
        "http://127.0.0.1:70000/cb/x",
        "http://127.0.0.1:049152/cb/x",
        "http://127.0.0.1:+4915/cb/x",
        "http://127.0.0.1:49152",
        "http://127.0.0.1:49152/",
        "http://127.0.0.1:49152//",
        "http://127.0.0.1:49152/cb/",
        "http://127.0.0.1:49152/cb//x",
        "http://127.0.0.1:49152/cb/../x",
        "http://127.0.0.1:49152/cb/./x",
        "http://127.0.0.1:49152/cb/%2e%2e/x",
        "http://127.0.0.1:49152/cb/x?y=z",
        "http://127.0.0.1:49152/cb/x#y",
        "http://127.0.0.1:49152/cb/x ",
        " http://127.0.0.1:49152/cb/x",
        "http://127.0.0.1:49152/cb/x\n",
        "http://127.0.0.1:49152/cb\\x",
        "http://127.0.0.1:49152@evil.test/cb/x",
        "http://127.0.0.1:1@evil.test/cb/x",
        "http://user@127.0.0.1:49152/cb/x",
        "http://127.0.0.1.evil.test:49152/cb/x",
        "http://localhost:49152/cb/x",
        "http://[::1]:49152/cb/x",
        "http://127.1:49152/cb/x",
        "http://127.0.0.2:49152/cb/x",
        "http://0x7f000001:49152/cb/x",
        "http://2130706433:49152/cb/x",
        "http://0.0.0.0:49152/cb/x",
        "https://127.0.0.1:49152/cb/x",
        "HTTP://127.0.0.1:49152/cb/x",
        "ftp://127.0.0.1:49152/cb/x",
        "javascript:alert(1)",
        "http://127.0.0.1:４９１５２/cb/x",
        "http://127.0.0.1:49152/cb/é",
    ];
    for abuse in abuses {
        assert_eq!(return_address::parse(abuse), None, "{abuse}");
    }
    assert_eq!(return_address::parse(&format!("http://127.0.0.1:49152/{}", "a".repeat(129))), None);
}

#[tokio::test]
async fn unusable_requests_start_nothing() {
    let stage = Stage::new().await;
    let refused = async |request: NewSignIn| stage.sign_ins.start(request).await.expect_err("unusable");
    let elsewhere = NewSignIn { way_back: loopback("https://evil.test/cb/x", APP_STATE), ..new_sign_in(KEY) };
    assert!(matches!(refused(elsewhere).await, StartRefused::ReturnAddress));
    for challenge in ["", "short", &"=".repeat(43), &"a".repeat(44)] {
        let request = NewSignIn { code_challenge: challenge.to_owned(), ..new_sign_in(KEY) };
        assert!(matches!(refused(request).await, StartRefused::Malformed("code_challenge")));
    }
    for state in ["", "é", "line\nbreak", &"s".repeat(513)] {
        let request = NewSignIn { way_back: loopback(RETURN, state), ..new_sign_in(KEY) };
        assert!(matches!(refused(request).await, StartRefused::Malformed("state")));
    }
}

#[tokio::test]
async fn three_sign_ins_at_once_are_enough_and_those_under_way_go_on() {
    let stage = Stage::new().await;
    let first = stage.start(KEY).await;
    let opened = stage.open(&first).await;
    stage.clock.advance_seconds(30);
    stage.start(KEY).await;
    let third = stage.start(KEY).await;
    let refused = stage.sign_ins.start(new_sign_in(KEY)).await;
    assert!(matches!(refused, Err(StartRefused::TooMany { retry_after_s: 121 })), "{refused:?}");
    stage.start(OTHER_KEY).await;
    stage.come_back(&opened, "doctor").await;
    stage.sign_ins.cancel(KEY, &third.sign_in_id).await.expect("cancelled");
    stage.start(KEY).await;
    stage.clock.advance_seconds(120);
    stage.start(KEY).await;
}

#[tokio::test]
async fn starts_are_limited_by_key_and_by_address_over_a_minute() {
    let stage =
        Stage::with(Rules { starts_per_minute_per_key: 2, starts_per_minute_per_address: 4, pending_per_key: 100, ..rules() }).await;
    for key in [KEY, KEY, OTHER_KEY] {
        stage.start(key).await;
    }
    let refused = async |key: &str| match stage.sign_ins.start(new_sign_in(key)).await {
        Err(StartRefused::TooMany { retry_after_s }) => retry_after_s,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(KEY).await, 30, "two a minute: one every thirty seconds");
    stage.start(OTHER_KEY).await;
    assert_eq!(refused("a third key").await, 15, "four from this address: one every fifteen seconds");
    stage.clock.advance_seconds(15);
    stage.start("a third key").await;
    stage.clock.advance_seconds(15);
    stage.start(KEY).await;
}

#[tokio::test]
async fn strangers_spend_nothing_of_what_a_known_workstation_or_a_group_behind_the_same_address_needs() {
    let token = SecretString::from("token of the ward");
    let ward = Group { name: Some("ward".into()), ..default_group() };
    let groups = Groups::only(default_group()).with(ward, &token).into();
    let stage = Stage::with(Rules { groups, starts_per_minute_per_address: 4, pending_per_key: 100, ..rules() }).await;
    stage.sign_in(KEY, "doctor").await;
    let start = async |key: &str, enrolment_token: Option<SecretString>| {
        stage.sign_ins.start(NewSignIn { enrolment_token, ..new_sign_in(key) }).await
    };
    for key in ["first", "second", "third"] {
        start(key, None).await.expect("let in");
    }
    for key in ["fourth", "fifth"] {
        assert!(matches!(start(key, None).await, Err(StartRefused::TooMany { .. })), "the sign-in of the known one was a stranger's too");
    }
    for _ in 0..10 {
        start(KEY, None).await.expect("known");
    }
    for key in ["one", "two", "three", "four"] {
        start(key, Some(token.clone())).await.expect("of the group");
    }
    assert!(matches!(start("five", Some(token.clone())).await, Err(StartRefused::TooMany { .. })), "the group has an allowance too");
    assert!(matches!(start("six", Some("made up".into())).await, Err(StartRefused::TooMany { .. })), "which a made-up token does not open");
}

#[test]
fn a_flood_of_keys_is_refused_without_forgetting_those_let_in() {
    let limit = PerMinute::new(1, WhenFull::Refuses);
    let now = Timestamp(1_000_000);
    for key in 0..50_000_u32 {
        limit.admit(key, now).expect("let in");
    }
    assert!(limit.admit(50_000, now).is_err());
    assert!(limit.admit(3, now).is_err(), "still remembered");
    limit.admit(50_000, now.plus_seconds(60)).expect("room again");
}

#[test]
fn a_count_that_only_holds_down_faults_leaves_nobody_waiting_when_it_is_full() {
    let limit = PerMinute::new(1, WhenFull::LetsIn);
    let now = Timestamp(1_000_000);
    for key in 0..=50_000_u32 {
        limit.admit(key, now).expect("let in");
    }
    assert!(limit.admit(3, now).is_err(), "those counted still are");
    limit.admit(50_000, now).expect("uncounted rather than unserved");
}

#[test]
fn a_clock_that_is_set_back_does_not_prolong_a_refusal() {
    let limit = PerMinute::new(1, WhenFull::Refuses);
    let now = Timestamp(1_000_000_000);
    limit.admit("key", now).expect("let in");
    limit.admit("key", now.plus_seconds(-3600)).expect("an hour is not waited for");
    assert!(limit.admit("key", now.plus_seconds(-3599)).is_err());
}

#[tokio::test]
async fn one_machine_cannot_pass_for_many_by_the_addresses_of_its_ipv6_network() {
    let stage = Stage::with(Rules { starts_per_minute_per_address: 2, ..rules() }).await;
    let start = async |address: &str, key: &str| {
        let client_address = address.parse().expect("an address");
        stage.sign_ins.start(NewSignIn { client_address, ..new_sign_in(key) }).await
    };
    start("2001:db8:1:2::1", "one").await.expect("let in");
    start("2001:db8:1:2:ffff::2", "two").await.expect("let in");
    assert!(matches!(start("2001:db8:1:2::3", "three").await, Err(StartRefused::TooMany { .. })));
    start("2001:db8:1:3::1", "four").await.expect("another network");
    start("::ffff:10.0.0.8", "five").await.expect("IPv4 addresses are counted one by one");
    start("::ffff:10.0.0.9", "six").await.expect("IPv4 addresses are counted one by one");
    start("10.0.0.8", "seven").await.expect("the second of this address");
    assert!(matches!(start("::ffff:10.0.0.8", "eight").await, Err(StartRefused::TooMany { .. })));
}

#[test]
fn ids_and_numbers_can_be_read_aloud() {
    let ids: HashSet<_> = (0..2000).map(|_| naming::sign_in_id(&SystemRandom).0).collect();
    assert_eq!(ids.len(), 2000);
    for id in &ids {
        assert_eq!((id.len(), id.as_bytes()[4]), (9, b'-'), "{id}");
        assert!(!id.contains(['0', 'O', '1', 'I', 'L', 'U']), "{id}");
    }
    let numbers: HashSet<_> = (0..2000).map(|_| naming::match_number(&SystemRandom)).collect();
    assert!(numbers.len() > 90 && numbers.iter().all(|number| number.len() == 2 && number.parse::<u8>().is_ok()));
}

#[test]
fn a_device_label_cannot_disturb_a_page() {
    assert_eq!(naming::clean_label("  Poste 3 \u{202E}\u{0000}\n "), Some("Poste 3".to_owned()));
    assert_eq!(naming::clean_label("\u{200B}\t"), None);
    assert_eq!(naming::clean_label(&"é".repeat(100)).map(|label| label.chars().count()), Some(64));
}

#[tokio::test]
async fn a_clean_up_goes_on_until_nothing_is_left() {
    let stage = Stage::new().await;
    for key in 0..450 {
        stage.start(&format!("key {key}")).await;
    }
    stage.clock.advance_seconds(121);
    let purged = stage.sessions.sweep().await.expect("swept");
    assert_eq!((purged.expired_sign_ins.len(), purged.has_more), (450, false), "two hundred rows are one pass");
}
