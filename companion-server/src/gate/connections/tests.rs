//! Connections that stay silent, drip or are counted out.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::Instant;

use super::*;

fn watched(buffer: usize) -> (Watched<DuplexStream>, Arc<Pulse>, DuplexStream) {
    let (ours, theirs) = duplex(buffer);
    let pulse = Arc::new(Pulse::new(Instant::now()));
    let places = [1, 2].map(|count| Places::new(Capacity::of(2, 2)).take_for_many(count).expect("a place"));
    (Watched::new(ours, Arc::clone(&pulse), places), pulse, theirs)
}

async fn ends(stream: &mut Watched<DuplexStream>) -> (Duration, io::ErrorKind) {
    let started = Instant::now();
    let refused = stream.read_u8().await.expect_err("nothing comes");
    (started.elapsed(), refused.kind())
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nothing_is_asked_ends_after_seventy_five_seconds() {
    let (mut stream, _pulse, _theirs) = watched(64);
    assert_eq!(ends(&mut stream).await, (Duration::from_secs(75), io::ErrorKind::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn drops_of_a_head_do_not_keep_it_open() {
    let (mut stream, _pulse, mut theirs) = watched(64);
    let dripping = tokio::spawn(async move {
        while theirs.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    });
    let started = Instant::now();
    while stream.read_u8().await.is_ok() {}
    assert_eq!(started.elapsed(), Duration::from_secs(75), "as if nothing had come");
    drop(stream);
    dripping.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_keeps_it_open_for_as_long_as_its_answer_moves() {
    let (mut stream, pulse, _theirs) = watched(64);
    pulse.moves(Instant::now());
    let at_work = Arc::clone(&pulse);
    let working = tokio::spawn(async move {
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_secs(15)).await;
            at_work.moves(Instant::now());
        }
    });
    assert_eq!(ends(&mut stream).await, (Duration::from_secs(675), io::ErrorKind::TimedOut));
    working.await.expect("no panic");
}

/// Over HTTP/2 a client that grants no window leaves nothing to write, and answers our pings for ever.
#[tokio::test(start_paused = true)]
async fn an_answer_that_moves_no_more_does_not_keep_it_open() {
    let (mut stream, pulse, mut theirs) = watched(64);
    let _answer = counted::UnderWay::begin(Arc::clone(&pulse));
    let pings = tokio::spawn(async move {
        while theirs.write_all(b"ping").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
    });
    let started = Instant::now();
    while stream.read_u8().await.is_ok() {}
    assert_eq!(started.elapsed(), Duration::from_secs(75));
    drop(stream);
    pings.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_given_up_after_thirty_seconds() {
    let (mut stream, pulse, _theirs) = watched(8);
    pulse.moves(Instant::now());
    let started = Instant::now();
    let refused = stream.write_all(&[0; 64]).await.expect_err("nobody takes it");
    assert_eq!((started.elapsed(), refused.kind()), (Duration::from_secs(30), io::ErrorKind::TimedOut));
}

/// What is unread when a socket is closed makes the system reset the connection, and the answer is lost with it.
#[tokio::test(start_paused = true)]
async fn the_other_end_is_heard_out_before_the_connection_is_closed_and_not_for_ever() {
    let (mut stream, _pulse, mut theirs) = watched(8);
    let closing = tokio::spawn(async move { stream.shutdown().await.map(|()| stream) });
    let rest = tokio::time::timeout(Duration::from_secs(60), theirs.write_all(&[0; 64]));
    rest.await.expect("somebody reads").expect("the rest of the body is taken");
    assert_eq!(theirs.read(&mut [0; 8]).await.expect("our end"), 0, "nothing more comes");
    assert!(!closing.is_finished(), "until the other end closes");
    drop(theirs);
    closing.await.expect("no panic").expect("closed");

    let (mut stream, _pulse, _silent) = watched(8);
    let started = Instant::now();
    stream.shutdown().await.expect("closed");
    assert_eq!(started.elapsed(), Duration::from_secs(2));
}

#[test]
fn a_trusted_proxy_is_not_counted_as_one_caller() {
    let clock: Arc<dyn Clock> = Arc::new(crate::clock::ManualClock::at(crate::clock::Timestamp(0)));
    let proxies = vec!["10.0.0.1".parse().expect("a network")];
    let connections = Connections::new(Capacity::of(20, 2), Memory::new(u32::MAX, Arc::clone(&clock)), proxies, clock);
    let from = |address: &str| connections.take(address.parse().expect("an address"));
    let _held: Vec<[Place; 2]> = (0..6).map(|_| from("10.0.0.1").expect("let in")).collect();
    let _other = (from("203.0.113.7").expect("first"), from("203.0.113.7").expect("second"));
    assert!(from("203.0.113.7").is_err());
    assert_eq!((connections.open(), connections.refused().total()), (8, ("connections", 1)));
}

/// What each reading gives until everything has been read.
async fn readings(said: &[u8]) -> Vec<Vec<u8>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut theirs = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connected");
    let mut ours = InClear::new(listener.accept().await.expect("accepted").0);
    theirs.write_all(said).await.expect("said");
    theirs.shutdown().await.expect("no more");
    let (mut all, mut heard, mut bytes) = (Vec::new(), 0, [0; 24]);
    while heard < said.len() {
        let count = ours.read(&mut bytes).await.expect("readable");
        heard += count;
        all.push(bytes[..count].to_vec());
    }
    assert_eq!(ours.read(&mut bytes).await.expect("the end"), 0);
    all
}

#[tokio::test]
async fn the_first_reading_in_clear_says_http_1_by_giving_nothing_and_all_is_read_after_it() {
    assert_eq!(readings(b"GET / HTTP/1.1\r\n\r\n").await, [b"".to_vec(), b"GET / HTTP/1.1\r\n\r\n".to_vec()]);
    assert_eq!(readings(b"POST / HTTP/1.1\r\n\r\n").await[0], b"");
    assert_eq!(readings(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await, [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]);
    // As much as has come may begin either: the server asks for more, and finds out.
    assert_eq!(readings(b"PR").await, [b"PR"]);
    assert_eq!(readings(b"").await, Vec::<Vec<u8>>::new());
}
