//! What a copy refuses before it has anything to do with a server that answers.

use std::fs;

use tempfile::TempDir;
use vestibule_installation::Installation;
use vestibule_installation::place::write_private;

use super::*;
use crate::store::Store;

/// A configuration on a file that holds something, and one on a server at this address.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new(address: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, storage) in [("before", "sqlite_file = \"../memory/companion.sqlite\""), ("after", "postgres_url_file = \"url\"")] {
            let here = folder.path().join(name);
            fs::create_dir(&here).expect("a folder");
            let installation =
                Installation::least().without("storage").with(&format!("[storage]\n{storage}\n[vault]\nkey_file = \"../key\""));
            installation.write(&here).expect("written");
        }
        fs::create_dir_all(folder.path().join("memory")).expect("a folder");
        write_private(&folder.path().join("after/url"), address).expect("written");
        Self { folder }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("memory/companion.sqlite")
    }

    async fn filled(address: &str) -> Self {
        let scene = Self::new(address);
        let store = Store::open_file(&scene.database()).expect("a database");
        store.change("INSERT INTO audit (at, event) VALUES (1, 'signed_in')", &[]).await.expect("kept");
        scene
    }

    fn config(&self, name: &str) -> PathBuf {
        self.folder.path().join(name).join("companion.toml")
    }

    /// In a thread where nothing else waits.
    fn refused(&self, from: &str, to: &str) -> CopyRefused {
        let (from, to) = (self.config(from), self.config(to));
        std::thread::spawn(move || copy(&from, &to, Timestamp(1)).expect_err("refused")).join().expect("no panic")
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_or_empty_is_named_and_not_made() {
    let scene = Scene::new("postgres://x@127.0.0.1:1/y");
    let refused = scene.refused("before", "after");
    assert!(matches!(&refused, CopyRefused::NoMemory(file) if file.ends_with("memory/companion.sqlite")), "{refused}");
    assert!(!scene.database().exists());
    fs::write(scene.database(), "").expect("written");
    assert!(matches!(scene.refused("before", "after"), CopyRefused::NoMemory(_)));
}

#[tokio::test]
async fn a_file_that_a_companion_serves_or_a_rotation_goes_through_is_left_alone() {
    let scene = Scene::filled("postgres://x@127.0.0.1:1/y").await;
    {
        let _serving = Tenancy::take(&scene.database()).expect("a lock").expect("free");
        let refused = scene.refused("before", "after");
        let told = refused.to_string();
        assert!(told.starts_with("VST-3027\u{a0}: un serveur de connexion utilise la base") && told.ends_with("arrêtez-le"), "{refused}");
        assert!(told.contains("memory/companion.sqlite"), "{refused}");
    }
    let _rotation = Tenancy::take(&scene.database().with_file_name("companion.sqlite.rotation")).expect("a lock").expect("free");
    assert!(matches!(scene.refused("before", "after"), CopyRefused::Rotating(_)));
}

#[tokio::test]
async fn a_memory_does_not_go_from_one_environment_to_another() {
    let scene = Scene::filled("postgres://x@127.0.0.1:1/y").await;
    let other = |kept: Installation| kept.with("service.public_url = \"https://vestibule.example\"\npsc.environment = \"bas\"");
    Installation::edit(&scene.folder.path().join("after"), other).expect("edited");
    let refused = scene.refused("before", "after");
    assert!(matches!(refused, CopyRefused::OtherEnvironment) && refused.code() == ErrorCode::EnvironmentMixed, "{refused}");
}

#[tokio::test]
async fn two_configurations_of_one_kind_are_refused() {
    let scene = Scene::filled("postgres://x@127.0.0.1:1/y").await;
    for name in ["before", "after"] {
        assert!(matches!(scene.refused(name, name), CopyRefused::SameKind), "{name}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_had_is_told_with_what_is_wrong() {
    for (address, said) in [
        ("postgres://x@127.0.0.1:1/y", "«\u{a0}storage.postgres_url_file\u{a0}»"),
        ("postgres://x@192.0.2.1/y?sslmode=disable", "sslmode=disable"),
        ("postgres://x@127.0.0.1", "ne nomme pas de serveur ou pas de base"),
        ("n’importe quoi", "n’est pas de la forme"),
    ] {
        let scene = Scene::filled(address).await;
        let refused = scene.refused("before", "after");
        let text = refused.to_string().replace(' ', "\u{a0}");
        assert_eq!(refused.code(), ErrorCode::StorageUnavailable, "{address}: {text}");
        assert!(text.contains(&said.replace(' ', "\u{a0}")) && text.contains("after/companion.toml"), "{address}: {text}");
    }
}

#[tokio::test]
async fn a_file_of_a_later_program_is_not_touched() {
    let scene = Scene::filled("postgres://x@127.0.0.1:1/y").await;
    let store = Store::open_file(&scene.database()).expect("opened");
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', 1, x'00', 0)";
    store.change(later, &[]).await.expect("kept");
    drop(store);
    let refused = scene.refused("before", "after").to_string();
    assert!(refused.contains("version plus récente"), "{refused}");
}

/// A seal under this key, as the vault writes them.
const SEALED: &str = "x'01aaaaaaaaaaaaaaaa01'";

/// What is wrong with a copy of a memory with something of everything that is looked at, after this was done to it.
async fn looked_at_after(alteration: &str) -> CopyRefused {
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let files = folders.each_ref().map(|folder| folder.path().join("companion.sqlite"));
    let store = Store::open_file(&files[0]).expect("a database");
    for line in [
        "INSERT INTO audit (at, event) VALUES (1, 'first'), (1, 'second')",
        "INSERT INTO sign_ins (id, state, is_open, jkt, app_address, exchange, code_challenge, match_number, request_hash, identity_changed, created_at,
             ends_at, stage_ends_at, redirect_uri, app_state) VALUES ('s1', 'failed', 0, 'k1', '10.0.0.7', 'loopback', 'c', '07', x'aa', 0, 1, 2, 3, 'http://127.0.0.1/cb', 'state')",
        &format!("INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at) VALUES ('s1', {SEALED}, 1, 2)"),
    ] {
        store.change(line, &[]).await.expect(line);
    }
    let day = AuditPeriod { first_id: 1, last_id: 2, lines: 2, newest_at: Timestamp(1), ..AuditPeriod::default() };
    let day = AuditPeriod { sealed_at: Timestamp(2), content: Some(crate::store::SealHash::default()), ..day };
    let day = sealed_now(&mut HeldDatabase::of_file(&files[0]).expect("held"), &day).expect("readable");
    store.seal_audit_period(day).await.expect("sealed");
    drop(store);
    {
        let [mut from, mut to] = files.each_ref().map(|file| HeldDatabase::of_file(file).expect("held"));
        to.fill_from(&mut from).expect("copied");
        to.keep().expect("kept");
    }
    let store = Store::open_file(&files[1]).expect("a database");
    for statement in alteration.split(';') {
        store.change(statement, &[]).await.expect(statement);
    }
    drop(store);
    let [mut from, mut to] = files.each_ref().map(|file| HeldDatabase::of_file(file).expect("held"));
    let (leaving, keys) = (from.counts().expect("counted"), from.key_census().expect("counted"));
    look_again(&mut from, &mut to, leaving, &keys).expect_err("looked at")
}

#[tokio::test]
async fn whatever_arrived_otherwise_than_it_left_is_found() {
    for (alteration, found) in [
        ("DELETE FROM sign_outs", "le nombre de lignes"),
        ("UPDATE sign_outs SET id_token_sealed = x'01bbbbbbbbbbbbbbbb01'", "les données chiffrées"),
        ("DROP TRIGGER audit_periods_only_become_pruned; UPDATE audit_periods SET sealed_at = 9", "les sceaux du journal d’audit"),
        ("DROP TRIGGER audit_is_never_changed; UPDATE audit SET event = 'forged' WHERE id = 2", "les lignes du journal d’audit"),
    ] {
        let said = looked_at_after(alteration).await;
        assert!(matches!(said, CopyRefused::Differs(what) if what == found), "{alteration}: {said}");
    }
}
