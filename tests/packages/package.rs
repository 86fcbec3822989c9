//! A package file, and what is in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vestibule_tests::shipped::said;

/// The three, in the order of `./dev package`.
pub const NAMES: [&str; 3] = ["vestibule", "vestibule-companion", "vestibule-psc-simulator"];

/// One built package.
#[derive(Debug, Clone)]
pub struct Package {
    pub name: &'static str,
    pub file: PathBuf,
}

impl Package {
    /// The file's name, without its folder.
    pub fn file_name(&self) -> String {
        self.file.file_name().expect("a name").to_string_lossy().into_owned()
    }

    /// As its own control file says.
    pub fn version(&self) -> String {
        said(Command::new("dpkg-deb").arg("--field").arg(&self.file).arg("Version")).trim().to_owned()
    }

    /// Its files, in a folder that goes with the answer.
    pub fn unpacked(&self) -> tempfile::TempDir {
        let folder = tempfile::Builder::new().prefix("vestibule-package.").tempdir().expect("a folder");
        said(Command::new("dpkg-deb").arg("--extract").arg(&self.file).arg(folder.path()));
        folder
    }
}

/// Where `./dev test packages` left what it built.
pub fn folder() -> PathBuf {
    std::env::var_os("VESTIBULE_TEST_PACKAGES").map(PathBuf::from).expect("run by ./dev test packages, which builds them")
}

/// The packages of a folder, one of each.
pub fn packages_in(folder: &Path) -> Vec<Package> {
    let files: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    let find = |name: &'static str| {
        let mut named = files.iter().filter(|file| {
            let text = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            text.starts_with(&format!("{name}_")) && text.ends_with(".deb")
        });
        let file = named.next().unwrap_or_else(|| panic!("no {name} in {files:?}")).clone();
        assert_eq!(named.next(), None, "one of each");
        Package { name, file }
    };
    NAMES.into_iter().map(find).collect()
}
