//! What lives on after a sign-in: the service session, its clocks, and the use it makes of Pro Santé Connect's own session.

use std::net::IpAddr;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::{SessionEnd, SignInId};

use self::farewells::Farewells;
use crate::audit::{self, Audit, Entry, Event};
use crate::store::{AuditRow, Replaced, SessionRow, StoreError};
use crate::surroundings::{Surroundings, Wakeups};

mod activity;
mod administration;
mod browser;
mod calls;
mod end_at_provider;
mod farewells;
mod live;
mod lock;
mod owed;
mod own;
mod pairs;
mod personal_data;
mod refresh;
mod sign_out;
mod ungranted;
mod upkeep;

pub use administration::{Administered, PersonErased};
pub use browser::{SignOutBrowser, SignOutCookies, SignOutForm, SignOutStart};
pub use calls::ProviderEnds;
pub use live::{Found, FoundGranted};

pub(crate) use refresh::TokenPair;
pub(crate) use sign_out::Disowned;

/// Seconds during which an access token is good.
pub(crate) const ACCESS_TOKEN_S: u32 = 300;

/// The service sessions of this companion; cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    around: Surroundings,
    audit: Audit,
    wakeups: Wakeups,
    farewells: Farewells,
}

/// Proof that a request comes from a live session, locked or not: only [`Sessions::admit`] and
/// [`Sessions::admit_even_locked`] make one.
#[derive(Debug, Clone)]
pub struct LiveSession {
    sign_in_id: SignInId,
    /// Where the request comes from.
    address: IpAddr,
    /// As it was when the proof was made.
    is_locked: bool,
}

impl LiveSession {
    /// The sign-in that opened it; names the session too.
    pub const fn sign_in_id(&self) -> &SignInId {
        &self.sign_in_id
    }
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
    /// 423: its person has to sign in again.
    #[error("the session is locked")]
    Locked,
    /// 404.
    #[error("no such practice situation for this person")]
    SituationUnknown,
    /// 404.
    #[error("no such live session of this person")]
    NotHers,
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl SessionRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown | Self::AccessTokenExpired | Self::Ended(_) => ErrorCode::SessionEnded,
            Self::Locked => ErrorCode::SessionLocked,
            Self::SituationUnknown => ErrorCode::SituationUnknown,
            Self::NotHers => ErrorCode::SessionNotOpen,
            Self::Store(error) => error.code(),
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
    Ended { end: SessionEnd, id: SignInId },
    /// 423: its person has to sign in again.
    #[error("the session is locked")]
    Locked(SignInId),
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
            Self::Unknown | Self::Ended { .. } => ErrorCode::SessionEnded,
            Self::Locked(_) => ErrorCode::SessionLocked,
            Self::Reused(_) => ErrorCode::SessionRevoked,
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a sign-out ticket opens no page.
#[derive(Debug, thiserror::Error)]
pub enum SignOutRefused {
    /// 410: unknown, used by another browser, or too old.
    #[error("the ticket is unknown, used or too old")]
    Unknown,
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl SignOutRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown => ErrorCode::SignOutAddressDead,
            Self::Store(error) => error.code(),
        }
    }
}

/// Whether the browser that comes back from a sign-out carries a state of ours. Pro Santé Connect may drop it, so both are greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOutReturn {
    /// The sign-out it belongs to is finished.
    Finished,
    /// No state, or none of ours.
    Unrelated,
}

impl Sessions {
    /// The sessions kept in these surroundings.
    pub fn new(around: Surroundings) -> Self {
        Self { audit: around.audit.clone(), wakeups: around.wakeups.clone(), around, farewells: Farewells::default() }
    }

    /// What still waits for its turn to tell Pro Santé Connect gives up: it is owed, and taken up at the next start.
    pub fn stop(&self) {
        self.farewells.close();
    }

    /// Waits for what was started on behalf of requests that are already answered; for an orderly shutdown.
    pub async fn settled(&self) {
        self.around.background.settled().await;
    }

    /// Tells whoever waits that a session began, and that the one it replaced is over; the trail knows.
    pub(crate) fn announce_opened(&self, row: &SessionRow, replaced: Option<&Replaced>) {
        if let Some(former) = replaced {
            self.announce_end(&former.id, Event::SessionReplaced);
        }
        audit::kept(Event::SignedIn, Some(&row.sign_in_id));
        if replaced.is_some_and(|former| former.is_unlocked) {
            audit::kept(Event::SessionUnlocked, Some(&row.sign_in_id));
        }
        if row.new_workstation {
            audit::kept(Event::NewWorkstation, Some(&row.sign_in_id));
        }
    }

    /// Tells whoever waits that a session is over; the trail knows.
    pub(crate) fn announce_end(&self, id: &SignInId, event: Event) {
        self.wakeups.wake(id);
        audit::kept(event, Some(id));
    }

    /// A line about a session: whose it is, and where, the memory fills in (EXI 18). `from` is where the request came from; time alone has none.
    fn line(&self, event: Event, from: Option<IpAddr>) -> AuditRow {
        self.audit.line(Entry::new(event).from_known(from))
    }
}

#[cfg(test)]
pub(crate) mod tests;
