//! What is saved and restored, and what is refused without a trace.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tempfile::TempDir;
use vestibule_installation::Installation;
use vestibule_model::ErrorCode;
use vestibule_model::practitioner::NationalId;

use super::*;
use crate::provider_name::ProviderName;
use crate::store::Store;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

struct Scene {
    folder: TempDir,
}

impl Scene {
    /// A memory with three lines in its trail.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["configuration", "memory", "saved"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let places = "[storage]\nsqlite_file = \"../memory/companion.sqlite\"\n[vault]\nkey_file = \"../key\"";
        let installation = Installation::least().without("storage").with(places);
        installation.write(&folder.path().join("configuration")).expect("written");
        let scene = Self { folder };
        scene.tell("INSERT INTO audit (at, event) VALUES (1, 'signed_in'), (2, 'signed_in'), (3, 'signed_in')").await;
        scene
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn database(&self) -> PathBuf {
        self.at("memory/companion.sqlite")
    }

    fn config(&self) -> PathBuf {
        self.at("configuration/companion.toml")
    }

    async fn tell(&self, statement: &str) {
        self.tell_at(&self.database(), statement).await;
    }

    async fn tell_at(&self, file: &Path, statement: &str) {
        Store::open_file(file).expect("a database").change(statement, &[]).await.expect(statement);
    }

    async fn lines(&self) -> usize {
        Store::open_file(&self.database()).expect("a database").audit_after(0, 100).await.expect("readable").len()
    }

    fn save(&self, name: &str) -> Result<Saved, BackupRefused> {
        save(&self.config(), &self.at(name))
    }

    fn restore(&self, name: &str) -> Result<Restored, BackupRefused> {
        restore(&self.config(), &self.at(name), NOW)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(folder)).expect("a folder").flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn what_is_saved_is_one_private_file_and_comes_back_with_what_was_there_kept_beside() {
    let scene = Scene::new().await;
    let told = scene.save("saved/one").expect("saved").to_text();
    assert!(told.contains("aucun défaut") && told.contains("lignes du journal d’audit  3"), "{told}");
    assert_eq!(scene.names("saved"), ["one"], "nothing beside it");
    assert_eq!(fs::metadata(scene.at("saved/one")).expect("saved").permissions().mode() & 0o777, 0o600);
    scene.tell("INSERT INTO audit (at, event) VALUES (4, 'signed_in')").await;
    let told = scene.restore("saved/one").expect("restored").to_text();
    assert!(told.contains("companion.sqlite.avant-20270115T080000Z"), "{told}");
    assert_eq!(scene.lines().await, 3);
    let aside = Store::open_file(&scene.at("memory/companion.sqlite.avant-20270115T080000Z")).expect("a database");
    assert_eq!(aside.audit_after(0, 100).await.expect("readable").len(), 4);
}

#[tokio::test]
async fn where_nothing_is_any_more_it_comes_back_to_an_empty_folder() {
    let scene = Scene::new().await;
    scene.save("saved/one").expect("saved");
    fs::remove_dir_all(scene.at("memory")).expect("lost");
    fs::create_dir(scene.at("memory")).expect("a folder");
    scene.restore("saved/one").expect("restored");
    let file = fs::metadata(scene.database()).expect("there");
    assert_eq!((file.mode() & 0o777, file.uid()), (0o600, fs::metadata(scene.at("memory")).expect("there").uid()));
    assert_eq!(scene.lines().await, 3);
}

/// What `cp` takes of a stopped companion's file, with what a kill left beside it.
#[tokio::test]
async fn a_copy_with_its_journal_beside_it_comes_back_whole() {
    let scene = Scene::new().await;
    let store = Store::open_file(&scene.database()).expect("a database");
    store.change("INSERT INTO audit (at, event) VALUES (4, 'signed_in')", &[]).await.expect("kept");
    for ending in ["", LOG] {
        fs::copy(beside(&scene.database(), ending), beside(&scene.at("saved/copy"), ending)).expect("copied");
    }
    drop(store);
    fs::remove_file(scene.database()).expect("lost");
    scene.restore("saved/copy").expect("restored");
    assert_eq!(scene.lines().await, 4);
}

#[tokio::test]
async fn nothing_is_overwritten_and_what_a_killed_command_left_is_no_hindrance() {
    let scene = Scene::new().await;
    fs::write(scene.at("saved/one"), "another").expect("written");
    assert!(matches!(scene.save("saved/one"), Err(BackupRefused::Exists(_))));
    assert_eq!(fs::read(scene.at("saved/one")).expect("there"), b"another");
    for name in ["two.vestibule-partial", "of another night.vestibule-partial", "of another night.vestibule-partial-wal", "film.partial"] {
        fs::write(scene.at("saved").join(name), "half").expect("written");
    }
    let under_way = fs::File::open(scene.at("saved/two.vestibule-partial")).expect("there");
    under_way.lock().expect("locked");
    assert!(matches!(scene.save("saved/two"), Err(BackupRefused::Unwritten { .. })), "another one writes it");
    scene.save("saved/three").expect("saved");
    assert_eq!(
        scene.names("saved"),
        ["film.partial", "one", "three", "two.vestibule-partial"],
        "what is written stays, and what is another's"
    );
    under_way.unlock().expect("unlocked");
    scene.save("saved/four").expect("saved");
    assert_eq!(scene.names("saved"), ["film.partial", "four", "one", "three"]);
}

#[tokio::test]
async fn what_cannot_be_saved_leaves_nothing() {
    let scene = Scene::new().await;
    fs::write(scene.at("saved/key"), "").expect("written");
    for (name, code, said) in [
        ("nowhere/one", ErrorCode::BackupRefused, "n’existe pas"),
        ("saved", ErrorCode::BackupRefused, "existe déjà"),
        ("one", ErrorCode::BackupRefused, "serait à côté de la sauvegarde"),
        ("memory/companion.sqlite-wal", ErrorCode::BackupRefused, "un nom que SQLite donne"),
        ("memory/companion.sqlite-journal", ErrorCode::BackupRefused, "un nom que SQLite donne"),
        ("saved/other.SQLITE-SHM", ErrorCode::BackupRefused, "un nom que SQLite donne"),
    ] {
        let refused = scene.save(name).expect_err(name);
        assert!(refused.code() == code && refused.to_string().contains(said), "{name}: {refused}");
    }
    fs::write(scene.database(), "no database at all, whatever its name may say of it").expect("written");
    let refused = scene.save("saved/one").expect_err("not a database").to_string();
    assert!(refused.contains("n’est pas une base de données"), "{refused}");
    fs::remove_file(scene.database()).expect("removed");
    assert!(matches!(scene.save("saved/one"), Err(BackupRefused::NoMemory(_))));
    assert_eq!(scene.names("saved"), ["key"]);
}

/// Bytes of another page, in the middle of the file.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).expect("there");
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    fs::write(file, bytes).expect("written");
}

#[tokio::test]
async fn a_memory_that_is_damaged_is_not_saved_as_if_it_were_sound() {
    // What only a reading of the copy finds, and what the copying itself meets.
    for (fault, said) in [("a line that names nobody", "bon état"), ("bytes of another page", "endommagée")] {
        let scene = Scene::new().await;
        if fault == "a line that names nobody" {
            let other = rusqlite::Connection::open(scene.database()).expect("a database");
            other.execute_batch("PRAGMA foreign_keys = off; INSERT INTO identities VALUES ('psc', '899700000001', 424242)").expect(fault);
        } else {
            damage(&scene.database());
        }
        let refused = scene.save("saved/one").expect_err(fault);
        assert!(refused.code() == ErrorCode::BackupRefused && refused.to_string().contains(said), "{fault}: {refused}");
        assert_eq!(scene.names("saved"), Vec::<String>::new(), "{fault}");
    }
}

#[tokio::test]
async fn a_memory_that_cannot_be_looked_at_is_not_said_to_be_missing() {
    let scene = Scene::new().await;
    fs::rename(scene.at("memory"), scene.at("elsewhere")).expect("moved");
    fs::write(scene.at("memory"), "a file where a folder was").expect("written");
    let refused = scene.save("saved/one").expect_err("no way there");
    assert!(matches!(refused, BackupRefused::Unread { .. }) && !refused.to_string().contains("n’existe pas"), "{refused}");
    let denied = BackupRefused::unread(&scene.database())(io::ErrorKind::PermissionDenied.into());
    assert_eq!(denied.code(), ErrorCode::AccountLacksAccess);
    assert!(denied.to_string().starts_with("VST-3025") && denied.to_string().contains("ce compte n’y a pas accès"), "{denied}");
}

/// Each of these sign-ins makes an account and its identity, both or neither.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_saved_while_people_sign_in_is_one_moment_with_all_that_was_kept_before() {
    let scene = Scene::new().await;
    let store = Arc::new(Store::open_file(&scene.database()).expect("a database"));
    fs::set_permissions(scene.database(), fs::Permissions::from_mode(0o640)).expect("as an administrator may");
    let (kept, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let signing_in: Vec<_> = (0..4)
        .map(|worker| {
            let (store, kept, over) = (Arc::clone(&store), Arc::clone(&kept), Arc::clone(&over));
            tokio::spawn(async move {
                let mut number = 0_u32;
                while !over.load(Ordering::Relaxed) {
                    let person = NationalId::parse(&format!("8997{worker}{number:07}")).expect("a number");
                    let jkt = format!("key {worker} {number}");
                    store.recognise(&ProviderName::PSC, &person, &jkt, NOW, NOW).await.expect("kept");
                    kept.fetch_add(1, Ordering::SeqCst);
                    number += 1;
                }
                u64::from(number)
            })
        })
        .collect();
    let mut last = 0;
    for round in 0..20 {
        let before = kept.load(Ordering::SeqCst);
        let name = format!("saved/{round}");
        let (config, to) = (scene.config(), scene.at(&name));
        tokio::task::spawn_blocking(move || save(&config, &to)).await.expect("no panic").expect("saved");
        let file = fs::metadata(scene.at(&name)).expect("there");
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "no wider than the memory's");
        let saved = rusqlite::Connection::open_with_flags(scene.at(&name), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database");
        let count = |table: &str| {
            saved.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).expect(table).unsigned_abs()
        };
        last = count("accounts");
        assert_eq!(count("identities"), last, "half of a sign-in in {round}");
        assert!(last >= before, "{before} were kept before {round} began, {last} are in it");
        assert!(kept.load(Ordering::SeqCst) + 4 >= last);
    }
    over.store(true, Ordering::Relaxed);
    let mut all = 0;
    for worker in signing_in {
        all += worker.await.expect("no panic");
    }
    assert!(last > 0 && all >= last, "people signed in all the while");
    assert_eq!(scene.names("saved").len(), 20, "nothing beside");
}

#[tokio::test]
async fn two_restorations_within_a_second_keep_both_of_what_was_there() {
    let scene = Scene::new().await;
    scene.save("saved/one").expect("saved");
    for number in [4, 5, 6] {
        for _ in 3..number {
            scene.tell("INSERT INTO audit (at, event) VALUES (4, 'signed_in')").await;
        }
        scene.restore("saved/one").expect("restored");
    }
    let at = |ending: &str| scene.at(&format!("memory/companion.sqlite.avant-20270115T080000Z{ending}"));
    for (ending, lines) in [("", 4), ("-2", 5), ("-3", 6)] {
        let aside = Store::open_file(&at(ending)).expect("a database");
        assert_eq!(aside.audit_after(0, 100).await.expect("readable").len(), lines, "{ending}");
    }
}

#[tokio::test]
async fn behind_a_link_the_file_itself_is_exchanged_and_the_link_stays() {
    let scene = Scene::new().await;
    scene.save("saved/one").expect("saved");
    fs::create_dir(scene.at("disk")).expect("a folder");
    fs::rename(scene.database(), scene.at("disk/real.sqlite")).expect("moved");
    std::os::unix::fs::symlink(scene.at("disk/real.sqlite"), scene.database()).expect("a link");
    scene.tell("INSERT INTO audit (at, event) VALUES (4, 'signed_in')").await;
    {
        let _serving = Tenancy::take(&scene.at("disk/real.sqlite")).expect("a lock").expect("free");
        assert!(matches!(scene.restore("saved/one"), Err(BackupRefused::Served(_))), "another configuration names the file itself");
    }
    let told = scene.restore("saved/one").expect("restored").to_text();
    assert!(told.contains("disk/real.sqlite"), "{told}");
    assert!(fs::symlink_metadata(scene.database()).expect("there").is_symlink());
    assert_eq!(scene.lines().await, 3);
    assert!(scene.at("disk/real.sqlite.avant-20270115T080000Z").exists());
    fs::remove_file(scene.at("disk/real.sqlite")).expect("removed");
    let refused = scene.restore("saved/one").expect_err("nothing is behind it");
    assert!(matches!(refused, BackupRefused::BrokenLink { .. }), "{refused}");
    assert!(fs::symlink_metadata(scene.database()).expect("there").is_symlink());
}

#[tokio::test]
async fn a_memory_that_another_hand_changed_is_saved_with_a_word_and_not_restored() {
    let scene = Scene::new().await;
    scene.tell("CREATE TRIGGER sneaky AFTER INSERT ON audit BEGIN SELECT 1; END").await;
    let told = scene.save("saved/one").expect("saved: nobody is left without").to_text();
    assert!(told.contains("«\u{a0}sneaky\u{a0}» (table audit) ne vient pas du serveur de connexion"), "{told}");
    let refused = scene.restore("saved/one").expect_err("refused");
    assert!(matches!(refused, BackupRefused::Foreign { .. }) && refused.to_string().contains("sneaky"), "{refused}");
    let config = Config::read(&scene.config()).expect("read");
    let looked = preflight::database(&config, &crate::clock::SystemClock).await.expect_err("as a start would, and the diagnosis");
    assert!(looked.code() == ErrorCode::StorageUnavailable && looked.to_string().contains("sneaky"), "{looked}");
    assert!(!scene.names("memory").iter().any(|name| name.contains("avant") || name.contains("restored")), "nothing was exchanged");
}

#[tokio::test]
async fn a_restoration_that_is_refused_changes_nothing() {
    let scene = Scene::new().await;
    for name in ["damaged", "foreign", "later", "one"] {
        scene.save(&format!("saved/{name}")).expect("saved");
    }
    damage(&scene.at("saved/damaged"));
    scene.tell_at(&scene.at("saved/foreign"), "INSERT INTO environment (name) VALUES ('production')").await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', 1, x'00', 0)";
    scene.tell_at(&scene.at("saved/later"), later).await;
    fs::write(scene.at("saved/other"), "a text").expect("written");
    let stranger = rusqlite::Connection::open(scene.at("saved/stranger")).expect("a database");
    stranger.execute_batch("CREATE TABLE notes (text TEXT)").expect("a table");
    drop(stranger);
    scene.tell("INSERT INTO audit (at, event) VALUES (4, 'signed_in')").await;
    for (name, code, said) in [
        ("saved/none", ErrorCode::BackupRefused, "n’existe pas"),
        ("saved/other", ErrorCode::BackupRefused, "n’est pas une base de données"),
        ("saved/damaged", ErrorCode::BackupRefused, "endommagée"),
        ("saved/stranger", ErrorCode::BackupRefused, "bon état"),
        ("saved/foreign", ErrorCode::EnvironmentMixed, "production"),
        ("saved/later", ErrorCode::BackupRefused, "version plus récente"),
        ("memory/companion.sqlite", ErrorCode::BackupRefused, "est la base elle-même"),
    ] {
        let refused = scene.restore(name).expect_err(name);
        assert!(refused.code() == code && refused.to_string().contains(said), "{name}: {refused}");
        assert_eq!(scene.lines().await, 4, "{name}");
    }
    {
        let _serving = Tenancy::take(&scene.database()).expect("a lock").expect("free");
        assert!(matches!(scene.restore("saved/one"), Err(BackupRefused::Served(_))));
    }
    let _rotation = Tenancy::take(&scene.at("memory/companion.sqlite.rotation")).expect("a lock").expect("free");
    assert!(matches!(scene.restore("saved/one"), Err(BackupRefused::Rotating(_))));
    let left: Vec<String> = scene.names("memory").into_iter().filter(|name| !name.ends_with(".lock")).collect();
    assert_eq!(left, ["companion.sqlite"]);
}
