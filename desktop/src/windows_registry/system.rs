//! The system's own calls, by a crate that keeps them safe.

use windows_registry::{CLASSES_ROOT, CURRENT_USER, Key, LOCAL_MACHINE, Type, Value};
use windows_result::{Error, HRESULT};

use super::Written;

/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`.
const NOT_FOUND: HRESULT = HRESULT(0x8007_0002_u32.cast_signed());

/// Where a key begins.
#[derive(Debug, Clone, Copy)]
pub enum Root {
    /// What administrators decide.
    Machine,
    /// What the person decides.
    User,
    /// Kinds of files and schemes: the machine's, and the person's before them.
    Classes,
}

impl Root {
    const fn key(self) -> &'static Key {
        match self {
            Self::Machine => LOCAL_MACHINE,
            Self::User => CURRENT_USER,
            Self::Classes => CLASSES_ROOT,
        }
    }
}

/// A text, or a number in digits; `None` when there is none. Performs I/O.
pub fn value(root: Root, key: &str, name: &str) -> Option<String> {
    let found = open(root, key).ok()??.get_value(name).ok()?;
    match written(&found) {
        Written::Text(text) => Some(text),
        Written::Number(number) => Some(number.to_string()),
        Written::Texts(_) | Written::Other => None,
    }
}

/// Every value of a key, by its name; `None` when there is no such key. Performs I/O.
pub fn values(root: Root, key: &str) -> std::io::Result<Option<Vec<(String, Written)>>> {
    let Some(key) = open(root, key)? else { return Ok(None) };
    Ok(Some(key.values()?.map(|(name, value)| (name, written(&value))).collect()))
}

/// The view of 64-bit programs, whichever this one is.
fn open(root: Root, key: &str) -> std::io::Result<Option<Key>> {
    match root.key().options().read().wow64_64().open(key) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        Err(error) => Err(as_io(&error)),
    }
}

fn as_io(error: &Error) -> std::io::Error {
    std::io::Error::from_raw_os_error(error.code().0 & 0xFFFF)
}

fn written(value: &Value) -> Written {
    match value.ty() {
        Type::String | Type::ExpandString => String::try_from(value.clone()).map_or(Written::Other, Written::Text),
        Type::U32 => u32::try_from(value.clone()).map_or(Written::Other, |number| Written::Number(number.into())),
        Type::U64 => u64::try_from(value.clone()).map_or(Written::Other, Written::Number),
        Type::MultiString => Vec::<String>::try_from(value.clone()).map_or(Written::Other, Written::Texts),
        Type::Bytes | Type::Other(_) => Written::Other,
    }
}
