//! Sign-outs at Pro Santé Connect: owed until it was seen to do them, and remembered until their time is over.

use vestibule_model::session::SignInId;

use super::visit::{Bind as _, Row, Visit, values};
use super::{audit_trail, people};
use crate::clock::Timestamp;
use crate::provider_name::ProviderName;
use crate::store::{AuditRow, Designated, NewAddress, OwedSignOut, SecretHash, SignOut, Store, StoreError};

impl Store {
    /// How a sign-out stands; `None` when there is none, or its time is over.
    pub async fn sign_out(&self, id: &SignInId, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
        let id = id.clone();
        self.read(move |visit| by_id(visit, &id, now)).await
    }

    /// What is owed of the sessions that an administrator means, whoever ended them.
    pub async fn owed_sign_outs(&self, which: &Designated, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
        let which = which.clone();
        self.survey(move |visit| designated(visit, &which, now)).await
    }

    /// What is owed of a device key: no browser is sent about it any more.
    pub async fn withdraw_sign_outs(&self, jkt: &str, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
        let jkt = jkt.to_owned();
        self.write(move |visit| withdraw_of_device(visit, &jkt, now)).await
    }

    /// What is owed, at most `limit` of them: what waited longest since it was tried first.
    pub async fn waiting_sign_outs(&self, limit: u32, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
        self.survey(move |visit| waiting(visit, limit, now)).await
    }

    /// Notes that Pro Santé Connect is asked again for what is owed.
    pub async fn mark_tried(&self, id: &SignInId, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |visit| mark_tried(visit, &id, now)).await
    }

    /// Gives the sign-out an address for the browser: the one in force while it was not used, or the next one. The browser that is on its way
    /// with the state of a former one stays known. `false` when another was given meanwhile, or none can be any more.
    pub async fn give_address(&self, id: &SignInId, address: NewAddress, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |visit| give_address(visit, &id, &address, now)).await
    }

    /// Whose ticket it is, of whichever of its addresses; has no effect. One that no browser may be sent about any more is not found.
    pub async fn ticket(&self, ticket: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
        let ticket = *ticket;
        self.read(move |visit| by_ticket(visit, &ticket, now)).await
    }

    /// Uses the ticket in force, and binds the sign-out to the browser with this cookie; `false` when it was used before, or is not in force.
    /// `state`, always the same for a sign-out, will name the browser's way back.
    pub async fn take_ticket(
        &self,
        ticket: &SecretHash,
        browser: Option<SecretHash>,
        state: SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ticket = *ticket;
        self.write(move |visit| take_ticket(visit, &ticket, (browser.as_ref(), &state), now)).await
    }

    /// Whose state it is; has no effect.
    pub async fn sign_out_by_state(&self, state: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
        let state = *state;
        self.read(move |visit| by_state(visit, &state, now)).await
    }

    /// Keeps a sealed hint until Pro Santé Connect's session is ended, or `ends_at`.
    pub async fn owe_sign_out(
        &self,
        (id, provider): (&SignInId, &ProviderName),
        id_token_sealed: Vec<u8>,
        ends_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, provider) = (id.clone(), provider.clone());
        self.write(move |visit| owe(visit, (&id, &provider), &id_token_sealed, ends_at, now)).await
    }

    /// Takes the right to ask a provider for what is owed, until then at most; `false` while another companion has it. Alone over its memory, a
    /// companion knows what it asks.
    pub async fn begin_telling(&self, id: &SignInId, until: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        if self.server().is_none() {
            return Ok(true);
        }
        let id = id.clone();
        self.write(move |visit| begin_telling(visit, &id, until, now)).await
    }

    /// Gives back the right that was taken `until` then; one that another companion took since stays its own.
    pub async fn end_telling(&self, id: &SignInId, until: Timestamp) -> Result<(), StoreError> {
        if self.server().is_none() {
            return Ok(());
        }
        let id = id.clone();
        let freed = "UPDATE sign_outs SET told_until = 0 WHERE sign_in_id = ?1 AND told_until = ?2";
        self.write(move |visit| visit.note(freed, values![id, until])).await
    }

    /// The sign-out is finished at Pro Santé Connect too: what ended it is wiped, that it did is remembered. `false` when it was before.
    pub async fn finish_sign_out(&self, id: &SignInId, line: AuditRow, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |visit| {
            let is_done = finish(visit, &id, now)?;
            if is_done {
                audit_trail::record_of_sign_in(visit, &line, &id)?;
            }
            Ok(is_done)
        })
        .await
    }
}

/// Those of one person on one device key.
const OF_A_PAIR: &str = "SELECT sign_in_id FROM sessions WHERE account_id = ?2 AND jkt = ?3
                         UNION SELECT id FROM sign_ins WHERE account_id = ?2 AND jkt = ?3";
/// Those of one device key.
const OF_A_DEVICE: &str = "SELECT sign_in_id FROM sessions WHERE jkt = ?2 UNION SELECT id FROM sign_ins WHERE jkt = ?2";
/// Those of one account.
const OF_AN_ACCOUNT: &str = "SELECT sign_in_id FROM sessions WHERE account_id = ?2 UNION SELECT id FROM sign_ins WHERE account_id = ?2";

/// Keeps what ends Pro Santé Connect's session, of whom it may be.
pub(super) fn owe(
    visit: &mut dyn Visit,
    (id, provider): (&SignInId, &ProviderName),
    id_token_sealed: &[u8],
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    visit.note(
        "INSERT INTO sign_outs (sign_in_id, id_token_sealed, created_at, ends_at, provider) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        values![id, id_token_sealed, now, ends_at, provider],
    )
}

pub(super) fn by_id(visit: &mut dyn Visit, id: &SignInId, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
    one(visit.optional("SELECT * FROM sign_outs WHERE ends_at > ?1 AND sign_in_id = ?2", values![now.0, &id.0])?)
}

/// What is owed of those whom an administrator means.
pub(super) fn designated(visit: &mut dyn Visit, which: &Designated, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
    let account = people::designated(visit, which)?;
    let (whose, value) = match which {
        Designated::Session(id) => ("SELECT ?2", id.value()),
        Designated::Device(jkt) => (OF_A_DEVICE, jkt.value()),
        Designated::Person(_) => (OF_AN_ACCOUNT, account.value()),
        Designated::All => ("SELECT sign_in_id FROM sign_outs WHERE ?2 = ''", "".value()),
    };
    let statement =
        format!("SELECT * FROM sign_outs WHERE ends_at > ?1 AND finished_at IS NULL AND sign_in_id IN ({whose}) ORDER BY created_at");
    all(&visit.rows(&statement, &[now.value(), value])?)
}

/// From now on no browser is sent about those of a device key; they are given back, to be ended from here.
pub(super) fn withdraw_of_device(visit: &mut dyn Visit, jkt: &str, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = withdrawing(OF_A_DEVICE);
    all(&visit.rows(&statement, values![now.0, jkt])?)
}

/// As [`withdraw_of_device`].
pub(super) fn withdraw_of_pair(
    visit: &mut dyn Visit,
    (account_id, jkt): (i64, &str),
    now: Timestamp,
) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = withdrawing(OF_A_PAIR);
    all(&visit.rows(&statement, values![now.0, account_id, jkt])?)
}

/// As [`withdraw_of_device`].
pub(super) fn withdraw_of_account(visit: &mut dyn Visit, account_id: i64, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = withdrawing(OF_AN_ACCOUNT);
    all(&visit.rows(&statement, values![now.0, account_id])?)
}

fn withdrawing(which: &str) -> String {
    format!("UPDATE sign_outs SET server_only = TRUE WHERE ends_at > ?1 AND finished_at IS NULL AND sign_in_id IN ({which}) RETURNING *")
}

pub(super) fn waiting(visit: &mut dyn Visit, limit: u32, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError> {
    let statement = "SELECT * FROM sign_outs WHERE ends_at > ?1 AND finished_at IS NULL ORDER BY tried_at NULLS FIRST, created_at LIMIT ?2";
    all(&visit.rows(statement, values![now.0, i64::from(limit)])?)
}

pub(super) fn mark_tried(visit: &mut dyn Visit, id: &SignInId, now: Timestamp) -> Result<(), StoreError> {
    visit.note("UPDATE sign_outs SET tried_at = ?2 WHERE sign_in_id = ?1", values![&id.0, now.0])
}

/// What is not kept as owed is nobody else's to tell.
pub(super) fn begin_telling(visit: &mut dyn Visit, id: &SignInId, until: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    let begun = "UPDATE sign_outs SET told_until = ?2 WHERE sign_in_id = ?1 AND told_until <= ?3";
    if visit.execute(begun, values![id, until, now])? == 1 {
        return Ok(true);
    }
    let is_anothers: bool = visit.scalar("SELECT EXISTS (SELECT 1 FROM sign_outs WHERE sign_in_id = ?1)", values![id])?;
    Ok(!is_anothers)
}

/// The same number while it was not used, the next one once it was: whoever else asks at the same time is given the same.
pub(super) fn give_address(visit: &mut dyn Visit, id: &SignInId, address: &NewAddress, now: Timestamp) -> Result<bool, StoreError> {
    let given = visit.execute(
        "UPDATE sign_outs SET address_number = ?2, ticket_hash = ?3, used_at = NULL
         WHERE sign_in_id = ?1 AND ends_at > ?4 AND NOT server_only AND finished_at IS NULL
           AND ((address_number = ?2 AND used_at IS NULL) OR (address_number = ?2 - 1 AND used_at IS NOT NULL))",
        values![&id.0, address.number, address.ticket.as_bytes(), now.0],
    )?;
    if given == 0 {
        return Ok(false);
    }
    visit.note(
        "INSERT INTO sign_out_addresses (ticket_hash, sign_in_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        values![address.ticket.as_bytes(), &id.0],
    )?;
    Ok(true)
}

/// What is finished shows nothing of anybody: whoever was erased may still be told that it is.
pub(super) fn by_ticket(visit: &mut dyn Visit, ticket: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
    let found = "SELECT sign_outs.* FROM sign_outs JOIN sign_out_addresses USING (sign_in_id)
         WHERE ends_at > ?1 AND sign_out_addresses.ticket_hash = ?2 AND (NOT server_only OR finished_at IS NOT NULL)";
    one(visit.optional(found, values![now, ticket])?)
}

/// A browser without a cookie takes nobody's place.
pub(super) fn take_ticket(
    visit: &mut dyn Visit,
    ticket: &SecretHash,
    (browser, state): (Option<&SecretHash>, &SecretHash),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let taken = visit.execute(
        "UPDATE sign_outs SET state_hash = ?2, used_at = ?3, browser_hash = coalesce(?4, browser_hash)
         WHERE ticket_hash = ?1 AND ends_at > ?3 AND NOT server_only AND finished_at IS NULL AND used_at IS NULL",
        values![ticket.as_bytes(), state.as_bytes(), now.0, browser.map(SecretHash::as_bytes)],
    )?;
    Ok(taken == 1)
}

pub(super) fn by_state(visit: &mut dyn Visit, state: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError> {
    one(visit.optional("SELECT * FROM sign_outs WHERE ends_at > ?1 AND state_hash = ?2", values![now, state])?)
}

pub(super) fn finish(visit: &mut dyn Visit, id: &SignInId, now: Timestamp) -> Result<bool, StoreError> {
    let finished = "UPDATE sign_outs SET finished_at = ?2, id_token_sealed = NULL, browser_hash = NULL, told_until = 0 WHERE sign_in_id = ?1 AND finished_at IS NULL";
    Ok(visit.execute(finished, values![id, now])? == 1)
}

fn one(row: Option<Row>) -> Result<Option<SignOut>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    if row.get::<Option<i64>>("finished_at")?.is_some() {
        return Ok(Some(SignOut::Finished));
    }
    owed(&row).map(SignOut::Owed).map(Some)
}

fn all(rows: &[Row]) -> Result<Vec<OwedSignOut>, StoreError> {
    rows.iter().map(owed).collect()
}

fn owed(row: &Row) -> Result<OwedSignOut, StoreError> {
    let ticket = hash(row, "ticket_hash")?;
    Ok(OwedSignOut {
        id: SignInId(row.get("sign_in_id")?),
        provider: row.get("provider")?,
        id_token_sealed: row.get("id_token_sealed")?,
        ends_at: Timestamp(row.get("ends_at")?),
        address_number: row.get("address_number")?,
        ticket,
        is_address_used: row.get::<Option<i64>>("used_at")?.is_some(),
        browser: hash(row, "browser_hash")?,
        is_for_browser: !row.get::<bool>("server_only")?,
        was_tried: ticket.is_some() || row.get::<Option<i64>>("tried_at")?.is_some(),
    })
}

fn hash(row: &Row, column: &str) -> Result<Option<SecretHash>, StoreError> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    bytes.map(|bytes| SecretHash::from_bytes(&bytes).ok_or(StoreError::Unreadable("sign-out"))).transpose()
}
