//! What only a file of SQLite does.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use vestibule_model::exchange::SignInState;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::connection::{Connection, Purpose};
use crate::clock::Timestamp;
use crate::provider_name::ProviderName;
use crate::store::{AuditRow, Inserted, NewSignInRow, ReturnAddress, SecretHash, SignInKey, Store, StoreError, WayBack};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

async fn open() -> (TempDir, PathBuf, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("companion.sqlite");
    let store = Store::open_file(&file).expect("a database");
    (folder, file, store)
}

fn row(id: &str, request: &str) -> NewSignInRow {
    NewSignInRow {
        provider: ProviderName::PSC,
        id: SignInId(id.to_owned()),
        jkt: "key".to_owned(),
        app_address: "10.0.0.7".to_owned(),
        way_back: WayBack::Loopback(ReturnAddress {
            redirect_uri: "http://127.0.0.1:49152/cb/x".to_owned(),
            app_state: "state".to_owned(),
        }),
        device_code: None,
        group_name: None,
        code_challenge: "challenge".to_owned(),
        device_label: None,
        match_number: "07".to_owned(),
        request: SecretHash::of_text(request),
        created_at: NOW,
        ends_at: NOW.plus_seconds(600),
        stage_ends_at: NOW.plus_seconds(120),
    }
}

#[tokio::test]
async fn a_device_that_only_joined_a_group_is_listed_under_its_own_name_and_never_signed_in() {
    let (_folder, _, store) = open().await;
    let started = NewSignInRow { device_label: Some("POSTE-ESSAI".to_owned()), ..row("id", "request") };
    assert!(matches!(store.insert_sign_in(started, 1000).await, Ok(Inserted::Kept)));
    assert_eq!(store.devices(NOW).await.expect("readable"), [], "a start alone is not known");
    store.join_group("key", "accueil", Default::default(), NOW).await.expect("joined");
    let listed = store.devices(NOW).await.expect("readable");
    let [device] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((device.jkt.as_str(), device.last_sign_in_at, device.people, device.has_session), ("key", None, 0, false));
    assert_eq!((device.label.as_deref(), device.group_name.as_deref()), (Some("POSTE-ESSAI"), Some("accueil")));
}

#[tokio::test]
async fn only_what_may_be_begun_anew_does_not_wait_for_the_disk() {
    let (_folder, _, store) = open().await;
    let synchronous = |visit: &mut dyn crate::store::visit::Visit| visit.scalar::<i64>("PRAGMA synchronous", &[]);
    let (full, normal) = (2, 1);
    assert_eq!(store.write(synchronous).await.expect("read"), full);
    assert_eq!(store.write_soon(synchronous).await.expect("read"), normal);
    assert_eq!(store.write(synchronous).await.expect("read"), full, "again");
}

#[tokio::test]
async fn a_command_that_fails_takes_nobody_else_down() {
    let (_folder, _, store) = open().await;
    let store = Arc::new(store);
    let commands = (0..40).map(|number| {
        let store = Arc::clone(&store);
        // Every second command breaks a constraint: same request as the one before it.
        let request = format!("request {}", number / 2);
        tokio::spawn(async move { store.insert_sign_in(row(&format!("id {number}"), &request), 1000).await })
    });
    let outcomes: Vec<_> = futures::future::join_all(commands).await.into_iter().map(|joined| joined.expect("no panic")).collect();
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Ok(Inserted::Kept))).count(), 20);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Sqlite(_)))).count(), 20);
    for (number, outcome) in outcomes.iter().enumerate() {
        let kept = store.sign_in(SignInKey::Id(SignInId(format!("id {number}")))).await.expect("readable").is_some();
        assert_eq!(kept, outcome.is_ok(), "what was answered is what is kept");
    }
}

/// A writer that is kept busy until all those who are to share its next commit stand in line.
struct Held {
    open_door: std::sync::mpsc::Sender<()>,
    first: tokio::task::JoinHandle<Result<bool, StoreError>>,
}

impl Held {
    async fn before(store: &Arc<Store>) -> Self {
        let (open_door, door) = std::sync::mpsc::channel::<()>();
        let door = std::sync::Mutex::new(door);
        let (entered, mut inside) = tokio::sync::mpsc::unbounded_channel();
        let store = Arc::clone(store);
        let first = tokio::spawn(async move {
            let wait = move |_: &mut dyn crate::store::visit::Visit| {
                entered.send(()).map_err(|_| StoreError::Stopped)?;
                Ok(door.lock().expect("unpoisoned").recv().is_ok())
            };
            store.write(wait).await
        });
        inside.recv().await.expect("the writer begins");
        Self { open_door, first }
    }

    async fn let_go(self) {
        self.open_door.send(()).expect("it waits");
        assert!(self.first.await.expect("no panic").expect("kept"));
    }
}

/// Wherever in its group it stands: what a command changed before it failed is undone, and nothing else is.
#[tokio::test]
async fn what_a_failing_command_had_changed_is_undone_alone_first_between_and_last() {
    let mark = |place: u8, fails: bool| {
        move |visit: &mut dyn crate::store::visit::Visit| {
            let bytes = [place];
            visit.execute(
                "INSERT INTO forgotten_keys (key_id, forgotten_at) VALUES (?1, 0)",
                &[crate::store::visit::Value::Bytes(&bytes)],
            )?;
            if fails { Err(StoreError::Unreadable("a test")) } else { Ok(()) }
        }
    };
    for pattern in ["f", "fo", "of", "ofo", "ffo", "foof", "ff"] {
        let (_folder, _, store) = open().await;
        let store = Arc::new(store);
        let held = Held::before(&store).await;
        let mut waiting = Vec::new();
        for (place, kind) in pattern.chars().enumerate() {
            let (store, command) = (Arc::clone(&store), mark(u8::try_from(place).expect("few"), kind == 'f'));
            waiting.push(tokio::spawn(async move { store.write(command).await }));
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        held.let_go().await;
        let mut kept = Vec::new();
        for (place, (kind, outcome)) in pattern.chars().zip(waiting).enumerate() {
            assert_eq!(outcome.await.expect("no panic").is_ok(), kind == 'o', "{pattern}");
            if kind == 'o' {
                kept.push(format!("{place:02X}"));
            }
        }
        let found = store.write(|visit| visit.scalars::<String>("SELECT hex(key_id) FROM forgotten_keys ORDER BY key_id", &[])).await;
        assert_eq!(found.expect("readable"), kept, "{pattern}");
    }
}

/// A savepoint copies each page that it sees changed: nobody pays for it unless one of the group failed.
#[tokio::test]
async fn a_group_runs_once_and_once_more_by_itself_when_one_of_it_failed() {
    // What stands behind the one that failed had not run yet.
    for (pattern, runs) in [("o", "1"), ("f", "1"), ("ooo", "111"), ("ofo", "221"), ("foo", "211")] {
        let (_folder, _, store) = open().await;
        let store = Arc::new(store);
        let held = Held::before(&store).await;
        let mut waiting = Vec::new();
        for kind in pattern.chars() {
            let (store, counted) = (Arc::clone(&store), Arc::new(std::sync::atomic::AtomicU32::new(0)));
            let count = Arc::clone(&counted);
            waiting.push(tokio::spawn(async move {
                let outcome = store.write(move |_| {
                    count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if kind == 'f' { Err(StoreError::Unreadable("a test")) } else { Ok(()) }
                });
                assert_eq!(outcome.await.is_ok(), kind == 'o');
                counted.load(std::sync::atomic::Ordering::Relaxed)
            }));
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        held.let_go().await;
        let mut counted = String::new();
        for waited in waiting {
            counted.push_str(&waited.await.expect("no panic").to_string());
        }
        assert_eq!(counted, runs, "{pattern}");
    }
}

/// What savepoints put back and what is sorted is kept in memory: pages of the database, with names in them, are never written beside it.
#[tokio::test]
async fn nothing_of_the_database_is_written_into_a_temporary_file_whoever_opens_it() {
    let (_folder, file, _store) = open().await;
    let in_memory = 2;
    for purpose in [Purpose::Write, Purpose::Read, Purpose::Try, Purpose::Fill, Purpose::Look] {
        let mut connection = Connection::open(&file, purpose).expect("opened");
        let visit: &mut dyn crate::store::visit::Visit = &mut connection;
        assert_eq!(visit.scalar::<i64>("PRAGMA temp_store", &[]).expect("read"), in_memory);
    }
}

#[tokio::test]
async fn an_answered_write_is_there_for_another_process() {
    let (_folder, file, store) = open().await;
    store.insert_sign_in(row("id", "request"), 1000).await.expect("kept");
    let other = Store::open_file(&file).expect("the same database");
    let found = other.sign_in(SignInKey::Request(SecretHash::of_text("request"))).await.expect("readable").expect("there");
    assert_eq!(found.stage.state(), SignInState::Created);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_undo_its_write() {
    let (_folder, _, store) = open().await;
    let store = Arc::new(store);
    let impatient = Arc::clone(&store);
    let caller = tokio::spawn(async move { impatient.insert_sign_in(row("id", "request"), 1000).await });
    tokio::task::yield_now().await;
    caller.abort();
    // The writer serves in order: once this is answered, the former one was served.
    store.insert_sign_in(row("other id", "other request"), 1000).await.expect("kept");
    let was_sent = store.sign_in(SignInKey::Id(SignInId("id".to_owned()))).await.expect("readable").is_some();
    assert!(was_sent);
}

#[tokio::test]
async fn an_id_in_use_is_drawn_again() {
    let (_folder, _, store) = open().await;
    assert_eq!(store.insert_sign_in(row("id", "request"), 1000).await.expect("kept"), Inserted::Kept);
    assert_eq!(store.insert_sign_in(row("id", "other request"), 1000).await.expect("not kept"), Inserted::IdTaken);
}

#[tokio::test]
async fn a_store_that_cannot_be_written_refuses_and_recovers_by_itself() {
    let (_folder, file, store) = open().await;
    let other = rusqlite::Connection::open(&file).expect("a second connection");
    let rename = |from: &str, to: &str| {
        other.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).expect("an administrator at the file");
    };
    rename("sign_ins", "sign_ins_elsewhere");
    assert!(matches!(store.insert_sign_in(row("id", "request"), 1000).await, Err(StoreError::Sqlite(_))));
    rename("sign_ins_elsewhere", "sign_ins");
    assert_eq!(store.insert_sign_in(row("id", "request"), 1000).await.expect("kept"), Inserted::Kept);
}

#[tokio::test]
async fn exi_18_accounts_are_keyed_by_exact_bytes() {
    let (_folder, _, store) = open().await;
    let id = |text: &str| NationalId::parse(text).expect("an id");
    let account =
        async |text: &str| store.recognise(&ProviderName::PSC, &id(text), "key", Timestamp(0), NOW).await.expect("an account").account_id;
    let first = account("899700000001/é").await;
    assert_eq!(account("899700000001/é").await, first);
    for other in ["899700000001/e\u{301}", "899700000001/É", "0899700000001/é", "899700000001"] {
        assert_ne!(account(other).await, first, "{other}");
    }
    let kept = store.national_id(first).await.expect("readable").expect("known");
    assert_eq!(kept.expose(), "899700000001/é");
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, _, store) = open().await;
    store.insert_sign_in(row("id", "request"), 1000).await.expect("kept");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let entry = entry.expect("a file");
        assert_eq!(entry.metadata().expect("readable").permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
        seen += 1;
    }
    assert_eq!(seen, 3, "database, journal and its index");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_everyone_may_read_is_closed_to_them_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, file, store) = open().await;
    drop(store);
    let mode = || std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777;
    for (left, right) in [(0o644, 0o640), (0o666, 0o660), (0o640, 0o640), (0o600, 0o600)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(left)).expect("restored carelessly");
        Store::open_file(&file).expect("a database");
        assert_eq!(mode(), right, "{left:o}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("companion.sqlite");
    std::fs::write(&file, "this is a letter to my grandmother, and by no means a database of any kind\n".repeat(50)).expect("written");
    assert!(Store::open_file(&file).is_err());
    assert!(matches!(Store::open_file(&folder.path().join("missing/companion.sqlite")), Err(StoreError::File(_))));
}

#[tokio::test]
async fn sign_ins_of_before_the_three_exchanges_go_on_as_loopback() {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("companion.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut before = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
    sqlx::migrate!("./migrations").run_direct(Some(1), &mut before, false).await.expect("the first schema");
    let statement =
        "INSERT INTO sign_ins (id, state, jkt, app_address, redirect_uri, code_challenge, app_state, match_number, request_hash,
                                           cookie_hash, created_at, ends_at, stage_ends_at)
                     VALUES ('7F3K-9QXM', 'opened', 'key', '10.0.0.7', 'http://127.0.0.1:49152/cb/x', 'challenge', 'state', '07', x'00',
                             zeroblob(32), 1, 2, 3)";
    sqlx::query(statement).execute(&mut before).await.expect("under way");
    before.close().await.expect("closed");

    let store = Store::open_file(&file).expect("brought up to date");
    let kept = store.sign_in(SignInKey::Id(SignInId("7F3K-9QXM".to_owned()))).await.expect("readable").expect("still there");
    let WayBack::Loopback(address) = kept.way_back else { panic!("it started by loopback") };
    assert_eq!((address.redirect_uri.as_str(), address.app_state.as_str()), ("http://127.0.0.1:49152/cb/x", "state"));
    assert_eq!((kept.stage.state(), kept.group_name), (SignInState::Opened, None));
}

#[tokio::test]
async fn a_sign_out_owed_by_an_older_version_is_owed_still_and_sends_no_browser() {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("companion.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut before = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
    sqlx::migrate!("./migrations").run_direct(Some(13), &mut before, false).await.expect("the former schema");
    let statement = "INSERT INTO sign_outs (sign_in_id, id_token_sealed, ticket_hash, created_at, ends_at, address_number)
                     VALUES ('7F3K-9QXM', x'010203', zeroblob(32), 1, 100, 2)";
    sqlx::query(statement).execute(&mut before).await.expect("owed");
    before.close().await.expect("closed");

    let store = Store::open_file(&file).expect("brought up to date");
    let owed = store.waiting_sign_outs(10, Timestamp(5)).await.expect("readable");
    let kept: Vec<_> =
        owed.iter().map(|owed| (owed.id.0.as_str(), &owed.id_token_sealed[..], owed.is_for_browser, owed.was_tried)).collect();
    assert_eq!(kept, [("7F3K-9QXM", &[1, 2, 3][..], false, true)]);
    let mut after = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
    sqlx::query("INSERT INTO forgotten_keys (key_id, forgotten_at) VALUES (x'0102030405060708', 1)")
        .execute(&mut after)
        .await
        .expect("forgotten");
    let late = "INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES ('AAAA-BBBB', x'010102030405060708', 1, 2)";
    let late = sqlx::query(late).execute(&mut after).await.expect_err("its key is forgotten").to_string();
    assert!(late.contains("sealed under a forgotten key"), "{late}");
}

#[tokio::test]
async fn a_polling_sign_in_has_no_way_out_through_the_browser_even_in_the_memory() {
    let (_folder, file, store) = open().await;
    let polling = |id: &str| NewSignInRow { way_back: WayBack::Polling, device_code: Some(SecretHash::of_text(id)), ..row(id, id) };
    assert_eq!(store.insert_sign_in(polling("first"), 1000).await.expect("kept"), Inserted::Kept);
    let without_device_code = NewSignInRow { device_code: None, ..polling("second") };
    assert!(matches!(store.insert_sign_in(without_device_code, 1000).await, Err(StoreError::Sqlite(_))));
    let with_device_code = NewSignInRow { device_code: Some(SecretHash::of_text("third")), ..row("third", "third") };
    assert!(matches!(store.insert_sign_in(with_device_code, 1000).await, Err(StoreError::Sqlite(_))));
    let administrator = rusqlite::Connection::open(&file).expect("the file");
    let update = |change: &str| administrator.execute(&format!("UPDATE sign_ins SET {change} WHERE id = 'first'"), []);
    assert_eq!(update("device_label = 'POSTE'").expect("what no rule forbids"), 1);
    for change in ["code_hash = x'00'", "redirect_uri = 'http://127.0.0.1:49152/cb/x'", "app_state = 'state'", "device_code_hash = NULL"] {
        let refused = update(change).expect_err(change).to_string();
        assert!(refused.contains("CHECK constraint"), "{change}: {refused}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("base");
    std::fs::write(&file, "ceci n’est pas une base de données, mais c’est assez long pour en avoir l’air d’une".repeat(20))
        .expect("written");
    let opened = Store::open_file(&file).err().expect("no database");
    let seen = crate::store::Glance::of_file(&file, Timestamp(0)).expect_err("no database");
    for error in [opened, seen] {
        assert!(error.in_french().starts_with("ce fichier n’est pas une base de données"), "{}", error.in_french());
    }
    let absent = Store::open_file(&folder.path().join("nulle/part")).err().expect("no folder");
    assert_eq!(absent.in_french(), "le fichier n’existe pas");
}

#[tokio::test]
async fn the_number_of_an_erased_account_is_given_to_nobody_else() {
    let (_folder, _file, store) = open().await;
    let id = |text: &str| NationalId::parse(text).expect("an id");
    let account =
        async |text: &str| store.recognise(&ProviderName::PSC, &id(text), "key", Timestamp(0), NOW).await.expect("an account").account_id;
    let erased = account("8-national-doctor").await;
    store.erase_person(&id("8-national-doctor"), (Arc::new(|_| None), AuditRow::default()), NOW).await.expect("answers").expect("known");
    assert_ne!(account("8-national-nurse").await, erased);
}

/// The migrator of the versions before reads the folder itself: whatever it finds there is a step of ours, and the other way round.
#[test]
fn every_step_in_the_folder_is_taken_in_its_order() {
    let folder = sqlx::migrate!("./migrations");
    let found: Vec<_> = folder.iter().map(|step| (step.version, &*step.description, step.checksum.to_vec())).collect();
    let known: Vec<_> = super::MIGRATIONS.iter().map(|step| (step.version, step.description, step.checksum())).collect();
    assert_eq!(known, found);
}

#[tokio::test]
async fn people_known_before_providers_had_names_are_those_of_pro_sante_connect() {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("companion.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut before = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
    sqlx::migrate!("./migrations").run_direct(Some(14), &mut before, false).await.expect("the former schema");
    for statement in [
        "INSERT INTO accounts (id, national_id, created_at) VALUES (7, '899700000001', 1), (8, '899700000002', 1)",
        "INSERT INTO pairs (account_id, jkt, created_at, last_sign_in_at) VALUES (7, 'key', 1, 1800000000000)",
        "INSERT INTO devices (jkt, last_account_id, last_sign_in_at) VALUES ('key', 8, 1800000000000)",
        "INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES ('7F3K-9QXM', x'010203', 1, 1900000000000)",
    ] {
        sqlx::query(statement).execute(&mut before).await.expect("kept");
    }
    before.close().await.expect("closed");

    let store = Store::open_file(&file).expect("brought up to date");
    let person = NationalId::parse("899700000001").expect("an id");
    let known = store.recognise(&ProviderName::PSC, &person, "key", Timestamp(0), NOW).await.expect("recognised");
    assert_eq!((known.account_id, known.pair_known, known.last_account_id), (7, true, Some(8)));
    assert_eq!(store.national_id(7).await.expect("readable").expect("known").expose(), "899700000001");
    let elsewhere = store.recognise(&ProviderName::of("other"), &person, "key", Timestamp(0), NOW).await.expect("recognised");
    assert!(!elsewhere.pair_known && elsewhere.account_id != 7, "another provider's subject is somebody else");
    assert_eq!(store.waiting_sign_outs(10, NOW).await.expect("readable")[0].provider, ProviderName::PSC);
    let mut after = sqlx::SqliteConnection::connect_with(&options).await.expect("a database");
    let broken: Vec<sqlx::sqlite::SqliteRow> = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut after).await.expect("checked");
    assert!(broken.is_empty(), "a line names one that is gone");
}
