//! Chance is handed in, like time.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SecureRandom as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};

/// Where unpredictable bytes come from.
pub trait Random: Send + Sync + 'static {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator, through aws-lc.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        // A machine without randomness must not hand out guessable secrets: stopping is the only safe answer.
        #[expect(clippy::expect_used, reason = "no safe way to go on")]
        aws_lc_rs::rand::SystemRandom::new().fill(buffer).expect("the operating system gives no randomness");
    }
}

/// Bytes that nobody can foresee who does not hold the secret, and that are always the same for who does: HMAC-SHA-256 in counter mode.
pub struct Drawn {
    key: hmac::Key,
    purpose: Vec<u8>,
    blocks: AtomicU32,
}

impl Drawn {
    /// For one purpose, which may be bound to something else too.
    pub fn from(secret: &SecretString, purpose: &str, bound_to: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        Self { key, purpose: format!("{purpose}\n{bound_to}").into_bytes(), blocks: AtomicU32::new(0) }
    }
}

impl Random for Drawn {
    fn fill(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(32) {
            let mut block = hmac::Context::with_key(&self.key);
            block.update(&self.blocks.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            block.update(&self.purpose);
            part.copy_from_slice(&block.sign().as_ref()[..part.len()]);
        }
    }
}

/// 256 random bits as 43 characters of unpadded base64url: codes, tokens, tickets, states, nonces, verifiers.
pub fn secret_256(random: &dyn Random) -> SecretString {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    let text = URL_SAFE_NO_PAD.encode(bytes);
    zeroize::Zeroize::zeroize(&mut bytes);
    text.into()
}
