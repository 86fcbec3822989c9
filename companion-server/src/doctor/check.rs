//! One thing that an examination looked at, and what it makes of it.

use serde::Serialize;
use vestibule_model::ErrorCode;

use crate::words;

/// One thing looked at.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    /// In French.
    pub(super) title: &'static str,
    pub(super) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<ErrorCode>,
    /// In French; what was found, or why it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    /// In French; what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<&'static str>,
}

/// In rising order of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    /// Works, with something to know.
    Warning,
    Failed,
}

impl Check {
    /// Whether a program that looks for numbers finds none where all is well.
    pub(super) fn is_right(&self) -> bool {
        self.status != Status::Ok || (self.code.is_none() && self.remedy.is_none())
    }
}

pub(super) const fn passed(name: &'static str, title: &'static str, detail: Option<String>) -> Check {
    Check { name, title, status: Status::Ok, code: None, detail, remedy: None }
}

pub(super) const fn warned(name: &'static str, title: &'static str, detail: String) -> Check {
    Check { name, title, status: Status::Warning, code: None, detail: Some(detail), remedy: None }
}

/// Works, with something to know that the catalogue names.
pub(super) fn coded(name: &'static str, title: &'static str, code: ErrorCode, detail: String) -> Check {
    Check { code: Some(code), ..warned(name, title, format!("{code}\u{a0}: {detail}")) }
}

pub(super) fn failed(name: &'static str, title: &'static str, code: ErrorCode, detail: String) -> Check {
    let detail = if detail.starts_with("VST-") { detail } else { format!("{code}\u{a0}: {detail}") };
    Check {
        name,
        title,
        status: Status::Failed,
        code: Some(code),
        detail: Some(detail),
        remedy: Some(words::for_administrator(code).remedy),
    }
}
