//! A live service session as this app holds it: tokens in memory, refresh in single flight and only after real input, resume, end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::futures::Notified;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::{OwnSession, SessionEvent, SignOutAnswer, SignOutReason, TokenAnswer};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionClocks, SessionEnd, SignInId};

use crate::clock::Clock;
use crate::companion::{Companion, CompanionError};
use crate::keyring::KeyringError;
use crate::link::Link;
use crate::secret::same;

mod owed;

pub use owed::{Settled, Settling, owe_remembered, settle, sign_out_remembered};

/// An access token this close to its end is not used any more.
const MARGIN: Duration = Duration::from_secs(10);

/// Tokens of one session and the way to the companion.
#[derive(Debug)]
pub struct ServiceSession {
    link: Link,
    kept: Kept,
    /// By the companion's configuration: the next person at this post is someone else.
    shared: bool,
    sign_in_id: SignInId,
    /// Locked during a refresh: whoever comes second finds the new token.
    tokens: Mutex<Tokens>,
    input_since_refresh: AtomicBool,
    input: Notify,
    /// Locked, or about to be: no restart may go on with it, whatever token is fetched to tell the companion.
    is_withheld: AtomicBool,
    /// The companion has taken the lock.
    is_lock_told: AtomicBool,
}

/// Where a session outlives its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Not on a shared workstation: an app that was killed there must not come back with the session of whoever left.
    OnPersonalPosts,
    /// Everywhere: each command of the command line is a process of its own.
    Always,
}

struct Tokens {
    access: SecretString,
    /// By [`Clock::elapsed`].
    access_until: Duration,
    refresh: SecretString,
}

/// Why a call on a live session gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The session ended; the reason, when the companion gave one.
    #[error("the session ended")]
    Over(Option<SessionEnd>),
    /// The access token ran out and no real input happened since the last refresh: nothing is asked until there is some (EXI 11).
    #[error("no real input since the last refresh")]
    NoInput,
    /// Anything else.
    #[error(transparent)]
    Companion(#[from] CompanionError),
}

/// Why a sign-out did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// The companion could not be told; it will be, see [`settle`].
    #[error("the sign-out is kept for later: {0}")]
    Later(CompanionError),
    /// It will not be told.
    #[error(transparent)]
    Lost(#[from] CallError),
}

/// A session that was remembered and is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// When the companion still knows.
    pub reason: Option<SessionEnd>,
    pub sign_in_id: Option<SignInId>,
}

/// Why no session goes on, as far as anybody can tell.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// It ended meanwhile; nothing is remembered of it any more.
    #[error("the remembered session is over")]
    Over(Over),
    /// What is remembered cannot be read: there may be a session.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The companion cannot tell now.
    #[error(transparent)]
    Companion(#[from] CompanionError),
}

impl CallError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Over(_) | Self::NoInput => ErrorCode::SessionEnded,
            Self::Companion(error) => error.code(),
        }
    }
}

impl ServiceSession {
    /// A session just opened by a sign-in; its refresh token goes to the keyring, where `kept` lets it. `None` when the sign-in was
    /// withdrawn meanwhile, at whatever moment: nothing may live on that no screen shows, so it is ended again.
    pub async fn begin(link: Link, kept: Kept, answer: TokenAnswer, withdrawn: &CancellationToken) -> Option<(Arc<Self>, Session)> {
        let (held, session) = Self::of(link, kept, answer);
        if withdrawn.is_cancelled() {
            held.told_given_back(held.revoke().await);
            return None;
        }
        held.keep_in_turn().await;
        if withdrawn.is_cancelled() {
            held.give_back().await;
            return None;
        }
        Some((Arc::new(held), session))
    }

    /// Ends a session that nobody waits for any more.
    pub async fn give_back(&self) {
        self.told_given_back(self.end().await);
    }

    fn told_given_back(&self, ended: Result<(), CompanionError>) {
        if let Err(error) = ended {
            let code = error.code();
            tracing::warn!(sign_in.id = %self.sign_in_id, error.code = %code, %error, "A withdrawn session could not be revoked: it idles out");
        }
    }

    /// Goes on with the session that the keyring remembers. `None` when there is none, which is no error.
    ///
    /// # Errors
    /// [`ResumeError`].
    pub async fn resume(link: Link, kept: Kept) -> Result<Option<(Arc<Self>, Session)>, ResumeError> {
        let Link { companion, device, .. } = link.clone();
        let _turn = device.turn().await;
        let Some(stored) = device.stored_token().await? else { return Ok(None) };
        match companion.refresh(&stored).await {
            Ok(answer) if answer.session.shared_workstation && kept == Kept::OnPersonalPosts => {
                tracing::info!(sign_in.id = %answer.session.sign_in_id, "A session left behind on a shared workstation is ended");
                device.forget(&stored).await;
                let refresh: SecretString = answer.refresh_token.into();
                if let Err(error) = companion.revoke(&refresh).await {
                    tracing::warn!(error.code = %error.code(), %error, "It could not be ended: it idles out");
                }
                Ok(None)
            }
            Ok(answer) => {
                tracing::info!(sign_in.id = %answer.session.sign_in_id, "The session goes on");
                let (held, session) = Self::of(link, kept, answer);
                held.keep().await;
                Ok(Some((Arc::new(held), session)))
            }
            Err(error) if is_end(&error) => {
                let over = Over { reason: error.ended(), sign_in_id: error.sign_in_id().cloned() };
                let thread = over.sign_in_id.as_ref().map(tracing::field::display);
                tracing::info!(sign_in.id = thread, reason = over.reason.map_or("unknown", SessionEnd::name), error.code = %error.code(), "The remembered session is over");
                device.forget(&stored).await;
                Err(ResumeError::Over(over))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn of(link: Link, kept: Kept, answer: TokenAnswer) -> (Self, Session) {
        let session = answer.session.clone();
        let tokens = Tokens::of(answer, link.clock.as_ref());
        let (sign_in_id, shared) = (session.sign_in_id.clone(), session.shared_workstation);
        let (input_since_refresh, input) = (AtomicBool::new(false), Notify::new());
        let (is_withheld, is_lock_told) = (AtomicBool::new(false), AtomicBool::new(false));
        let tokens = Mutex::new(tokens);
        let held = Self { link, kept, shared, sign_in_id, tokens, input_since_refresh, input, is_withheld, is_lock_told };
        (held, session)
    }

    async fn keep_in_turn(&self) {
        let _turn = self.link.device.turn().await;
        self.keep().await;
    }

    /// Lets a restart go on with the session, or makes sure that none does. Call it within a [`crate::device::Turn`].
    async fn keep(&self) {
        let token = self.tokens.lock().await.refresh.clone();
        self.remember(&token).await;
    }

    async fn remember(&self, refresh_token: &SecretString) {
        self.link.device.remember(self.may_be_resumed().then_some(refresh_token)).await;
    }

    fn may_be_resumed(&self) -> bool {
        (self.kept == Kept::Always || !self.shared) && !self.is_withheld.load(Ordering::SeqCst)
    }

    /// Her card left, or is back: whether a restart may go on with it. The keyring follows by [`Self::follow_card`].
    pub fn withhold(&self, withheld: bool) {
        self.is_withheld.store(withheld, Ordering::SeqCst);
    }

    /// Erases what the keyring holds of this session while her card is away, and puts it back when it is; of two such tasks, either may be first.
    pub async fn follow_card(&self) {
        let token = self.tokens.lock().await.refresh.clone();
        let _turn = self.link.device.turn().await;
        if !self.may_be_resumed() {
            return self.link.device.forget(&token).await;
        }
        // What another process kept meanwhile is of a session that took the place of this one.
        if matches!(self.link.device.stored_token().await, Ok(None)) {
            self.remember(&token).await;
        }
    }

    /// The thread that support follows.
    pub fn thread(&self) -> &SignInId {
        &self.sign_in_id
    }

    /// Real input happened: the next call may refresh.
    pub fn touched(&self) {
        self.input_since_refresh.store(true, Ordering::SeqCst);
        self.input.notify_waiters();
    }

    /// Resolves at the next real input after this call, even if it is awaited later.
    pub fn next_input(&self) -> Notified<'_> {
        self.input.notified()
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn describe(&self) -> Result<Session, CallError> {
        self.call(|companion, access| async move { companion.session(&access).await }).await
    }

    /// Chooses a practice situation.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn choose_situation(&self, id: SituationId) -> Result<Session, CallError> {
        self.touched();
        self.call(move |companion, access| {
            let id = id.clone();
            async move { companion.choose_situation(&access, &id).await }
        })
        .await
    }

    /// Tells the companion of real input this long ago.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn report_activity(&self, since_input: Duration) -> Result<SessionClocks, CallError> {
        self.call(move |companion, access| async move { companion.report_activity(&access, since_input).await }).await
    }

    /// Locks it: the companion gives nothing of it any more, and no restart of this app finds it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn lock(&self) -> Result<(), CallError> {
        // She pulled her card, or asked for it: her hand was here. The companion takes no lock for activity.
        self.touched();
        self.is_withheld.store(true, Ordering::SeqCst);
        self.forget().await;
        let locked = self.call(|companion, access| async move { companion.lock(&access).await }).await;
        self.input_since_refresh.store(false, Ordering::SeqCst);
        if locked.is_ok() {
            self.is_lock_told.store(true, Ordering::SeqCst);
        }
        locked.map(drop)
    }

    /// Whether the companion has taken [`Self::lock`].
    pub fn is_lock_told(&self) -> bool {
        self.is_lock_told.load(Ordering::SeqCst)
    }

    /// Parks until the session changes; see [`Companion::session_event`].
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn event(&self, after: Option<u64>) -> Result<SessionEvent, CallError> {
        self.call(move |companion, access| async move { companion.session_event(&access, after).await }).await
    }

    /// Her sessions on all her workstations.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn own_sessions(&self) -> Result<Vec<OwnSession>, CallError> {
        self.touched();
        self.call(|companion, access| async move { companion.own_sessions(&access).await }).await
    }

    /// Ends one that is not this one: the way out of this one is [`Self::sign_out`].
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn end_session(&self, id: &SignInId) -> Result<(), CallError> {
        self.touched();
        self.call(|companion, access| async move { companion.end_session(&access, id).await }).await
    }

    /// Ends all but this one; how many.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn end_other_sessions(&self) -> Result<u32, CallError> {
        self.touched();
        self.call(|companion, access| async move { companion.end_other_sessions(&access).await }).await
    }

    /// Ends both sessions (EXI 20), for a reason that the companion keeps where there is one. Whatever the answer, nothing goes on with it here.
    ///
    /// # Errors
    /// [`SignOutError`].
    pub async fn sign_out(&self, reason: Option<SignOutReason>) -> Result<SignOutAnswer, SignOutError> {
        self.touched();
        let outcome = self.call(|companion, access| async move { companion.sign_out(&access, reason).await }).await;
        match outcome {
            Err(CallError::Companion(error)) if owed::may_be_told_later(&error) => {
                let token = self.tokens.lock().await.refresh.clone();
                let _turn = self.link.device.turn().await;
                owed::owe_and_send(&self.link, &token, reason, error).await
            }
            // Another call used this very input for a rotation, and what that gave is old already: her order needs none.
            Err(CallError::NoInput) => self.sign_out_by_refresh_token(reason).await,
            // A locked session lets no token be renewed; its end may be asked for all the same.
            Err(CallError::Companion(error)) if error.code() == ErrorCode::SessionLocked => self.sign_out_by_refresh_token(reason).await,
            outcome => {
                self.forget().await;
                Ok(outcome?)
            }
        }
    }

    async fn sign_out_by_refresh_token(&self, reason: Option<SignOutReason>) -> Result<SignOutAnswer, SignOutError> {
        let token = self.tokens.lock().await.refresh.clone();
        let _turn = self.link.device.turn().await;
        owed::owe_and_send_now(&self.link, &token, reason).await
    }

    /// Ends the service session only (RECO 06): Pro Santé Connect is left alone. Whatever the answer, nothing of it is left here.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn end(&self) -> Result<(), CompanionError> {
        let (revoked, ()) = tokio::join!(self.revoke(), self.forget());
        revoked
    }

    async fn revoke(&self) -> Result<(), CompanionError> {
        let token = self.tokens.lock().await.refresh.clone();
        self.link.companion.revoke(&token).await
    }

    /// Erases what the keyring holds of this session.
    pub async fn forget(&self) {
        let token = self.tokens.lock().await.refresh.clone();
        let _turn = self.link.device.turn().await;
        self.link.device.forget(&token).await;
    }

    /// Calls with a good access token, and once more with a fresh one when the companion refuses it.
    async fn call<T, F>(&self, call: impl Fn(Arc<Companion>, SecretString) -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CompanionError>>,
    {
        let access = self.access(None).await?;
        match call(self.link.companion.clone(), access.clone()).await {
            // Nothing to refresh, then.
            Err(error) if error.refuses_token() && error.ended().is_some() => return Err(CallError::Over(error.ended())),
            Err(error) if error.refuses_token() => {}
            outcome => return Ok(outcome?),
        }
        let access = match self.access(Some(&access)).await {
            // The token was still good by our clock, so its session is what ended.
            Err(CallError::NoInput) => return Err(CallError::Over(None)),
            access => access?,
        };
        call(self.link.companion.clone(), access).await.map_err(|error| match error {
            error if error.refuses_token() => CallError::Over(error.ended()),
            error => CallError::Companion(error),
        })
    }

    /// A good access token other than the refused one.
    async fn access(&self, refused: Option<&SecretString>) -> Result<SecretString, CallError> {
        let mut tokens = self.tokens.lock().await;
        let current = self.link.clock.elapsed() + MARGIN < tokens.access_until;
        if !current || refused.is_some_and(|refused| same(refused, &tokens.access)) {
            self.rotate(&mut tokens).await?;
        }
        Ok(tokens.access.clone())
    }

    async fn rotate(&self, tokens: &mut Tokens) -> Result<(), CallError> {
        let _turn = self.link.device.turn().await;
        // The command line may have rotated it meanwhile; its command was input enough.
        let rotated_elsewhere = self.link.device.stored_token().await.ok().flatten().filter(|stored| !same(stored, &tokens.refresh));
        if rotated_elsewhere.is_none() && !self.input_since_refresh.swap(false, Ordering::SeqCst) {
            return Err(CallError::NoInput);
        }
        let presented = rotated_elsewhere.unwrap_or_else(|| tokens.refresh.clone());
        match self.link.companion.refresh(&presented).await {
            Ok(answer) => {
                let theirs = answer.session.sign_in_id != self.sign_in_id;
                let fresh = Tokens::of(answer, self.link.clock.as_ref());
                if theirs {
                    self.link.device.remember(Some(&fresh.refresh)).await;
                    // Another sign-in on this workstation: its token was kept for it, and ours ended.
                    return Err(CallError::Over(Some(SessionEnd::Replaced)));
                }
                self.remember(&fresh.refresh).await;
                *tokens = fresh;
                Ok(())
            }
            Err(error) if is_end(&error) => {
                self.link.device.forget(&presented).await;
                Err(CallError::Over(error.ended()))
            }
            Err(error) => {
                // That input has not been used.
                self.input_since_refresh.store(true, Ordering::SeqCst);
                Err(error.into())
            }
        }
    }
}

impl Tokens {
    fn of(answer: TokenAnswer, clock: &dyn Clock) -> Self {
        Self {
            access: answer.access_token.into(),
            access_until: clock.elapsed() + Duration::from_secs(u64::from(answer.expires_in)),
            refresh: answer.refresh_token.into(),
        }
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").field("access_until", &self.access_until).finish_non_exhaustive()
    }
}

/// Whether a refused refresh means that the session is over, rather than that something is broken on the way.
fn is_end(error: &CompanionError) -> bool {
    match error {
        CompanionError::Refused(refusal) => {
            matches!(refusal.code, ErrorCode::SessionEnded | ErrorCode::SessionRevoked | ErrorCode::CodeRefused)
                || refusal.error == "invalid_grant"
        }
        CompanionError::Unreachable(_)
        | CompanionError::Proxy { .. }
        | CompanionError::Untrusted(_)
        | CompanionError::Impostor
        | CompanionError::AnotherServer(_)
        | CompanionError::Fault(_)
        | CompanionError::Unreadable
        | CompanionError::Random(_) => false,
    }
}
