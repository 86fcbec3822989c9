//! Proofs of possession: what each must name, once, in time.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use http::HeaderValue;
use serde_json::{Value, json};

use crate::clock::{ManualClock, Timestamp};
use crate::random::SystemRandom;

use super::*;

const NOW_S: i64 = 1_795_000_000;
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const TOKEN: &str = "an-access-token";

struct Bench {
    checker: ProofChecker,
    clock: Arc<ManualClock>,
    key: EcdsaKeyPair,
}

/// Where a test may bend an otherwise good proof.
struct Proof {
    header: Value,
    claims: Value,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(NOW_S * 1000)));
        let origin = Url::parse("https://compagnon.example").unwrap();
        let checker = ProofChecker::new(origin, clock.clone(), &SystemRandom);
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { checker, clock, key }
    }

    fn proof(&self) -> Proof {
        let point = self.key.public_key().as_ref();
        Proof {
            header: json!({
                "typ": "dpop+jwt", "alg": "ES256",
                "jwk": {"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])},
            }),
            claims: json!({
                "jti": "one", "htm": "GET", "htu": "https://compagnon.example/api/v1/session", "iat": NOW_S,
                "nonce": self.checker.fresh_nonce(), "ath": URL_SAFE_NO_PAD.encode(digest(&SHA256, TOKEN.as_bytes())),
            }),
        }
    }

    fn sign(&self, proof: &Proof) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&proof.header), part(&proof.claims));
        let signature = self.key.sign(&aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn check_signed(&self, proof: &str) -> Result<String, ProofRefused> {
        let mut headers = HeaderMap::new();
        headers.insert("dpop", HeaderValue::from_str(proof).unwrap());
        self.checker.check(&headers, ExpectedProof { method: &Method::GET, path: "/api/v1/session", from: HERE, access_token: Some(TOKEN) })
    }

    fn check(&self, bend: impl FnOnce(&mut Proof)) -> Result<String, ProofRefused> {
        let mut proof = self.proof();
        bend(&mut proof);
        self.check_signed(&self.sign(&proof))
    }
}

#[test]
fn a_good_proof_gives_the_thumbprint_of_its_key() {
    // RFC 7638 asks for the members in this order, without white space.
    let bench = Bench::new();
    let proof = bench.proof();
    let (x, y) = (&proof.header["jwk"]["x"], &proof.header["jwk"]["y"]);
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":{x},"y":{y}}}"#);
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
    assert_eq!(bench.check_signed(&bench.sign(&proof)), Ok(thumbprint));
}

#[test]
fn query_and_fragment_of_the_target_are_ignored_as_the_rfc_asks() {
    let bench = Bench::new();
    assert!(bench.check(|proof| proof.claims["htu"] = json!("https://compagnon.example/api/v1/session?wait=25#x")).is_ok());
}

#[test]
fn every_bent_proof_is_refused_for_its_own_reason() {
    type Bend = fn(&mut Proof);
    let cases: &[(&str, Bend, ProofRefused)] = &[
        ("other typ", |p| p.header["typ"] = json!("JWT"), ProofRefused::Header),
        ("alg none", |p| p.header["alg"] = json!("none"), ProofRefused::Header),
        ("alg HS256", |p| p.header["alg"] = json!("HS256"), ProofRefused::Header),
        ("alg RS256", |p| p.header["alg"] = json!("RS256"), ProofRefused::Header),
        ("crit", |p| p.header["crit"] = json!(["b64"]), ProofRefused::Header),
        ("private key", |p| p.header["jwk"]["d"] = json!("AAAA"), ProofRefused::Key),
        ("symmetric key", |p| p.header["jwk"] = json!({"kty": "oct", "k": "AAAA", "crv": "P-256", "x": "", "y": ""}), ProofRefused::Key),
        ("other curve", |p| p.header["jwk"]["crv"] = json!("P-384"), ProofRefused::Key),
        ("padded coordinate", |p| p.header["jwk"]["x"] = json!("AAAA="), ProofRefused::Key),
        ("point off the curve", |p| p.header["jwk"]["y"] = json!(URL_SAFE_NO_PAD.encode([1_u8; 32])), ProofRefused::Signature),
        ("no key", |p| p.header["jwk"] = json!({}), ProofRefused::Malformed),
        ("other method", |p| p.claims["htm"] = json!("POST"), ProofRefused::Method),
        ("method in small letters", |p| p.claims["htm"] = json!("get"), ProofRefused::Method),
        ("other path", |p| p.claims["htu"] = json!("https://compagnon.example/oauth/token"), ProofRefused::Target),
        ("other host", |p| p.claims["htu"] = json!("https://ailleurs.example/api/v1/session"), ProofRefused::Target),
        ("other scheme", |p| p.claims["htu"] = json!("http://compagnon.example/api/v1/session"), ProofRefused::Target),
        ("user in the address", |p| p.claims["htu"] = json!("https://a@compagnon.example/api/v1/session"), ProofRefused::Target),
        ("old", |p| p.claims["iat"] = json!(NOW_S - 301), ProofRefused::Age),
        ("from the future", |p| p.claims["iat"] = json!(NOW_S + 301), ProofRefused::Age),
        ("iat at the end of the world", |p| p.claims["iat"] = json!(i64::MIN), ProofRefused::Age),
        ("iat beyond numbers", |p| p.claims["iat"] = json!(1e300), ProofRefused::Malformed),
        ("no nonce", |p| p.claims["nonce"] = Value::Null, ProofRefused::NonceDue),
        ("someone else's nonce", |p| p.claims["nonce"] = json!("AAAAAAAAAAA"), ProofRefused::NonceDue),
        ("no ath", |p| p.claims["ath"] = Value::Null, ProofRefused::TokenHash),
        ("ath of another token", |p| p.claims["ath"] = json!("AAAA"), ProofRefused::TokenHash),
        ("empty jti", |p| p.claims["jti"] = json!(""), ProofRefused::Malformed),
        ("endless jti", |p| p.claims["jti"] = json!("j".repeat(257)), ProofRefused::Malformed),
        ("endless proof", |p| p.header["x"] = json!("x".repeat(4096)), ProofRefused::Malformed),
    ];
    for (name, bend, reason) in cases {
        assert_eq!(Bench::new().check(bend), Err(*reason), "{name}");
    }
}

#[test]
fn a_clock_that_is_wrong_by_minutes_is_no_matter_beside_a_fresh_nonce() {
    for off in [-300, -150, 150, 300] {
        assert!(Bench::new().check(|proof| proof.claims["iat"] = json!(NOW_S + off)).is_ok(), "{off}");
    }
}

#[test]
fn a_proof_works_once() {
    let bench = Bench::new();
    let proof = bench.sign(&bench.proof());
    assert!(bench.check_signed(&proof).is_ok());
    assert_eq!(bench.check_signed(&proof), Err(ProofRefused::Replayed));
    assert!(bench.check(|other| other.claims["jti"] = json!("two")).is_ok());
}

#[test]
fn a_proof_stays_refused_for_as_long_as_it_could_be_presented() {
    let bench = Bench::new();
    let proof = bench.sign(&bench.proof());
    assert!(bench.check_signed(&proof).is_ok());
    for _ in 0..30 {
        bench.clock.advance_seconds(30);
        assert!(bench.check_signed(&proof).is_err());
    }
}

#[test]
fn a_nonce_lives_five_minutes() {
    let bench = Bench::new();
    let nonce = bench.checker.fresh_nonce();
    bench.clock.advance_seconds(300);
    let with_age = |proof: &mut Proof, iat: i64| {
        proof.claims["nonce"] = json!(nonce);
        proof.claims["iat"] = json!(iat);
    };
    assert!(bench.check(|proof| with_age(proof, NOW_S + 300)).is_ok());
    bench.clock.advance_seconds(1);
    assert_eq!(bench.check(|proof| with_age(proof, NOW_S + 301)), Err(ProofRefused::NonceDue));
}

#[test]
fn a_nonce_of_another_process_is_refused() {
    let elsewhere = Bench::new().checker.fresh_nonce();
    assert_eq!(Bench::new().check(|proof| proof.claims["nonce"] = json!(elsewhere)), Err(ProofRefused::NonceDue));
}

#[test]
fn a_signature_of_another_key_or_form_is_refused() {
    let bench = Bench::new();
    let proof = bench.sign(&bench.proof());
    let (signed, _) = proof.rsplit_once('.').unwrap();
    let foreign = Bench::new().sign(&bench.proof());
    let (_, foreign_signature) = foreign.rsplit_once('.').unwrap();
    for (signature, reason) in [
        (foreign_signature, ProofRefused::Signature),
        ("", ProofRefused::Signature),
        (&*URL_SAFE_NO_PAD.encode([0_u8; 64]), ProofRefused::Signature),
        ("not base64!", ProofRefused::Malformed),
    ] {
        assert_eq!(bench.check_signed(&format!("{signed}.{signature}")), Err(reason));
    }
}

#[test]
fn none_or_several_proofs_are_refused() {
    let bench = Bench::new();
    let expected = ExpectedProof { method: &Method::GET, path: "/api/v1/session", from: HERE, access_token: None };
    let mut headers = HeaderMap::new();
    assert_eq!(bench.checker.check(&headers, expected), Err(ProofRefused::Missing));
    for _ in 0..2 {
        headers.append("dpop", HeaderValue::from_str(&bench.sign(&bench.proof())).unwrap());
    }
    assert_eq!(bench.checker.check(&headers, expected), Err(ProofRefused::Several));
}

#[test]
fn duplicated_members_are_refused() {
    let bench = Bench::new();
    let proof = bench.proof();
    let header = proof.header.to_string().replacen("\"alg\":\"ES256\"", "\"alg\":\"none\",\"alg\":\"ES256\"", 1);
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(proof.claims.to_string()));
    let signature = bench.key.sign(&aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes()).unwrap();
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()));
    assert_eq!(bench.check_signed(&forged), Err(ProofRefused::Malformed));
}
