//! The memory: what is in it, whether it takes what a companion writes, the room there is for it, and its last copy.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use vestibule_model::ErrorCode;
use vestibule_model::room::{Free, Room};

use super::check::{Check, failed, passed, warned};
use crate::clock::Clock;
use crate::config::{Config, StoragePlace, in_french};
use crate::disk::free;
use crate::ordinary_file;
use crate::preflight::{self, StartError};
use crate::store::Glance;

const HOUR_S: u64 = 60 * 60;
/// A copy is made each night; one that failed is told before the second does.
const STALE_S: u64 = 36 * HOUR_S;

/// Everything about it, in the order in which it is told.
pub(super) async fn memory(config: &Config, glance: Result<Option<Glance>, StartError>, clock: &dyn Clock) -> Vec<Check> {
    let seen = glance.as_ref().ok().and_then(Option::as_ref);
    let mut checks = vec![vault(config, seen)];
    let is_written = seen.is_some();
    checks.push(database(glance, preflight::memory_named(config)));
    if is_written {
        checks.push(written(preflight::trial(config).await));
    }
    if let StoragePlace::File(file) = config.storage.place() {
        let folder = file.parent().unwrap_or(Path::new("."));
        checks.extend(free(folder).map(|free| room(folder, free)));
    }
    let live = match config.storage.place() {
        StoragePlace::File(file) => Some(file),
        StoragePlace::Server { .. } => None,
    };
    checks.extend(config.storage.backup_file.as_deref().map(|path| backup(path, last_written(path, live), clock.now().into())));
    checks
}

fn vault(config: &Config, glance: Option<&Glance>) -> Check {
    let (name, title) = ("vault", "Clé de chiffrement");
    let Some(glance) = glance else {
        return match preflight::key_file(config) {
            Ok(_) => passed(name, title, None),
            Err(error) => failed(name, title, error.code(), error.to_string()),
        };
    };
    if glance.keys.is_none() {
        let detail = "Le fichier convient\u{202f}; ce que la base, d’une version antérieure, a de chiffré se lira après sa mise à jour.";
        return match preflight::key_file(config) {
            Ok(_) => passed(name, title, Some(detail.into())),
            Err(error) => failed(name, title, error.code(), error.to_string()),
        };
    }
    let code = ErrorCode::SealingKeyMissing;
    match preflight::key_file(config).map(|ring| (preflight::missing_values(&ring, glance), preflight::tried_values(ring, glance))) {
        Ok((missing @ 1.., _)) => {
            failed(name, title, code, format!("Données de la base chiffrées par une clé absente du fichier\u{a0}: {missing}."))
        }
        Ok((0, tried)) if tried.refused > 0 => {
            let detail = format!(
                "Données de la base impossibles à déchiffrer, bien que leur clé soit dans le fichier\u{a0}: {} sur {}. La base a été endommagée, ou modifiée par un autre programme que le serveur de connexion.",
                tried.refused, tried.all
            );
            failed(name, title, code, detail)
        }
        Ok((0, tried)) if tried.all == 0 => {
            passed(name, title, Some("Le fichier convient\u{202f}; la base ne contient encore rien de chiffré.".into()))
        }
        Ok((0, tried)) => {
            passed(name, title, Some(format!("Le fichier convient, et déchiffre ce que la base contient (vérifié sur {}).", tried.all)))
        }
        Err(error) => failed(name, title, error.code(), error.to_string()),
    }
}

fn database(glance: Result<Option<Glance>, StartError>, place: Option<String>) -> Check {
    let (name, title) = ("database", "Base de données");
    match glance {
        Ok(Some(glance)) if glance.is_older => {
            warned(name, title, "Elle est d’une version antérieure\u{202f}; elle sera mise à jour au prochain démarrage.".into())
        }
        Ok(Some(_)) => passed(name, title, place),
        Ok(None) => warned(name, title, "Elle est encore vide\u{202f}; elle sera préparée au premier démarrage.".into()),
        // Of the key, not of the memory: said there.
        Err(error @ StartError::Keys(_)) => failed("vault", "Clé de chiffrement", error.code(), error.to_string()),
        Err(error) => failed(name, title, error.code(), error.to_string()),
    }
}

/// To be read is not to be written: a full disk, a standby and a file of another account still show what they hold.
fn written(trial: Result<(), StartError>) -> Check {
    let (name, title) = ("database_writing", "Écriture dans la base");
    match trial {
        Ok(()) => passed(name, title, Some("L’écriture est possible\u{202f}; ce test est annulé aussitôt.".into())),
        Err(error) => failed(name, title, error.code(), error.to_string()),
    }
}

fn room(folder: &Path, free: Free) -> Check {
    let (name, title, folder) = ("disk", "Place pour la base", folder.display());
    let left = format!("{} Mo libres sur le disque de «\u{a0}{folder}\u{a0}»", free.mib());
    match free.room() {
        Room::NoFile => {
            let detail = format!("Le disque de «\u{a0}{folder}\u{a0}» ne prend plus aucun fichier (plus d’«\u{a0}inode\u{a0}» libre).");
            failed(name, title, ErrorCode::StorageUnavailable, detail)
        }
        Room::Full => failed(name, title, ErrorCode::StorageUnavailable, format!("{left}\u{a0}: il est plein.")),
        Room::Scarce => warned(name, title, format!("{left}. Faites de la place\u{a0}: plein, plus personne ne se connecte.")),
        Room::Enough => passed(name, title, Some(format!("{left}."))),
    }
}

/// What stands where the copies of the memory are said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Copied {
    At(SystemTime),
    Empty,
    /// No database.
    Other,
    /// The memory itself, or its folder: what takes the one takes the other.
    Memory,
}

/// How every file of SQLite begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// Of a file, or of the youngest copy in a folder; `None` for a folder without any. `live` is the file of a memory, where it is one: a copy is one
/// too. Performs I/O.
fn last_written(path: &Path, live: Option<&Path>) -> io::Result<Option<Copied>> {
    let really = path.canonicalize()?;
    let memory = live.and_then(|live| live.canonicalize().ok());
    let is_memory = |path: &Path| memory.as_deref().is_some_and(|memory| memory == path || is_same(memory, path));
    if !really.is_dir() {
        return if is_memory(&really) { Ok(Some(Copied::Memory)) } else { copied(&really, live.is_some()).map(Some) };
    }
    if memory.as_deref().and_then(Path::parent) == Some(&really) {
        return Ok(Some(Copied::Memory));
    }
    let mut last = None;
    for entry in std::fs::read_dir(&really)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let is_unfinished = ordinary_file::is_unfinished(&name.to_string_lossy());
        if !is_unfinished && std::fs::metadata(&path).is_ok_and(|found| found.is_file()) && !is_memory(&path) {
            last = later(last, copied(&path, live.is_some())?);
        }
    }
    Ok(last)
}

/// A copy says more than what is none.
fn later(one: Option<Copied>, other: Copied) -> Option<Copied> {
    match (one, other) {
        (Some(Copied::At(one)), Copied::At(other)) => Some(Copied::At(one.max(other))),
        (Some(Copied::At(_)), _) => one,
        _ => Some(other),
    }
}

fn copied(path: &Path, is_file: bool) -> io::Result<Copied> {
    let file = ordinary_file::open(path, std::fs::OpenOptions::new().read(true))?;
    let metadata = file.metadata()?;
    if metadata.len() == 0 {
        return Ok(Copied::Empty);
    }
    let mut beginning = Vec::new();
    file.take(SQLITE.len() as u64).read_to_end(&mut beginning)?;
    if is_file && beginning != SQLITE { Ok(Copied::Other) } else { metadata.modified().map(Copied::At) }
}

/// Whether two names are of one file.
#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    identity(one).is_some() && identity(one) == identity(other)
}

#[cfg(not(unix))]
fn is_same(_: &Path, _: &Path) -> bool {
    false
}

/// The companion serves without: to be seen, and no failure.
fn backup(path: &Path, last: io::Result<Option<Copied>>, now: SystemTime) -> Check {
    let (name, title, path) = ("backup", "Sauvegarde", PathBuf::from(path));
    let seen = |detail: String| warned(name, title, format!("{detail} («\u{a0}storage.backup_file\u{a0}»\u{a0}: {})", path.display()));
    let at = match last {
        Ok(Some(Copied::At(at))) => at,
        Ok(Some(Copied::Empty)) => return seen("La dernière sauvegarde est vide.".into()),
        Ok(Some(Copied::Other)) => return seen("Ce qui est à l’emplacement indiqué n’est pas une base SQLite.".into()),
        Ok(Some(Copied::Memory)) => {
            return seen("L’emplacement indiqué est celui de la base elle-même\u{a0}: ce qui prendrait l’une prendrait l’autre.".into());
        }
        Ok(None) => return seen("Il n’y a encore aucune sauvegarde à l’emplacement indiqué.".into()),
        Err(error) => return seen(format!("La sauvegarde n’a pas pu être examinée\u{a0}: {}.", in_french(&error))),
    };
    if at.duration_since(now).is_ok_and(|ahead| ahead.as_secs() > HOUR_S) {
        return seen("La dernière sauvegarde est datée d’un moment à venir\u{a0}: rien ne dit quand elle a été faite.".into());
    }
    let hours = now.duration_since(at).unwrap_or_default().as_secs() / HOUR_S;
    match hours * HOUR_S {
        age if age > STALE_S => seen(format!("La dernière sauvegarde a {hours} heures\u{a0}: la nuit passée n’en a pas fait.")),
        _ => passed(
            name,
            title,
            Some(format!("La dernière a {}.", if hours < 2 { "moins de deux heures".into() } else { format!("{hours} heures") })),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::doctor::check::Status;

    #[test]
    fn a_disk_is_roomy_scarce_or_full() {
        const MIB: u64 = 1 << 20;
        let told = |bytes, files| {
            let check = room(Path::new("/var/lib/vestibule"), Free { bytes, files });
            (check.status, check.code, check.detail.expect("said"))
        };
        let (status, _, detail) = told(512 * MIB, Some(1000));
        assert!(status == Status::Ok && detail == "512 Mo libres sur le disque de «\u{a0}/var/lib/vestibule\u{a0}».", "{detail}");
        let (status, code, detail) = told(512 * MIB - 1, None);
        assert!(status == Status::Warning && code.is_none() && detail.contains("511 Mo"), "{detail}");
        let (status, code, detail) = told(16 * MIB - 1, None);
        assert!(status == Status::Failed && code == Some(ErrorCode::StorageUnavailable) && detail.contains("il est plein"), "{detail}");
        assert_eq!((told(16 * MIB, None).0, told(512 * MIB, Some(0)).0), (Status::Warning, Status::Failed));
        let folder = tempfile::tempdir().expect("a folder");
        assert!(free(folder.path()).expect("said").bytes > 0);
    }

    fn glance(is_older: bool) -> Glance {
        let (keys, refused_devices) =
            (Some(crate::store::KeyCensus::default()), crate::store::RefusedDevices { by_token: 0, by_gone_group: 0 });
        Glance { keys, refused_devices, is_older, is_prepared: true, ..Glance::default() }
    }

    #[test]
    fn a_database_is_ready_older_empty_or_refused() {
        let told = |glance| {
            let check = database(glance, Some("/var/lib/vestibule/companion.sqlite".to_owned()));
            (check.name, check.status, check.code, check.detail.expect("said"))
        };
        let place = "/var/lib/vestibule/companion.sqlite".to_owned();
        assert_eq!(told(Ok(Some(glance(false)))), ("database", Status::Ok, None, place));
        for (glance, words) in [(Some(glance(true)), "d’une version antérieure"), (None, "encore vide")] {
            let (name, status, code, detail) = told(Ok(glance));
            assert!((name, status, code) == ("database", Status::Warning, None) && detail.contains(words), "{detail}");
        }
        // Of the key, and told under its name.
        let folder = tempfile::tempdir().expect("a folder");
        vestibule_installation::Installation::least().write(folder.path()).expect("written");
        let forgotten = crate::vault::read_key_file(&folder.path().join("vault-key")).expect("a key").current();
        let (name, status, code, _) = told(Err(StartError::Keys(crate::key_rotation::RotationRefused::Forgotten(forgotten))));
        assert!(name == "vault" && status == Status::Failed && code.is_some(), "{name}");
        let broken = StartError::Broken(io::ErrorKind::Other.into());
        let code = broken.code();
        let (name, status, told_code, _) = told(Err(broken));
        assert_eq!((name, status, told_code), ("database", Status::Failed, Some(code)));
    }

    #[test]
    fn a_key_file_that_cannot_be_read_is_told_whether_or_not_there_is_a_database() {
        let folder = tempfile::tempdir().expect("a folder");
        let installation = vestibule_installation::Installation::least();
        let file = installation.write(folder.path()).expect("written");
        let config = Config::load(&file).expect("sound");
        let (none, some) = (vault(&config, None), vault(&config, Some(&glance(false))));
        assert_eq!((none.status, some.status), (Status::Ok, Status::Ok));
        assert!(some.detail.is_some_and(|detail| detail.contains("ne contient encore rien de chiffré")));
        std::fs::remove_file(folder.path().join("vault-key")).expect("removed");
        for check in [vault(&config, None), vault(&config, Some(&glance(false)))] {
            assert!(check.status == Status::Failed && check.name == "vault" && check.code.is_some(), "{check:?}");
        }
    }

    #[test]
    fn a_copy_is_recent_stale_empty_or_absent() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let told = |last| {
            let check = backup(Path::new("/srv/sauvegardes"), last, now);
            (check.status, check.detail.expect("said"))
        };
        let copied = |age_s| Ok(Some(Copied::At(now - Duration::from_secs(age_s))));
        assert_eq!(told(copied(0)), (Status::Ok, "La dernière a moins de deux heures.".into()));
        assert_eq!(told(copied(STALE_S)), (Status::Ok, "La dernière a 36 heures.".into()));
        for (last, words) in [
            (copied(STALE_S + HOUR_S), "a 37 heures"),
            (Ok(Some(Copied::Empty)), "est vide"),
            (Ok(Some(Copied::Other)), "n’est pas une base SQLite"),
            (Ok(Some(Copied::Memory)), "la base elle-même"),
            (Ok(Some(Copied::At(now + Duration::from_secs(HOUR_S + 1)))), "à venir"),
            (Ok(None), "aucune sauvegarde"),
            (Err(io::ErrorKind::NotFound.into()), "n’existe pas"),
        ] {
            let (status, detail) = told(last);
            assert!(status == Status::Warning && detail.contains(words) && detail.contains("/srv/sauvegardes"), "{detail}");
        }
        // A clock that went back makes no copy old.
        assert_eq!(told(Ok(Some(Copied::At(now + Duration::from_secs(HOUR_S))))).0, Status::Ok);
    }

    #[test]
    fn the_youngest_copy_of_a_folder_is_the_last_one_and_what_is_none_is_not() {
        let (folder, memory) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (at, live) = (|name: &str| folder.path().join(name), memory.path().join("companion.sqlite"));
        let last = |path: &Path| last_written(path, Some(&live)).expect("read");
        let made = |path: &Path, seconds: u64, text: &[u8]| {
            let file = std::fs::File::create(path).expect("made");
            std::io::Write::write_all(&mut &file, text).expect("written");
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("dated");
        };
        let copied_at = |seconds| Some(Copied::At(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)));
        assert_eq!(last(folder.path()), None);
        made(&at("lettre"), 1_700_000_009, b"a letter");
        assert_eq!((last(folder.path()), last(&at("lettre"))), (Some(Copied::Other), Some(Copied::Other)));
        made(&at("lundi"), 1_700_000_000, b"SQLite format 3\0 and more");
        made(&at("dimanche"), 1_600_000_000, b"SQLite format 3\0 and more");
        made(&at("vide"), 1_700_000_009, b"");
        // What a backup that was killed left.
        made(&at("mardi.vestibule-partial"), 1_700_000_009, b"SQLite format 3\0 and more");
        std::fs::create_dir(at("autre")).expect("made");
        assert_eq!(last(folder.path()), copied_at(1_700_000_000));
        assert_eq!((last(&at("dimanche")), last(&at("vide"))), (copied_at(1_600_000_000), Some(Copied::Empty)));
        assert!(last_written(&at("absent"), None).is_err());
        // The memory itself is no copy of it, by whatever name, nor is what lies beside it.
        made(&live, 1_700_000_009, b"SQLite format 3\0 and more");
        assert_eq!((last(&live), last(memory.path())), (Some(Copied::Memory), Some(Copied::Memory)));
        #[cfg(unix)]
        {
            std::fs::hard_link(&live, at("mercredi")).expect("linked");
            std::os::unix::fs::symlink(&live, at("jeudi")).expect("linked");
            assert_eq!((last(&at("mercredi")), last(&at("jeudi"))), (Some(Copied::Memory), Some(Copied::Memory)));
            assert_eq!(last(folder.path()), copied_at(1_700_000_000));
        }
        // A server's copies have other forms.
        assert_eq!(last_written(&at("lettre"), None).expect("read"), copied_at(1_700_000_009));
    }
}
