//! What whoever asks reads the answer in: as the address or the form says, else as the attempt that it names, else as the latest attempt of this
//! browser. French, where nothing says otherwise.

use http::{HeaderMap, Uri};
use secrecy::ExposeSecret as _;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use super::cookie;
use super::params::Params;
use crate::spoken::language_of;

/// Names of the parameters that say it.
const NAMES: [&str; 3] = ["request_uri", "ui_locales", "id"];

/// Of a request, before anything of it is judged.
pub fn of_request(uri: &Uri, headers: &HeaderMap) -> Language {
    let query = uri.query().unwrap_or_default().as_bytes();
    let said = |name: &str| url::form_urlencoded::parse(query).find(|(found, _)| found == name).map(|(_, value)| value.into_owned());
    of(NAMES.map(said).each_ref().map(Option::as_deref), headers)
}

/// Of a form.
pub fn of_form(params: &Params, headers: &HeaderMap) -> Language {
    of(NAMES.map(|name| params.optional(name)), headers)
}

/// Of a browser, and of this attempt where it has a cookie of it.
pub fn of_browser(id: Option<&SignInId>, headers: &HeaderMap) -> Language {
    of([None, None, id.map(|id| id.0.as_str())], headers)
}

/// Of a browser that comes back from a sign-out.
pub fn of_sign_out(headers: &HeaderMap) -> Language {
    let latest = cookie::read_sign_outs(headers).pop();
    latest.map_or_else(|| of_browser(None, headers), |(_, cookie)| language_of(cookie.expose_secret()))
}

fn of([request_uri, ui_locales, id]: [Option<&str>; 3], headers: &HeaderMap) -> Language {
    // As it was pushed: what is added to the address of the page in front of everybody is no part of the request (RFC 9101 section 5).
    if let Some(address) = request_uri {
        return language_of(address);
    }
    if let Some(wished) = ui_locales {
        return Language::first_spoken(wished);
    }
    let cookies = cookie::read(headers);
    let named = id.map(|id| SignInId(id.to_owned()));
    let of_attempt = named.and_then(|id| cookies.of(&id).last().cloned());
    of_attempt.or_else(|| cookies.latest().cloned()).map_or(Language::Fr, |cookie| language_of(cookie.expose_secret()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::COOKIE;

    use super::*;

    const FRENCH: &str = "__Host-vestibule-7F3K-9QXM=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const ENGLISH: &str = "__Host-vestibule-2222-2222=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.en";

    fn headers(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookies).expect("text"))])
    }

    #[test]
    fn the_address_says_it_then_the_attempt_then_the_latest_of_the_browser() {
        let (both, reversed) = (format!("{FRENCH}; {ENGLISH}"), format!("{ENGLISH}; {FRENCH}"));
        for (address, cookies, language) in [
            ("/terms", "", Language::Fr),
            ("/terms?ui_locales=en-GB%20fr", "", Language::En),
            ("/terms?ui_locales=fr", ENGLISH, Language::Fr),
            ("/terms?ui_locales=en&ui_locales=fr", "", Language::En),
            ("/terms", ENGLISH, Language::En),
            ("/terms", &both, Language::En),
            ("/terms", &reversed, Language::Fr),
            ("/sign-in/confirm?id=7F3K-9QXM", &both, Language::Fr),
            ("/sign-in/confirm?id=2222-2222", &reversed, Language::En),
            ("/sign-in/confirm?id=3333-3333", &both, Language::En),
            ("/oauth/authorize?request_uri=urn%3Ax.en", FRENCH, Language::En),
            ("/oauth/authorize?request_uri=urn%3Ax", ENGLISH, Language::Fr),
            ("/oauth/authorize?request_uri=urn%3Ax&ui_locales=en", "", Language::Fr),
            ("/oauth/authorize", ENGLISH, Language::En),
        ] {
            assert_eq!(of_request(&address.parse().expect("an address"), &headers(cookies)), language, "{address} {cookies}");
        }
    }

    #[test]
    fn a_browser_that_comes_back_from_a_sign_out_reads_what_it_read_when_it_left() {
        let cookie = ENGLISH.replace("vestibule-", "vestibule-sign-out-");
        assert_eq!(of_sign_out(&headers(&format!("{FRENCH}; {cookie}"))), Language::En);
        assert_eq!(of_sign_out(&headers(FRENCH)), Language::Fr);
        assert_eq!(of_sign_out(&headers(ENGLISH)), Language::En, "as it last read");
    }
}
