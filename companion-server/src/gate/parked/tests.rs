//! Requests that wait, and who gives way when there is no place.

use futures::FutureExt as _;

use super::*;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 1));

fn with(capacity: Capacity) -> Parked {
    Parked::new(capacity, Arc::new(crate::clock::ManualClock::at(crate::clock::Timestamp(0))))
}

fn parked() -> Parked {
    with(Capacity::of(1000, 1000))
}

fn sign_in(number: usize) -> Awaited {
    Awaited::SignIn(SignInId(format!("0000-{number:04}")))
}

#[test]
fn a_request_counts_while_it_waits() {
    let parked = parked();
    let (first, second) = (parked.enter("key", HERE, sign_in(1)).expect("waits"), parked.enter("other", HERE, sign_in(1)).expect("waits"));
    assert_eq!(parked.count(), 2);
    drop(first);
    assert_eq!(parked.count(), 1);
    drop(second);
    assert_eq!(parked.count(), 0);
    assert!(parked.keys.lock().expect("free").waiting.is_empty(), "nothing of those who left is kept");
}

#[test]
fn a_second_request_for_the_same_thing_by_the_same_key_ends_the_first() {
    let parked = parked();
    let first = parked.enter("key", HERE, sign_in(1)).expect("waits");
    let others = [
        parked.enter("other", HERE, sign_in(1)).expect("waits"),
        parked.enter("key", HERE, sign_in(2)).expect("waits"),
        parked.enter("key", HERE, Awaited::Tokens(SignInId("0000-0001".into()))).expect("waits"),
    ];
    assert!(first.displaced().now_or_never().is_none());
    let second = parked.enter("key", HERE, sign_in(1)).expect("waits");
    assert!(first.displaced().now_or_never().is_some());
    assert!(others.iter().all(|other| other.displaced().now_or_never().is_none()), "nobody else is disturbed");
    drop(first);
    let third = parked.enter("key", HERE, sign_in(1)).expect("waits");
    assert!(second.displaced().now_or_never().is_some(), "leaving late, the first did not take the second's place away");
    assert!(third.displaced().now_or_never().is_none());
}

#[test]
fn a_key_waits_for_eight_things_at_most_and_may_still_renew_one() {
    let parked = parked();
    let _held: Vec<_> = (0..MOST_PER_KEY).map(|number| parked.enter("key", HERE, sign_in(number)).expect("waits")).collect();
    assert_eq!(parked.enter("key", HERE, sign_in(99)).err(), Some(ParkingRefused::Key));
    assert!(parked.enter("key", HERE, sign_in(0)).is_ok());
    assert!(parked.enter("other", HERE, sign_in(99)).is_ok());
}

#[test]
fn a_flood_from_one_address_leaves_places_to_the_others() {
    let parked = with(Capacity::of(90, 90));
    let flood: Vec<_> = (0..1000).filter_map(|key| parked.enter(&format!("key {key}"), HERE, sign_in(1)).ok()).collect();
    assert_eq!(flood.len(), 30);
    assert_eq!(parked.enter("one more", HERE, sign_in(1)).err(), Some(ParkingRefused::Full));
    assert!(parked.enter("an honest key", IpAddr::from([198, 51, 100, 7]), sign_in(1)).is_ok());
}

#[test]
fn attack_27_sign_ins_that_wait_leave_their_places_to_those_who_are_signed_in() {
    let parked = with(Capacity { all: 10, each: 10, reserve: 0 });
    let flood: Vec<ParkedRequest> = (0..).map_while(|key| parked.enter(&format!("fresh key {key}"), HERE, sign_in(1)).ok()).collect();
    assert_eq!(flood.len(), 10);
    let session = Awaited::Session(SignInId("0000-0001".into()));
    let _session = parked.enter("signed in", HERE, session).expect("a place of its own");
    assert_eq!(parked.count(), 11);
}
