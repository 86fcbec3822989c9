//! PKCS#12 files of `fixtures/`, kept as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub fn modern() -> Vec<u8> {
    decode(include_str!("fixtures/modern.p12.b64"))
}

pub fn legacy_rc2() -> Vec<u8> {
    decode(include_str!("fixtures/legacy-rc2.p12.b64"))
}

pub fn legacy_3des() -> Vec<u8> {
    decode(include_str!("fixtures/legacy-3des.p12.b64"))
}

pub fn empty_password() -> Vec<u8> {
    decode(include_str!("fixtures/empty-password.p12.b64"))
}

pub fn no_key() -> Vec<u8> {
    decode(include_str!("fixtures/no-key.p12.b64"))
}

fn decode(text: &str) -> Vec<u8> {
    STANDARD.decode(text.split_whitespace().collect::<String>()).expect("base64")
}
