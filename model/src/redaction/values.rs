//! The value behind a name: where it ends, and whether it is none of what the name says.

use super::keys::{self, Rule};
use super::{Found, Kind};

/// Longest word that stands where a secret might, and is none: an error's name, a state.
pub(super) const LONGEST_WORD: usize = 32;
/// Words of a name behind the first, and of what a programming language puts around a value.
const MOST_WORDS: usize = 4;
/// Words that no name has.
const TOO_MANY_WORDS: usize = 7;
/// Signs in which the quote that ends a value is looked for, where two quotes may be one sign of it.
const LONGEST_QUOTED: usize = 256;
/// Numbers by which a web socket closes (RFC 6455), and by which Windows says why a request failed.
const CODES: [std::ops::RangeInclusive<u16>; 2] = [1000..=1015, 12001..=12190];

/// How a value is tied to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    Equals,
    Colon,
    /// `("cookie", "x")`, `"--password", "x"`.
    Comma,
    /// `<nom>x</nom>`.
    Element,
    /// `--password x`.
    Space,
}

/// What of the value goes, and where it ends. `is_whole`: an object or a list goes with all that is in it.
pub(super) fn value(chars: &[char], from: usize, rule: Rule, tie: Tie, is_whole: bool) -> (Option<Found>, usize) {
    let from = from + wrapper(&chars[from..]);
    let quote = from + chars[from..].iter().take_while(|character| **character == '\\').count();
    let bracket = from + usize::from(chars.get(from) == Some(&'[') && chars.get(from + 1) == Some(&'['));
    if let Some(kind) = label(&chars[bracket..]) {
        return (None, bracket + kind.label().chars().count());
    }
    let (from, to) = match (tie, chars.get(quote).copied()) {
        (Tie::Element, _) => (from, from + chars[from..].iter().take_while(|sign| **sign != '<').count()),
        // A word of a program in a sentence.
        (_, Some('`')) if !matches!(rule, Rule::Value(_)) => (from, from),
        (_, Some(sign)) if closing(sign).is_some() => quoted(chars, from, quote),
        (Tie::Equals | Tie::Colon | Tie::Comma, Some('{' | '[')) if is_whole => {
            let end = end_of_brackets(chars, quote);
            let holds = chars[quote..end].iter().any(|sign| sign.is_alphanumeric());
            return (holds.then_some(Found { start: quote, end, kind: rule.kind() }), end);
        }
        // What is in an object is looked at by itself; a list of headers is not.
        (_, Some('[')) if rule == Rule::Rest => (quote + 1, quote + 1 + chars[quote + 1..].iter().take_while(|sign| **sign != ']').count()),
        (_, Some('['))
            if matches!(rule, Rule::Value(Kind::Secret) | Rule::Token) && !matches!(chars.get(quote + 1), Some('"' | '\'' | '{' | '[')) =>
        {
            (quote + 1, quote + 1 + chars[quote + 1..].iter().take_while(|sign| !matches!(sign, ']' | '{' | '"')).count())
        }
        // Names and their values.
        (_, Some('{'))
            if chars[quote + 1..].iter().find(|sign| !sign.is_whitespace()).is_some_and(|sign| matches!(sign, '"' | '\'' | '\\')) =>
        {
            return (None, quote + 1);
        }
        (_, Some('[' | '{')) => {
            let inside = quote + 1 + chars[quote + 1..].iter().take(2).take_while(|sign| matches!(sign, '"' | '\'')).count();
            (inside, end_of_value(chars, inside, rule))
        }
        _ => (from, end_of_value(chars, from, rule)),
    };
    let in_sentence = tie == Tie::Colon && rule != Rule::Value(Kind::Secret) && goes_on(chars, from, to, rule);
    if rule == Rule::MaybePerson && stays(&chars[from..to.max(from)], rule, tie) {
        // It may be the name of something secret, whose value follows.
        return (None, from);
    }
    let stays = to <= from || in_sentence || label(&chars[from..to]).is_some() || stays(&chars[from..to], rule, tie);
    ((!stays).then_some(Found { start: from, end: to, kind: rule.kind() }), to)
}

/// Whether a sentence goes on behind a colon: words in small letters, one after another.
fn goes_on(chars: &[char], from: usize, to: usize, rule: Rule) -> bool {
    let is_small = |text: &[char]| !text.is_empty() && text.iter().all(|sign| sign.is_lowercase() || matches!(sign, '\'' | '’' | '-'));
    let word = &chars[from..from + chars[from..].iter().take(LONGEST_WORD + 1).take_while(|sign| !sign.is_whitespace()).count()];
    let word = word.strip_suffix(&[',']).unwrap_or(word);
    let is_first = is_small(word) || (rule == Rule::MaybePerson && word.iter().skip(1).all(|sign| sign.is_lowercase()));
    let next = from.max(to).max(from + word.len());
    let next = next + usize::from(chars.get(next) == Some(&','));
    let next: Vec<char> = chars[next..].iter().skip(1).take(LONGEST_WORD).take_while(|sign| !sign.is_whitespace()).copied().collect();
    let next = next.strip_suffix(&[',']).unwrap_or(&next);
    let is_quoted = from > 0 && closing(chars[from - 1]).is_some();
    !is_quoted && is_first && (is_small(next) || next.starts_with(&['`']))
}

/// `Some(`, `Secret(`, `b"`: what a programming language puts around a value.
fn wrapper(text: &[char]) -> usize {
    let mut from = 0;
    for _ in 0..MOST_WORDS {
        let name = text[from..].iter().take(LONGEST_WORD).take_while(|sign| sign.is_ascii_alphanumeric()).count();
        let next = text.get(from + name + 1);
        match text.get(from + name) {
            Some('(') if name > 0 && next.is_some_and(|next| matches!(next, '"' | '\'' | 'S' | 'O')) => from += name + 1,
            // A language's, and no `l'` of a sentence.
            Some('"' | '\'') if name == 1 && matches!(text[from], 'b' | 'B' | 'r' | 'R' | 'u' | 'U' | 'f' | 'F' | 'N' | 'E') => {
                return from + 1;
            }
            _ => break,
        }
    }
    from
}

pub(super) const fn closing(quote: char) -> Option<char> {
    match quote {
        '"' | '\'' | '`' => Some(quote),
        '«' => Some('»'),
        '“' => Some('”'),
        '‘' => Some('’'),
        _ => None,
    }
}

/// What another pass put there.
pub(super) fn label(text: &[char]) -> Option<Kind> {
    text.first().filter(|first| **first == '[')?;
    Kind::ALL.into_iter().find(|kind| kind.label().chars().eq(text.iter().copied().take(kind.label().chars().count())))
}

/// Where what is quoted begins and ends: its sign stands at `quote`, behind the escapes that begin at `from`. One that is escaped again, one that is
/// doubled and one with a letter behind it are signs of the value.
pub(super) fn quoted(chars: &[char], from: usize, quote: usize) -> (usize, usize) {
    let (sign, escapes) = (closing(chars[quote]).unwrap_or(chars[quote]), quote - from);
    let run = |at: usize| chars[at..].iter().take_while(|next| **next == sign).count();
    let doubles = if chars[quote] == sign { run(quote) } else { 1 };
    let is_empty = doubles.is_multiple_of(2) && chars.get(quote + doubles).is_none_or(|next| is_end(*next) || *next == '\\');
    let start = quote + if is_empty { 1 } else { doubles };
    let mut at = if is_empty { return (start, start) } else { start };
    while at < chars.len() {
        if chars[at] != sign {
            at += 1;
            continue;
        }
        let before = chars[start..at].iter().rev().take_while(|sign| **sign == '\\').count();
        // One layer of escapes doubles those of the layer within.
        if before >= escapes && before % (2 * (escapes + 1)) != escapes {
            at += 1;
            continue;
        }
        let count = run(at);
        let behind = at + count;
        let goes_on = chars.get(behind).is_some_and(|next| next.is_alphanumeric());
        let is_one_sign = match doubles {
            1 => {
                count.is_multiple_of(2)
                    && (goes_on || !chars.get(behind).is_none_or(|next| is_end(*next)) || is_quoted_on(&chars[behind..], sign))
            }
            _ => count.is_multiple_of(2 * doubles) || (doubles > 2 && count < doubles),
        };
        if !goes_on && !is_one_sign {
            let last = if doubles == 1 { (count - 1) & !1 } else { 0 };
            return (start, at + last - if last == 0 { before.min(escapes) } else { 0 });
        }
        at = behind;
    }
    (start, chars.len())
}

/// Whether, behind a space, the same quotes go on: `'it'' s'`.
fn is_quoted_on(rest: &[char], sign: char) -> bool {
    sign == '\'' && rest.first() == Some(&' ') && rest.iter().take(LONGEST_QUOTED).filter(|next| **next == sign).count() == 1
}

/// Behind the sign that closes what opens here, or the end.
fn end_of_brackets(chars: &[char], open: usize) -> usize {
    let (mut depth, mut at) = (0_usize, open);
    while at < chars.len() {
        match chars[at] {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            '"' => {
                at = end_of_text(chars, at);
                continue;
            }
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

/// Behind the quotes that begin here, escaped or not.
pub(super) fn end_of_text(chars: &[char], quote: usize) -> usize {
    let escapes = chars[..quote].iter().rev().take_while(|sign| **sign == '\\').count();
    let (_, end) = quoted(chars, quote - escapes, quote);
    end + chars[end..].iter().take_while(|sign| matches!(sign, '\\' | '"')).count().max(1)
}

fn end_of_value(chars: &[char], from: usize, rule: Rule) -> usize {
    let rest = &chars[from..];
    from + match rule {
        Rule::Rest => rest.iter().take_while(|character| !matches!(character, '"' | '\n')).count(),
        Rule::Names => end_of_names(rest),
        Rule::Person | Rule::MaybePerson => end_of_person(rest),
        Rule::Hexadecimal => end_of_pairs(rest),
        Rule::Value(Kind::Secret) => end_of_secret(rest),
        Rule::Value(_) | Rule::Token | Rule::State | Rule::Machine | Rule::ShortMachine => {
            rest.iter().take_while(|character| !is_end(**character)).count()
        }
    }
}

/// A secret may have signs that end other values, where neither another name nor the end of what it stands in follows.
fn end_of_secret(rest: &[char]) -> usize {
    let ends = |at: usize| {
        let (sign, next) = (rest[at], rest.get(at + 1).copied().unwrap_or(' '));
        let goes_on = match sign {
            ',' | ';' | '&' | '#' => !next.is_whitespace() && !is_end(next),
            '\'' | '"' | '`' | ')' | ']' | '}' => next.is_alphanumeric(),
            _ => false,
        };
        let name = rest[at + 1..].iter().take(LONGEST_WORD).take_while(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-')).count();
        !goes_on || (name > 0 && matches!(rest.get(at + 1 + name), Some('=' | ':')))
    };
    (0..rest.len()).find(|at| is_end(rest[*at]) && ends(*at)).unwrap_or(rest.len())
}

pub(super) fn is_end(character: char) -> bool {
    character.is_whitespace() || matches!(character, '&' | ',' | ';' | '"' | '\'' | '`' | '<' | '>' | '}' | ')' | ']' | '#')
}

/// Up to the next ` key=`, or a sign that no name has.
fn end_of_names(rest: &[char]) -> usize {
    let mut word = 0;
    for (at, character) in rest.iter().enumerate() {
        match character {
            '=' => return word,
            '&' | ',' | ';' | '"' | '<' | '>' | '}' | ')' | ']' | '#' | '\n' => return at,
            character if character.is_whitespace() => word = at,
            _ => {}
        }
    }
    rest.len()
}

/// One word, and what follows with a capital as names do.
pub(super) fn end_of_person(rest: &[char]) -> usize {
    let word = |from: usize| from + rest[from..].iter().take_while(|sign| !is_end(**sign) && **sign != '=' && **sign != '(').count();
    let mut end = rest.iter().take_while(|sign| !is_end(**sign) && **sign != '(').count();
    if !rest.first().is_some_and(|first| first.is_uppercase()) {
        return end;
    }
    let mut at = end;
    for _ in 0..MOST_WORDS {
        let next = at + usize::from(rest.get(at).is_some_and(|sign| matches!(sign, ' ' | '\u{a0}' | '\'' | '’')));
        let to = word(next);
        // `Nom : DUPONT Prénom : Jean`: the next name of all.
        let is_key = rest[to..].iter().take(2).any(|sign| matches!(sign, ':' | '='));
        if next == at || to == next || is_key || rest.get(to) == Some(&'=') || rest[next..to].contains(&':') {
            break;
        }
        let is_particle = matches!(
            rest[next..to].iter().collect::<String>().as_str(),
            "de" | "du" | "des" | "la" | "le" | "d" | "van" | "von" | "ben" | "el"
        );
        if rest[next].is_uppercase() {
            end = to;
        } else if !is_particle {
            break;
        }
        at = to;
    }
    end
}

/// `00 A4 04 00`, `00a40400`.
fn end_of_pairs(rest: &[char]) -> usize {
    let mut at = 0;
    while rest.get(at..at + 2).is_some_and(|pair| pair.iter().all(char::is_ascii_hexdigit)) {
        at += 2;
        let is_between = rest.get(at).is_some_and(|sign| matches!(sign, ' ' | ':' | '-'));
        if is_between && rest.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(char::is_ascii_hexdigit)) {
            at += 1;
        }
    }
    if rest.get(at).is_some_and(|next| next.is_alphanumeric()) { 0 } else { at }
}

/// Whether this value is none of what the name before it says.
fn stays(value: &[char], rule: Rule, tie: Tie) -> bool {
    let text: String = value.iter().take(LONGEST_WORD + 1).collect();
    // `vst-poste-…`: what is left out was never there.
    let is_elided = text.ends_with('…') && value.iter().all(|sign| sign.is_ascii_lowercase() || matches!(sign, '-' | '…'));
    let text = text.trim_end_matches(['.', ':', '…']);
    if is_elided || keys::is_said(text) || value.iter().all(|sign| !sign.is_alphanumeric()) {
        return true;
    }
    let is_number = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    match rule {
        Rule::Value(_) | Rule::Names | Rule::Rest => false,
        Rule::Token => is_number || is_code(text) || is_thread(text),
        Rule::State => {
            is_number
                || text.parse().is_ok_and(|number| CODES.iter().any(|codes| codes.contains(&number)))
                || is_code(text)
                || is_thread(text)
                || keys::is_state(text)
                || is_of_program(text)
                || is_of_a_list(text)
        }
        Rule::Person => {
            value.split(|sign| sign.is_whitespace()).count() >= TOO_MANY_WORDS
                || text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 8
                || keys::is_of_nobody(text)
                || keys::is_state(text)
                // Nobody's name has figures.
                || (is_thread(text) && text.contains(|sign: char| sign.is_ascii_digit()))
        }
        Rule::MaybePerson => !is_somebody(value, tie),
        Rule::Machine => keys::is_of_nobody(text) || text.starts_with("127.") || text == "::1",
        Rule::ShortMachine => text.contains(['.', ':', '/']) || keys::is_of_nobody(text) || text.bytes().all(|byte| byte.is_ascii_digit()),
        Rule::Hexadecimal => value.len() < 6,
    }
}

/// `VST-2041`.
pub(super) fn is_code(text: &str) -> bool {
    text.strip_prefix("VST-").is_some_and(|number| number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `7F3K-9QXM`: the number that support follows.
pub(super) fn is_thread(text: &str) -> bool {
    text.len() == 9
        && text.as_bytes()[4] == b'-'
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// What a program says: `at_provider`, `InvalidGrant`, `ECONNREFUSED`, `0x80070005`.
fn is_of_program(text: &str) -> bool {
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    let is_parted = text.contains('_') && text.split('_').all(|part| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    let is_loud = letters >= 4 && text.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_');
    let humps = text.chars().filter(char::is_ascii_uppercase).count();
    let is_camel = text.starts_with(|first: char| first.is_ascii_uppercase())
        && letters == text.len()
        && (2..=5).contains(&humps)
        && letters >= 4 * humps;
    let is_number =
        text.strip_prefix("0x").is_some_and(|digits| digits.len() <= 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    is_parted || is_loud || is_camel || is_number
}

/// A code of a nomenclature: `G15`, `SA07`, `L`.
fn is_of_a_list(text: &str) -> bool {
    text.len() <= 4
        && text.bytes().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
}

/// `Jean Dupont`, `DUPONT`, `O’Brien`: letters alone, with a capital; between quotes or behind `=`, one such word is enough.
fn is_somebody(value: &[char], tie: Tie) -> bool {
    let text: String = value.iter().collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_name = |word: &&str| word.chars().all(|sign| sign.is_alphabetic() || matches!(sign, '-' | '\'' | '’' | '.'));
    let has_capital = |word: &&str| word.starts_with(char::is_uppercase);
    (1..=5).contains(&words.len())
        && words.iter().all(is_name)
        && words.iter().filter(|word| has_capital(word)).count() >= 1
        && (words.len() > 1 || tie != Tie::Space)
}
