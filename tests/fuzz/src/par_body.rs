use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use companion_server::edge::params::Params;
use companion_server::oauth::fuzzing::pushed_request;
use companion_server::sign_in::fuzzing::{check_start, clean_label};
use companion_server::sign_in::{NewSignIn, WayBack};
use futures::executor::block_on;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret as _;
use url::{Host, Url};

use crate::device_label::check_label;
use crate::form;

/// Thumbprint of the key that signed the proof, invented.
const JKT: &str = "cAGD-UgQaLWm6wCNsbeRJwP0kSSdDYc5Y9dXCDkpHW8";

/// The body of `POST /oauth/par`.
pub fn accepts(input: &[u8]) -> bool {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))]);
    let Ok(params) = block_on(Params::from_form(&headers, Body::from(input.to_vec()))) else { return false };
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let Ok(request) = pushed_request(&params, JKT.to_owned(), address) else { return false };
    if check_start(&request).is_err() {
        return false;
    }
    let pairs = form::pairs(input);
    let sent =
        |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty());
    check(&request, sent);
    true
}

fn check<'a>(request: &NewSignIn, sent: impl Fn(&str) -> Option<&'a str>) {
    assert_eq!(request.jkt, JKT);
    assert_eq!(sent("response_type"), Some("code"));
    assert_eq!(sent("code_challenge_method"), Some("S256"));
    assert!(sent("request").is_none() && sent("request_uri").is_none());
    assert!(sent("dpop_jkt").is_none_or(|announced| announced == JKT), "another key was announced");
    let (address, is_clean): (_, fn(&str)) = match &request.way_back {
        WayBack::Loopback(address) => (address, check_return_address),
        WayBack::Scheme(address) => (address, check_private_use),
        WayBack::Polling => panic!("a pushed request polls"),
    };
    assert_eq!(sent("state"), Some(address.app_state.as_str()));
    assert!(!address.app_state.is_empty() && address.app_state.len() <= 512);
    assert!(address.app_state.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    assert_eq!(sent("redirect_uri"), Some(address.redirect_uri.as_str()));
    is_clean(&address.redirect_uri);
    assert_eq!(sent("enrolment_token"), request.enrolment_token.as_ref().map(|token| token.expose_secret()));
    assert_eq!(sent("code_challenge"), Some(request.code_challenge.as_str()));
    assert!(request.code_challenge.len() == 43);
    assert!(request.code_challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    if let Some(label) = request.device_label.as_deref().and_then(clean_label) {
        check_label(&label);
    }
}

/// Row 14 of the attack table: http, literally 127.0.0.1, a port from 1024, a clean path, nothing else.
fn check_return_address(text: &str) {
    let url = Url::parse(text).expect("an address");
    assert_eq!(url.as_str(), text, "the parser had something to repair");
    assert_eq!(url.scheme(), "http");
    assert!(text.starts_with("http://127.0.0.1:"));
    assert_eq!(url.host(), Some(Host::Ipv4(Ipv4Addr::LOCALHOST)));
    assert!(url.port().is_some_and(|port| port >= 1024));
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(url.query().is_none() && url.fragment().is_none());
    let path = url.path().strip_prefix('/').expect("an absolute path");
    assert!(!path.is_empty() && path.len() <= 128);
    assert!(path.split('/').all(|part| !part.is_empty() && part.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign))));
}

/// RFC 8252 section 7.1: the app's own scheme, one slash, a random path, nothing else.
fn check_private_use(text: &str) {
    let url = Url::parse(text).expect("an address");
    assert_eq!(url.as_str(), text, "the parser had something to repair");
    assert_eq!(url.scheme(), "fr.vestibule.app");
    assert!(!url.has_authority(), "a host");
    assert!(url.query().is_none() && url.fragment().is_none());
    let random = url.path().strip_prefix("/cb/").expect("the return path");
    assert!((22..=128).contains(&random.len()));
    assert!(random.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)));
}
