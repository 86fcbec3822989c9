//! What became of one sign-in, in the order in which it happened: the trail, what is left of the attempt and of its session, and the logs.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;
use vestibule_model::wire::printable;

use super::log_lines::{LogEntry, title};
use super::{device, moment, narration, stamp};
use crate::audit::Event;
use crate::clock::Timestamp;
use crate::store::{AuditRow, SignInRecord};

/// The story of one sign-in. Nobody is named in it.
#[derive(Debug, Serialize)]
pub struct Story {
    sign_in_id: String,
    /// Beginning of the thumbprint of each key that is named: one, unless somebody else had a hand in it.
    devices: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_label: Option<String>,
    groups: BTreeSet<String>,
    addresses: BTreeSet<String>,
    /// How far it came, while the companion still keeps the attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<AttemptTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionTold>,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct AttemptTold {
    exchange: &'static str,
    state: &'static str,
    #[serde(skip)]
    told: String,
    began_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
}

#[derive(Debug, Serialize)]
struct SessionTold {
    is_open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'static str>,
    #[serde(skip)]
    told: String,
}

#[derive(Debug, Serialize)]
struct Step {
    #[serde(skip)]
    moment: Timestamp,
    at: String,
    /// `audit`, or the file of the logs.
    source: String,
    /// Name of the event, of the trail only.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_security: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_trouble: bool,
    said: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
}

impl Story {
    /// Puts together what is known; `None` when nothing is. `now` tells an open session from one that ran out.
    pub fn of(id: &SignInId, record: &SignInRecord, logs: Vec<LogEntry>, now: Timestamp) -> Option<Self> {
        if record.lines.is_empty() && record.attempt.is_none() && record.session.is_none() && logs.is_empty() {
            return None;
        }
        let mut steps: Vec<Step> = record.lines.iter().map(Step::of_trail).chain(logs.into_iter().map(Step::of_log)).collect();
        steps.sort_by_key(|step| step.moment);
        let attempt = record.attempt.as_ref();
        let kept = |of: fn(&AuditRow) -> Option<&String>| record.lines.iter().filter_map(of).cloned();
        Some(Self {
            sign_in_id: id.0.clone(),
            devices: kept(|line| line.jkt.as_ref()).chain(attempt.map(|attempt| attempt.jkt.clone())).map(|jkt| device(&jkt)).collect(),
            device_label: attempt.and_then(|attempt| attempt.device_label.as_deref()).map(|label| printable(label, 80)),
            groups: kept(|line| line.group_name.as_ref()).chain(attempt.and_then(|attempt| attempt.group_name.clone())).collect(),
            addresses: kept(|line| line.address.as_ref()).collect(),
            attempt: attempt.map(|attempt| AttemptTold {
                exchange: attempt.exchange.name(),
                state: attempt.state.name(),
                told: format!(
                    "demandée le {} (UTC), par {}\u{202f}; {}{}",
                    moment(attempt.began_at),
                    narration::exchange(attempt.exchange),
                    narration::state(attempt.state),
                    narration::left_unanswered(attempt)
                ),
                began_at: stamp(attempt.began_at),
                code: attempt.code,
            }),
            session: record.session.as_ref().map(|session| {
                let (is_open, ended, told) = match session.over {
                    Some((end, at)) => (false, Some(end.name()), format!("fermée le {} (UTC)\u{a0}: {}", moment(at), narration::end(end))),
                    None if session.ends_at <= now => (false, None, format!("expirée le {} (UTC)", moment(session.ends_at))),
                    None => {
                        let (since, active) = (moment(session.began_at), moment(session.last_activity_at));
                        (true, None, format!("ouverte depuis le {since}, dernière activité le {active} (UTC)"))
                    }
                };
                SessionTold { is_open, ended, told }
            }),
            steps,
        })
    }

    /// For a person, in French.
    pub fn to_text(&self) -> String {
        let mut text = format!("Connexion {}\n", self.sign_in_id);
        let joined = |words: &BTreeSet<String>| words.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let devices = match &self.device_label {
            Some(label) => format!("{} ({label})", joined(&self.devices)),
            None => joined(&self.devices),
        };
        let facts = [
            ("Poste", devices),
            ("Groupe", joined(&self.groups)),
            ("Adresses", joined(&self.addresses)),
            ("Tentative", self.attempt.as_ref().map(|attempt| attempt.told.clone()).unwrap_or_default()),
            ("Session", self.session.as_ref().map(|session| session.told.clone()).unwrap_or_default()),
        ];
        for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name}\u{a0}: {fact}");
        }
        if self.steps.is_empty() {
            text.push_str("\nLe journal d’audit n’en a aucune ligne\u{a0}: la personne n’a pas été identifiée.\n");
        } else {
            text.push_str("\nHeures en UTC.\n");
        }
        self.steps.iter().for_each(|step| text.push_str(&step.to_text()));
        if let Some(code) = self.last_code() {
            let explanation = code.explanation(Language::Fr);
            let _ = writeln!(text, "\n{code}\u{a0}: {}\n{}\n{}", explanation.title, explanation.cause, explanation.remedy);
        }
        text
    }

    /// What stopped it: what its app was told, or the last thing that went wrong.
    fn last_code(&self) -> Option<ErrorCode> {
        let of_steps = || self.steps.iter().rev().find_map(|step| step.code);
        self.attempt.as_ref().and_then(|attempt| attempt.code).or_else(of_steps)
    }
}

impl Step {
    fn of_trail(line: &AuditRow) -> Self {
        let event = Event::from_name(&line.event);
        let mut said =
            event.map_or_else(|| format!("Évènement d’une autre version\u{a0}: {}.", line.event), |event| narration::told(event).into());
        if let Some(actor) = &line.actor {
            let _ = write!(said, " Par\u{a0}: {}.", printable(actor, 120));
        }
        Self {
            moment: line.at,
            at: stamp(line.at),
            source: "audit".into(),
            event: Some(line.event.clone()),
            is_security: event.is_some_and(Event::is_security),
            is_trouble: false,
            said,
            code: line.error_code,
        }
    }

    fn of_log(line: LogEntry) -> Self {
        Self {
            moment: line.at,
            at: stamp(line.at),
            source: line.source,
            event: None,
            is_security: false,
            is_trouble: line.is_trouble,
            said: line.text,
            code: line.code,
        }
    }

    fn to_text(&self) -> String {
        let mark = match (self.is_security, self.is_trouble) {
            (true, _) => "SÉCURITÉ ",
            (_, true) => "ATTENTION ",
            _ => "",
        };
        let said = if self.event.is_some() { self.said.clone() } else { format!("{}\u{a0}: «\u{a0}{}\u{a0}»", self.source, self.said) };
        let code = self.code.map(|code| format!(" [{code}\u{a0}: {}]", title(code))).unwrap_or_default();
        format!("{}  {mark}{said}{code}\n", moment(self.moment))
    }
}

#[cfg(test)]
mod tests;
