//! What the readers of TOML, of addresses and of numbers found, in French: which key, where, and what was expected. Their own sentences are
//! looked at, never shown.

use vestibule_model::language::Language;
use vestibule_model::toml_slip;

use super::error::ConfigError;

/// What a value gets wrong, by how its reader's sentence begins.
const VALUES: [(&str, &str); 11] = [
    ("wanted string", "un texte entre guillemets est attendu"),
    ("relative URL without a base", "une adresse complète est attendue, comme https://nom"),
    ("relative URL", "une adresse complète est attendue, comme https://nom"),
    ("empty host", "le nom de la machine manque dans l’adresse"),
    ("invalid international domain name", "le nom de la machine est impossible dans l’adresse"),
    ("invalid domain character", "le nom de la machine contient un signe impossible"),
    ("invalid port number", "le port est un nombre de 1 à 65535"),
    ("invalid IPv4 address", "l’adresse IPv4 est impossible"),
    ("invalid IPv6 address", "l’adresse IPv6 est impossible\u{202f}; elle s’écrit entre crochets"),
    (
        "invalid socket address syntax",
        "une adresse IP et un port de 1 à 65535 sont attendus, comme 127.0.0.1:8080 ou [::1]:8080, et pas un nom",
    ),
    ("ni une adresse", "ni une adresse, ni un réseau comme 10.1.2.0/24"),
];

/// Longer than the longest key of ours.
const KEY_LENGTH: usize = 40;

impl ConfigError {
    pub(super) fn not_text(error: &std::string::FromUtf8Error) -> Self {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Self::Malformed { key: None, line, problem: "un signe n’est pas en UTF-8\u{202f}; enregistrez le fichier en UTF-8".into() }
    }

    pub(crate) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        if error.message().starts_with("duplicate key") {
            return given_twice(toml_slip::key_at(text, start), line);
        }
        if toml::from_str::<toml::Table>(text).is_err() {
            return no_toml(text, line, column, error.message());
        }
        let section = section_at(text, line);
        let quoted = error.message().split('`').nth(1).unwrap_or_default();
        let dotted = |key: &str| if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        let (key, problem) = if error.message().starts_with("unknown field") {
            let key = if section.ends_with(quoted) && is_header(text, line) { section.clone() } else { dotted(quoted) };
            (Some(key.clone()), format!("paramètre inconnu «\u{a0}{key}\u{a0}»"))
        } else if error.message().starts_with("missing field") && is_missing_section(text, quoted) {
            (Some(quoted.to_owned()), format!("section manquante «\u{a0}[{quoted}]\u{a0}»"))
        } else if error.message().starts_with("missing field") {
            let key = dotted(quoted);
            (Some(key.clone()), format!("paramètre manquant «\u{a0}{key}\u{a0}»"))
        } else {
            let key = key_above(text, line, &section);
            let problem = format!("valeur incorrecte pour le paramètre «\u{a0}{key}\u{a0}» ({})", expectation(error.message()));
            (Some(key), problem)
        };
        Self::Malformed { key, line, problem }
    }
}

fn given_twice(key: Option<String>, line: usize) -> ConfigError {
    let named = key.as_ref().map(|key| format!("\u{a0}: «\u{a0}{key}\u{a0}» figure déjà plus haut")).unwrap_or_default();
    ConfigError::Malformed { key, line, problem: format!("paramètre ou section en double{named}\u{202f}; gardez-en un seul") }
}

/// Not TOML at all.
fn no_toml(text: &str, line: usize, column: usize, message: &str) -> ConfigError {
    let is_of_the_header = ["duplicate", "unclosed table", "unclosed array table"].iter().any(|start| message.starts_with(start));
    if is_header(text, line) && line > 1 && !is_of_the_header {
        // The header is sound: what stands above it goes on.
        let key = key_above(text, line - 1, &section_at(text, line - 1));
        let problem = format!("un crochet ou une accolade n’est pas fermé plus haut, paramètre «\u{a0}{key}\u{a0}»");
        return ConfigError::Malformed { key: Some(key), line, problem };
    }
    let section = section_at(text, line);
    let key = if is_header(text, line) { Some(section) } else { key_on(text, line).map(|name| key_in(&section, name)) };
    let named = key.as_ref().map(|key| format!(", paramètre «\u{a0}{key}\u{a0}»")).unwrap_or_default();
    let said = toml_slip::slip(message, text.lines().nth(line - 1).unwrap_or_default()).told(Language::Fr);
    let problem = format!("colonne {column}{named}\u{a0}: {said}");
    ConfigError::Malformed { key, line, problem }
}

fn key_in(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

/// The key of a line, or of the nearest one above where the value goes on; else the section.
fn key_above(text: &str, line: usize, section: &str) -> String {
    let lines = text.lines().take(line).count();
    let name = (1..=lines).rev().take_while(|line| !is_header(text, *line)).find_map(|line| key_on(text, line));
    name.map_or_else(|| section.to_owned(), |name| if name == section { name.to_owned() } else { key_in(section, name) })
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
    Some(inner.trim_start_matches('[').split(']').next().unwrap_or_default().trim())
}

fn key_on(text: &str, line: usize) -> Option<&str> {
    let line = text.lines().nth(line.saturating_sub(1))?;
    let (name, value) = line.split_once('=').unwrap_or((line, ""));
    let name = name.trim();
    // What has not the looks of a key may be a secret, in a file that is no configuration at all: digits stand in the name of an answer.
    let is_answer = !value.trim().is_empty() && name.contains('_');
    let is_bare = !name.is_empty() && name.len() <= KEY_LENGTH;
    let is_sign = |sign: char| sign.is_ascii_lowercase() || matches!(sign, '_' | '.') || (is_answer && sign.is_ascii_digit());
    (is_bare && name.chars().all(is_sign)).then_some(name)
}

/// What was expected of a value.
fn expectation(message: &str) -> String {
    if message.starts_with("unknown variant") {
        let mut quoted = message.split('`').skip(1).step_by(2);
        let given = quoted.next().unwrap_or_default();
        let admitted: Vec<&str> = quoted.collect();
        return format!("«\u{a0}{given}\u{a0}» n’est pas admis\u{202f}; valeurs admises\u{a0}: {}", admitted.join(", "));
    }
    if let Some((_, said)) = VALUES.iter().find(|(start, _)| message.starts_with(start)) {
        return (*said).to_owned();
    }
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected).unwrap_or_default();
    let said = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "un nombre entier, positif et sans guillemets, est attendu",
        "a boolean" => "true ou false, sans guillemets, est attendu",
        "a string" | "path string" | "socket address" | "a string representing an URL" => "un texte entre guillemets est attendu",
        "a sequence" => "une liste entre crochets est attendue",
        _ if expected.starts_with("struct") || expected == "a map" => "une section, avec ses propres paramètres, est attendue",
        _ if expected.contains("enum") || expected.contains("string") => "un texte entre guillemets est attendu",
        _ => "ce n’est pas une valeur de ce paramètre",
    };
    said.to_owned()
}

#[cfg(test)]
mod tests;
