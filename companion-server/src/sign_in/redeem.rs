//! The app redeems its code: once, by its key, with its verifier.

use std::net::IpAddr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::TokenAnswer;
use vestibule_model::practitioner::{Practitioner, SituationId};
use vestibule_model::session::{SessionEnd, SignInId};

use super::follow::cause_of;
use super::{RedeemRefused, Redemption, SignIns};
use crate::audit::{self, Entry, Event};
use crate::measures::{self, Reached};
use crate::session::{ACCESS_TOKEN_S, SessionRefused, TokenPair};
use crate::store::{
    ClosedSignIn, GrantShown, Identified, Over, Presented, RedeemAttempt, RedeemLines, Redeemed, Replaced, SecretHash, SessionRow,
    SignInEnd, SignInKey, SignInRow, Stage, StoreError,
};
use crate::surroundings::unseal_practitioner;

/// What a token request brings besides the proof of its key.
pub(super) struct Claim<'a> {
    pub(super) jkt: &'a str,
    pub(super) code_verifier: &'a SecretString,
    pub(super) presented: Presented,
    /// Whether letters came too and were found right.
    pub(super) letters_right: bool,
    /// What was granted to the attempt, where that was read with it.
    pub(super) granted: Option<GrantShown>,
    /// Where the request came from.
    pub(super) from: IpAddr,
}

/// What came of it.
pub(super) struct Claimed {
    pub(super) redeemed: Redeemed,
    /// For the winner alone.
    pub(super) pair: TokenPair,
    /// What was granted to the attempt, and to whom.
    pub(super) granted: Option<(GrantShown, Practitioner)>,
}

/// Wrong token requests that burn a sign-in.
const WRONG_TRIES: u32 = 5;

impl SignIns {
    /// Turns the code into a session: exactly one winner.
    ///
    /// # Errors
    /// [`RedeemRefused`]
    pub async fn redeem(&self, redemption: Redemption) -> Result<TokenAnswer, RedeemRefused> {
        let Redemption { jkt, code, code_verifier, redirect_uri, letters, client_address } = redemption;
        let code = SecretHash::of(&code);
        let (found, granted) = match self.around.store.sign_in_with_grant(SignInKey::Code(code)).await? {
            Some((row, granted)) => (Some(self.in_time(row).await?), granted),
            None => (None, None),
        };
        let is_its_app = found.as_ref().is_some_and(|row| fits(row, &jkt, &code_verifier, &redirect_uri));
        let mut letters_right = false;
        // Letters are compared for the app that started alone: in other hands the code burns the sign-in, whatever comes with it.
        if let Some(row) = found.as_ref().filter(|row| is_its_app && row.letters_tried().is_some()) {
            self.check_letters(row, letters.as_ref(), client_address).await?;
            letters_right = true;
        }
        let claim = Claim {
            jkt: &jkt,
            code_verifier: &code_verifier,
            presented: Presented::Code { code, redirect_uri },
            letters_right,
            granted,
            from: client_address,
        };
        let Claimed { redeemed, pair, granted } = self.claim(found.as_ref(), claim).await?;
        match redeemed {
            Redeemed::Opened { session, replaced, cancelled } => {
                self.welcome((&session, granted), replaced.as_ref(), &cancelled, pair).await
            }
            Redeemed::Unknown => Err(self.wrong_try(&jkt, client_address, None).await?),
            Redeemed::OtherReturnAddress(id) | Redeemed::NotYet(id) => Err(self.wrong_try(&jkt, client_address, Some(id)).await?),
            Redeemed::Over(id) => Err(self.why_over(id).await?),
            Redeemed::Replayed(id) => {
                self.announce_replayed(&id, &jkt, client_address).await?;
                Err(if is_its_app { self.after_session(id).await? } else { RedeemRefused::CodeRefused(Some(id)) })
            }
            Redeemed::Burned(closed) => {
                self.sessions.tell_owed(&closed);
                self.announce_burned(&closed.id);
                Err(RedeemRefused::Burned(closed.id))
            }
        }
    }

    /// One conditional update, whatever is presented: exactly one winner, who holds the pair.
    pub(super) async fn claim(&self, found: Option<&SignInRow>, mut claim: Claim<'_>) -> Result<Claimed, StoreError> {
        let now = self.around.clock.now();
        let (mut granted, mut situations) = (None, (None, None));
        if let Some((row, Stage::Confirmed { who, .. })) = found.map(|row| (row, &row.stage))
            && let Some(grant) = self.granted(&row.id, claim.granted.take()).await?
        {
            let practitioner = unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?;
            situations = self.situations(row, who, &practitioner).await?;
            granted = Some((grant, practitioner));
        }
        let (situation_id, suggested_situation_id) = situations;
        let pair = TokenPair::draw(&*self.around.random);
        let Some(group) = found.map_or_else(|| self.around.rules.groups.named(None), |row| self.group_of(row)) else {
            // The configuration lost the group in the meantime: under which rules to go on is not known.
            let Some(row) = found else { return Ok(Claimed { redeemed: Redeemed::Unknown, pair, granted }) };
            self.fail(row, ErrorCode::GroupGone).await?;
            return Ok(Claimed { redeemed: Redeemed::Over(row.id.clone()), pair, granted });
        };
        let attempt = RedeemAttempt {
            lines: self.lines(&claim),
            presented: claim.presented,
            letters_right: claim.letters_right,
            jkt: claim.jkt.to_owned(),
            code_challenge: s256(claim.code_verifier),
            situation_id,
            suggested_situation_id,
            access: SecretHash::of(&pair.access),
            access_ends_at: now.plus_seconds(i64::from(ACCESS_TOKEN_S)),
            refresh: SecretHash::of(&pair.refresh),
            absolute_ends_at: now.plus_seconds(i64::from(self.around.rules.absolute_limit_s)),
            rules: group.session.clone(),
            pair_used_after: self.around.pair_used_after(),
            owing: self.around.owing(),
        };
        let redeemed = self.around.store.redeem(attempt, now).await?;
        if let (Redeemed::Opened { .. }, Some(row)) = (&redeemed, found) {
            measures::reached(Reached::SignedIn, now.millis_since(row.created_at));
        }
        Ok(Claimed { redeemed, pair, granted })
    }

    fn lines(&self, claim: &Claim<'_>) -> RedeemLines {
        let line = |event| self.audit.line(Entry::new(event).from(claim.from));
        RedeemLines {
            signed_in: line(Event::SignedIn),
            new_workstation: line(Event::NewWorkstation),
            replaced: line(Event::SessionReplaced),
            unlocked: line(Event::SessionUnlocked),
            burned: self.audit.line(burned(claim.jkt, claim.from)),
        }
    }

    /// Tells whoever waits that the session is open, and gives the winner his answer.
    pub(super) async fn welcome(
        &self,
        (session, granted): (&SessionRow, Option<(GrantShown, Practitioner)>),
        replaced: Option<&Replaced>,
        cancelled: &[ClosedSignIn],
        pair: TokenPair,
    ) -> Result<TokenAnswer, RedeemRefused> {
        self.wakeups.wake(&session.sign_in_id);
        self.sessions.tell_all_owed(cancelled);
        for ClosedSignIn { id, .. } in cancelled {
            let code = ErrorCode::SignInReplaced;
            tracing::info!(sign_in.id = %id, error.code = %code, by = %session.sign_in_id, "Another sign-in of the workstation ended a sign-in");
            self.wakeups.wake(id);
        }
        self.sessions.announce_opened(session, replaced);
        let described = match granted {
            Some((grant, practitioner)) => self.sessions.described(session, &grant, practitioner),
            None => self.sessions.describe_row(session).await,
        };
        match described {
            Ok(described) => Ok(pair.answer(described)),
            Err(SessionRefused::Store(error)) => Err(error.into()),
            // It was opened and ended again before it could be told about.
            Err(_) => Err(self.after_session(session.sign_in_id.clone()).await?),
        }
    }

    /// The only situation is chosen by itself; otherwise the last choice on this device is suggested, when it still exists.
    async fn situations(
        &self,
        row: &SignInRow,
        who: &Identified,
        practitioner: &Practitioner,
    ) -> Result<(Option<SituationId>, Option<SituationId>), StoreError> {
        let mut situations = practitioner.situations();
        if let (Some((_, only)), None) = (situations.next(), situations.next()) {
            return Ok((Some(only.id.clone()), None));
        }
        let last = self.around.store.recall(who.account_id, &row.jkt, self.around.pair_used_after()).await?.last_situation_id;
        Ok((None, last.filter(|id| practitioner.situation(id).is_some())))
    }

    /// A wrong token request counts against everything its key has under way.
    pub(super) async fn wrong_try(&self, jkt: &str, address: IpAddr, id: Option<SignInId>) -> Result<RedeemRefused, StoreError> {
        let line = self.audit.line(burned(jkt, address));
        let burned = self.around.store.count_wrong_try(jkt, WRONG_TRIES, (self.around.owing(), line), self.around.clock.now()).await?;
        self.sessions.tell_all_owed(&burned);
        let mut refused = RedeemRefused::CodeRefused(id);
        for ClosedSignIn { id, .. } in burned {
            self.announce_burned(&id);
            refused = RedeemRefused::Burned(id);
        }
        Ok(refused)
    }

    /// How a sign-in came to its end other than by a session.
    pub(super) async fn why_over(&self, id: SignInId) -> Result<RedeemRefused, StoreError> {
        let Some(row) = self.around.store.sign_in(SignInKey::Id(id.clone())).await? else {
            return Ok(RedeemRefused::CodeRefused(Some(id)));
        };
        let row = self.in_time(row).await?;
        Ok(match &row.stage {
            Stage::Over(over) => refused(over, id),
            Stage::Redeemed(_) => self.after_session(id).await?,
            Stage::Created
            | Stage::Opened(_)
            | Stage::AtProvider { .. }
            | Stage::Exchanging(_)
            | Stage::Authenticated(_)
            | Stage::Confirmed { .. } => RedeemRefused::CodeRefused(Some(id)),
        })
    }

    /// What serves no more because a session opened with it: where somebody other than the app ended that session since, the app is told so.
    pub(super) async fn after_session(&self, id: SignInId) -> Result<RedeemRefused, StoreError> {
        let ended = self.around.store.session(&id).await?.and_then(|session| session.ended);
        let withdrawn = |id, code| RedeemRefused::Withdrawn { id, code: Some(code) };
        Ok(match ended {
            Some(SessionEnd::Disowned) => RedeemRefused::Declined { id, code: None },
            Some(SessionEnd::Administrator) => withdrawn(id, ErrorCode::SignInEndedByAdministrator),
            Some(SessionEnd::Forgotten) => withdrawn(id, ErrorCode::WorkstationForgotten),
            Some(_) | None => RedeemRefused::CodeRefused(Some(id)),
        })
    }

    pub(super) async fn announce_replayed(&self, id: &SignInId, jkt: &str, address: IpAddr) -> Result<(), StoreError> {
        let entry = Entry::new(Event::CodeReplayed).sign_in(id).device(jkt).from(address);
        self.audit.record(entry.code(ErrorCode::CodeRefused)).await
    }

    /// Tells whoever waits; the trail knows.
    pub(super) fn announce_burned(&self, id: &SignInId) {
        self.wakeups.wake(id);
        audit::kept(Event::SignInBurned, Some(id));
    }
}

/// What the trail says of an attempt that this key burned.
pub(super) const fn burned(jkt: &str, from: IpAddr) -> Entry<'_> {
    Entry::new(Event::SignInBurned).device(jkt).from(from).code(ErrorCode::SignInBurned)
}

/// How an attempt that came to nothing is told to the app that asks for its session.
pub(super) fn refused(over: &Over, id: SignInId) -> RedeemRefused {
    match (over.end, over.code) {
        (SignInEnd::Declined, code) => RedeemRefused::Declined { id, code },
        (SignInEnd::Cancelled, code) => RedeemRefused::Withdrawn { id, code },
        (SignInEnd::Failed, _) => RedeemRefused::Failed { id, code: cause_of(over) },
        (SignInEnd::Expired, _) => RedeemRefused::Expired(id),
        (SignInEnd::Burned, Some(ErrorCode::ConfirmationTriesSpent)) => RedeemRefused::TriesSpent(id),
        (SignInEnd::Burned, _) => RedeemRefused::Burned(id),
    }
}

/// Whether the code comes from the app that started, back from where it wanted.
fn fits(row: &SignInRow, jkt: &str, code_verifier: &SecretString, redirect_uri: &str) -> bool {
    let is_its_verifier = bool::from(row.code_challenge.as_bytes().ct_eq(s256(code_verifier).as_bytes()));
    row.jkt == jkt && is_its_verifier && row.way_back.address().is_some_and(|address| address.redirect_uri == redirect_uri)
}

/// RFC 7636.
pub(super) fn s256(verifier: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.expose_secret().as_bytes()))
}
