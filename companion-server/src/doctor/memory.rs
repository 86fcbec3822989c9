//! The memory: what is in it, whether it takes what a companion writes, the room there is for it, and its last copy.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use vestibule_model::ErrorCode;
use vestibule_model::room::{Free, Room};

use super::check::{Check, failed, passed, warned};
use crate::clock::Clock;
use crate::config::{Config, StoragePlace, in_french};
use crate::disk::free;
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
    checks.extend(config.storage.backup_file.as_deref().map(|path| backup(path, last_written(path), clock.now().into())));
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
    let left = format!("{} Mio libres sur le disque de «\u{a0}{folder}\u{a0}»", free.mib());
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

/// A copy of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Copied {
    at: SystemTime,
    bytes: u64,
}

/// Of a file, or of the youngest file in a folder; `None` for a folder without any. Performs I/O.
fn last_written(path: &Path) -> io::Result<Option<Copied>> {
    let of = |metadata: std::fs::Metadata| Ok::<_, io::Error>(Copied { at: metadata.modified()?, bytes: metadata.len() });
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_dir() {
        return of(metadata).map(Some);
    }
    let mut last: Option<Copied> = None;
    for entry in std::fs::read_dir(path)? {
        let metadata = entry?.metadata()?;
        if metadata.is_file() {
            let copied = of(metadata)?;
            last = last.filter(|last| last.at >= copied.at).or(Some(copied));
        }
    }
    Ok(last)
}

/// The companion serves without: to be seen, and no failure.
fn backup(path: &Path, last: io::Result<Option<Copied>>, now: SystemTime) -> Check {
    let (name, title, path) = ("backup", "Sauvegarde", PathBuf::from(path));
    let seen = |detail: String| warned(name, title, format!("{detail} («\u{a0}storage.backup_file\u{a0}»\u{a0}: {})", path.display()));
    let copied = match last {
        Ok(Some(copied)) => copied,
        Ok(None) => return seen("Il n’y a encore aucune sauvegarde à l’emplacement indiqué.".into()),
        Err(error) => return seen(format!("La sauvegarde n’a pas pu être examinée\u{a0}: {}.", in_french(&error))),
    };
    let hours = now.duration_since(copied.at).unwrap_or_default().as_secs() / HOUR_S;
    match (copied.bytes, hours * HOUR_S) {
        (0, _) => seen("La dernière sauvegarde est vide.".into()),
        (_, age) if age > STALE_S => seen(format!("La dernière sauvegarde a {hours} heures\u{a0}: la nuit passée n’en a pas fait.")),
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
        assert!(status == Status::Ok && detail == "512 Mio libres sur le disque de «\u{a0}/var/lib/vestibule\u{a0}».", "{detail}");
        let (status, code, detail) = told(512 * MIB - 1, None);
        assert!(status == Status::Warning && code.is_none() && detail.contains("511 Mio"), "{detail}");
        let (status, code, detail) = told(16 * MIB - 1, None);
        assert!(status == Status::Failed && code == Some(ErrorCode::StorageUnavailable) && detail.contains("il est plein"), "{detail}");
        assert_eq!((told(16 * MIB, None).0, told(512 * MIB, Some(0)).0), (Status::Warning, Status::Failed));
        let folder = tempfile::tempdir().expect("a folder");
        assert!(free(folder.path()).expect("said").bytes > 0);
    }

    fn glance(is_older: bool) -> Glance {
        let (keys, refused_devices) = (crate::store::KeyCensus::default(), crate::store::RefusedDevices { by_token: 0, by_gone_group: 0 });
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
        let copied = |age_s, bytes| Ok(Some(Copied { at: now - Duration::from_secs(age_s), bytes }));
        assert_eq!(told(copied(0, 1)), (Status::Ok, "La dernière a moins de deux heures.".into()));
        assert_eq!(told(copied(STALE_S, 1)), (Status::Ok, "La dernière a 36 heures.".into()));
        for (last, words) in [
            (copied(STALE_S + HOUR_S, 1), "a 37 heures"),
            (copied(0, 0), "est vide"),
            (Ok(None), "aucune sauvegarde"),
            (Err(io::ErrorKind::NotFound.into()), "n’existe pas"),
        ] {
            let (status, detail) = told(last);
            assert!(status == Status::Warning && detail.contains(words) && detail.contains("/srv/sauvegardes"), "{detail}");
        }
        // A clock that went back makes no copy old.
        assert_eq!(told(Ok(Some(Copied { at: now + Duration::from_secs(HOUR_S), bytes: 1 }))).0, Status::Ok);
    }

    #[test]
    fn the_youngest_file_of_a_folder_is_the_last_copy() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(last_written(folder.path()).expect("read"), None);
        for (name, age_s, text) in [("lundi", 0, "12"), ("dimanche", 90_000, "1")] {
            let file = std::fs::File::create(folder.path().join(name)).expect("made");
            std::io::Write::write_all(&mut &file, text.as_bytes()).expect("written");
            // Before the folder that is made below.
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - age_s);
            file.set_modified(at).expect("dated");
        }
        std::fs::create_dir(folder.path().join("autre")).expect("made");
        assert_eq!(last_written(folder.path()).expect("read").expect("one").bytes, 2);
        assert_eq!(last_written(&folder.path().join("dimanche")).expect("read").expect("one").bytes, 1);
        assert!(last_written(&folder.path().join("absent")).is_err());
    }
}
