//! The questions to the token endpoint: one at a time, at the pace that the companion gives, through short absences. With a device code, or
//! with a code beside which letters are due.

use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use vestibule_model::exchange::{DeviceAuthorizationAnswer, TokenAnswer};
use vestibule_model::session::SignInId;
use vestibule_model::{ErrorCode, Secret};

use super::{Attempt, Progress};
use crate::companion::{CompanionError, Letters};

/// RFC 8628 section 3.5: `slow_down` adds this much, for good.
const SLOWER: Duration = Duration::from_secs(5);

/// Longest pause between two tries at a companion out of reach.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The companion says by itself that letters came too late; this much later, it is asked.
const LETTERS_MARGIN: Duration = Duration::from_secs(1);

/// Asks until the session is there, or cannot come any more; meanwhile hears the letters that are due.
pub(in crate::exchange) async fn converse(
    mut poller: Poller<'_>,
    mut letters: UnboundedReceiver<SecretString>,
    progress: UnboundedSender<Progress>,
) -> Result<Box<TokenAnswer>, CompanionError> {
    let mut polled = poller.poll(None).await;
    loop {
        let LettersDue { tries_left, ends_in, refused } = match polled {
            Polled::Session(answer) => return Ok(answer),
            Polled::Over(error) => return Err(error),
            Polled::LettersDue(due) => due,
        };
        let _ = progress.send(Progress::LettersDue { tries_left, ends_in, refused });
        let typed = tokio::select! {
            typed = letters.recv() => typed,
            () = poller.sleep(ends_in + LETTERS_MARGIN) => None,
        };
        if typed.is_some() {
            let _ = progress.send(Progress::CheckingLetters);
        }
        polled = poller.poll(typed.as_ref()).await;
    }
}

/// Something that matters.
enum Polled {
    Session(Box<TokenAnswer>),
    LettersDue(LettersDue),
    /// Nothing will come any more.
    Over(CompanionError),
}

/// Letters that are to be typed.
struct LettersDue {
    tries_left: u32,
    ends_in: Duration,
    /// The last ones were not right.
    refused: bool,
}

/// One sign-in's questions.
pub(in crate::exchange) struct Poller<'a> {
    attempt: &'a Attempt,
    id: SignInId,
    handle: Handle,
    verifier: SecretString,
    interval: Duration,
    /// By [`crate::clock::Clock::elapsed`].
    last_asked: Option<Duration>,
    tries_left: Option<u32>,
}

/// What is presented for the session.
enum Handle {
    DeviceCode(SecretString),
    Code { code: SecretString, redirect_uri: Secret },
}

impl<'a> Poller<'a> {
    pub fn of_device_code(attempt: &'a Attempt, authorized: &DeviceAuthorizationAnswer, verifier: SecretString) -> Self {
        Self {
            attempt,
            id: authorized.sign_in_id.clone(),
            handle: Handle::DeviceCode(authorized.device_code.clone().into()),
            verifier,
            interval: Duration::from_secs(u64::from(authorized.interval.max(1))),
            last_asked: None,
            tries_left: None,
        }
    }

    /// A code that came back to `redirect_uri`.
    pub fn of_code(attempt: &'a Attempt, id: SignInId, code: SecretString, redirect_uri: Secret, verifier: SecretString) -> Self {
        Self {
            attempt,
            id,
            handle: Handle::Code { code, redirect_uri },
            verifier,
            interval: Duration::from_secs(1),
            last_asked: None,
            tries_left: None,
        }
    }

    async fn ask(&self, letters: Option<&SecretString>) -> Result<TokenAnswer, CompanionError> {
        let companion = &self.attempt.link.companion;
        match &self.handle {
            Handle::DeviceCode(device_code) => companion.poll(device_code, &self.verifier, letters).await,
            Handle::Code { code, redirect_uri } => companion.redeem(code, &self.verifier, redirect_uri, letters).await,
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.attempt.ports.clock.sleep(duration).await;
    }

    /// Asks, with letters when there are, until something matters.
    async fn poll(&mut self, letters: Option<&SecretString>) -> Polled {
        let mut sending = letters;
        let mut pause = Duration::from_secs(1);
        loop {
            self.keep_pace(sending.is_some()).await;
            let error = match self.ask(sending).await {
                Ok(answer) => return Polled::Session(Box::new(answer)),
                Err(error) => error,
            };
            match sorted(&error) {
                Sorted::Pending => {
                    pause = Duration::from_secs(1);
                    sending = None;
                }
                Sorted::Letters { letters: due, wrong } => {
                    let counted = self.tries_left.is_some_and(|tries| due.tries_left < tries);
                    self.tries_left = Some(due.tries_left);
                    // An answer was lost, but the letters had not arrived: no try was counted, so they go out again.
                    if letters.is_some() && sending.is_none() && !counted {
                        sending = letters;
                        continue;
                    }
                    let ends_in = Duration::from_secs(u64::from(due.expires_in));
                    return Polled::LettersDue(LettersDue {
                        tries_left: due.tries_left,
                        ends_in,
                        refused: wrong || (letters.is_some() && counted),
                    });
                }
                Sorted::SlowDown => {
                    self.interval += SLOWER;
                    tracing::debug!(sign_in.id = %self.id, interval_s = self.interval.as_secs(), "The companion wants to be asked less often");
                }
                Sorted::Passing => {
                    tracing::warn!(sign_in.id = %self.id, error.code = %error.code(), %error, "The companion is out of reach; it is asked again");
                    // Whether the letters arrived is asked before they are spent a second time.
                    sending = None;
                    self.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Sorted::Final => return Polled::Over(error),
            }
        }
    }

    /// At least the interval between two questions. One that was held has waited long enough; a person waits for the answer to her letters.
    async fn keep_pace(&mut self, with_letters: bool) {
        let clock = &self.attempt.ports.clock;
        if let Some(last) = self.last_asked.filter(|_| !with_letters) {
            let left = self.interval.saturating_sub(clock.elapsed().saturating_sub(last));
            if !left.is_zero() {
                clock.sleep(left).await;
            }
        }
        self.last_asked = Some(clock.elapsed());
    }
}

/// What an error amounts to.
enum Sorted {
    Pending,
    Letters { letters: Letters, wrong: bool },
    SlowDown,
    Passing,
    Final,
}

fn sorted(error: &CompanionError) -> Sorted {
    let refusal = error.refusal();
    match refusal.map(|refusal| refusal.error.as_str()) {
        Some("authorization_pending") => match refusal.and_then(|refusal| refusal.letters) {
            Some(letters) => Sorted::Letters { letters, wrong: error.code() == ErrorCode::ConfirmationCodeWrong },
            None => Sorted::Pending,
        },
        Some("slow_down") => Sorted::SlowDown,
        _ if error.is_passing() => Sorted::Passing,
        _ => Sorted::Final,
    }
}
