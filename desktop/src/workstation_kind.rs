//! Whether this workstation is shared, as the companion said at the last sign-in: so that the first screen says it before the next one.

use std::io;
use std::path::Path;

use crate::private;

/// Performs I/O.
pub fn is_shared(file: &Path) -> bool {
    file.is_file()
}

/// To be found again at the next start: the file alone says it, whatever is in it. Performs I/O.
///
/// # Errors
/// When the file cannot be written, or removed.
pub fn remember(file: &Path, is_shared: bool) -> io::Result<()> {
    if is_shared {
        return private::write(file, "shared_workstation\n");
    }
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_again_until_the_companion_says_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("state").join("shared-workstation");
        assert!(!is_shared(&file));
        remember(&file, false).expect("nothing to remove");
        for _ in 0..2 {
            remember(&file, true).expect("written");
            assert!(is_shared(&file));
        }
        remember(&file, false).expect("removed");
        assert!(!is_shared(&file));
    }
}
