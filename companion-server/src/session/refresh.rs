//! Rotation of the app's tokens (RFC 9700): a lost answer is survived, a copied token is not.

use std::net::IpAddr;

use secrecy::SecretString;
use vestibule_model::exchange::{SCOPE, TokenAnswer};
use vestibule_model::session::{Session, SignInId};

use super::{ACCESS_TOKEN_S, RefreshRefused, SessionRefused, Sessions};
use crate::audit::{Entry, Event};
use crate::random::secret_256;
use crate::store::{RotateAttempt, Rotated, SecretHash, TokenKind};

impl Sessions {
    /// Rotates the refresh token; not an activity.
    ///
    /// A rotated-out token stays good for the same key until its successor, or the access token issued with it, is first used.
    ///
    /// # Errors
    /// [`RefreshRefused`]
    pub async fn refresh(&self, jkt: &str, refresh_token: &SecretString, from: IpAddr) -> Result<TokenAnswer, RefreshRefused> {
        let found = self.around.store.session_by_token(&SecretHash::of(refresh_token), TokenKind::Refresh).await?;
        let Some((row, token)) = found else { return Err(RefreshRefused::Unknown) };
        if row.jkt != jkt {
            self.audit.record(Entry::new(Event::TokenOfOtherKey).sign_in(&row.sign_in_id).device(jkt).from(from)).await?;
            return Err(RefreshRefused::Unknown);
        }
        let id = row.sign_in_id.clone();
        let row = self.still_live(row).await.map_err(|refused| RefreshRefused::of(refused, &id))?;
        let now = self.around.clock.now();
        let pair = TokenPair::draw(&*self.around.random);
        let attempt = RotateAttempt {
            sign_in_id: row.sign_in_id.clone(),
            presented: token.generation,
            access: SecretHash::of(&pair.access),
            access_ends_at: now.plus_seconds(i64::from(ACCESS_TOKEN_S)),
            refresh: SecretHash::of(&pair.refresh),
        };
        match self.around.store.rotate(attempt, self.line(Event::SessionRevoked, Some(from)), now).await? {
            Rotated::Next(row) => {
                let session = self.describe_row(&row).await.map_err(|refused| RefreshRefused::of(refused, &id))?;
                Ok(pair.answer(session))
            }
            Rotated::Reused => {
                self.announce_end(&row.sign_in_id, Event::SessionRevoked);
                Err(RefreshRefused::Reused(row.sign_in_id))
            }
            Rotated::Over => Err(RefreshRefused::of(self.why_over(&row).await?, &id)),
        }
    }
}

impl RefreshRefused {
    fn of(refused: SessionRefused, id: &SignInId) -> Self {
        match refused {
            SessionRefused::Ended(end) => Self::Ended { end, id: id.clone() },
            SessionRefused::Locked => Self::Locked(id.clone()),
            SessionRefused::Store(error) => Self::Store(error),
            SessionRefused::Unknown | SessionRefused::AccessTokenExpired | SessionRefused::SituationUnknown | SessionRefused::NotHers => {
                Self::Unknown
            }
        }
    }
}

/// The two tokens of one generation, before only their hashes are left.
pub(crate) struct TokenPair {
    pub(crate) access: SecretString,
    pub(crate) refresh: SecretString,
}

impl TokenPair {
    pub(crate) fn draw(random: &dyn crate::random::Random) -> Self {
        Self { access: secret_256(random), refresh: secret_256(random) }
    }

    pub(crate) fn answer(&self, session: Session) -> TokenAnswer {
        TokenAnswer {
            access_token: (&self.access).into(),
            token_type: "DPoP".to_owned(),
            expires_in: ACCESS_TOKEN_S,
            refresh_token: (&self.refresh).into(),
            scope: SCOPE.to_owned(),
            session,
        }
    }
}
