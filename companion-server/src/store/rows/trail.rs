//! Lines of the audit trail and the periods that seal them.

use vestibule_model::error_code::ErrorCode;

use crate::clock::Timestamp;

/// A line of the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditRow {
    /// Given by the database; 0 before.
    pub id: i64,
    pub at: Timestamp,
    pub event: String,
    pub sign_in_id: Option<String>,
    pub national_id: Option<String>,
    pub jkt: Option<String>,
    pub address: Option<String>,
    pub error_code: Option<ErrorCode>,
    /// Group of workstations that the event is about.
    pub group_name: Option<String>,
    /// Who acted, when it was not the person.
    pub actor: Option<String>,
}

/// The seal of a period: SHA-256 over its lines, over what is said of them, and over the seal before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SealHash(pub [u8; 32]);

/// A closed period of the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditPeriod {
    pub first_id: i64,
    pub last_id: i64,
    pub lines: i64,
    /// Latest moment of a line.
    pub newest_at: Timestamp,
    /// Of the period before; zeros for the first.
    pub previous_hash: SealHash,
    pub hash: SealHash,
    pub sealed_at: Timestamp,
    /// Over its lines alone; `None` under a seal of before what is said of them was sealed too.
    pub content: Option<SealHash>,
}
