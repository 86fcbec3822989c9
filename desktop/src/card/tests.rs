//! Every rule, look by look; and a service in the test's hand.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::aggregate::{AFTER_SLEEP, Aggregate, DEBOUNCE};
use super::{Atr, CardConnection, CardService, CardWatch, Fault, Happening, Presence, Reader, Sight, Slot, Waker};
use crate::clock::{Clock, Wakes};

const CPS3: &[u8] = &[0x3B, 0xAC, 0x00, 0x40, 0x2A, 0x00, 0x12, 0x25, 0x00, 0x64, 0x80, 0x00, 0x03, 0x10, 0x00, 0x90, 0x00];
const CPS4: &[u8] = &[0x3B, 0x9B, 0x18, 0x80, 0x01, 0x00, 0x12, 0x25, 0x00, 0x64, 0x80, 0x04, 0x01, 0x00, 0x00, 0x90, 0x44];
const PATIENT: &[u8] = &[0x3B, 0x75, 0x13, 0x00, 0x00, 0x43, 0x09, 0xEA, 0x90, 0x00];
/// Of a hospital, contactless: it may be a CPS, and nobody knows.
const BADGE: &[u8] = &[0x3B, 0x8F, 0x80, 1, 0, 0x31, 0xB8, 0x64, 4, 0xB0, 0xEC, 0xC1, 0x73, 0x94, 1, 0x80, 0xFF, 0xFF, 0xFF, 0xE3];
const STRANGE: &[u8] = &[0x3B, 0x02, 0x14, 0x50];

const fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn card(bytes: &[u8]) -> Slot {
    Slot::Card(Atr::new(bytes))
}

fn reader(name: &str, slot: Slot, events: u32) -> Reader {
    Reader { name: name.to_owned(), slot, events }
}

fn one(slot: Slot, events: u32) -> Sight {
    Ok(vec![reader("A", slot, events)])
}

fn inserted(reader: &str) -> Happening {
    Happening::Inserted { reader: reader.to_owned() }
}

fn removed(reader: &str) -> Happening {
    Happening::Removed { reader: reader.to_owned() }
}

fn put_back(reader: &str) -> Happening {
    Happening::PutBack { reader: reader.to_owned() }
}

fn lost(reader: &str) -> Happening {
    Happening::Lost { reader: reader.to_owned() }
}

/// After a look at a CPS3 in reader A.
fn watching() -> Aggregate {
    let mut aggregate = Aggregate::default();
    assert_eq!(aggregate.look(one(card(CPS3), 1), at(0)), [inserted("A")]);
    assert_eq!(aggregate.presence(), Presence::CpsPresent);
    aggregate
}

#[test]
fn a_card_that_stays_away_was_removed_and_one_that_is_back_at_once_was_not() {
    let mut aggregate = watching();
    assert_eq!(aggregate.look(one(Slot::Empty, 2), at(1000)), []);
    assert_eq!((aggregate.presence(), aggregate.next_due()), (Presence::CpsPresent, Some(at(1000) + DEBOUNCE)));
    assert_eq!(aggregate.due(at(2000)), []);
    assert_eq!(aggregate.look(one(card(CPS3), 3), at(2500)), [], "a contact that bounces");
    assert_eq!((aggregate.next_due(), aggregate.due(at(9000))), (None, Vec::new()));

    aggregate.look(one(Slot::Empty, 4), at(10_000));
    assert_eq!(aggregate.due(at(10_000) + DEBOUNCE), [removed("A")]);
    assert_eq!(aggregate.presence(), Presence::ReaderEmpty);
    assert_eq!(aggregate.look(one(card(CPS3), 5), at(14_000)), [put_back("A")]);
}

#[test]
fn a_removal_is_put_off_by_nothing_that_happens_meanwhile() {
    let mut aggregate = watching();
    aggregate.look(one(Slot::Empty, 2), at(1000));
    // Of another reader, say.
    aggregate.look(one(Slot::Empty, 2), at(2000));
    assert_eq!(aggregate.next_due(), Some(at(1000) + DEBOUNCE));
    assert_eq!(aggregate.due(at(1000) + DEBOUNCE), [removed("A")]);

    // Bounced more than once between two looks, it is back all the same.
    let mut aggregate = watching();
    aggregate.look(one(Slot::Empty, 2), at(1000));
    assert_eq!(aggregate.look(one(card(CPS3), 5), at(1500)), []);
    assert_eq!(aggregate.next_due(), None);
}

#[test]
fn a_card_of_another_kind_is_not_the_card_that_is_put_back() {
    let mut aggregate = watching();
    aggregate.look(one(Slot::Empty, 2), at(0));
    assert_eq!(aggregate.due(DEBOUNCE), [removed("A")]);
    assert_eq!(aggregate.look(one(card(CPS4), 3), at(3000)), [inserted("A")]);
    // Nor within the time of a bounce.
    aggregate.look(one(Slot::Empty, 4), at(4000));
    assert_eq!(aggregate.look(one(card(PATIENT), 5), at(4100)), [removed("A")]);
    assert_eq!(aggregate.presence(), Presence::OtherCard);
}

#[test]
fn cards_swapped_between_two_looks_are_counted_by_the_service() {
    let mut aggregate = watching();
    assert_eq!(aggregate.look(one(card(CPS3), 3), at(0)), [removed("A"), put_back("A")]);
    assert_eq!(aggregate.look(one(card(CPS4), 5), at(0)), [removed("A"), inserted("A")]);
    assert_eq!(aggregate.look(one(card(PATIENT), 7), at(0)), [removed("A")]);
    // The count has sixteen bits.
    let mut aggregate = Aggregate::default();
    aggregate.look(one(card(CPS3), 0xffff), at(0));
    assert_eq!(aggregate.look(one(card(CPS3), 1), at(0)), [removed("A"), put_back("A")]);
}

#[test]
fn a_reset_and_a_use_by_another_program_are_no_removal() {
    let mut aggregate = watching();
    // The same card and the same count, whatever else the service says of it.
    assert_eq!(aggregate.look(one(card(CPS3), 1), at(0)), []);
    assert_eq!(aggregate.look(one(Slot::Unsaid, 1), at(0)), []);
    assert_eq!(aggregate.look(one(Slot::Mute, 1), at(0)), []);
    assert_eq!((aggregate.presence(), aggregate.next_due()), (Presence::CpsPresent, None));
    // Pulled while it does not answer, it was pulled.
    aggregate.look(one(Slot::Empty, 2), at(0));
    assert_eq!(aggregate.due(DEBOUNCE), [removed("A")]);
    // And counted when nothing is said of it, it is counted when something is.
    let mut aggregate = watching();
    assert_eq!(aggregate.look(one(Slot::Unsaid, 3), at(0)), []);
    assert_eq!(aggregate.look(one(card(CPS3), 3), at(0)), [removed("A"), put_back("A")]);
}

#[test]
fn cards_of_other_kinds_come_and_go_all_day_and_nothing_happens() {
    let mut aggregate = Aggregate::default();
    for (events, slot, presence) in [
        (0, Slot::Empty, Presence::ReaderEmpty),
        (1, card(PATIENT), Presence::OtherCard),
        (2, Slot::Empty, Presence::ReaderEmpty),
        (3, card(STRANGE), Presence::UnknownCard),
        (5, card(PATIENT), Presence::OtherCard),
        (5, card(BADGE), Presence::UnknownCard),
        (6, Slot::Mute, Presence::MuteCard),
        (7, Slot::Empty, Presence::ReaderEmpty),
    ] {
        assert_eq!(aggregate.look(one(slot, events), at(0)), []);
        assert_eq!((aggregate.presence(), aggregate.next_due()), (presence, None));
    }
}

#[test]
fn a_reader_that_goes_with_its_card_is_no_removal() {
    let mut aggregate = watching();
    assert_eq!(aggregate.look(Ok(Vec::new()), at(0)), [lost("A")]);
    assert_eq!((aggregate.presence(), aggregate.next_due()), (Presence::DetectionLost, None));
    assert_eq!(aggregate.look(one(card(CPS3), 0), at(0)), [inserted("A")]);
    assert_eq!(aggregate.presence(), Presence::CpsPresent);
    // Unplugged with its card just pulled: who knows.
    aggregate.look(one(Slot::Empty, 1), at(0));
    assert_eq!(aggregate.look(Ok(Vec::new()), at(1)), [lost("A")]);
    assert_eq!(aggregate.due(at(60_000)), []);
}

#[test]
fn a_reader_that_comes_back_without_its_card_is_an_empty_reader() {
    for (slot, presence) in [(Slot::Empty, Presence::ReaderEmpty), (Slot::Mute, Presence::MuteCard)] {
        let mut aggregate = watching();
        assert_eq!(aggregate.look(Ok(Vec::new()), at(0)), [lost("A")]);
        assert_eq!(aggregate.look(one(slot, 0), at(0)), []);
        assert_eq!(aggregate.presence(), presence);
        // What was lost is not lost for ever.
        assert_eq!(aggregate.look(Ok(Vec::new()), at(0)), []);
        assert_eq!(aggregate.presence(), Presence::NoReader);
    }
}

#[test]
fn a_service_that_is_gone_is_no_removal_and_its_new_counts_are_none_either() {
    for fault in [Fault::NoService, Fault::Lost, Fault::AccessDenied] {
        let mut aggregate = watching();
        assert_eq!(aggregate.look(Err(fault), at(0)), [lost("A")]);
        assert_eq!(aggregate.presence(), Presence::DetectionLost);
        // The card was pulled meanwhile: nobody saw it.
        assert_eq!(aggregate.look(one(Slot::Empty, 0), at(0)), []);
        assert_eq!((aggregate.presence(), aggregate.due(at(60_000))), (Presence::ReaderEmpty, Vec::new()));
        assert_eq!(aggregate.look(one(card(CPS3), 1), at(0)), [inserted("A")]);
    }
}

#[test]
fn where_nothing_was_seen_nothing_is_lost() {
    let mut aggregate = Aggregate::default();
    for (sight, presence) in [
        (Err(Fault::NoService), Presence::NoService),
        (Err(Fault::AccessDenied), Presence::AccessDenied),
        (Ok(Vec::new()), Presence::NoReader),
        (Err(Fault::Lost), Presence::NoService),
    ] {
        assert_eq!(aggregate.look(sight, at(0)), []);
        assert_eq!(aggregate.presence(), presence);
    }
}

#[test]
fn a_machine_that_slept_says_nothing_of_who_pulled_what() {
    let mut aggregate = watching();
    aggregate.woke(at(1000));
    assert_eq!(aggregate.look(one(card(CPS3), 3), at(1000)), []);
    assert_eq!(aggregate.look(one(Slot::Empty, 4), at(1500)), [lost("A")]);
    assert_eq!((aggregate.presence(), aggregate.next_due()), (Presence::ReaderEmpty, None));
    // Awake for long enough, it does.
    let mut aggregate = watching();
    aggregate.woke(at(1000));
    aggregate.look(one(Slot::Empty, 2), at(1000) + AFTER_SLEEP);
    assert!(aggregate.next_due().is_some());
}

#[test]
fn several_readers_are_seen_together_and_two_cards_of_the_family_are_two() {
    let mut aggregate = Aggregate::default();
    let look = |a: Slot, b: Slot| Ok(vec![reader("A", a, 0), reader("B", b, 0)]);
    assert_eq!(aggregate.look(look(card(CPS3), card(PATIENT)), at(0)), [inserted("A")]);
    assert_eq!((aggregate.presence(), aggregate.cps()), (Presence::CpsPresent, vec!["A"]));
    assert_eq!(aggregate.look(look(card(CPS3), card(CPS4)), at(0)), [inserted("B")]);
    assert_eq!((aggregate.presence(), aggregate.cps()), (Presence::SeveralCps, vec!["A", "B"]));
    // The reader that is not the patient's card goes on.
    assert_eq!(aggregate.look(Ok(vec![reader("B", card(CPS4), 0)]), at(0)), [lost("A")]);
    assert_eq!(aggregate.presence(), Presence::CpsPresent);
}

/// What one connection gives, call by call; then it waits for ever.
type Script = VecDeque<Sight>;

/// A service in the test's hand.
#[derive(Debug, Default)]
struct FakeService {
    /// One script a connection; without one, there is no service.
    connections: Mutex<VecDeque<Script>>,
    calls: Arc<AtomicUsize>,
    hand: Arc<(Mutex<Hand>, Condvar)>,
    /// Comes back at once for ever instead of waiting.
    is_restless: bool,
}

/// What the test does while a connection waits.
#[derive(Debug, Default)]
struct Hand {
    is_woken: bool,
    says: Script,
}

impl FakeService {
    fn says(&self, sight: Sight) {
        self.hand.0.lock().expect("unpoisoned").says.push_back(sight);
        self.hand.1.notify_all();
    }
}

struct FakeConnection {
    script: Script,
    last: Vec<Reader>,
    calls: Arc<AtomicUsize>,
    hand: Arc<(Mutex<Hand>, Condvar)>,
    is_restless: bool,
}

impl CardService for FakeService {
    fn connect(&self) -> Result<Box<dyn CardConnection>, Fault> {
        let script = self.connections.lock().expect("unpoisoned").pop_front().ok_or(Fault::NoService)?;
        let (calls, hand, is_restless) = (self.calls.clone(), self.hand.clone(), self.is_restless);
        Ok(Box::new(FakeConnection { script, last: Vec::new(), calls, hand, is_restless }))
    }
}

impl CardConnection for FakeConnection {
    fn next(&mut self, longest: Duration) -> Result<Vec<Reader>, Fault> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match self.script.pop_front() {
            Some(sight) => self.last = sight?,
            None if self.is_restless => {}
            None => {
                let (hand, bell) = &*self.hand;
                let hand = hand.lock().expect("unpoisoned");
                let is_idle = |hand: &mut Hand| !hand.is_woken && hand.says.is_empty();
                let (mut hand, _) = bell.wait_timeout_while(hand, longest, is_idle).expect("unpoisoned");
                if let Some(sight) = hand.says.pop_front() {
                    self.last = sight?;
                }
            }
        }
        Ok(self.last.clone())
    }

    fn waker(&self) -> Waker {
        let hand = self.hand.clone();
        Box::new(move || {
            hand.0.lock().expect("unpoisoned").is_woken = true;
            hand.1.notify_all();
        })
    }
}

/// Stands still, but for what is slept.
#[derive(Debug, Default)]
struct StillClock;

#[async_trait]
impl Clock for StillClock {
    fn unix_ms(&self) -> u64 {
        0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _duration: Duration) {
        std::future::pending().await
    }
}

fn service(connections: impl IntoIterator<Item = Vec<Sight>>) -> FakeService {
    let connections = Mutex::new(connections.into_iter().map(Script::from).collect());
    FakeService { connections, ..FakeService::default() }
}

async fn next(watch: &mut CardWatch) -> (Presence, Vec<Happening>) {
    let told = tokio::time::timeout(Duration::from_secs(20), watch.next()).await.expect("in time");
    (told.presence, told.happened)
}

#[tokio::test]
async fn a_service_that_stops_or_forgets_its_handle_is_found_again() {
    for fault in [Fault::Lost, Fault::NoService] {
        let service = service([vec![one(card(CPS3), 1), Err(fault)], vec![one(card(CPS3), 0)]]);
        let mut watch = CardWatch::start(Arc::new(service), Wakes::by(Arc::new(StillClock)));
        assert_eq!(next(&mut watch).await, (Presence::CpsPresent, vec![inserted("A")]));
        assert_eq!(next(&mut watch).await, (Presence::DetectionLost, vec![lost("A")]));
        assert_eq!(next(&mut watch).await, (Presence::CpsPresent, vec![inserted("A")]));
    }
}

/// A machine that sleeps when the test says so.
#[derive(Debug, Default)]
struct Lid(Mutex<(Duration, Duration)>);

impl Lid {
    fn pass(&self, awake: Duration, asleep: Duration) {
        let mut passed = self.0.lock().expect("unpoisoned");
        passed.0 += awake + asleep;
        passed.1 += asleep;
    }
}

#[async_trait]
impl Clock for Lid {
    fn unix_ms(&self) -> u64 {
        0
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().expect("unpoisoned").0
    }

    fn awake(&self) -> Duration {
        let passed = self.0.lock().expect("unpoisoned");
        passed.0 - passed.1
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.elapsed() + duration;
        while self.elapsed() < end {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_card_that_leaves_right_after_a_sleep_is_lost_and_one_that_leaves_later_is_removed() {
    const NIGHT: Duration = Duration::from_secs(8 * 3600);
    for (later, happened) in [(Duration::from_secs(1), lost("A")), (Duration::from_secs(60), removed("A"))] {
        let (readers, lid) = (Arc::new(service([vec![one(card(CPS3), 1)]])), Arc::new(Lid::default()));
        let wakes = Wakes::by(lid.clone());
        let mut watch = CardWatch::start(readers.clone(), wakes.clone());
        assert_eq!(next(&mut watch).await.1, [inserted("A")]);
        let looks = tokio::spawn(async move { wakes.keep_looking().await });
        tokio::task::yield_now().await;
        // Nothing happens in the reader as the machine wakes up: only the clocks tell.
        lid.pass(Duration::from_secs(3600), NIGHT);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        looks.abort();
        lid.pass(later, Duration::ZERO);
        readers.says(one(Slot::Empty, 2));
        let bounce = async {
            loop {
                tokio::time::sleep(Duration::from_millis(200)).await;
                // Right after the sleep, nothing is waited for.
                lid.pass(if later > AFTER_SLEEP { DEBOUNCE } else { Duration::ZERO }, Duration::ZERO);
            }
        };
        let told = tokio::select! { (_, told) = next(&mut watch) => told, () = bounce => unreachable!() };
        assert_eq!(told, [happened], "{later:?} after it woke up");
    }
}

#[tokio::test]
async fn a_workstation_without_a_service_says_so_once() {
    let service = Arc::new(service([]));
    let mut watch = CardWatch::start(service, Wakes::by(Arc::new(StillClock)));
    assert_eq!(next(&mut watch).await, (Presence::NoService, Vec::new()));
    assert!(tokio::time::timeout(Duration::from_millis(1500), watch.next()).await.is_err(), "and nothing more");
}

#[tokio::test]
async fn a_service_that_comes_back_at_once_without_news_takes_no_processor() {
    let restless = Arc::new(FakeService { is_restless: true, ..service([vec![one(card(CPS3), 1)]]) });
    let mut watch = CardWatch::start(restless.clone(), Wakes::by(Arc::new(StillClock)));
    next(&mut watch).await;
    assert!(tokio::time::timeout(Duration::from_secs(2), watch.next()).await.is_err());
    let calls = restless.calls.load(Ordering::SeqCst);
    assert!((2..20).contains(&calls), "{calls} calls in two seconds");
}

#[tokio::test]
async fn a_watch_that_is_left_leaves_no_thread_behind() {
    let service = Arc::new(service([vec![one(card(CPS3), 1)]]));
    let mut watch = CardWatch::start(service.clone(), Wakes::by(Arc::new(StillClock)));
    next(&mut watch).await;
    while service.calls.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    drop(watch);
    let gone = async {
        while Arc::strong_count(&service) > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the thread ends");
}
