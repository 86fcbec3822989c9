//! Pieces of TOML that are laid over others.

use toml::{Table, Value};

/// A fragment as a table.
///
/// # Panics
/// When it is no TOML: whoever wrote it is at hand.
pub(crate) fn parsed(fragment: &str) -> Table {
    fragment.parse().unwrap_or_else(|error| panic!("{error}\n{fragment}"))
}

/// Lays `from` over `into`, section by section.
pub(crate) fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

/// Takes the key away; whether it was there.
pub(crate) fn removed(from: &mut Table, key: &str) -> bool {
    match key.split_once('.') {
        None => from.remove(key).is_some(),
        Some((section, rest)) => from.get_mut(section).and_then(Value::as_table_mut).is_some_and(|section| removed(section, rest)),
    }
}

/// The text that stands at this key.
pub(crate) fn text_at<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match key.split_once('.') {
        None => table.get(key)?.as_str(),
        Some((section, rest)) => text_at(table.get(section)?.as_table()?, rest),
    }
}

/// Every key, in dots.
pub(crate) fn key_names(table: &Table) -> Vec<String> {
    let below = |(key, value): (&String, &Value)| match value.as_table() {
        Some(section) => key_names(section).into_iter().map(|name| format!("{key}.{name}")).collect(),
        None => vec![key.clone()],
    };
    table.iter().flat_map(below).collect()
}
