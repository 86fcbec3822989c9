//! A change of the vault's key, cut at every step.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::random::SystemRandom;
use crate::store::{Store, StoreError, fixture};
use crate::vault::{create_key_file, key_id_of};

/// A memory, its key file, and a companion's own view of both.
struct Scene {
    folder: TempDir,
    store: Arc<Store>,
    companion: Vault,
}

const PLACE: SealedPlace<'_> = SealedPlace { table: "grants", row: b"", column: "tokens" };

fn tokens_column() -> &'static SealedColumn {
    SEALED_COLUMNS.iter().find(|column| column.column == "tokens_sealed").expect("a column")
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key");
        create_key_file(&key, &SystemRandom).expect("a key");
        let store = Arc::new(fixture::open(folder.path()).await);
        Self { companion: Vault::open(&key, Arc::new(SystemRandom)).expect("opened"), folder, store }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn rotation(&self) -> Rotation {
        self.rotation_with(false, None)
    }

    fn rotation_with(&self, read_only: bool, new: Option<PathBuf>) -> Rotation {
        Rotation {
            store: self.store.clone(),
            clock: Arc::new(ManualClock::at(Timestamp(1_800_000_000_000))),
            random: Arc::new(SystemRandom),
            files: KeyFiles { in_service: self.file("key"), read_only, is_one_of_many: false, is_given_to_all: false, new },
            settle: Duration::ZERO,
        }
    }

    /// Writes one row as a companion does, with the keys of `vault`.
    async fn keep(&self, vault: &Vault, row: &str) -> Result<(), StoreError> {
        let seal = |column| vault.seal(&SealedPlace { row: row.as_bytes(), column, ..PLACE }, row.as_bytes()).0;
        let insert = "INSERT INTO grants (sign_in_id, practitioner_sealed, tokens_sealed, last_exchange_at) VALUES (?1, ?2, ?3, 0)";
        self.store.change(insert, &[row.into(), seal("practitioner").into(), seal("tokens").into()]).await.map(drop)
    }

    /// Rows that `vault` opens, of all.
    async fn opened(&self, vault: &Vault) -> (usize, usize) {
        let column = |column: &str| format!("SELECT {column} FROM grants ORDER BY sign_in_id");
        let names: Vec<String> = self.store.look(&column("sign_in_id"), &[]).await;
        let practitioners: Vec<Vec<u8>> = self.store.look(&column("practitioner_sealed"), &[]).await;
        let tokens: Vec<Vec<u8>> = self.store.look(&column("tokens_sealed"), &[]).await;
        let rows: Vec<_> = names.into_iter().zip(practitioners).zip(tokens).map(|((name, one), two)| (name, one, two)).collect();
        let opens = |row: &str, column, sealed: &[u8]| {
            vault.unseal(&SealedPlace { row: row.as_bytes(), column, ..PLACE }, sealed).is_ok_and(|plain| **plain == *row.as_bytes())
        };
        let open = rows.iter().filter(|(row, one, two)| opens(row, "practitioner", one) && opens(row, "tokens", two)).count();
        (open, rows.len())
    }

    /// Another file in the place of the one that is there.
    fn put(&self, ring: &KeyRing) {
        replace(&self.file("key"), ring, ErrorCode::KeyRotationNotBegun).expect("replaced");
    }

    fn ring(&self) -> KeyRing {
        crate::vault::read_key_file(&self.file("key")).expect("a ring")
    }
}

#[tokio::test]
async fn a_rotation_leaves_every_value_readable_and_the_former_key_useless() {
    let scene = Scene::new().await;
    for number in 0..250 {
        scene.keep(&scene.companion, &format!("row {number}")).await.expect("kept");
    }
    let before = fs::read(scene.file("key")).expect("a file");
    let former = scene.ring().current();
    let Outcome::Done { current, forgotten, moved, lost, alone_in, .. } = scene.rotation().run().await.expect("rotated") else {
        panic!("the file can be written")
    };
    assert_eq!((moved, lost, forgotten, alone_in), (500, 0, vec![former], Some(scene.file("key"))));
    assert_eq!(scene.ring().ids(), [current]);
    assert_eq!(scene.opened(&scene.companion).await, (250, 250), "for the companion that ran through it");
    assert_eq!(
        scene.opened(&Vault::open(&scene.file("key"), Arc::new(SystemRandom)).expect("opened")).await,
        (250, 250),
        "and after a restart"
    );
    let thief = Vault::with_ring(KeyRing::parse(&before).expect("the former key"), Arc::new(SystemRandom));
    assert_eq!(scene.opened(&thief).await, (0, 250));
    let census = scene.store.key_census().await.expect("counted");
    assert_eq!((census.under(current), census.under(former), census.forgotten), (500, 0, vec![former]));
}

#[tokio::test]
async fn nothing_is_kept_that_was_sealed_under_a_forgotten_key() {
    let scene = Scene::new().await;
    let slow = Vault::with_ring(scene.ring(), Arc::new(SystemRandom));
    scene.rotation().run().await.expect("rotated");
    let refused = scene.keep(&slow, "late").await.expect_err("refused");
    assert!(format!("{refused:?}").contains("sealed under a forgotten key"), "{refused:?}");
    scene.keep(&scene.companion, "fresh").await.expect("kept under the current key");
    let update = "UPDATE grants SET tokens_sealed = ?1";
    let late = slow.seal(&SealedPlace { row: b"fresh", ..PLACE }, b"x").0;
    let refused = format!("{:?}", scene.store.change(update, &[late.into()]).await.expect_err("refused"));
    assert!(refused.contains("sealed under a forgotten key"), "{refused}");
}

#[tokio::test]
async fn a_former_key_is_kept_while_a_value_lies_under_it() {
    let scene = Scene::new().await;
    scene.keep(&scene.companion, "sound").await.expect("kept");
    scene.keep(&scene.companion, "spoilt").await.expect("kept");
    // Another byte than the one that is there, whatever was drawn.
    let mut sealed: Vec<Vec<u8>> = scene.store.look("SELECT tokens_sealed FROM grants WHERE sign_in_id = 'spoilt'", &[]).await;
    sealed[0][60] ^= 1;
    let spoil = "UPDATE grants SET tokens_sealed = ?1 WHERE sign_in_id = 'spoilt'";
    scene.store.change(spoil, &[sealed.remove(0).into()]).await.expect("spoilt");
    let refused = scene.rotation().run().await.expect_err("one value does not open");
    assert!(matches!(refused, RotationRefused::Unreadable(1)), "{refused}");
    assert_eq!(refused.code(), ErrorCode::KeyRotationUnfinished);
    assert_eq!(scene.ring().former().len(), 1, "both keys are still there");
    scene.store.change("DELETE FROM grants WHERE sign_in_id = 'spoilt'", &[]).await.expect("its session ended");
    let outcome = scene.rotation().run().await.expect("finished");
    assert!(matches!(outcome, Outcome::Done { .. }) && scene.ring().former().is_empty());
}

#[tokio::test]
async fn a_rotation_interrupted_at_any_step_is_finished_by_the_next_one() {
    for step in 0..4 {
        let scene = Scene::new().await;
        for number in 0..5 {
            scene.keep(&scene.companion, &format!("row {number}")).await.expect("kept");
        }
        let former = scene.ring().current();
        let next = scene.ring().with_new_first(&SystemRandom);
        // Before the file was replaced.
        fs::write(scene.file("key.new"), "half a k").expect("written");
        if step >= 1 {
            replace(&scene.file("key"), &next, ErrorCode::KeyRotationNotBegun).expect("replaced");
        }
        if step >= 2 {
            let column = tokens_column();
            let vault = Vault::with_ring(next.clone(), Arc::new(SystemRandom));
            let rows = scene.store.sealed_elsewhere(column, next.current(), "", 3).await.expect("rows");
            let moved = wrap_again(&vault, column, rows, &mut Round::default());
            assert_eq!(scene.store.rewrap(column, moved).await.expect("some"), 3);
        }
        if step >= 3 {
            scene.rotation().wrap_all(&next).await.expect("all, and the former key forgotten");
        }
        assert_eq!(scene.opened(&scene.companion).await, (5, 5), "step {step}");
        scene.rotation().run().await.expect("finished");
        assert_eq!((scene.opened(&scene.companion).await, scene.ring().former().len()), ((5, 5), 0), "step {step}");
        assert_eq!(scene.store.key_census().await.expect("counted").forgotten, [former], "step {step}: one rotation, not two");
        assert!(!scene.file("key.new").exists());
    }
}

#[tokio::test]
async fn a_value_that_changed_meanwhile_is_not_overwritten() {
    let scene = Scene::new().await;
    scene.keep(&scene.companion, "row").await.expect("kept");
    let next = scene.ring().with_new_first(&SystemRandom);
    let vault = Vault::with_ring(next.clone(), Arc::new(SystemRandom));
    let column = tokens_column();
    let rows = scene.store.sealed_elsewhere(column, next.current(), "", 10).await.expect("rows");
    let moved = wrap_again(&vault, column, rows, &mut Round::default());
    let newer = scene.companion.seal(&SealedPlace { row: b"row", ..PLACE }, b"refreshed").0;
    scene.store.change("UPDATE grants SET tokens_sealed = ?1", &[newer.clone().into()]).await.expect("refreshed");
    assert_eq!(scene.store.rewrap(column, moved).await.expect("answered"), 0);
    let kept: Vec<Vec<u8>> = scene.store.look("SELECT tokens_sealed FROM grants", &[]).await;
    assert!(kept == [newer]);
}

#[tokio::test]
async fn a_key_of_the_service_manager_is_rotated_in_two_steps() {
    let scene = Scene::new().await;
    scene.keep(&scene.companion, "row").await.expect("kept");
    let (former, new) = (scene.ring().current(), scene.file("next"));
    let refused = scene.rotation_with(true, None).run().await.expect_err("nowhere to write");
    assert!(matches!(refused, RotationRefused::ReadOnly) && refused.to_string().contains("--new-key-file"), "{refused}");

    let rotation = scene.rotation_with(true, Some(new.clone()));
    let Outcome::ToInstall { file, current, .. } = rotation.run().await.expect("prepared") else { panic!("not installed yet") };
    assert_eq!((&file, crate::vault::read_key_file(&new).expect("a ring").ids()), (&new, vec![current, former]));
    assert!(matches!(rotation.run().await.expect("asked again"), Outcome::ToInstall { current: same, .. } if same == current));
    assert_eq!(
        (scene.ring().ids(), scene.store.key_census().await.expect("counted").under(former)),
        (vec![former], 2),
        "nothing happened yet"
    );

    fs::copy(&new, scene.file("key")).expect("the administrator installs it");
    let Outcome::Done { alone_in, moved, .. } = rotation.run().await.expect("finished") else { panic!("it is installed") };
    assert_eq!((alone_in, moved), (Some(new.clone()), 2));
    assert_eq!(crate::vault::read_key_file(&new).expect("a ring").ids(), [current]);
    assert_eq!(scene.opened(&scene.companion).await, (1, 1));

    let other = scene.file("other");
    create_key_file(&other, &SystemRandom).expect("a key of something else");
    let before = fs::read(&other).expect("a key");
    let refused = scene.rotation_with(true, Some(other.clone())).run().await.expect_err("not the next of this one");
    assert!(matches!(refused, RotationRefused::Occupied(_)), "{refused}");
    assert_eq!(refused.code(), ErrorCode::KeyRotationNotBegun);
    assert_eq!(fs::read(&other).expect("a key"), before);
}

/// Two companions, each with a key file of its own; the command runs beside the first. After every step each opens what the other seals.
#[tokio::test]
async fn companions_with_files_of_their_own_open_what_the_others_seal_at_every_step() {
    let scene = Scene::new().await;
    let (first, second, new) = (scene.file("key"), scene.file("second"), scene.file("next"));
    fs::copy(&first, &second).expect("the same key");
    let other = Vault::open(&second, Arc::new(SystemRandom)).expect("opened");
    let mut rotation = scene.rotation();
    rotation.files.is_one_of_many = true;
    let refused = rotation.run().await.expect_err("one file is not enough");
    assert!(matches!(refused, RotationRefused::ManyFiles) && refused.to_string().contains("--new-key-file"), "{refused}");
    rotation.files.new = Some(new.clone());

    let mut rows = 0;
    let mut both_seal_and_open = async |step: &str| {
        for vault in [&scene.companion, &other] {
            rows += 1;
            scene.keep(vault, &format!("row {rows}")).await.expect(step);
        }
        for vault in [&scene.companion, &other] {
            assert_eq!(scene.opened(vault).await, (rows, rows), "{step}");
        }
    };
    both_seal_and_open("before").await;
    let former = scene.ring().current();
    let prepared = rotation.run().await.expect("prepared");
    let Outcome::ToInstall { current, before: Some(before), .. } = prepared.clone() else { panic!("not installed yet") };
    for file in [&first, &second] {
        fs::copy(&before, file).expect("in its place");
        both_seal_and_open("it opens").await;
        assert_eq!(rotation.run().await.expect("asked too early"), prepared, "nothing is forgotten meanwhile");
    }
    for file in [&first, &second] {
        fs::copy(&new, file).expect("in its place");
        both_seal_and_open("it seals").await;
        assert_eq!(rotation.run().await.expect("asked too early"), prepared, "nothing is forgotten before somebody says that all have it");
    }
    rotation.files.is_given_to_all = true;
    let Outcome::Done { forgotten, lost, .. } = rotation.run().await.expect("finished") else { panic!("it is installed") };
    assert_eq!((forgotten, lost, scene.ring().current(), before.exists()), (vec![former], 0, current, false));
    both_seal_and_open("after").await;
    for file in [&first, &second] {
        fs::copy(&new, file).expect("alone");
        both_seal_and_open("alone").await;
    }
}

#[tokio::test]
async fn what_lies_where_the_file_to_give_first_goes_is_looked_at_and_never_removed_unless_it_is_that() {
    for is_one_of_many in [true, false] {
        let scene = Scene::new().await;
        let (new, before) = (scene.file("next"), scene.file("next.avant"));
        create_key_file(&before, &SystemRandom).expect("the administrator's own");
        let own = fs::read(&before).expect("a key");
        let mut rotation = scene.rotation_with(!is_one_of_many, Some(new.clone()));
        (rotation.files.is_one_of_many, rotation.files.is_given_to_all) = (is_one_of_many, true);
        if is_one_of_many {
            let refused = rotation.run().await.expect_err("not what would be given");
            assert!(matches!(&refused, RotationRefused::Occupied(file) if *file == before), "{refused}");
            assert!(!new.exists(), "nothing is made that the next run would trip over");
            fs::remove_file(&before).expect("out of the way");
        }
        rotation.run().await.expect("prepared");
        fs::write(&before, &own).expect("and back");
        fs::copy(&new, scene.file("key")).expect("installed");
        let done = rotation.run().await.expect("finished");
        assert!(matches!(done, Outcome::Done { .. }), "{done:?}");
        assert_eq!(fs::read(&before).expect("still there"), own, "many: {is_one_of_many}");
    }
    let scene = Scene::new().await;
    fs::create_dir(scene.file("next.avant")).expect("a folder");
    let mut rotation = scene.rotation_with(false, Some(scene.file("next")));
    rotation.files.is_one_of_many = true;
    assert!(matches!(rotation.run().await.expect_err("no file"), RotationRefused::Occupied(_)));
    assert!(!scene.file("next").exists());
}

#[tokio::test]
async fn a_two_step_rotation_killed_just_before_its_end_is_finished_by_the_next_run() {
    let scene = Scene::new().await;
    scene.keep(&scene.companion, "a").await.expect("kept");
    let new = scene.file("new");
    let rotation = scene.rotation_with(true, Some(new.clone()));
    let Outcome::ToInstall { current, .. } = rotation.run().await.expect("prepared") else { panic!("not installed yet") };
    fs::copy(&new, scene.file("key")).expect("installed");
    let prepared = fs::read(&new).expect("both keys");
    rotation.run().await.expect("rotated");
    // As if killed after the memory forgot the former key, and before the file lost it.
    fs::write(&new, prepared).expect("put back");

    let Outcome::Done { current: still, alone_in, .. } = rotation.run().await.expect("finished") else { panic!("finished") };
    assert_eq!((still, alone_in.as_ref()), (current, Some(&new)), "no further key is made");
    assert_eq!(crate::vault::read_key_file(&new).expect("a ring").ids(), vec![current]);
}

#[tokio::test]
async fn a_key_file_put_back_from_before_a_rotation_is_refused() {
    let scene = Scene::new().await;
    let before = fs::read(scene.file("key")).expect("a key");
    scene.rotation().run().await.expect("rotated");
    fs::write(scene.file("key"), &before).expect("put back");
    let refused = check(&scene.store, &scene.companion).await.expect_err("nothing it seals would be kept");
    assert_eq!(refused.code(), ErrorCode::SealingKeyForgotten, "{refused}");
    assert!(matches!(scene.rotation().run().await, Err(RotationRefused::Forgotten(_))));
}

#[tokio::test]
async fn a_companion_that_serves_does_not_take_a_key_file_that_opens_nothing_of_its_memory() {
    let scene = Scene::new().await;
    scene.keep(&scene.companion, "a").await.expect("kept");
    let (former, right) = (scene.ring(), scene.ring().current());
    let wrong = KeyRing::drawn(&SystemRandom);
    // Asked to look, or by itself when something is sealed.
    for is_asked in [true, false] {
        scene.put(&wrong);
        if is_asked {
            scene.companion.reload();
        } else {
            scene.keep(&scene.companion, "b").await.expect("kept");
            scene.store.change("DELETE FROM grants WHERE sign_in_id = 'b'", &[]).await.expect("its session ended");
        }
        judge(&scene.store, &scene.companion).await.expect("answered");
        assert!(scene.companion.is_file_refused(), "asked: {is_asked}");
        assert_eq!((scene.companion.ring().current(), scene.opened(&scene.companion).await), (right, (1, 1)), "asked: {is_asked}");
        scene.put(&former);
        assert_eq!(scene.companion.ring().current(), right);
        judge(&scene.store, &scene.companion).await.expect("answered");
        assert!(!scene.companion.is_file_refused());
    }
    scene.store.change("DELETE FROM grants", &[]).await.expect("nothing is sealed any more");
    scene.put(&wrong);
    scene.companion.reload();
    judge(&scene.store, &scene.companion).await.expect("answered");
    assert_eq!(scene.companion.ring().ids(), [wrong.current()], "it is as good as any");
}

#[tokio::test]
async fn a_companion_that_was_idle_takes_a_rotation_that_is_over_and_no_file_from_before_it() {
    for looks_first in ["asked", "seals", "opens"] {
        let scene = Scene::new().await;
        scene.keep(&scene.companion, "a").await.expect("kept");
        let before = scene.ring();
        // Between its last look and the next one, all of it.
        scene.rotation().run().await.expect("rotated");
        let current = scene.ring().current();
        match looks_first {
            "asked" => assert_eq!(scene.companion.reload(), crate::looked::Looked::Taken),
            "seals" => scene.keep(&scene.companion, "b").await.expect("kept under the key that is not forgotten"),
            _ => assert_eq!(scene.opened(&scene.companion).await, (1, 1)),
        }
        judge(&scene.store, &scene.companion).await.expect("answered");
        assert_eq!((scene.companion.ring().ids(), scene.companion.is_file_refused()), (vec![current], false), "{looks_first}");
        scene.put(&before);
        scene.companion.reload();
        judge(&scene.store, &scene.companion).await.expect("answered");
        assert!(scene.companion.is_file_refused());
        scene.keep(&scene.companion, "c").await.expect("kept, under the key that is not forgotten");
        let (open, all) = scene.opened(&scene.companion).await;
        assert_eq!(open, all, "{looks_first}");
    }
}

#[tokio::test]
async fn one_rotation_at_a_time_and_none_without_a_database() {
    let scene = Scene::new().await;
    drop(Store::open_file(&scene.file("memory.sqlite")).expect("a memory"));
    let held = claim_file(&scene.file("memory.sqlite")).expect("free");
    assert!(matches!(claim_file(&scene.file("memory.sqlite")), Err(RotationRefused::Busy)));
    drop(held);
    claim_file(&scene.file("memory.sqlite")).expect("free again");
    assert!(matches!(claim_file(&scene.file("elsewhere.sqlite")), Err(RotationRefused::NoDatabase(_))));
    assert!(!scene.file("elsewhere.sqlite").exists());
}

#[tokio::test]
async fn the_status_names_each_key_its_part_and_what_lies_under_it() {
    let scene = Scene::new().await;
    scene.keep(&scene.companion, "old").await.expect("kept");
    let stranger = Vault::with_key(&[9; crate::vault::KEY_BYTES], Arc::new(SystemRandom));
    replace(&scene.file("key"), &scene.ring().with_new_first(&SystemRandom), ErrorCode::KeyRotationNotBegun).expect("begun");
    scene.keep(&scene.companion, "new").await.expect("kept");
    let census = scene.store.key_census().await.expect("counted");
    let status = KeyStatus::new(&scene.ring(), &census);
    assert!(status.is_sound());
    let [current, former] = scene.ring().ids()[..] else { panic!("two keys") };
    let text = status.to_text();
    assert!(
        text.contains(&format!("{current}        2  active")) && text.contains(&format!("{former}        2  encore nécessaire")),
        "{text}"
    );

    scene.keep(&stranger, "stranger").await.expect("kept");
    let status = KeyStatus::new(&scene.ring(), &scene.store.key_census().await.expect("counted"));
    assert!(!status.is_sound() && status.to_text().contains("VST-3012"), "{}", status.to_text());
    let written = serde_json::to_string(&status).expect("JSON");
    assert!(written.contains("\"missing\":2") && written.contains("\"role\":\"former\""), "{written}");
}

#[cfg(unix)]
#[test]
fn a_replaced_key_file_keeps_its_mode_and_its_place_behind_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("key"), folder.path().join("link"));
    create_key_file(&file, &SystemRandom).expect("created");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("given to its group");
    symlink(&file, &link).expect("linked");
    let ring = KeyRing::drawn(&SystemRandom);
    replace(&link, &ring, ErrorCode::KeyRotationNotBegun).expect("replaced");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
    assert_eq!(crate::vault::read_key_file(&link).expect("a ring").ids(), ring.ids());
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 2, "nothing is left beside");
    let refused = replace(Path::new("/nowhere/key"), &ring, ErrorCode::KeyRotationNotBegun).expect_err("no such folder");
    assert_eq!(refused.code(), ErrorCode::KeyRotationNotBegun);
}

#[test]
fn an_envelope_names_its_key() {
    let vault = Vault::with_key(&[1; crate::vault::KEY_BYTES], Arc::new(SystemRandom));
    assert_eq!(key_id_of(&vault.seal(&PLACE, b"x").0), Ok(vault.ring().current()));
}

#[tokio::test]
async fn a_rotation_goes_through_every_sealed_column_of_the_schema() {
    let scene = Scene::new().await;
    let columns = if fixture::is_on_a_server() {
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    } else {
        "SELECT tables.name || '.' || columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table'"
    };
    let columns: Vec<String> = scene.store.look(columns, &[]).await;
    let mut found: Vec<String> = columns.into_iter().filter(|column| column.ends_with("_sealed") || column.ends_with("_mac")).collect();
    let mut known: Vec<String> = SEALED_COLUMNS.iter().map(|column| format!("{}.{}", column.table, column.column)).collect();
    found.sort();
    known.sort();
    assert_eq!(found, known, "a sealed column that rotations do not know would become unreadable");
}

#[tokio::test]
async fn letters_shown_before_a_rotation_are_known_again_after_it() {
    let scene = Scene::new().await;
    let sign_in = "INSERT INTO sign_ins (id, state, exchange, jkt, app_address, code_challenge, match_number, request_hash, device_code_hash, typed_code_mac,
                                         created_at, ends_at, stage_ends_at)
                   VALUES ('7F3K-9QXM', 'confirmed', 'polling', 'key', '10.0.0.7', 'challenge', '07', ?2, ?3, ?1, 0, 1, 1)";
    let kept = scene.companion.short_code_mac(b"7F3K-9QXM", "BCDFGHJK");
    scene.store.change(sign_in, &[kept.into(), vec![1].into(), vec![2].into()]).await.expect("kept");
    scene.rotation().run().await.expect("rotated");
    let kept: Vec<u8> = scene.store.look("SELECT typed_code_mac FROM sign_ins", &[]).await.remove(0);
    let restarted = Vault::open(&scene.file("key"), Arc::new(SystemRandom)).expect("opened");
    assert!(restarted.is_short_code(b"7F3K-9QXM", "BCDFGHJK", &kept) && !restarted.is_short_code(b"7F3K-9QXM", "BCDFGHJL", &kept));
}
