//! A trail that was sealed, pruned and then tampered with by whoever holds the database.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::audit::{Audit, Entry, Event, Retention};
use crate::clock::{Clock, Confirmation, ManualClock, Timestamp};
use crate::store::{Store, fixture};

const DAY_S: i64 = 24 * 60 * 60;

struct Trail {
    folder: TempDir,
    store: Arc<Store>,
    now: Timestamp,
}

impl Trail {
    /// Three lines at each of 34 noons, of which the time of the oldest is over, and two of the day that goes on.
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(fixture::open(folder.path()).await);
        let clock = Arc::new(ManualClock::at(Timestamp(1_795_348_800_000)));
        let audit = Audit::new(Arc::clone(&store), clock.clone() as Arc<dyn Clock>);
        for day in 0..35 {
            for last in 1..=if day == 34 { 2 } else { 3 } {
                let from = IpAddr::V4(Ipv4Addr::new(10, 0, day, last));
                audit.record(Entry::new(Event::SignedIn).from(from)).await.expect("kept");
                clock.advance_seconds(1);
            }
            clock.advance_seconds(if day == 34 { 60 } else { DAY_S - 3 });
        }
        Retention::new(audit, Some(30)).upkeep(Confirmation::Right).await.expect("kept up");
        Self { folder, store, now: clock.now() }
    }

    /// Whoever holds the database does not mind its rules, and puts them back.
    async fn tamper(&self, statements: &[&str]) {
        for table in ["audit", "audit_periods"] {
            self.rules(table, false).await;
        }
        for statement in statements {
            assert!(self.store.change(statement, &[]).await.expect(statement) > 0, "{statement}");
        }
        for table in ["audit", "audit_periods"] {
            self.rules(table, true).await;
        }
    }

    async fn rules(&self, table: &str, are_there: bool) {
        if fixture::is_on_a_server() {
            let able = if are_there { "ENABLE" } else { "DISABLE" };
            self.store.change(&format!("ALTER TABLE {table} {able} TRIGGER USER"), &[]).await.expect("told");
            return;
        }
        let rules = if are_there {
            let made = sqlite_rules(table);
            assert!(!made.is_empty());
            made
        } else {
            let named = format!("SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '{table}'");
            self.store.look::<String>(&named, &[]).await
        };
        for rule in rules {
            self.store.change(&rule, &[]).await.expect("told");
        }
    }

    async fn verify(&self, noted: Option<SealHash>) -> Verification {
        self.verify_as_kept(noted, Some(30)).await
    }

    async fn verify_as_kept(&self, noted: Option<SealHash>, keep_days: Option<u32>) -> Verification {
        let now = self.now;
        let verified = fixture::trail(self.folder.path()).judge(move |view| Verification::of(view, noted, keep_days, now)).await;
        verified.expect("readable").expect("a trail")
    }

    async fn found_after(statements: &[&str]) -> Vec<Finding> {
        let trail = Self::open().await;
        trail.tamper(statements).await;
        trail.verify(None).await.findings
    }
}

/// As a new file has them.
fn sqlite_rules(table: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Store::open_file(&folder.path().join("new.sqlite")).expect("a database"));
    let made = rusqlite::Connection::open(folder.path().join("new.sqlite")).expect("a database");
    let mut rules = made.prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1").expect("a statement");
    rules.query_map([table], |row| row.get(0)).expect("rows").collect::<Result<_, _>>().expect("texts")
}

#[tokio::test]
async fn a_trail_that_nobody_touched_is_intact_through_the_seals_of_days_that_are_gone() {
    let trail = Trail::open().await;
    let verified = trail.verify(None).await;
    assert_eq!(verified.findings, []);
    // Five days are gone; that they went is five lines of the day that goes on.
    assert_eq!((verified.pruned_days, verified.intact_days, verified.intact_lines, verified.unsealed_lines), (5, 29, 87, 7));
    assert_eq!(verified.last_sealed_line, Some(102));
    let last = trail.store.last_audit_period().await.expect("readable").expect("sealed").hash;
    assert_eq!(verified.last_seal, Some(seal_text(last)));
    assert!(trail.verify(Some(last)).await.is_intact(), "the seal that was noted elsewhere is in it");
    assert_eq!(trail.verify(Some(SealHash([7; 32]))).await.findings, [Finding::SealGone]);
}

#[tokio::test]
async fn what_was_changed_removed_put_in_or_reordered_is_told_with_its_day() {
    let day = |lines: &[i64]| (40, 42, lines.to_vec());
    let (first, last, lines) = day(&[]);
    assert_eq!(
        Trail::found_after(&["UPDATE audit SET address = '10.9.9.9' WHERE id = 41"]).await,
        [Finding::Changed { first, last, lines }]
    );
    let (first, last, lines) = day(&[41]);
    assert_eq!(Trail::found_after(&["UPDATE audit SET error_code = 9999 WHERE id = 41"]).await, [Finding::Changed { first, last, lines }]);
    let (first, last, lines) = day(&[41]);
    assert_eq!(Trail::found_after(&["DELETE FROM audit WHERE id = 41"]).await, [Finding::Removed { first, last, count: 1, lines }]);
    let (first, last, lines) = day(&[41, 42]);
    assert_eq!(
        Trail::found_after(&[
            "UPDATE audit SET id = -7 WHERE id = 41",
            "UPDATE audit SET id = 41 WHERE id = 42",
            "UPDATE audit SET id = 42 WHERE id = -7"
        ])
        .await,
        [Finding::Reordered { first, last, lines }]
    );
}

/// Between two lines there is no number: whoever puts one in takes one, or begins where a day ends.
#[tokio::test]
async fn a_line_put_in_is_named() {
    let trail = Trail::open().await;
    trail.tamper(&["UPDATE audit_periods SET last_id = 43 WHERE first_id = 40", "DELETE FROM audit WHERE id = 43"]).await;
    // What stood there was of the day after.
    let found = trail.verify(None).await.findings;
    assert!(found.contains(&Finding::SealBroken { first: 43, last: 45 }), "{found:?}");
    let put_in = "INSERT INTO audit (id, at, event) VALUES (1000, 1798000000000, 'signed_in')";
    let trail = Trail::open().await;
    trail
        .tamper(&[put_in, "DELETE FROM audit WHERE id > 102 AND id < 1000", "UPDATE audit_periods SET last_id = 1000 WHERE last_id = 102"])
        .await;
    let found = trail.verify(None).await.findings;
    assert_eq!(
        found,
        [Finding::Inserted { first: 100, last: 1000, count: 1, lines: vec![1000] }, Finding::PrunedUntold { days: 5, told: 0 }],
        "the lines of five removals went too"
    );
    let found = Trail::found_after(&["DELETE FROM audit_periods WHERE first_id = 40"]).await;
    assert_eq!(
        found,
        [Finding::Inserted { first: 40, last: 42, count: 3, lines: vec![40, 41, 42] }, Finding::SealBroken { first: 43, last: 45 }]
    );
}

#[tokio::test]
async fn what_hides_below_the_numbers_goes_too_early_or_acts_on_the_trail_is_told() {
    let found = Trail::found_after(&["INSERT INTO audit (id, at, event) VALUES (-3, 1798000000000, 'signed_in')"]).await;
    assert_eq!(found, [Finding::Inserted { first: -3, last: -3, count: 1, lines: vec![-3] }]);
    let found = Trail::found_after(&[
        "UPDATE audit_periods SET pruned_at = newest_at + 86400000 WHERE first_id = 40",
        "DELETE FROM audit WHERE id BETWEEN 40 AND 42",
    ])
    .await;
    assert_eq!(found, [Finding::PrunedEarly { first: 40, last: 42 }, Finding::PrunedUntold { days: 6, told: 5 }]);
    let foreign: &[&str] = if fixture::is_on_a_server() {
        &[
            "CREATE FUNCTION sneaky() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER sneaky BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION sneaky()",
        ]
    } else {
        &["CREATE TRIGGER sneaky BEFORE INSERT ON audit BEGIN SELECT raise(ignore); END"]
    };
    let trail = Trail::open().await;
    for statement in foreign {
        trail.store.change(statement, &[]).await.expect("told");
    }
    assert_eq!(trail.verify(None).await.findings, [Finding::RulesForeign { rules: vec!["sneaky".to_owned()] }]);
}

#[tokio::test]
async fn days_that_went_sooner_than_the_configuration_says_are_told_though_every_seal_holds() {
    let trail = Trail::open().await;
    assert_eq!(trail.verify(None).await.early_days, [], "thirty days are what they were kept for");
    for (keep_days, expected) in [(Some(32), &[(10, 31), (13, 30)][..]), (None, &[(1, 34), (4, 33), (7, 32), (10, 31), (13, 30)])] {
        let verified = trail.verify_as_kept(None, keep_days).await;
        assert_eq!(verified.findings, []);
        let early: Vec<_> = verified.early_days.iter().map(|day| (day.first, day.kept_days)).collect();
        assert_eq!(early, expected, "{keep_days:?}");
    }
}

#[tokio::test]
async fn a_rule_on_any_table_that_writes_into_the_trail_is_told() {
    let rules: &[&str] = if fixture::is_on_a_server() {
        &[
            "CREATE FUNCTION sneaky() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO audit (at, event) VALUES (1, ''signed_in''); RETURN NULL; END'",
            "CREATE TRIGGER sneaky AFTER UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION sneaky()",
        ]
    } else {
        &["CREATE TRIGGER sneaky AFTER UPDATE ON accounts BEGIN INSERT INTO \"AUDIT\" (at, event) VALUES (1, 'signed_in'); END"]
    };
    let trail = Trail::open().await;
    if !fixture::is_on_a_server() {
        // What leaves the trail alone is for other commands to tell.
        trail.store.change("CREATE TRIGGER harmless AFTER UPDATE ON accounts BEGIN DELETE FROM sessions; END", &[]).await.expect("told");
        assert_eq!(trail.verify(None).await.findings, []);
    }
    for rule in rules {
        trail.store.change(rule, &[]).await.expect("told");
    }
    assert_eq!(trail.verify(None).await.findings, [Finding::RulesForeign { rules: vec!["sneaky".to_owned()] }]);
}

#[tokio::test]
async fn no_moment_and_no_number_that_somebody_writes_is_too_far_to_be_judged() {
    for extreme in [i64::MAX, i64::MIN] {
        let trail = Trail::open().await;
        for column in ["audit SET at = {} WHERE id = 104", "audit SET at = {} WHERE id = 103"] {
            trail.tamper(&[&format!("UPDATE {}", column.replace("{}", &extreme.to_string()))]).await;
        }
        assert_eq!(trail.verify(None).await.findings.len(), 0, "of lines that no seal covers nothing tells");
        for column in ["newest_at", "sealed_at", "lines", "first_id", "last_id"] {
            // What no rule of the table itself lets in.
            if matches!((column, extreme), ("first_id", i64::MAX) | ("last_id", i64::MIN)) {
                continue;
            }
            for first in [4, 40] {
                let found = Trail::found_after(&[&format!("UPDATE audit_periods SET {column} = {extreme} WHERE first_id = {first}")]).await;
                assert!(!found.is_empty(), "{column} {extreme}");
            }
        }
        let found = Trail::found_after(&[&format!("UPDATE audit_periods SET pruned_at = {extreme} WHERE first_id = 4")]).await;
        assert!(found.contains(&Finding::PrunedEarly { first: 4, last: 6 }), "{found:?}");
        let found = Trail::found_after(&[&format!("UPDATE audit SET id = {extreme} WHERE id = 41")]).await;
        assert!(!found.is_empty(), "{extreme}");
    }
}

#[tokio::test]
async fn a_seal_that_was_changed_is_told_apart_from_lines_that_were() {
    let other = if fixture::is_on_a_server() { "decode(repeat('07', 32), 'hex')" } else { "zeroblob(32)" };
    let found = Trail::found_after(&[&format!("UPDATE audit_periods SET hash = {other} WHERE first_id = 40")]).await;
    assert_eq!(found, [Finding::SealBroken { first: 40, last: 42 }, Finding::SealBroken { first: 43, last: 45 }]);
    // Nobody can compute a day again whose lines are gone: its seal is part of the next one.
    let found = Trail::found_after(&[&format!("UPDATE audit_periods SET hash = {other} WHERE first_id = 4")]).await;
    assert_eq!(found, [Finding::SealChanged { first: 4, last: 6 }, Finding::SealBroken { first: 7, last: 9 }]);
}

#[tokio::test]
async fn lines_of_the_day_that_goes_on_have_the_rules_of_the_database() {
    let trail = Trail::open().await;
    let on_its_table = if fixture::is_on_a_server() { " ON audit" } else { "" };
    trail.store.change(&format!("DROP TRIGGER audit_is_never_changed{on_its_table}"), &[]).await.expect("dropped");
    assert_eq!(trail.verify(None).await.findings, [Finding::RulesGone { rules: vec!["audit_is_never_changed".into()] }]);
    if !fixture::is_on_a_server() {
        let found = Trail::found_after(&["DELETE FROM audit WHERE id > 106"]).await;
        assert_eq!(found, [Finding::PrunedUntold { days: 5, told: 2 }, Finding::EndRemoved { after: 106, until: 109 }]);
    }
}

#[tokio::test]
async fn seals_that_are_gone_are_missed_as_long_as_no_companion_makes_others() {
    let mut expected = vec![Finding::Unsealed { first: 16, last: 18, is_any_left: false }];
    if !fixture::is_on_a_server() {
        expected.push(Finding::Hole { after: 0, before: 16 });
    }
    assert_eq!(Trail::found_after(&["DELETE FROM audit_periods"]).await, expected);
    let found = Trail::found_after(&["DELETE FROM audit_periods WHERE first_id >= 94"]).await;
    assert_eq!(found, [Finding::Unsealed { first: 94, last: 96, is_any_left: true }]);
    // A companion that stopped on a Friday evening: nobody could seal it since.
    let found = Trail::found_after(&["DELETE FROM audit_periods WHERE first_id = 100", "DELETE FROM audit WHERE id > 102"]).await;
    assert!(!found.iter().any(|finding| matches!(finding, Finding::Unsealed { .. })), "{found:?}");
}

/// A server draws some numbers for nothing.
#[tokio::test]
async fn a_line_that_is_gone_from_the_day_that_goes_on_leaves_its_number() {
    for (removed, hole) in [(103, (102, 104)), (104, (103, 105))] {
        let found = Trail::found_after(&[&format!("DELETE FROM audit WHERE id = {removed}")]).await;
        let (after, before) = hole;
        let expected = if fixture::is_on_a_server() { Vec::new() } else { vec![Finding::Hole { after, before }] };
        assert_eq!(found, expected, "{removed}");
    }
    if !fixture::is_on_a_server() {
        for counter in ["DELETE FROM sqlite_sequence WHERE name = 'audit'", "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audit'"] {
            assert_eq!(Trail::found_after(&[counter]).await, [Finding::CounterChanged { last: 109 }], "{counter}");
        }
        let copied = "INSERT INTO audit (at, event) VALUES (1798286400000, 'trail_copied')";
        assert_eq!(Trail::found_after(&["DELETE FROM audit WHERE id = 104", copied]).await, [], "numbers of a server came along");
    }
}

#[tokio::test]
async fn what_a_seal_says_of_its_day_is_under_it_even_when_the_day_is_gone() {
    for said in ["newest_at = newest_at - 1", "sealed_at = sealed_at + 1"] {
        for (first, last) in [(40, 42), (4, 6)] {
            let found = Trail::found_after(&[&format!("UPDATE audit_periods SET {said} WHERE first_id = {first}")]).await;
            assert_eq!(found, [Finding::SealChanged { first, last }], "{said}");
        }
    }
    // No rule of the database is in the way of this one, and no seal tells it.
    let found = Trail::found_after(&[
        "UPDATE audit_periods SET pruned_at = newest_at + 2678400000 WHERE first_id = 16",
        "DELETE FROM audit WHERE id BETWEEN 16 AND 18",
    ])
    .await;
    assert_eq!(found, [Finding::PrunedEarly { first: 16, last: 18 }, Finding::PrunedUntold { days: 6, told: 5 }]);
}

impl Trail {
    /// As the versions before sealed: over the lines alone, from the first day to the one before `until`.
    async fn seal_as_before(&self, until: i64) {
        for table in ["audit", "audit_periods"] {
            self.rules(table, false).await;
        }
        let sealed = fixture::trail(self.folder.path()).judge(move |view| {
            let mut previous = SealHash::default();
            let mut all = Vec::new();
            for seal in view.seals()? {
                let period = AuditPeriod { previous_hash: previous, content: seal.period.content, ..seal.period };
                let lines = super::all(view, period.first_id - 1, period.last_id)?;
                let rows: Vec<AuditRow> = lines.into_iter().filter_map(|line| line.row).collect();
                let form = AuditPeriod { content: period.content.filter(|_| period.first_id >= until), ..period };
                all.push(super::sealed(&form, &rows));
                previous = all.last().expect("pushed").hash;
            }
            Ok(all)
        });
        for period in sealed.await.expect("readable").expect("a trail") {
            let other = format!(
                "UPDATE audit_periods SET previous_hash = ?2, hash = ?3, content = {} WHERE first_id = ?1",
                if period.content.is_some() { "content" } else { "NULL" }
            );
            let values = [period.first_id.into(), period.previous_hash.0.to_vec().into(), period.hash.0.to_vec().into()];
            self.store.change(&other, &values).await.expect("told");
        }
        for table in ["audit", "audit_periods"] {
            self.rules(table, true).await;
        }
    }
}

#[tokio::test]
async fn seals_of_before_are_still_seals_and_their_moments_are_held_against_the_lines() {
    let trail = Trail::open().await;
    trail.seal_as_before(60).await;
    let verified = trail.verify(None).await;
    assert_eq!((verified.findings.as_slice(), verified.intact_days, verified.undated_days), (&[][..], 29, 5));
    for (said, first) in [("newest_at = newest_at - 1", 40), ("sealed_at = newest_at + 1000", 43)] {
        trail.tamper(&[&format!("UPDATE audit_periods SET {said} WHERE first_id = {first}")]).await;
        let found = trail.verify(None).await.findings;
        assert!(found.contains(&Finding::SealChanged { first, last: first + 2 }), "{said}: {found:?}");
    }
    // A seal of now that passes for one of before.
    let trail = Trail::open().await;
    trail.tamper(&["UPDATE audit_periods SET content = NULL WHERE first_id = 4"]).await;
    assert_eq!(trail.verify(None).await.findings, [Finding::SealBroken { first: 4, last: 6 }]);
}
