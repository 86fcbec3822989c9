//! Where sealed values lie.

use crate::vault::KeyId;

/// A column that holds sealed values, or short codes kept the same way.
#[derive(Debug, PartialEq, Eq)]
pub struct SealedColumn {
    /// Table of the database.
    pub table: &'static str,
    /// Its primary key.
    pub key: &'static str,
    /// Column of the database.
    pub column: &'static str,
    /// Column as the envelope is bound to it.
    pub place: &'static str,
}

/// Every column of the memory that holds sealed values: what a rotation goes through.
pub const SEALED_COLUMNS: &[SealedColumn] = &[
    SealedColumn { table: "sign_ins", key: "id", column: "pending_sealed", place: "psc_pending" },
    SealedColumn { table: "sign_ins", key: "id", column: "typed_code_mac", place: "short_code" },
    SealedColumn { table: "grants", key: "sign_in_id", column: "practitioner_sealed", place: "practitioner" },
    SealedColumn { table: "grants", key: "sign_in_id", column: "tokens_sealed", place: "tokens" },
    SealedColumn { table: "sign_outs", key: "sign_in_id", column: "id_token_sealed", place: "id_token" },
];

/// A sealed value as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// Primary key of its row.
    pub row: String,
    pub envelope: Vec<u8>,
}

/// A value wrapped again, to take the place of the one it was made from.
#[derive(Debug, Clone)]
pub struct Rewrapped {
    pub row: String,
    /// If the row holds anything else by now, it stays as it is.
    pub before: Vec<u8>,
    pub after: Vec<u8>,
}

/// Under which keys the memory's values lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyCensus {
    /// Values under each key; `None` counts what names no key at all.
    pub values: Vec<(Option<KeyId>, u64)>,
    /// Keys that rotations have forgotten.
    pub forgotten: Vec<KeyId>,
}

impl KeyCensus {
    /// How many values lie under this key.
    pub fn under(&self, key: KeyId) -> u64 {
        self.values.iter().find(|(id, _)| *id == Some(key)).map_or(0, |(_, count)| *count)
    }
}
