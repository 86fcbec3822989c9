//! In French.

use vestibule_model::exchange::OwnSession;
use vestibule_model::language::Language;
use vestibule_model::practitioner::Practitioner;
use vestibule_model::session::SessionEnd;

use super::SessionWords;
use crate::words::French;

impl SessionWords for French {
    fn situations(&self, command: &str) -> String {
        format!("Situations d’exercice (choisissez avec «\u{a0}{command}\u{a0}»)\u{a0}:")
    }

    fn no_situation(&self) -> &'static str {
        "Aucune situation d’exercice n’est enregistrée pour cette personne."
    }

    fn person(&self, practitioner: &Practitioner) -> String {
        practitioner.display_name(Language::Fr)
    }

    fn no_profession(&self) -> &'static str {
        "Aucune profession transmise par Pro\u{a0}Santé\u{a0}Connect"
    }

    fn first_time_here(&self) -> &'static str {
        "Première connexion sur ce poste."
    }

    fn open_while_active(&self, minutes: u32, latest: &str) -> String {
        format!("Session ouverte, encore {} sans activité, et jusqu’à {latest} au plus tard", in_minutes(minutes))
    }

    fn open_until(&self, minutes: u32, latest: &str) -> String {
        format!("Session ouverte, encore {} au plus ({latest})", in_minutes(minutes))
    }

    fn activity_counts_not(&self) -> &'static str {
        "L’activité signalée par un autre logiciel ne compte pas sur ce poste\u{a0}: le paramètre activity_source n’y vaut pas caller."
    }

    fn activity_not_on_shared(&self) -> &'static str {
        "L’activité signalée par un autre logiciel ne compte pas sur un poste partagé\u{a0}: quelqu’un d’autre pourrait y travailler."
    }

    fn time_of_day(&self, hour: u32, minute: u32) -> String {
        format!("{hour:02}\u{a0}h\u{a0}{minute:02}")
    }

    fn own_session(&self, session: &OwnSession) -> String {
        let label = session.device_label.as_deref().unwrap_or("Poste sans nom");
        let here = if session.is_this { " (ce poste)" } else { "" };
        let locked = if session.locked { " · verrouillée" } else { "" };
        let (opened, active) = (gone_by(session.opened_s_ago), gone_by(session.active_s_ago));
        format!("{label}{here}{locked} · ouverte depuis {opened} · dernière activité il y a {active}")
    }

    fn sessions_ended(&self, count: u32) -> String {
        match count {
            0 => "Aucune session n’était ouverte sur un autre poste.".to_owned(),
            1 => "Une session a été fermée sur un autre poste.".to_owned(),
            count => format!("{count}\u{a0}sessions ont été fermées sur d’autres postes."),
        }
    }

    fn nobody(&self) -> &'static str {
        "Personne n’est connecté."
    }

    /// In the words of the window.
    fn ended(&self, reason: Option<SessionEnd>) -> &'static str {
        match reason {
            Some(SessionEnd::Idle) => "La session est terminée. Elle a été fermée faute d’activité.",
            Some(SessionEnd::Expired) => "La session est terminée. Elle a atteint sa durée maximale.",
            Some(SessionEnd::SignedOut) => "La session est terminée. La déconnexion a été demandée.",
            Some(SessionEnd::Closed) => "La session est terminée. L’application l’a fermée, sans fermer celle de Pro Santé Connect.",
            Some(SessionEnd::Revoked) => {
                "La session est terminée. Elle a été fermée par sécurité\u{a0}: son autorisation a peut-être été copiée."
            }
            Some(SessionEnd::Replaced) => "La session est terminée. Une autre session a pris sa place sur ce poste.",
            Some(SessionEnd::Disowned) => {
                "La session est terminée. Elle a été fermée depuis le navigateur\u{a0}: la personne dit ne pas être à l’origine de la connexion."
            }
            Some(SessionEnd::Forgotten) => "La session est terminée. Ce poste a été oublié à la demande de la personne ou du support.",
            Some(SessionEnd::Administrator) => "La session est terminée. Le support l’a fermée.",
            Some(SessionEnd::EndedElsewhere) => "La session est terminée. La personne l’a fermée depuis un autre poste.",
            None => "La session est terminée. Le serveur de connexion n’en connaît plus la raison.",
        }
    }
}

fn in_minutes(minutes: u32) -> String {
    let unit = if minutes < 2 { "minute" } else { "minutes" };
    format!("{minutes} {unit}")
}

/// Whole minutes that went by.
fn gone_by(seconds: u64) -> String {
    match seconds / 60 {
        0 => "moins d’une minute".to_owned(),
        1 => "une minute".to_owned(),
        minutes @ ..60 => format!("{minutes}\u{a0}minutes"),
        minutes => format!("{}\u{a0}h\u{a0}{:02}", minutes / 60, minutes % 60),
    }
}
