use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use companion_server::clock::{ManualClock, Timestamp};
use companion_server::provider::fuzzing::{self, Rules};
use serde_json::Value;

use crate::form_body::split;
use crate::json::{self, is_json};
use crate::provider_keys::{Signature, keys, token};

const NOW_S: i64 = 1_800_000_000;
const ISSUER: &str = "https://auth.example/auth/realms/esante-wallet";
const CLIENT_ID: &str = "client-essai";
const NONCE: &str = "nonce-d-essai";
const ACCESS_TOKEN: &str = "jeton-d-acces";

/// An ID token. The first byte says how it is signed; then the header, a line feed and the claims, or the whole token as it is.
pub fn accepts(input: &[u8]) -> bool {
    let Some((mode, rest)) = input.split_first() else { return false };
    let (header, claims) = split(rest, b'\n');
    let (text, signature) = match mode & 7 {
        0 => (String::from_utf8_lossy(rest).into_owned(), None),
        1 => (token(header, claims, Signature::Stranger), Some(Signature::Stranger)),
        2 => (token(header, claims, Signature::Modulus), Some(Signature::Modulus)),
        3 => (token(header, claims, Signature::Empty), Some(Signature::Empty)),
        // A signature takes longer than everything else: what is not even JSON seldom gets one.
        4..7 if !(is_json(header) && is_json(claims)) => (token(header, claims, Signature::Empty), Some(Signature::Empty)),
        _ => (token(header, claims, Signature::Published), Some(Signature::Published)),
    };
    let rules = Rules {
        issuer: ISSUER,
        client_id: CLIENT_ID,
        nonce: NONCE,
        access_token: ACCESS_TOKEN,
        clock: Arc::new(ManualClock::at(Timestamp(NOW_S * 1000))),
    };
    let informative = fuzzing::signed_claims(keys(), &text);
    assert!(informative.is_none() || signature == Some(Signature::Published), "an access token of nobody was believed");
    let Ok((subject, acr, read)) = fuzzing::id_token(&text, keys(), &rules) else { return false };
    assert_eq!(signature, Some(Signature::Published), "a token of nobody was accepted");
    check(header, claims, &subject, acr.as_deref(), &read);
    true
}

/// OpenID Connect Core, section 3.1.3.7, read off the bytes that were signed.
fn check(header: &[u8], signed: &[u8], subject: &str, acr: Option<&str>, read: &Value) {
    let header: Value = serde_json::from_slice(header).expect("the header is JSON");
    assert_eq!(header["alg"], "RS256");
    assert!(header.get("crit").is_none(), "a critical header was ignored");
    let text = std::str::from_utf8(signed).expect("the claims are text");
    let claims: Value = serde_json::from_str(text).expect("the claims are JSON");
    assert!(!json::has_repeated_key(text), "a claim came twice");
    assert_eq!(*read, claims, "other claims than those that were signed");

    assert_eq!(claims["iss"], ISSUER);
    let audiences = claims["aud"].as_array().map_or(std::slice::from_ref(&claims["aud"]), Vec::as_slice);
    assert!(!audiences.is_empty() && audiences.iter().all(|audience| audience == CLIENT_ID), "for another client");
    assert!(claims.get("azp").is_none_or(|party| party == CLIENT_ID || party.is_null()));
    assert_eq!(claims["nonce"], NONCE);
    assert!(!subject.is_empty());
    assert_eq!(claims["sub"], subject);
    assert_eq!(claims.get("acr").and_then(Value::as_str), acr);
    assert!(claims.get("typ").is_none_or(|kind| kind == "ID"));
    let seconds = |name: &str| claims[name].as_f64().unwrap_or_else(|| panic!("{name} is not a number"));
    assert!(seconds("exp") > (NOW_S - 61) as f64, "expired");
    assert!(seconds("iat") < (NOW_S + 61) as f64, "issued in the future");
    assert!(claims.get("nbf").is_none_or(|_| seconds("nbf") <= (NOW_S + 60) as f64), "not valid yet");
    if let Some(hash) = claims.get("at_hash").filter(|hash| !hash.is_null()) {
        let expected = URL_SAFE_NO_PAD.encode(&digest(&SHA256, ACCESS_TOKEN.as_bytes()).as_ref()[..16]);
        assert_eq!(*hash, expected, "the hash of another access token");
    }
}
