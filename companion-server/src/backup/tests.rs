//! What is saved and restored, and what is refused without a trace.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use tempfile::TempDir;
use vestibule_installation::Installation;
use vestibule_model::ErrorCode;

use super::*;
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
    for ending in ["", "-wal"] {
        fs::copy(with_ending(&scene.database(), ending), with_ending(&scene.at("saved/copy"), ending)).expect("copied");
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
    fs::write(scene.at("saved/two.partial"), "half").expect("written");
    {
        let under_way = fs::File::open(scene.at("saved/two.partial")).expect("there");
        under_way.lock().expect("locked");
        assert!(matches!(scene.save("saved/two"), Err(BackupRefused::Unwritten { .. })), "another one writes it");
    }
    scene.save("saved/two").expect("saved");
    assert_eq!(scene.names("saved"), ["one", "two"]);
}

#[tokio::test]
async fn what_cannot_be_saved_leaves_nothing() {
    let scene = Scene::new().await;
    fs::write(scene.at("saved/key"), "").expect("written");
    for (name, code, said) in [
        ("nowhere/one", ErrorCode::BackupRefused, "n’existe pas"),
        ("saved", ErrorCode::BackupRefused, "existe déjà"),
        ("one", ErrorCode::SealingKeyBesideDatabase, "la clé du coffre serait à côté"),
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

#[tokio::test]
async fn a_restoration_that_is_refused_changes_nothing() {
    let scene = Scene::new().await;
    for name in ["damaged", "foreign", "later", "one"] {
        scene.save(&format!("saved/{name}")).expect("saved");
    }
    let mut bytes = fs::read(scene.at("saved/damaged")).expect("there");
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    fs::write(scene.at("saved/damaged"), bytes).expect("written");
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
        ("saved/damaged", ErrorCode::BackupRefused, "abîmée"),
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
