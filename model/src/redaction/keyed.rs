//! What a name before it says is secret or personal: `code=…`, `"password": "…"`, `<nom>…</nom>`, `--token …`, `Authorization: …`, `Bearer …`.

use super::keys::{self, Rule};
use super::values::{LONGEST_WORD, Tie, closing, is_code, is_end, is_thread, label, quoted, value};
use super::{Found, Kind};

/// Longest name that is looked at.
const LONGEST_KEY: usize = 40;
/// Words of the longest name: `mot de passe`, `nom de la station de travail`.
const MOST_WORDS: usize = 6;
/// Longest beginning of an element that is looked through.
const LONGEST_ELEMENT: usize = 256;
/// Signs and spaces between a name and its value.
const LONGEST_GAP: usize = 6;

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    let mut words: Vec<(usize, usize)> = Vec::new();
    while at < chars.len() {
        // What another pass put there announces nothing.
        if let Some(label) = label(&chars[at..]) {
            words.clear();
            at += label.label().chars().count();
            continue;
        }
        let end = at + chars[at..].iter().take_while(|character| is_in_key(**character)).count();
        if end == at {
            at += 1;
            continue;
        }
        words.push((at, end));
        if words.len() > MOST_WORDS {
            words.remove(0);
        }
        let value = behind(chars, &words);
        let is_mail = words.len() > 1 && chars[words[words.len() - 2].0..words[words.len() - 2].1] == ['A', 'U', 'T', 'H'];
        at = match (value, is_scheme(&chars[at..end]) || is_mail) {
            (Some((piece, to)), _) => {
                found.extend(piece);
                words.clear();
                to.max(end)
            }
            (None, true) => credentials(chars, end, found),
            (None, false) => end,
        };
    }
}

pub(super) fn is_in_key(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-')
}

/// In small letters, without accents nor signs; nothing for what is too long to be a name.
pub(super) fn normal(key: &[char]) -> String {
    if key.len() > LONGEST_KEY {
        return String::new();
    }
    key.iter().filter(|character| character.is_alphanumeric()).map(|character| super::known::folded(*character)).collect()
}

/// What stands behind the last of these words, and where it ends, where they are a name that we know.
fn behind(chars: &[char], words: &[(usize, usize)]) -> Option<(Option<Found>, usize)> {
    let (start, end) = *words.last()?;
    let (tie, from) = tie(chars, start, end)?;
    // Every word of a sentence has a space behind it.
    let is_bare = || keys::is_bare(&normal(&chars[start..end])) || named(chars, words).is_some_and(|(key, _)| key == "identifiedby");
    if tie == Tie::Space && chars[start] != '-' && !is_bare() {
        return None;
    }
    let (key, rule) = named(chars, words)?;
    let is_quoted = matches!(chars.get(from), Some('"' | '\''));
    let is_flag = chars[start] == '-';
    // `x::session: Signed out`: the last name of a module, and a sentence.
    if tie == Tie::Colon && !is_quoted && ends_with(&chars[..start], "::") {
        return None;
    }
    // The folder of a process: whose it is, its path says.
    if chars[start..end] == ['P', 'W', 'D'] && chars.get(from) == Some(&'/') {
        return None;
    }
    if key == "by" && is_other_sign_in(chars, from) {
        return None;
    }
    // What a journal of Windows says has dots.
    let rule = if rule == Rule::ShortMachine && tie == Tie::Element { Rule::Machine } else { rule };
    let fits = match tie {
        Tie::Equals | Tie::Element => true,
        Tie::Colon if key == "computer" && is_loud(chars, from) => return Some(value(chars, from, Rule::Machine, tie, false)),
        Tie::Colon => is_quoted || (rule == Rule::ShortMachine && is_numbered(chars, from)) || !Rule::is_of_sentences(&key),
        Tie::Comma => {
            is_flag || (matches!(rule, Rule::Rest | Rule::Value(_) | Rule::Token) && start > 1 && matches!(chars[start - 2], '(' | '['))
        }
        Tie::Space if key == "identifiedby" => is_bare_value(chars, from, &key),
        Tie::Space => is_flag || is_bare_value(chars, from, &normal(&chars[start..end])),
    };
    let in_query = start > 0 && matches!(chars[start - 1], '?' | '&') && tie == Tie::Equals;
    let rule = if in_query && rule == Rule::State { Rule::Token } else { rule };
    fits.then(|| value(chars, from, rule, tie, rule.takes_all(&key)))
}

/// What the name at the end of this text announces, whole; and whether nothing but the name is there.
pub(super) fn announced(text: &[char]) -> Option<(Kind, bool)> {
    let end = text.len()
        - text.iter().rev().take(LONGEST_GAP).take_while(|sign| sign.is_whitespace() || matches!(sign, '"' | '\'' | '\\')).count();
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut at = end;
    while words.len() < MOST_WORDS {
        let start = at - text[..at].iter().rev().take(LONGEST_KEY).take_while(|sign| is_in_key(**sign)).count();
        if start == at {
            break;
        }
        words.insert(0, (start, at));
        // One sign between two words of a name.
        at = start.saturating_sub(1);
    }
    let (key, rule) = named(text, &words)?;
    let first = words.first()?.0;
    let is_alone = text[..first].iter().all(|sign| sign.is_whitespace() || matches!(sign, '-' | '"' | '\''));
    rule.takes_all(&key).then_some((rule.kind(), is_alone))
}

fn ends_with(text: &[char], end: &str) -> bool {
    text.iter().rev().copied().take(end.len()).eq(end.chars().rev())
}

/// `by=STFX-4ETT`: the sign-in that ended another.
fn is_other_sign_in(chars: &[char], from: usize) -> bool {
    let rest = &chars[from + usize::from(chars.get(from) == Some(&'"'))..];
    let word: String = rest.iter().take(LONGEST_WORD).take_while(|sign| !is_end(**sign)).collect();
    // Signs that are mistaken for others are in none of them.
    is_thread(&word) && !word.contains(['0', '1', 'I', 'L', 'O', 'U'])
}

/// `PC-DUPONT.hopital.local`.
fn is_loud(chars: &[char], from: usize) -> bool {
    let label: Vec<char> = chars[from..].iter().take(LONGEST_KEY).take_while(|sign| is_in_key(**sign)).copied().collect();
    label.len() > 1 && !label.iter().any(|sign| sign.is_lowercase())
}

/// The longest name that these words make, and what it means.
fn named(chars: &[char], words: &[(usize, usize)]) -> Option<(String, Rule)> {
    let (start, end) = *words.last()?;
    let is_joined =
        |pair: &[(usize, usize)]| pair[1].0 - pair[0].1 == 1 && matches!(chars[pair[0].1], ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’' | '.');
    let joined = words.windows(2).rev().take_while(|pair| is_joined(pair)).count();
    for before in (1..=joined).rev() {
        let key = normal(&chars[words[words.len() - 1 - before].0..end]);
        if let Some(rule) = keys::rule(&key) {
            return Some((key, rule));
        }
    }
    let key = normal(&chars[start..end]);
    let is_of_thing = || {
        words.len() > 1 && {
            let (start, end) = words[words.len() - 2];
            let word = normal(&chars[start..end]);
            keys::is_issuer(&word) || (joined > 0 && (chars[end] == '.' || keys::is_thing(&word)))
        }
    };
    let rule = keys::rule(&key).filter(|rule| *rule != Rule::MaybePerson || !is_of_thing())?;
    Some((key, rule))
}

/// Where the value begins: behind `=`, `:`, `=>` and the quotes around either.
fn tie(chars: &[char], start: usize, end: usize) -> Option<(Tie, usize)> {
    let skip = |from: usize, is_skipped: &dyn Fn(char) -> bool| {
        from + chars[from..].iter().take(LONGEST_GAP).take_while(|character| is_skipped(**character)).count()
    };
    let is_space = |character: char| character.is_whitespace();
    let sign = skip(end, &|character| matches!(character, '"' | '\'' | '`' | '\\' | ']' | ')') || is_space(character));
    let is_quoted = chars.get(end).is_some_and(|next| matches!(next, '"' | '\''));
    if let Some(of_pair) = is_quoted.then(|| of_pair(chars, end)).flatten() {
        return Some(of_pair);
    }
    match (chars.get(sign).copied(), chars.get(sign + 1).copied()) {
        // `http::header`, `code://`: no value.
        // `userPassword:: x`: the value is in base64 (RFC 2849).
        (Some(':'), Some(':')) if sign == end && chars.get(sign + 2) == Some(&' ') => Some((Tie::Colon, skip(sign + 2, &is_space))),
        (Some(':'), Some(':' | '/')) => None,
        (Some('='), Some('=')) => None,
        (Some(':' | '='), Some('=' | '>')) | (Some('-'), Some('>')) => Some((Tie::Equals, skip(sign + 2, &is_space))),
        (Some('='), _) => Some((Tie::Equals, skip(sign + 1, &is_space))),
        (Some(':'), _) => Some((Tie::Colon, skip(sign + 1, &is_space))),
        (Some(','), _) if is_quoted => {
            let from = skip(sign + 1, &is_space);
            matches!(chars.get(from), Some('"' | '\'')).then_some((Tie::Comma, from))
        }
        (Some('>'), _) if sign == end && is_element(chars, start) => Some((Tie::Element, sign + 1)),
        _ => {
            let blank = skip(end, &is_space);
            if blank > end && is_element(chars, start) {
                return of_element(chars, blank);
            }
            (blank > end && blank < chars.len()).then(|| (Tie::Space, behind_is(chars, blank)))
        }
    }
}

/// What leads from a name to its value in a sentence.
const VERBS: [&str; 4] = ["is ", "est ", "was ", "vaut "];

/// `is 'x'`, `est « x »`, `is x7`: the quotes or the word, where a verb leads to some, or to one that no sentence has.
fn behind_is(chars: &[char], at: usize) -> usize {
    let verb = VERBS.into_iter().find(|verb| verb.chars().eq(chars[at..].iter().copied().take(verb.len())));
    let from = at + verb.map_or(0, str::len);
    if chars.get(from).is_some_and(|sign| closing(*sign).is_some()) || is_no_word(chars, from) { from } else { at }
}

/// Letters and figures in one.
fn is_no_word(chars: &[char], from: usize) -> bool {
    let word = || chars[from..].iter().take(LONGEST_WORD).take_while(|sign| !is_end(**sign));
    word().any(char::is_ascii_digit) && word().any(char::is_ascii_alphabetic) && word().count() > 3
}

/// `name="token" value="x"`, `{"key": "token", "value": "x"}`, `<x name="token">x</x>`: the name is itself a value, its own stands further on.
fn of_pair(chars: &[char], end: usize) -> Option<(Tie, usize)> {
    let next = end + chars[end..].iter().take(LONGEST_GAP).take_while(|sign| matches!(sign, '"' | '\'' | '\\' | ',' | ' ')).count();
    if chars.get(next) == Some(&'>') && next == end + 1 {
        return Some((Tie::Element, next + 1));
    }
    let word = ["value", "valeur", "Value"].into_iter().find(|word| word.chars().eq(chars[next..].iter().copied().take(word.len())))?;
    let sign = next + word.len();
    let from = sign + chars[sign..].iter().take(LONGEST_GAP).take_while(|sign| matches!(sign, '"' | '\'' | '\\' | ' ' | '=' | ':')).count();
    let is_tied = chars[sign..from].iter().any(|sign| matches!(sign, '=' | ':'));
    let quote = (sign..from).rev().find(|at| !matches!(chars[*at], '"' | '\'' | '\\')).map(|at| at + 1)?;
    is_tied.then_some((Tie::Equals, quote))
}

/// `<password value="x"/>`, `<x:password type="y">z</x:password>`: where its value begins.
fn of_element(chars: &[char], from: usize) -> Option<(Tie, usize)> {
    let end = from + chars[from..].iter().take(LONGEST_ELEMENT).position(|sign| *sign == '>')?;
    let value: Vec<char> = "value=".chars().collect();
    let attribute = chars[from..end].windows(value.len()).position(|part| part == value);
    match attribute {
        Some(at) => Some((Tie::Equals, from + at + value.len())),
        None if chars[end - 1] != '/' => Some((Tie::Element, end + 1)),
        None => None,
    }
}

/// `accueil03`: what a machine is called, and no word of a sentence.
fn is_numbered(chars: &[char], from: usize) -> bool {
    let word = || chars[from..].iter().take(LONGEST_KEY).take_while(|sign| !is_end(**sign));
    word().any(char::is_ascii_digit) && word().any(char::is_ascii_alphabetic) && !word().any(|sign| *sign == '.')
}

/// Behind `<` or `<x:`.
fn is_element(chars: &[char], start: usize) -> bool {
    let prefix = chars[..start].iter().rev().take(LONGEST_KEY).take_while(|sign| sign.is_alphanumeric() || **sign == ':').count();
    start > prefix && chars[start - prefix - 1] == '<'
}

/// Whether this word, behind a name and a space, is a value and no part of a sentence.
fn is_bare_value(chars: &[char], from: usize, key: &str) -> bool {
    let word: Vec<char> =
        chars[from..].iter().take(LONGEST_WORD + 1).take_while(|sign| !is_end(**sign) && **sign != '(').copied().collect();
    let text: String = word.iter().collect();
    if chars.get(from).is_some_and(|sign| *sign != '`' && closing(*sign).is_some()) {
        let (start, end) = quoted(chars, from, from);
        let inside = chars[start..end].iter().collect::<String>();
        let inside = inside.trim();
        let is_word = inside.chars().all(|sign| sign.is_alphanumeric()) || (keys::is_secret(key) && !inside.contains(char::is_whitespace));
        return end - start < LONGEST_WORD && !inside.is_empty() && is_word && !keys::is_said(inside) && key != "name";
    }
    if key == "identifiedby" {
        return false;
    }
    let is_lower = word.iter().all(|sign| sign.is_lowercase() || matches!(sign, '\'' | '’' | '-' | '.' | ':'));
    if word.is_empty() || is_code(&text) || keys::is_said(&text) || matches!(word[0], '-' | '/' | '(' | '[' | '{' | '«' | '→' | '·' | '=')
    {
        return false;
    }
    match key {
        // Commands and settings: what follows is the word itself, unless a sentence goes on.
        "passwd" | "mdp" => !keys::is_in(CONNECTORS, &text),
        "pin" | "cvc" | "cvv" | "porteur" => (3..=8).contains(&word.len()) && word.iter().all(char::is_ascii_digit),
        "hostname" | "host" | "machine" | "computer" | "poste" | "name" => {
            word.len() > 3
                && !word.iter().any(|sign| sign.is_lowercase())
                && word.iter().any(char::is_ascii_digit)
                && word[0].is_ascii_uppercase()
        }
        "pass" | "passe" | "jeton" => VERBS.iter().any(|verb| ends_with(&chars[..from], verb)) && is_no_word(chars, from),
        "login" => false,
        "user" | "utilisateur" => {
            let has_uid =
                chars.get(from + word.len()..from + word.len() + 5).is_some_and(|next| next.iter().collect::<String>() == "(uid=");
            let is_account = word.iter().any(char::is_ascii_digit)
                && word.iter().any(char::is_ascii_alphabetic)
                && word.iter().all(|sign| is_in_key(*sign));
            has_uid || is_account
        }
        _ => {
            !is_lower
                && word.iter().any(|sign| sign.is_ascii_digit() || !is_in_key(*sign))
                && word.iter().any(char::is_ascii_alphabetic)
                && word.last() != Some(&':')
        }
    }
}

/// What goes on with a sentence about a password.
const CONNECTORS: &str = "for file is was of in not and or from to on the a entry database command de du des est et ou pour à dans le la les un une qui \
    que by with";

/// The schemes of RFC 6750, RFC 9449 and RFC 7617.
fn is_scheme(word: &[char]) -> bool {
    ["bearer", "dpop", "basic", "negotiate", "ntlm"].iter().any(|scheme| scheme.chars().eq(word.iter().map(char::to_ascii_lowercase)))
}

/// Behind a scheme and at the end of what is said, anything but what a sentence says there.
fn is_credential(word: &str) -> bool {
    !matches!(
        word,
        "token" | "tokens" | "auth" | "authentication" | "scheme" | "credentials" | "proof" | "proofs" | "nonce" | "key" | "header"
    )
}

/// Credentials behind a scheme; where they end.
fn credentials(chars: &[char], end: usize, found: &mut Vec<Found>) -> usize {
    let from = end + chars[end..].iter().take_while(|character| **character == ' ').count();
    let is_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~' | '+' | '/' | '=');
    let to = from + chars[from..].iter().take_while(|character| is_token(**character)).count();
    let is_last = chars.get(to).is_none_or(|next| matches!(next, '"' | '\'' | '\n' | '\r'));
    let word: String = chars[from..to].iter().collect();
    let is_short = to - from < 8 || chars[from..to].iter().all(char::is_ascii_lowercase);
    if from == end || to == from || (is_short && !(is_last && !word.ends_with('=') && is_credential(&word))) {
        return end;
    }
    found.push(Found { start: from, end: to, kind: Kind::Secret });
    to
}
