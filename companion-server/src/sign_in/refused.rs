//! Why a step of an attempt is refused, one enum for each, with the catalogue's number.

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::SignInId;

use super::{LettersDue, Onward};
use crate::store::StoreError;

/// Why no sign-in starts.
#[derive(Debug, thiserror::Error)]
pub enum StartRefused {
    /// Neither a clean loopback address (RFC 8252 section 7.3) nor the app's private-use scheme (section 7.1).
    #[error("the return address is not one of the app's")]
    ReturnAddress,
    /// The challenge is not 43 characters of base64url, or the state is empty or over 512 characters.
    #[error("the {0} is unusable")]
    Malformed(&'static str),
    /// The group of the workstation does not open this exchange.
    #[error("the exchange is not open to the workstation")]
    Exchange {
        /// What it opens, the preferred one first.
        open: Vec<Exchange>,
    },
    /// The enrolment token leads into no group.
    #[error("the workstation belongs to no group")]
    Enrolment,
    /// The workstation joined a group that the configuration no longer has.
    #[error("the workstation's group is gone")]
    GroupGone,
    /// 429 with `Retry-After`.
    #[error("too many sign-ins")]
    TooMany {
        /// Seconds.
        retry_after_s: u32,
    },
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl StartRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::ReturnAddress => ErrorCode::ReturnAddressRefused,
            Self::Malformed(_) => ErrorCode::RequestMalformed,
            Self::Exchange { .. } => ErrorCode::ExchangeRefused,
            Self::Enrolment => ErrorCode::EnrolmentRefused,
            Self::GroupGone => ErrorCode::GroupGone,
            Self::TooMany { .. } => ErrorCode::TooManyRequests,
            Self::Store(error) => error.code(),
        }
    }
}

/// Why the request link does not lead to Pro Santé Connect.
#[derive(Debug, thiserror::Error)]
pub enum OpenRefused {
    /// 404: no such request.
    #[error("no such request")]
    Unknown,
    /// 410: opened before.
    #[error("the request was opened before")]
    AlreadyOpened(SignInId),
    /// 410: too late, or over.
    #[error("the request is over")]
    Over {
        /// The thread of this attempt.
        id: SignInId,
        /// Why.
        code: ErrorCode,
    },
    /// 429: as many sign-ins as one browser may have are under way in it.
    #[error("too many sign-ins are under way in this browser")]
    BrowserFull(SignInId),
    /// 429, unless it is shown the page once more: its cookie was given back to make room, and it keeps those of other sign-ins.
    #[error("the cookie of the sign-in was given back to make room")]
    CookieGivenBack(SignInId),
    /// The same browser is further on its way: it is told where.
    #[error("the browser that opened the request is past it")]
    Past(SignInId),
    /// Pro Santé Connect cannot be asked, or the browser keeps no cookie; the sign-in failed and the app is to be told through the browser.
    #[error("the way to Pro Santé Connect is closed")]
    Failed {
        /// Why.
        code: ErrorCode,
        /// Where to send the browser.
        onward: Onward,
    },
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl OpenRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown => ErrorCode::SignInUnknown,
            Self::AlreadyOpened(_) | Self::Past(_) => ErrorCode::RequestAlreadyOpened,
            Self::BrowserFull(_) | Self::CookieGivenBack(_) => ErrorCode::BrowserFull,
            Self::Over { code, .. } | Self::Failed { code, .. } => *code,
            Self::Store(error) => error.code(),
        }
    }
}

/// Why the callback has no effect: the sign-in, if any, goes on.
#[derive(Debug, thiserror::Error)]
pub enum CallbackRefused {
    /// 400: the state names no sign-in.
    #[error("the state names no sign-in")]
    Unknown,
    /// 400: neither code nor error, or both.
    #[error("the answer has neither code nor error, or both")]
    Malformed(SignInId),
    /// 400: not the browser that left.
    #[error("the browser that came back is not the one that left")]
    BrowserMismatch(SignInId),
    /// 409: the answer was already used.
    #[error("the answer was already used")]
    Replayed(SignInId),
    /// 410.
    #[error("the sign-in is over")]
    Over {
        /// The thread of this attempt.
        id: SignInId,
        /// Why.
        code: ErrorCode,
    },
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl CallbackRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown => ErrorCode::SignInUnknown,
            Self::Malformed(_) => ErrorCode::RequestMalformed,
            Self::BrowserMismatch(_) => ErrorCode::BrowserMismatch,
            Self::Replayed(_) => ErrorCode::CallbackReplayed,
            Self::Over { code, .. } => *code,
            Self::Store(error) => error.code(),
        }
    }
}

/// Why the confirmation page shows or decides nothing.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmationRefused {
    /// 400: no sign-in of that cookie.
    #[error("no sign-in of that cookie")]
    BrowserMismatch,
    /// 403: no guard, or a wrong one.
    #[error("the form came without its guard")]
    FormRefused(SignInId),
    /// 400: an answer to a question that this exchange does not ask.
    #[error("an answer to another question")]
    OtherQuestion(SignInId),
    /// 403: not the app's number; the sign-in is declined.
    #[error("another number than the app's")]
    WrongNumber(SignInId),
    /// 409: decided before, and otherwise.
    #[error("decided before, and otherwise")]
    Replayed(SignInId),
    /// 410.
    #[error("the sign-in is over")]
    Over {
        /// The thread of this attempt.
        id: SignInId,
        /// Why.
        code: ErrorCode,
    },
    /// The rules closed the road meanwhile; the sign-in failed and the app is to be told through the browser.
    #[error("the sign-in failed")]
    Failed {
        /// Why.
        code: ErrorCode,
        /// Where to send the browser.
        onward: Onward,
    },
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl ConfirmationRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::BrowserMismatch => ErrorCode::BrowserMismatch,
            Self::FormRefused(_) => ErrorCode::FormRefused,
            Self::OtherQuestion(_) => ErrorCode::RequestMalformed,
            Self::WrongNumber(_) => ErrorCode::NumberRefused,
            Self::Replayed(_) => ErrorCode::DecisionTaken,
            Self::Over { code, .. } | Self::Failed { code, .. } => *code,
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a code yields no session: RFC 6749 `invalid_grant`, or 503.
#[derive(Debug, thiserror::Error)]
pub enum RedeemRefused {
    /// Unknown, used, too old, or for another return address.
    #[error("the code is unknown, used or too old")]
    CodeRefused(Option<SignInId>),
    /// A right code with a wrong verifier or key, or too many wrong tries: the sign-in is burned.
    #[error("the sign-in is burned")]
    Burned(SignInId),
    /// `authorization_pending`: the person is new to the workstation and types the letters of the page into the app.
    #[error("letters are to be typed")]
    LettersDue(LettersDue),
    /// `authorization_pending`: letters that are not those of the page.
    #[error("the letters are not those of the page")]
    LettersWrong {
        /// What is left.
        due: LettersDue,
        /// The thread of this attempt.
        id: SignInId,
    },
    /// All tries at the letters are spent: burned.
    #[error("all tries at the letters are spent")]
    TriesSpent(SignInId),
    /// `access_denied`: the person said no while the code was on its way.
    #[error("the person declined")]
    Declined {
        /// The thread of this attempt.
        id: SignInId,
        /// How, when there is more to say than no.
        code: Option<ErrorCode>,
    },
    /// The app withdrew before.
    #[error("the app withdrew")]
    Withdrawn {
        /// The thread of this attempt.
        id: SignInId,
        /// Why, when there is more to say than that it did.
        code: Option<ErrorCode>,
    },
    /// `access_denied`: a check refused.
    #[error("the sign-in failed")]
    Failed {
        /// The thread of this attempt.
        id: SignInId,
        /// Why.
        code: ErrorCode,
    },
    /// Too late.
    #[error("the sign-in ran out of time")]
    Expired(SignInId),
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl RedeemRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            // Of a code, that it is too old says as much.
            Self::CodeRefused(_) | Self::Expired(_) => ErrorCode::CodeRefused,
            Self::Failed { code, .. } => *code,
            Self::Burned(_) => ErrorCode::SignInBurned,
            Self::LettersDue(_) => ErrorCode::SignInPending,
            Self::LettersWrong { .. } => ErrorCode::ConfirmationCodeWrong,
            Self::TriesSpent(_) => ErrorCode::ConfirmationTriesSpent,
            Self::Declined { code: Some(code), .. } => *code,
            Self::Declined { code: None, .. } => ErrorCode::SignInDeclined,
            Self::Withdrawn { code: Some(code), .. } => *code,
            Self::Withdrawn { code: None, .. } => ErrorCode::SignInCancelled,
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a poll yields no session: RFC 8628 section 3.5, or 503.
#[derive(Debug, thiserror::Error)]
pub enum PollRefused {
    /// `authorization_pending`; with the letters that are due, if some are.
    #[error("the person is not done yet")]
    Pending(Option<LettersDue>),
    /// `slow_down`.
    #[error("this poll came too soon after the last one")]
    TooSoon,
    /// `authorization_pending`: letters that are not those of the page.
    #[error("the letters are not those of the page")]
    LettersWrong {
        /// What is left.
        due: LettersDue,
        /// The thread of this attempt.
        id: SignInId,
    },
    /// `invalid_grant`: burned.
    #[error("all tries at the letters are spent")]
    TriesSpent(SignInId),
    /// `access_denied`: the person said no.
    #[error("the person declined")]
    Declined {
        /// The thread of this attempt.
        id: SignInId,
        /// How, when there is more to say than no.
        code: Option<ErrorCode>,
    },
    /// `access_denied`: Pro Santé Connect or a check refused.
    #[error("the sign-in failed")]
    Failed {
        /// The thread of this attempt.
        id: SignInId,
        /// Why.
        code: ErrorCode,
    },
    /// `expired_token`.
    #[error("the sign-in ran out of time")]
    Expired(SignInId),
    /// `invalid_grant`: unknown, another key's, or used.
    #[error("the device code is unknown or used")]
    CodeRefused(Option<SignInId>),
    /// `invalid_grant`: the app withdrew before.
    #[error("the app withdrew")]
    Withdrawn {
        /// The thread of this attempt.
        id: SignInId,
        /// Why, when there is more to say than that it did.
        code: Option<ErrorCode>,
    },
    /// `invalid_grant`: a right device code with a wrong verifier, or too many wrong tries.
    #[error("the sign-in is burned")]
    Burned(SignInId),
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl PollRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Pending(_) => ErrorCode::SignInPending,
            Self::TooSoon => ErrorCode::TooManyRequests,
            Self::LettersWrong { .. } => ErrorCode::ConfirmationCodeWrong,
            Self::TriesSpent(_) => ErrorCode::ConfirmationTriesSpent,
            Self::Declined { code: Some(code), .. } | Self::Failed { code, .. } => *code,
            Self::Declined { code: None, .. } => ErrorCode::SignInDeclined,
            Self::Withdrawn { code: Some(code), .. } => *code,
            Self::Withdrawn { code: None, .. } => ErrorCode::SignInCancelled,
            Self::CodeRefused(_) => ErrorCode::CodeRefused,
            Self::Expired(_) => ErrorCode::SignInExpired,
            Self::Burned(_) => ErrorCode::SignInBurned,
            Self::Store(error) => error.code(),
        }
    }
}

impl From<RedeemRefused> for PollRefused {
    fn from(reason: RedeemRefused) -> Self {
        match reason {
            RedeemRefused::CodeRefused(id) => Self::CodeRefused(id),
            RedeemRefused::Burned(id) => Self::Burned(id),
            RedeemRefused::LettersDue(due) => Self::Pending(Some(due)),
            RedeemRefused::LettersWrong { due, id } => Self::LettersWrong { due, id },
            RedeemRefused::TriesSpent(id) => Self::TriesSpent(id),
            RedeemRefused::Declined { id, code } => Self::Declined { id, code },
            RedeemRefused::Withdrawn { id, code } => Self::Withdrawn { id, code },
            RedeemRefused::Failed { id, code } => Self::Failed { id, code },
            RedeemRefused::Expired(id) => Self::Expired(id),
            RedeemRefused::Store(error) => Self::Store(error),
        }
    }
}

/// Why a pending sign-in is not told about: 404, or 503.
#[derive(Debug, thiserror::Error)]
pub enum FollowRefused {
    /// Another key's sign-in looks the same as none.
    #[error("no sign-in of that name for this key")]
    Unknown,
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl FollowRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown => ErrorCode::SignInUnknown,
            Self::Store(error) => error.code(),
        }
    }
}
