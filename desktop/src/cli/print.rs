//! Results and errors as text.

use std::time::Duration;

use chrono::{Local, TimeZone, Timelike as _};
use serde::Serialize;
use serde_json::{Value, json};
use vestibule_model::language::Language;
use vestibule_model::session::SessionClocks;
use vestibule_model::view::SituationView;
use vestibule_model::{ErrorCode, Session};

use super::Stop;
use crate::engine::screens::{capacities, situation_view};
use crate::words::{self, Words};

/// Title, detail, cause and remedy, with the code and the thread for support.
pub(super) fn stop(stop: &Stop, language: Language) -> String {
    let (explanation, words) = (stop.code.explanation(language), words::of(language));
    let thread = stop.sign_in_id.as_ref().map(|id| format!(" · {id}")).unwrap_or_default();
    let mut text = format!("{}{thread}  {}\n", stop.code, explanation.title);
    text.push_str(&format!("{}\n", message(stop, language)));
    if let Some(cause) = stop.cause {
        text.push_str(&format!("{}\n", words.cause_is(words.cause(cause))));
    }
    text.push_str(&format!("{}\n", remedy(stop, language)));
    text
}

/// The command's own, or the catalogue's cause.
pub(super) fn message(stop: &Stop, language: Language) -> String {
    let told = stop.detail.as_ref().map(|detail| detail.told(words::of(language)));
    told.unwrap_or_else(|| stop.code.explanation(language).cause.to_owned())
}

/// The command's own, the command line's, or the catalogue's.
fn remedy(stop: &Stop, language: Language) -> &'static str {
    let words = words::of(language);
    match (stop.remedy, stop.code) {
        (Some(remedy), _) => remedy,
        (None, ErrorCode::SignInReplaced) => words.replaced_remedy(),
        (None, ErrorCode::SituationUnknown) => words.situation_remedy(),
        (None, code) => stop.cause.and_then(|cause| words.cause_remedy(cause)).unwrap_or(code.explanation(language).remedy),
    }
}

/// The same for a program, which decides on `code` and `cause` and shows the rest.
pub(super) fn error_document(stop: &Stop, language: Language) -> Value {
    let explanation = stop.code.explanation(language);
    let mut error = json!({
        "code": stop.code,
        "title": explanation.title,
        "message": message(stop, language),
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
        "display_name": practitioner.display_name(Language::Fr),
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
pub(super) fn session_text(session: &Session, words: &dyn Words) -> String {
    person_text(session, words) + &time_text(&session.clocks, &Local, words)
}

/// Who is signed in, or was identified.
pub(super) fn person_text(session: &Session, words: &dyn Words) -> String {
    let practitioner = &session.practitioner;
    let mut text = format!("{}\n", words.person(practitioner));
    match session.situation_id.as_ref().and_then(|id| practitioner.situation(id)) {
        Some((practice, situation)) => text.push_str(&format!("{}\n", line(&situation_view(practice, situation)))),
        None => match capacities(practitioner).as_str() {
            "" => text.push_str(&format!("{}\n", words.no_profession())),
            capacities => text.push_str(&format!("{capacities}\n")),
        },
    }
    if session.new_workstation {
        text.push_str(&format!("{}\n", words.first_time_here()));
    }
    text
}

/// The nearer of the two ends, then the one at the latest.
fn time_text(clocks: &SessionClocks, zone: &impl TimeZone, words: &dyn Words) -> String {
    let (minutes, latest) = (clocks.idle_in_s.min(clocks.absolute_in_s) / 60, time_of_day(clocks.expires_at_unix_s, zone, words));
    let told = if clocks.idle_in_s < clocks.absolute_in_s {
        words.open_while_active(minutes, &latest)
    } else {
        words.open_until(minutes, &latest)
    };
    format!("{told}\n")
}

/// One situation in one line.
pub(super) fn line(situation: &SituationView) -> String {
    let parts = [Some(situation.capacity.as_str()), situation.place.as_deref(), situation.mode.as_deref(), situation.role.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The list to choose from.
pub(super) fn situations_text(session: &Session, words: &dyn Words) -> String {
    let chosen = session.situation_id.as_ref().map(|id| id.0.as_str());
    let all = situations(session);
    if all.is_empty() {
        return format!("{}\n", words.no_situation());
    }
    let lines = all.iter().map(|situation| {
        let mark = if chosen == Some(situation.id.as_str()) { "*" } else { " " };
        format!("{mark} {}  {}\n", situation.id, line(situation))
    });
    lines.collect()
}

/// As a clock on the wall here shows it.
pub(super) fn time_of_day(unix_s: u64, zone: &impl TimeZone, words: &dyn Words) -> String {
    let there = i64::try_from(unix_s).ok().and_then(|seconds| zone.timestamp_opt(seconds, 0).single());
    there.map_or_else(|| rfc_3339(unix_s), |time| words.time_of_day(time.hour(), time.minute()))
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

/// As every document has it.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use vestibule_model::session::SessionClocks;

    use chrono::FixedOffset;

    use vestibule_model::language::Language;

    use super::{rfc_3339, time_text};
    use crate::words;

    #[test]
    fn the_time_told_is_that_of_the_nearer_end() {
        let clocks = SessionClocks { idle_in_s: 900, idle_limit_s: 900, absolute_in_s: 14_340, expires_at_unix_s: 1_800_014_400 };
        let paris = FixedOffset::east_opt(3600).expect("an hour");
        assert_eq!(
            time_text(&clocks, &paris, words::of(Language::Fr)),
            "Session ouverte, encore 15 minutes sans activité, et jusqu’à 13\u{a0}h\u{a0}00 au plus tard\n"
        );
        let last = SessionClocks { absolute_in_s: 100, ..clocks };
        let cayenne = FixedOffset::west_opt(3 * 3600).expect("three hours");
        assert_eq!(time_text(&last, &cayenne, words::of(Language::Fr)), "Session ouverte, encore 1 minute au plus (09\u{a0}h\u{a0}00)\n");
    }

    #[test]
    fn a_time_that_is_left_is_never_said_to_be_more() {
        for (seconds, told) in [
            (120, "2\u{a0}minutes"),
            (119, "1\u{a0}min\u{a0}59\u{a0}s"),
            (61, "1\u{a0}min\u{a0}1\u{a0}s"),
            (60, "une minute"),
            (59, "59\u{a0}secondes"),
            (1, "une seconde"),
        ] {
            assert_eq!(words::of(Language::Fr).lasting(seconds), told);
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
