//! Why a configuration cannot stand. Messages are for the administrator: French, with the key at fault.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use vestibule_model::ErrorCode;

/// Why a configuration cannot stand.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file itself cannot be read.
    #[error("{code} : le fichier de configuration « {} » est illisible : {}", path.display(), in_french(source), code = ErrorCode::ConfigurationInvalid)]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Not TOML, or a key that is unknown, missing or of the wrong type.
    #[error("{code} : ligne {line}, {problem}", code = ErrorCode::ConfigurationInvalid)]
    Malformed {
        /// Dotted name of the key at fault, when one can be told.
        key: Option<String>,
        /// Counted from 1.
        line: usize,
        /// In French, with the key.
        problem: String,
    },
    /// A value that is well formed and cannot stand.
    #[error("{code} : clé « {key} » : {reason}")]
    Refused {
        /// Number of the catalogue.
        code: ErrorCode,
        /// Dotted name of the key at fault.
        key: Cow<'static, str>,
        /// In French.
        reason: String,
    },
}

impl ConfigError {
    /// A value that cannot stand.
    pub(crate) fn refused(code: ErrorCode, key: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self::Refused { code, key: key.into(), reason: reason.into() }
    }

    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable { .. } | Self::Malformed { .. } => ErrorCode::ConfigurationInvalid,
            Self::Refused { code, .. } => *code,
        }
    }

    /// Dotted name of the key at fault, when one can be told.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Unreadable { .. } => None,
            Self::Malformed { key, .. } => key.as_deref(),
            Self::Refused { key, .. } => Some(key),
        }
    }

    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let section = section_at(text, line);
        let quoted = error.message().split('`').nth(1).unwrap_or_default();
        let dotted = |key: &str| if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        let (key, problem) = if error.message().starts_with("unknown field") {
            let key = if section.ends_with(quoted) && is_header(text, line) { section.clone() } else { dotted(quoted) };
            (Some(key.clone()), format!("clé inconnue « {key} »"))
        } else if error.message().starts_with("missing field") && is_missing_section(text, quoted) {
            (Some(quoted.to_owned()), format!("section manquante «\u{a0}[{quoted}]\u{a0}»"))
        } else if error.message().starts_with("missing field") {
            let key = dotted(quoted);
            (Some(key.clone()), format!("clé manquante «\u{a0}{key}\u{a0}»"))
        } else if let Some(name) = key_on(text, line) {
            let key = dotted(name);
            (Some(key.clone()), format!("valeur impossible pour la clé « {key} » ({})", expectation(error.message())))
        } else {
            (None, format!("ce n’est pas du TOML ({})", error.message()))
        };
        Self::Malformed { key, line, problem }
    }
}

/// Whether a name is one of a section that the file needs and does not have: the reader of TOML then points at whatever comes first.
fn is_missing_section(text: &str, name: &str) -> bool {
    let is_needed = super::schema()["required"].as_array().is_some_and(|names| names.iter().any(|needed| needed == name));
    is_needed && toml::from_str::<toml::Table>(text).is_ok_and(|table| !table.contains_key(name))
}

/// Name of the table in which a line stands.
fn section_at(text: &str, line: usize) -> String {
    // A section on one line: `vault = { … }`.
    let inline = text.lines().nth(line.saturating_sub(1)).and_then(|line| line.split_once('='));
    if let Some((name, _)) = inline.filter(|(_, value)| value.trim_start().starts_with('{')) {
        return name.trim().to_owned();
    }
    let header = text.lines().take(line).filter_map(header_name).last();
    header.unwrap_or_default().to_owned()
}

fn is_header(text: &str, line: usize) -> bool {
    text.lines().nth(line.saturating_sub(1)).and_then(header_name).is_some()
}

fn header_name(line: &str) -> Option<&str> {
    let inner = line.trim().strip_prefix('[')?;
    Some(inner.split(']').next().unwrap_or_default().trim())
}

fn key_on(text: &str, line: usize) -> Option<&str> {
    let (name, _) = text.lines().nth(line.saturating_sub(1))?.split_once('=')?;
    let name = name.trim();
    let is_bare =
        !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'));
    is_bare.then_some(name)
}

/// What the system says, without its English.
pub fn in_french(error: &io::Error) -> String {
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::NotFound, _) => "le fichier n’existe pas".into(),
        (io::ErrorKind::PermissionDenied, _) => "ce compte n’y a pas accès".into(),
        (io::ErrorKind::AddrNotAvailable, _) => "cette machine n’a pas cette adresse".into(),
        (io::ErrorKind::IsADirectory, _) => "c’est un dossier".into(),
        (io::ErrorKind::ReadOnlyFilesystem, _) => "le système de fichiers est en lecture seule".into(),
        (_, Some(number)) => format!("erreur n° {number} du système"),
        (_, None) => "erreur du système".into(),
    }
}

/// What the reader of TOML expected, without its English where it is a form that configurations meet.
fn expectation(message: &str) -> String {
    if message.starts_with("unknown variant") {
        let mut quoted = message.split('`').skip(1).step_by(2);
        let given = quoted.next().unwrap_or_default();
        let admitted: Vec<&str> = quoted.collect();
        return format!("« {given} » n’est pas admis ; valeurs admises : {}", admitted.join(", "));
    }
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected).unwrap_or_default();
    let said = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "un nombre entier, positif et sans guillemets, est attendu",
        "a boolean" => "true ou false, sans guillemets, est attendu",
        "a string" | "path string" => "un texte entre guillemets est attendu",
        "a sequence" => "une liste entre crochets est attendue",
        _ => return message.to_owned(),
    };
    said.to_owned()
}
