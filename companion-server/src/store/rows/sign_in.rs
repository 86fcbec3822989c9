//! A sign-in, from what it begins with to how it closed.

use std::net::IpAddr;

use vestibule_model::exchange::{Confirmation, Exchange, SignInEvent};
use vestibule_model::session::SignInId;

use crate::clock::Timestamp;
use crate::provider_name::ProviderName;
use crate::store::{Browser, SecretHash, Stage};

/// How the session comes to the app once the browser has done its part.
#[derive(Clone, PartialEq, Eq)]
pub enum WayBack {
    /// A code travels through the browser to a listener of the app on 127.0.0.1.
    Loopback(ReturnAddress),
    /// A code travels through the browser to the app's private-use scheme.
    Scheme(ReturnAddress),
    /// Nothing travels through the browser: the app asks with its device code.
    Polling,
}

impl WayBack {
    /// As named between app and companion.
    pub const fn exchange(&self) -> Exchange {
        match self {
            Self::Loopback(_) => Exchange::Loopback,
            Self::Scheme(_) => Exchange::Scheme,
            Self::Polling => Exchange::Polling,
        }
    }

    /// Where the browser takes the code; `None` when it takes none.
    pub const fn address(&self) -> Option<&ReturnAddress> {
        match self {
            Self::Loopback(address) | Self::Scheme(address) => Some(address),
            Self::Polling => None,
        }
    }
}

/// Where the browser takes the answer for the app. A secret: never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnAddress {
    /// As pushed by the app.
    pub redirect_uri: String,
    /// The app's own `state`, given back untouched.
    pub app_state: String,
}

/// A sign-in about to be kept.
#[derive(Clone)]
pub struct NewSignInRow {
    pub id: SignInId,
    /// Where its browser will be led.
    pub provider: ProviderName,
    pub jkt: String,
    pub app_address: String,
    pub way_back: WayBack,
    /// With [`WayBack::Polling`], and only then.
    pub device_code: Option<SecretHash>,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
    pub code_challenge: String,
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
    ProviderState(SecretHash),
    Code(SecretHash),
    DeviceCode(SecretHash),
}

/// A sign-in as kept.
#[derive(Clone)]
pub struct SignInRow {
    pub id: SignInId,
    pub provider: ProviderName,
    pub stage: Stage,
    pub jkt: String,
    pub app_address: String,
    pub way_back: WayBack,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
    pub code_challenge: String,
    pub device_label: Option<String>,
    pub match_number: String,
    pub created_at: Timestamp,
    pub ends_at: Timestamp,
    pub stage_ends_at: Timestamp,
}

impl SignInRow {
    /// As told to the app.
    pub fn event(&self) -> SignInEvent {
        let code = if let Stage::Over(over) = &self.stage { over.code } else { None };
        SignInEvent { state: self.stage.state(), code, confirmation: self.confirmation() }
    }

    /// Where letters are to be typed into the app: how often some came.
    pub const fn letters_tried(&self) -> Option<u32> {
        if let Stage::Confirmed { letters_tried, .. } = self.stage { letters_tried } else { None }
    }

    /// What the person is asked now, besides signing in.
    fn confirmation(&self) -> Option<Confirmation> {
        if self.letters_tried().is_some() {
            return Some(Confirmation::Code);
        }
        matches!(&self.stage, Stage::Authenticated(who) if who.asks.is_number()).then_some(Confirmation::Number)
    }

    /// Where its browser called from.
    pub fn browser_address(&self) -> Option<IpAddr> {
        self.stage.browser()?.address
    }
}

/// An arrow between two states under way, with what the new state holds. The last arrow, to redeemed, is [`super::RedeemAttempt`].
#[derive(Clone)]
pub enum Arrow {
    /// created → opened.
    Open { browser: Browser },
    /// created → at_provider: where nothing has to be asked of the provider first, both in one.
    OpenAndLeave { browser: Browser, state: SecretHash, pending_sealed: Vec<u8>, stage_ends_at: Timestamp },
    /// opened → at_provider.
    LeaveForProvider { state: SecretHash, pending_sealed: Vec<u8>, stage_ends_at: Timestamp },
    /// at_provider → exchanging.
    Exchange { stage_ends_at: Timestamp },
    /// authenticated → confirmed.
    Confirm { release: Release, stage_ends_at: Timestamp },
}

/// Against what a confirmed sign-in yields its session, besides key and verifier.
#[derive(Clone)]
pub struct Release {
    /// The code that leaves through the browser; none with [`WayBack::Polling`], whose device code the app has already.
    pub code: Option<SecretHash>,
    /// What is kept of the letters that must come with it, where the person is new to the device.
    pub letters: Option<Vec<u8>>,
}

/// An attempt that came to an end without a session just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedSignIn {
    pub id: SignInId,
    /// Whether the end of Pro Santé Connect's session is owed with it.
    pub is_owed: bool,
}

/// What became of letters that came from the app, before anyone looks whether they are right.
#[derive(Clone, PartialEq, Eq)]
pub enum TypedTry {
    /// Counted: they may be compared with what is kept.
    Counted { mac: Vec<u8>, tries: u32 },
    /// No letters are due, or all tries are spent.
    NotDue,
}
