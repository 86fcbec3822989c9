//! Places for all, for each and for those who are many behind one address.

use super::*;

fn address(last: u8) -> IpAddr {
    IpAddr::from([203, 0, 113, last])
}

#[test]
fn however_many_one_address_asks_for_another_finds_a_place() {
    let places = Places::new(Capacity::of(90, 90));
    let flood: Vec<Place> = std::iter::from_fn(|| places.take(address(1)).ok()).collect();
    assert_eq!(flood.len(), 30, "an address alone may hold a third");
    let others: Vec<Place> = (2..20).map(|last| places.take(address(last)).expect("a place for a newcomer")).collect();
    assert_eq!(places.held(), 48);
    assert_eq!(places.take(address(1)).err(), Some(NoPlace));
    drop(others);
    assert_eq!(places.held(), 30);
    drop(flood);
    assert_eq!((places.held(), places.0.held().by.len()), (0, 0), "nothing of those who left is kept");
}

#[test]
fn twenty_floods_one_after_the_other_still_leave_places() {
    let places = Places::new(Capacity::of(10_000, 4_000));
    let mut held = Vec::new();
    for last in 1..=20 {
        held.extend(std::iter::from_fn(|| places.take(address(last)).ok()));
    }
    assert!(places.take(address(200)).is_ok(), "{} of 10,000 are taken", places.held());
}

#[test]
fn one_ipv6_site_with_all_its_networks_leaves_half_to_the_others() {
    let places = Places::new(Capacity::of(10_000, 4_000));
    let mut held = Vec::new();
    for network in 0..256 {
        let address = format!("2001:db8:1:{network:x}::1").parse().expect("an address");
        held.extend(std::iter::from_fn(|| places.take(address).ok()));
    }
    assert_eq!(places.held(), 5_000);
    assert!(places.take("2001:db8:2::1".parse().expect("an address")).is_ok(), "{} of 10,000 are taken", places.held());
    drop(held);
    assert_eq!((places.held(), places.0.held().by.len()), (0, 0), "nothing of those who left is kept");
}

#[test]
fn an_address_has_its_own_limit_and_a_whole_ipv6_network_is_one_caller() {
    let places = Places::new(Capacity::of(100, 2));
    let from = |text: &str| places.take(text.parse().expect("an address"));
    let _held = (from("2001:db8:1:2::1").expect("first"), from("2001:db8:1:2:ffff::1").expect("second"));
    assert_eq!(from("2001:db8:1:2:3::1").err(), Some(NoPlace));
    assert!(from("2001:db8:1:3::1").is_ok());
}

#[test]
fn a_proxy_is_not_counted_as_one_caller() {
    let places = Places::new(Capacity::of(4, 1));
    let _held: Vec<Place> = (0..4).map(|_| places.take_for_many(1).expect("a place")).collect();
    assert_eq!(places.take_for_many(1).err(), Some(NoPlace));
}
