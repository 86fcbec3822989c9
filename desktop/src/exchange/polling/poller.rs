//! The questions to the token endpoint: one at a time, at the pace that the companion gives, through short absences.

use std::time::Duration;

use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{DeviceAuthorizationAnswer, TokenAnswer};
use vestibule_model::session::SignInId;

use super::Attempt;
use crate::companion::{CompanionError, Letters};

/// RFC 8628 section 3.5: `slow_down` adds this much, for good.
const SLOWER: Duration = Duration::from_secs(5);

/// Longest pause between two tries at a companion out of reach.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Something that matters.
pub(super) enum Polled {
    Session(Box<TokenAnswer>),
    LettersDue(LettersDue),
    /// Nothing will come any more.
    Over(CompanionError),
}

/// Letters that are to be typed.
pub(super) struct LettersDue {
    pub tries_left: u32,
    pub ends_in: Duration,
    /// The last ones were not right.
    pub refused: bool,
}

/// One sign-in's questions.
pub(super) struct Poller<'a> {
    attempt: &'a Attempt,
    id: SignInId,
    device_code: SecretString,
    verifier: SecretString,
    interval: Duration,
    /// By [`crate::clock::Clock::elapsed`].
    last_asked: Option<Duration>,
    tries_left: Option<u32>,
}

impl<'a> Poller<'a> {
    pub fn new(attempt: &'a Attempt, authorized: &DeviceAuthorizationAnswer, verifier: SecretString) -> Self {
        Self {
            attempt,
            id: authorized.sign_in_id.clone(),
            device_code: SecretString::from(authorized.device_code.as_str()),
            verifier,
            interval: Duration::from_secs(u64::from(authorized.interval.max(1))),
            last_asked: None,
            tries_left: None,
        }
    }

    pub async fn sleep(&self, duration: Duration) {
        self.attempt.ports.clock.sleep(duration).await;
    }

    /// Asks, with letters when there are, until something matters.
    pub async fn poll(&mut self, letters: Option<&SecretString>) -> Polled {
        let mut sending = letters;
        let mut pause = Duration::from_secs(1);
        loop {
            self.keep_pace(sending.is_some()).await;
            let error = match self.attempt.companion.poll(&self.device_code, &self.verifier, sending).await {
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
                    tracing::debug!(sign_in.id = %self.id, interval_s = self.interval.as_secs(), "the companion wants to be asked less often");
                }
                Sorted::Passing => {
                    tracing::warn!(sign_in.id = %self.id, error.code = %error.code(), %error, "the companion is out of reach; it is asked again");
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
