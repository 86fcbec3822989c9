//! In English.

use vestibule_model::exchange::OwnSession;
use vestibule_model::language::Language;
use vestibule_model::practitioner::Practitioner;
use vestibule_model::session::SessionEnd;

use super::SessionWords;
use crate::words::English;

impl SessionWords for English {
    fn situations(&self, command: &str) -> String {
        format!("Practice situations (choose with “{command}”):")
    }

    fn no_situation(&self) -> &'static str {
        "No practice situation is registered for this person."
    }

    fn person(&self, practitioner: &Practitioner) -> String {
        practitioner.display_name(Language::En)
    }

    fn no_profession(&self) -> &'static str {
        "No profession given by Pro\u{a0}Santé\u{a0}Connect"
    }

    fn first_time_here(&self) -> &'static str {
        "First sign-in on this workstation."
    }

    fn open_while_active(&self, minutes: u32, latest: &str) -> String {
        format!("Session open: {} left if you do nothing, until {latest} at the latest", in_minutes(minutes))
    }

    fn open_until(&self, minutes: u32, latest: &str) -> String {
        format!("Session open: {} left at most ({latest})", in_minutes(minutes))
    }

    fn activity_counts_not(&self) -> &'static str {
        "Activity that other software speaks of does not count on this workstation: the setting activity_source is not caller there."
    }

    fn activity_not_on_shared(&self) -> &'static str {
        "Activity that other software speaks of does not count on a shared workstation: somebody else could be working there."
    }

    fn time_of_day(&self, hour: u32, minute: u32) -> String {
        format!("{hour:02}:{minute:02}")
    }

    fn own_session(&self, session: &OwnSession) -> String {
        let label = session.device_label.as_deref().unwrap_or("Unnamed workstation");
        let here = if session.is_this { " (this workstation)" } else { "" };
        let locked = if session.locked { " · locked" } else { "" };
        let (opened, active) = (gone_by(session.opened_s_ago), gone_by(session.active_s_ago));
        format!("{label}{here}{locked} · open for {opened} · last activity {active} ago")
    }

    fn sessions_ended(&self, count: u32) -> String {
        match count {
            0 => "No session was open on another workstation.".to_owned(),
            1 => "One session has been closed on another workstation.".to_owned(),
            count => format!("{count} sessions have been closed on other workstations."),
        }
    }

    fn nobody(&self) -> &'static str {
        "Nobody is signed in."
    }

    /// In the words of the window.
    fn ended(&self, reason: Option<SessionEnd>) -> &'static str {
        match reason {
            Some(SessionEnd::Idle) => "The session is over. It was closed for lack of activity.",
            Some(SessionEnd::Expired) => "The session is over. It reached its longest duration.",
            Some(SessionEnd::SignedOut) => "The session is over. Sign-out was requested.",
            Some(SessionEnd::Closed) => "The session is over. The app closed it, without closing the one at Pro Santé Connect.",
            Some(SessionEnd::Revoked) => "The session is over. It was closed as a precaution: its authorisation may have been copied.",
            Some(SessionEnd::Replaced) => "The session is over. Another session took its place on this workstation.",
            Some(SessionEnd::Disowned) => {
                "The session is over. It was closed from the browser: the person says that the sign-in was not theirs."
            }
            Some(SessionEnd::Forgotten) => {
                "The session is over. This workstation was forgotten, at the request of the person or of support."
            }
            Some(SessionEnd::Administrator) => "The session is over. Support closed it.",
            Some(SessionEnd::EndedElsewhere) => "The session is over. The person closed it from another workstation.",
            None => "The session is over. The sign-in server no longer knows why.",
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
        0 => "less than a minute".to_owned(),
        1 => "a minute".to_owned(),
        minutes @ ..60 => format!("{minutes} minutes"),
        minutes => format!("{} h {:02}", minutes / 60, minutes % 60),
    }
}
