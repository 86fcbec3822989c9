//! What programs beside ours write that no name right before it announces: the rows of an INSERT, the parts of a form, what a balancer captured, who
//! asked a proxy, and passwords behind one letter on a command line.

use super::keyed::normal;
use super::keys::{self, Rule};
use super::values::{self, Tie};
use super::{Found, Kind};

/// Longest list of columns before its rows, in signs.
const LONGEST_COLUMNS: usize = 512;
/// Longest headers that were captured together, and longest address, in signs.
const LONGEST_CAPTURE: usize = 2048;
/// Digits of the longest number of requests that wait.
const LONGEST_NUMBER: usize = 9;
/// Longest word that is looked at.
const LONGEST_WORD: usize = 64;
/// Signs between the name of a program and a flag of its.
const LONGEST_COMMAND: usize = 200;
/// Programs, by how their name begins, and the letter behind which each takes a password.
const PASSWORDS: [(&str, char); 6] = [("mysql", 'p'), ("mariadb", 'p'), ("sshpass", 'p'), ("7z", 'p'), ("ldap", 'w'), ("redis-cli", 'a')];

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        let is_begin = at == 0 || !chars[at - 1].is_alphanumeric();
        let end = match chars[at] {
            'V' | 'v' if is_begin => rows(chars, at, found),
            'n' if is_begin => part_of_form(chars, at, found),
            '{' => captured(chars, at, found),
            'T' | 'U' | 'N' if is_begin => asked_of_proxy(chars, at, found),
            '-' if at > 0 && chars[at - 1] == ' ' => password(chars, at, found),
            _ => None,
        };
        at = end.unwrap_or(at + 1).max(at + 1);
    }
}

fn begins(chars: &[char], at: usize, text: &str) -> bool {
    let mut here = chars[at.min(chars.len())..].iter();
    text.chars().all(|sign| here.next().is_some_and(|other| other.eq_ignore_ascii_case(&sign)))
}

fn skip(chars: &[char], from: usize, is_skipped: impl Fn(char) -> bool) -> usize {
    from + chars[from.min(chars.len())..].iter().take_while(|sign| is_skipped(**sign)).count()
}

/// `(id, token) VALUES (7, 'x'), (8, 'y')`: each value is named by its column; texts that no column names go.
fn rows(chars: &[char], at: usize, found: &mut Vec<Found>) -> Option<usize> {
    let mut open = skip(chars, at + "VALUES".len(), char::is_whitespace);
    if !begins(chars, at, "VALUES") || chars.get(open) != Some(&'(') {
        return None;
    }
    // In a sentence, values are admitted or refused.
    let head = &chars[at.saturating_sub(2 * LONGEST_COLUMNS)..at];
    let is_alone = chars[at] == 'V' && head.iter().all(|sign| sign.is_whitespace());
    if !is_alone && !head.windows(6).any(|window| begins(window, 0, " into ")) {
        return None;
    }
    let columns = columns(&chars[..at]);
    loop {
        let mut item = open + 1;
        let mut number = 0;
        loop {
            item = skip(chars, item, char::is_whitespace);
            let rule = match &columns {
                Some(columns) => columns.get(number).copied().flatten(),
                None => is_text(chars, item).then_some(Rule::Token),
            };
            let end = end_of_item(chars, item);
            if let Some(rule) = rule.filter(|_| !is_placeholder(chars, item)) {
                let piece = values::value(&chars[..end], item, rule, Tie::Equals, false).0;
                found.extend(piece.map(|piece| Found { end: piece.end.min(end), ..piece }));
            }
            number += 1;
            item = end + 1;
            match chars.get(end) {
                Some(',') => {}
                Some(_) => break,
                None => return Some(chars.len()),
            }
        }
        let next = skip(chars, item, |sign| sign.is_whitespace() || sign == ',');
        if chars.get(next) != Some(&'(') {
            return Some(item);
        }
        open = next;
    }
}

/// What the columns before VALUES say of each value; `None` where none are named.
fn columns(before: &[char]) -> Option<Vec<Option<Rule>>> {
    let end = before.len() - before.iter().rev().take_while(|sign| sign.is_whitespace()).count();
    let close = end.checked_sub(1).filter(|close| before[*close] == ')')?;
    let start = before[..close].iter().rev().take(LONGEST_COLUMNS).position(|sign| *sign == '(').map(|back| close - back)?;
    let name = |column: &[char]| {
        let from = column.iter().rposition(|sign| *sign == '.').map_or(0, |dot| dot + 1);
        keys::rule(&normal(&column[from..]))
    };
    Some(before[start..close].split(|sign| *sign == ',').map(name).collect())
}

fn is_text(chars: &[char], item: usize) -> bool {
    let quote = item + usize::from(matches!(chars.get(item), Some('N' | 'E' | 'x' | 'X' | 'b' | 'B' | '_' | '\\')));
    matches!(chars.get(quote), Some('\'' | '"'))
}

/// `?`, `?1`, `$1`, `:name`, `@p`, `%s`: what a statement says in the place of a value.
fn is_placeholder(chars: &[char], item: usize) -> bool {
    matches!(chars.get(item), Some('?' | '$' | ':' | '@' | '%'))
}

/// The comma or the bracket behind a value; the end where there is none.
fn end_of_item(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while at < chars.len() {
        match chars[at] {
            '\'' | '"' => at = end_of_quotes(chars, at),
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ',' | ')' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    chars.len()
}

/// The sign that ends a text of SQL; two of them are one of it, and what stands behind a backslash is of it too.
fn end_of_quotes(chars: &[char], quote: usize) -> usize {
    let sign = chars[quote];
    let mut at = quote + 1;
    while at < chars.len() {
        if chars[at] == '\\' || (chars[at] == sign && chars.get(at + 1) == Some(&sign)) {
            at += 2;
        } else if chars[at] == sign {
            return at;
        } else {
            at += 1;
        }
    }
    chars.len()
}

/// `name="client_secret"`, an empty line, and the value up to the boundary, all of it escaped in one line.
fn part_of_form(chars: &[char], at: usize, found: &mut Vec<Found>) -> Option<usize> {
    let from = at + "name=\"".len();
    if !begins(chars, at, "name=\"") {
        return None;
    }
    let to = skip(chars, from, |sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '[' | ']'));
    let rule = keys::rule(&normal(&chars[from..to])).filter(|_| chars.get(to) == Some(&'"'))?;
    let blank = empty_line(chars, to)?;
    let end = (blank..chars.len()).find(|at| begins(chars, *at, "\r\n--") || begins(chars, *at, "\n--")).unwrap_or(chars.len());
    let is_said = values::label(&chars[blank..end]).is_some();
    found.extend((end > blank && !is_said).then_some(Found { start: blank, end, kind: rule.kind() }));
    Some(end)
}

/// Behind the empty line that ends the headers of a part, where they end soon.
fn empty_line(chars: &[char], from: usize) -> Option<usize> {
    (from..chars.len().min(from + LONGEST_COLUMNS))
        .find_map(|at| ["\r\n\r\n", "\n\n"].iter().find(|end| begins(chars, at, end)).map(|end| at + end.len()))
}

/// The name of a part of a form, where this line begins one: `Content-Disposition: form-data; name="client_secret"`.
pub(super) fn begun_part(line: &[char]) -> Option<Kind> {
    let form: Vec<char> = "form-data".chars().collect();
    let at = line.windows(form.len()).position(|window| window == form)?;
    let name: Vec<char> = "name=\"".chars().collect();
    let from = line[at..].windows(name.len()).position(|window| window == name)? + at + name.len();
    let to = skip(line, from, |sign| sign != '"');
    keys::rule(&normal(&line[from..to])).map(Rule::kind)
}

/// `0/0 {vestibule.example|x} {}`: headers that HAProxy was told to capture. A host and a browser stay.
fn captured(chars: &[char], at: usize, found: &mut Vec<Found>) -> Option<usize> {
    let digits = |end: usize| end - chars[..end].iter().rev().take(LONGEST_NUMBER).take_while(|sign| sign.is_ascii_digit()).count();
    let end = at.checked_sub(1).filter(|space| chars[*space] == ' ')?;
    let second = digits(end);
    let stroke = second.checked_sub(1).filter(|stroke| second < end && chars[*stroke] == '/')?;
    if digits(stroke) == stroke {
        return None;
    }
    let mut open = at;
    loop {
        let close = open + 1 + chars[open + 1..].iter().take(LONGEST_CAPTURE).take_while(|sign| !matches!(sign, '}' | '"')).count();
        if chars.get(close) != Some(&'}') {
            return None;
        }
        let mut from = open + 1;
        for item in chars[from..close].split(|sign| *sign == '|') {
            let end = from + item.len();
            let goes = !item.is_empty() && !is_host_or_browser(item) && values::label(item).is_none();
            found.extend(goes.then_some(Found { start: from, end, kind: Kind::Secret }));
            from = end + 1;
        }
        // Those of the answer.
        if chars.get(close + 1) != Some(&' ') || chars.get(close + 2) != Some(&'{') {
            return Some(close + 1);
        }
        open = close + 2;
    }
}

fn is_host_or_browser(item: &[char]) -> bool {
    let text: String = item.iter().collect();
    let is_host = text.matches('.').count() > 1
        && text.contains(|sign: char| sign.is_ascii_alphabetic())
        && text.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, '.' | '-' | ':'));
    let is_browser = text.split(' ').next().is_some_and(|first| {
        first.split_once('/').is_some_and(|(name, version)| {
            !name.is_empty()
                && name.chars().all(|sign| sign.is_ascii_alphabetic())
                && version.starts_with(|sign: char| sign.is_ascii_digit())
        })
    });
    let is_number = text.len() <= 6 && text.bytes().all(|sign| sign.is_ascii_digit());
    is_host || is_browser || is_number
}

/// `TCP_TUNNEL/200 3900 CONNECT host:443 jdupont HIER_DIRECT/…`: the fifth word from there, as squid writes who asked.
fn asked_of_proxy(chars: &[char], at: usize, found: &mut Vec<Found>) -> Option<usize> {
    let is_result = ["TCP_", "UDP_", "NONE"].iter().any(|begin| begins(chars, at, begin));
    let code = skip(chars, at, |sign| sign.is_ascii_uppercase() || sign == '_');
    let is_code = chars.get(code) == Some(&'/') && chars.get(code + 1..code + 4).is_some_and(|code| code.iter().all(char::is_ascii_digit));
    if !is_result || !is_code {
        return None;
    }
    let mut word = (at, code + 4);
    for _ in 0..4 {
        let start = skip(chars, word.1, |sign| sign == ' ');
        word = (start, start + chars[start..].iter().take(LONGEST_CAPTURE).take_while(|sign| **sign != ' ').count());
    }
    let (start, end) = word;
    let via = skip(chars, end, |sign| sign == ' ');
    let is_followed = skip(chars, via, |sign| sign.is_ascii_uppercase() || sign == '_') > via + 3;
    let is_said = chars[start..end] == ['-'] || values::label(&chars[start..end]).is_some();
    found.extend((is_followed && end > start && !is_said).then_some(Found { start, end, kind: Kind::Name }));
    Some(end)
}

/// `mysql -pabc`, `ldapsearch -w abc`: what a program takes for a password behind one letter.
fn password(chars: &[char], at: usize, found: &mut Vec<Found>) -> Option<usize> {
    let letter = *chars.get(at + 1)?;
    if !PASSWORDS.iter().any(|(_, of)| *of == letter) {
        return None;
    }
    let before = &chars[at.saturating_sub(LONGEST_COMMAND)..at];
    // Of this command, and of none before it.
    let is_between = |at: usize| matches!(before[at], ';' | '|' | '&') || (before[at] == ',' && before.get(at + 1) == Some(&' '));
    let before = &before[(0..before.len()).rev().find(|at| is_between(*at)).unwrap_or(0)..];
    let words = before.split(|sign| sign.is_whitespace() || matches!(sign, '/' | '"' | '\'' | '=' | '`' | '(' | ';' | '|'));
    let is_of = |word: &[char], program: &str| word.len() < LONGEST_WORD && begins(word, 0, program) && !word.contains(&'[');
    let program = words.rev().find_map(|word| PASSWORDS.iter().find(|(program, of)| *of == letter && is_of(word, program)))?;
    let start = skip(chars, at + 2, |sign| sign == ' ');
    // Those of the first letter ask for what does not stand right behind it; the others take the next word.
    let is_joined = start == at + 2;
    if is_joined != (letter == 'p') && program.0 != "sshpass" {
        return None;
    }
    let (piece, end) = values::value(chars, start, Rule::Value(Kind::Secret), Tie::Space, false);
    found.extend(piece);
    Some(end)
}
