//! Who gets through the gate of the administration, and what becomes of those who wait.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, duplex};
use tokio::time::timeout;

use super::*;

fn full() -> (Arc<Seats>, Vec<Seat>) {
    let seats = Arc::new(Seats::default());
    let taken = (0..MOST).map(|_| seats.take().expect("a place")).collect();
    (seats, taken)
}

fn begin(seat: &Seat) -> UnderWay {
    seat.occupant.under_way.fetch_add(1, Ordering::AcqRel);
    UnderWay(Arc::clone(&seat.occupant))
}

fn is_out(seat: &Seat) -> bool {
    seat.occupant.leave.is_cancelled()
}

#[test]
fn a_full_house_puts_out_the_longest_standing_that_asks_nothing() {
    let (seats, taken) = full();
    let _asking = begin(&taken[0]);
    let newcomer = seats.take().expect("let in");
    assert_eq!((is_out(&taken[0]), is_out(&taken[1]), is_out(&taken[2])), (false, true, false));
    assert!(!is_out(&newcomer));
    assert_eq!(seats.seated().here.len(), MOST);
}

#[test]
fn where_all_ask_whoever_bore_no_token_goes_and_a_command_never_does() {
    let (seats, taken) = full();
    let _asking: Vec<UnderWay> = taken.iter().map(begin).collect();
    taken[0].occupant.prove();
    let newcomer = seats.take().expect("let in");
    assert_eq!((is_out(&taken[0]), is_out(&taken[1])), (false, true));
    let _its_own = begin(&newcomer);
    newcomer.occupant.prove();
    taken.iter().for_each(|seat| seat.occupant.prove());
    assert!(seats.take().is_none(), "all of them bear the token");
}

#[test]
fn a_command_that_is_over_protects_its_connection_no_more() {
    let (seats, taken) = full();
    taken[0].occupant.prove();
    drop(begin(&taken[0]));
    let _newcomer = seats.take().expect("let in");
    assert!(is_out(&taken[0]));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_put_out_ends_though_nothing_comes() {
    let (seats, mut taken) = full();
    let (ours, _theirs) = duplex(64);
    let mut stream = SeatedStream::new(ours, taken.remove(0));
    let reading = tokio::spawn(async move { stream.read_u8().await.map_err(|error| error.kind()) });
    let _newcomer = seats.take().expect("let in");
    // The clock stands still while anything can go on: it runs out only where nothing would end the connection.
    let ended = timeout(Duration::from_secs(1), reading).await.expect("it ends").expect("no panic");
    assert_eq!(ended, Err(io::ErrorKind::ConnectionAborted));
}
