//! What is held for an address, and when it is given back.

use http_body::Body as _;

use super::*;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 1));
const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

fn memory(bytes: usize) -> Memory {
    let clock = Arc::new(crate::clock::ManualClock::at(crate::clock::Timestamp(0)));
    Memory::new(u32::try_from(bytes).expect("a number of bytes"), clock)
}

#[test]
fn one_address_holds_no_more_than_its_bytes_and_leaves_the_others_theirs() {
    let memory = memory(1024 * KIB);
    let connections: Vec<Place> = std::iter::from_fn(|| memory.connection(Some(HERE)).ok()).collect();
    assert_eq!(connections.len(), 16);
    assert!(memory.request(HERE, &HeaderMap::new(), 0).is_err());
    let _there = memory.request(THERE, &HeaderMap::new(), 64 * KIB).expect("another address");
    drop(connections);
    let dripped: Vec<Held> = std::iter::from_fn(|| memory.request(HERE, &HeaderMap::new(), 64 * KIB).ok()).collect();
    assert_eq!(dripped.len(), 1024 / 80, "the announced body counts before it comes");
    assert_eq!(memory.refused().total(), ("bytes_held", 3));
}

#[tokio::test]
async fn what_a_request_holds_is_given_back_when_the_last_part_of_its_answer_is_let_go() {
    let memory = memory(64 * KIB);
    let requests = Places::new(Capacity { all: 1, each: 1, reserve: 0 });
    let held = memory.request(HERE, &HeaderMap::new(), 40 * KIB).expect("room");
    held.keep(requests.take(HERE).expect("a place"));
    let work = held.clone();
    let body = Body::from("a page".repeat(KIB));
    held.answered(&body);
    assert_eq!(memory.places.held(), 12 * KIB, "the body is gone, the answer is there");
    let mut body = HeldBody::new(body, held);
    let part = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await.expect("a part").expect("no error");
    let part = part.into_data().expect("bytes");
    assert!(body.is_end_stream());
    drop(body);
    assert_eq!((memory.places.held(), requests.held()), (12 * KIB, 1), "the connection did not send it yet");
    drop(part);
    assert_eq!(requests.held(), 1, "the work that it began goes on");
    drop(work);
    assert_eq!((memory.places.held(), requests.held()), (0, 0));
}
