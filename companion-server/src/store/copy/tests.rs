//! A memory taken from a file into the database that the tests run on, and from there into another file.

use std::collections::BTreeSet;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::clock::Timestamp;
use crate::store::visit::Row;
use crate::store::{AuditPeriod, SealHash, Store, fixture};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const DAY_S: i64 = 24 * 60 * 60;
/// More than are taken at a time.
const MANY: usize = 2 * BATCH + 3;

/// A line or two of everything.
const LINES: &str = "
    INSERT INTO accounts VALUES (-7, 1, 2), (9223372036854775807, 3, NULL);
    INSERT INTO identities VALUES ('psc', '899700000001', -7), ('other', 'é', -7), ('psc', '899700000002', 9223372036854775807);
    INSERT INTO devices (jkt, last_account_id, last_sign_in_at, label) VALUES ('k1', -7, 5, 'POSTE-É'), ('k2', NULL, 6, NULL);
    INSERT INTO asked_anew VALUES ('k1', 8, 8);
    INSERT INTO forgotten_keys VALUES (x'0102030405060708', 9);
    INSERT INTO sign_ins (id, state, is_open, jkt, app_address, exchange, redirect_uri, app_state, code_challenge, match_number, request_hash,
        provider_state_hash, pending_sealed, account_id, identity_changed, created_at, ends_at, stage_ends_at)
        VALUES ('s1', 'at_provider', 1, 'k1', '10.0.0.7', 'loopback', 'http://127.0.0.1/cb', 'état', 'c', '07', x'aa', x'bb', x'01ffffffffffffffff99', -7, 0, 1, 2, 3);
    INSERT INTO sign_ins (id, state, is_open, error_code, jkt, app_address, exchange, code_challenge, match_number, request_hash, device_code_hash,
        typed_code_mac, typed_tries, identity_changed, created_at, ends_at, stage_ends_at)
        VALUES ('s2', 'failed', 0, 4011, 'k2', '10.0.0.8', 'code', 'c', '08', x'ab', x'cd', x'01ffffffffffffffff98', 2, 1, 1, 2, 3);
    INSERT INTO grants VALUES ('s1', x'01ffffffffffffffff01', x'01ffffffffffffffff02', 'CPS', 'eidas1', 4, 5, 1, 'other');
    INSERT INTO sessions (sign_in_id, account_id, jkt, identity_changed, created_at, last_activity_at, absolute_ends_at, rules, new_workstation)
        VALUES ('s1', -7, 'k1', 0, 1, 2, 3, '{\"a\":1}', 1);
    INSERT INTO session_tokens VALUES (x'00', 's1', 'access', 1, 2), (x'ff', 's1', 'refresh', 1, 2);
    INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at, server_only, finished_at)
        VALUES ('s1', x'01ffffffffffffffff03', 1, 2, 1, NULL), ('s2', NULL, 1, 2, 0, 7);
    INSERT INTO sign_out_addresses VALUES (x'0a', 's1');
";

fn period(first_id: i64, last_id: i64, previous: u8) -> AuditPeriod {
    AuditPeriod {
        first_id,
        last_id,
        lines: last_id - first_id + 1,
        newest_at: NOW.plus_seconds(-90 * DAY_S),
        previous_hash: SealHash([previous; 32]),
        hash: SealHash([previous + 1; 32]),
        sealed_at: NOW,
        content: Some(SealHash([previous + 2; 32])),
    }
}

async fn record(store: &Store, at: Timestamp, event: &str) {
    let insert = "INSERT INTO audit (at, event) VALUES (?1, ?2)";
    store.change(insert, &[at.0.into(), event.into()]).await.expect("kept");
}

/// A file with something in each table; of its trail the first day is gone, the second sealed, the third open.
async fn filled() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open_file(&folder.path().join("companion.sqlite")).expect("a database");
    for line in LINES.split(';').filter(|line| !line.trim().is_empty()) {
        store.change(line, &[]).await.expect(line);
    }
    store.write(|visit| many(visit)).await.expect("kept");
    for number in 1..=9 {
        let at = NOW.plus_seconds(-90 * DAY_S + number);
        record(&store, at, &format!("event {number}")).await;
    }
    store.seal_audit_period(period(1, 3, 0)).await.expect("sealed");
    store.seal_audit_period(period(4, 6, 1)).await.expect("sealed");
    assert!(store.prune_audit_period(1, AuditRow::default(), NOW).await.expect("pruned"));
    assert_eq!(store.remove_pruned_audit(100).await.expect("removed"), 3);
    folder
}

fn many(visit: &mut dyn Visit) -> Result<(), StoreError> {
    for number in 0..MANY {
        let key = format!("key {number}");
        visit.execute(
            "INSERT INTO pairs VALUES (?2, ?1, NULL, 1, 2, NULL)",
            &[Value::Text(&key), Value::Integer(if number % 2 == 0 { -7 } else { i64::MAX })],
        )?;
        visit.execute("INSERT INTO device_groups VALUES (?1, 'accueil', 3)", &[Value::Text(&key)])?;
    }
    Ok(())
}

/// Every line of every table, in words that are the same whatever the database; truths are numbers.
fn everything(held: &mut HeldDatabase) -> Vec<BTreeSet<String>> {
    let said = |row: &Row| {
        let columns = row.columns().iter().map(|column| match column {
            Column::Boolean(truth) => Column::Integer(i64::from(*truth)),
            other @ (Column::Null | Column::Integer(_) | Column::Text(_) | Column::Bytes(_)) => other.clone(),
        });
        format!("{:?}", columns.collect::<Vec<_>>())
    };
    let mut all = Vec::new();
    for Table { name, columns, .. } in TABLES {
        let rows = held.0.rows(&format!("SELECT {} FROM {name}", columns.join(", ")), &[]).expect("readable");
        all.push(rows.iter().map(said).collect());
    }
    all
}

fn held_file(folder: &Path) -> HeldDatabase {
    HeldDatabase::of_file(&folder.join("companion.sqlite")).expect("held")
}

#[tokio::test]
async fn a_memory_goes_into_the_other_database_and_comes_back_line_by_line() {
    let (source, back) = (filled().await, tempfile::tempdir().expect("a folder"));
    let there = tempfile::tempdir().expect("a folder");
    let folders = [source.path(), there.path(), back.path()].map(Path::to_owned);
    let (before, after) = postgres::apart(move || {
        let [source, there, back] = folders;
        let mut from = held_file(&source);
        let mut to = fixture::hold(&there)?;
        to.fill_from(&mut from)?;
        assert_eq!(to.counts()?, from.counts()?);
        to.keep()?;
        let (mut there, mut back) = (fixture::hold(&there)?, held_file(&back));
        back.fill_from(&mut there)?;
        let after = everything(&mut back);
        assert_eq!(everything(&mut there), after);
        back.keep()?;
        Ok((everything(&mut from), after))
    })
    .await
    .expect("copied");
    assert!(before.iter().all(|lines| !lines.is_empty()), "something of each table: {before:?}");
    assert_eq!(before, after);

    // Both trails go on after their last line, under all of their rules.
    for store in [fixture::open(there.path()).await, Store::open_file(&back.path().join("companion.sqlite")).expect("opened")] {
        record(&store, NOW, "after").await;
        let last = store.audit_after(0, 100).await.expect("readable").pop().expect("a line");
        assert_eq!((last.id, last.event.as_str()), (11, "after"));
        for refused in ["UPDATE audit SET event = ''", "DELETE FROM audit WHERE id = 5", "DELETE FROM audit_periods"] {
            assert!(store.change(refused, &[]).await.is_err_and(|error| error.is_refused_by_rule()), "{refused}");
        }
        assert!(store.seal_audit_period(period(8, 9, 2)).await.is_err(), "a line between two periods");
        store.seal_audit_period(period(7, 9, 2)).await.expect("sealed");
        record(&store, NOW, "later").await;
    }
}

#[tokio::test]
async fn what_was_not_kept_was_never_there() {
    let (source, there) = (filled().await, tempfile::tempdir().expect("a folder"));
    let folders = [source.path(), there.path()].map(Path::to_owned);
    let left = postgres::apart(move || {
        let [source, there] = folders;
        let mut from = held_file(&source);
        let mut to = fixture::hold(&there)?;
        to.fill_from(&mut from)?;
        drop(to);
        fixture::hold(&there)?.counts()
    })
    .await
    .expect("looked at");
    assert!(left.iter().all(|(_, lines)| *lines == 0), "{left:?}");
    let store = fixture::open(there.path()).await;
    record(&store, NOW, "first").await;
    assert_eq!(store.audit_after(0, 2).await.expect("readable").first().map(|line| line.id), Some(1));
}

#[tokio::test]
async fn a_trail_of_which_every_line_is_gone_goes_on_after_its_last_number() {
    let (source, there) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let store = Store::open_file(&source.path().join("companion.sqlite")).expect("a database");
    for number in 1..=3 {
        let at = NOW.plus_seconds(-90 * DAY_S);
        record(&store, at, &format!("event {number}")).await;
    }
    store.seal_audit_period(period(1, 3, 0)).await.expect("sealed");
    assert!(store.prune_audit_period(1, AuditRow::default(), NOW).await.expect("pruned"));
    store.remove_pruned_audit(100).await.expect("removed");
    drop(store);
    let folders = [source.path(), there.path()].map(Path::to_owned);
    postgres::apart(move || {
        let [source, there] = folders;
        let mut to = fixture::hold(&there)?;
        to.fill_from(&mut held_file(&source))?;
        to.keep()
    })
    .await
    .expect("copied");
    let store = fixture::open(there.path()).await;
    record(&store, NOW, "after").await;
    assert_eq!(store.audit_after(0, 2).await.expect("readable").first().map(|line| line.id), Some(4));
}

/// A migration that adds a table or a column is not done before this list has it too.
#[tokio::test]
async fn no_table_and_no_column_is_left_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let listed: BTreeSet<String> =
        TABLES.iter().flat_map(|table| table.columns.iter().map(|column| format!("{}.{column}", table.name))).collect();
    // Whose people they are is noted by the first start, under a configuration that names the same environment.
    let of_file = "SELECT tables.name || '.' || columns.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
                   WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tables.name NOT IN ('_sqlx_migrations', 'environment')";
    let of_server = "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns
                     WHERE table_schema = current_schema() AND table_name NOT IN ('_sqlx_migrations', 'environment', 'seen_proofs', 'nonce_seeds')";
    let file = Store::open_file(&folder.path().join("companion.sqlite")).expect("a database");
    assert_eq!(file.look::<String>(of_file, &[]).await.into_iter().collect::<BTreeSet<_>>(), listed);
    if fixture::is_on_a_server() {
        let server = fixture::open(folder.path()).await;
        assert_eq!(server.look::<String>(of_server, &[]).await.into_iter().collect::<BTreeSet<_>>(), listed);
    }
    let keys = "SELECT columns.name FROM pragma_table_info(?1) AS columns WHERE columns.pk > 0 ORDER BY columns.pk";
    for table in TABLES {
        let key: Vec<String> = file.look(keys, &[table.name.into()]).await;
        assert_eq!(table.columns[..table.key], key, "{}", table.name);
    }
    // A line names only what is already there.
    let parents = "SELECT DISTINCT parents.\"table\" FROM pragma_foreign_key_list(?1) AS parents";
    for (place, table) in TABLES.iter().enumerate() {
        for parent in file.look::<String>(parents, &[table.name.into()]).await {
            assert!(TABLES[..place].iter().any(|before| before.name == parent), "{} comes before {parent}", table.name);
        }
    }
}
