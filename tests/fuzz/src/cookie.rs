use companion_server::edge::cookie;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret as _;

const NAME: &str = "__Host-vestibule";

/// The `Cookie` headers of one request, one a line.
pub fn accepts(input: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return false };
        headers.append(COOKIE, value);
    }
    let text = String::from_utf8_lossy(input);
    let pairs = text.split(['\n', ';']).filter_map(|pair| pair.trim().split_once('='));
    let values: Vec<&str> = pairs.filter(|(name, _)| *name == NAME).map(|(_, value)| value).collect();
    let Some(found) = cookie::read(&headers) else {
        let is_ascii = input.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b' '..=b'~'));
        assert!(values.len() != 1 || !is_ascii, "the one cookie was not read");
        return false;
    };
    assert_eq!(values, [found.expose_secret()], "another cookie was read");

    // What was read can be given again, and nothing else comes along.
    let mut answer = HeaderMap::new();
    cookie::set(&mut answer, &found);
    let given = answer.get(SET_COOKIE).and_then(|value| value.to_str().ok()).expect("a cookie is given");
    assert_eq!(answer.len(), 1);
    assert_eq!(given.split(';').next(), Some(format!("{NAME}={}", found.expose_secret()).as_str()));
    assert_eq!(given.split(';').count(), 6, "an attribute was injected");
    true
}
