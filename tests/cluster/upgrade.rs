//! A database of a former version, and a companion of this one.

use vestibule_tests::cluster::mover::{Home, Mover};
use vestibule_tests::cluster::server;

use super::scene::Trip;

/// The schema as the first version with PostgreSQL made it.
const FIRST: &str = include_str!("../../companion-server/migrations/postgres/0001_memory.sql");
/// Its note of that, and somebody who signed in and whose sign-out is owed. Her national id is that of `camille`.
const OF_BEFORE: &str = "
    CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
        success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL);
    INSERT INTO accounts (id, national_id, created_at) VALUES (7, '899700999016', 1), (8, '899700000002', 1);
    INSERT INTO devices (jkt, last_account_id, last_sign_in_at) VALUES ('key', 8, 1);
    INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES ('7F3K-9QXM', '\\x010203', 1, 1);
    INSERT INTO forgotten_keys VALUES ('\\x0102030405060708', 1);";

#[tokio::test]
async fn a_database_of_the_first_version_goes_on_with_its_people() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    mover.database.ask(FIRST).await.expect("the former schema");
    mover.database.ask(OF_BEFORE).await.expect("lines of before");
    let noted =
        format!("INSERT INTO _sqlx_migrations VALUES (1, 'memory', now(), TRUE, sha384(convert_to($step${FIRST}$step$, 'UTF8')), 0)");
    mover.database.ask(&noted).await.expect("noted");

    mover.serve(Home::Server).await.expect("brought up to date");
    let mut trip = Trip::until(mover.app().expect("an app"), "camille", "").await;
    trip.ends_well().await;
    let hers = "SELECT count(*) FROM identities JOIN sessions USING (account_id) WHERE provider = 'psc' AND subject = '899700999016' AND account_id = 7";
    assert_eq!(mover.database.number(hers).await.expect("a number"), 1, "she is who she was");
    assert_eq!(mover.database.number("SELECT count(*) FROM accounts").await.expect("a number"), 2, "nobody was made anew");
    let late = "UPDATE sign_ins SET pending_sealed = '\\x010102030405060708'";
    let refused = mover.database.ask(late).await.expect_err("its key is forgotten").to_string();
    assert!(refused.contains("sealed under a forgotten key"), "{refused}");
    mover.end().await.expect("ends");
}
