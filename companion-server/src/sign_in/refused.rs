use vestibule_model::error_code::ErrorCode;
use vestibule_model::session::SignInId;

use super::ReturnToApp;
use crate::store::StoreError;

/// Why no sign-in starts.
#[derive(Debug, thiserror::Error)]
pub enum StartRefused {
    /// Anything but a clean loopback address (RFC 8252 section 7.3).
    #[error("the return address is not a clean loopback address")]
    ReturnAddress,
    /// The challenge is not 43 characters of base64url, or the state is empty or over 512 characters.
    #[error("the {0} is unusable")]
    Malformed(&'static str),
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
            Self::TooMany { .. } => ErrorCode::TooManyRequests,
            Self::Store(_) => ErrorCode::StorageUnavailable,
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
    Expired(SignInId),
    /// Pro Santé Connect cannot be asked; the sign-in failed and the app is to be told through the browser.
    #[error("Pro Santé Connect cannot be asked")]
    Failed {
        /// Why.
        code: ErrorCode,
        /// Where to send the browser.
        back: ReturnToApp,
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
            Self::AlreadyOpened(_) => ErrorCode::RequestAlreadyOpened,
            Self::Expired(_) => ErrorCode::SignInExpired,
            Self::Failed { code, .. } => *code,
            Self::Store(_) => ErrorCode::StorageUnavailable,
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
    Expired(SignInId),
    /// 429 with `Retry-After`.
    #[error("too many callbacks")]
    TooMany {
        /// Seconds.
        retry_after_s: u32,
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
            Self::Expired(_) => ErrorCode::SignInExpired,
            Self::TooMany { .. } => ErrorCode::TooManyRequests,
            Self::Store(_) => ErrorCode::StorageUnavailable,
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
    /// 409: decided before.
    #[error("decided before")]
    Replayed(SignInId),
    /// 410.
    #[error("the sign-in is over")]
    Expired(SignInId),
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
            Self::Replayed(_) => ErrorCode::CallbackReplayed,
            Self::Expired(_) => ErrorCode::SignInExpired,
            Self::Store(_) => ErrorCode::StorageUnavailable,
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
    /// 503.
    #[error("the memory failed")]
    Store(#[from] StoreError),
}

impl RedeemRefused {
    /// The catalogue's number.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::CodeRefused(_) => ErrorCode::CodeRefused,
            Self::Burned(_) => ErrorCode::SignInBurned,
            Self::Store(_) => ErrorCode::StorageUnavailable,
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
            Self::Store(_) => ErrorCode::StorageUnavailable,
        }
    }
}
