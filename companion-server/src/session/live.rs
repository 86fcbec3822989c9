//! Who holds a live session, and how it looks.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;
use vestibule_model::exchange::SessionEvent;
use vestibule_model::practitioner::{Practitioner, SituationId};
use vestibule_model::session::{Session, SessionClocks, SessionEnd, SignInId, SignInMeans};

use super::lock::unlocked;
use super::{LiveSession, SessionRefused, Sessions};
use crate::audit::{self, Entry, Event};
use crate::clock::Timestamp;
use crate::store::{
    Ending, FoundGrantedSession, FoundSession, GrantShown, ProofNote, SecretHash, SessionRow, StoreError, TokenRow, WithProof,
};
use crate::surroundings::unseal_practitioner;

/// What the memory has of an access token, before it is known whether whoever presents it may know.
pub struct Found(pub(super) Result<FoundSession, StoreError>);

/// The same, with what is shown of what was granted.
pub struct FoundGranted(Result<FoundGrantedSession, StoreError>);

impl Sessions {
    /// Looks up an access token, and notes the proof that came with it, where it has to be noted.
    ///
    /// # Errors
    /// [`SessionRefused::Store`]
    pub async fn find(&self, access_token: &SecretString, proof: Option<ProofNote>) -> Result<WithProof<Found>, SessionRefused> {
        Ok(self.around.store.session_and_proof(&SecretHash::of(access_token), proof).await?.map(Found))
    }

    /// The same for [`Self::show`].
    ///
    /// # Errors
    /// [`SessionRefused::Store`]
    pub async fn find_granted(
        &self,
        access_token: &SecretString,
        proof: Option<ProofNote>,
    ) -> Result<WithProof<FoundGranted>, SessionRefused> {
        Ok(self.around.store.granted_session_and_proof(&SecretHash::of(access_token), proof).await?.map(FoundGranted))
    }

    /// The live session of an access token, for the key that made the proof.
    ///
    /// # Errors
    /// [`SessionRefused`]; the first call after the idle or absolute limit ends the session.
    pub async fn admit(&self, jkt: &str, found: Found, from: IpAddr) -> Result<LiveSession, SessionRefused> {
        let live = self.admit_even_locked(jkt, found, from).await?;
        if live.is_locked { Err(SessionRefused::Locked) } else { Ok(live) }
    }

    /// The same for what may be asked of a locked session: what becomes of it, and its end.
    ///
    /// # Errors
    /// As [`Self::admit`], but [`SessionRefused::Locked`].
    pub async fn admit_even_locked(&self, jkt: &str, Found(found): Found, from: IpAddr) -> Result<LiveSession, SessionRefused> {
        let (row, token) = found?.ok_or(SessionRefused::Unknown)?;
        let row = self.admitted(jkt, row, token, from).await?;
        Ok(LiveSession { is_locked: row.locked_at.is_some(), sign_in_id: row.sign_in_id, address: from })
    }

    /// [`Self::admit`] and [`Self::describe`] of what was looked up at once: what every workstation asks all day long.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn show(&self, jkt: &str, FoundGranted(found): FoundGranted, from: IpAddr) -> Result<Session, SessionRefused> {
        let (row, token, grant) = found?.ok_or(SessionRefused::Unknown)?;
        let row = unlocked(self.admitted(jkt, row, token, from).await?)?;
        match grant {
            Some(grant) => self.unsealed(&row, &grant),
            None => Err(self.why_over(&row).await?),
        }
    }

    /// The session whose token was presented, where this key may present it now.
    async fn admitted(&self, jkt: &str, row: SessionRow, token: TokenRow, from: IpAddr) -> Result<SessionRow, SessionRefused> {
        if row.jkt != jkt {
            self.audit.record(Entry::new(Event::TokenOfOtherKey).sign_in(&row.sign_in_id).device(jkt).from(from)).await?;
            return Err(SessionRefused::Unknown);
        }
        let row = self.still_live(row).await?;
        if token.expires_at <= self.around.clock.now() {
            return Err(SessionRefused::AccessTokenExpired);
        }
        if token.generation > row.confirmed {
            // A generation between the confirmed one and the head was voided by a retry.
            if token.generation != row.head {
                return Err(SessionRefused::Unknown);
            }
            self.around.store.confirm_generation(&row.sign_in_id, token.generation).await?;
        }
        Ok(row)
    }

    /// The session as its app may know it.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn describe(&self, live: &LiveSession) -> Result<Session, SessionRefused> {
        let row = self.around.store.session(&live.sign_in_id).await?.ok_or(SessionRefused::Unknown)?;
        let row = unlocked(self.still_live(row).await?)?;
        self.describe_row(&row).await
    }

    /// Chooses one of the practice situations; counts as activity.
    ///
    /// # Errors
    /// [`SessionRefused`]
    pub async fn choose_situation(&self, live: &LiveSession, choice: &SituationId) -> Result<Session, SessionRefused> {
        let known = self.describe(live).await?;
        if known.practitioner.situation(choice).is_none() {
            return Err(SessionRefused::SituationUnknown);
        }
        let row = self.touch(live, self.around.clock.now()).await?;
        let line = self.line(Event::SituationChosen, Some(live.address));
        if !self.around.store.choose_situation(&live.sign_in_id, choice, line).await? {
            return Err(self.why_over(&row).await?);
        }
        self.wakeups.wake(&live.sign_in_id);
        audit::kept(Event::SituationChosen, Some(&live.sign_in_id));
        self.describe(live).await
    }

    /// The next report after version `after`; the current one when nothing changed within `wait`.
    ///
    /// # Errors
    /// [`SessionRefused`]; an ended session is reported, not refused.
    pub async fn wait_event(&self, live: &LiveSession, after: Option<u64>, wait: Duration) -> Result<SessionEvent, SessionRefused> {
        let waiting = self.wakeups.watch(&live.sign_in_id, wait);
        loop {
            let changed = waiting.listen();
            let is_last = waiting.is_over();
            // Boxed: whoever waits holds no room for looking.
            let event = Box::pin(self.event(&live.sign_in_id)).await?;
            match &event.clocks {
                Some(clocks) if !is_last && after == Some(event.version) => {
                    let at_most = u64::from(clocks.idle_in_s.min(clocks.absolute_in_s)) + 1;
                    waiting.sleep(changed, Duration::from_secs(at_most)).await;
                }
                _ => return Ok(event),
            }
        }
    }

    /// How a session stands, for its app.
    async fn event(&self, id: &SignInId) -> Result<SessionEvent, SessionRefused> {
        let row = self.around.store.session(id).await?.ok_or(SessionRefused::Unknown)?;
        let (version, clocks, ended, locked) = match self.still_live(row).await {
            Ok(row) => (row.version, Some(self.clocks(&row)), None, row.locked_at.is_some()),
            Err(SessionRefused::Ended(end)) => {
                let row = self.around.store.session(id).await?.ok_or(SessionRefused::Unknown)?;
                (row.version, None, Some(end), false)
            }
            Err(other) => return Err(other),
        };
        Ok(SessionEvent { version: u64::try_from(version).unwrap_or_default(), ended, clocks, locked })
    }

    /// Refuses what is over, and ends what ran out of time.
    pub(super) async fn still_live(&self, row: SessionRow) -> Result<SessionRow, SessionRefused> {
        if let Some(end) = row.ended {
            return Err(SessionRefused::Ended(end));
        }
        let now = self.around.clock.now();
        let (ending, end, event) = if row.absolute_ends_at <= now {
            (Ending::Expired, SessionEnd::Expired, Event::SessionExpired)
        } else if row.idle_ends_at() <= now {
            // EXI 32: nothing is asked of Pro Santé Connect here, its session stays as it is.
            (Ending::Idle, SessionEnd::Idle, Event::SessionIdle)
        } else {
            return Ok(row);
        };
        if self.around.store.end_session(&row.sign_in_id, ending, self.line(event, None), now).await? {
            self.announce_end(&row.sign_in_id, event);
            return Err(SessionRefused::Ended(end));
        }
        // Someone was active, or ended it, in between.
        let row = self.around.store.session(&row.sign_in_id).await?.ok_or(SessionRefused::Unknown)?;
        match row.ended {
            Some(end) => Err(SessionRefused::Ended(end)),
            None => Ok(row),
        }
    }

    /// Moves the idle clock.
    pub(super) async fn touch(&self, live: &LiveSession, at: Timestamp) -> Result<SessionRow, SessionRefused> {
        let now = self.around.clock.now();
        if let Some(row) = self.around.store.touch(&live.sign_in_id, at, now).await? {
            return Ok(row);
        }
        let row = self.around.store.session(&live.sign_in_id).await?.ok_or(SessionRefused::Unknown)?;
        unlocked(self.still_live(row).await?)
    }

    /// The reason of an end, or of a lock, that another request brought about.
    pub(super) async fn why_over(&self, row: &SessionRow) -> Result<SessionRefused, StoreError> {
        let Some(row) = self.around.store.session(&row.sign_in_id).await? else { return Ok(SessionRefused::Unknown) };
        Ok(match (row.ended, row.locked_at) {
            (Some(end), _) => SessionRefused::Ended(end),
            (None, Some(_)) => SessionRefused::Locked,
            (None, None) => SessionRefused::Unknown,
        })
    }

    pub(crate) async fn describe_row(&self, row: &SessionRow) -> Result<Session, SessionRefused> {
        let Some(grant) = self.around.store.grant(&row.sign_in_id).await? else {
            return Err(self.why_over(row).await?);
        };
        self.unsealed(row, &grant.into())
    }

    fn unsealed(&self, row: &SessionRow, grant: &GrantShown) -> Result<Session, SessionRefused> {
        let practitioner = unseal_practitioner(&self.around.vault, &row.sign_in_id, &grant.practitioner_sealed)?;
        self.described(row, grant, practitioner)
    }

    /// A session of this person, under what was granted to it.
    ///
    /// # Errors
    /// [`SessionRefused::Store`]
    pub(crate) fn described(&self, row: &SessionRow, grant: &GrantShown, practitioner: Practitioner) -> Result<Session, SessionRefused> {
        Ok(Session {
            sign_in_id: row.sign_in_id.clone(),
            practitioner,
            situation_id: row.situation_id.clone(),
            suggested_situation_id: row.suggested_situation_id.clone(),
            means: grant.means.as_deref().and_then(SignInMeans::from_name),
            environment: self.around.provider(&grant.provider)?.environment(),
            shared_workstation: row.rules.shared_workstation,
            new_workstation: row.new_workstation,
            identity_changed: row.identity_changed,
            card_rule: row.rules.card_rule,
            clocks: self.clocks(row),
        })
    }

    pub(super) fn clocks(&self, row: &SessionRow) -> SessionClocks {
        let now = self.around.clock.now();
        let left = |until: Timestamp| u32::try_from(until.millis_since(now).max(0) / 1000).unwrap_or(u32::MAX);
        SessionClocks {
            // A clock set back since the last activity keeps nobody longer than she is allowed.
            idle_in_s: left(row.idle_ends_at()).min(row.rules.idle_limit_s),
            idle_limit_s: row.rules.idle_limit_s,
            absolute_in_s: left(row.absolute_ends_at),
            expires_at_unix_s: u64::try_from(row.absolute_ends_at.unix_seconds()).unwrap_or_default(),
        }
    }
}
