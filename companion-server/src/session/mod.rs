//! What lives on after a sign-in: the service session, its clocks, and the use it makes of Pro Santé Connect's own session.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{SessionEvent, SignOutAnswer, TokenAnswer};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{Session, SessionClocks, SessionEnd, SignInId};

use crate::store::StoreError;

/// The service sessions of this companion; cheap to clone.
#[derive(Clone)]
pub struct Sessions(#[expect(dead_code, reason = "bodies come next")] Arc<()>);

/// Proof that a request comes from a live session: only [`Sessions::authenticate`] makes one.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The sign-in that opened it; names the session too.
    pub sign_in_id: SignInId,
    /// RFC 7638 thumbprint of the device key.
    pub jkt: String,
}

/// Why a call that needs a session does not get one.
#[derive(Debug, thiserror::Error)]
pub enum SessionRefused {
    /// No such token for this key: 401 `invalid_token`.
    #[error("no session of that token for this key")]
    Unknown,
    /// The access token is too old, the session lives: 401 `invalid_token`, the app refreshes.
    #[error("the access token is too old")]
    AccessTokenExpired,
    /// 401 `invalid_token`, with the reason for the app.
    #[error("the session ended")]
    Ended(SessionEnd),
    /// 404.
    #[error("no such practice situation for this person")]
    SituationUnknown,
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl SessionRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown | Self::AccessTokenExpired | Self::Ended(_) => ErrorCode::SessionEnded,
            Self::SituationUnknown => ErrorCode::SituationUnknown,
            Self::Store(_) => ErrorCode::StorageUnavailable,
        }
    }
}

/// Why a refresh token is refused: RFC 6749 `invalid_grant`, or 503.
#[derive(Debug, thiserror::Error)]
pub enum RefreshRefused {
    /// No such refresh token for this key.
    #[error("no session of that refresh token for this key")]
    Unknown,
    /// The session ended before.
    #[error("the session ended")]
    Ended(SessionEnd),
    /// A rotated-out token whose successor was used: the family is dead now.
    #[error("a rotated-out refresh token was presented")]
    Reused(SignInId),
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl RefreshRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown | Self::Ended(_) => ErrorCode::SessionEnded,
            Self::Reused(_) => ErrorCode::SessionRevoked,
            Self::Store(_) => ErrorCode::StorageUnavailable,
        }
    }
}

/// Whether the browser that comes back from a sign-out carries a state of ours. Pro Santé Connect may drop it, so both are greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOutReturn {
    /// The sign-out it belongs to is now finished.
    Finished,
    /// No state, or none of ours.
    Unrelated,
}

impl Sessions {
    /// Finds the live session of an access token, for the key that made the proof.
    ///
    /// # Errors
    /// [`SessionRefused`]; the first call after the idle or absolute limit ends the session.
    pub async fn authenticate(&self, _jkt: &str, _access_token: &SecretString) -> Result<LiveSession, SessionRefused> {
        todo!()
    }

    /// The session as its app may know it.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn describe(&self, _live: &LiveSession) -> Result<Session, SessionRefused> {
        todo!()
    }

    /// Chooses one of the practice situations; counts as activity.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn choose_situation(&self, _live: &LiveSession, _choice: &SituationId) -> Result<Session, SessionRefused> {
        todo!()
    }

    /// Real input happened `idle_ms` milliseconds ago. In its wake Pro Santé Connect's session may be refreshed (EXI 11).
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn activity(&self, _live: &LiveSession, _idle_ms: u64) -> Result<SessionClocks, SessionRefused> {
        todo!()
    }

    /// The next report after version `after`; the current one when nothing changed within `wait`.
    ///
    /// # Errors
    /// [`SessionRefused`]; an ended session is reported, not refused.
    pub async fn wait_event(&self, _live: &LiveSession, _after: Option<u64>, _wait: Duration) -> Result<SessionEvent, SessionRefused> {
        todo!()
    }

    /// Rotates the refresh token.
    ///
    /// # Errors
    /// [`RefreshRefused`]
    pub async fn refresh(&self, _jkt: &str, _refresh_token: &SecretString) -> Result<TokenAnswer, RefreshRefused> {
        todo!()
    }

    /// Ends the service session, then Pro Santé Connect's, server to server (EXI 20).
    ///
    /// # Errors
    /// [`SessionRefused`] when the session was already over, or the memory failed: then nothing was ended.
    pub async fn sign_out(&self, _live: &LiveSession) -> Result<SignOutAnswer, SessionRefused> {
        todo!()
    }

    /// RFC 7009: ends the service session of an access or refresh token of this key; Pro Santé Connect is left alone (RECO 06).
    ///
    /// # Errors
    /// [`StoreError`]; an unknown token is not an error.
    pub async fn end(&self, _jkt: &str, _token: &SecretString) -> Result<(), StoreError> {
        todo!()
    }

    /// The browser came back from a sign-out.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sign_out_returned(&self, _state: Option<&str>) -> Result<SignOutReturn, StoreError> {
        todo!()
    }
}
