//! Room on the disk where the log is, and mostly the person's keyring too.

use std::path::Path;

use vestibule_model::ErrorCode;
use vestibule_model::room::{Free, Room};

use super::{Check, Verdict};
use crate::paths::Paths;
use crate::settings::Settings;
use crate::words::{Title, Words};

/// `None` where the system does not say. Performs I/O.
pub(super) fn room(settings: Option<&Settings>, words: &dyn Words) -> Option<Check> {
    let folder = settings.map(|settings| settings.paths.logs.clone()).or_else(|| Some(Paths::of_this_user().ok()?.logs))?;
    // Before the first start there is none yet.
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    Some(judged(there, free(there)?, words))
}

/// Signing in depends on none of it: what cannot be kept is asked for again.
fn judged(folder: &Path, free: Free, words: &dyn Words) -> Check {
    let check = Check::ok(Title::Disk, words, words.room(folder, free));
    match free.room() {
        Room::Enough => check,
        Room::Scarce => Check { verdict: Verdict::Warning, ..check },
        Room::Full | Room::NoFile => Check::wrong(Title::Disk, words, Verdict::Warning, ErrorCode::LocalStorageFailed, check.detail),
    }
}

#[cfg(unix)]
fn free(folder: &Path) -> Option<Free> {
    let said = rustix::fs::statvfs(folder).ok()?;
    Some(Free { bytes: said.f_bavail.saturating_mul(said.f_frsize), files: (said.f_files > 0).then_some(said.f_favail) })
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<Free> {
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vestibule_model::language::Language;
    use vestibule_model::room::Free;

    use super::{free, judged};
    use crate::doctor::Verdict;
    use crate::words;

    #[test]
    fn a_disk_that_is_full_or_nearly_is_worth_a_word_and_stops_nobody() {
        let of = |mib: u64, files| judged(Path::new("/home/x"), Free { bytes: mib << 20, files }, words::of(Language::Fr));
        assert_eq!(of(5000, None).verdict, Verdict::Ok);
        for (check, said) in [
            (of(100, None), "100\u{a0}Mo libres (/home/x)\u{a0}: faites de la place"),
            (of(1, None), "plein"),
            (of(5000, Some(0)), "aucun fichier"),
        ] {
            assert!(check.verdict == Verdict::Warning && check.detail.contains(said), "{check:?}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        // Only Unix says how much is left.
        assert_eq!(free(folder.path()).is_some_and(|free| free.bytes > 0), cfg!(unix));
    }
}
