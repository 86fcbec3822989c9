//! What a companion that runs does by itself, once a minute.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use vestibule_installation::log::{self, Log, Until};

use super::*;
use crate::audit::{Audit, Entry, Event};
use crate::clock::{ManualClock, Timestamp};
use crate::provider::lied_to::{LiedTo, NOW};
use crate::provider_name::ProviderName;
use crate::random::SystemRandom;

const DAY_S: i64 = 24 * 60 * 60;

/// What this thread logs.
struct Lines(Log, Until);

impl Lines {
    fn new() -> Self {
        log::listen(Targets::new().with_default(Level::INFO));
        let (log, until) = log::here(Level::INFO);
        Self(log, until)
    }

    fn say(&self, what: &str) -> usize {
        self.0.text().matches(what).count()
    }
}

/// A companion whose trail has a line of so many days ago, and the provider that dates its answers.
async fn companion(days_ago: i64) -> (LiedTo, SharedCompanion) {
    let provider = LiedTo::start().await;
    let config = provider.config("");
    let clock: Arc<dyn Clock> = Arc::clone(&provider.clock) as Arc<dyn Clock>;
    let (companion, _) = build(config, clock, Arc::new(SystemRandom), CancellationToken::new()).await.expect("built");
    let then = Arc::new(ManualClock::at(NOW.plus_seconds(-days_ago * DAY_S)));
    let audit = Audit::new(Arc::clone(&companion.store), then);
    audit.record(Entry::new(Event::SignedIn)).await.expect("kept");
    (provider, companion)
}

fn retention(companion: &Companion) -> Retention {
    Retention::new(companion.audit.clone(), Some(30))
}

async fn first_line(companion: &Companion) -> Option<Timestamp> {
    companion.store.audit_after(0, 10).await.expect("readable").iter().find(|line| line.event == "signed_in").map(|line| line.at)
}

#[tokio::test]
async fn a_database_that_somebody_changed_is_served_and_said_loud_with_what_was_changed() {
    let lines = Lines::new();
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(crate::store::fixture::open(folder.path()).await);
    announce_foreign(Arc::clone(&store)).await;
    assert_eq!(lines.say("The database is not made"), 0);
    let sneaky = if crate::store::fixture::is_on_a_server() {
        "CREATE UNIQUE INDEX sneaky ON audit (id)"
    } else {
        "CREATE TRIGGER sneaky BEFORE INSERT ON audit BEGIN SELECT RAISE(IGNORE); END"
    };
    store.change(sneaky, &[]).await.expect("changed");
    announce_foreign(store).await;
    assert_eq!((lines.say("The database is not made"), lines.say("ERROR"), lines.say("sneaky")), (1, 1, 1));
    assert_eq!(lines.say(&ErrorCode::StorageUnavailable.to_string()), 1);
}

#[tokio::test]
async fn the_trail_is_pruned_by_a_clock_that_pro_sante_connect_confirmed_and_the_wait_is_said_once() {
    let lines = Lines::new();
    let (provider, companion) = companion(400).await;
    let retention = retention(&companion);
    for _ in 0..2 {
        keep_the_trail(&companion, &retention).await;
        assert!(first_line(&companion).await.is_some(), "nothing confirms the clock");
        provider.clock.advance_seconds(3600);
    }
    assert_eq!(lines.say("no answer of Pro Santé Connect has been dated since the start"), 1);
    provider.clock.advance_seconds(-2 * 3600);
    companion.parties.named(&ProviderName::PSC).expect("there").reachable().await.expect("answers");
    keep_the_trail(&companion, &super::tests::retention(&companion)).await;
    assert!(first_line(&companion).await.is_none(), "confirmed, it went");
}

#[tokio::test]
async fn a_line_of_a_day_to_come_is_said_once_and_what_becomes_of_it() {
    let lines = Lines::new();
    let (provider, companion) = companion(-3).await;
    let retention = retention(&companion);
    for _ in 0..2 {
        keep_the_trail(&companion, &retention).await;
        provider.clock.advance_seconds(3600);
    }
    assert_eq!(lines.say("nothing is sealed from it on until this machine's clock is confirmed"), 1);
    provider.clock.advance_seconds(-2 * 3600);
    companion.parties.named(&ProviderName::PSC).expect("there").reachable().await.expect("answers");
    keep_the_trail(&companion, &super::tests::retention(&companion)).await;
    assert_eq!(lines.say("it is sealed with the day of the first line after it that is not"), 1);
}
