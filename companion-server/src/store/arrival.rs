//! A person comes back from her provider: who she is here, what she is asked and what she was granted are kept in one write.

use std::sync::Arc;

use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::visit::{Visit, values};
use super::{audit_trail, people, sign_ins};
use crate::clock::Timestamp;
use crate::store::{Arrow, Asks, AuditRow, ConfirmationReason, GrantRow, Recognition, Release, SecretHash, Store, StoreError};

/// What a provider said of a person, for one attempt.
#[derive(Clone)]
pub struct Vouched {
    pub national_id: NationalId,
    pub jkt: String,
    /// A pair that was not used after this moment is new.
    pub pair_used_after: Timestamp,
    pub judging: Judging,
    pub grant: GrantRow,
    /// Replaces the one from before the passage at Pro Santé Connect.
    pub cookie: SecretHash,
    /// Until when she may answer what she is asked.
    pub answer_ends_at: Timestamp,
    /// The code that leaves at once when she is asked nothing; none where the app has its own already.
    pub code: Option<SecretHash>,
    pub code_ends_at: Timestamp,
    /// What the trail says of it.
    pub line: AuditRow,
}

/// What follows from what is known of her; asked within the write, so that nothing of it changes in between.
pub type Judging = Arc<dyn Fn(&Recognition) -> Judged + Send + Sync>;

/// How somebody who is recognised goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub asks: Asks,
    /// Whether somebody else used the device last.
    pub identity_changed: bool,
}

impl Store {
    /// exchanging → authenticated, and → confirmed where nothing is asked; `None`, and nothing kept, when the sign-in was elsewhere or out of
    /// time.
    pub async fn arrive(&self, id: &SignInId, vouched: Vouched, now: Timestamp) -> Result<Option<Asks>, StoreError> {
        let id = id.clone();
        self.write(move |visit| arrive(visit, &id, &vouched, now)).await
    }
}

fn arrive(visit: &mut dyn Visit, id: &SignInId, vouched: &Vouched, now: Timestamp) -> Result<Option<Asks>, StoreError> {
    let Some(recognition) = recognise(visit, id, vouched, now)? else { return Ok(None) };
    let Judged { asks, identity_changed } = (vouched.judging)(&recognition);
    visit.note(
        "UPDATE sign_ins SET state = 'authenticated', cookie_hash = ?2, account_id = ?3, confirmation_reason = ?4,
                             identity_changed = ?5, number_choices = NULLIF(?6, ''), stage_ends_at = ?7
         WHERE id = ?1",
        values![
            id,
            vouched.cookie,
            recognition.account_id,
            asks.reason().map(ConfirmationReason::name),
            identity_changed,
            asks.choices().join(" "),
            vouched.answer_ends_at
        ],
    )?;
    keep_grant(visit, id, &vouched.grant)?;
    audit_trail::record_of_sign_in(visit, &vouched.line, id)?;
    if asks == Asks::Nothing {
        let release = Release { code: vouched.code, letters: None };
        let confirm = Arrow::Confirm { release, stage_ends_at: vouched.code_ends_at };
        if !sign_ins::advance(visit, |visit, statement, values| visit.execute(statement, values), id, (&confirm, now))? {
            return Err(StoreError::Unreadable("sign-in"));
        }
    }
    Ok(Some(asks))
}

/// What is known of her and of the device key, in one reading; her account is made where she has none. `None` when the attempt does not wait for
/// her.
fn recognise(visit: &mut dyn Visit, id: &SignInId, vouched: &Vouched, now: Timestamp) -> Result<Option<Recognition>, StoreError> {
    let Vouched { national_id, jkt, pair_used_after, grant: GrantRow { provider, .. }, .. } = vouched;
    let row = visit.row(
        "SELECT EXISTS (SELECT 1 FROM sign_ins WHERE id = ?1 AND state = 'exchanging' AND stage_ends_at > ?2) AS is_awaited,
                identities.account_id, devices.jkt IS NOT NULL AS device_known, devices.last_account_id,
                pairs.jkt IS NOT NULL AS pair_known, pairs.last_situation_id
         FROM (SELECT 1 AS one) AS here
         LEFT JOIN identities ON identities.provider = ?3 AND identities.subject = ?4
         LEFT JOIN devices ON devices.jkt = ?5 AND devices.last_sign_in_at > ?6
         LEFT JOIN pairs ON pairs.account_id = identities.account_id AND pairs.jkt = ?5 AND pairs.last_sign_in_at > ?6",
        values![id, now, provider, national_id.expose(), jkt, pair_used_after],
    )?;
    if !row.get::<bool>("is_awaited")? {
        return Ok(None);
    }
    let account_id = match row.get("account_id")? {
        Some(account_id) => account_id,
        None => people::new_account(visit, provider, national_id, now)?,
    };
    people::recognition(&row, account_id).map(Some)
}

fn keep_grant(visit: &mut dyn Visit, id: &SignInId, grant: &GrantRow) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO grants (sign_in_id, practitioner_sealed, tokens_sealed, means, acr, last_exchange_at, provider)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        values![
            &id.0,
            &grant.practitioner_sealed,
            &grant.tokens_sealed,
            &grant.means,
            &grant.acr,
            grant.last_exchange_at.0,
            &grant.provider
        ],
    )
}
