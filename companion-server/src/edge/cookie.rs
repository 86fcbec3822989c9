//! The one cookie: which browser left for Pro Santé Connect. `__Host-`: this host only, this path, over TLS (or loopback).

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

const NAME: &str = "__Host-vestibule";
/// A sign-in lasts at most ten minutes, in seconds.
const LIFE_S: u32 = 600;

/// The cookie a browser presents; `None` when it is absent or comes twice.
pub fn read(headers: &HeaderMap) -> Option<SecretString> {
    let mut found = None;
    for header in headers.get_all(COOKIE) {
        let pairs = header.to_str().ok()?.split(';').filter_map(|pair| pair.trim().split_once('='));
        for (_, value) in pairs.filter(|(name, _)| *name == NAME) {
            if found.replace(SecretString::from(value)).is_some() {
                return None;
            }
        }
    }
    found
}

/// Gives the cookie. Lax, not Strict: a browser would leave a strict one behind on its way back from Pro Santé Connect.
pub fn set(headers: &mut HeaderMap, value: &SecretString) {
    append(headers, value.expose_secret(), LIFE_S);
}

/// Takes it back.
pub fn clear(headers: &mut HeaderMap) {
    append(headers, "", 0);
}

fn append(headers: &mut HeaderMap, value: &str, max_age_s: u32) {
    let text = format!("{NAME}={value}; Max-Age={max_age_s}; Path=/; Secure; HttpOnly; SameSite=Lax");
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (COOKIE, HeaderValue::from_str(cookie).unwrap())).collect()
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let found = read(&headers(&["a=1; __Host-vestibule=secret; b=2"]));
        assert_eq!(found.unwrap().expose_secret(), "secret");
    }

    #[test]
    fn absent_or_doubled_is_none() {
        for cookies in
            [&["a=1"][..], &["vestibule=x"], &["__Host-vestibule=a; __Host-vestibule=b"], &["__Host-vestibule=a", "__Host-vestibule=a"]]
        {
            assert!(read(&headers(cookies)).is_none(), "{cookies:?}");
        }
    }

    #[test]
    fn it_is_set_with_every_attribute() {
        let mut answer = HeaderMap::new();
        set(&mut answer, &"s".into());
        assert_eq!(answer[SET_COOKIE], "__Host-vestibule=s; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
}
