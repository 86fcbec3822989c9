//! What can be wrong inside a settings file.

use std::fmt;

use vestibule_model::toml_slip::Slip;

/// What is wrong inside a file. Never in the parser's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// UTF-16, as some editors of Windows write it.
    Utf16,
    /// Neither UTF-8 nor UTF-16: ISO 8859-1 or Windows-1252, most likely.
    NotUtf8,
    UnknownKey(String),
    /// None of the words that this key takes; a key that is not ours is not repeated.
    UnknownValue(Option<String>),
    KeyTwice(Option<String>),
    /// A number where a text belongs, for example, for this key.
    WrongKind(Option<String>),
    /// A backslash in a text between quotation marks, which TOML reads as the start of an escape.
    Backslash,
    /// The value of this key contains a control character, as `"C:\temp"` does once TOML has read `\t`.
    ControlCharacter(&'static str),
    /// This key says nothing without that one, which is missing.
    Without {
        key: &'static str,
        needs: &'static str,
    },
    /// The value of this key can be of no use.
    Unusable(&'static str),
    /// No TOML: in which column, and how.
    Syntax {
        column: usize,
        slip: Slip,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf16 => formatter.write_str("the file is in UTF-16, not in UTF-8"),
            Self::NotUtf8 => formatter.write_str("the file is not in UTF-8"),
            Self::UnknownKey(key) => write!(formatter, "unknown key {key}"),
            Self::UnknownValue(key) => write!(formatter, "{} has an unknown value", named(key)),
            Self::KeyTwice(key) => write!(formatter, "{} stands there twice", named(key)),
            Self::WrongKind(key) => write!(formatter, "the value of {} is of the wrong kind", named(key)),
            Self::Backslash => formatter.write_str("a backslash between quotation marks starts an escape that TOML does not know"),
            Self::ControlCharacter(key) => write!(formatter, "{key} contains a control character"),
            Self::Without { key, needs } => write!(formatter, "{key} says nothing without {needs}, which is missing"),
            Self::Unusable(key) => write!(formatter, "{key} has an unusable value"),
            Self::Syntax { column, .. } => write!(formatter, "not well-formed TOML, column {column}"),
        }
    }
}

fn named(key: &Option<String>) -> &str {
    key.as_deref().unwrap_or("a key")
}
