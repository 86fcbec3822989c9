//! How far a change of the vault's key has come.

use serde::Serialize;

use crate::store::KeyCensus;
use crate::vault::{KeyId, KeyRing};

/// Keys of the vault by name, and how much lies under each. No secret.
#[derive(Debug, Serialize)]
pub struct KeyStatus {
    keys: Vec<Key>,
    /// Values under keys that are not in the file, or that name none.
    missing: u64,
}

#[derive(Debug, Serialize)]
struct Key {
    id: String,
    role: Role,
    values: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    /// Seals.
    Current,
    /// Opens what was sealed before it was replaced.
    Former,
    /// Still in the file, or first in it, and refused by the memory.
    Forgotten,
    /// Not in the file.
    Missing,
}

impl KeyStatus {
    /// Compares the file with the memory.
    pub fn new(ring: &KeyRing, census: &KeyCensus) -> Self {
        let role = |id: KeyId| match () {
            () if census.forgotten.contains(&id) => Role::Forgotten,
            () if id == ring.current() => Role::Current,
            () => Role::Former,
        };
        let mut keys: Vec<Key> =
            ring.ids().into_iter().map(|id| Key { id: id.to_string(), role: role(id), values: census.under(id) }).collect();
        let strangers = census.values.iter().filter(|(id, _)| id.is_none_or(|id| !ring.ids().contains(&id)));
        keys.extend(strangers.map(|(id, values)| Key {
            id: id.map(|id| id.to_string()).unwrap_or_default(),
            role: Role::Missing,
            values: *values,
        }));
        Self { missing: missing_values(ring, census), keys }
    }

    /// Whether the file has all that the memory needs.
    pub fn is_sound(&self) -> bool {
        self.missing == 0 && self.keys.first().is_some_and(|key| key.role == Role::Current)
    }

    /// For the administrator, in French.
    pub fn to_text(&self) -> String {
        let mut text = String::from("clé               données  rôle\n");
        for Key { id, role, values } in &self.keys {
            let role = match role {
                Role::Current => "active",
                Role::Former => "encore nécessaire\u{a0}: rotation à terminer («\u{a0}vault rotate\u{a0}»)",
                Role::Forgotten => "retirée\u{a0}: à supprimer du fichier",
                Role::Missing => "absente du fichier\u{a0}: données illisibles (VST-3012)",
            };
            text.push_str(&format!("{id:<16}  {values:>7}  {role}\n"));
        }
        text
    }
}

/// How many values lie under keys that the ring lacks, or name none.
pub fn missing_values(ring: &KeyRing, census: &KeyCensus) -> u64 {
    let ids = ring.ids();
    census.values.iter().filter(|(id, _)| id.is_none_or(|id| !ids.contains(&id))).map(|(_, values)| values).sum()
}
