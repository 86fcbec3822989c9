//! A unit of systemd, and its service started without systemd, as the unit says.

use std::path::{Path, PathBuf};

/// What a unit's file says, in its order.
#[derive(Debug, Clone)]
pub struct Unit {
    lines: Vec<(String, String)>,
}

impl Unit {
    /// Reads the file.
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        Self { lines: lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
    }

    /// The only value of this key.
    pub fn value(&self, key: &str) -> &str {
        let mut values = self.lines.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str());
        let value = values.next().unwrap_or_else(|| panic!("the unit says no {key}"));
        assert_eq!(values.next(), None, "{key} is said once");
        value
    }

    /// Program and arguments.
    pub fn command(&self) -> Vec<String> {
        let words: Vec<String> = self.value("ExecStart").split(' ').map(str::to_owned).collect();
        assert!(words.iter().all(|word| !word.contains(['"', '\'', '$', '%', '\\'])), "nothing that only systemd understands: {words:?}");
        words
    }

    /// What its secrets are called by, and the folder that they come from.
    pub fn credentials(&self) -> (&str, PathBuf) {
        let (id, folder) = self.value("LoadCredential").split_once(':').expect("a name and a folder");
        (id, PathBuf::from(folder))
    }
}
