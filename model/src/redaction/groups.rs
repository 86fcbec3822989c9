//! Ids that are written in groups: `1 85 05 78 006 084 36`, `100.034.567.89`, `10'003'456'789`. What only looks so stays: dates, versions, decimals,
//! sizes in thousands, times, the loopback.

use super::{Found, Kind, moments};
use crate::redaction::addresses;
use crate::redaction::numbers::{LEAST, digit, end_of_run, is_figure};

/// Figures of the longest id.
const MOST: usize = 15;
/// Figures of a list of short groups: more are none of anybody's.
const LONGEST: usize = 24;
/// Figures of one group, as people write them.
const LONGEST_GROUP: usize = 4;
/// What a size is counted in.
const UNITS: [&str; 14] = ["octets", "bytes", "o", "ko", "Ko", "Mo", "Go", "Kio", "Mio", "Gio", "B", "kB", "KiB", "MiB"];
/// More than the longest of these.
const LONGEST_UNIT: usize = 8;
/// Words before the answers of a server.
const STATUSES: [&str; 7] = ["status", "statuses", "statut", "statuts", "code", "codes", "http"];
/// Strokes between the times of a request, as HAProxy tells them.
const TIMES: usize = 4;
/// Signs between two groups: a dash may have a space on either side.
const LONGEST_GAP: usize = 3;

/// What stands between all groups of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Whatever kind of space.
    Space,
    /// The same sign everywhere; both apostrophes are one.
    Sign(char),
    Mixed,
}

/// Groups of figures in a row, each with what stands before it.
struct Chain {
    groups: Vec<(usize, usize)>,
    gaps: Vec<Gap>,
}

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        if !is_figure(chars, at) {
            at += 1;
            continue;
        }
        if let Some(end) = other(chars, at) {
            at = end;
            continue;
        }
        let (chain, end) = Chain::from(chars, at);
        if !chain.gaps.is_empty() {
            chain.judge(chars, found);
        }
        at = end.max(at + 1);
    }
}

impl Chain {
    /// The one that begins here, and where the next may begin.
    fn from(chars: &[char], start: usize) -> (Self, usize) {
        let mut chain = Self { groups: Vec::new(), gaps: Vec::new() };
        let mut at = start;
        loop {
            let end = end_of_run(chars, at);
            chain.groups.push((at, end));
            match gap(chars, end) {
                Some((gap, next))
                    if chain.groups.len() <= LONGEST && end_of_run(chars, next) - next < LEAST && other(chars, next).is_none() =>
                {
                    chain.gaps.push(gap);
                    at = next;
                }
                _ => return (chain, end),
            }
        }
    }

    fn judge(&self, chars: &[char], found: &mut Vec<Found>) {
        let last = self.gaps.len();
        let timed = self.timed(chars);
        if timed.is_empty() && self.gaps.iter().any(|gap| *gap != self.gaps[0]) && self.is_id(chars, 0, last, Gap::Mixed) {
            found.push(self.found(0, last));
            return;
        }
        // Groups with the same gap between them, one run after another.
        let mut first = 0;
        while first < last {
            if timed.contains(&first) {
                first = timed.end;
                continue;
            }
            let gap = self.gaps[first];
            let most = if first < timed.start { timed.start } else { last };
            let end = first + self.gaps[first..most].iter().take_while(|other| **other == gap).count();
            self.judge_run(chars, first, end, gap, found);
            first = end;
        }
    }

    /// The groups with which a line of a proxy begins: its times, parted by strokes, then a status. `0/0/0/10003/10003 504 194`.
    fn timed(&self, chars: &[char]) -> std::ops::Range<usize> {
        let is_stroke = |gap: &Gap| matches!(gap, Gap::Sign('/') | Gap::Mixed);
        let is_it = |first: &usize| {
            let status = first + TIMES;
            (*first == 0 || !is_stroke(&self.gaps[first - 1]))
                && self.gaps.get(*first..status).is_some_and(|gaps| gaps.iter().all(is_stroke))
                && self.gaps.get(status) == Some(&Gap::Space)
                && is_status(chars, self.groups[status + 1])
        };
        (0..self.gaps.len()).find(is_it).map_or(0..0, |first| first..first + TIMES + 1)
    }

    fn judge_run(&self, chars: &[char], mut first: usize, last: usize, gap: Gap, found: &mut Vec<Found>) {
        if self.is_measured(chars, first, last) || (gap == Gap::Space && self.is_list(chars, first, last)) {
            return;
        }
        let is_short = self.groups[first..=last].iter().all(|(start, end)| end - start <= LONGEST_GROUP);
        if is_short && self.figures(first, last) >= LEAST && matches!(gap, Gap::Space | Gap::Sign('-')) {
            found.push(self.found(first, last));
            return;
        }
        if matches!(gap, Gap::Sign('.') | Gap::Mixed) {
            // A part of a version is none, nor are some columns of a table.
            found.extend((self.figures(first, last) <= MOST && self.is_id(chars, first, last, gap)).then(|| self.found(first, last)));
            return;
        }
        if matches!(gap, Gap::Sign('_')) && self.is_size(chars, first, last) {
            return;
        }
        while first < last {
            let ends = (first + 1..=last).take(MOST).filter(|end| self.figures(first, *end) <= MOST).collect::<Vec<_>>();
            match ends.into_iter().rev().find(|end| self.is_id(chars, first, *end, gap)) {
                Some(end) => {
                    found.push(self.found(first, end));
                    first = end;
                }
                None => first += 1,
            }
        }
    }

    /// `1_073_741_824`: ten figures in thousands, as programs write a size. Ids of ten begin with 0.
    fn is_size(&self, chars: &[char], first: usize, last: usize) -> bool {
        let are_thousands = self.groups[first + 1..=last].iter().all(|(start, end)| end - start == 3);
        are_thousands && self.figures(first, last) == 10 && chars[self.groups[first].0] != '0'
    }

    /// `12 345 678 901 octets`, `bytes=268_435_456`.
    fn is_measured(&self, chars: &[char], first: usize, last: usize) -> bool {
        let are_thousands = self.groups[first + 1..=last].iter().all(|(start, end)| end - start == 3);
        let unit: String = chars[self.groups[last].1..].iter().skip(1).take(LONGEST_UNIT).take_while(|sign| sign.is_alphabetic()).collect();
        are_thousands && (UNITS.contains(&unit.as_str()) || moments::is_announced(chars, self.groups[first].0))
    }

    /// `status=502 502 502`, `latencies 12 15 13 99`, `1 2 4 8 16 32 s`.
    fn is_list(&self, chars: &[char], first: usize, last: usize) -> bool {
        let (start, end) = (self.groups[first].0, self.groups[last].1);
        let before: Vec<char> =
            chars[..start].iter().rev().skip(1).take(LONGEST_UNIT).take_while(|sign| sign.is_alphabetic()).copied().collect();
        let before: String = before.iter().rev().flat_map(|sign| sign.to_lowercase()).collect();
        let are_states = STATUSES.contains(&before.as_str()) && self.groups[first..=last].iter().all(|group| is_status(chars, *group));
        let unit: String =
            chars[end..].iter().take(LONGEST_UNIT).skip_while(|sign| **sign == ' ').take_while(|sign| sign.is_alphabetic()).collect();
        let are_times =
            last - first > 2 && ["s", "ms", "µs", "us", "ns"].contains(&unit.as_str()) && !self.is_id(chars, first, last, Gap::Space);
        are_states || are_times || moments::is_announced(chars, start)
    }

    fn found(&self, first: usize, last: usize) -> Found {
        Found { start: self.groups[first].0, end: self.groups[last].1, kind: Kind::Number }
    }

    fn figures(&self, first: usize, last: usize) -> usize {
        self.groups[first..=last].iter().take(MOST + 1).map(|(start, end)| end - start).sum()
    }

    /// Whether these groups are one, with this gap between them.
    fn is_id(&self, chars: &[char], first: usize, last: usize, gap: Gap) -> bool {
        let (count, groups) = (last - first + 1, &self.groups[first..=last]);
        let start = groups[0].0;
        let figures: Vec<char> = groups.iter().flat_map(|(start, end)| chars[*start..*end].iter().copied()).collect();
        let begins = |signs: &[char]| figures.first().is_some_and(|first| signs.contains(first));
        let is_long = match figures.len() {
            11 => begins(&['1']),
            12 => begins(&['8']),
            13 | 15 => begins(&['1', '2', '3', '4', '7', '8']),
            _ => false,
        };
        // ADELI, FINESS, SIREN; SIRET; ADELI and telephones behind their 0.
        let is_short = (matches!(figures.len(), 9 | 14) && count > 2) || (figures.len() == 10 && begins(&['0']));
        match gap {
            Gap::Mixed => is_long && !self.has_other(chars) && (figures.len() < 13 || has_month(&figures)),
            Gap::Sign('.') => (is_long || is_short) && count > 2 && !is_version(chars, groups) && !addresses::is_version(chars, start),
            Gap::Sign('\'') => figures.len() >= LEAST,
            Gap::Sign(',' | ':' | '+') => is_long && count > 2,
            Gap::Space | Gap::Sign(_) => is_long || is_short,
        }
    }

    /// A decimal at the end, as times and sizes in columns have it (`200 512 0.003`), or a version among them.
    fn has_other(&self, chars: &[char]) -> bool {
        let is_dot = |gap: &Gap| *gap == Gap::Sign('.');
        let dots = self.gaps.iter().filter(|gap| is_dot(gap)).count();
        let runs = (0..self.gaps.len()).filter(|at| is_dot(&self.gaps[*at]) && (*at == 0 || !is_dot(&self.gaps[at - 1])));
        let mut versions = runs.map(|at| at..=at + self.gaps[at..].iter().take_while(|gap| is_dot(gap)).count());
        (dots == 1 && self.gaps.last().is_some_and(is_dot)) || versions.any(|run| is_version(chars, &self.groups[run]))
    }
}

/// `504`.
fn is_status(chars: &[char], (start, end): (usize, usize)) -> bool {
    end - start == 3 && ('1'..='5').contains(&chars[start])
}

/// A month, or what stands for one, in a NIR.
fn has_month(figures: &[char]) -> bool {
    let month = figures[3].to_digit(10).unwrap_or(0) * 10 + figures[4].to_digit(10).unwrap_or(0);
    matches!(month, 1..=12 | 20..=42 | 50..=99)
}

/// What stands between two groups, and where the second begins.
fn gap(chars: &[char], end: usize) -> Option<(Gap, usize)> {
    let is_between = |sign: &&char| sign.is_whitespace() || is_sign(**sign);
    let length = chars[end..].iter().take(LONGEST_GAP + 1).take_while(is_between).count();
    let next = end + length;
    if length == 0 || length > LONGEST_GAP || next >= chars.len() || !is_figure(chars, next) {
        return None;
    }
    let gap = match chars[end] {
        space if length == 1 && space.is_whitespace() => Gap::Space,
        '’' | 'ʼ' | '‘' | '´' | '`' if length == 1 => Gap::Sign('\''),
        sign if length == 1 => Gap::Sign(sign),
        // A list is none: `8414, 9126`.
        _ if chars[end..next].iter().filter(|sign| !sign.is_whitespace()).all(|sign| matches!(sign, '.' | '-' | '/' | '_')) => Gap::Mixed,
        _ => return None,
    };
    Some((gap, next))
}

const fn is_sign(character: char) -> bool {
    matches!(
        character,
        '.' | '-' | '/' | '_' | '\'' | '’' | 'ʼ' | '‘' | '´' | '`' | ':' | ',' | '|' | '·' | '•' | '*' | '+' | '~' | '\\' | '^'
    )
}

/// `10.0.19045.5131`, `131.0.2903.112`: few groups, with a 0 or one figure among those inside.
fn is_version(chars: &[char], groups: &[(usize, usize)]) -> bool {
    let length = |at: usize| groups[at].1 - groups[at].0;
    let inside = 1..groups.len() - 1;
    let has_zero = inside.clone().any(|at| length(at) == 1 && chars[groups[at].0] == '0');
    let is_adeli = groups.iter().map(|(start, end)| end - start).eq([2, 1, 5, 1]);
    // An object identifier: `1.2.250.1.71.4.2.1`.
    let singles = inside.clone().filter(|at| length(*at) == 1).count();
    let is_object = length(0) == 1 && singles > 1 && singles < inside.len();
    is_object || groups.len() <= 5 && (has_zero || (!is_adeli && inside.into_iter().any(|at| length(at) == 1)))
}

/// Where what is no id ends: a date, an address (which goes as one, or stays as the loopback).
fn other(chars: &[char], start: usize) -> Option<usize> {
    date(chars, start).or_else(|| address(chars, start))
}

fn address(chars: &[char], start: usize) -> Option<usize> {
    // The last four groups of more are none.
    if start > 1 && chars[start - 1] == '.' && digit(chars, start - 2) {
        return None;
    }
    let is_part = |sign: &&char| sign.is_ascii_digit() || **sign == '.';
    let length = chars[start..].iter().take(LONGEST).take_while(is_part).count();
    let end = start + chars[start..start + length].iter().rposition(|sign| *sign != '.')? + 1;
    addresses::octets(&chars[start..end], '.').map(|_| end)
}

/// Where a date ends, with its time: `2026-11-28 15:28:23.123456`, `28/11/2026`, `20261128-152823`.
fn date(chars: &[char], start: usize) -> Option<usize> {
    if start > 0 && digit(chars, start - 1) {
        return None;
    }
    let number = |at: usize, count: usize| -> Option<u32> {
        let figures = chars.get(at..at + count)?;
        figures.iter().try_fold(0, |value, figure| Some(value * 10 + figure.to_digit(10)?))
    };
    let is_date = |year: u32, month: u32, day: u32| (1970..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let sign = |at: usize| chars.get(at).copied().filter(|sign| matches!(sign, '-' | '/' | '.' | '_'));
    let parted = |year: usize, month: usize, day: usize, first: usize, second: usize| {
        let is_parted = sign(start + first).is_some() && sign(start + first) == sign(start + second);
        is_parted
            && matches!((number(start + year, 4), number(start + month, 2), number(start + day, 2)), (Some(year), Some(month), Some(day)) if is_date(year, month, day))
    };
    let length = if parted(0, 5, 8, 4, 7) || parted(6, 3, 0, 2, 5) {
        10
    } else if matches!((number(start, 4), number(start + 4, 2), number(start + 6, 2)), (Some(year), Some(month), Some(day)) if is_date(year, month, day))
    {
        8
    } else {
        return None;
    };
    let end = start + length;
    if digit(chars, end) {
        return None;
    }
    let (hour, between) = (end + 1, chars.get(end).copied().unwrap_or('\0'));
    let is_time = matches!(between, ' ' | 'T' | '_' | '-' | ':' | '.') && number(hour, 2).is_some_and(|hour| hour < 24);
    if !is_time {
        // An id whose beginning looks like a date goes on with the same sign.
        return if digit(chars, hour) && sign(end).is_some() { None } else { Some(end) };
    }
    let mut at = hour + 2;
    for _ in 0..2 {
        let part = at + usize::from(matches!(chars.get(at), Some(':' | '-' | '.' | '_' | 'h')));
        match number(part, 2).filter(|part| *part < 60) {
            Some(_) => at = part + 2,
            None => break,
        }
    }
    if matches!(chars.get(at), Some('.' | ',')) && digit(chars, at + 1) {
        at = end_of_run(chars, at + 1);
    }
    // Figures that no time has: it was none.
    Some(if digit(chars, at) { end } else { at })
}
