//! All that is kept about a person, in words that she can read, for the person herself (EXI 05). That it was asked for is a line of the trail.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use vestibule_model::practitioner::NationalId;

use super::Sessions;
use crate::audit::{self, Entry, Event};
use crate::clock::Timestamp;
use crate::store::{AttemptRow, AuditRow, KnownOn, PersonalData, SessionRow, StoreError};
use crate::surroundings::unseal_practitioner;

impl Sessions {
    /// What an erasure would remove, and her lines of the audit trail; `None` when she is unknown.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn personal_data(&self, person: &NationalId, by: &str) -> Result<Option<Value>, StoreError> {
        let Some(rows) = self.around.store.personal_data(person).await? else { return Ok(None) };
        // First: what is not traced is not given.
        let line = self.audit.line(Entry::new(Event::PersonExported).person(Some(person)).by(by));
        self.around.store.record(line).await?;
        audit::kept(Event::PersonExported, None);
        Ok(Some(self.written(person, &rows)))
    }

    /// Traces that nothing of it was kept, as whoever asked for it says.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn personal_data_not_kept(&self, person: &NationalId, by: &str) -> Result<(), StoreError> {
        self.around.store.record(self.audit.line(Entry::new(Event::PersonExportFailed).person(Some(person)).by(by))).await?;
        audit::kept(Event::PersonExportFailed, None);
        Ok(())
    }

    fn written(&self, person: &NationalId, rows: &PersonalData) -> Value {
        // One that no key opens any more tells nobody anything.
        let identity = rows.identities_sealed.iter().find_map(|(id, sealed)| unseal_practitioner(&self.around.vault, id, sealed).ok());
        json!({
            "identifiant_national": person.expose(),
            "exporte_le": moment(self.around.clock.now()),
            "compte": rows.account.map(|account| json!({
                "cree_le": moment(account.created_at),
                "derniere_connexion_le": account.last_sign_in_at.map(moment),
            })),
            "identite": identity,
            "postes_connus": rows.pairs.iter().map(workstation).collect::<Vec<_>>(),
            "sessions": rows.sessions.iter().map(session).collect::<Vec<_>>(),
            "tentatives": rows.attempts.iter().map(attempt).collect::<Vec<_>>(),
            "journal_d_audit": rows.lines.iter().map(line).collect::<Vec<_>>(),
        })
    }
}

fn workstation(known: &KnownOn) -> Value {
    json!({
        "poste": known.jkt,
        "nom": known.label,
        "connu_depuis": moment(known.created_at),
        "derniere_connexion_le": moment(known.last_sign_in_at),
        "derniere_situation": known.last_situation_id,
    })
}

fn session(row: &SessionRow) -> Value {
    json!({
        "connexion": row.sign_in_id.0,
        "poste": row.jkt,
        "ouverte_le": moment(row.created_at),
        "derniere_activite_le": moment(row.last_activity_at),
        "finit_le": moment(row.idle_ends_at().min(row.absolute_ends_at)),
        "situation": row.situation_id.as_ref().map(|id| &id.0),
        "fin": row.ended,
        "finie_le": row.ended_at.map(moment),
    })
}

fn attempt(row: &AttemptRow) -> Value {
    json!({
        "connexion": row.id,
        "etat": row.state,
        "code": row.code,
        "echange": row.exchange,
        "commencee_le": moment(row.began_at),
        "poste": row.jkt,
        "adresse_de_l_application": row.app_address,
        "adresse_du_navigateur": row.browser_address,
    })
}

fn line(row: &AuditRow) -> Value {
    json!({
        "numero": row.id,
        "date": moment(row.at),
        "evenement": row.event,
        "connexion": row.sign_in_id,
        "poste": row.jkt,
        "adresse": row.address,
        "code": row.error_code,
        "groupe": row.group_name,
        "par": row.actor,
    })
}

/// RFC 3339, UTC.
fn moment(at: Timestamp) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}
