//! The language of what a person reads.

use serde::{Deserialize, Serialize};

/// French first, English second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Language {
    #[default]
    Fr,
    En,
}
