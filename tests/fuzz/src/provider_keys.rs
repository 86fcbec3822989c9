//! Keys of an invented provider, made once a process, and tokens signed with them.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use companion_server::provider::fuzzing::{self, Keys};
use serde_json::{Value, json};

/// `kid` of the published key.
pub const KID: &str = "cle-1";

/// The published key, and one that nobody published.
static PAIRS: LazyLock<[RsaKeyPair; 2]> = LazyLock::new(|| [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")));

static KEYS: LazyLock<Keys> = LazyLock::new(|| fuzzing::keys(published().to_string().as_bytes()).expect("a key set"));

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// By the published key: the only one that may ever be accepted.
    Published,
    /// By a key that nobody published.
    Stranger,
    /// HMAC with the modulus of the published key, the classic confusion.
    Modulus,
    /// None at all.
    Empty,
}

/// The key set as the companion holds it.
pub fn keys() -> &'static Keys {
    &KEYS
}

/// Public parts of the published key, unpadded base64url: modulus and exponent.
pub fn public_key() -> (String, String) {
    let components: RsaPublicKeyComponents<Vec<u8>> = PAIRS[0].public_key().into();
    (URL_SAFE_NO_PAD.encode(components.n), URL_SAFE_NO_PAD.encode(components.e))
}

/// The key set as the provider publishes it.
pub fn published() -> Value {
    let (n, e) = public_key();
    json!({"keys": [
        {"kty": "EC", "kid": "autre", "crv": "P-256", "use": "sig"},
        {"kty": "RSA", "kid": KID, "use": "sig", "alg": "RS256", "n": n, "e": e},
    ]})
}

/// A compact token with these parts.
pub fn token(header: &[u8], claims: &[u8], signature: Signature) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let bytes = match signature {
        Signature::Published => rsa(&PAIRS[0], &signed),
        Signature::Stranger => rsa(&PAIRS[1], &signed),
        Signature::Modulus => {
            let components: RsaPublicKeyComponents<Vec<u8>> = PAIRS[0].public_key().into();
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &components.n), signed.as_bytes()).as_ref().to_vec()
        }
        Signature::Empty => Vec::new(),
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn rsa(pair: &RsaKeyPair, signed: &str) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).expect("a signature");
    signature
}
