//! The trail sealed and removed by days.

use std::net::{IpAddr, Ipv4Addr};

use tempfile::TempDir;

use std::sync::Arc;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::store::{Store, fixture};

/// Noon, UTC.
const START: Timestamp = Timestamp(1_795_348_800_000);
const DAY_S: i64 = 24 * 60 * 60;

struct Trail {
    _folder: TempDir,
    store: Arc<Store>,
    clock: Arc<ManualClock>,
    audit: Audit,
}

impl Trail {
    async fn open() -> Self {
        // What is said here, other tests listen to.
        vestibule_installation::log::listen(tracing_subscriber::filter::Targets::new().with_default(tracing::Level::INFO));
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(fixture::open(folder.path()).await);
        let clock = Arc::new(ManualClock::at(START));
        let audit = Audit::new(Arc::clone(&store), clock.clone() as Arc<dyn Clock>);
        Self { _folder: folder, store, clock, audit }
    }

    /// Three lines at noon of each day.
    async fn live(&self, days: u32) {
        for _ in 0..days {
            self.record(3).await;
            self.clock.advance_seconds(DAY_S);
        }
    }

    async fn record(&self, lines: u32) {
        for _ in 0..lines {
            let address = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));
            self.audit.record(Entry::new(Event::SignedIn).from(address)).await.expect("kept");
        }
    }

    async fn upkeep(&self, keep_days: Option<u32>) {
        Retention::new(Audit::new(Arc::clone(&self.store), self.clock.clone()), keep_days)
            .upkeep(Confirmation::Right)
            .await
            .expect("kept up");
    }

    async fn lines(&self) -> Vec<AuditRow> {
        self.store.audit_after(0, 10_000).await.expect("readable")
    }

    async fn sql(&self, statement: &str) -> Result<u64, StoreError> {
        self.store.change(statement, &[]).await
    }
}

#[tokio::test]
async fn the_trail_is_kept_for_the_days_configured_and_goes_by_whole_days() {
    let trail = Trail::open().await;
    trail.live(40).await;
    trail.upkeep(None).await;
    assert_eq!(trail.lines().await.len(), 120, "nothing is removed where nothing was configured");
    trail.upkeep(Some(30)).await;
    let kept = trail.lines().await;
    let oldest = kept.first().expect("lines").at;
    assert!(trail.clock.now().millis_since(oldest) <= 31 * DAY_S * 1000, "a day more at most: it goes whole");
    assert_eq!(kept.iter().filter(|line| line.event == "signed_in").count() % 3, 0, "by whole days");
    assert_eq!(kept.iter().filter(|line| line.event == "audit_pruned").count(), 10, "each removal is a line");
    trail.live(45).await;
    trail.upkeep(Some(30)).await;
    let kept = trail.lines().await;
    assert!(kept.iter().filter(|line| line.event == "signed_in").count() <= 93 && kept[0].at > oldest, "and so on");
}

#[tokio::test]
async fn nothing_is_removed_by_a_clock_that_nothing_confirms() {
    let trail = Trail::open().await;
    trail.live(40).await;
    let retention = Retention::new(Audit::new(Arc::clone(&trail.store), trail.clock.clone()), Some(30));
    for unconfirmed in [Confirmation::Unknown, Confirmation::Stale, Confirmation::Wrong] {
        trail.clock.advance_seconds(400 * DAY_S);
        retention.upkeep(unconfirmed).await.expect("kept up");
        assert_eq!(trail.lines().await.len(), 120, "{unconfirmed:?}");
    }
    trail.clock.advance_seconds(DAY_S);
    retention.upkeep(Confirmation::Right).await.expect("kept up");
    assert!(trail.lines().await.iter().all(|line| line.event == "audit_pruned"), "and all of it goes once it is confirmed");
}

#[tokio::test]
async fn of_two_companions_one_seals_a_day_and_one_notes_that_its_time_is_over() {
    let trail = Trail::open().await;
    trail.live(1).await;
    let now = trail.clock.now();
    let first = Retention::new(trail.audit.clone(), Some(30));
    let day = first.closed_day(now, Confirmation::Right).await.expect("readable").expect("a day that is over");
    assert!(trail.store.seal_audit_period(day).await.expect("sealed"));
    assert!(!trail.store.seal_audit_period(day).await.expect("answers"), "by whoever was faster");
    trail.clock.advance_seconds(40 * DAY_S);
    let line = trail.audit.line(Entry::new(Event::AuditPruned));
    let later = trail.clock.now();
    for is_first in [true, false] {
        assert_eq!(trail.store.prune_audit_period(day.first_id, line.clone(), later).await.expect("answers"), is_first);
    }
    assert_eq!(trail.lines().await.iter().filter(|line| line.event == "audit_pruned").count(), 1);
}

/// Every companion has its own hour, and starts with the others.
#[tokio::test(flavor = "multi_thread")]
async fn companions_that_keep_up_one_trail_at_once_find_nothing_altered_and_nothing_out_of_order() {
    let trail = Trail::open().await;
    trail.live(50).await;
    let others = (0..4).map(|_| {
        let audit = trail.audit.clone();
        tokio::spawn(async move { Retention::new(audit, Some(30)).upkeep(Confirmation::Right).await })
    });
    for other in others.collect::<Vec<_>>() {
        other.await.expect("no panic").expect("kept up");
    }
    let kept = trail.lines().await;
    assert_eq!(kept.iter().filter(|line| line.event == "audit_pruned").count(), 20, "each day once");
    assert_eq!(kept.iter().filter(|line| line.event == "signed_in").count(), 90, "none is taken for altered");
}

/// The same attempt in PostgreSQL's words; `None` for one at a number, which a server draws itself.
fn on_this_database(statement: &str) -> Option<String> {
    if !fixture::is_on_a_server() {
        return Some(statement.to_owned());
    }
    let statement = statement
        .replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')")
        .replace("randomblob(32)", "decode(md5('one') || md5('other'), 'hex')")
        .replace(" OR REPLACE", "")
        .replace("0, NULL, ", "0, CAST(NULL AS BIGINT), ");
    (!statement.starts_with("INSERT INTO audit (")).then_some(statement)
}

#[tokio::test]
async fn nothing_but_the_oldest_whole_day_can_be_removed_from_the_trail() {
    let trail = Trail::open().await;
    trail.live(40).await;
    trail.upkeep(None).await;
    trail.record(3).await;
    for statement in [
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
        "UPDATE audit SET event = 'x' WHERE id = 1",
        "INSERT OR REPLACE INTO audit (id, at, event) VALUES (2, 0, 'x')",
        // The day that is not sealed: its lines stand too, and keep their order.
        "INSERT OR REPLACE INTO audit (id, at, event) VALUES (121, 0, 'x')",
        "INSERT OR REPLACE INTO audit (id, at, event) VALUES (123, 0, 'x')",
        "UPDATE OR REPLACE audit SET id = 121 WHERE id = 122",
        "INSERT INTO audit (id, at, event) VALUES (0, 0, 'x')",
        "INSERT INTO audit (id, at, event) VALUES (-1, 0, 'x')",
        "INSERT INTO audit (id, at, event) VALUES (-7, 0, 'x')",
        "INSERT INTO audit (id, at, event) VALUES (9223372036854775807, 0, 'x')",
        // The same for seals.
        "INSERT OR REPLACE INTO audit_periods SELECT 121, 122, 2, newest_at, hash, (SELECT hash FROM audit_periods WHERE first_id = 1), 0, NULL, zeroblob(32) FROM audit_periods ORDER BY last_id DESC LIMIT 1",
        "INSERT INTO audit_periods SELECT 121, 500, 3, newest_at, hash, randomblob(32), 0, NULL, zeroblob(32) FROM audit_periods ORDER BY last_id DESC LIMIT 1",
        "INSERT INTO audit_periods SELECT 121, 123, 2, newest_at, hash, randomblob(32), 0, NULL, zeroblob(32) FROM audit_periods ORDER BY last_id DESC LIMIT 1",
        "DELETE FROM audit_periods",
        "UPDATE audit_periods SET hash = zeroblob(32) WHERE first_id = 1",
        "UPDATE audit_periods SET last_id = 999 WHERE first_id = 1",
        // The second one, the first one too early, a new one that skips lines, one that forges its predecessor.
        "UPDATE audit_periods SET pruned_at = 9000000000000 WHERE first_id = 4",
        "UPDATE audit_periods SET pruned_at = newest_at + 1000 WHERE first_id = 1",
        "INSERT INTO audit_periods SELECT last_id + 100, last_id + 200, 1, 0, hash, randomblob(32), 0, NULL, zeroblob(32) FROM audit_periods WHERE first_id = 1",
        "INSERT INTO audit_periods SELECT MAX(last_id) + 1, MAX(last_id) + 2, 1, 0, zeroblob(32), randomblob(32), 0, NULL, zeroblob(32) FROM audit_periods",
    ] {
        let Some(statement) = on_this_database(statement) else { continue };
        let refused = format!("{:?}", trail.sql(&statement).await.expect_err(&statement));
        assert!(
            ["of the audit trail", "the audit trail is append-only", "audit_periods_hash_key"].iter().any(|words| refused.contains(words)),
            "{statement}: {refused}"
        );
    }
    assert_eq!(trail.lines().await.len(), 123);
    // A server passes over the number that is named.
    let number = if fixture::is_on_a_server() { 2 } else { 124 };
    let added = format!("INSERT INTO audit (id, at, event) VALUES ({number}, 0, 'x')");
    assert_eq!(trail.sql(&added).await.expect("the next number is free"), 1);
    trail.record(1).await;
    assert_eq!(trail.lines().await.last().map(|line| line.id), Some(125));
}

#[tokio::test]
async fn a_day_that_is_not_what_was_sealed_is_not_removed() {
    let trail = Trail::open().await;
    trail.live(40).await;
    trail.upkeep(None).await;
    // Whoever has the file in hand can do this; what follows shows it.
    let on_its_table = if fixture::is_on_a_server() { " ON audit" } else { "" };
    trail.sql(&format!("DROP TRIGGER audit_is_never_changed{on_its_table}")).await.expect("dropped");
    trail.sql("UPDATE audit SET address = '10.9.9.9' WHERE id = 2").await.expect("forged");
    trail.upkeep(Some(30)).await;
    let kept = trail.lines().await;
    assert_eq!((kept.len(), kept[1].address.as_deref()), (120, Some("10.9.9.9")), "the forged day stays, as evidence, and all after it");
}

#[tokio::test]
async fn lines_of_a_clock_that_was_ahead_keep_nothing_else_and_go_with_the_day_they_were_written_on() {
    let trail = Trail::open().await;
    trail.live(2).await;
    trail.clock.advance_seconds(400 * DAY_S);
    trail.record(2).await;
    trail.clock.advance_seconds(-400 * DAY_S);
    trail.live(40).await;
    trail.upkeep(Some(30)).await;
    let kept = trail.lines().await;
    let oldest = kept.first().expect("lines").at;
    assert!(trail.clock.now().millis_since(oldest) <= 31 * DAY_S * 1000 && oldest <= trail.clock.now(), "all that was due went");
    assert!(kept.iter().all(|line| line.at <= trail.clock.now()), "those that were ahead too");
}

#[tokio::test]
async fn a_line_ahead_waits_while_nothing_confirms_the_clock_and_when_nothing_follows_it() {
    let trail = Trail::open().await;
    trail.live(2).await;
    trail.clock.advance_seconds(400 * DAY_S);
    trail.record(2).await;
    trail.clock.advance_seconds(-400 * DAY_S);
    trail.live(40).await;
    let retention = Retention::new(Audit::new(Arc::clone(&trail.store), trail.clock.clone()), Some(30));
    retention.upkeep(Confirmation::Wrong).await.expect("kept up");
    let last = trail.store.last_audit_period().await.expect("readable").expect("the days before are sealed");
    assert_eq!(last.last_id, 6, "nothing from the line ahead on");
    trail.clock.advance_seconds(DAY_S);
    trail.clock.advance_seconds(400 * DAY_S);
    trail.record(1).await;
    trail.clock.advance_seconds(-400 * DAY_S);
    retention.upkeep(Confirmation::Right).await.expect("kept up");
    let last = trail.store.last_audit_period().await.expect("readable").expect("sealed");
    assert_eq!(last.last_id, 128, "the last one waits: nothing says before which day it was written");
}

#[tokio::test]
async fn a_line_of_a_clock_that_was_behind_goes_no_sooner_than_those_before_it() {
    let trail = Trail::open().await;
    let record_behind = async || {
        trail.clock.advance_seconds(-5000 * DAY_S);
        trail.record(1).await;
        trail.clock.advance_seconds(5000 * DAY_S);
    };
    trail.record(3).await;
    record_behind().await;
    trail.clock.advance_seconds(DAY_S);
    trail.upkeep(Some(30)).await;
    assert_eq!(trail.lines().await.len(), 4, "it is of the day before it, and not due yet");
    // The first line after a sealed day.
    record_behind().await;
    trail.record(3).await;
    trail.upkeep(Some(30)).await;
    let last = trail.store.last_audit_period().await.expect("readable").expect("sealed");
    assert_eq!((last.first_id, last.last_id, last.newest_at), (5, 5, START), "no older than the day before it");
    assert_eq!(trail.lines().await.len(), 8, "nothing is due yet");
}
