//! Signatures, right and wrong.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use aws_lc_rs::{hmac, signature::RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Making RSA keys is slow: two serve every case. The first is published and signs.
static KEYS: LazyLock<[RsaKeyPair; 2]> = LazyLock::new(|| [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));
static CURVE: LazyLock<EcdsaKeyPair> = LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

/// An RSA key as published.
pub fn jwk(index: usize) -> Value {
    let key: RsaPublicKeyComponents<Vec<u8>> = KEYS[index].public_key().into();
    let (n, e) = (URL_SAFE_NO_PAD.encode(&key.n), URL_SAFE_NO_PAD.encode(&key.e));
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("cle-{index}"), "n": n, "e": e})
}

/// A curve key as published, under the name of the first RSA key.
pub fn curve_jwk() -> Value {
    let point = CURVE.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "cle-0", "x": x, "y": y})
}

fn rsa(index: usize, encoding: &'static dyn RsaEncoding, signed: &str) -> Vec<u8> {
    let mut signature = vec![0; KEYS[index].public_modulus_len()];
    KEYS[index].sign(encoding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    signature
}

pub fn rs256(signed: &str) -> Vec<u8> {
    rsa(0, &RSA_PKCS1_SHA256, signed)
}

pub fn rs256_by_the_other(signed: &str) -> Vec<u8> {
    rsa(1, &RSA_PKCS1_SHA256, signed)
}

pub fn rs512(signed: &str) -> Vec<u8> {
    rsa(0, &RSA_PKCS1_SHA512, signed)
}

pub fn ps256(signed: &str) -> Vec<u8> {
    rsa(0, &RSA_PSS_SHA256, signed)
}

pub fn es256(signed: &str) -> Vec<u8> {
    CURVE.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
}

fn hs256(secret: &[u8], signed: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes()).as_ref().to_vec()
}

pub fn hs256_with_the_client_secret(signed: &str) -> Vec<u8> {
    hs256(super::CLIENT_SECRET.as_bytes(), signed)
}

pub fn hs256_with_the_public_key(signed: &str) -> Vec<u8> {
    hs256(KEYS[0].public_key().as_der().unwrap().as_ref(), signed)
}

pub fn hs256_with_nothing(signed: &str) -> Vec<u8> {
    hs256(&[], signed)
}

/// Header, payload and signature in compact form.
pub fn compact(header: &Value, payload: &str, sign: fn(&str) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(sign(&signed)))
}
