//! What to tell the ANS within twelve hours of a security incident (EXI 27): the security events of a period, counted and told, nobody named.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveTime};
use serde::Serialize;
use vestibule_model::ErrorCode;
use vestibule_model::wire::printable;

use super::{device, moment, narration, stamp};
use crate::audit::Event;
use crate::clock::Timestamp;
use crate::store::{AuditRow, PeriodLines};

/// Most lines of the trail that are read for one period.
pub const PERIOD_LINES: u32 = 200_000;

/// The security events of a period.
#[derive(Debug, Serialize)]
pub struct Incidents {
    from: String,
    until: String,
    #[serde(skip)]
    bounds: (Timestamp, Timestamp),
    /// Whether the period holds more lines than were read: what is told is of its beginning.
    is_cut: bool,
    /// How many of each kind, by the name of the event.
    counts: BTreeMap<&'static str, u64>,
    /// Different people that the trail names on these lines.
    people: usize,
    devices: usize,
    addresses: usize,
    events: Vec<Incident>,
}

#[derive(Debug, Serialize)]
struct Incident {
    #[serde(skip)]
    moment: Timestamp,
    #[serde(skip)]
    kind: Event,
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_id: Option<String>,
    /// The same number for the same person within one answer; the trail itself says who.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
}

impl Incidents {
    /// Out of the lines of the trail from `from` on and before `until`.
    pub fn of(from: Timestamp, until: Timestamp, lines: &PeriodLines) -> Self {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let told = lines
            .lines
            .iter()
            .filter_map(|line| Event::from_name(&line.event).filter(|event| event.is_security()).map(|kind| (line, kind)));
        let events: Vec<Incident> = told
            .map(|(line, kind)| {
                let person = line.national_id.as_deref().map(|id| {
                    let next = numbers.len() + 1;
                    *numbers.entry(id).or_insert(next)
                });
                Incident::of(line, kind, person)
            })
            .collect();
        let mut counts = BTreeMap::new();
        events.iter().for_each(|incident| *counts.entry(incident.event).or_default() += 1);
        let different = |of: fn(&Incident) -> Option<&String>| events.iter().filter_map(of).collect::<BTreeSet<_>>().len();
        Self {
            from: stamp(from),
            until: stamp(until),
            bounds: (from, until),
            is_cut: lines.is_cut,
            counts,
            people: numbers.len(),
            devices: different(|incident| incident.device.as_ref()),
            addresses: different(|incident| incident.address.as_ref()),
            events,
        }
    }

    /// For a person, in French.
    pub fn to_text(&self) -> String {
        let (from, until) = (moment(self.bounds.0), moment(self.bounds.1));
        let mut text = format!("Évènements de sécurité du {from} au {until} (UTC)\u{a0}: {}\n", self.events.len());
        if self.is_cut {
            text.push_str(
                "La période contient plus de lignes que cette commande n’en lit\u{a0}: seul son début est ici. Raccourcissez-la.\n",
            );
        }
        if self.events.is_empty() {
            return text;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Personnes\u{a0}: {}. Postes\u{a0}: {}. Adresses\u{a0}: {}.\n", self.people, self.devices, self.addresses);
        for (name, count) in &self.counts {
            let sentence = Event::from_name(name).map(narration::told).unwrap_or_default();
            let _ = writeln!(text, "{count:>6}  {sentence} ({name})");
        }
        text.push('\n');
        self.events.iter().for_each(|incident| text.push_str(&incident.to_text()));
        text.push_str(
            "\nCes lignes ne nomment personne\u{a0}: l’identifiant national n’est que dans la table «\u{a0}audit\u{a0}» de la base.\n\
             EXI PSC 27\u{a0}: l’ANS doit être prévenue sous 12 heures d’un incident de sécurité\u{202f}; voyez le guide de l’administrateur.\n",
        );
        text
    }
}

impl Incident {
    fn of(line: &AuditRow, kind: Event, person: Option<usize>) -> Self {
        Self {
            moment: line.at,
            kind,
            at: stamp(line.at),
            event: kind.name(),
            sign_in_id: line.sign_in_id.as_deref().map(|id| printable(id, 80)),
            person,
            device: line.jkt.as_deref().map(|jkt| printable(&device(jkt), 80)),
            address: line.address.as_deref().map(|address| printable(address, 80)),
            group: line.group_name.as_deref().map(|group| printable(group, 80)),
            code: line.error_code,
        }
    }

    fn to_text(&self) -> String {
        let details = [
            self.sign_in_id.as_ref().map(|id| format!("connexion {id}")),
            self.person.map(|number| format!("personne {number}")),
            self.device.as_ref().map(|device| format!("poste {device}")),
            self.group.as_ref().map(|group| format!("groupe {group}")),
            self.address.as_ref().map(|address| format!("adresse {address}")),
            self.code.map(|code| code.to_string()),
        ];
        let details = details.into_iter().flatten().collect::<Vec<_>>().join(", ");
        format!("{}  {} ({details})\n", moment(self.moment), narration::told(self.kind))
    }
}

/// Where a period begins: a moment (`2026-11-22T14:30:00Z`), or the first of a day (`2026-11-22`, UTC).
///
/// # Errors
/// Anything else.
pub fn beginning(text: &str) -> Result<Timestamp, chrono::ParseError> {
    moment_or_day(text, |day| day)
}

/// Where a period ends: a moment, or the end of a day, which is within.
///
/// # Errors
/// As [`beginning`].
pub fn end(text: &str) -> Result<Timestamp, chrono::ParseError> {
    moment_or_day(text, |day| day.succ_opt().unwrap_or(day))
}

fn moment_or_day(text: &str, first_of: impl FnOnce(NaiveDate) -> NaiveDate) -> Result<Timestamp, chrono::ParseError> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => Ok(Timestamp(at.timestamp_millis())),
        Err(_) => text.parse().map(|day| Timestamp(first_of(day).and_time(NaiveTime::MIN).and_utc().timestamp_millis())),
    }
}

#[cfg(test)]
mod tests;
