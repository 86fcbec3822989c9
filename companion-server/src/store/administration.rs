//! What an administrator asks of the memory: what lives now, and that it ends or is forgotten. Nothing given back names a person.

use vestibule_model::error_code::ErrorCode;
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::visit::{Bind as _, Visit, values};
use super::{asked_anew, audit_trail, codec, people, sign_ins, sign_outs};
use crate::clock::Timestamp;
use crate::store::{AuditRow, Cancelled, Designated, DeviceEntry, Erased, Owing, SessionEntry, SessionRow, SignInEnd, Store, StoreError};

impl Store {
    /// Sessions that live at this moment.
    pub async fn live_sessions(&self, now: Timestamp) -> Result<Vec<SessionEntry>, StoreError> {
        self.survey(move |visit| sessions(visit, now)).await
    }

    /// Sessions that an administrator means and that nobody ended: some of them may be out of time.
    pub async fn designated_sessions(&self, which: &Designated) -> Result<Vec<SessionRow>, StoreError> {
        let which = which.clone();
        self.survey(move |visit| designated(visit, &which)).await
    }

    /// Devices on which someone signed in, the latest first; then those that are only known otherwise.
    pub async fn devices(&self, now: Timestamp) -> Result<Vec<DeviceEntry>, StoreError> {
        self.survey(move |visit| devices(visit, now)).await
    }

    /// Thumbprints that begin so, of devices with a sign-in under way too; two at most.
    pub async fn devices_beginning(&self, prefix: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let prefix = prefix.to_owned();
        self.survey(move |visit| devices_beginning(visit, &prefix, now)).await
    }

    /// Forgets a device: its pairs, its group, what it had under way; gives back the sign-ins that this cancelled.
    pub async fn forget_device(&self, jkt: &str, owing: Owing, line: AuditRow, now: Timestamp) -> Result<Cancelled, StoreError> {
        let jkt = jkt.to_owned();
        self.write(move |visit| {
            let cancelled = forget_device(visit, &jkt, (&owing, now))?;
            audit_trail::record(visit, &line)?;
            Ok(cancelled)
        })
        .await
    }

    /// Removes all that is kept about a person but the audit trail and sign-outs that are owed, unless a session of hers is not ended; `None`
    /// when she is unknown.
    pub async fn erase_person(
        &self,
        person: &NationalId,
        (owing, line): (Owing, AuditRow),
        now: Timestamp,
    ) -> Result<Option<Erased>, StoreError> {
        let person = person.clone();
        self.write(move |visit| {
            let erased = erase(visit, &person, (&owing, now))?;
            if erased.as_ref().is_some_and(|erased| !erased.is_session_live) {
                audit_trail::record(visit, &line)?;
            }
            Ok(erased)
        })
        .await
    }
}

/// Sessions that are neither ended nor out of time, the oldest first.
const LIVE: &str = "sessions.ended IS NULL AND sessions.idle_ends_at > ?1 AND sessions.absolute_ends_at > ?1";

/// Keys of devices that something is kept about.
const KNOWN: &str = "SELECT jkt FROM devices UNION SELECT jkt FROM pairs UNION SELECT jkt FROM device_groups
                     UNION SELECT jkt FROM sessions WHERE ended IS NULL";

pub(super) fn sessions(visit: &mut dyn Visit, now: Timestamp) -> Result<Vec<SessionEntry>, StoreError> {
    let statement = format!(
        "SELECT sessions.*, sign_ins.device_label, sign_ins.group_name
         FROM sessions LEFT JOIN sign_ins ON sign_ins.id = sessions.sign_in_id WHERE {LIVE} ORDER BY sessions.created_at"
    );
    let rows = visit.rows(&statement, values![now.0])?;
    rows.iter()
        .map(|row| {
            Ok(SessionEntry { session: codec::session(row)?, device_label: row.get("device_label")?, group_name: row.get("group_name")? })
        })
        .collect()
}

pub(super) fn designated(visit: &mut dyn Visit, which: &Designated) -> Result<Vec<SessionRow>, StoreError> {
    let account = people::designated(visit, which)?;
    let (condition, value) = match which {
        Designated::Session(id) => ("sign_in_id = ?1", id.value()),
        Designated::Device(jkt) => ("jkt = ?1", jkt.value()),
        Designated::Person(_) => ("account_id = ?1", account.value()),
        Designated::All => ("?1 = ''", "".value()),
    };
    let statement = format!("SELECT * FROM sessions WHERE ended IS NULL AND {condition} ORDER BY created_at");
    let rows = visit.rows(&statement, &[value])?;
    rows.iter().map(codec::session).collect()
}

pub(super) fn devices(visit: &mut dyn Visit, now: Timestamp) -> Result<Vec<DeviceEntry>, StoreError> {
    let statement = format!(
        "SELECT known.jkt, devices.last_sign_in_at, device_groups.group_name,
                coalesce(devices.label, (SELECT device_label FROM sign_ins WHERE sign_ins.jkt = known.jkt ORDER BY created_at DESC LIMIT 1)) AS label,
                (SELECT COUNT(*) FROM pairs WHERE pairs.jkt = known.jkt) AS people,
                EXISTS (SELECT 1 FROM sessions WHERE sessions.jkt = known.jkt AND {LIVE}) AS has_session
         FROM ({KNOWN}) AS known LEFT JOIN devices ON devices.jkt = known.jkt LEFT JOIN device_groups ON device_groups.jkt = known.jkt
         ORDER BY devices.last_sign_in_at DESC NULLS LAST, device_groups.joined_at DESC NULLS LAST"
    );
    let rows = visit.rows(&statement, values![now.0])?;
    rows.iter()
        .map(|row| {
            Ok(DeviceEntry {
                jkt: row.get("jkt")?,
                label: row.get("label")?,
                group_name: row.get("group_name")?,
                last_sign_in_at: row.get::<Option<i64>>("last_sign_in_at")?.map(Timestamp),
                people: row.get("people")?,
                has_session: row.get("has_session")?,
            })
        })
        .collect()
}

/// Keys of devices that are known by anything, be it a sign-in under way, and begin so: two are enough to know that one is not meant.
pub(super) fn devices_beginning(visit: &mut dyn Visit, prefix: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
    // Not LIKE: a thumbprint may hold `_`, and its case counts.
    let statement = format!(
        "SELECT jkt FROM ({KNOWN} UNION SELECT jkt FROM sign_ins WHERE stage_ends_at > ?2 AND is_open) AS known
         WHERE substr(jkt, 1, length(?1)) = ?1 LIMIT 2"
    );
    visit.scalars(&statement, values![prefix, now.0])
}

/// Forgets who signed in on a device and which group it is in, and cancels what it had under way; gives back what was cancelled.
pub(super) fn forget_device(visit: &mut dyn Visit, jkt: &str, (owing, now): (&Owing, Timestamp)) -> Result<Cancelled, StoreError> {
    let nothing_kept = SignInId(String::new());
    let mut cancelled = Cancelled::default();
    for id in sign_ins::cancel_others(visit, jkt, &nothing_kept, ErrorCode::SignInEndedByAdministrator, now)? {
        cancelled.closed.extend(sign_ins::drop_owing(visit, &id, SignInEnd::Cancelled, (owing, now))?);
        cancelled.under_way.push(id.clone());
        cancelled.sign_ins.push(id);
    }
    for statement in ["DELETE FROM pairs WHERE jkt = ?1", "DELETE FROM devices WHERE jkt = ?1", "DELETE FROM device_groups WHERE jkt = ?1"]
    {
        visit.note(statement, values![jkt])?;
    }
    if !cancelled.closed.is_empty() {
        asked_anew::ask_anew(visit, jkt, now)?;
    }
    Ok(cancelled)
}

/// Removes all that is kept about a person but the audit trail; `None` when nobody of that id is known. What Pro Santé Connect is still to be
/// told stays for its own short time, sealed: without it her session there would stay open.
pub(super) fn erase(visit: &mut dyn Visit, person: &NationalId, (owing, now): (&Owing, Timestamp)) -> Result<Option<Erased>, StoreError> {
    let Some(account) = people::account(visit, person)? else { return Ok(None) };
    // In the same transaction: one that nobody ended would be wiped without its end.
    let is_live = "SELECT EXISTS (SELECT 1 FROM sessions WHERE account_id = ?1 AND ended IS NULL)";
    if visit.scalar(is_live, values![account])? {
        return Ok(Some(Erased { is_session_live: true, ..Erased::default() }));
    }
    // First: what follows takes away what ties them to her.
    let owed = sign_outs::withdraw_of_account(visit, account, now)?;
    let mut erased = Erased { attempts: sign_ins::detach(visit, account, (owing, now))?, owed, ..Erased::default() };
    erased.sign_ins = u64::try_from(erased.attempts.sign_ins.len()).unwrap_or(u64::MAX);
    for (statement, count) in [
        ("DELETE FROM sessions WHERE account_id = ?1", Some(&mut erased.sessions)),
        ("DELETE FROM pairs WHERE account_id = ?1", Some(&mut erased.pairs)),
        ("UPDATE devices SET last_account_id = NULL WHERE last_account_id = ?1", None),
        ("DELETE FROM accounts WHERE id = ?1", None),
    ] {
        let removed = visit.execute(statement, values![account])?;
        if let Some(count) = count {
            *count = removed;
        }
    }
    Ok(Some(erased))
}
