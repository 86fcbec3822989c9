//! Keys of a TOML file, and pieces of TOML that are laid over them.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use toml::{Table, Value};

/// What a file of settings holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Keys(Table);

impl Keys {
    /// Those of a fragment.
    ///
    /// # Panics
    /// When it is no TOML: whoever wrote it is at hand.
    pub(crate) fn of(fragment: &str) -> Self {
        Self(fragment.parse().unwrap_or_else(|error| panic!("{error}\n{fragment}")))
    }

    /// Those of a file.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        Ok(Self(fs::read_to_string(file)?.parse()?))
    }

    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        fs::write(file, self.text()).with_context(|| file.display().to_string())
    }

    /// With these besides, or instead: sections are merged, a value takes the place of another.
    pub(crate) fn with(mut self, fragment: &str) -> Self {
        merge(&mut self.0, Self::of(fragment).0);
        self
    }

    /// Takes the key away; whether it was there.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        removed(&mut self.0, key)
    }

    /// One section alone.
    pub(crate) fn section(&self, name: &str) -> Option<Self> {
        Some(Self(Table::from_iter([(name.to_owned(), self.0.get(name)?.clone())])))
    }

    /// The text that stands at this key.
    pub(crate) fn text_at(&self, key: &str) -> Option<&str> {
        text_at(&self.0, key)
    }

    /// Every key, in dots.
    pub(crate) fn names(&self) -> Vec<String> {
        names(&self.0)
    }

    /// Sections in the order of their names, a line for each key.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }
}

/// Lays `from` over `into`, section by section.
fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

fn removed(from: &mut Table, key: &str) -> bool {
    match key.split_once('.') {
        None => from.remove(key).is_some(),
        Some((section, rest)) => from.get_mut(section).and_then(Value::as_table_mut).is_some_and(|section| removed(section, rest)),
    }
}

fn text_at<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match key.split_once('.') {
        None => table.get(key)?.as_str(),
        Some((section, rest)) => text_at(table.get(section)?.as_table()?, rest),
    }
}

fn names(table: &Table) -> Vec<String> {
    let below = |(key, value): (&String, &Value)| match value.as_table() {
        Some(section) => names(section).into_iter().map(|name| format!("{key}.{name}")).collect(),
        None => vec![key.clone()],
    };
    table.iter().flat_map(below).collect()
}
