//! A confirmed sign-in becomes a session, once.

use subtle::ConstantTimeEq as _;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionEnd, SignInId};

use super::codec;
use super::visit::{Visit, values};
use super::{audit_trail, pairs, sessions, sign_ins};
use crate::clock::Timestamp;
use crate::store::{Identified, Presented, RedeemAttempt, RedeemLines, Redeemed, Replaced, SignInEnd, SignInRow, Stage, Store, StoreError};

impl Store {
    /// Turns a confirmed sign-in into a session: exactly one winner.
    pub async fn redeem(&self, attempt: RedeemAttempt, now: Timestamp) -> Result<Redeemed, StoreError> {
        self.write(move |visit| {
            let redeemed = redeem(visit, &attempt, now)?;
            tell(visit, &redeemed, &attempt.lines)?;
            Ok(redeemed)
        })
        .await
    }
}

fn tell(visit: &mut dyn Visit, redeemed: &Redeemed, lines: &RedeemLines) -> Result<(), StoreError> {
    match redeemed {
        Redeemed::Opened { session, replaced, .. } => {
            if let Some(former) = replaced {
                audit_trail::record_of_session(visit, &lines.replaced, &former.id)?;
            }
            audit_trail::record_of_session(visit, &lines.signed_in, &session.sign_in_id)?;
            if replaced.as_ref().is_some_and(|former| former.is_unlocked) {
                audit_trail::record_of_session(visit, &lines.unlocked, &session.sign_in_id)?;
            }
            if session.new_workstation {
                audit_trail::record_of_session(visit, &lines.new_workstation, &session.sign_in_id)?;
            }
            Ok(())
        }
        Redeemed::Burned(closed) => audit_trail::record_of_sign_in(visit, &lines.burned, &closed.id),
        Redeemed::Unknown | Redeemed::Replayed(_) | Redeemed::Over(_) | Redeemed::OtherReturnAddress(_) | Redeemed::NotYet(_) => Ok(()),
    }
}

pub(super) fn redeem(visit: &mut dyn Visit, attempt: &RedeemAttempt, now: Timestamp) -> Result<Redeemed, StoreError> {
    let won = match &attempt.presented {
        Presented::Code { code, redirect_uri } => visit.optional(
            "UPDATE sign_ins SET state = 'redeemed', is_open = FALSE, typed_code_mac = NULL
             WHERE code_hash = ?1 AND state = 'confirmed' AND jkt = ?2 AND code_challenge = ?3 AND stage_ends_at > ?4 AND redirect_uri = ?6
               AND (typed_code_mac IS NULL OR ?5)
             RETURNING *",
            values![code.as_bytes(), &attempt.jkt, &attempt.code_challenge, now.0, attempt.letters_right, redirect_uri],
        )?,
        Presented::DeviceCode(device_code) => visit.optional(
            "UPDATE sign_ins SET state = 'redeemed', is_open = FALSE, typed_code_mac = NULL
             WHERE device_code_hash = ?1 AND state = 'confirmed' AND jkt = ?2 AND code_challenge = ?3 AND stage_ends_at > ?4
               AND (typed_code_mac IS NULL OR ?5)
             RETURNING *",
            values![device_code.as_bytes(), &attempt.jkt, &attempt.code_challenge, now.0, attempt.letters_right],
        )?,
    };
    match won {
        Some(row) => {
            let sign_in = codec::sign_in(&row)?;
            let Stage::Redeemed(who) = &sign_in.stage else { return Err(StoreError::Unreadable("sign-in state")) };
            open_session(visit, &sign_in, who, attempt, now)
        }
        None => refuse(visit, attempt, now),
    }
}

/// Says why nobody won, and burns a sign-in whose code is in other hands.
fn refuse(visit: &mut dyn Visit, attempt: &RedeemAttempt, now: Timestamp) -> Result<Redeemed, StoreError> {
    let row = match &attempt.presented {
        Presented::Code { code, .. } => visit.optional("SELECT * FROM sign_ins WHERE code_hash = ?1", values![code.as_bytes()])?,
        Presented::DeviceCode(device_code) => {
            visit.optional("SELECT * FROM sign_ins WHERE device_code_hash = ?1", values![device_code.as_bytes()])?
        }
    };
    let Some(row) = row.as_ref().map(codec::sign_in).transpose()? else { return Ok(Redeemed::Unknown) };
    // A device code is good from the start; a code only exists once it left.
    let is_under_way = match (&row.stage, &attempt.presented) {
        (Stage::Redeemed(_), _) => return Ok(Redeemed::Replayed(row.id)),
        (Stage::Over(_), _) => false,
        (_, Presented::DeviceCode(_)) => true,
        (stage, Presented::Code { .. }) => matches!(stage, Stage::Confirmed { .. }),
    };
    if !is_under_way || row.stage_ends_at <= now {
        return Ok(Redeemed::Over(row.id));
    }
    if row.jkt != attempt.jkt || !bool::from(row.code_challenge.as_bytes().ct_eq(attempt.code_challenge.as_bytes())) {
        let as_what = (SignInEnd::Burned, Some(ErrorCode::SignInBurned));
        let burned = sign_ins::close(visit, &row.id, None, as_what, (&attempt.owing, now))?;
        return Ok(burned.map_or(Redeemed::Over(row.id), Redeemed::Burned));
    }
    let is_other_address = match &attempt.presented {
        Presented::Code { redirect_uri, .. } => row.way_back.address().is_none_or(|address| address.redirect_uri != *redirect_uri),
        Presented::DeviceCode(_) => false,
    };
    Ok(if is_other_address { Redeemed::OtherReturnAddress(row.id) } else { Redeemed::NotYet(row.id) })
}

fn open_session(
    visit: &mut dyn Visit,
    sign_in: &SignInRow,
    who: &Identified,
    attempt: &RedeemAttempt,
    now: Timestamp,
) -> Result<Redeemed, StoreError> {
    let former = end_former(visit, &sign_in.jkt, now)?;
    let unlocked = former.as_ref().filter(|former| former.is_locked && former.account_id == who.account_id);
    let situation_id = attempt.situation_id.as_ref().or_else(|| unlocked.and_then(|former| former.goes_on(attempt)));
    let opened = visit.row(
        "INSERT INTO sessions (sign_in_id, account_id, jkt, situation_id, suggested_situation_id, identity_changed,
                               created_at, last_activity_at, idle_ends_at, absolute_ends_at, rules, new_workstation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10,
                 NOT EXISTS (SELECT 1 FROM pairs WHERE account_id = ?2 AND jkt = ?3 AND last_sign_in_at > ?11))
         RETURNING *",
        values![
            &sign_in.id.0,
            who.account_id,
            &sign_in.jkt,
            situation_id.map(|id| &id.0),
            attempt.suggested_situation_id.as_ref().map(|id| &id.0),
            who.identity_changed,
            now.0,
            now.plus_seconds(i64::from(attempt.rules.idle_limit_s)).0,
            attempt.absolute_ends_at.0,
            serde_json::to_string(&attempt.rules).map_err(|_| StoreError::Unreadable("session rules"))?,
            attempt.pair_used_after
        ],
    )?;
    pairs::remember(visit, who.account_id, sign_in, attempt.pair_used_after, now)?;
    sessions::keep_tokens(visit, &sign_in.id, 1, (&attempt.access, attempt.access_ends_at), (&attempt.refresh, attempt.absolute_ends_at))?;
    let session = codec::session(&opened)?;
    let mut cancelled = Vec::new();
    for id in sign_ins::cancel_others(visit, &sign_in.jkt, &sign_in.id, ErrorCode::SignInReplaced, now)? {
        cancelled.push(sign_ins::settle(visit, &id, SignInEnd::Cancelled, (&attempt.owing, now))?);
    }
    let is_unlocked = unlocked.is_some();
    let replaced = former.map(|former| Replaced { id: former.id, is_unlocked });
    Ok(Redeemed::Opened { session: Box::new(session), replaced, cancelled })
}

/// The session that the device key had.
struct Former {
    id: SignInId,
    account_id: i64,
    situation_id: Option<SituationId>,
    /// And not out of time, whether anybody had noticed or not.
    is_locked: bool,
}

impl Former {
    /// The capacity in which its person was at work, where the register still knows of it: she is asked once, not at each return.
    fn goes_on<'a>(&self, attempt: &'a RedeemAttempt) -> Option<&'a SituationId> {
        attempt.suggested_situation_id.as_ref().filter(|suggested| self.situation_id.as_ref() == Some(*suggested))
    }
}

/// One session per device key: the former one ends, the service's only.
fn end_former(visit: &mut dyn Visit, jkt: &str, now: Timestamp) -> Result<Option<Former>, StoreError> {
    let former = visit.optional(
        "UPDATE sessions SET ended = ?2, ended_at = ?3, version = version + 1 WHERE jkt = ?1 AND ended IS NULL
         RETURNING sign_in_id, account_id, situation_id,
                   locked_at IS NOT NULL AND idle_ends_at > ?3 AND absolute_ends_at > ?3 AS is_locked",
        values![jkt, SessionEnd::Replaced.name(), now.0],
    )?;
    let Some(former) = former else { return Ok(None) };
    let former = Former {
        id: SignInId(former.get("sign_in_id")?),
        account_id: former.get("account_id")?,
        situation_id: former.get::<Option<String>>("situation_id")?.map(SituationId),
        is_locked: former.get("is_locked")?,
    };
    visit.note("DELETE FROM grants WHERE sign_in_id = ?1", values![&former.id])?;
    Ok(Some(former))
}
