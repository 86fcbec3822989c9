//! Accounts and machines that no name before them announces: `HOPITAL\jdupont`, the identifier of a Windows account, `~jdupont/`, and the machine in
//! what a collector puts before a line.

use super::keys::is_of_nobody;
use super::{Found, Kind, values};

/// Longest name of a domain without dots.
const LONGEST_DOMAIN: usize = 15;
/// Longest name of an account.
const LONGEST: usize = 64;
/// Domains of every Windows, and the roots of its registry.
const OF_A_SYSTEM: [&str; 10] = ["HKLM", "HKCU", "HKCR", "HKU", "HKCC", "AUTHORITY", "NT", "BUILTIN", "SERVICE", "MANAGER"];
/// Words before what a collector adds to each line: priority, moment, machine, program.
const MOST_WORDS: usize = 6;

/// What is said of an account behind its name.
const DONE: [&str; 14] = [
    " logged",
    " signed",
    " connected",
    " authenticated",
    " disconnected",
    " has ",
    " is not",
    " was ",
    " failed",
    " denied",
    " not ",
    " s’est",
    " connecté",
    " does ",
];
/// Longest of these, in signs.
const LONGEST_VERB: usize = 16;
/// What stands before a person’s name in a sentence.
const TITLES: [&str; 15] = [
    "Dr ",
    "Dr. ",
    "Docteur ",
    "Docteure ",
    "Mme ",
    "Mlle ",
    "M. ",
    "Mr ",
    "Mr. ",
    "Madame ",
    "Monsieur ",
    "Pr ",
    "Pr. ",
    "Professeur ",
    "Bonjour ",
];

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    found.extend(collected(chars));
    found.extend(visitor(chars));
    let mut at = 0;
    while at < chars.len() {
        let piece = match chars[at] {
            '\\' => in_domain(chars, at),
            '~' => home(chars, at),
            '^' => between_carets(chars, at),
            '(' => numbered(chars, at).or_else(|| with_number(chars, at)).or_else(|| of_cron(chars, at)),
            '-' => with_password(chars, at),
            _ if at > 0 && chars[at - 1].is_alphanumeric() => None,
            'S' => identifier(chars, at).or_else(|| said(chars, at)),
            's' => of_sudo(chars, at),
            'r' => of_role(chars, at),
            'f' | 'a' | 'u' | 'U' | 'P' => admitted(chars, at).or_else(|| said(chars, at)).or_else(|| titled(chars, at)),
            'B' | 'D' | 'M' => titled(chars, at),
            _ => None,
        };
        at = piece.map_or(at + 1, |piece| piece.end.max(at + 1));
        found.extend(piece);
    }
}

const fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | '$')
}

/// One backslash, between a domain in capitals or with dots and an account.
fn in_domain(chars: &[char], at: usize) -> Option<Found> {
    let before = chars[..at].iter().rev().take(LONGEST + 1).take_while(|sign| is_in_name(**sign)).count();
    let after = chars[at + 1..].iter().take(LONGEST + 1).take_while(|sign| is_in_name(**sign) || sign.is_alphabetic()).count();
    let (start, end) = (at - before, at + 1 + after);
    let is_path = |sign: Option<&char>| matches!(sign, Some('\\' | '/' | ':' | '%'));
    if before < 2 || !(2..=LONGEST).contains(&after) || is_path(chars.get(end)) || (start > 0 && is_path(chars.get(start - 1))) {
        return None;
    }
    let domain: String = chars[start..at].iter().collect();
    let is_loud = domain.len() <= LONGEST_DOMAIN
        && !domain.contains('.')
        && !domain.contains(|sign: char| sign.is_ascii_lowercase())
        && domain.contains(char::is_alphabetic);
    let is_dotted = domain.split('.').count() > 1
        && domain.split('.').all(|label| label.len() > 1)
        && domain.ends_with(|sign: char| sign.is_ascii_alphabetic());
    // `ERROR\nCaused`: an escape, and no account.
    let is_escape = matches!(chars[at + 1], 'n' | 'r' | 't') && chars.get(at + 2).is_some_and(|next| !next.is_lowercase());
    ((is_loud || is_dotted) && !is_escape && !OF_A_SYSTEM.contains(&domain.as_str())).then_some(Found { start, end, kind: Kind::Name })
}

/// `S-1-5-21-…-1001`: of a machine or a domain, and of an account in it.
fn identifier(chars: &[char], start: usize) -> Option<Found> {
    let is_it = chars[start..].starts_with(&['S', '-', '1', '-', '5', '-', '2', '1', '-']);
    let length = chars[start..].iter().skip(1).take_while(|sign| sign.is_ascii_digit() || **sign == '-').count();
    is_it.then_some(Found { start, end: start + 1 + length, kind: Kind::Name })
}

/// `~jdupont/`.
fn home(chars: &[char], at: usize) -> Option<Found> {
    let length = chars[at + 1..].iter().take(LONGEST).take_while(|sign| is_in_name(**sign)).count();
    let end = at + 1 + length;
    let is_bounded = at == 0 || chars[at - 1].is_whitespace() || matches!(chars[at - 1], '"' | '\'' | '=' | ':' | '(');
    let is_name = chars.get(at + 1).is_some_and(char::is_ascii_alphabetic) && matches!(chars.get(end), None | Some('/' | '"' | '\''));
    (is_bounded && is_name && length > 2).then_some(Found { start: at + 1, end, kind: Kind::Name })
}

/// `Accepted publickey for jdupont from …`, `session opened for user jdupont by …`, as those who admit somebody say it.
fn admitted(chars: &[char], at: usize) -> Option<Found> {
    let word = |from: usize| from + chars[from..].iter().take(LONGEST + 1).take_while(|sign| is_in_name(**sign)).count();
    if chars[at..].iter().copied().take(5).eq("add '".chars()) {
        // `add 'jdupont' to group 'sudo'`.
        let (start, end) = (at + 5, word(at + 5));
        let is_it = chars[end..].iter().copied().take(5).eq("' to ".chars());
        return (is_it && end > start).then_some(Found { start, end, kind: Kind::Name });
    }
    if !chars[at..].starts_with(&['f', 'o', 'r', ' ']) {
        return None;
    }
    let mut start = at + 4;
    for skipped in ["invalid ", "illegal ", "user "] {
        start += if skipped.chars().eq(chars[start..].iter().copied().take(skipped.len())) { skipped.len() } else { 0 };
    }
    let end = word(start);
    let next: String = chars[end..].iter().take(6).collect();
    let name: String = chars[start..end].iter().collect();
    let is_admitted = [" from ", " by (u", "(uid="].iter().any(|after| next.starts_with(after));
    (end > start && is_admitted && !is_of_nobody(&name)).then_some(Found { start, end, kind: Kind::Name })
}

/// `User jdupont logged in`, `logged in as jdupont`, `USER jdupont` and `PASS x` as old protocols have them.
fn said(chars: &[char], at: usize) -> Option<Found> {
    let begins = |words: &[&str]| {
        words.iter().find(|word| word.chars().eq(chars[at..].iter().copied().take(word.len()))).map(|word| at + word.len())
    };
    let word = |from: usize| from + chars[from..].iter().take(LONGEST + 1).take_while(|sign| is_in_name(**sign)).count();
    let found = |start: usize, end: usize| (end > start).then_some(Found { start, end, kind: Kind::Name });
    if let Some(start) = begins(&["USER ", "PASS "]).filter(|_| at == 0 || matches!(chars[at - 1], '"' | ' ' | '\'' | '\t')) {
        let end = start + chars[start..].iter().take_while(|sign| !sign.is_whitespace() && !matches!(sign, '"' | '\'')).count();
        let is_last = chars.get(end).is_none_or(|next| matches!(next, '"' | '\'' | '\r' | '\n'));
        return found(start, end).filter(|_| is_last);
    }
    let (start, is_told) = match (begins(&["as "]), begins(&["user ", "User ", "utilisateur "])) {
        (Some(start), _) if chars[start..].iter().copied().take(10).eq("unix-user:".chars()) => (start + 10, true),
        (Some(start), _) => (start, ends_with(&chars[..at], &["logged in ", "signed in ", "authenticated ", "connected ", "running "])),
        (_, Some(start)) => (start, true),
        _ => return None,
    };
    let end = word(start);
    let name: String = chars[start..end].iter().collect();
    let next: String = chars[end..].iter().take(LONGEST_VERB).collect();
    let is_done = begins(&["as "]).is_some() || DONE.iter().any(|verb| next.starts_with(verb)) || is_of_session(chars, at, start, end);
    // The end of a sentence is none of the name's.
    let end = end - usize::from(name.ends_with('.'));
    found(start, end).filter(|_| is_told && is_done && !is_of_nobody(name.trim_end_matches('.')))
}

/// `session 12 of user jdupont.`, `from user jdupont 203.0.113.9 port 51234`.
fn is_of_session(chars: &[char], at: usize, start: usize, end: usize) -> bool {
    let before = chars[..at].iter().rev().skip(4).take(LONGEST_VERB).take_while(|sign| !sign.is_whitespace());
    let is_numbered = ends_with(&chars[..at], &[" of "])
        && before.clone().count() > 0
        && before.clone().all(char::is_ascii_alphanumeric)
        && before.clone().any(char::is_ascii_digit);
    let word = |from: usize| from + chars[from..].iter().take(LONGEST).take_while(|sign| !sign.is_whitespace()).count();
    let from = end + 1;
    let address = chars.get(end..from).filter(|gap| *gap == [' ']).map(|_| &chars[from..word(from)]);
    let is_admitted = address.is_some_and(|address| {
        let port = from + address.len();
        address.iter().any(|sign| matches!(sign, '.' | ':'))
            && chars.get(port..port + 6).is_some_and(|next| next.iter().copied().eq(" port ".chars()))
    });
    start < end && (is_numbered || is_admitted)
}

/// `by jdupont(uid=1001)`, `as user jdupont (uid=1001`.
fn with_number(chars: &[char], at: usize) -> Option<Found> {
    if !chars[at..].iter().copied().take(5).eq("(uid=".chars()) {
        return None;
    }
    let end = at - usize::from(at > 0 && chars[at - 1] == ' ');
    let length = chars[..end].iter().rev().take(LONGEST).take_while(|sign| is_in_name(**sign)).count();
    let name: String = chars[end - length..end].iter().collect();
    (length > 1 && !is_of_nobody(&name)).then_some(Found { start: end - length, end, kind: Kind::Name })
}

/// `(jdupont) CMD (x)`, `(to root) jdupont on pts/0`.
fn of_cron(chars: &[char], at: usize) -> Option<Found> {
    let close = at + 1 + chars[at + 1..].iter().take(LONGEST).take_while(|sign| is_in_name(**sign) || **sign == ' ').count();
    if chars.get(close) != Some(&')') {
        return None;
    }
    let inside: String = chars[at + 1..close].iter().collect();
    let next =
        |from: usize, text: &str| chars.get(from..).is_some_and(|rest| rest.iter().copied().take(text.chars().count()).eq(text.chars()));
    let (start, end) = if next(close + 1, " CMD (") {
        (at + 1, close)
    } else if inside.starts_with("to ") {
        let start = close + 2;
        let length = chars.get(start..)?.iter().take(LONGEST).take_while(|sign| is_in_name(**sign)).count();
        (start, if next(start + length, " on ") { start + length } else { start })
    } else {
        return None;
    };
    let name: String = chars[start..end].iter().collect();
    (end > start && !is_of_nobody(&name)).then_some(Found { start, end, kind: Kind::Name })
}

/// `sudo: jdupont : TTY=pts/0`, `sudo[812]:  jdupont : …`.
fn of_sudo(chars: &[char], at: usize) -> Option<Found> {
    let is_sudo = chars[at..].starts_with(&['s', 'u', 'd', 'o']);
    let colon = at
        + 4
        + chars.get(at + 4..)?.iter().take(LONGEST_DOMAIN).take_while(|sign| sign.is_ascii_digit() || matches!(sign, '[' | ']')).count();
    if !is_sudo || chars.get(colon) != Some(&':') {
        return None;
    }
    let start = colon + 1 + chars[colon + 1..].iter().take(LONGEST).take_while(|sign| sign.is_whitespace()).count();
    let end = start + chars[start..].iter().take(LONGEST).take_while(|sign| is_in_name(**sign) || sign.is_alphanumeric()).count();
    let is_followed = chars.get(end..end + 3).is_some_and(|next| next == [' ', ':', ' ']);
    let name: String = chars[start..end].iter().collect();
    (is_followed && end > start && !is_of_nobody(&name)).then_some(Found { start, end, kind: Kind::Name })
}

/// `role "jdupont" does not exist`, as a database calls its accounts.
fn of_role(chars: &[char], at: usize) -> Option<Found> {
    let start = at + 6;
    let rest = chars.get(start..).filter(|_| chars[at..].iter().copied().take(6).eq("role \"".chars()))?;
    let end = start + rest.iter().take(LONGEST).take_while(|sign| **sign != '"').count();
    let name: String = chars[start..end].iter().collect();
    (chars.get(end) == Some(&'"') && end > start && !is_of_nobody(&name)).then_some(Found { start, end, kind: Kind::Name })
}

fn ends_with(text: &[char], ends: &[&str]) -> bool {
    ends.iter().any(|end| text.len() >= end.len() && text[text.len() - end.len()..].iter().copied().eq(end.chars()))
}

/// `Dr Jean Dupont`, `Mme DUPONT`.
fn titled(chars: &[char], at: usize) -> Option<Found> {
    let title = TITLES.iter().find(|title| title.chars().eq(chars[at..].iter().copied().take(title.len())))?;
    let start = at + title.len();
    let end = start + values::end_of_person(&chars[start..]);
    let word = &chars[start..end];
    let is_name = word.first().is_some_and(|first| first.is_uppercase()) && word.iter().filter(|sign| sign.is_alphabetic()).count() > 1;
    (is_name && !word.iter().any(|sign| matches!(sign, ':' | '/' | '\\' | '['))).then_some(Found { start, end, kind: Kind::Name })
}

/// `DUPONT^JEAN`, as messages between hospitals have it.
fn between_carets(chars: &[char], at: usize) -> Option<Found> {
    let is_letter = |sign: &&char| sign.is_alphabetic() || matches!(sign, '-' | '\'' | ' ');
    let before = chars[..at].iter().rev().take(LONGEST).take_while(is_letter).count();
    let after = chars[at + 1..].iter().take(LONGEST).take_while(is_letter).count();
    (before > 1 && after > 1).then_some(Found { start: at - before, end: at + 1 + after, kind: Kind::Name })
}

/// `uid=1000(jdupont)`.
fn numbered(chars: &[char], at: usize) -> Option<Found> {
    let digits = chars[..at].iter().rev().take(LONGEST_DOMAIN).take_while(|sign| sign.is_ascii_digit()).count();
    let length = chars[at + 1..].iter().take(LONGEST).take_while(|sign| is_in_name(**sign)).count();
    let end = at + 1 + length;
    let is_account = digits > 0 && ends_with(&chars[..at - digits], &["id=", "groups=", ","]) && chars.get(end) == Some(&')');
    let name: String = chars[at + 1..end].iter().collect();
    (is_account && length > 1 && !is_of_nobody(&name)).then_some(Found { start: at + 1, end, kind: Kind::Name })
}

/// `curl -u jdupont:x`, `sshpass -p x`.
fn with_password(chars: &[char], at: usize) -> Option<Found> {
    let is_flag = at > 0 && chars[at - 1] == ' ' && chars.get(at + 2) == Some(&' ');
    let start = at + 3;
    let rest = chars.get(start..).filter(|_| is_flag)?;
    let end = start + rest.iter().take_while(|sign| !sign.is_whitespace() && !matches!(sign, '"' | '\'')).count();
    let is_pair = chars[at + 1] == 'u' && chars[start..end].contains(&':') && !chars[start..end].contains(&'/');
    let is_password = chars[at + 1] == 'p' && ends_with(&chars[..at], &["sshpass "]);
    ((is_pair || is_password) && end > start).then_some(Found { start, end, kind: Kind::Secret })
}

/// `203.0.113.9 - jdupont [28/Nov/2026:10:11:12 +0100]`: the third word of a line of a web server.
fn visitor(chars: &[char]) -> Option<Found> {
    let word = |from: usize| from + chars[from..].iter().take(LONGEST + 1).take_while(|sign| !sign.is_whitespace()).count();
    let second = word(0) + 1;
    let start = second + 2;
    let is_it = chars.get(second..start).is_some_and(|between| between == ['-', ' ']);
    let end = if is_it { word(start) } else { return None };
    let is_dated = chars.get(end..end + 2).is_some_and(|next| next == [' ', '[']) && chars.get(end + 2).is_some_and(char::is_ascii_digit);
    (is_dated && chars[start..end] != ['-']).then_some(Found { start, end, kind: Kind::Name })
}

/// `nov. 28 10:11:12 poste prog[812]:`, `<13>1 2026-11-28T10:11:12Z poste prog 812 …`: the word between the moment and the program.
fn collected(chars: &[char]) -> Option<Found> {
    let mut at = 0;
    let mut moment = None;
    for turn in 0..MOST_WORDS {
        at += chars[at..].iter().take_while(|sign| sign.is_whitespace()).count();
        let end = at + chars[at..].iter().take(LONGEST + 1).take_while(|sign| !sign.is_whitespace()).count();
        if moment == Some(turn) {
            let machine: String = chars[at..end].iter().collect();
            let next = end + chars[end..].iter().take_while(|sign| sign.is_whitespace()).count();
            let program = &chars[next..next + chars[next..].iter().take(LONGEST + 1).take_while(|sign| !sign.is_whitespace()).count()];
            let is_machine =
                machine.len() > 1 && machine.chars().all(is_in_name) && machine.starts_with(|first: char| first.is_ascii_alphanumeric());
            let is_level = machine.chars().all(|sign| sign.is_ascii_uppercase()) && !program.contains(&'[');
            let is_program = program.ends_with(&[':']) && (program.contains(&'[') || program.iter().all(|sign| !sign.is_uppercase()));
            return (is_machine && !is_level && is_program && !is_path_of_a_module(program) && !is_of_nobody(&machine)).then_some(Found {
                start: at,
                end,
                kind: Kind::Machine,
            });
        }
        if is_time(&chars[at..end]) {
            moment = Some(turn + 1);
        } else if moment.is_some() || end == at {
            return None;
        }
        at = end;
    }
    None
}

/// `companion_server::oauth:`: a line of ours, without a collector.
fn is_path_of_a_module(program: &[char]) -> bool {
    program.windows(2).any(|pair| pair == [':', ':'])
}

/// `10:11:12`, alone or behind a date.
fn is_time(word: &[char]) -> bool {
    let is_pair = |at: usize| word.get(at..at + 2).is_some_and(|pair| pair.iter().all(char::is_ascii_digit));
    let from = word.iter().position(|sign| *sign == 'T').map_or(0, |at| at + 1);
    is_pair(from) && word.get(from + 2) == Some(&':') && is_pair(from + 3) && word.get(from + 5) == Some(&':') && is_pair(from + 6)
}
