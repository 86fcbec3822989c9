//! The cookie of each attempt: which browser left for Pro Santé Connect. `__Host-`: this host only, every path, over TLS (or loopback).
//!
//! One per attempt, so that two sign-ins in one browser do not meet. They are looked for among bytes that are not ours: whatever a site of the
//! same name put beside them is passed over.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::session::SignInId;

use crate::session::SignOutBrowser;
use crate::sign_in::BrowserCookies;
use crate::spoken::IN_ENGLISH;

/// Before the attempt's name.
const PREFIX: &str = "__Host-vestibule-";
/// Before the attempt's name, for the browser of its sign-out: no name of an attempt begins so, and it takes no place among theirs.
const SIGN_OUT: &str = "sign-out-";
/// 256 bits of base64url, before what says the language.
const VALUE_LENGTH: usize = 43;
/// As long as the longest session, in seconds: a page that is left open may still say that the person asked for nothing.
const LIFE_S: u32 = 4 * 3600;

const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=Lax";

/// As long as a sign-out is owed.
const SIGN_OUT_LIFE_S: u32 = 600;

/// The cookies of ours that a browser presents, in its order: the oldest first (RFC 6265 section 5.4).
pub fn read(headers: &HeaderMap) -> BrowserCookies {
    BrowserCookies::new(ours(headers, "").collect())
}

/// Those that a browser presents for sign-outs.
pub fn read_sign_outs(headers: &HeaderMap) -> Vec<(SignInId, SecretString)> {
    ours(headers, SIGN_OUT).collect()
}

/// Gives an attempt its cookie. Lax, not Strict: a browser would leave a strict one behind on its way back from Pro Santé Connect.
pub fn set(headers: &mut HeaderMap, id: &SignInId, value: &SecretString) {
    append(headers, ("", id), value.expose_secret(), LIFE_S);
}

/// Gives the browser of a sign-out its cookie. Lax too, for the same reason.
pub fn set_sign_out(headers: &mut HeaderMap, browser: &SignOutBrowser) {
    append(headers, (SIGN_OUT, &browser.sign_in_id), browser.cookie.expose_secret(), SIGN_OUT_LIFE_S);
}

/// Takes back the cookie of an attempt.
pub fn take_back(headers: &mut HeaderMap, id: &SignInId) {
    append(headers, ("", id), "", 0);
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).flat_map(|line| line.split(|byte| *byte == b';'))
}

fn ours<'a>(headers: &'a HeaderMap, kind: &'static str) -> impl Iterator<Item = (SignInId, SecretString)> + 'a {
    pairs(headers).filter_map(move |pair| named(pair, kind))
}

fn named(pair: &[u8], kind: &str) -> Option<(SignInId, SecretString)> {
    let (name, value) = std::str::from_utf8(pair).ok()?.trim_matches([' ', '\t']).split_once('=')?;
    let id = name.strip_prefix(PREFIX)?.strip_prefix(kind).filter(|id| may_name_a_sign_in(id))?;
    let secret = value.strip_suffix(IN_ENGLISH).unwrap_or(value);
    let is_secret = secret.len() == VALUE_LENGTH && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_secret.then(|| (SignInId(id.to_owned()), SecretString::from(value)))
}

/// Two groups of four signs.
fn may_name_a_sign_in(id: &str) -> bool {
    let is_sign = |(place, byte): (usize, u8)| if place == 4 { byte == b'-' } else { byte.is_ascii_uppercase() || byte.is_ascii_digit() };
    id.len() == 9 && id.bytes().enumerate().all(is_sign)
}

fn append(headers: &mut HeaderMap, (kind, id): (&str, &SignInId), value: &str, max_age_s: u32) {
    let text = format!("{PREFIX}{kind}{id}={value}; Max-Age={max_age_s}{ATTRIBUTES}");
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const B: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    fn headers(cookies: &[&[u8]]) -> HeaderMap {
        cookies.iter().map(|cookie| (COOKIE, HeaderValue::from_bytes(cookie).unwrap())).collect()
    }

    fn found(cookies: &[&str]) -> Vec<String> {
        let lines: Vec<&[u8]> = cookies.iter().map(|line| line.as_bytes()).collect();
        let id = SignInId("7F3K-9QXM".into());
        read(&headers(&lines)).of(&id).map(|cookie| cookie.expose_secret().to_owned()).collect()
    }

    #[test]
    fn the_cookie_is_found_among_bytes_that_are_not_ours() {
        let ours = format!("__Host-vestibule-7F3K-9QXM={A}");
        let long = "x".repeat(16_000);
        for line in [
            format!("a=1; {ours}; b=2"),
            format!("nom=André; {ours}"),
            format!("{ours};nom=André"),
            format!("; ;=;{long}={long}; {ours} "),
            format!("__Host-vestibule=x; __host-vestibule-7F3K-9QXM={B}; {ours}"),
            format!("__Host-vestibule-7F3K-9QXM; {ours}"),
        ] {
            assert_eq!(found(&[&line]), [A], "{line}");
        }
        assert_eq!(found(&["nom=André", &ours]), [A], "in a line of its own");
        let latin_1 = [b"nom=Andr\xe9; ", ours.as_bytes()].concat();
        let id = SignInId("7F3K-9QXM".into());
        assert_eq!(read(&headers(&[&latin_1])).of(&id).count(), 1);
    }

    #[test]
    fn a_cookie_may_say_that_its_pages_are_english() {
        let english = format!("{A}.en");
        assert_eq!(found(&[&format!("__Host-vestibule-7F3K-9QXM={english}")]), [english]);
    }

    #[test]
    fn of_several_with_the_same_name_none_is_lost() {
        let (first, second) = (format!("__Host-vestibule-7F3K-9QXM={A}"), format!("__Host-vestibule-7F3K-9QXM={B}"));
        assert_eq!(found(&[&format!("{first}; {second}")]), [A, B]);
        assert_eq!(found(&[&second, &first]), [B, A]);
    }

    #[test]
    fn what_cannot_be_ours_is_none() {
        let other = format!("__Host-vestibule-7F3K-9QXN={A}");
        let short = format!("__Host-vestibule-7F3K-9QXM={}", &A[1..]);
        let marked = format!("__Host-vestibule-7F3K-9QXM={}=", &A[1..]);
        let german = format!("__Host-vestibule-7F3K-9QXM={A}.de");
        let quoted = format!("__Host-vestibule-7F3K-9QXM=\"{A}\"");
        for line in ["", "a=1", "vestibule-7F3K-9QXM=x", "__Host-vestibule-7F3K-9QXM=", &other, &short, &marked, &german, &quoted] {
            assert!(found(&[line]).is_empty(), "{line}");
        }
        let named = read(&headers(&[format!("__Host-vestibule-../../etc={A}; __Host-vestibule-={A}").as_bytes()]));
        assert!(named.sign_ins().is_empty(), "only what may be an attempt's name");
    }

    #[test]
    fn it_is_set_with_every_attribute() {
        let mut answer = HeaderMap::new();
        set(&mut answer, &SignInId("7F3K-9QXM".into()), &"s".into());
        assert_eq!(answer[SET_COOKIE], "__Host-vestibule-7F3K-9QXM=s; Max-Age=14400; Path=/; Secure; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn the_cookie_of_a_sign_out_takes_no_place_among_those_of_sign_ins() {
        let mut answer = HeaderMap::new();
        let browser = SignOutBrowser { sign_in_id: SignInId("7F3K-9QXM".into()), cookie: A.into() };
        set_sign_out(&mut answer, &browser);
        let set = format!("__Host-vestibule-sign-out-7F3K-9QXM={A}; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(answer[SET_COOKIE], set.as_str());
        let both = headers(&[format!("__Host-vestibule-sign-out-7F3K-9QXM={A}; __Host-vestibule-7F3K-9QXM={B}").as_bytes()]);
        assert_eq!(read(&both).sign_ins().len(), 1);
        assert_eq!(read(&both).of(&browser.sign_in_id).map(|cookie| cookie.expose_secret()).collect::<Vec<_>>(), [B]);
        let found: Vec<_> = read_sign_outs(&both).into_iter().map(|(id, cookie)| (id, cookie.expose_secret().to_owned())).collect();
        assert_eq!(found, [(browser.sign_in_id, A.to_owned())]);
    }

    #[test]
    fn it_is_taken_back_under_its_own_name() {
        let mut answer = HeaderMap::new();
        take_back(&mut answer, &SignInId("7F3K-9QXM".into()));
        assert_eq!(answer[SET_COOKIE], "__Host-vestibule-7F3K-9QXM=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
}
