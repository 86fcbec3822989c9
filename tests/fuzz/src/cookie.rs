use companion_server::edge::cookie;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use vestibule_model::session::SignInId;

const NAME: &str = "__Host-vestibule-7F3K-9QXM";

/// The `Cookie` headers of one request, one a line.
pub fn accepts(input: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return false };
        headers.append(COOKIE, value);
    }
    let id = SignInId("7F3K-9QXM".to_owned());
    let cookies = cookie::read(&headers);
    let found: Vec<&str> = cookies.of(&id).map(ExposeSecret::expose_secret).collect();

    // Whatever stands beside them, exactly those that bear the name and may be a secret of ours.
    let text = String::from_utf8_lossy(input);
    let is_ours = |value: &&str| value.len() == 43 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let pairs = text.split(['\n', ';']).filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='));
    let expected: Vec<&str> = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value).filter(is_ours).collect();
    assert_eq!(found, expected, "another cookie was read, or one of ours was not");

    // What was read can be given again, and nothing else comes along.
    for value in cookies.of(&id) {
        let mut answer = HeaderMap::new();
        cookie::set(&mut answer, &id, value);
        let given = answer.get(SET_COOKIE).and_then(|value| value.to_str().ok()).expect("a cookie is given");
        assert_eq!(answer.len(), 1);
        assert_eq!(given.split(';').next(), Some(format!("{NAME}={}", value.expose_secret()).as_str()));
        assert_eq!(given.split(';').count(), 6, "an attribute was injected");
    }
    !found.is_empty()
}
