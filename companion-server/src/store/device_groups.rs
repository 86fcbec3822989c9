//! Which group an enrolment token led a workstation into.

use super::audit_trail;
use super::visit::{Visit, values};
use crate::clock::Timestamp;
use crate::store::{AuditRow, Store, StoreError};

impl Store {
    /// The group that an enrolment token led this key into.
    pub async fn device_group(&self, jkt: &str) -> Result<Option<String>, StoreError> {
        let jkt = jkt.to_owned();
        self.read(move |visit| device_group(visit, &jkt)).await
    }

    /// Puts a key into a group; gives back the one it was in.
    pub async fn join_group(
        &self,
        jkt: &str,
        group: &str,
        (joined, changed): (AuditRow, AuditRow),
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let (jkt, group) = (jkt.to_owned(), group.to_owned());
        self.write(move |visit| {
            let former = join_group(visit, &jkt, &group, now)?;
            match &former {
                Some(former) if *former == group => {}
                Some(_) => audit_trail::record(visit, &changed)?,
                None => audit_trail::record(visit, &joined)?,
            }
            Ok(former)
        })
        .await
    }
}

fn device_group(visit: &mut dyn Visit, jkt: &str) -> Result<Option<String>, StoreError> {
    visit.optional_scalar("SELECT group_name FROM device_groups WHERE jkt = ?1", values![jkt])
}

fn join_group(visit: &mut dyn Visit, jkt: &str, group: &str, now: Timestamp) -> Result<Option<String>, StoreError> {
    let former = device_group(visit, jkt)?;
    visit.note(
        "INSERT INTO device_groups (jkt, group_name, joined_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (jkt) DO UPDATE SET group_name = excluded.group_name, joined_at = excluded.joined_at
         WHERE device_groups.group_name <> excluded.group_name",
        values![jkt, group, now.0],
    )?;
    Ok(former)
}
