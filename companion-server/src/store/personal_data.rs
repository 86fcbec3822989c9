//! All that the memory keeps about one person, for the person herself.

use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Exchange, SignInState};
use vestibule_model::practitioner::NationalId;
use vestibule_model::session::SignInId;

use super::visit::{Row, Visit, values};
use super::{codec, people};
use crate::clock::Timestamp;
use crate::store::{AuditRow, SessionRow, Store, StoreError};

/// What an erasure would remove, and her lines of the audit trail, which it would not.
#[derive(Debug, Default)]
pub struct PersonalData {
    pub account: Option<AccountRow>,
    pub pairs: Vec<KnownOn>,
    pub sessions: Vec<SessionRow>,
    pub attempts: Vec<AttemptRow>,
    /// What a provider said of her, as it lies: sealed.
    pub identities_sealed: Vec<(SignInId, Vec<u8>)>,
    /// Oldest first.
    pub lines: Vec<AuditRow>,
}

/// Since when she is known.
#[derive(Debug, Clone, Copy)]
pub struct AccountRow {
    pub created_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
}

/// A workstation that knows her.
#[derive(Debug)]
pub struct KnownOn {
    pub jkt: String,
    pub label: Option<String>,
    pub last_situation_id: Option<String>,
    pub created_at: Timestamp,
    pub last_sign_in_at: Timestamp,
}

/// An attempt that came as far as to her.
#[derive(Debug)]
pub struct AttemptRow {
    pub id: String,
    pub state: SignInState,
    pub code: Option<ErrorCode>,
    pub exchange: Exchange,
    pub began_at: Timestamp,
    pub jkt: String,
    pub app_address: Option<String>,
    pub browser_address: Option<String>,
}

impl Store {
    /// `None` when neither the memory nor its trail knows a person.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn personal_data(&self, person: &NationalId) -> Result<Option<PersonalData>, StoreError> {
        let person = person.clone();
        self.survey(move |visit| personal_data(visit, &person)).await
    }
}

/// Her lines, and those that name nobody about a sign-in of hers.
const LINES: &str = "SELECT * FROM audit WHERE national_id = ?1
    OR (national_id IS NULL AND sign_in_id IN (SELECT sign_in_id FROM audit WHERE national_id = ?1 AND sign_in_id IS NOT NULL)) ORDER BY id";
const SEALED: &str = "SELECT sign_in_id, practitioner_sealed FROM grants WHERE practitioner_sealed IS NOT NULL
    AND sign_in_id IN (SELECT sign_in_id FROM sessions WHERE account_id = ?1 UNION SELECT id FROM sign_ins WHERE account_id = ?1)
    ORDER BY last_exchange_at DESC";

fn personal_data(visit: &mut dyn Visit, person: &NationalId) -> Result<Option<PersonalData>, StoreError> {
    let lines = visit.rows(LINES, values![person.expose()])?.iter().map(codec::audit).collect::<Result<Vec<_>, _>>()?;
    let Some(account) = people::account(visit, person)? else {
        return Ok((!lines.is_empty()).then(|| PersonalData { lines, ..PersonalData::default() }));
    };
    let row = visit.row("SELECT created_at, last_sign_in_at FROM accounts WHERE id = ?1", values![account])?;
    let sealed = visit.rows(SEALED, values![account])?;
    Ok(Some(PersonalData {
        account: Some(AccountRow {
            created_at: Timestamp(row.get("created_at")?),
            last_sign_in_at: row.get::<Option<i64>>("last_sign_in_at")?.map(Timestamp),
        }),
        pairs: all(visit, "SELECT * FROM pairs WHERE account_id = ?1 ORDER BY created_at", account, known_on)?,
        sessions: all(visit, "SELECT * FROM sessions WHERE account_id = ?1 ORDER BY created_at", account, codec::session)?,
        attempts: all(visit, "SELECT * FROM sign_ins WHERE account_id = ?1 ORDER BY created_at", account, attempt)?,
        identities_sealed: sealed
            .iter()
            .map(|row| Ok((SignInId(row.get("sign_in_id")?), row.get("practitioner_sealed")?)))
            .collect::<Result<_, StoreError>>()?,
        lines,
    }))
}

fn all<T>(
    visit: &mut dyn Visit,
    statement: &str,
    account: i64,
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    visit.rows(statement, values![account])?.iter().map(read).collect()
}

fn known_on(row: &Row) -> Result<KnownOn, StoreError> {
    Ok(KnownOn {
        jkt: row.get("jkt")?,
        label: row.get("device_label")?,
        last_situation_id: row.get("last_situation_id")?,
        created_at: Timestamp(row.get("created_at")?),
        last_sign_in_at: Timestamp(row.get("last_sign_in_at")?),
    })
}

fn attempt(row: &Row) -> Result<AttemptRow, StoreError> {
    Ok(AttemptRow {
        id: row.get("id")?,
        state: codec::state(row)?,
        code: codec::error_code(row)?,
        exchange: codec::exchange(row)?,
        began_at: Timestamp(row.get("created_at")?),
        jkt: row.get("jkt")?,
        app_address: row.get("app_address")?,
        browser_address: row.get("browser_address")?,
    })
}
