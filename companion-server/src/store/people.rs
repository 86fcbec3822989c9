//! Accounts, and what is remembered of workstations.

use vestibule_model::practitioner::{NationalId, SituationId};

use super::visit::{Row, Visit, values};
use crate::clock::Timestamp;
use crate::provider_name::ProviderName;
use crate::random::{Random as _, SystemRandom};
use crate::store::{Designated, DeviceSeen, Recognition, Store, StoreError};

impl Store {
    /// What is known of an account on a device key, without any effect. What was not used after `used_after` is not known.
    pub async fn recall(&self, account_id: i64, jkt: &str, used_after: Timestamp) -> Result<Recognition, StoreError> {
        let jkt = jkt.to_owned();
        self.read(move |visit| recall(visit, account_id, &jkt, used_after)).await
    }

    /// Whose account it is, for the audit trail.
    pub async fn national_id(&self, account_id: i64) -> Result<Option<NationalId>, StoreError> {
        self.read(move |visit| national_id(visit, account_id)).await
    }

    /// Whether anything is kept about a person.
    pub async fn is_known_person(&self, person: &NationalId) -> Result<bool, StoreError> {
        let person = person.clone();
        Ok(self.read(move |visit| account(visit, &person)).await?.is_some())
    }

    /// What is known of a device key. What was not used after `used_after` is not known.
    pub async fn device(&self, jkt: &str, used_after: Timestamp) -> Result<DeviceSeen, StoreError> {
        let jkt = jkt.to_owned();
        self.read(move |visit| device(visit, &jkt, used_after)).await
    }
}

pub(super) fn new_account(
    visit: &mut dyn Visit,
    provider: &ProviderName,
    national_id: &NationalId,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let mut drawn = [0; 8];
    SystemRandom.fill(&mut drawn);
    // Drawn, not counted: the number of somebody who was erased while she signs in must never be the next person's.
    let account_id = i64::from_be_bytes(drawn) & i64::MAX;
    visit.note("INSERT INTO accounts (id, created_at) VALUES (?1, ?2)", values![account_id, now])?;
    visit.note(
        "INSERT INTO identities (provider, subject, account_id) VALUES (?1, ?2, ?3)",
        values![provider, national_id.expose(), account_id],
    )?;
    Ok(account_id)
}

pub(super) fn recall(visit: &mut dyn Visit, account_id: i64, jkt: &str, used_after: Timestamp) -> Result<Recognition, StoreError> {
    let row = visit.row(
        "SELECT devices.jkt IS NOT NULL AS device_known, devices.last_account_id, pairs.jkt IS NOT NULL AS pair_known, pairs.last_situation_id
         FROM (SELECT 1 AS one) AS here
         LEFT JOIN devices ON devices.jkt = ?2 AND devices.last_sign_in_at > ?3
         LEFT JOIN pairs ON pairs.account_id = ?1 AND pairs.jkt = ?2 AND pairs.last_sign_in_at > ?3",
        values![account_id, jkt, used_after.0],
    )?;
    recognition(&row, account_id)
}

/// From what was found of her pair and of the device.
pub(super) fn recognition(row: &Row, account_id: i64) -> Result<Recognition, StoreError> {
    let (device_known, last_account_id): (bool, Option<i64>) = (row.get("device_known")?, row.get("last_account_id")?);
    Ok(Recognition {
        account_id,
        pair_known: row.get("pair_known")?,
        last_account_id,
        is_last_forgotten: device_known && last_account_id.is_none(),
        last_situation_id: row.get::<Option<String>>("last_situation_id")?.map(SituationId),
    })
}

fn device(visit: &mut dyn Visit, jkt: &str, used_after: Timestamp) -> Result<DeviceSeen, StoreError> {
    let row = visit.row(
        "SELECT EXISTS (SELECT 1 FROM devices WHERE jkt = ?1 AND last_sign_in_at > ?2) AS is_known,
                (SELECT group_name FROM device_groups WHERE jkt = ?1) AS group_name",
        values![jkt, used_after],
    )?;
    Ok(DeviceSeen { is_known: row.get("is_known")?, group_name: row.get("group_name")? })
}

/// Whose national id it is: Pro Santé Connect knows people by it.
pub(super) fn account(visit: &mut dyn Visit, person: &NationalId) -> Result<Option<i64>, StoreError> {
    visit.optional_scalar("SELECT account_id FROM identities WHERE provider = 'psc' AND subject = ?1", values![person.expose()])
}

/// The account of a person whom an administrator means, if it is one and is known.
pub(super) fn designated(visit: &mut dyn Visit, which: &Designated) -> Result<Option<i64>, StoreError> {
    if let Designated::Person(person) = which { account(visit, person) } else { Ok(None) }
}

pub(super) fn national_id(visit: &mut dyn Visit, account_id: i64) -> Result<Option<NationalId>, StoreError> {
    let subject = "SELECT subject FROM identities WHERE account_id = ?1 AND provider = 'psc'";
    parsed(visit.optional_scalar(subject, values![account_id])?)
}

/// As it was read.
pub(super) fn parsed(subject: Option<String>) -> Result<Option<NationalId>, StoreError> {
    subject.map(|text| NationalId::parse(&text).map_err(|_| StoreError::Unreadable("national id"))).transpose()
}
