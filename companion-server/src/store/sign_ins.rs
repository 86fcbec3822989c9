//! Sign-ins under way.

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::session::SignInId;

use super::visit::{Bind as _, Run, Value, Visit, values};
use super::{asked_anew, audit_trail, codec, sign_outs};
use crate::clock::Timestamp;
use crate::store::{
    Arrow, AskedAnew, AuditRow, Cancelled, ClosedSignIn, DroppedGrant, GrantShown, Inserted, NewSignInRow, Owing, SealedTokens, SecretHash,
    SignInEnd, SignInKey, SignInRow, Store, StoreError, TypedTry,
};

impl Store {
    /// Keeps a new sign-in unless its key already has `pending_limit` of them under way. A power cut may take it back: its app begins anew.
    pub async fn insert_sign_in(&self, row: NewSignInRow, pending_limit: u32) -> Result<Inserted, StoreError> {
        self.write_soon(move |visit| insert(visit, &row, pending_limit)).await
    }

    /// One sign-in.
    pub async fn sign_in(&self, key: SignInKey) -> Result<Option<SignInRow>, StoreError> {
        self.read(move |visit| find(visit, &key)).await
    }

    /// One sign-in, with what was granted to it.
    pub async fn sign_in_with_grant(&self, key: SignInKey) -> Result<Option<(SignInRow, Option<GrantShown>)>, StoreError> {
        self.read(move |visit| find_with_grant(visit, &key)).await
    }

    /// What a browser that opens an attempt of this device key with this cookie must know first.
    pub async fn before_opening(&self, jkt: &str, cookie: &SecretHash) -> Result<BeforeOpening, StoreError> {
        let (jkt, cookie) = (jkt.to_owned(), *cookie);
        self.read(move |visit| before_opening(visit, &jkt, &cookie)).await
    }

    /// Those of these sign-ins that are kept.
    pub async fn sign_ins(&self, ids: &[&SignInId]) -> Result<Vec<SignInRow>, StoreError> {
        let ids: Vec<SignInId> = ids.iter().map(|id| (*id).clone()).collect();
        self.read(move |visit| find_all(visit, &ids)).await
    }

    /// Moves a sign-in from one state to the next; `false` when it was elsewhere or out of time.
    pub async fn advance(&self, id: &SignInId, arrow: Arrow, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |visit| advance(visit, |visit, statement, values| visit.conclude(statement, values), &id, (&arrow, now))).await
    }

    /// Ends a sign-in that is still under way (in state `from`, or any when `None`); `None` when it was elsewhere. What was granted to it is
    /// forgotten, and what [`Owing`] says of it is owed to Pro Santé Connect at once.
    pub async fn close_sign_in(
        &self,
        id: &SignInId,
        from: Option<SignInState>,
        as_what: (SignInEnd, Option<ErrorCode>),
        (owing, line): (Owing, Option<AuditRow>),
        now: Timestamp,
    ) -> Result<Option<ClosedSignIn>, StoreError> {
        let id = id.clone();
        self.write(move |visit| {
            let closed = close(visit, &id, from, as_what, (&owing, now))?;
            if let (Some(closed), Some(line)) = (&closed, &line) {
                audit_trail::record_of_sign_in(visit, line, &closed.id)?;
            }
            Ok(closed)
        })
        .await
    }

    /// Counts a wrong token request against every sign-in the key has under way; gives back those it burns.
    pub async fn count_wrong_try(
        &self,
        jkt: &str,
        limit: u32,
        (owing, burned): (Owing, AuditRow),
        now: Timestamp,
    ) -> Result<Vec<ClosedSignIn>, StoreError> {
        let jkt = jkt.to_owned();
        self.write(move |visit| {
            let closed = count_wrong_try(visit, &jkt, limit, (&owing, now))?;
            closed.iter().try_for_each(|closed| audit_trail::record_of_sign_in(visit, &burned, &closed.id))?;
            Ok(closed)
        })
        .await
    }

    /// Counts letters that came from the app, before anyone compares them: over all instances, never more than `limit` are.
    pub async fn count_typed_try(&self, id: &SignInId, limit: u32, now: Timestamp) -> Result<TypedTry, StoreError> {
        let id = id.clone();
        self.write(move |visit| count_typed_try(visit, &id, limit, now)).await
    }
}

/// See [`Store::before_opening`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeforeOpening {
    /// The attempt that has this cookie.
    pub cookie_of: Option<SignInId>,
    /// Of the device key.
    pub asked_anew: Option<AskedAnew>,
}

fn before_opening(visit: &mut dyn Visit, jkt: &str, cookie: &SecretHash) -> Result<BeforeOpening, StoreError> {
    let row = visit.row(
        "SELECT (SELECT id FROM sign_ins WHERE cookie_hash = ?2) AS cookie_of,
                asked_anew.jkt IS NOT NULL AS is_asked_anew, asked_anew.locked_at IS NOT NULL AS was_locked
         FROM (SELECT 1 AS one) AS here LEFT JOIN asked_anew ON asked_anew.jkt = ?1",
        values![jkt, cookie],
    )?;
    let is_asked_anew: bool = row.get("is_asked_anew")?;
    let asked_anew = is_asked_anew.then(|| Ok::<_, StoreError>(AskedAnew { was_locked: row.get("was_locked")? })).transpose()?;
    Ok(BeforeOpening { cookie_of: row.get("cookie_of")?, asked_anew })
}

pub(super) fn insert(visit: &mut dyn Visit, row: &NewSignInRow, pending_limit: u32) -> Result<Inserted, StoreError> {
    let pending = visit.row(
        "SELECT COUNT(*) AS pending, COALESCE(MIN(stage_ends_at), 0) AS until FROM sign_ins
         WHERE jkt = ?1 AND stage_ends_at > ?2 AND is_open",
        values![&row.jkt, row.created_at.0],
    )?;
    if pending.get::<i64>("pending")? >= i64::from(pending_limit) {
        return Ok(Inserted::TooManyPending { until: Timestamp(pending.get("until")?) });
    }
    let address = row.way_back.address();
    let kept = visit.conclude("INSERT INTO sign_ins (id, state, jkt, app_address, exchange, redirect_uri, app_state, device_code_hash, group_name, code_challenge,
                               device_label, match_number, request_hash, created_at, ends_at, stage_ends_at, provider)
         SELECT ?1, 'created', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16
         WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE sign_in_id = ?1)
         ON CONFLICT (id) DO NOTHING", values![&row.id.0, &row.jkt, &row.app_address, row.way_back.exchange().name(), address.map(|address| &address.redirect_uri), address.map(|address| &address.app_state), row.device_code.as_ref().map(SecretHash::as_bytes), &row.group_name, &row.code_challenge, &row.device_label, &row.match_number, row.request.as_bytes(), row.created_at.0, row.ends_at.0, row.stage_ends_at.0, &row.provider])?;
    Ok(if kept == 1 { Inserted::Kept } else { Inserted::IdTaken })
}

pub(super) fn find(visit: &mut dyn Visit, key: &SignInKey) -> Result<Option<SignInRow>, StoreError> {
    let (condition, value) = condition(key);
    let row = visit.optional(&format!("SELECT * FROM sign_ins WHERE {condition}"), &[value])?;
    row.as_ref().map(codec::sign_in).transpose()
}

fn find_with_grant(visit: &mut dyn Visit, key: &SignInKey) -> Result<Option<(SignInRow, Option<GrantShown>)>, StoreError> {
    let (condition, value) = condition(key);
    let row = visit.optional(
        &format!(
            "SELECT sign_ins.*, grants.provider AS granted_by, grants.practitioner_sealed, grants.means
             FROM sign_ins LEFT JOIN grants ON grants.sign_in_id = sign_ins.id WHERE {condition}"
        ),
        &[value],
    )?;
    row.as_ref().map(|row| Ok((codec::sign_in(row)?, codec::granted(row)?))).transpose()
}

fn condition(key: &SignInKey) -> (&'static str, Value<'_>) {
    match key {
        SignInKey::Id(id) => ("id = ?1", id.value()),
        SignInKey::Request(hash) => ("request_hash = ?1", hash.value()),
        SignInKey::Cookie(hash) => ("cookie_hash = ?1", hash.value()),
        SignInKey::ProviderState(hash) => ("provider_state_hash = ?1", hash.value()),
        SignInKey::Code(hash) => ("code_hash = ?1", hash.value()),
        SignInKey::DeviceCode(hash) => ("device_code_hash = ?1", hash.value()),
    }
}

fn find_all(visit: &mut dyn Visit, ids: &[SignInId]) -> Result<Vec<SignInRow>, StoreError> {
    // One after the other, in one visit: the two databases have no common way to hand over a list.
    let mut found = Vec::new();
    for id in ids {
        found.extend(find(visit, &SignInKey::Id(id.clone()))?);
    }
    Ok(found)
}

/// Each arrow is one conditional update: right state, and in time.
pub(super) fn advance(visit: &mut dyn Visit, run: Run, id: &SignInId, (arrow, now): (&Arrow, Timestamp)) -> Result<bool, StoreError> {
    let moved = match arrow {
        Arrow::Open { browser } => run(
            visit,
            "UPDATE sign_ins SET state = 'opened', cookie_hash = ?3, browser_address = ?4
             WHERE id = ?1 AND state = 'created' AND stage_ends_at > ?2",
            values![id, now, browser.cookie, browser.address.map(|address| address.to_string())],
        ),
        Arrow::OpenAndLeave { browser, state, pending_sealed, stage_ends_at } => run(
            visit,
            "UPDATE sign_ins SET state = 'at_provider', cookie_hash = ?3, browser_address = ?4, provider_state_hash = ?5, pending_sealed = ?6,
                                 stage_ends_at = CASE WHEN ends_at < ?7 THEN ends_at ELSE ?7 END
             WHERE id = ?1 AND state = 'created' AND stage_ends_at > ?2",
            values![
                id,
                now,
                browser.cookie,
                browser.address.map(|address| address.to_string()),
                state,
                pending_sealed,
                stage_ends_at
            ],
        ),
        Arrow::LeaveForProvider { state, pending_sealed, stage_ends_at } => run(
            visit,
            "UPDATE sign_ins SET state = 'at_provider', provider_state_hash = ?3, pending_sealed = ?4,
                                 stage_ends_at = CASE WHEN ends_at < ?5 THEN ends_at ELSE ?5 END
             WHERE id = ?1 AND state = 'opened' AND stage_ends_at > ?2",
            values![id, now, state, pending_sealed, stage_ends_at],
        ),
        Arrow::Exchange { stage_ends_at } => run(
            visit,
            "UPDATE sign_ins SET state = 'exchanging', pending_sealed = NULL, stage_ends_at = ?3
             WHERE id = ?1 AND state = 'at_provider' AND stage_ends_at > ?2",
            values![id, now, stage_ends_at],
        ),
        Arrow::Confirm { release, stage_ends_at } => run(
            visit,
            "UPDATE sign_ins SET state = 'confirmed', code_hash = ?3, typed_code_mac = ?4, stage_ends_at = ?5
             WHERE id = ?1 AND state = 'authenticated' AND stage_ends_at > ?2 AND (redirect_uri IS NULL) = ?6",
            values![id, now, release.code, release.letters, stage_ends_at, release.code.is_none()],
        ),
    }? == 1;
    Ok(moved)
}

pub(super) fn close(
    visit: &mut dyn Visit,
    id: &SignInId,
    from: Option<SignInState>,
    (end, code): (SignInEnd, Option<ErrorCode>),
    (owing, now): (&Owing, Timestamp),
) -> Result<Option<ClosedSignIn>, StoreError> {
    let closed = visit.execute(
        "UPDATE sign_ins SET state = ?2, is_open = FALSE, error_code = ?3, pending_sealed = NULL, typed_code_mac = NULL
         WHERE id = ?1 AND is_open AND (?4 = '' OR state = ?4)",
        values![id, SignInState::from(end).name(), code.map(|code| i64::from(code.number())), from.map_or("", SignInState::name)],
    )?;
    if closed == 0 {
        return Ok(None);
    }
    let closed = settle(visit, id, end, (owing, now))?;
    if end == SignInEnd::Declined {
        visit.note(
            "INSERT INTO asked_anew (jkt, since) SELECT jkt, created_at FROM sign_ins WHERE id = ?1
             ON CONFLICT (jkt) DO UPDATE SET since = excluded.since",
            values![id],
        )?;
    }
    Ok(Some(closed))
}

/// Drops what was granted to an attempt that ended without a session, and keeps what is owed of it.
pub(super) fn settle(visit: &mut dyn Visit, id: &SignInId, end: SignInEnd, owing: (&Owing, Timestamp)) -> Result<ClosedSignIn, StoreError> {
    Ok(drop_owing(visit, id, end, owing)?.unwrap_or_else(|| ClosedSignIn { id: id.clone(), is_owed: false }))
}

/// The same; `None` when nothing was granted, or the same person's live session there ends it with its own.
pub(super) fn drop_owing(
    visit: &mut dyn Visit,
    id: &SignInId,
    end: SignInEnd,
    (owing, now): (&Owing, Timestamp),
) -> Result<Option<ClosedSignIn>, StoreError> {
    let Some(SealedTokens { provider, sealed: tokens_sealed }) = drop_grant(visit, id)? else { return Ok(None) };
    let mut closed = ClosedSignIn { id: id.clone(), is_owed: false };
    let row = visit.row(
        "SELECT group_name, EXISTS (SELECT 1 FROM sessions WHERE sessions.account_id = sign_ins.account_id AND sessions.jkt = sign_ins.jkt
                                      AND ended IS NULL AND idle_ends_at > ?2 AND absolute_ends_at > ?2) AS is_held
         FROM sign_ins WHERE id = ?1",
        values![id, now],
    )?;
    let (group_name, is_held): (_, bool) = (row.get("group_name")?, row.get("is_held")?);
    if let Some(owed) = owing(&DroppedGrant { id: id.clone(), end, group_name, is_held, tokens_sealed }) {
        sign_outs::owe(visit, (id, &provider), &owed.id_token_sealed, owed.ends_at, now)?;
        closed.is_owed = true;
    }
    Ok((closed.is_owed || !is_held).then_some(closed))
}

/// Cancels what the key started besides `kept`, for this reason: an app that was killed in the middle left it behind, or the device is forgotten.
/// What was granted to it is still to be dropped.
pub(super) fn cancel_others(
    visit: &mut dyn Visit,
    jkt: &str,
    kept: &SignInId,
    reason: ErrorCode,
    now: Timestamp,
) -> Result<Vec<SignInId>, StoreError> {
    visit.scalars(
        "UPDATE sign_ins SET state = 'cancelled', is_open = FALSE, error_code = ?4, pending_sealed = NULL, typed_code_mac = NULL
         WHERE jkt = ?1 AND id <> ?2 AND stage_ends_at > ?3 AND is_open RETURNING id",
        values![jkt, kept, now, i64::from(reason.number())],
    )
}

/// Forgets what was granted; its sealed tokens.
pub(super) fn drop_grant(visit: &mut dyn Visit, id: &SignInId) -> Result<Option<SealedTokens>, StoreError> {
    let dropped = visit.optional("DELETE FROM grants WHERE sign_in_id = ?1 RETURNING provider, tokens_sealed", values![id])?;
    dropped.map(|row| Ok(SealedTokens { provider: row.get("provider")?, sealed: row.get("tokens_sealed")? })).transpose()
}

/// Ends what a person has under way, and takes from every attempt of hers whatever leads to her: what is left says why it ended, for a day.
pub(super) fn detach(visit: &mut dyn Visit, account_id: i64, (owing, now): (&Owing, Timestamp)) -> Result<Cancelled, StoreError> {
    let attempts = visit.rows(
        "SELECT id, jkt, is_open AND stage_ends_at > ?2 AS is_under_way FROM sign_ins WHERE account_id = ?1",
        values![account_id, now.0],
    )?;
    let mut cancelled = Cancelled::default();
    for row in attempts {
        let id = SignInId(row.get("id")?);
        cancelled.closed.extend(drop_owing(visit, &id, SignInEnd::Cancelled, (owing, now))?);
        if row.get("is_under_way")? {
            asked_anew::ask_anew(visit, row.get("jkt")?, now)?;
            cancelled.under_way.push(id.clone());
        }
        cancelled.sign_ins.push(id);
    }
    visit.note(
        "UPDATE sign_ins SET
             error_code = CASE WHEN state = 'redeemed' OR (is_open AND stage_ends_at > ?2) THEN ?3 WHEN is_open THEN ?4 ELSE error_code END,
             state = CASE WHEN state = 'redeemed' OR (is_open AND stage_ends_at > ?2) THEN 'cancelled' WHEN is_open THEN 'expired'
                          ELSE state END,
             is_open = FALSE,
             account_id = NULL, confirmation_reason = NULL, identity_changed = FALSE, number_choices = NULL, device_label = NULL,
             app_address = '', browser_address = NULL, pending_sealed = NULL, typed_code_mac = NULL
         WHERE account_id = ?1",
        values![account_id, now.0, i64::from(ErrorCode::SignInEndedByAdministrator.number()), i64::from(ErrorCode::SignInExpired.number())],
    )?;
    Ok(cancelled)
}

pub(super) fn count_typed_try(visit: &mut dyn Visit, id: &SignInId, limit: u32, now: Timestamp) -> Result<TypedTry, StoreError> {
    let counted = visit.optional(
        "UPDATE sign_ins SET typed_tries = typed_tries + 1
         WHERE id = ?1 AND state = 'confirmed' AND stage_ends_at > ?2 AND typed_code_mac IS NOT NULL AND typed_tries < ?3
         RETURNING typed_code_mac, typed_tries",
        values![&id.0, now.0, limit],
    )?;
    match counted {
        Some(row) => Ok(TypedTry::Counted { mac: row.get("typed_code_mac")?, tries: row.get("typed_tries")? }),
        None => Ok(TypedTry::NotDue),
    }
}

pub(super) fn count_wrong_try(
    visit: &mut dyn Visit,
    jkt: &str,
    limit: u32,
    (owing, now): (&Owing, Timestamp),
) -> Result<Vec<ClosedSignIn>, StoreError> {
    visit.note(
        "UPDATE sign_ins SET wrong_tries = wrong_tries + 1
         WHERE jkt = ?1 AND stage_ends_at > ?2 AND is_open",
        values![jkt, now.0],
    )?;
    let worn_out = visit.rows(
        "SELECT id FROM sign_ins
         WHERE jkt = ?1 AND wrong_tries >= ?2 AND is_open",
        values![jkt, i64::from(limit)],
    )?;
    let mut burned = Vec::new();
    for row in worn_out {
        let id = SignInId(row.get("id")?);
        burned.extend(close(visit, &id, None, (SignInEnd::Burned, Some(ErrorCode::SignInBurned)), (owing, now))?);
    }
    Ok(burned)
}
