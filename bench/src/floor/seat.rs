//! The same requests as in a sign-in, to what decides nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, Request, StatusCode};

use super::KEY_HEADER;
use super::sign_in::{CALLBACK, PAGE, PROVEN, STEP_HEADER, Step, WEIGHT_HEADER};
use crate::driver::{Connection, Device};
use crate::letters::{encoded, random_text};
use crate::provider;

/// Sign-ins so far, at whichever server.
static SIGN_INS: AtomicU64 = AtomicU64::new(1);

/// One seat: the connections of an app and of a browser.
pub struct Signing {
    server: SocketAddr,
    app: Connection,
    browser: Connection,
    device: Device,
    key: String,
}

impl Signing {
    /// # Errors
    /// When nobody listens.
    pub async fn seat(server: SocketAddr, from: Ipv4Addr) -> anyhow::Result<Self> {
        let (app, browser, device) = (Connection::open(server, from).await?, Connection::open(server, from).await?, Device::new()?);
        let key = encoded(device.public_key());
        Ok(Self { server, app, browser, device, key })
    }

    /// The requests of one sign-in, whose answers have these weights; those between the return of the browser and the last are its decision. It
    /// leaves one of the traces.
    ///
    /// # Errors
    /// When anything is answered that was not expected.
    pub async fn sign_in(&mut self, person: u64, trace: usize, weights: &[usize]) -> anyhow::Result<()> {
        let [pushed, opened, left, back, decision @ .., redeemed] = weights else { anyhow::bail!("not the answers of a sign-in") };
        let (sign_in, of) = (SIGN_INS.fetch_add(1, Ordering::Relaxed), if decision.is_empty() { 4 } else { 5 });
        let step = |number| Step { trace, sign_in, number, of };
        self.prove(*pushed, step(0)).await?;
        self.browse(Method::GET, PAGE, *opened, step(1)).await?;
        self.browse(Method::POST, PAGE, *left, step(1)).await?;
        let code = provider::code(person, &random_text()?);
        self.browse(Method::GET, &format!("{CALLBACK}?grant_type=authorization_code&code={code}"), *back, step(2)).await?;
        for (number, weight) in decision.iter().enumerate() {
            self.browse(if number == 0 { Method::GET } else { Method::POST }, PAGE, *weight, step(3)).await?;
        }
        self.prove(*redeemed, step(of - 1)).await
    }

    async fn prove(&mut self, weight: usize, step: Step) -> anyhow::Result<()> {
        let proof = self.device.proof("POST", &format!("http://{}{PROVEN}", self.server), None, &random_text()?)?;
        let request = Request::post(PROVEN).header("Host", self.server.to_string()).header("DPoP", proof).header(KEY_HEADER, &self.key);
        let request = request.header(WEIGHT_HEADER, weight).header(STEP_HEADER, step.written()).body(Default::default())?;
        self.app.send(request).await?.expect(StatusCode::OK).map(drop)
    }

    async fn browse(&mut self, method: Method, path: &str, weight: usize, step: Step) -> anyhow::Result<()> {
        let request = Request::builder().method(method).uri(path).header("Host", self.server.to_string());
        let request = request.header(WEIGHT_HEADER, weight).header(STEP_HEADER, step.written()).body(Default::default())?;
        self.browser.send(request).await?.expect(StatusCode::OK).map(drop)
    }
}
