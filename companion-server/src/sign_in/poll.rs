//! The polling exchange (RFC 8628, hardened): the app asks until the person in front of it has proven to be there.

use std::time::Duration;

use subtle::ConstantTimeEq as _;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::TokenAnswer;
use vestibule_model::session::SignInId;

use super::redeem::{Claim, Claimed, burned, refused, s256};
use super::{Poll, PollRefused, RedeemRefused, SignIns};
use crate::store::{Presented, Redeemed, SecretHash, SignInEnd, SignInKey, SignInRow, Stage, StoreError};

/// Seconds between the beginnings of two polls; each is held longer than that while nothing happens.
pub const POLL_INTERVAL_S: u32 = 1;
/// Milliseconds by which the network may bring two polls closer together than they were sent.
const JITTER_MS: i64 = 250;
impl SignIns {
    /// Whether this poll may be held: whose it is, and whether it does not come too soon. A right device code in the hands of another key, or
    /// with a wrong verifier, burns the sign-in.
    ///
    /// # Errors
    /// [`PollRefused`]
    pub async fn begin_poll(&self, poll: &Poll) -> Result<SignInId, PollRefused> {
        let row = self.polled(poll).await?;
        // Letters are counted for themselves, and a person is waiting for the answer.
        if poll.letters.is_none() && !row.stage.state().is_end() && !self.pace.admit(&row.id, self.around.clock.now()) {
            return Err(PollRefused::TooSoon);
        }
        Ok(row.id)
    }

    /// Comes back when there is something to say to the app other than that it must wait, or when `wait` is over. Without any effect.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn hold_poll(&self, id: &SignInId, wait: Duration) -> Result<(), StoreError> {
        let waiting = self.wakeups.watch(id, wait);
        loop {
            let changed = waiting.listen();
            // Boxed: whoever waits holds no room for looking.
            let left = Box::pin(self.left_to_hold(id)).await?;
            let Some(left) = left.filter(|_| !waiting.is_over()) else { return Ok(()) };
            waiting.sleep(changed, left).await;
        }
    }

    /// How long there may be nothing to say to the app yet; `None` when there is something.
    async fn left_to_hold(&self, id: &SignInId) -> Result<Option<Duration>, StoreError> {
        let Some(row) = self.around.store.sign_in(SignInKey::Id(id.clone())).await? else { return Ok(None) };
        let left = row.stage_ends_at.millis_since(self.around.clock.now());
        let is_to_be_told = left <= 0 || matches!(row.stage, Stage::Confirmed { .. }) || row.stage.state().is_end();
        Ok((!is_to_be_told).then(|| Duration::from_millis(u64::try_from(left).unwrap_or_default() + 1)))
    }

    /// Answers a poll as things stand: the session, once the person picked the app's number and typed the letters if some were due.
    ///
    /// # Errors
    /// [`PollRefused`]
    pub async fn answer_poll(&self, poll: Poll) -> Result<TokenAnswer, PollRefused> {
        let row = self.polled(&poll).await?;
        match &row.stage {
            Stage::Confirmed { letters_tried: Some(_), .. } => {
                self.check_letters(&row, poll.letters.as_ref(), poll.client_address).await?;
                self.redeem_device_code(row, &poll, true).await
            }
            Stage::Confirmed { letters_tried: None, .. } => self.redeem_device_code(row, &poll, false).await,
            Stage::Redeemed(_) => Err(self.polled_again(row.id, &poll).await?),
            Stage::Over(over) => Err(refused(over, row.id.clone()).into()),
            Stage::Created | Stage::Opened(_) | Stage::AtProvider { .. } | Stage::Exchanging(_) | Stage::Authenticated(_) => {
                Err(PollRefused::Pending(None))
            }
        }
    }

    /// The sign-in of a device code, for its own key and verifier only.
    async fn polled(&self, poll: &Poll) -> Result<SignInRow, PollRefused> {
        let found = self.around.store.sign_in(SignInKey::DeviceCode(SecretHash::of(&poll.device_code))).await?;
        let Some(row) = found else { return Err(self.wrong_try(&poll.jkt, poll.client_address, None).await?.into()) };
        let row = self.in_time(row).await?;
        if row.jkt != poll.jkt {
            self.burn_polling(&row, poll).await?;
            // Nothing tells this key from one that presents a code nobody ever had.
            return Err(self.wrong_try(&poll.jkt, poll.client_address, None).await?.into());
        }
        if !bool::from(row.code_challenge.as_bytes().ct_eq(s256(&poll.code_verifier).as_bytes())) {
            let burned = self.burn_polling(&row, poll).await?;
            return Err(if burned { PollRefused::Burned(row.id) } else { PollRefused::CodeRefused(Some(row.id)) });
        }
        Ok(row)
    }

    /// `false` when it was over already.
    async fn burn_polling(&self, row: &SignInRow, poll: &Poll) -> Result<bool, StoreError> {
        let as_what = (SignInEnd::Burned, Some(ErrorCode::SignInBurned));
        self.close(&row.id, None, as_what, Some(burned(&poll.jkt, poll.client_address))).await
    }

    async fn redeem_device_code(&self, row: SignInRow, poll: &Poll, letters_right: bool) -> Result<TokenAnswer, PollRefused> {
        let presented = Presented::DeviceCode(SecretHash::of(&poll.device_code));
        let claim = Claim {
            jkt: &poll.jkt,
            code_verifier: &poll.code_verifier,
            presented,
            letters_right,
            granted: None,
            from: poll.client_address,
        };
        let Claimed { redeemed, pair, granted } = self.claim(Some(&row), claim).await?;
        match redeemed {
            Redeemed::Opened { session, replaced, cancelled } => {
                Ok(self.welcome((&session, granted), replaced.as_ref(), &cancelled, pair).await?)
            }
            // Another poll of the same device code was faster.
            Redeemed::Replayed(id) => Err(self.polled_again(id, poll).await?),
            Redeemed::NotYet(_) => Err(PollRefused::Pending(None)),
            Redeemed::Over(id) | Redeemed::OtherReturnAddress(id) => Err(self.why_over(id).await?.into()),
            Redeemed::Burned(closed) => {
                self.sessions.tell_owed(&closed);
                self.announce_burned(&closed.id);
                Err(PollRefused::Burned(closed.id))
            }
            Redeemed::Unknown => Err(PollRefused::CodeRefused(None)),
        }
    }

    async fn polled_again(&self, id: SignInId, poll: &Poll) -> Result<PollRefused, StoreError> {
        let refused = self.after_session(id.clone()).await?;
        if matches!(refused, RedeemRefused::CodeRefused(_)) {
            self.announce_replayed(&id, &poll.jkt, poll.client_address).await?;
        }
        Ok(refused.into())
    }
}

/// Who polled when, so that nobody asks faster than told.
#[derive(Default)]
pub(super) struct Pace(std::sync::Mutex<std::collections::HashMap<SignInId, crate::clock::Timestamp>>);

impl Pace {
    /// Sign-ins remembered at once; far more than are ever polled within one second.
    const SIGN_INS: usize = 50_000;

    fn admit(&self, id: &SignInId, now: crate::clock::Timestamp) -> bool {
        let is_too_recent =
            |last: crate::clock::Timestamp| (0..i64::from(POLL_INTERVAL_S) * 1000 - JITTER_MS).contains(&now.millis_since(last));
        let mut last_polls = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last_polls.get(id).is_some_and(|last| is_too_recent(*last)) {
            return false;
        }
        if last_polls.len() >= Self::SIGN_INS {
            last_polls.retain(|_, last| is_too_recent(*last));
            if last_polls.len() >= Self::SIGN_INS {
                return false;
            }
        }
        last_polls.insert(id.clone(), now);
        true
    }
}
