//! One settings file, from bytes to keys: each usual slip is named, and nothing of a value is ever quoted.

use std::path::Path;

use vestibule_model::toml_slip;

use super::error::SettingsError;
use super::fault::Fault;
use super::schema::Setting;
use crate::ordinary_file;
use crate::system_words::SystemFault;

/// The text of a settings file, read once for everything that is made of it.
#[derive(Debug)]
pub(super) struct SettingsText<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> SettingsText<'a> {
    /// `None` when there is no such file. Performs I/O.
    pub fn read(path: &'a Path) -> Result<Option<Self>, SettingsError> {
        Ok(text(path)?.map(|text| Self { path, text }))
    }

    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, SettingsError> {
        let text = &self.text;
        toml::from_str(text).map_err(|error| {
            let start = error.span().map(|span| span.start.min(text.len()));
            let line = start.map(|start| line_of(text.as_bytes(), start));
            let written = line.and_then(|line| text.lines().nth(line - 1)).unwrap_or_default();
            let before = start.and_then(|start| text.get(..start)).unwrap_or_default();
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let fault = match error.message() {
                reason if reason.starts_with("duplicate key") => Fault::KeyTwice(start.and_then(|start| toml_slip::key_at(text, start))),
                reason => judge(reason, written, column),
            };
            SettingsError::Malformed { path: self.path.to_owned(), line, fault }
        })
    }
}

fn text(path: &Path) -> Result<Option<String>, SettingsError> {
    let unreadable = |fault: SystemFault| SettingsError::Unreadable { path: path.to_owned(), fault };
    let bytes = match ordinary_file::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(SystemFault::from(&error))),
    };
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let malformed = |line, fault| SettingsError::Malformed { path: path.to_owned(), line, fault };
    // A text of TOML holds no NUL; in UTF-16 every second byte of it is one, with a mark at its start or without.
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || bytes.iter().take(64).any(|byte| *byte == 0) {
        return Err(malformed(None, Fault::Utf16));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(error) => Err(malformed(Some(line_of(bytes, error.valid_up_to())), Fault::NotUtf8)),
    }
}

fn line_of(text: &[u8], at: usize) -> usize {
    text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The parser's words, and the line it stopped at, as one of ours. It quotes names of keys and never the text of a value.
fn judge(reason: &str, line: &str, column: usize) -> Fault {
    let quoted = || reason.split('`').nth(1).unwrap_or_default().to_owned();
    let (key, value) = line.split_once('=').map_or(("", ""), |(key, value)| (key.trim(), value.trim_start()));
    let key = || Setting::named(key).map(|setting| setting.name.to_owned());
    if reason.starts_with("unknown field") {
        Fault::UnknownKey(quoted())
    } else if reason.starts_with("unknown variant") {
        Fault::UnknownValue(key())
    } else if reason.starts_with("invalid type") || reason.starts_with("wanted string or table") {
        Fault::WrongKind(key())
    } else if value.starts_with('"') && value.contains('\\') {
        Fault::Backslash
    } else {
        Fault::Syntax { column, slip: toml_slip::slip(reason, line) }
    }
}
