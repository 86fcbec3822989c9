//! Databases that somebody else had in hand.

use super::*;
use crate::store::{Store, fixture};

/// `VESTIBULE_WRITE_CATALOGUE=1` writes the file anew, on a server.
#[tokio::test]
async fn the_catalogue_is_what_the_steps_make_on_a_server() {
    if !fixture::is_on_a_server() {
        // There is no server to ask: this runs with the store's other tests on one.
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let there = store.read(|visit| objects(visit, Place::Server)).await.expect("readable");
    let line = |((kind, name), object): (&(String, String), &Object)| format!("{kind}\t{name}\t{}\t{}\n", object.table, object.definition);
    let written: String = there.iter().map(line).collect();
    if std::env::var_os("VESTIBULE_WRITE_CATALOGUE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/catalogue.txt"), &written).expect("written");
        return;
    }
    assert!(written.lines().count() > 100, "{written}");
    assert_eq!(written, CATALOGUE);
}

async fn told(store: &Store) -> Vec<String> {
    let made = if fixture::is_on_a_server() { &postgres::MADE } else { &sqlite::MADE };
    let found = store.read(move |visit| differences(visit, made)).await.expect("readable");
    found.into_iter().map(|difference| difference.told.replace('\u{a0}', " ")).collect()
}

#[tokio::test]
async fn what_somebody_else_did_to_the_schema_is_told_by_name() {
    let on_file: &[(&[&str], &[&str])] = &[
        (
            &["ALTER TABLE devices RENAME TO elsewhere", "CREATE VIEW devices AS SELECT * FROM elsewhere"],
            &["la table « devices » est devenue la vue", "« elsewhere »"],
        ),
        (
            &["CREATE TRIGGER sneaky AFTER INSERT ON sign_ins BEGIN SELECT 1; END"],
            &["le déclencheur « sneaky » (table sign_ins) ne vient pas du serveur de connexion"],
        ),
        (&["DROP TRIGGER audit_is_never_changed"], &["le déclencheur « audit_is_never_changed » (table audit) manque"]),
        (&["DROP INDEX sign_ins_by_key"], &["l’index « sign_ins_by_key » (table sign_ins) manque"]),
        (&["ALTER TABLE devices ADD COLUMN extra TEXT"], &["la table « devices » est définie autrement"]),
        (&["CREATE TABLE notes (account INTEGER REFERENCES accounts (id))"], &["la table « notes » ne vient pas du serveur de connexion"]),
        (&["DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)"], &["ne note plus l’étape 19"]),
        (&["DELETE FROM _sqlx_migrations WHERE version = 12", "DROP INDEX sign_ins_by_key"], &["ne note plus l’étape 12"]),
        (&["DELETE FROM _sqlx_migrations"], &["ne note plus l’étape 1,"]),
        (&["DROP TABLE _sqlx_migrations"], &["la table « _sqlx_migrations » manque"]),
    ];
    let on_server: &[(&[&str], &[&str])] = &[
        (
            &["ALTER TABLE devices RENAME TO elsewhere", "CREATE VIEW devices AS SELECT * FROM elsewhere"],
            &["la table « devices » est devenue la vue"],
        ),
        (
            &[
                "CREATE FUNCTION sneaky() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER sneaky BEFORE INSERT ON sign_ins FOR EACH ROW EXECUTE FUNCTION sneaky()",
            ],
            &["le déclencheur « sign_ins.sneaky » (table sign_ins) ne vient pas du serveur de connexion"],
        ),
        (
            &["ALTER TABLE audit DISABLE TRIGGER audit_is_never_changed"],
            &["le déclencheur « audit.audit_is_never_changed » (table audit) est défini autrement"],
        ),
        (
            &["CREATE OR REPLACE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"],
            &["la fonction « refuse_change_of_trail » est définie autrement"],
        ),
        (&["DROP INDEX audit_by_event"], &["l’index « audit_by_event » (table audit) manque"]),
        (
            &["ALTER TABLE devices ADD COLUMN extra TEXT"],
            &["la colonne « devices.extra » (table devices) ne vient pas du serveur de connexion"],
        ),
        (
            &["CREATE TABLE notes (account BIGINT REFERENCES accounts (id))"],
            &["la contrainte « notes.notes_account_fkey » (table notes) ne vient pas du serveur de connexion"],
        ),
        (&["CREATE UNIQUE INDEX one ON audit (event)"], &["l’index « one » (table audit) ne vient pas du serveur de connexion"]),
        (
            &["CREATE RULE hide AS ON UPDATE TO devices DO INSTEAD NOTHING"],
            &["la règle « devices.hide » (table devices) ne vient pas du serveur de connexion"],
        ),
        (&["DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)"], &["ne note plus l’étape 6"]),
        (&["DELETE FROM _sqlx_migrations WHERE version = 2", "DROP INDEX audit_by_event"], &["ne note plus l’étape 2"]),
        (&["DROP TABLE _sqlx_migrations"], &["la table « _sqlx_migrations » manque"]),
    ];
    for (statements, expected) in if fixture::is_on_a_server() { on_server } else { on_file } {
        let folder = tempfile::tempdir().expect("a folder");
        let store = fixture::open(folder.path()).await;
        assert_eq!(told(&store).await, Vec::<String>::new(), "as it was made");
        for statement in *statements {
            store.change(statement, &[]).await.expect(statement);
        }
        let found = told(&store).await.join("\n");
        for words in *expected {
            assert!(found.contains(words), "{words}: {found}");
        }
    }
}

/// Others may keep what is theirs on a server, and the administrator of one may add an index that refuses nothing.
#[tokio::test]
async fn what_acts_on_nothing_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let harmless: &[&str] = if fixture::is_on_a_server() {
        &["CREATE TABLE notes (text TEXT UNIQUE)", "CREATE INDEX faster ON audit (at)", "CREATE VIEW seen AS SELECT at FROM audit"]
    } else {
        &["ANALYZE"]
    };
    for statement in harmless {
        store.change(statement, &[]).await.expect(statement);
    }
    assert_eq!(told(&store).await, Vec::<String>::new());
}

/// Whoever hides behind a step that is noted no more hides no rule of the trail.
#[tokio::test]
async fn on_an_older_server_the_rules_of_the_trail_are_still_held_against_what_was_made() {
    if !fixture::is_on_a_server() {
        // An older file is made again whole, which the next test sees.
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    for statement in [
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
        "DROP TRIGGER audit_is_never_changed ON audit",
        "CREATE FUNCTION sneaky() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER sneaky BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION sneaky()",
    ] {
        store.change(statement, &[]).await.expect(statement);
    }
    let found = store.read(|visit| differences(visit, &postgres::MADE)).await.expect("readable");
    assert_eq!(found.iter().filter_map(Difference::rule_gone).collect::<Vec<_>>(), ["audit_is_never_changed"], "{found:?}");
    assert_eq!(found.iter().filter_map(Difference::rule_foreign).collect::<Vec<_>>(), ["sneaky"], "{found:?}");
}

/// The same program of before, which a start brings up to date.
#[test]
fn a_file_of_an_earlier_version_is_as_it_was_made_then() {
    for until in [10, 17, 18] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("companion.sqlite");
        let known = rusqlite::Connection::open(&file).expect("a file");
        known.execute_batch(sqlite::STEPS).expect("made");
        for step in sqlite::MADE.steps.iter().filter(|step| step.version <= until) {
            known.execute_batch(step.statements).expect("made");
            let noted = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, '', 1, ?2, 0)";
            known.execute(noted, rusqlite::params![step.version, step.checksum()]).expect("noted");
        }
        drop(known);
        let found = sqlite::look(&file, differences).expect("readable").expect("a file");
        assert_eq!(found, [], "{until}");
    }
}
