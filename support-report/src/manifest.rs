//! What the report says of itself.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use vestibule_model::redaction::{self, KnownWords};

use crate::limits::MOST;
use crate::part::Part;

/// Its path in the report.
pub const MANIFEST: &str = "manifest.json";

/// The parts of a report, with what their program says of itself: `own`, whose fields stand among the others.
#[derive(Debug, Serialize)]
pub struct Manifest<'a, Own> {
    /// Of this document.
    format: u32,
    product: &'static str,
    made_at: String,
    #[serde(flatten)]
    own: Own,
    days: u32,
    most_bytes: u64,
    files: Vec<Listed<'a>>,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    bytes: usize,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'a str>,
    /// What was left out, only where something was.
    #[serde(skip_serializing_if = "is_none")]
    left_out_bytes: u64,
    #[serde(skip_serializing_if = "is_none")]
    older_lines: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl<'a> From<&'a Part> for Listed<'a> {
    fn from(part: &'a Part) -> Self {
        let sha256 = Sha256::digest(&part.text).iter().map(|byte| format!("{byte:02x}")).collect();
        let (name, bytes, missing) = (part.name.as_str(), part.text.len(), part.missing.as_deref());
        Self { name, bytes, sha256, missing, left_out_bytes: part.left_out, older_lines: part.older_lines }
    }
}

impl<'a, Own: Serialize> Manifest<'a, Own> {
    /// Of the other parts.
    pub fn new(product: &'static str, made_at: DateTime<Utc>, own: Own, days: u32, parts: &'a [Part]) -> Self {
        let made_at = made_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        Self { format: 1, product, made_at, own, days, most_bytes: MOST, files: parts.iter().map(Listed::from).collect() }
    }

    /// As `pretty` writes it. The last pass would take its hashes for secrets and its sizes for somebody's number: it sees every other line.
    pub fn part(&self, known: &KnownWords, pretty: impl FnOnce(&Self) -> String) -> Part {
        let is_ours = |line: &str| {
            ["\"sha256\": ", "\"bytes\": ", "\"left_out_bytes\": ", "\"older_lines\": "]
                .iter()
                .any(|key| line.trim_start().starts_with(key))
        };
        let line = |line: &str| if is_ours(line) { line.to_owned() } else { redaction::redact(line, known) };
        Part::new(MANIFEST, pretty(self).split_inclusive('\n').map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Own {
        version: &'static str,
    }

    #[test]
    fn it_says_of_every_part_what_leaves_and_what_does_not() {
        let cut = Part { left_out: 123_456_789_012, older_lines: 987_654_321, ..Part::new("logs/a", "abc".to_owned()) };
        let parts = [cut, Part::missing("logs/b", "of 10.20.30.40".to_owned(), "none")];
        let manifest = Manifest::new("a product", DateTime::UNIX_EPOCH, Own { version: "1" }, 7, &parts);
        let part = manifest.part(&KnownWords::default(), |manifest| serde_json::to_string_pretty(manifest).expect("JSON"));
        assert_eq!(part.name, MANIFEST);
        let all = serde_json::from_str::<serde_json::Value>(&part.text).expect("JSON");
        assert_eq!((&all["version"], &all["made_at"]), (&"1".into(), &"1970-01-01T00:00:00Z".into()));
        assert_eq!(all["files"][0]["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(
            (&all["files"][0]["left_out_bytes"], &all["files"][0]["older_lines"]),
            (&123_456_789_012_u64.into(), &987_654_321.into())
        );
        assert_eq!((all["files"][1].get("left_out_bytes"), all["files"][1].get("older_lines")), (None, None));
        assert!(all["files"][1]["missing"].as_str().is_some_and(|why| why.starts_with("of ") && !why.contains("10.20")), "{all}");
    }
}
