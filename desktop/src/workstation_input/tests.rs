//! A keyboard, a lid, and what is said of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::{News, WorkstationInput};
use crate::clock::Clock;

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A machine whose keyboard and whose lid are in the test's hand.
#[derive(Debug, Default)]
struct Machine {
    awake: Mutex<Duration>,
    asleep: Mutex<Duration>,
    typed: Mutex<Option<Duration>>,
}

impl Machine {
    fn goes_on(&self, seconds: u64) {
        *self.awake.lock().expect("unpoisoned") += at(seconds);
    }

    fn sleeps(&self, seconds: u64) {
        *self.asleep.lock().expect("unpoisoned") += at(seconds);
    }

    fn is_typed_at(&self) {
        *self.typed.lock().expect("unpoisoned") = Some(self.awake());
    }
}

#[async_trait]
impl Clock for Machine {
    fn unix_ms(&self) -> u64 {
        0
    }

    fn elapsed(&self) -> Duration {
        self.awake() + *self.asleep.lock().expect("unpoisoned")
    }

    fn awake(&self) -> Duration {
        *self.awake.lock().expect("unpoisoned")
    }

    async fn sleep(&self, _duration: Duration) {}
}

#[async_trait]
impl WorkstationInput for Machine {
    async fn since_last(&self) -> Option<Duration> {
        let typed = *self.typed.lock().expect("unpoisoned");
        typed.map(|typed| self.awake().saturating_sub(typed))
    }
}

fn machine() -> (Arc<Machine>, News) {
    let machine = Arc::new(Machine::default());
    (machine.clone(), News::new(machine.clone(), machine))
}

#[tokio::test]
async fn an_input_is_said_once_and_with_its_age() {
    let (machine, news) = machine();
    machine.goes_on(10);
    machine.is_typed_at();
    machine.goes_on(50);
    assert_eq!(news.last().await, Some(at(50)));
    machine.goes_on(60);
    assert_eq!(news.last().await, None, "nothing was typed since");
    assert!(news.is_newer_than(at(111)) && !news.is_newer_than(at(110)), "but it is known when it was");
}

#[tokio::test]
async fn an_input_of_before_the_session_is_none_of_hers() {
    let machine = Arc::new(Machine::default());
    machine.goes_on(100);
    machine.is_typed_at();
    let news = News::new(machine.clone(), machine.clone());
    machine.goes_on(60);
    assert_eq!(news.last().await, None);
}

#[tokio::test]
async fn an_input_of_before_a_suspension_is_not_taken_for_one_after_it() {
    let (machine, news) = machine();
    machine.goes_on(30);
    machine.is_typed_at();
    assert_eq!(news.last().await, Some(at(0)));
    machine.goes_on(30);
    machine.sleeps(600);
    machine.goes_on(5);
    assert_eq!(news.last().await, None, "she typed ten minutes and a half ago");
}

#[tokio::test]
async fn a_system_that_does_not_say_says_nothing() {
    let (machine, news) = machine();
    machine.goes_on(60);
    assert_eq!(news.last().await, None);
}
