//! Server nonces without memory: the moment, and a MAC over it under a key that dies with the process, or with the memory of proofs that
//! several companions have in common.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::random::Random;

use super::shared::Seed;

/// How long a nonce is good, in seconds.
pub(super) const LIFE_S: i64 = 300;
const MOMENT_BYTES: usize = 8;

pub(super) struct NonceMint {
    key: hmac::Key,
    /// What it was drawn from, where others draw theirs from it too.
    common: Option<Seed>,
    /// Of which second it was made: all answers of that second give the same one.
    latest: Mutex<(i64, String)>,
}

impl NonceMint {
    pub(super) fn new(random: &dyn Random) -> Self {
        let mut seed = zeroize::Zeroizing::new(Seed::default());
        random.fill(seed.as_mut_slice());
        Self::drawn_from(&seed, None)
    }

    /// Of several companions, which all draw theirs from this.
    pub(super) fn among(seed: Seed) -> Self {
        Self::drawn_from(&seed, Some(seed))
    }

    fn drawn_from(seed: &Seed, common: Option<Seed>) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, seed), common, latest: Mutex::new((i64::MIN, String::new())) }
    }

    pub(super) const fn common(&self) -> Option<Seed> {
        self.common
    }

    pub(super) fn mint(&self, now: Timestamp) -> String {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.0 != now.unix_seconds() {
            let moment = now.unix_seconds().to_be_bytes();
            let mut nonce = moment.to_vec();
            nonce.extend_from_slice(hmac::sign(&self.key, &moment).as_ref());
            *latest = (now.unix_seconds(), URL_SAFE_NO_PAD.encode(nonce));
        }
        latest.1.clone()
    }

    /// Whether we minted it less than five minutes ago.
    pub(super) fn is_current(&self, nonce: &str, now: Timestamp) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(nonce) else { return false };
        let Some((moment, mac)) = bytes.split_first_chunk::<MOMENT_BYTES>() else { return false };
        if hmac::verify(&self.key, moment, mac).is_err() {
            return false;
        }
        let age_s = now.unix_seconds() - i64::from_be_bytes(*moment);
        (-LIFE_S..=LIFE_S).contains(&age_s)
    }
}
