//! A session, its tokens, and how it ends.

use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionEnd, SignInId};

use crate::clock::Timestamp;
use crate::store::{SecretHash, SessionRules};

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
    /// Those of its group when it opened.
    pub rules: SessionRules,
    /// Whether the person was new to the device when it opened.
    pub new_workstation: bool,
    /// Generation of the last tokens made.
    pub head: i64,
    /// Last generation the app showed it holds.
    pub confirmed: i64,
    pub version: i64,
    /// Since when it gives nothing until its person signs in again.
    pub locked_at: Option<Timestamp>,
    pub ended: Option<SessionEnd>,
    pub ended_at: Option<Timestamp>,
    /// When its person said, of one that was over, that she asked for nothing.
    pub objected_at: Option<Timestamp>,
}

impl SessionRow {
    /// The moment at which it ends unless the person is active before.
    pub const fn idle_ends_at(&self) -> Timestamp {
        self.last_activity_at.plus_seconds(self.rules.idle_limit_s as i64)
    }

    /// Whether nobody and no time ended it.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended.is_none() && self.idle_ends_at() > now && self.absolute_ends_at > now
    }
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
    pub access: SecretHash,
    pub access_ends_at: Timestamp,
    pub refresh: SecretHash,
}

/// What became of a refresh token.
#[derive(Debug, Clone)]
pub enum Rotated {
    Next(Box<SessionRow>),
    /// Its successor had been used: the family is dead.
    Reused,
    /// The session was over, or out of time.
    Over,
}

/// Why and on which condition a session ends.
#[derive(Debug, Clone)]
pub enum Ending {
    /// Its idle limit is reached.
    Idle,
    /// The absolute limit is reached.
    Expired,
    /// By a person, in this manner; with the sealed hint that ends Pro Santé Connect's session, kept until that is done or `ends_at`. The next
    /// sign-in on the device asks anew who it is.
    ForGood { end: SessionEnd, id_token_sealed: Option<Vec<u8>>, ends_at: Timestamp },
    /// By the app.
    Closed,
}
