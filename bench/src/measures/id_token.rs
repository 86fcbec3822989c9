//! B7: the ID token as the companion checks it, beside its signature alone. The one measure from inside: no request shows this check by itself.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use companion_server::clock::SystemClock;
use companion_server::provider::fuzzing::{self, Keys, Rules};
use http::{Request, StatusCode};

use super::{Plan, micros_each};
use crate::driver::Connection;
use crate::figures::{Figure, Goal};
use crate::letters::decoded;
use crate::provider::{CLIENT_ID, Provider, REALM, code};
use crate::ticks::processor_time;

/// Tokens that take their turn: none is checked twice in a row.
const TOKENS: u64 = 64;
const NONCE: &str = "nonce-of-the-bench";

/// # Errors
/// When a token is not accepted.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (provider, size) = (Provider::start().await?, plan.size);
    let address: SocketAddr = provider.origin.strip_prefix("http://").context("the provider has another scheme")?.parse()?;
    let mut connection = Connection::open(address, [127, 0, 1, 1].into()).await?;
    let at = format!("{REALM}/protocol/openid-connect");
    let request = Request::get(format!("{at}/certs")).header("Host", address.to_string()).body(Default::default())?;
    let keys = connection.send(request).await?.expect(StatusCode::OK)?;
    let mut tokens = Vec::new();
    for person in 0..TOKENS {
        let body = format!("code={}", code(person, NONCE));
        let request = Request::post(format!("{at}/token")).header("Host", address.to_string()).body(body.into())?;
        let answer = connection.send(request).await?.expect(StatusCode::OK)?;
        tokens.push(fuzzing::token_answer(&answer.body)?.context("no ID token")?);
    }
    let whole = Check {
        keys: fuzzing::keys(&keys.body)?,
        rules: Rules {
            issuer: &format!("{}{REALM}", provider.origin),
            client_id: CLIENT_ID,
            nonce: NONCE,
            access_token: "",
            clock: Arc::new(SystemClock),
        },
    };
    let key = RsaPublicKeyComponents { n: decoded(keys.between("\"n\":\"", &['"'])?)?, e: decoded(keys.between("\"e\":\"", &['"'])?)? };
    let key = key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?;
    let alone = tokens.iter().map(|token| Signed::read(token)).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        floors.push(each(&alone, size.spell, |signed| Ok(key.verify_sig(signed.text.as_bytes(), &signed.signature)?))?);
        ours.push(each(&tokens, size.spell, |token| whole.one(token))?);
    }
    let floor = "sa signature RS256 par aws-lc, clé déjà lue";
    Ok(vec![Figure::new("B7", "jeton d’identité lu et vérifié", "µs", ours).above(floor, floors).aiming(Goal::FloorTimes(1.8))])
}

/// As the companion does it.
struct Check<'p> {
    keys: Keys,
    rules: Rules<'p>,
}

impl Check<'_> {
    fn one(&self, token: &str) -> anyhow::Result<()> {
        black_box(fuzzing::id_token(token, &self.keys, &self.rules)?);
        Ok(())
    }
}

/// What a token's signature is of, and its bytes.
struct Signed<'t> {
    text: &'t str,
    signature: Vec<u8>,
}

impl<'t> Signed<'t> {
    fn read(token: &'t str) -> anyhow::Result<Self> {
        let (text, signature) = token.rsplit_once('.').context("no signature")?;
        Ok(Self { text, signature: decoded(signature)? })
    }
}

/// Microseconds of this process for one, of these by turns.
fn each<T>(all: &[T], spell: Duration, mut one: impl FnMut(&T) -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let (process, began) = (std::process::id(), Instant::now());
    let (before, mut done) = (processor_time(process)?, 0_u64);
    while began.elapsed() < spell {
        for turn in all {
            one(turn)?;
        }
        done += u64::try_from(all.len())?;
    }
    Ok(micros_each(processor_time(process)? - before, done))
}
