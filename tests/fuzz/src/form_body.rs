use axum::body::Body;
use companion_server::edge::params::{Params, ParamsRefused};
use futures::executor::block_on;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use crate::callback_query::check;
use crate::form;

/// A form: its `Content-Type` and, after a bar, its `Content-Length`; a line feed; its body.
pub fn accepts(input: &[u8]) -> bool {
    let (head, body) = split(input, b'\n');
    let (kind, length) = split(head, b'|');
    let mut headers = HeaderMap::new();
    for (name, value) in [(CONTENT_TYPE, kind), (CONTENT_LENGTH, length)] {
        if !value.is_empty() {
            let Ok(value) = HeaderValue::from_bytes(value) else { return false };
            headers.insert(name, value);
        }
    }
    let pairs = form::pairs(body);
    match block_on(Params::from_form(&headers, Body::from(body.to_vec()))) {
        Ok(params) => {
            let kind = kind.to_ascii_lowercase();
            let kind = split(&kind, b';').0.trim_ascii();
            assert_eq!(kind, b"application/x-www-form-urlencoded", "not announced as a form");
            check(&params, &pairs);
            true
        }
        Err(ParamsRefused::Duplicated) => {
            assert!(form::has_repeated_name(&pairs) || pairs.len() > crate::callback_query::MOST_PARAMETERS, "refused without a reason");
            false
        }
        Err(_) => false,
    }
}

/// Puts something for every occurrence of a word.
pub fn replace(input: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(input.len() + by.len());
    let mut rest = input;
    while let Some((first, after)) = rest.split_first() {
        rest = if rest.starts_with(word) {
            output.extend_from_slice(by);
            &rest[word.len()..]
        } else {
            output.push(*first);
            after
        };
    }
    output
}

/// Before and after the first such byte; everything is before when there is none.
pub fn split(input: &[u8], byte: u8) -> (&[u8], &[u8]) {
    match input.iter().position(|candidate| *candidate == byte) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[]),
    }
}
