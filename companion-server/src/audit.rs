//! The audit trail: who did what (EXI 18), and what looked like an attack. Apart from the logs, append-only, never a token.

mod retention;
mod verification;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use vestibule_model::error_code::ErrorCode;
use vestibule_model::named;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use crate::clock::Clock;
use crate::store::{AuditRow, Store, StoreError};

pub use retention::{Retention, Seal};
pub use verification::{EarlyDay, Finding, Verification, seal_text};

named! {
    /// What happened; the name is as written in the trail and in the logs.
    pub enum Event {
        /// Pro Santé Connect vouches for the person.
        Authenticated = "authenticated",
        /// The app has its session.
        SignedIn = "signed_in",
        /// The person refused, at Pro Santé Connect or on the confirmation page.
        Declined = "declined",
        /// Pro Santé Connect or a check refused.
        SignInFailed = "sign_in_failed",
        /// The person chose a practice situation.
        SituationChosen = "situation_chosen",
        /// No activity; Pro Santé Connect was left alone (EXI 32).
        SessionIdle = "session_idle",
        /// The absolute limit.
        SessionExpired = "session_expired",
        /// The person signed out (EXI 20).
        SignedOut = "signed_out",
        /// Whoever sits at the workstation says that the name of the open session is not hers; both sessions end as by a sign-out.
        NotMe = "not_me",
        /// Pro Santé Connect's session was ended too.
        PscSessionEnded = "psc_session_ended",
        /// Pro Santé Connect's session could not be ended from here.
        PscSignOutFailed = "psc_sign_out_failed",
        /// Pro Santé Connect answered the end of its session with something that proves nothing.
        PscSignOutUnproven = "psc_sign_out_unproven",
        /// Pro Santé Connect refused a refresh: its session is over, ours goes on to its own limits.
        PscSessionOver = "psc_session_over",
        /// The app closed its session (RECO 06).
        SessionClosed = "session_closed",
        /// Another sign-in took the session's place on its device.
        SessionReplaced = "session_replaced",
        /// The app locked the session: its card left the reader.
        SessionLocked = "session_locked",
        /// The person of a locked session signed in again on the same workstation.
        SessionUnlocked = "session_unlocked",
        /// The person ended the session from another of hers, which the line names, or on her own page.
        SessionEndedElsewhere = "session_ended_elsewhere",
        /// The person was new to the device.
        NewWorkstation = "new_workstation",
        /// A person is no longer known on a device: she said so, or the administrator.
        WorkstationForgotten = "workstation_forgotten",
        /// A person is no longer known on a device: she did not use it for too long.
        WorkstationExpired = "workstation_expired",
        /// An administrator ended the session.
        SessionEndedByAdministrator = "session_ended_by_administrator",
        /// An administrator had a device forgotten: who signed in on it, and its group.
        DeviceForgotten = "device_forgotten",
        /// An administrator had a person erased, but for this trail.
        PersonErased = "person_erased",
        /// An administrator had all that is kept about a person written down for her.
        PersonExported = "person_exported",
        /// What was written down for a person was not: the command that asked for it says that it kept nothing.
        PersonExportFailed = "person_export_failed",
        /// A day of this trail reached the end of its time.
        AuditPruned = "audit_pruned",
        /// All of this memory came from another database, with its trail.
        TrailCopied = "trail_copied",
        /// An enrolment token led a device into its first group.
        DeviceJoinedGroup = "device_joined_group",
        /// Another enrolment token led a device into another group.
        DeviceChangedGroup = "device_changed_group",
        /// Security: a device came with a token that leads nowhere, or from a group that is gone.
        EnrolmentRefused = "enrolment_refused",
        /// Security: the request link was opened twice.
        RequestReopened = "request_reopened",
        /// Security: Pro Santé Connect's answer came from another browser.
        BrowserMismatch = "browser_mismatch",
        /// Security: Pro Santé Connect's answer was presented again.
        CallbackReplayed = "callback_replayed",
        /// Security: a form came without its guard.
        FormRefused = "form_refused",
        /// Security: the person who signed in picked another number than the app's.
        NumberRefused = "number_refused",
        /// Security: the person who signed in says that she asked for nothing.
        NothingAsked = "nothing_asked",
        /// Security: letters typed into the app were not those of the page.
        TypedCodeWrong = "typed_code_wrong",
        /// Security: all tries at the letters are spent; the sign-in is burned.
        TypedTriesSpent = "typed_tries_spent",
        /// Security: a redeemed code was presented again.
        CodeReplayed = "code_replayed",
        /// Security: a right code with a wrong verifier or key, or too many wrong tries.
        SignInBurned = "sign_in_burned",
        /// Security: a rotated-out refresh token was presented; the family is dead.
        SessionRevoked = "session_revoked",
        /// Security: a token was presented with the proof of another key.
        TokenOfOtherKey = "token_of_other_key",
        /// Security: what Pro Santé Connect answered to a refresh failed a check; it was not kept.
        PscRefreshSuspect = "psc_refresh_suspect",
    }
}

impl Event {
    /// Whether it can be brought about as often as one likes with a single sign-in.
    const fn is_repeatable(self) -> bool {
        matches!(
            self,
            Self::RequestReopened
                | Self::BrowserMismatch
                | Self::CallbackReplayed
                | Self::FormRefused
                | Self::CodeReplayed
                | Self::TokenOfOtherKey
        )
    }

    /// Whether someone may be attacking.
    pub const fn is_security(self) -> bool {
        matches!(
            self,
            Self::EnrolmentRefused
                | Self::RequestReopened
                | Self::BrowserMismatch
                | Self::CallbackReplayed
                | Self::FormRefused
                | Self::NumberRefused
                | Self::NothingAsked
                | Self::TypedCodeWrong
                | Self::TypedTriesSpent
                | Self::CodeReplayed
                | Self::SignInBurned
                | Self::SessionRevoked
                | Self::TokenOfOtherKey
                | Self::PscRefreshSuspect
        )
    }
}

/// How often the same thing is written down about the same sign-in. Whoever insists is known by then, and must not fill the disk.
const MOST_REPEATS: u32 = 64;
/// Sign-ins of which repeats are counted at once. As starts are limited by address, so many only come from many addresses.
const COUNTED: usize = 50_000;

/// What can be brought about again and again by whoever began a sign-in.
type Repeats = HashMap<(Event, SignInId), u32>;

/// One line to be kept.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    event: Event,
    sign_in_id: Option<&'a SignInId>,
    national_id: Option<&'a NationalId>,
    jkt: Option<&'a str>,
    address: Option<IpAddr>,
    code: Option<ErrorCode>,
    group: Option<&'a str>,
    actor: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// About one event.
    pub const fn new(event: Event) -> Self {
        Self { event, sign_in_id: None, national_id: None, jkt: None, address: None, code: None, group: None, actor: None }
    }

    /// What happened.
    pub const fn event(&self) -> Event {
        self.event
    }

    /// Of one sign-in, or of the session it opened.
    pub const fn sign_in(mut self, id: &'a SignInId) -> Self {
        self.sign_in_id = Some(id);
        self
    }

    /// About one person.
    pub const fn person(mut self, id: Option<&'a NationalId>) -> Self {
        self.national_id = id;
        self
    }

    /// On one device.
    pub const fn device(mut self, jkt: &'a str) -> Self {
        self.jkt = Some(jkt);
        self
    }

    /// From one address.
    pub const fn from(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// From one address, where one is known.
    pub const fn from_known(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// By someone else than the person.
    pub const fn by(mut self, actor: &'a str) -> Self {
        self.actor = Some(actor);
        self
    }

    /// About one group of workstations.
    pub const fn group(mut self, name: &'a str) -> Self {
        self.group = Some(name);
        self
    }

    /// With the code people were shown.
    pub const fn code(mut self, code: ErrorCode) -> Self {
        self.code = Some(code);
        self
    }
}

/// The trail's only writer.
#[derive(Clone)]
pub struct Audit {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    repeats: Arc<Mutex<Repeats>>,
}

impl Audit {
    /// Writes to this memory.
    pub fn new(store: Arc<Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, repeats: Arc::default() }
    }

    /// Keeps one line; security events are logged too, without the person. Of what can be repeated, the first sixty-four times of each sign-in.
    ///
    /// # Errors
    /// [`StoreError`]: what cannot be traced must not seem to have succeeded.
    pub async fn record(&self, entry: Entry<'_>) -> Result<(), StoreError> {
        if !self.is_wanted(&entry) {
            return Ok(());
        }
        kept(entry.event, entry.sign_in_id);
        self.store.record(self.line(entry)).await
    }

    /// A line for a command that keeps it with what it describes: both, or neither. Of a session or a pair, the memory fills in what the entry
    /// does not say. Whoever gave the command says [`kept`] when it did something.
    pub fn line(&self, entry: Entry<'_>) -> AuditRow {
        AuditRow {
            id: 0,
            at: self.clock.now(),
            event: entry.event.name().to_owned(),
            sign_in_id: entry.sign_in_id.map(|id| id.0.clone()),
            national_id: entry.national_id.map(|id| id.expose().to_owned()),
            jkt: entry.jkt.map(str::to_owned),
            address: entry.address.map(|address| address.to_canonical().to_string()),
            error_code: entry.code,
            group_name: entry.group.map(str::to_owned),
            actor: entry.actor.map(str::to_owned),
        }
    }

    fn is_wanted(&self, entry: &Entry<'_>) -> bool {
        let Some(id) = entry.sign_in_id.filter(|_| entry.event.is_repeatable()) else { return true };
        let mut repeats = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        if repeats.len() >= COUNTED {
            // Counted anew: what is written stays bounded by how many sign-ins can be started.
            repeats.clear();
        }
        let count = repeats.entry((entry.event, id.clone())).or_default();
        *count = count.saturating_add(1);
        if *count == MOST_REPEATS {
            tracing::warn!(event = entry.event.name(), sign_in.id = %id, "This goes on: it is not written down again for this sign-in");
        }
        *count <= MOST_REPEATS
    }
}

/// Logs that a line was kept, without the person.
pub fn kept(event: Event, sign_in_id: Option<&SignInId>) {
    let sign_in_id = sign_in_id.map(|id| id.0.as_str());
    if event.is_security() {
        tracing::warn!(event = event.name(), sign_in.id = sign_in_id, "A security event was recorded");
    } else {
        tracing::info!(event = event.name(), sign_in.id = sign_in_id, "An event was recorded");
    }
}
