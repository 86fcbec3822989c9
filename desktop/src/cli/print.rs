//! Results and errors as text.

use chrono::{Local, TimeZone, Timelike as _};
use serde::Serialize;
use serde_json::{Value, json};
use vestibule_model::language::Language;
use vestibule_model::session::SessionClocks;
use vestibule_model::view::SituationView;
use vestibule_model::{ErrorCode, Session};

use super::Stop;
use crate::companion::Cause;
use crate::engine::screens::{capacities, situation_view};

/// Title, detail, cause and remedy, with the code and the thread for support.
pub(super) fn stop(stop: &Stop, language: Language) -> String {
    let explanation = stop.code.explanation(language);
    let thread = stop.sign_in_id.as_ref().map(|id| format!(" · {id}")).unwrap_or_default();
    let mut text = format!("{}{thread}  {}\n", stop.code, explanation.title);
    match &stop.detail {
        Some(detail) => text.push_str(&format!("{detail}\n")),
        None => text.push_str(&format!("{}\n", explanation.cause)),
    }
    if let Some(cause) = stop.cause {
        let label = match language {
            Language::Fr => "Cause\u{a0}:",
            Language::En => "Cause:",
        };
        text.push_str(&format!("{label} {}.\n", cause.told(language)));
    }
    text.push_str(&format!("{}\n", remedy(stop, language)));
    text
}

/// Whether the way to the server is there, so that what is wrong is the server or its address.
fn is_of_the_server(cause: Cause) -> bool {
    matches!(cause, Cause::ConnectionRefused | Cause::AnswerTimedOut | Cause::CutOff)
}

/// Whether nothing tells the server from the way to it.
fn is_of_either(cause: Cause) -> bool {
    matches!(cause, Cause::NoAnswer | Cause::ConnectTimedOut)
}

/// The command's own, the command line's, or the catalogue's.
fn remedy(stop: &Stop, language: Language) -> &'static str {
    match (stop.remedy, stop.code, language) {
        (Some(remedy), ..) => remedy,
        (None, ErrorCode::CompanionUnreachable, Language::Fr) if stop.cause.is_some_and(is_of_the_server) => {
            "Réessayez dans une minute. Si cela se répète, prévenez votre administrateur\u{a0}: le service est arrêté ou bloqué, ou son adresse est mal réglée."
        }
        (None, ErrorCode::CompanionUnreachable, Language::En) if stop.cause.is_some_and(is_of_the_server) => {
            "Try again in a minute. If it happens again, tell your administrator: the service is stopped or blocked, or its address is set wrongly."
        }
        (None, ErrorCode::CompanionUnreachable, Language::Fr) if stop.cause.is_some_and(is_of_either) => {
            "Vérifiez que le poste est relié au réseau, puis réessayez. S’il l’est, prévenez votre administrateur\u{a0}: le service est peut-être arrêté ou bloqué."
        }
        (None, ErrorCode::CompanionUnreachable, Language::En) if stop.cause.is_some_and(is_of_either) => {
            "Check that the workstation is connected to the network, then try again. If it is, tell your administrator: the service may be stopped or blocked."
        }
        (None, ErrorCode::SignInReplaced, Language::Fr) => {
            "Vous pouvez fermer l’onglet de cette connexion. «\u{a0}vestibule status\u{a0}» dit qui est connecté."
        }
        (None, ErrorCode::SignInReplaced, Language::En) => "You can close this sign-in’s tab. “vestibule status” tells who is signed in.",
        (None, ErrorCode::SituationUnknown, Language::Fr) => {
            "Une fois connecté sans --situation, «\u{a0}vestibule situation\u{a0}» en donne la liste\u{a0}; «\u{a0}first\u{a0}» prend la première. Si celle-ci devrait y être, faites corriger votre inscription auprès de votre ordre ou de l’organisme qui vous enregistre."
        }
        (None, ErrorCode::SituationUnknown, Language::En) => {
            "Signed in without --situation, “vestibule situation” lists them; “first” takes the first one. If this one should be there, have your registration corrected by your professional body."
        }
        (None, code, language) => code.explanation(language).remedy,
    }
}

/// The same for a program, which decides on `code` and `cause` and shows the rest.
pub(super) fn error_document(stop: &Stop, language: Language) -> Value {
    let explanation = stop.code.explanation(language);
    let mut error = json!({
        "code": stop.code,
        "title": explanation.title,
        "message": stop.detail.as_deref().unwrap_or(explanation.cause),
        "remedy": remedy(stop, language),
        "sign_in_id": stop.sign_in_id,
    });
    if let Some(cause) = stop.cause {
        error["cause"] = json!(cause);
    }
    if let Some(ended) = stop.ended {
        error["ended"] = json!(ended);
    }
    json!({"error": error})
}

/// One document and a line end.
pub(super) fn json(document: &impl Serialize) -> Result<String, Stop> {
    let text = serde_json::to_string_pretty(document).map_err(|_| Stop::of(ErrorCode::AppFault))?;
    Ok(format!("{text}\n"))
}

/// The session as a program reads it. The national id belongs here: the command line is the service's own client.
pub(super) fn session_document(session: &Session) -> Value {
    let practitioner = &session.practitioner;
    let chosen = session.situation_id.as_ref().and_then(|id| practitioner.situation(id));
    json!({
        "sign_in_id": session.sign_in_id,
        "national_id": practitioner.national_id.expose(),
        "display_name": practitioner.display_name(),
        "profession": chosen.map_or_else(|| capacities(practitioner), |(practice, _)| practice.capacity()),
        "situation": chosen.map(|(practice, situation)| situation_view(practice, situation)),
        "environment": session.environment,
        "means": session.means,
        "identity_changed": session.identity_changed,
        "new_workstation": session.new_workstation,
        "expires_at": rfc_3339(session.clocks.expires_at_unix_s),
        "idle_in_s": session.clocks.idle_in_s,
    })
}

/// Every situation, for the list.
pub(super) fn situations(session: &Session) -> Vec<SituationView> {
    session.practitioner.situations().map(|(practice, situation)| situation_view(practice, situation)).collect()
}

/// The session as a person reads it.
pub(super) fn session_text(session: &Session) -> String {
    person_text(session) + &time_text(&session.clocks, &Local)
}

/// Who is signed in, or was identified.
pub(super) fn person_text(session: &Session) -> String {
    let practitioner = &session.practitioner;
    let mut text = format!("{}\n", practitioner.display_name());
    match session.situation_id.as_ref().and_then(|id| practitioner.situation(id)) {
        Some((practice, situation)) => text.push_str(&format!("{}\n", line(&situation_view(practice, situation)))),
        None => match capacities(practitioner).as_str() {
            "" => text.push_str("Aucune profession transmise par Pro\u{a0}Santé\u{a0}Connect\n"),
            capacities => text.push_str(&format!("{capacities}\n")),
        },
    }
    if session.new_workstation {
        text.push_str("Première connexion sur ce poste.\n");
    }
    text
}

/// The nearer of the two ends, then the one at the latest.
fn time_text(clocks: &SessionClocks, zone: &impl TimeZone) -> String {
    let (minutes, latest) = (clocks.idle_in_s.min(clocks.absolute_in_s) / 60, time_of_day(clocks.expires_at_unix_s, zone));
    let unit = if minutes < 2 { "minute" } else { "minutes" };
    if clocks.idle_in_s < clocks.absolute_in_s {
        return format!("Session ouverte, encore {minutes} {unit} sans activité, et jusqu’à {latest} au plus tard\n");
    }
    format!("Session ouverte, encore {minutes} {unit} au plus ({latest})\n")
}

/// One situation in one line.
pub(super) fn line(situation: &SituationView) -> String {
    let parts = [Some(situation.capacity.as_str()), situation.place.as_deref(), situation.mode.as_deref(), situation.role.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The list to choose from.
pub(super) fn situations_text(session: &Session) -> String {
    let chosen = session.situation_id.as_ref().map(|id| id.0.as_str());
    let all = situations(session);
    if all.is_empty() {
        return "Aucune situation d’exercice n’est enregistrée pour cette personne.\n".to_owned();
    }
    let lines = all.iter().map(|situation| {
        let mark = if chosen == Some(situation.id.as_str()) { "*" } else { " " };
        format!("{mark} {}  {}\n", situation.id, line(situation))
    });
    lines.collect()
}

/// As a clock on the wall here shows it: "14 h 05".
fn time_of_day(unix_s: u64, zone: &impl TimeZone) -> String {
    let there = i64::try_from(unix_s).ok().and_then(|seconds| zone.timestamp_opt(seconds, 0).single());
    there.map_or_else(|| rfc_3339(unix_s), |time| format!("{:02}\u{a0}h\u{a0}{:02}", time.hour(), time.minute()))
}

/// Whole minutes, rounded down so that nobody counts on more than there is; below two, to the second, for that is where it matters.
pub(super) fn lasting(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, 0 | 1) => "une seconde".to_owned(),
        (0, seconds) => format!("{seconds}\u{a0}secondes"),
        (1, 0) => "une minute".to_owned(),
        (1, seconds) => format!("1\u{a0}minute\u{a0}{seconds:02}"),
        (minutes, _) => format!("{minutes}\u{a0}minutes"),
    }
}

/// RFC 3339 in UTC, to the second.
fn rfc_3339(unix_s: u64) -> String {
    let (days, second) = (unix_s / 86_400, unix_s % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second % 3600 / 60, second % 60)
}

/// Days since 1970 to a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use vestibule_model::session::SessionClocks;

    use chrono::FixedOffset;

    use super::{lasting, rfc_3339, time_text};

    #[test]
    fn the_time_told_is_that_of_the_nearer_end() {
        let clocks = SessionClocks { idle_in_s: 900, idle_limit_s: 900, absolute_in_s: 14_340, expires_at_unix_s: 1_800_014_400 };
        let paris = FixedOffset::east_opt(3600).expect("an hour");
        assert_eq!(
            time_text(&clocks, &paris),
            "Session ouverte, encore 15 minutes sans activité, et jusqu’à 13\u{a0}h\u{a0}00 au plus tard\n"
        );
        let last = SessionClocks { absolute_in_s: 100, ..clocks };
        let cayenne = FixedOffset::west_opt(3 * 3600).expect("three hours");
        assert_eq!(time_text(&last, &cayenne), "Session ouverte, encore 1 minute au plus (09\u{a0}h\u{a0}00)\n");
    }

    #[test]
    fn a_time_that_is_left_is_never_said_to_be_more() {
        for (seconds, told) in [
            (120, "2\u{a0}minutes"),
            (119, "1\u{a0}minute\u{a0}59"),
            (61, "1\u{a0}minute\u{a0}01"),
            (60, "une minute"),
            (59, "59\u{a0}secondes"),
            (1, "une seconde"),
        ] {
            assert_eq!(lasting(seconds), told);
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix_s, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_800_000_000, "2027-01-15T08:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc_3339(unix_s), text);
        }
    }
}
