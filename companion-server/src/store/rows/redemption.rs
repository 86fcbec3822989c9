//! A code or a device code presented for its session, and what became of it.

use vestibule_model::practitioner::SituationId;
use vestibule_model::session::SignInId;

use super::{AuditRow, ClosedSignIn, Owing, SessionRow};
use crate::clock::Timestamp;
use crate::store::{SecretHash, SessionRules};

/// What the app presents for its session.
#[derive(Clone)]
pub enum Presented {
    /// The code from the browser, with the return address it came to.
    Code { code: SecretHash, redirect_uri: String },
    /// The device code.
    DeviceCode(SecretHash),
}

/// A code presented with everything that must fit.
#[derive(Clone)]
pub struct RedeemAttempt {
    pub presented: Presented,
    /// Whether letters came with it and were found right; those that are due must.
    pub letters_right: bool,
    pub jkt: String,
    /// S256 of the verifier presented.
    pub code_challenge: String,
    pub situation_id: Option<SituationId>,
    pub suggested_situation_id: Option<SituationId>,
    pub access: SecretHash,
    pub access_ends_at: Timestamp,
    pub refresh: SecretHash,
    pub absolute_ends_at: Timestamp,
    /// Of the session it opens.
    pub rules: SessionRules,
    /// A pair that was not used after this moment is new.
    pub pair_used_after: Timestamp,
    /// Of what this burns or replaces.
    pub owing: Owing,
    pub lines: RedeemLines,
}

/// What the trail says of each thing that may become of a code.
#[derive(Clone)]
pub struct RedeemLines {
    pub signed_in: AuditRow,
    pub new_workstation: AuditRow,
    pub replaced: AuditRow,
    pub unlocked: AuditRow,
    pub burned: AuditRow,
}

/// The session that a new one of the same key ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    pub id: SignInId,
    /// Whether it was locked, and its own person came back.
    pub is_unlocked: bool,
}

/// What became of a code.
#[derive(Debug, Clone)]
pub enum Redeemed {
    /// The one winner; with the session its key had before, now ended, and what else the key had started, now cancelled.
    Opened { session: Box<SessionRow>, replaced: Option<Replaced>, cancelled: Vec<ClosedSignIn> },
    /// No such code.
    Unknown,
    /// Used before.
    Replayed(SignInId),
    /// Too late, or over.
    Over(SignInId),
    /// Right code, wrong return address: nothing changes.
    OtherReturnAddress(SignInId),
    /// Right code, wrong verifier or key: burned now.
    Burned(ClosedSignIn),
    /// Right code or device code, but not confirmed yet, or letters are due: nothing changes.
    NotYet(SignInId),
}
