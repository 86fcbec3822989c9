//! In English.

use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_model::language::Language;

use super::ReportWords;
use crate::words::{English, day};

impl ReportWords for English {
    fn examined(&self, at: DateTime<Utc>, failures: &[&str], warnings: &[&str]) -> String {
        let mut text = format!("Made on {} at {} (UTC). ", day(Language::En, at), at.format("%H:%M"));
        match (failures, warnings) {
            ([], []) => text.push_str("Nothing to report."),
            (failures, []) => text.push_str(&format!("Failure: {}.", failures.join(", "))),
            ([], warnings) => text.push_str(&format!("Warning: {}.", warnings.join(", "))),
            (failures, warnings) => {
                text.push_str(&format!("Failure: {}. Warning: {}.", failures.join(", "), warnings.join(", ")));
            }
        }
        text
    }

    fn report_missing(&self, why: &str) -> String {
        format!("[missing: {why}]")
    }

    fn report_cut(&self, bytes: u64) -> String {
        format!("[older, left out: {bytes} bytes]")
    }

    fn report_contents(&self, kib: u64) -> String {
        format!("This report will hold this, and nothing else ({kib} kB):")
    }

    fn report_part(&self, name: &str, bytes: usize, missing: Option<&str>) -> String {
        match missing {
            Some(why) => format!("{name}: missing ({why})"),
            None => format!("{name}: {bytes} bytes"),
        }
    }

    fn report_lines_between(&self, count: usize) -> String {
        format!("   … {count} more lines …")
    }

    fn report_question(&self, path: &Path) -> String {
        format!("Write this report to {}? Type y for yes, v to view all of it, n for no, then Enter.", path.display())
    }

    fn report_question_of_stream(&self) -> &'static str {
        "Write this report to the standard output? Type y for yes, v to see all of it, n for no, then Enter."
    }

    fn report_on_a_terminal(&self) -> &'static str {
        "--out - writes the report, a zip archive, to the standard output, and a terminal cannot show it. Redirect it (> report.zip), or name a file."
    }

    fn report_beside_json(&self) -> &'static str {
        "--out - and --json both write to the standard output. Name a file for --out, or remove --json."
    }

    fn report_written(&self, path: &Path) -> String {
        format!("Report written: {}\nNothing was sent: give this file to support yourself.", path.display())
    }

    fn report_not_written(&self) -> &'static str {
        "No report was written. Where nobody is there to answer, add --yes."
    }

    fn report_unwritten(&self, path: &Path, fault: &str) -> String {
        format!("{}: {fault}.", path.display())
    }
}
