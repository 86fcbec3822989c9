//! Randomness, handed in so that tests can repeat a run.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use zeroize::Zeroizing;

/// A source of bytes nobody can guess.
pub trait Random: Send + Sync + std::fmt::Debug {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the operating system gives none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The operating system gave no randomness; nothing may go on without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct RandomUnavailable;

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        getrandom::fill(bytes).map_err(|_| RandomUnavailable)
    }
}

/// 256 bits in 43 characters that need no escaping in an address.
///
/// # Errors
/// [`RandomUnavailable`].
pub fn token(random: &dyn Random) -> Result<SecretString, RandomUnavailable> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    random.fill(bytes.as_mut())?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}
