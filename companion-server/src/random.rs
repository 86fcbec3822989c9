//! Chance is handed in, like time.

use aws_lc_rs::rand::SecureRandom as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

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

/// 256 random bits as 43 characters of unpadded base64url: codes, tokens, tickets, states, nonces, verifiers.
pub fn secret_256(random: &dyn Random) -> secrecy::SecretString {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    let text = URL_SAFE_NO_PAD.encode(bytes);
    zeroize::Zeroize::zeroize(&mut bytes);
    text.into()
}
