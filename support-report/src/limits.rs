//! How much of what a report may hold.

use crate::part::Part;

/// Everything in it together, in bytes.
pub const MOST: u64 = 10 << 20;

/// Days of the logs, where nobody says how many.
pub const DAYS: u32 = 7;

/// What is kept for the manifest, in bytes.
const MANIFEST_ROOM: u64 = 64 << 10;

/// What these parts and the manifest leave to the logs, in bytes.
pub fn room_beside(parts: &[Part]) -> u64 {
    MOST.saturating_sub(MANIFEST_ROOM + parts.iter().map(Part::bytes).sum::<u64>())
}
