//! Access follows from the folder.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

pub(super) fn folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.open(path)
}

pub(super) fn make(path: &Path) -> io::Result<File> {
    OpenOptions::new().create_new(true).write(true).open(path)
}

pub(super) fn forsake_if_open_to_others(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn narrow_file(_path: &Path) -> io::Result<()> {
    Ok(())
}
