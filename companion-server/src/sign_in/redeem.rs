use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{SignInState, TokenAnswer};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::SignInId;

use super::{RedeemRefused, Redemption, SignIns};
use crate::audit::{Entry, Event};
use crate::session::{ACCESS_TOKEN_S, SessionRefused, TokenPair, unseal_practitioner};
use crate::store::{RedeemAttempt, Redeemed, SecretHash, SignInKey, SignInRow, StoreError};

/// Wrong token requests that burn a sign-in.
const WRONG_TRIES: u32 = 5;

impl SignIns {
    /// Turns the code into a session: exactly one winner.
    ///
    /// # Errors
    /// [`RedeemRefused`]
    pub async fn redeem(&self, redemption: Redemption) -> Result<TokenAnswer, RedeemRefused> {
        let now = self.around.clock.now();
        let code = SecretHash::of(&redemption.code);
        let found = self.around.store.sign_in(SignInKey::Code(code)).await?;
        let (situation_id, suggested_situation_id) = match &found {
            Some(row) if row.state == SignInState::Confirmed => self.situations(row).await?,
            _ => (None, None),
        };
        let pair = TokenPair::draw(&*self.around.random);
        let attempt = RedeemAttempt {
            code,
            jkt: redemption.jkt.clone(),
            code_challenge: s256(&redemption.code_verifier),
            redirect_uri: redemption.redirect_uri.clone(),
            situation_id,
            suggested_situation_id,
            access: SecretHash::of(&pair.access),
            access_ends_at: now.plus_seconds(i64::from(ACCESS_TOKEN_S)),
            refresh: SecretHash::of(&pair.refresh),
            absolute_ends_at: now.plus_seconds(i64::from(self.around.rules.absolute_limit_s)),
        };
        match self.around.store.redeem(attempt, now).await? {
            Redeemed::Opened { session, replaced, cancelled } => {
                for id in [&session.sign_in_id].into_iter().chain(&cancelled) {
                    self.wakeups.wake(id);
                }
                self.sessions.announce_opened(&session, replaced.as_ref()).await?;
                let described = self.sessions.describe_row(&session).await;
                Ok(pair.answer(described.map_err(|refused| ended_already(refused, session.sign_in_id))?))
            }
            Redeemed::Unknown => Err(self.wrong_try(&redemption, None).await?),
            Redeemed::OtherReturnAddress(id) => Err(self.wrong_try(&redemption, Some(id)).await?),
            Redeemed::Over(id) => {
                self.expire_if_late(&id).await?;
                Err(RedeemRefused::CodeRefused(Some(id)))
            }
            Redeemed::Replayed(id) => {
                let entry = Entry::new(Event::CodeReplayed).sign_in(&id).device(&redemption.jkt).from(redemption.client_address);
                self.audit.record(entry.code(ErrorCode::CodeRefused)).await?;
                Err(RedeemRefused::CodeRefused(Some(id)))
            }
            Redeemed::Burned(id) => Err(self.burned(id, &redemption).await?),
        }
    }

    /// The only situation is chosen by itself; otherwise the last choice on this device is suggested, when it still exists.
    async fn situations(&self, row: &SignInRow) -> Result<(Option<SituationId>, Option<SituationId>), StoreError> {
        let (Some(grant), Some(account_id)) = (self.around.store.grant(&row.id).await?, row.account_id) else { return Ok((None, None)) };
        let practitioner = unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?;
        let mut situations = practitioner.situations();
        if let (Some((_, only)), None) = (situations.next(), situations.next()) {
            return Ok((Some(only.id.clone()), None));
        }
        let last = self.around.store.recall(account_id, &row.jkt).await?.last_situation_id;
        Ok((None, last.filter(|id| practitioner.situation(id).is_some())))
    }

    async fn wrong_try(&self, redemption: &Redemption, id: Option<SignInId>) -> Result<RedeemRefused, StoreError> {
        let burned = self.around.store.count_wrong_try(&redemption.jkt, WRONG_TRIES, self.around.clock.now()).await?;
        let mut refused = RedeemRefused::CodeRefused(id);
        for id in burned {
            refused = self.burned(id, redemption).await?;
        }
        Ok(refused)
    }

    async fn burned(&self, id: SignInId, redemption: &Redemption) -> Result<RedeemRefused, StoreError> {
        self.wakeups.wake(&id);
        let entry = Entry::new(Event::SignInBurned).sign_in(&id).device(&redemption.jkt).from(redemption.client_address);
        self.audit.record(entry.code(ErrorCode::SignInBurned)).await?;
        Ok(RedeemRefused::Burned(id))
    }
}

/// The session was opened and ended again before it could be told about.
fn ended_already(refused: SessionRefused, id: SignInId) -> RedeemRefused {
    match refused {
        SessionRefused::Store(error) => RedeemRefused::Store(error),
        SessionRefused::Unknown | SessionRefused::AccessTokenExpired | SessionRefused::Ended(_) | SessionRefused::SituationUnknown => {
            RedeemRefused::CodeRefused(Some(id))
        }
    }
}

fn s256(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.expose_secret().as_bytes()))
}
