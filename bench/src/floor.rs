//! What the same would cost if nothing had to be decided: a bare server on the same libraries, in a process of its own, and single pieces of work.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use axum::Router;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::net::TcpListener;

use crate::driver::Device;

/// As this program is told to be the bare server.
pub const COMMAND: &str = "floor";

/// A bare server; dropped, it is killed.
pub struct Bare {
    pub address: SocketAddr,
    process: Child,
}

impl Bare {
    /// One whose answers have so many bytes.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(answer_bytes: usize) -> anyhow::Result<Self> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(std::env::current_exe()?).args([COMMAND, &answer_bytes.to_string()]);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
        Ok(Self { address: line.trim().parse().context("the bare server says no address")?, process })
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}

/// Is the bare server: says its address and answers until it is killed.
///
/// # Errors
/// When it cannot listen.
pub async fn serve(answer_bytes: usize, said: &mut impl std::io::Write) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(said, "{}", listener.local_addr()?)?;
    let answer = "x".repeat(answer_bytes);
    let router = Router::new()
        .route("/hello", get(move || std::future::ready(answer.clone())))
        .route("/parked", get(std::future::pending::<&'static str>));
    Ok(axum::serve(listener, router).await?)
}

/// Time of one thread for one verification of a proof's signature.
///
/// # Errors
/// When the kernel does not count.
pub fn verification() -> anyhow::Result<Duration> {
    const TIMES: u32 = 2_000;
    let device = Device::new()?;
    let proof = device.proof("GET", "http://127.0.0.1:8080/api/v1/session", Some("token"), "nonce")?;
    let (signed, signature) = proof.rsplit_once('.').context("no proof")?;
    let signature = URL_SAFE_NO_PAD.decode(signature)?;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, device.public_key());
    each(TIMES, || Ok(key.verify(signed.as_bytes(), &signature)?))
}

/// Time of this thread for one of many.
fn each(times: u32, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Duration> {
    let before = thread_time()?;
    for _ in 0..times {
        work()?;
    }
    Ok((thread_time()? - before) / times)
}

fn thread_time() -> anyhow::Result<Duration> {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(counted.split_whitespace().next().context("the kernel does not count")?.parse()?))
}
