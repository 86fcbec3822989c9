//! The support report.

use std::path::Path;

use chrono::{DateTime, Utc};

mod en;
mod fr;

/// In each language.
pub(crate) trait ReportWords {
    fn examined(&self, at: DateTime<Utc>, failures: &[&str], warnings: &[&str]) -> String;
    fn report_missing(&self, why: &str) -> String;
    fn report_cut(&self, bytes: u64) -> String;
    fn report_contents(&self, kib: u64) -> String;
    fn report_part(&self, name: &str, bytes: usize, missing: Option<&str>) -> String;
    fn report_lines_between(&self, count: usize) -> String;
    fn report_question(&self, path: &Path) -> String;
    fn report_question_of_stream(&self) -> &'static str;
    fn report_on_a_terminal(&self) -> &'static str;
    fn report_beside_json(&self) -> &'static str;
    fn report_written(&self, path: &Path) -> String;
    fn report_not_written(&self) -> &'static str;
    fn report_unwritten(&self, path: &Path, fault: &str) -> String;
}
