//! A person on a device key.

use vestibule_model::practitioner::SituationId;
use vestibule_model::session::SignInId;

use super::{AuditRow, Cancelled, OwedSignOut, Owing, SessionRow};
use crate::clock::Timestamp;

/// What is known of a device key, whoever signs in with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceSeen {
    /// Whether somebody signed in with it before.
    pub is_known: bool,
    /// The group that an enrolment token led it into.
    pub group_name: Option<String>,
}

/// A person, and what is known of her on one device key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    pub account_id: i64,
    /// Whether she signed in with this key before.
    pub pair_known: bool,
    /// Who used this key last.
    pub last_account_id: Option<i64>,
    /// Whether somebody used it last who was erased or forgotten since.
    pub is_last_forgotten: bool,
    pub last_situation_id: Option<SituationId>,
}

/// A person on a device key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRow {
    pub jkt: String,
    /// What the workstation called itself at the last sign-in.
    pub device_label: Option<String>,
    pub created_at: Timestamp,
    pub last_sign_in_at: Timestamp,
}

/// A live session of a person, as she may tell it from her others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSessionRow {
    pub session: SessionRow,
    /// What its workstation called itself when it opened.
    pub device_label: Option<String>,
}

/// A pair to be forgotten.
#[derive(Clone)]
pub struct Forgetting {
    pub account_id: i64,
    pub jkt: String,
    /// Of the session that is live there, as far as known: the sealed hint that ends Pro Santé Connect's.
    pub hint: Option<(SignInId, Vec<u8>)>,
    /// Until when that hint is kept, unless it was used before.
    pub hint_ends_at: Timestamp,
    /// Of what she has under way there.
    pub owing: Owing,
    /// What the trail says of it.
    pub line: AuditRow,
}

/// What ended with a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub session: Option<SignInId>,
    /// Sign-ins whose session was on its way.
    pub attempts: Cancelled,
    /// What was owed before, and is owed with the session; no browser is sent any more.
    pub owed: Vec<OwedSignOut>,
}
