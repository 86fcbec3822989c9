//! The person's own page: on which workstations she is known, and where she is signed in. Reached after a sign-in, by the browser that signed in, for some minutes.

use secrecy::SecretString;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::SignInId;

use super::SignIns;
use crate::store::{OwnSessionRow, PairRow, SecretHash, SessionRow, SignInKey, SignInRow, Stage, StoreError};

/// Seconds after the session opened during which the page may be opened: nobody shall find it later in a browser left alone.
const OPEN_S: i64 = 600;

/// What the page shows.
#[derive(Debug)]
pub struct OwnPage {
    /// The sign-in by which she came.
    pub sign_in_id: SignInId,
    /// The last used first.
    pub pairs: Vec<PairRow>,
    /// Her live sessions, at most one on each of those.
    pub sessions: Vec<OwnSessionRow>,
    /// The device on which that sign-in opened its session.
    pub here: String,
}

/// What came of forgetting.
#[derive(Debug)]
pub enum OwnPageForgot {
    Another,
    /// The workstation by which she came: her session is over, and the page with it.
    Here,
}

/// Which sessions the page ends: never the one by which she came, which has its app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnPageEnds {
    One(SignInId),
    Others,
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
            Self::Store(error) => error.code(),
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
        let sessions = self.sessions.sessions_of(session.account_id).await?;
        Ok(OwnPage { sign_in_id: row.id, pairs, sessions, here: session.jkt })
    }

    /// Ends what she has open elsewhere. What is not hers, or over, is left as it is.
    ///
    /// # Errors
    /// [`OwnPageRefused`]
    pub async fn end_sessions(&self, cookie: &SecretString, guard: &SecretString, which: &OwnPageEnds) -> Result<(), OwnPageRefused> {
        let (row, session) = self.just_signed_in(cookie).await?;
        if !self.is_own_form(&row, cookie, guard).await? {
            return Err(OwnPageRefused::FormRefused(row.id));
        }
        match which {
            OwnPageEnds::Others => drop(self.sessions.end_others(&session, row.browser_address()).await?),
            OwnPageEnds::One(id) => {
                let hers = self.sessions.sessions_of(session.account_id).await?;
                let is_meant = |own: &&OwnSessionRow| own.session.sign_in_id == *id && *id != session.sign_in_id;
                if let Some(own) = hers.iter().find(is_meant) {
                    self.sessions.end_from(&own.session, &session.sign_in_id, row.browser_address()).await?;
                }
            }
        }
        Ok(())
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
        Ok(if jkt == session.jkt { OwnPageForgot::Here } else { OwnPageForgot::Another })
    }

    async fn just_signed_in(&self, cookie: &SecretString) -> Result<(SignInRow, SessionRow), OwnPageRefused> {
        let found = self.around.store.sign_in(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        let row = found.ok_or(OwnPageRefused::BrowserMismatch)?;
        if !matches!(row.stage, Stage::Redeemed(_)) {
            return Err(OwnPageRefused::Closed(row.id));
        }
        let now = self.around.clock.now();
        let session = self.around.store.session(&row.id).await?;
        let is_open =
            |session: &SessionRow| session.is_live(now) && session.locked_at.is_none() && session.created_at.plus_seconds(OPEN_S) > now;
        match session.filter(is_open) {
            Some(session) => Ok((row, session)),
            None => Err(OwnPageRefused::Closed(row.id)),
        }
    }
}
