//! Proofs as RFC 9449 has them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{DeviceKey, ProofClaims, code_challenge};
use crate::random::SystemRandom;

fn part(proof: &str, index: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(proof.split('.').nth(index).expect("three parts")).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn claims<'a>() -> ProofClaims<'a> {
    ProofClaims {
        method: "POST",
        address: "https://vestibule.example/oauth/token",
        unique_id: "one",
        issued_at_s: 1_800_000_000,
        nonce: None,
        access_token: None,
    }
}

/// RFC 7515 appendix A.3: private key, public coordinates.
#[test]
fn the_public_coordinates_are_those_of_rfc_7515() {
    let key = DeviceKey::from_stored(&SecretString::from("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")).expect("a key");
    let header = part(&key.prove(claims()), 0);
    assert_eq!(header["jwk"]["x"], "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    assert_eq!(header["jwk"]["y"], "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
}

/// RFC 7636 appendix B.
#[test]
fn the_challenge_is_that_of_rfc_7636() {
    let verifier = SecretString::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(code_challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/// RFC 9449 section 7.1: hash of the example access token.
#[test]
fn the_token_hash_is_that_of_rfc_9449() {
    let key = DeviceKey::generate(&SystemRandom).expect("a key");
    let token = SecretString::from("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    let proof = key.prove(ProofClaims { access_token: Some(&token), nonce: Some("n"), ..claims() });
    let body = part(&proof, 1);
    assert_eq!(body["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    assert_eq!(body["nonce"], "n");
    assert!(!proof.contains(token.expose_secret()));
}

#[test]
fn a_proof_verifies_and_holds_only_the_public_key() {
    let key = DeviceKey::generate(&SystemRandom).expect("a key");
    let proof = key.prove(claims());
    let (header, body) = (part(&proof, 0), part(&proof, 1));
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("dpop+jwt"), Some("ES256")));
    assert!(header["jwk"].get("d").is_none());
    assert_eq!(body["htm"], "POST");
    assert_eq!(body["htu"], "https://vestibule.example/oauth/token");
    assert_eq!(body["iat"], 1_800_000_000);
    assert!(body.get("nonce").is_none() && body.get("ath").is_none());

    let mut point = vec![4_u8];
    for coordinate in ["x", "y"] {
        point.extend(URL_SAFE_NO_PAD.decode(header["jwk"][coordinate].as_str().expect("text")).expect("base64url"));
    }
    let (signed, signature) = proof.rsplit_once('.').expect("three parts");
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).expect("base64url")).expect("64 bytes");
    VerifyingKey::from_sec1_bytes(&point).expect("a point").verify(signed.as_bytes(), &signature).expect("the signature holds");
}

#[test]
fn the_stored_form_gives_the_same_key_back() {
    let key = DeviceKey::generate(&SystemRandom).expect("a key");
    let again = DeviceKey::from_stored(&key.to_stored()).expect("readable");
    assert_eq!(key.thumbprint(), again.thumbprint());
    for bad in ["", "AAAA", "not base64 !", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert!(DeviceKey::from_stored(&SecretString::from(bad)).is_err(), "{bad}");
    }
}

#[test]
fn the_debug_form_hides_the_private_part() {
    let key = DeviceKey::generate(&SystemRandom).expect("a key");
    assert!(!format!("{key:?}").contains(key.to_stored().expose_secret()));
}
