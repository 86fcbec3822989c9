use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionEnd, SignInId};

use super::SecretHash;
use crate::clock::Timestamp;

/// A sign-in about to be kept.
#[derive(Clone)]
pub struct NewSignInRow {
    pub id: SignInId,
    pub jkt: String,
    pub app_address: String,
    pub redirect_uri: String,
    pub code_challenge: String,
    pub app_state: String,
    pub device_label: Option<String>,
    pub match_number: String,
    pub request: SecretHash,
    pub created_at: Timestamp,
    /// End of the whole attempt.
    pub ends_at: Timestamp,
    /// End of the time in which the request may be opened.
    pub stage_ends_at: Timestamp,
}

/// What became of a sign-in to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    Kept,
    /// Draw another id.
    IdTaken,
    /// The key has too many under way; one of them ends at this moment at the latest.
    TooManyPending {
        until: Timestamp,
    },
}

/// By what a sign-in is looked up.
#[derive(Debug, Clone)]
pub enum SignInKey {
    Id(SignInId),
    Request(SecretHash),
    Cookie(SecretHash),
    PscState(SecretHash),
    Code(SecretHash),
}

/// A sign-in as kept.
#[derive(Clone)]
pub struct SignInRow {
    pub id: SignInId,
    pub state: SignInState,
    pub error_code: Option<ErrorCode>,
    pub jkt: String,
    pub app_address: String,
    pub redirect_uri: String,
    pub code_challenge: String,
    pub app_state: String,
    pub device_label: Option<String>,
    pub match_number: String,
    pub cookie: Option<Vec<u8>>,
    pub browser_address: Option<String>,
    pub psc_pending_sealed: Option<Vec<u8>>,
    pub account_id: Option<i64>,
    pub confirmation_reason: Option<String>,
    pub identity_changed: bool,
    pub created_at: Timestamp,
    pub ends_at: Timestamp,
    pub stage_ends_at: Timestamp,
}

/// An arrow between two states under way, with what the new state holds. The last arrow, to redeemed, is [`RedeemAttempt`].
#[derive(Clone)]
pub enum Arrow {
    /// created → opened.
    Open { cookie: SecretHash, browser_address: String },
    /// opened → at_psc.
    LeaveForPsc { psc_state: SecretHash, pending_sealed: Vec<u8>, stage_ends_at: Timestamp },
    /// at_psc → exchanging.
    Exchange { stage_ends_at: Timestamp },
    /// exchanging → authenticated.
    Authenticate {
        /// Replaces the one from before the passage at Pro Santé Connect.
        cookie: SecretHash,
        account_id: i64,
        confirmation_reason: Option<&'static str>,
        identity_changed: bool,
        grant: GrantRow,
        stage_ends_at: Timestamp,
    },
    /// authenticated → confirmed.
    Confirm { code: SecretHash, stage_ends_at: Timestamp },
}

/// What Pro Santé Connect granted to one sign-in.
#[derive(Clone)]
pub struct GrantRow {
    pub practitioner_sealed: Vec<u8>,
    pub tokens_sealed: Vec<u8>,
    /// `card` or `e_cps`.
    pub means: Option<String>,
    pub acr: Option<String>,
    pub last_exchange_at: Timestamp,
    pub psc_over: bool,
}

/// A person, and what is known of her on one device key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    pub account_id: i64,
    /// Whether she signed in with this key before.
    pub pair_known: bool,
    /// Who used this key last.
    pub last_account_id: Option<i64>,
    pub last_situation_id: Option<SituationId>,
}

/// A code presented with everything that must fit.
#[derive(Debug, Clone)]
pub struct RedeemAttempt {
    pub code: SecretHash,
    pub jkt: String,
    /// S256 of the verifier presented.
    pub code_challenge: String,
    pub redirect_uri: String,
    pub situation_id: Option<SituationId>,
    pub suggested_situation_id: Option<SituationId>,
    pub access: SecretHash,
    pub access_ends_at: Timestamp,
    pub refresh: SecretHash,
    pub absolute_ends_at: Timestamp,
}

/// What became of a code.
#[derive(Debug, Clone)]
pub enum Redeemed {
    /// The one winner; with the session its key had before, now ended, and what else the key had started, now cancelled.
    Opened { session: SessionRow, replaced: Option<SignInId>, cancelled: Vec<SignInId> },
    /// No such code.
    Unknown,
    /// Used before.
    Replayed(SignInId),
    /// Too late, or over.
    Over(SignInId),
    /// Right code, wrong return address: nothing changes.
    OtherReturnAddress(SignInId),
    /// Right code, wrong verifier or key: burned now.
    Burned(SignInId),
}

/// A session as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub sign_in_id: SignInId,
    pub account_id: i64,
    pub jkt: String,
    pub situation_id: Option<SituationId>,
    pub suggested_situation_id: Option<SituationId>,
    pub identity_changed: bool,
    pub created_at: Timestamp,
    pub last_activity_at: Timestamp,
    pub absolute_ends_at: Timestamp,
    /// Generation of the last tokens made.
    pub head: i64,
    /// Last generation the app showed it holds.
    pub confirmed: i64,
    pub version: i64,
    pub ended: Option<SessionEnd>,
}

/// The two kinds of tokens the companion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Access,
    Refresh,
}

/// A token as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRow {
    pub generation: i64,
    pub expires_at: Timestamp,
}

/// A refresh token presented by the right key.
#[derive(Debug, Clone)]
pub struct RotateAttempt {
    pub sign_in_id: SignInId,
    pub presented: i64,
    /// Sessions without activity since then are not continued.
    pub idle_since: Timestamp,
    pub access: SecretHash,
    pub access_ends_at: Timestamp,
    pub refresh: SecretHash,
}

/// What became of a refresh token.
#[derive(Debug, Clone)]
pub enum Rotated {
    Next(SessionRow),
    /// Its successor had been used: the family is dead.
    Reused,
    /// The session was over, or out of time.
    Over,
}

/// Why and on which condition a session ends.
#[derive(Debug, Clone)]
pub enum Ending {
    /// No activity since then.
    Idle { since: Timestamp },
    /// The absolute limit is reached.
    Expired,
    /// By the person; with the sealed hint that ends Pro Santé Connect's session, kept until that is done or `ends_at`.
    SignedOut { id_token_sealed: Option<Vec<u8>>, ends_at: Timestamp },
    /// By the app.
    Closed,
}

/// A line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// What is too old.
#[derive(Debug, Clone, Copy)]
pub struct PurgeRules {
    /// Sessions without activity since then end.
    pub idle_since: Timestamp,
    /// What was over before then is removed.
    pub over_before: Timestamp,
    /// Rows of each kind at a time.
    pub limit: u32,
}

/// What a purge did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    pub expired_sign_ins: Vec<SignInId>,
    pub idle_sessions: Vec<SignInId>,
    pub expired_sessions: Vec<SignInId>,
    /// Rows removed.
    pub removed: u64,
}
