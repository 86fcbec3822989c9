//! Proof of possession of the device key on every call (RFC 9449): ES256 only, a server nonce always, each proof once.

mod nonce;
mod seen;
mod shared;

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method};
use serde::Deserialize;
use serde::de::IgnoredAny;
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::clock::Clock;
use crate::random::Random;
use crate::tally::Tally;

use nonce::NonceMint;
use seen::SeenProofs;
pub use shared::{Seed, Sighting, Silent, ToWitness, Witness};

/// Longest accepted proof, in bytes. A real one has about 500.
const LONGEST_PROOF: usize = 4096;
/// Longest accepted `jti`, in bytes.
const LONGEST_JTI: usize = 256;
/// How far `iat` may lie from the present, either way, in seconds. The nonce says how fresh a proof is, by our own clock (RFC 9449 section 8);
/// `iat` is the client's word, and workstation clocks are often wrong.
const IAT_WINDOW_S: i64 = 300;

/// Why a proof was refused. The client learns no more than `invalid_dpop_proof` or `use_dpop_nonce`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefused {
    /// No `DPoP` header.
    #[error("the DPoP header is missing")]
    Missing,
    /// More than one `DPoP` header.
    #[error("there is more than one DPoP header")]
    Several,
    /// Not a compact JWS of the expected shape.
    #[error("the proof cannot be read")]
    Malformed,
    /// `typ` is not `dpop+jwt`, `alg` is not `ES256`, or a `crit` header is present.
    #[error("the proof's header announces something else than an ES256 dpop+jwt")]
    Header,
    /// The key is not a public P-256 point.
    #[error("the proof's key is not a public P-256 key")]
    Key,
    /// The signature does not hold.
    #[error("the proof's signature does not hold")]
    Signature,
    /// `htm` is another method.
    #[error("the proof was made for another method")]
    Method,
    /// `htu` is another address.
    #[error("the proof was made for another address")]
    Target,
    /// `iat` lies more than five minutes away.
    #[error("the proof is too old or from the future")]
    Age,
    /// No nonce of ours, or one older than five minutes: the client tries again with a fresh one.
    #[error("the proof bears no current nonce of this companion")]
    NonceDue,
    /// `ath` is missing or not the hash of the access token presented.
    #[error("the proof was made for another access token")]
    TokenHash,
    /// This proof was seen before.
    #[error("the proof was already used")]
    Replayed,
    /// This address has too many proofs remembered: it waits, the others do not.
    #[error("too many proofs of this address are being remembered")]
    Crowding,
    /// Too many proofs are remembered: nothing is evicted to make room.
    #[error("too many proofs are being remembered")]
    Saturated,
    /// Whether another companion took this proof cannot be known at this moment.
    #[error("the companions' common memory of proofs did not answer")]
    Unwitnessed,
}

/// What a proof is checked against: never anything the client could have chosen, such as the `Host` header.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedProof<'a> {
    /// Method of the request.
    pub method: &'a Method,
    /// Path of the request, without query.
    pub path: &'a str,
    /// Where the client is: what it makes us remember is counted against it.
    pub from: IpAddr,
    /// Access token presented beside the proof, if the endpoint takes one.
    pub access_token: Option<&'a str>,
}

/// A proof that is good as far as this companion knows by itself.
#[derive(Debug)]
pub struct Examined {
    /// Thumbprint (RFC 7638) of the key that made it.
    pub jkt: String,
    /// What the other companions know is still to be asked.
    pub to_witness: Option<ToWitness>,
}

/// Checks proofs and mints the nonces they must carry.
pub struct ProofChecker {
    origin: Url,
    clock: Arc<dyn Clock>,
    crowding: Tally,
    nonces: RwLock<NonceMint>,
    seen: SeenProofs,
    /// What companions that serve one origin together have in common.
    common: Option<Arc<dyn Witness>>,
}

impl ProofChecker {
    /// A checker for the companion whose public origin is given. Nonces of an earlier process are void, and its proofs with them.
    pub fn new(origin: Url, clock: Arc<dyn Clock>, random: &dyn Random) -> Self {
        let crowding = Tally::new("proofs_per_address", Arc::clone(&clock));
        Self { origin, clock, crowding, nonces: RwLock::new(NonceMint::new(random)), seen: SeenProofs::default(), common: None }
    }

    /// The same among several companions, which draw their nonces from this seed.
    #[must_use]
    pub fn among(mut self, witness: Arc<dyn Witness>, seed: Seed) -> Self {
        self.nonces = RwLock::new(NonceMint::among(seed));
        self.common = Some(witness);
        self
    }

    /// Checks the proof of a request as [`Self::check`] does, and that no other companion took it.
    ///
    /// # Errors
    /// [`ProofRefused`]
    pub async fn prove(&self, headers: &HeaderMap, expected: ExpectedProof<'_>) -> Result<String, ProofRefused> {
        let Examined { jkt, to_witness } = self.examine(headers, expected)?;
        if let Some(proof) = to_witness {
            self.witness(proof).await?;
        }
        Ok(jkt)
    }

    /// Checks the proof of a request as [`Self::check`] does. Where other companions may have taken it, nothing may be done on its word before
    /// somebody has asked: [`Self::witness`], or whoever asks the common memory something else at the same time.
    ///
    /// # Errors
    /// [`ProofRefused`]
    pub fn examine(&self, headers: &HeaderMap, expected: ExpectedProof<'_>) -> Result<Examined, ProofRefused> {
        let mut proofs = headers.get_all("dpop").iter();
        let proof = proofs.next().ok_or(ProofRefused::Missing)?;
        if proofs.next().is_some() {
            return Err(ProofRefused::Several);
        }
        let proof = proof.to_str().map_err(|_| ProofRefused::Malformed)?;
        self.examine_text(proof, expected).inspect_err(|reason| {
            if matches!(reason, ProofRefused::Crowding | ProofRefused::Saturated) {
                self.crowding.count();
            }
        })
    }

    /// Checks that no other companion took a proof, and learns from what nonces are drawn by now.
    ///
    /// # Errors
    /// [`ProofRefused`]
    pub async fn witness(&self, proof: ToWitness) -> Result<(), ProofRefused> {
        let Some(witness) = &self.common else { return Ok(()) };
        match witness.see(proof).await {
            Ok(Sighting::First) => Ok(()),
            Ok(Sighting::Again) => Err(ProofRefused::Replayed),
            Ok(Sighting::OtherSeed(seed)) => {
                *self.nonces.write().unwrap_or_else(PoisonError::into_inner) = NonceMint::among(seed);
                Err(ProofRefused::NonceDue)
            }
            Err(Silent) => Err(ProofRefused::Unwitnessed),
        }
    }

    /// A nonce for the next proof, good for five minutes.
    pub fn fresh_nonce(&self) -> String {
        self.nonces().mint(self.clock.now())
    }

    /// Checks the proof of a request and gives the thumbprint (RFC 7638) of the key that made it.
    ///
    /// # Errors
    /// [`ProofRefused`]; [`ProofRefused::NonceDue`] is the only one a well-made client meets.
    pub fn check(&self, headers: &HeaderMap, expected: ExpectedProof<'_>) -> Result<String, ProofRefused> {
        self.examine(headers, expected).map(|examined| examined.jkt)
    }

    fn nonces(&self) -> RwLockReadGuard<'_, NonceMint> {
        self.nonces.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session was opened with this key: proofs of strangers take no room from it.
    pub fn vouch(&self, jkt: &str) {
        self.seen.vouch(jkt);
    }

    /// Proofs refused because too many had to be remembered.
    pub const fn crowding(&self) -> &Tally {
        &self.crowding
    }

    fn examine_text(&self, proof: &str, expected: ExpectedProof<'_>) -> Result<Examined, ProofRefused> {
        if proof.len() > LONGEST_PROOF {
            return Err(ProofRefused::Malformed);
        }
        let (signed, signature) = proof.rsplit_once('.').ok_or(ProofRefused::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(ProofRefused::Malformed)?;
        let header: Header = read_part(header)?;
        if header.typ != "dpop+jwt" || header.alg != "ES256" || header.crit.is_some() {
            return Err(ProofRefused::Header);
        }
        let point = header.jwk.point()?;
        let jkt = header.jwk.thumbprint();
        self.seen.check_room(expected.from, &jkt, self.clock.now())?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| ProofRefused::Malformed)?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| ProofRefused::Signature)?;
        let claims: Claims = read_part(claims)?;
        let to_witness = self.check_claims(&claims, &jkt, expected)?;
        Ok(Examined { jkt, to_witness })
    }

    fn check_claims(&self, claims: &Claims, jkt: &str, expected: ExpectedProof<'_>) -> Result<Option<ToWitness>, ProofRefused> {
        let now = self.clock.now();
        if claims.htm != expected.method.as_str() {
            return Err(ProofRefused::Method);
        }
        if !self.is_target(&claims.htu, expected.path) {
            return Err(ProofRefused::Target);
        }
        // The seed that judged the nonce, and not one that came into force since: what was noted under that is not what was noted under this.
        let seed = {
            let nonces = self.nonces();
            if !claims.nonce.as_deref().is_some_and(|nonce| nonces.is_current(nonce, now)) {
                return Err(ProofRefused::NonceDue);
            }
            nonces.common()
        };
        if claims.iat.abs_diff(now.unix_seconds()) > IAT_WINDOW_S.unsigned_abs() {
            return Err(ProofRefused::Age);
        }
        if let Some(token) = expected.access_token {
            let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()));
            let presented = claims.ath.as_deref().unwrap_or_default();
            if !bool::from(hash.as_bytes().ct_eq(presented.as_bytes())) {
                return Err(ProofRefused::TokenHash);
            }
        }
        if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
            return Err(ProofRefused::Malformed);
        }
        let mark = self.seen.remember(expected.from, jkt, &claims.jti, now)?;
        Ok(seed.map(|seed| ToWitness { mark, seed, now }))
    }

    /// RFC 9449 section 4.3: query and fragment of `htu` are ignored, everything else must be ours.
    fn is_target(&self, htu: &str, path: &str) -> bool {
        // What every app of ours writes; anything else is read as the standard says.
        if self.origin.path() == "/" && htu.strip_prefix(self.origin.as_str().trim_end_matches('/')) == Some(path) {
            return true;
        }
        let Ok(mut target) = Url::parse(htu) else { return false };
        target.set_query(None);
        target.set_fragment(None);
        let mut ours = self.origin.clone();
        ours.set_path(path);
        target == ours
    }
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
    crit: Option<IgnoredAny>,
}

/// RFC 7517 key as a proof carries it. Any private member makes it refused: a client that leaks its key must notice.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    d: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

impl Jwk {
    /// Uncompressed point, as aws-lc takes it; whether it lies on the curve is checked there.
    fn point(&self) -> Result<[u8; 65], ProofRefused> {
        if self.kty != "EC" || self.crv != "P-256" || self.d.is_some() || self.k.is_some() {
            return Err(ProofRefused::Key);
        }
        let coordinate = |text: &str| -> Result<[u8; 32], ProofRefused> {
            let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ProofRefused::Key)?;
            bytes.try_into().map_err(|_| ProofRefused::Key)
        };
        let mut point = [4_u8; 65];
        point[1..33].copy_from_slice(&coordinate(&self.x)?);
        point[33..].copy_from_slice(&coordinate(&self.y)?);
        Ok(point)
    }

    /// RFC 7638. The members were checked to be plain base64url, so that formatting is the canonical form.
    fn thumbprint(&self) -> String {
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, self.x, self.y);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
    }
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    nonce: Option<String>,
    ath: Option<String>,
}

fn read_part<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, ProofRefused> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| ProofRefused::Malformed)?;
    // As text: in the members that are skipped, the parser would not see what is not UTF-8 (RFC 8259 section 8.1).
    let text = String::from_utf8(bytes).map_err(|_| ProofRefused::Malformed)?;
    serde_json::from_str(&text).map_err(|_| ProofRefused::Malformed)
}

#[cfg(test)]
mod tests;
