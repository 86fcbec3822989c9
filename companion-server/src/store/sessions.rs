//! Sessions, their tokens, and what was granted to them.

use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionEnd, SignInId};

use super::codec::{self, kind_name};
use super::proofs::Noting;
use super::visit::{Bind as _, Row, Value, Visit, values};
use super::{asked_anew, audit_trail, sign_outs};
use crate::clock::Timestamp;
use crate::store::{
    AuditRow, Ending, GrantRow, GrantShown, ProofNote, RotateAttempt, Rotated, SecretHash, SessionRow, Store, StoreError, TokenKind,
    TokenRow, WithProof,
};

/// The session of a token, ended or not.
pub type FoundSession = Option<(SessionRow, TokenRow)>;
/// The same, with what is shown of what was granted to it, where anything still is.
pub type FoundGrantedSession = Option<(SessionRow, TokenRow, Option<GrantShown>)>;

impl Store {
    /// The session of a token, ended or not.
    pub async fn session_by_token(&self, hash: &SecretHash, kind: TokenKind) -> Result<FoundSession, StoreError> {
        let hash = *hash;
        self.read(move |visit| by_token(visit, &hash, kind)).await
    }

    /// The same by an access token, with the proof that came with it: both are asked together, where it has to be noted.
    pub async fn session_and_proof(
        &self,
        access: &SecretHash,
        proof: Option<ProofNote>,
    ) -> Result<WithProof<Result<FoundSession, StoreError>>, StoreError> {
        let asked = self.by_access_token(BY_TOKEN, access, proof).await?;
        Ok(asked.map(|row| row.as_ref().map(session_and_token).transpose()))
    }

    /// The same with what is shown of what was granted to it, where anything still is.
    pub async fn granted_session_and_proof(
        &self,
        access: &SecretHash,
        proof: Option<ProofNote>,
    ) -> Result<WithProof<Result<FoundGrantedSession, StoreError>>, StoreError> {
        let asked = self.by_access_token(WITH_GRANT, access, proof).await?;
        Ok(asked.map(|row| row.as_ref().map(with_grant).transpose()))
    }

    async fn by_access_token(
        &self,
        statement: &'static str,
        access: &SecretHash,
        proof: Option<ProofNote>,
    ) -> Result<WithProof<Option<Row>>, StoreError> {
        let hash = *access;
        // One companion alone keeps its proofs to itself: nobody else noted them.
        let noting = proof.filter(|_| self.server().is_some()).map(Noting::new);
        self.read(move |visit| {
            let values = [hash.value(), Value::Text(kind_name(TokenKind::Access))];
            match &noting {
                Some(noting) => noting.ask(visit, statement, &values),
                None => Ok(WithProof { is_first: true, found: visit.optional(statement, &values)? }),
            }
        })
        .await
    }

    /// One session, ended or not.
    pub async fn session(&self, id: &SignInId) -> Result<Option<SessionRow>, StoreError> {
        let id = id.clone();
        self.read(move |visit| find(visit, &id)).await
    }

    /// Notes that the app holds the tokens of this generation. Whoever presents an earlier one from now on is too late; whoever holds this one
    /// need not wait for it.
    pub async fn confirm_generation(&self, id: &SignInId, generation: i64) -> Result<(), StoreError> {
        let id = id.clone();
        self.write_unawaited(move |visit| confirm_generation(visit, &id, generation)).await
    }

    /// Makes the next generation of tokens, or kills the family, which is what the line says.
    pub async fn rotate(&self, attempt: RotateAttempt, revoked: AuditRow, now: Timestamp) -> Result<Rotated, StoreError> {
        self.write(move |visit| {
            let rotated = rotate(visit, &attempt, now)?;
            if let Rotated::Reused = rotated {
                audit_trail::record_of_session(visit, &revoked, &attempt.sign_in_id)?;
            }
            Ok(rotated)
        })
        .await
    }

    /// Notes that the person was active at `at`; never moves the clock back. `None` when the session is over or out of time.
    pub async fn touch(&self, id: &SignInId, at: Timestamp, now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
        let id = id.clone();
        self.write(move |visit| touch(visit, &id, at, now)).await
    }

    /// Notes the chosen situation, for the live session and as the pair's last choice; `false` when the session is over.
    pub async fn choose_situation(&self, id: &SignInId, choice: &SituationId, line: AuditRow) -> Result<bool, StoreError> {
        let (id, choice) = (id.clone(), choice.clone());
        self.write_and_tell(id.clone(), line, move |visit| choose_situation(visit, &id, &choice)).await
    }

    /// Locks a live session, once; `false` when it was, or is over.
    pub async fn lock_session(&self, id: &SignInId, line: AuditRow, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write_and_tell(id.clone(), line, move |visit| lock(visit, &id, now)).await
    }

    /// Ends a live session and forgets what was granted to it; `false` when it was over or does not meet the condition.
    pub async fn end_session(&self, id: &SignInId, ending: Ending, line: AuditRow, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write_and_tell(id.clone(), line, move |visit| end(visit, &id, &ending, now)).await
    }

    /// What Pro Santé Connect granted.
    pub async fn grant(&self, id: &SignInId) -> Result<Option<GrantRow>, StoreError> {
        let id = id.clone();
        self.read(move |visit| grant(visit, &id)).await
    }

    /// Takes the right to refresh at Pro Santé Connect: when its last exchange is older than `older_than` and nobody else holds it.
    pub async fn lease_grant(
        &self,
        id: &SignInId,
        older_than: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<GrantRow>, StoreError> {
        let id = id.clone();
        self.write(move |visit| lease_grant(visit, &id, older_than, until, now)).await
    }

    /// Keeps refreshed tokens; the lease ends.
    pub async fn renew_grant(&self, id: &SignInId, tokens_sealed: Vec<u8>, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |visit| renew_grant(visit, &id, &tokens_sealed, now)).await
    }

    /// Notes that Pro Santé Connect's own session is over.
    pub async fn mark_provider_over(&self, id: &SignInId, line: Option<AuditRow>) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |visit| {
            let marked = mark_provider_over(visit, &id)?;
            if let (true, Some(line)) = (marked, &line) {
                audit_trail::record_of_session(visit, line, &id)?;
            }
            Ok(marked)
        })
        .await
    }

    /// Notes that the person says she asked for nothing; `false` when that is known already.
    pub async fn note_objection(&self, id: &SignInId, line: AuditRow, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write_and_tell(id.clone(), line, move |visit| note_objection(visit, &id, now)).await
    }

    /// A command about one session; where it did something, its line is kept with it.
    async fn write_and_tell<F>(&self, id: SignInId, line: AuditRow, command: F) -> Result<bool, StoreError>
    where
        F: Fn(&mut dyn Visit) -> Result<bool, StoreError> + Send + 'static,
    {
        self.write(move |visit| {
            let is_done = command(visit)?;
            if is_done {
                audit_trail::record_of_session(visit, &line, &id)?;
            }
            Ok(is_done)
        })
        .await
    }
}

pub(super) fn find(visit: &mut dyn Visit, id: &SignInId) -> Result<Option<SessionRow>, StoreError> {
    let row = visit.optional("SELECT * FROM sessions WHERE sign_in_id = ?1", values![&id.0])?;
    row.as_ref().map(codec::session).transpose()
}

const BY_TOKEN: &str = "SELECT sessions.*, session_tokens.generation, session_tokens.expires_at
    FROM session_tokens JOIN sessions USING (sign_in_id) WHERE session_tokens.hash = ?1 AND session_tokens.kind = ?2";

pub(super) fn by_token(visit: &mut dyn Visit, hash: &SecretHash, kind: TokenKind) -> Result<FoundSession, StoreError> {
    visit.optional(BY_TOKEN, values![hash, kind_name(kind)])?.as_ref().map(session_and_token).transpose()
}

fn session_and_token(row: &Row) -> Result<(SessionRow, TokenRow), StoreError> {
    Ok((codec::session(row)?, codec::token(row)?))
}

const WITH_GRANT: &str = "SELECT sessions.*, session_tokens.generation, session_tokens.expires_at,
        grants.provider, grants.practitioner_sealed, grants.means
    FROM session_tokens JOIN sessions USING (sign_in_id) LEFT JOIN grants USING (sign_in_id)
    WHERE session_tokens.hash = ?1 AND session_tokens.kind = ?2";

fn with_grant(row: &Row) -> Result<(SessionRow, TokenRow, Option<GrantShown>), StoreError> {
    let (session, token) = session_and_token(row)?;
    let is_granted = row.get::<Option<&str>>("provider")?.is_some();
    Ok((session, token, is_granted.then(|| codec::grant_shown(row)).transpose()?))
}

pub(super) fn confirm_generation(visit: &mut dyn Visit, id: &SignInId, generation: i64) -> Result<(), StoreError> {
    // Only the head can become confirmed: generations between were voided by a retry.
    visit.note("UPDATE sessions SET confirmed = head WHERE sign_in_id = ?1 AND head = ?2", values![&id.0, generation])
}

pub(super) fn keep_tokens(
    visit: &mut dyn Visit,
    id: &SignInId,
    generation: i64,
    (access, access_ends_at): (&SecretHash, Timestamp),
    (refresh, refresh_ends_at): (&SecretHash, Timestamp),
) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO session_tokens (hash, sign_in_id, kind, generation, expires_at) VALUES (?1, ?5, ?2, ?7, ?3), (?4, ?5, ?6, ?7, ?8)",
        values![
            access.as_bytes(),
            kind_name(TokenKind::Access),
            access_ends_at.0,
            refresh.as_bytes(),
            &id.0,
            kind_name(TokenKind::Refresh),
            generation,
            refresh_ends_at.0
        ],
    )
}

/// The head and, until the head is confirmed, its confirmed predecessor may be presented; anything older was copied.
pub(super) fn rotate(visit: &mut dyn Visit, attempt: &RotateAttempt, now: Timestamp) -> Result<Rotated, StoreError> {
    let id = &attempt.sign_in_id;
    let rotated = visit.optional(
        "UPDATE sessions SET confirmed = ?2, head = head + 1
         WHERE sign_in_id = ?1 AND ended IS NULL AND locked_at IS NULL AND (head = ?2 OR confirmed = ?2) AND idle_ends_at > ?3 AND absolute_ends_at > ?3
         RETURNING *",
        values![&id.0, attempt.presented, now.0],
    )?;
    if let Some(row) = rotated {
        let session = codec::session(&row)?;
        // The unconfirmed successor, if any, is void: its access token must not come back to life when later ones are confirmed.
        visit.note(
            "DELETE FROM session_tokens WHERE sign_in_id = ?1 AND kind = 'access' AND (generation > ?2 OR expires_at <= ?3)",
            values![&id.0, attempt.presented, now.0],
        )?;
        let refresh_ends_at = session.absolute_ends_at;
        keep_tokens(visit, id, session.head, (&attempt.access, attempt.access_ends_at), (&attempt.refresh, refresh_ends_at))?;
        return Ok(Rotated::Next(Box::new(session)));
    }
    let Some(session) = find(visit, id)? else { return Ok(Rotated::Over) };
    if session.ended.is_some() || session.head == attempt.presented || session.confirmed == attempt.presented {
        return Ok(Rotated::Over);
    }
    // A token whose successor was used was copied, be the session locked or not.
    end_as(visit, id, SessionEnd::Revoked, now)?;
    Ok(Rotated::Reused)
}

pub(super) fn touch(visit: &mut dyn Visit, id: &SignInId, at: Timestamp, now: Timestamp) -> Result<Option<SessionRow>, StoreError> {
    let row = visit.optional("UPDATE sessions SET version = CASE WHEN last_activity_at < ?2 THEN version + 1 ELSE version END,
                             idle_ends_at = CASE WHEN last_activity_at < ?2 THEN idle_ends_at + (?2 - last_activity_at) ELSE idle_ends_at END,
                             last_activity_at = CASE WHEN last_activity_at < ?2 THEN ?2 ELSE last_activity_at END
         WHERE sign_in_id = ?1 AND ended IS NULL AND locked_at IS NULL AND idle_ends_at > ?3 AND absolute_ends_at > ?3
         RETURNING *", values![&id.0, at.0, now.0])?;
    row.as_ref().map(codec::session).transpose()
}

pub(super) fn choose_situation(visit: &mut dyn Visit, id: &SignInId, choice: &SituationId) -> Result<bool, StoreError> {
    let chosen = visit.execute(
        "UPDATE sessions SET situation_id = ?2, version = version + 1 WHERE sign_in_id = ?1 AND ended IS NULL AND locked_at IS NULL",
        values![&id.0, &choice.0],
    )?;
    if chosen == 0 {
        return Ok(false);
    }
    visit.note(
        "UPDATE pairs SET last_situation_id = ?2
         WHERE (account_id, jkt) IN (SELECT account_id, jkt FROM sessions WHERE sign_in_id = ?1)",
        values![&id.0, &choice.0],
    )?;
    Ok(true)
}

/// Nothing undoes it: a new session takes its place.
pub(super) fn lock(visit: &mut dyn Visit, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
    let locked = visit.optional(
        "UPDATE sessions SET locked_at = ?2, version = version + 1
         WHERE sign_in_id = ?1 AND ended IS NULL AND locked_at IS NULL AND idle_ends_at > ?2 AND absolute_ends_at > ?2
         RETURNING jkt",
        values![&id.0, now.0],
    )?;
    let Some(locked) = locked else { return Ok(false) };
    asked_anew::ask_anew_after_lock(visit, locked.get("jkt")?, now)?;
    Ok(true)
}

pub(super) fn end(visit: &mut dyn Visit, id: &SignInId, ending: &Ending, now: Timestamp) -> Result<bool, StoreError> {
    match ending {
        Ending::Idle => end_when(visit, id, SessionEnd::Idle, now, Timestamp(i64::MAX), now),
        Ending::Expired => end_when(visit, id, SessionEnd::Expired, Timestamp(i64::MAX), now, now),
        Ending::Closed => end_as(visit, id, SessionEnd::Closed, now),
        Ending::ForGood { end, id_token_sealed, ends_at } => end_for_good(visit, id, *end, (id_token_sealed.as_deref(), *ends_at), now),
    }
}

/// Ends a session that nobody shall come back to without a means: the device asks anew, and the hint is kept for Pro Santé Connect.
fn end_for_good(
    visit: &mut dyn Visit,
    id: &SignInId,
    end: SessionEnd,
    (id_token_sealed, ends_at): (Option<&[u8]>, Timestamp),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let provider = visit.optional_scalar("SELECT provider FROM grants WHERE sign_in_id = ?1", values![id])?;
    if !end_as(visit, id, end, now)? {
        return Ok(false);
    }
    let jkt: String = visit.scalar("SELECT jkt FROM sessions WHERE sign_in_id = ?1", values![&id.0])?;
    asked_anew::ask_anew(visit, &jkt, now)?;
    if let (Some(id_token_sealed), Some(provider)) = (id_token_sealed, provider) {
        sign_outs::owe(visit, (id, &provider), id_token_sealed, ends_at, now)?;
    }
    Ok(true)
}

/// Of a session that this did not end: its end would be traced already.
pub(super) fn note_objection(visit: &mut dyn Visit, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
    let noted = visit.execute(
        "UPDATE sessions SET objected_at = ?2 WHERE sign_in_id = ?1 AND objected_at IS NULL AND ended IS DISTINCT FROM ?3",
        values![&id.0, now.0, SessionEnd::Disowned.name()],
    )?;
    Ok(noted == 1)
}

fn end_as(visit: &mut dyn Visit, id: &SignInId, end: SessionEnd, now: Timestamp) -> Result<bool, StoreError> {
    end_when(visit, id, end, Timestamp(i64::MAX), Timestamp(i64::MAX), now)
}

/// Ends a live session whose idle and absolute limits lie at or before the given moments.
pub(super) fn end_when(
    visit: &mut dyn Visit,
    id: &SignInId,
    end: SessionEnd,
    idle_until: Timestamp,
    absolute_until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = visit.execute(
        "UPDATE sessions SET ended = ?2, ended_at = ?3, version = version + 1
         WHERE sign_in_id = ?1 AND ended IS NULL AND idle_ends_at <= ?4 AND absolute_ends_at <= ?5",
        values![&id.0, end.name(), now.0, idle_until.0, absolute_until.0],
    )?;
    let ended = ended == 1;
    if ended {
        visit.note("DELETE FROM grants WHERE sign_in_id = ?1", values![&id.0])?;
    }
    Ok(ended)
}

pub(super) fn grant(visit: &mut dyn Visit, id: &SignInId) -> Result<Option<GrantRow>, StoreError> {
    let row = visit.optional("SELECT * FROM grants WHERE sign_in_id = ?1", values![&id.0])?;
    row.as_ref().map(codec::grant).transpose()
}

pub(super) fn lease_grant(
    visit: &mut dyn Visit,
    id: &SignInId,
    older_than: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<GrantRow>, StoreError> {
    let row = visit.optional(
        "UPDATE grants SET leased_until = ?3
         WHERE sign_in_id = ?1 AND last_exchange_at <= ?2 AND leased_until <= ?4 AND NOT provider_over
           AND EXISTS (SELECT 1 FROM sessions WHERE sign_in_id = ?1 AND ended IS NULL AND locked_at IS NULL)
         RETURNING *",
        values![&id.0, older_than.0, until.0, now.0],
    )?;
    row.as_ref().map(codec::grant).transpose()
}

pub(super) fn renew_grant(visit: &mut dyn Visit, id: &SignInId, tokens_sealed: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let renewed = visit.execute(
        "UPDATE grants SET tokens_sealed = ?2, last_exchange_at = ?3, leased_until = 0 WHERE sign_in_id = ?1",
        values![&id.0, tokens_sealed, now.0],
    )?;
    Ok(renewed == 1)
}

pub(super) fn mark_provider_over(visit: &mut dyn Visit, id: &SignInId) -> Result<bool, StoreError> {
    let marked = visit
        .execute("UPDATE grants SET provider_over = TRUE, leased_until = 0 WHERE sign_in_id = ?1 AND NOT provider_over", values![&id.0])?;
    Ok(marked == 1)
}
