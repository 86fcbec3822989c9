use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use companion_server::clock::{ManualClock, Timestamp};
use companion_server::gate::dpop::{ExpectedProof, ProofChecker, ProofRefused};
use companion_server::random::Random;
use http::{HeaderMap, HeaderValue, Method};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::form_body::{replace, split};
use crate::json::{self, is_json};

const NOW_S: i64 = 1_800_000_000;
const ORIGIN: &str = "https://compagnon.example";
const PATH: &str = "/api/v1/session";
const TOKEN: &str = "jeton-du-service";

/// Two device keys, always the same: the one that signs, and a stranger's.
static DEVICES: LazyLock<[EcdsaKeyPair; 2]> = LazyLock::new(|| {
    [[0x11_u8; 32], [0x22; 32]].map(|secret| {
        let public = VerifyingKey::from(&SigningKey::from_slice(&secret).expect("a key")).to_sec1_point(false);
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &secret, public.as_bytes()).expect("a pair")
    })
});

struct NoChance;

impl Random for NoChance {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// A proof of possession. The first byte says how it is signed; then its header, a line feed and its claims, or the whole proof as it is.
///
/// `@KEY@` stands for the device's public key, `@NONCE@` for a fresh nonce, `@ATH@` for the hash of the access token.
pub fn accepts(input: &[u8]) -> bool {
    let Some((mode, rest)) = input.split_first() else { return false };
    let clock = Arc::new(ManualClock::at(Timestamp(NOW_S * 1000)));
    // Without chance, each knows the nonces of the others.
    let fresh = || ProofChecker::new(Url::parse(ORIGIN).expect("an address"), clock.clone(), &NoChance);
    let checker = fresh();
    let words = [
        (b"@KEY@".as_slice(), public_key()),
        (b"@NONCE@", checker.fresh_nonce()),
        (b"@ATH@", URL_SAFE_NO_PAD.encode(Sha256::digest(TOKEN))),
    ];
    let fill = |bytes: &[u8]| words.iter().fold(bytes.to_vec(), |filled, (word, by)| replace(&filled, word, by.as_bytes()));
    let (header, claims) = split(rest, b'\n');
    let (header, claims) = (fill(header), fill(claims));
    let (proof, signer) = match mode & 3 {
        0 => (rest.to_vec(), None),
        // A signature takes longer than everything else: what is not even JSON seldom gets one.
        2 if !(is_json(&header) && is_json(&claims)) => (compact(None, &header, &claims), None),
        1 => (compact(Some(&DEVICES[1]), &header, &claims), Some(1)),
        _ => (compact(Some(&DEVICES[0]), &header, &claims), Some(0)),
    };
    let Ok(value) = HeaderValue::from_bytes(&proof) else { return false };
    let once = HeaderMap::from_iter([("dpop".parse().expect("a name"), value.clone())]);
    let expected = ExpectedProof { method: &Method::GET, path: PATH, from: IpAddr::V4(Ipv4Addr::LOCALHOST), access_token: Some(TOKEN) };
    let Ok(jkt) = checker.check(&once, expected) else { return false };
    check(std::str::from_utf8(&proof).expect("an accepted proof is text"), &jkt);
    assert_ne!(signer, Some(1), "the signature of a stranger was accepted");

    assert_eq!(checker.check(&once, expected), Err(ProofRefused::Replayed), "a proof served twice");
    let mut twice = once.clone();
    twice.append("dpop", value);
    assert_eq!(checker.check(&twice, expected), Err(ProofRefused::Several));
    for (other, refusal) in [
        (ExpectedProof { method: &Method::POST, ..expected }, ProofRefused::Method),
        (ExpectedProof { path: "/oauth/token", ..expected }, ProofRefused::Target),
        (ExpectedProof { access_token: Some("un-autre"), ..expected }, ProofRefused::TokenHash),
    ] {
        // One that has never seen it: otherwise it would only be a replay.
        assert_eq!(fresh().check(&once, other), Err(refusal), "good for another request");
    }
    true
}

fn public_key() -> String {
    let coordinate = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&DEVICES[0].public_key().as_ref()[range]);
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, coordinate(1..33), coordinate(33..65))
}

fn compact(key: Option<&EcdsaKeyPair>, header: &[u8], claims: &[u8]) -> Vec<u8> {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = key.map(|key| key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature"));
    let signature = signature.map(|signature| URL_SAFE_NO_PAD.encode(signature.as_ref())).unwrap_or_default();
    format!("{signed}.{signature}").into_bytes()
}

/// RFC 9449 section 4.3, with another library.
fn check(proof: &str, jkt: &str) {
    let parts: Vec<&str> = proof.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("not three parts") };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("unpadded base64url");
    let read = |part: &str| json::value(std::str::from_utf8(&decode(part)).expect("text"));
    let (Some(fields), Some(said)) = (read(header), read(claims)) else { return };
    assert_eq!((&fields["typ"], &fields["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
    assert!(fields.get("crit").is_none_or(Value::is_null), "a critical header was ignored");
    let jwk = &fields["jwk"];
    assert!(["d", "k", "p", "q"].iter().all(|private| jwk.get(private).is_none_or(Value::is_null)), "a private key was accepted");
    let coordinate = |name: &str| decode(jwk[name].as_str().expect("a coordinate"));
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).expect("a point of the curve");
    let signature = Signature::from_slice(&decode(signature)).expect("a signature");
    key.verify(format!("{header}.{claims}").as_bytes(), &signature).expect("the signature holds");
    let member = |name: &str| jwk[name].as_str().expect("text");
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, member("x"), member("y"));
    assert_eq!(jkt, URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)), "the thumbprint of another key");

    assert_eq!(said["htm"], "GET");
    let target = said["htu"].as_str().expect("an address");
    let mut target = Url::parse(target).expect("an address");
    target.set_query(None);
    target.set_fragment(None);
    assert_eq!(target.as_str(), format!("{ORIGIN}{PATH}"), "for another address");
    assert!(said["iat"].as_i64().is_some_and(|at| (NOW_S - 300..=NOW_S + 300).contains(&at)), "too old or from the future");
    assert_eq!(said["ath"], URL_SAFE_NO_PAD.encode(Sha256::digest(TOKEN)));
    assert!(said["jti"].as_str().is_some_and(|jti| !jti.is_empty() && jti.len() <= 256));
    assert!(said["nonce"].as_str().is_some_and(|nonce| !nonce.is_empty()));
}
