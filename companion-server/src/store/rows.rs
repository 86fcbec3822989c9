//! What goes into the memory and comes out of it.

use std::net::IpAddr;
use std::sync::Arc;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{Confirmation, Exchange, SignInEvent};
use vestibule_model::practitioner::{NationalId, SituationId};
use vestibule_model::session::{SessionEnd, SignInId};

use super::{Browser, SecretHash, SessionRules, SignInEnd, Stage};
use crate::clock::Timestamp;
use crate::provider_name::ProviderName;

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

/// An arrow between two states under way, with what the new state holds. The last arrow, to redeemed, is [`RedeemAttempt`].
#[derive(Clone)]
pub enum Arrow {
    /// created → opened.
    Open { browser: Browser },
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

/// What a provider granted to one sign-in.
#[derive(Clone)]
pub struct GrantRow {
    pub provider: ProviderName,
    pub practitioner_sealed: Vec<u8>,
    pub tokens_sealed: Vec<u8>,
    /// `card` or `e_cps`.
    pub means: Option<String>,
    pub acr: Option<String>,
    pub last_exchange_at: Timestamp,
    /// Whether its own session is over.
    pub is_provider_over: bool,
}

/// A person, and what is known of her on one device key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    pub account_id: i64,
    /// Whether she signed in with this key before.
    pub pair_known: bool,
    /// Who used this key last.
    pub last_account_id: Option<i64>,
    /// Whether somebody used it last who was erased or forgotten since.
    pub is_last_forgotten: bool,
    pub last_situation_id: Option<SituationId>,
}

/// A person on a device key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRow {
    pub jkt: String,
    /// What the workstation called itself at the last sign-in.
    pub device_label: Option<String>,
    pub created_at: Timestamp,
    pub last_sign_in_at: Timestamp,
}

/// A pair to be forgotten.
#[derive(Clone)]
pub struct Forgetting {
    pub account_id: i64,
    pub jkt: String,
    /// Of the session that is live there, as far as known: the sealed hint that ends Pro Santé Connect's.
    pub hint: Option<(SignInId, Vec<u8>)>,
    /// Until when that hint is kept, unless it was used before.
    pub hint_ends_at: Timestamp,
    /// Of what she has under way there.
    pub owing: Owing,
    /// What the trail says of it.
    pub line: AuditRow,
}

/// What ended with a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub session: Option<SignInId>,
    /// Sign-ins whose session was on its way.
    pub attempts: Cancelled,
    /// What was owed before, and is owed with the session; no browser is sent any more.
    pub owed: Vec<OwedSignOut>,
}

/// What is still to be told to Pro Santé Connect of a session that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedSignOut {
    pub id: SignInId,
    /// To whom.
    pub provider: ProviderName,
    /// The hint that ends the session there.
    pub id_token_sealed: Vec<u8>,
    /// Until then it can be told.
    pub ends_at: Timestamp,
    /// Which of the addresses for the browser is in force.
    pub address_number: i64,
    /// The one in force.
    pub ticket: Option<SecretHash>,
    pub is_address_used: bool,
    /// Cookie of the browser that used one last.
    pub browser: Option<SecretHash>,
    /// Whether a browser may still be sent.
    pub is_for_browser: bool,
    /// Whether the trail knows already that it was not done at once.
    pub was_tried: bool,
}

/// A sign-out whose time is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOut {
    Owed(OwedSignOut),
    /// Pro Santé Connect did it.
    Finished,
}

/// What becomes owed to Pro Santé Connect with an attempt that ends.
#[derive(Debug, Clone)]
pub struct NewSignOut {
    pub id_token_sealed: Vec<u8>,
    /// Until then it can be told.
    pub ends_at: Timestamp,
}

/// A grant that is dropped because its attempt comes to an end without a session.
#[derive(Clone)]
pub struct DroppedGrant {
    pub id: SignInId,
    pub end: SignInEnd,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
    /// Whether the same person has a live session on the same device key: what ends that ends Pro Santé Connect's too.
    pub is_held: bool,
    pub tokens_sealed: Vec<u8>,
}

/// What was sealed of a grant that was dropped, and who had granted it.
#[derive(Clone)]
pub struct SealedTokens {
    pub provider: ProviderName,
    pub sealed: Vec<u8>,
}

/// What becomes owed with a dropped grant; asked within the write that drops it, so that no end of the program comes between.
pub type Owing = Arc<dyn Fn(&DroppedGrant) -> Option<NewSignOut> + Send + Sync>;

/// An attempt that came to an end without a session just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedSignIn {
    pub id: SignInId,
    /// Whether the end of Pro Santé Connect's session is owed with it.
    pub is_owed: bool,
}

/// An address for the browser of a sign-out.
#[derive(Debug, Clone, Copy)]
pub struct NewAddress {
    pub number: i64,
    pub ticket: SecretHash,
}

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
    pub burned: AuditRow,
}

/// What became of a code.
#[derive(Debug, Clone)]
pub enum Redeemed {
    /// The one winner; with the session its key had before, now ended, and what else the key had started, now cancelled.
    Opened { session: Box<SessionRow>, replaced: Option<SignInId>, cancelled: Vec<ClosedSignIn> },
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

/// What became of letters that came from the app, before anyone looks whether they are right.
#[derive(Clone, PartialEq, Eq)]
pub enum TypedTry {
    /// Counted: they may be compared with what is kept.
    Counted { mac: Vec<u8>, tries: u32 },
    /// No letters are due, or all tries are spent.
    NotDue,
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
    /// Those of its group when it opened.
    pub rules: SessionRules,
    /// Whether the person was new to the device when it opened.
    pub new_workstation: bool,
    /// Generation of the last tokens made.
    pub head: i64,
    /// Last generation the app showed it holds.
    pub confirmed: i64,
    pub version: i64,
    pub ended: Option<SessionEnd>,
    pub ended_at: Option<Timestamp>,
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
    Next(SessionRow),
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
    /// By the person, in this manner; with the sealed hint that ends Pro Santé Connect's session, kept until that is done or `ends_at`. The next
    /// sign-in on her device asks anew who it is.
    ByPerson { end: SessionEnd, id_token_sealed: Option<Vec<u8>>, ends_at: Timestamp },
    /// By the app.
    Closed,
    /// By an administrator; as [`Ending::ByPerson`].
    Administrator { id_token_sealed: Option<Vec<u8>>, ends_at: Timestamp },
}

/// A line of the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// Group of workstations that the event is about.
    pub group_name: Option<String>,
    /// Who acted, when it was not the person.
    pub actor: Option<String>,
}

/// The seal of a period: SHA-256 over its lines and over the seal before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SealHash(pub [u8; 32]);

/// A closed period of the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditPeriod {
    pub first_id: i64,
    pub last_id: i64,
    pub lines: i64,
    /// Latest moment of a line.
    pub newest_at: Timestamp,
    /// Of the period before; zeros for the first.
    pub previous_hash: SealHash,
    pub hash: SealHash,
    pub sealed_at: Timestamp,
}

/// A live session as an administrator may see it: nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEntry {
    pub session: SessionRow,
    /// Self-declared.
    pub device_label: Option<String>,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
}

/// A device as an administrator may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceEntry {
    pub jkt: String,
    /// Self-declared, at the last sign-in.
    pub label: Option<String>,
    /// `None` for the default group of workstations.
    pub group_name: Option<String>,
    /// `None` when nobody ever did.
    pub last_sign_in_at: Option<Timestamp>,
    /// How many people it is known for.
    pub people: i64,
    pub has_session: bool,
}

/// Which sessions an administrator means.
#[derive(Clone)]
pub enum Designated {
    Session(SignInId),
    /// The whole thumbprint of its key.
    Device(String),
    Person(NationalId),
    All,
}

/// Attempts that were ended in the middle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cancelled {
    /// Whoever waits for one is to be told.
    pub sign_ins: Vec<SignInId>,
    /// Those to which something was granted: Pro Santé Connect's sessions behind them are open.
    pub closed: Vec<ClosedSignIn>,
    /// Those that had not come to an end.
    pub under_way: Vec<SignInId>,
}

/// What the erasure of a person removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    pub sessions: u64,
    pub sign_ins: u64,
    pub pairs: u64,
    /// Her attempts, which nothing ties to her any more.
    pub attempts: Cancelled,
    /// What is owed of her sessions; no browser is sent any more.
    pub owed: Vec<OwedSignOut>,
    /// Nothing was removed: a session is not ended, and is to be ended first.
    pub is_session_live: bool,
}

/// What is too old.
#[derive(Debug, Clone, Copy)]
pub struct PurgeRules {
    /// What was over before then is removed.
    pub over_before: Timestamp,
    /// Pairs that were not used after this moment are forgotten.
    pub pair_used_after: Timestamp,
    /// Rows of each kind at a time.
    pub limit: u32,
}

/// What the trail says of each thing that runs out of time.
#[derive(Clone)]
pub struct PurgeLines {
    pub idle: AuditRow,
    pub expired: AuditRow,
    pub pair: AuditRow,
}

/// What a purge did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    pub expired_sign_ins: Vec<ClosedSignIn>,
    pub idle_sessions: Vec<SignInId>,
    pub expired_sessions: Vec<SignInId>,
    /// Accounts and the device keys on which they are no longer known.
    pub expired_pairs: Vec<(i64, String)>,
    /// Rows removed.
    pub removed: u64,
    /// Whether one of these reached the limit of the pass: there may be more.
    pub has_more: bool,
}

impl Purged {
    /// Adds what the next pass did.
    pub fn absorb(&mut self, next: Self) {
        self.expired_sign_ins.extend(next.expired_sign_ins);
        self.idle_sessions.extend(next.idle_sessions);
        self.expired_sessions.extend(next.expired_sessions);
        self.expired_pairs.extend(next.expired_pairs);
        self.removed += next.removed;
        self.has_more = next.has_more;
    }
}
