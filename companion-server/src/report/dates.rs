//! When a line of any log was written, as far as it says so: our own, what a collector puts before it, and the forms that the programs beside us use.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::clock::Timestamp;
use crate::support;

/// Bytes of a line in which its date stands.
const HEAD: usize = 160;
/// Words before a date.
const FOREWORDS: usize = 8;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// A clock on the wall is never later than this before UTC.
const FARTHEST_ZONE_MS: i64 = 12 * HOUR_MS;
/// Under what name `journalctl -o json` tells the moment, in millionths of a second.
const JOURNAL_KEY: &str = "\"__REALTIME_TIMESTAMP\":\"";
/// As English, French and systemd shorten them.
const MONTHS: [&[&str]; 12] = [
    &["jan", "janv"],
    &["feb", "fev", "févr", "fév"],
    &["mar", "mars"],
    &["apr", "avr", "avril"],
    &["may", "mai"],
    &["jun", "juin"],
    &["jul", "juil", "juillet"],
    &["aug", "août", "aou"],
    &["sep", "sept"],
    &["oct"],
    &["nov"],
    &["dec", "déc"],
];

/// The latest moment that its line may mean: where no zone is named, any. `now` says which year a date without one is of.
pub(super) fn latest(line: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(own) = support::moment_of(line) {
        return Some(own);
    }
    let head = &line[..line.floor_char_boundary(HEAD)];
    if let Some(at) = line.find(JOURNAL_KEY) {
        let figures = line[at + JOURNAL_KEY.len()..].split('"').next()?;
        return figures.parse::<i64>().ok().map(|micros| Timestamp(micros / 1000));
    }
    let is_before_word = |character: char| character.is_whitespace() || matches!(character, '[' | '"' | '(' | '<' | '>' | '=');
    let begins = std::iter::once(0).chain(head.match_indices(is_before_word).map(|(at, sign)| at + sign.len()));
    begins.take(FOREWORDS).find_map(|at| {
        let rest = &head[at..];
        iso(rest).or_else(|| of_web_server(rest)).or_else(|| without_year(rest, now)).or_else(|| epoch(rest).filter(|_| at == 0))
    })
}

fn zoned(at: NaiveDateTime, zone: Option<i64>) -> Timestamp {
    let wall = at.and_utc().timestamp_millis();
    Timestamp(zone.map_or(wall + FARTHEST_ZONE_MS, |seconds| wall - seconds * 1000))
}

fn number(text: &str, from: usize, digits: usize) -> Option<u32> {
    let part = text.get(from..from + digits)?;
    part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
}

/// `15:28:23` here.
fn time(text: &str, from: usize) -> Option<NaiveTime> {
    let is_parted = text.get(from + 2..from + 3) == Some(":") && text.get(from + 5..from + 6) == Some(":");
    let (hour, minute, second) = (number(text, from, 2)?, number(text, from + 3, 2)?, number(text, from + 6, 2)?);
    NaiveTime::from_hms_opt(hour, minute, second).filter(|_| is_parted)
}

/// `Z`, `+01:00`, `+0100`, in seconds before UTC.
fn zone(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(' ');
    if text.starts_with('Z') || text.starts_with("UTC") || text.starts_with("GMT") {
        return Some(0);
    }
    let sign = if text.starts_with('+') { 1 } else { -1 };
    let rest = text.strip_prefix(['+', '-'])?;
    let minutes = if rest.get(2..3) == Some(":") { 3 } else { 2 };
    Some(sign * (i64::from(number(rest, 0, 2)?) * 3600 + i64::from(number(rest, minutes, 2)?) * 60))
}

/// `2026-11-28T15:28:23.123+01:00`, `2026/11/28 15:28:23`, `2026-11-28 15:28:23,123`.
fn iso(text: &str) -> Option<Timestamp> {
    let sign = text.get(4..5).filter(|sign| matches!(*sign, "-" | "/"))?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(text, 0, 4)?).ok()?, number(text, 5, 2)?, number(text, 8, 2)?)?;
    if text.get(7..8) != Some(sign) || !matches!(text.get(10..11), Some("T" | " ")) {
        return None;
    }
    let rest = &text[19.min(text.len())..];
    let fraction = rest.strip_prefix(['.', ',']).map_or(0, |rest| 1 + rest.bytes().take_while(u8::is_ascii_digit).count());
    Some(zoned(date.and_time(time(text, 11)?), zone(&rest[fraction..])))
}

/// `28/Nov/2026:15:28:23 +0100`.
fn of_web_server(text: &str) -> Option<Timestamp> {
    let is_parted = [(2, "/"), (6, "/"), (11, ":")].iter().all(|(at, sign)| text.get(*at..at + 1) == Some(sign));
    let month = month(text.get(3..6).filter(|_| is_parted)?)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(text, 7, 4)?).ok()?, month, number(text, 0, 2)?)?;
    Some(zoned(date.and_time(time(text, 12)?), text.get(20..).and_then(zone)))
}

/// `Nov 28 15:28:23`, `nov. 28 15:28:23`, `28 nov. 15:28:23`.
fn without_year(text: &str, now: Timestamp) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (one, two, clock) = (words.next()?, words.next()?, words.next()?);
    let (month, day) = month(one).zip(day(two)).or_else(|| month(two).zip(day(one)))?;
    let time = time(clock, 0)?;
    let this_year = chrono::Datelike::year(&DateTime::from_timestamp_millis(now.0)?);
    // Of the years that it may be of, the last that is not still to come.
    let dates = [this_year + 1, this_year, this_year - 1].into_iter().filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
    dates.map(|date| zoned(date.and_time(time), None)).find(|at| at.0 - FARTHEST_ZONE_MS <= now.0.saturating_add(24 * HOUR_MS))
}

fn day(word: &str) -> Option<u32> {
    word.parse().ok().filter(|day| (1..=31).contains(day))
}

fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.').to_lowercase();
    let at = MONTHS.iter().position(|names| names.contains(&word.as_str()))?;
    u32::try_from(at + 1).ok()
}

/// `1795879703.123456 poste prog: …`, as `journalctl -o short-unix` has it.
fn epoch(text: &str) -> Option<Timestamp> {
    let (seconds, rest) = text.split_once('.')?;
    let is_moment = seconds.len() == 10 && rest.bytes().take_while(u8::is_ascii_digit).count() == 6;
    seconds.parse::<i64>().ok().filter(|_| is_moment).map(|seconds| Timestamp(seconds * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 28 November 2026, noon, UTC.
    const NOW: Timestamp = Timestamp(1_795_867_200_000);

    #[test]
    fn a_line_is_dated_in_whatever_form_a_journal_has_it() {
        let at = |text: &str| Timestamp(DateTime::parse_from_rfc3339(text).expect("a moment").timestamp_millis());
        for (line, latest_moment) in [
            ("2026-11-22T12:00:03Z  INFO x: Own", "2026-11-22T12:00:03Z"),
            ("nov. 22 13:00:03 serveur companion-server[812]: 2026-11-22T12:00:03Z  INFO x: Own", "2026-11-22T12:00:03Z"),
            ("2026-11-22T13:00:03+0100 serveur systemd[1]: Started", "2026-11-22T12:00:03Z"),
            ("2026-11-22T13:00:03.123456+01:00 serveur systemd[1]: Started", "2026-11-22T12:00:03Z"),
            ("[28/Nov/2026:10:11:12 +0100]", "2026-11-28T09:11:12Z"),
            ("203.0.113.9 - - [28/Nov/2026:10:11:12 +0100] \"GET\"", "2026-11-28T09:11:12Z"),
            ("{\"PRIORITY\":\"6\",\"__REALTIME_TIMESTAMP\":\"1795867200123456\"}", "2026-11-28T12:00:00.123Z"),
            ("1795867200.123456 serveur systemd[1]: Started", "2026-11-28T12:00:00Z"),
            // The zone is not said: it may be any.
            ("2026-11-22 12:00:03,123 INFO [main] x", "2026-11-23T00:00:03Z"),
            ("2026/11/22 12:00:03 [error] 812#812", "2026-11-23T00:00:03Z"),
            ("nov. 22 12:00:03 serveur systemd[1]: Started", "2026-11-23T00:00:03Z"),
            ("Nov  2 12:00:03 serveur systemd[1]: Started", "2026-11-03T00:00:03Z"),
            ("<13>Nov 22 12:00:03 serveur systemd[1]: Started", "2026-11-23T00:00:03Z"),
            ("22 nov. 12:00:03 serveur systemd[1]: Started", "2026-11-23T00:00:03Z"),
            ("août 02 12:00:03 serveur systemd[1]: Started", "2026-08-03T00:00:03Z"),
            // Neither tomorrow’s year nor one that has no such day.
            ("Dec 31 12:00:03 serveur systemd[1]: Started", "2026-01-01T00:00:03Z"),
            ("Nov 29 11:00:03 serveur systemd[1]: Started", "2026-11-29T23:00:03Z"),
        ] {
            assert_eq!(latest(line, NOW), Some(at(latest_moment)), "{line}");
        }
        let new_year = at("2027-01-01T00:30:00Z");
        assert_eq!(latest("Dec 31 23:00:00 x y: z", new_year), Some(at("2027-01-01T11:00:00Z")));
        let eve = at("2026-12-31T23:30:00Z");
        assert_eq!(latest("Jan  1 00:30:00 x y: z", eve), Some(at("2027-01-01T12:30:00Z")), "it is tomorrow there");
        for undated in [
            "",
            "-- Boot 1 --",
            "   at java.base/java.lang.Thread",
            "1795867200",
            "Nov 31 10:00:00 x",
            "12:00:03 x",
            "é".repeat(99).as_str(),
        ] {
            assert_eq!(latest(undated, NOW), None, "{undated}");
        }
    }
}
