//! What a name before it says is secret or personal: `code=…`, `"password": "…"`, `Authorization: …`, `Bearer …`.

use super::{Found, Kind};

/// Longest name that is looked at.
const LONGEST_KEY: usize = 40;
/// Longest word that stands where a secret might, and is none: an error's name, a state.
const LONGEST_WORD: usize = 32;

/// How much follows a name, and what of it may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// One value, whatever it is.
    Value(Kind),
    /// One value, unless it is a word, a code of the catalogue or a small number.
    UnlessWord,
    /// Names have spaces: up to the next `key=`, or the end.
    Names,
    /// All the rest of the line, or of the quotes it is in.
    Rest,
}

fn rule(key: &str) -> Option<Rule> {
    Some(match key {
        "authorization" | "proxy_authorization" | "cookie" | "set_cookie" => Rule::Rest,
        "password" | "passwd" | "pwd" | "passphrase" | "mot_de_passe" | "pin" | "secret" | "letters" | "user_code" | "typed_code"
        | "device_code" | "match_number" | "code_verifier" | "code_challenge" | "access_token" | "refresh_token" | "id_token"
        | "id_token_hint" | "logout_token" | "client_assertion" | "assertion" | "request_uri" | "private_key" | "cvv" => {
            Rule::Value(Kind::Secret)
        }
        "code" | "state" | "nonce" | "token" | "enrolment_token" | "session_state" | "sid" | "jti" | "dpop" | "dpop_nonce" | "jwt"
        | "jkt" | "ticket" | "at_hash" => Rule::UnlessWord,
        "sub" | "subjectnameid" | "national_id" | "login_hint" | "rpps" | "adeli" | "finess" | "nir" | "ins" | "siret" | "telephone"
        | "phone" | "phone_number" | "serial" | "serial_number" | "card_number" | "numero_carte" | "iccid" | "atr" => {
            Rule::Value(Kind::Number)
        }
        "display_name" | "given_name" | "family_name" | "first_name" | "last_name" | "preferred_username" | "username" | "user_name"
        | "login_name" | "nomexercice" | "prenomexercice" | "nomdenaissance" => Rule::Names,
        // Whose ever it is: no program of the workstation holds the name of the provider's.
        key if key.ends_with("_secret") => Rule::Value(Kind::Secret),
        _ => return None,
    })
}

pub(super) fn find(chars: &[char], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < chars.len() {
        let end = at + chars[at..].iter().take_while(|character| is_in_key(**character)).count();
        if end == at {
            at += 1;
            continue;
        }
        let rule = rule(&last_word(&chars[at..end]));
        let value = rule.and_then(|rule| after_key(chars, end).map(|from| value(chars, from, rule)));
        at = match (value, is_scheme(&chars[at..end])) {
            (Some((piece, to)), _) => {
                found.extend(piece);
                to
            }
            (None, true) => credentials(chars, end, found),
            (None, false) => end,
        };
    }
}

fn is_in_key(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// `Proxy-Authorization` and `x.code` as we know them.
fn last_word(key: &[char]) -> String {
    if key.len() > LONGEST_KEY {
        return String::new();
    }
    key.iter().map(|character| if *character == '-' { '_' } else { character.to_ascii_lowercase() }).collect()
}

/// Where the value begins: behind `=`, `:` and the quotes around either.
fn after_key(chars: &[char], end: usize) -> Option<usize> {
    let skip = |from: usize, is_skipped: &dyn Fn(char) -> bool| {
        from + chars[from..].iter().take(4).take_while(|character| is_skipped(**character)).count()
    };
    let sign = skip(end, &|character| matches!(character, '"' | '\'' | '\\' | ' ' | ']'));
    match chars.get(sign)? {
        // `http::header`, `code://`: no value.
        ':' if chars.get(sign + 1).is_some_and(|next| matches!(next, ':' | '/')) => None,
        '=' | ':' => Some(skip(sign + 1, &|character| character == ' ')),
        _ => None,
    }
}

/// What of the value goes, and where it ends.
fn value(chars: &[char], from: usize, rule: Rule) -> (Option<Found>, usize) {
    let quote = from + chars[from..].iter().take_while(|character| **character == '\\').count();
    let bracket = from + usize::from(chars.get(from) == Some(&'[') && chars.get(from + 1) == Some(&'['));
    if let Some(kind) = label(&chars[bracket..]) {
        return (None, bracket + kind.label().chars().count());
    }
    let (from, to) = match chars.get(quote) {
        Some('"' | '\'') => (quote + 1, end_of_quotes(chars, quote + 1, chars[quote])),
        // What is in a list or an object is looked at by itself.
        Some('[' | '{') => (quote + 1, end_of_value(chars, quote + 1, rule)),
        _ => (from, end_of_value(chars, from, rule)),
    };
    let text = &chars[from..to];
    let stays = text.is_empty() || label(text).is_some() || (rule == Rule::UnlessWord && is_plain(text));
    let kind = match rule {
        Rule::Value(kind) => kind,
        Rule::UnlessWord | Rule::Rest => Kind::Secret,
        Rule::Names => Kind::Name,
    };
    ((!stays).then_some(Found { start: from, end: to, kind }), to)
}

/// What another pass put there.
fn label(text: &[char]) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.label().chars().eq(text.iter().copied().take(kind.label().chars().count())))
}

fn end_of_quotes(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' && chars.get(at + 1) != Some(&quote) { 2 } else { 1 };
    }
    let end = at.min(chars.len());
    // A quote that is itself escaped, one layer further out.
    end - chars[from..end].iter().rev().take_while(|character| **character == '\\').count()
}

fn end_of_value(chars: &[char], from: usize, rule: Rule) -> usize {
    let rest = &chars[from..];
    from + match rule {
        Rule::Rest => rest.iter().take_while(|character| !matches!(character, '"' | '\n')).count(),
        Rule::Names => end_of_names(rest),
        Rule::Value(_) | Rule::UnlessWord => rest.iter().take_while(|character| !is_end(**character)).count(),
    }
}

fn is_end(character: char) -> bool {
    character.is_whitespace() || matches!(character, '&' | ',' | ';' | '"' | '\'' | '<' | '>' | '}' | ')' | ']' | '#')
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

/// What a log says in such a place that is no secret.
fn is_plain(text: &[char]) -> bool {
    let text: String = text.iter().take(LONGEST_WORD + 1).collect();
    let is_word =
        text.len() <= LONGEST_WORD && text.chars().all(|character| character.is_alphabetic() || matches!(character, '_' | '-' | '…'));
    let is_number = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_code = text.strip_prefix("VST-").is_some_and(|number| number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()));
    is_word || is_number || is_code
}

/// The schemes of RFC 6750, RFC 9449 and RFC 7617.
fn is_scheme(word: &[char]) -> bool {
    ["bearer", "dpop", "basic"].iter().any(|scheme| scheme.chars().eq(word.iter().map(char::to_ascii_lowercase)))
}

/// Credentials behind a scheme; where they end.
fn credentials(chars: &[char], end: usize, found: &mut Vec<Found>) -> usize {
    let from = end + chars[end..].iter().take_while(|character| **character == ' ').count();
    let is_token = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~' | '+' | '/' | '=');
    let to = from + chars[from..].iter().take_while(|character| is_token(**character)).count();
    if from == end || to - from < 8 || chars[from..to].iter().all(char::is_ascii_lowercase) {
        return end;
    }
    found.push(Found { start: from, end: to, kind: Kind::Secret });
    to
}
