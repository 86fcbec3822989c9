//! The person's own page: on which workstations she is known. Reached after a sign-in, by the browser that signed in, for some minutes.

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::SignInId;

use super::SignIns;
use crate::store::{PairRow, SecretHash, SessionRow, SignInKey, SignInRow, Stage, StoreError};

/// Seconds after the session opened during which the page may be opened: nobody shall find it later in a browser left alone.
const OPEN_S: i64 = 600;

/// What the page shows.
#[derive(Debug)]
pub struct OwnPage {
    /// The sign-in by which she came.
    pub sign_in_id: SignInId,
    /// The last used first.
    pub pairs: Vec<PairRow>,
    /// The device on which that sign-in opened its session.
    pub here: String,
}

/// What came of forgetting.
#[derive(Debug)]
pub enum OwnPageForgot {
    /// What is left.
    Another(OwnPage),
    /// The workstation by which she came: her session is over, and the page with it.
    Here(SignInId),
}

/// Why the page does not open.
#[derive(Debug, thiserror::Error)]
pub enum OwnPageRefused {
    /// 400: no sign-in of that cookie.
    #[error("no sign-in of that cookie")]
    BrowserMismatch,
    /// 403: no guard, or a wrong one.
    #[error("the form came without its guard")]
    FormRefused(SignInId),
    /// 410: no session of that sign-in, or not any more, or too long ago.
    #[error("the page is open for some minutes only")]
    Closed(SignInId),
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl OwnPageRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::BrowserMismatch => ErrorCode::BrowserMismatch,
            Self::FormRefused(_) => ErrorCode::FormRefused,
            Self::Closed(_) => ErrorCode::OwnPageClosed,
            Self::Store(_) => ErrorCode::StorageUnavailable,
        }
    }
}

impl SignIns {
    /// Where the person of that browser's sign-in is known.
    ///
    /// # Errors
    /// [`OwnPageRefused`]
    pub async fn own_page(&self, cookie: &SecretString) -> Result<OwnPage, OwnPageRefused> {
        let (row, session) = self.just_signed_in(cookie).await?;
        let pairs = self.sessions.pairs_of(session.account_id).await?;
        Ok(OwnPage { sign_in_id: row.id, pairs, here: session.jkt })
    }

    /// Forgets her on one workstation, and ends what she has there.
    ///
    /// # Errors
    /// [`OwnPageRefused`]
    pub async fn forget(&self, cookie: &SecretString, guard: &SecretString, jkt: &str) -> Result<OwnPageForgot, OwnPageRefused> {
        let (row, session) = self.just_signed_in(cookie).await?;
        if !self.is_own_form(&row, cookie, guard).await? {
            return Err(OwnPageRefused::FormRefused(row.id));
        }
        if let Some(forgotten) = self.sessions.forget_pair(session.account_id, jkt, row.browser_address()).await? {
            forgotten.attempts.sign_ins.iter().for_each(|id| self.wakeups.wake(id));
        }
        if jkt == session.jkt {
            return Ok(OwnPageForgot::Here(row.id));
        }
        let pairs = self.sessions.pairs_of(session.account_id).await?;
        Ok(OwnPageForgot::Another(OwnPage { sign_in_id: row.id, pairs, here: session.jkt }))
    }

    async fn just_signed_in(&self, cookie: &SecretString) -> Result<(SignInRow, SessionRow), OwnPageRefused> {
        let found = self.around.store.sign_in(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        let row = found.ok_or(OwnPageRefused::BrowserMismatch)?;
        if !matches!(row.stage, Stage::Redeemed(_)) {
            return Err(OwnPageRefused::Closed(row.id));
        }
        let now = self.around.clock.now();
        let session = self.around.store.session(&row.id).await?;
        let is_open = |session: &SessionRow| session.is_live(now) && session.created_at.plus_seconds(OPEN_S) > now;
        match session.filter(is_open) {
            Some(session) => Ok((row, session)),
            None => Err(OwnPageRefused::Closed(row.id)),
        }
    }
}
