//! What the same would cost if nothing had to be decided: a bare server on the same libraries, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::net::TcpListener;

/// As this program is told to be the bare server.
pub const COMMAND: &str = "floor";

/// The header by which it is told the key of a proof: it reads none.
pub const KEY_HEADER: &str = "device-key";

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
        .route("/hello", get(move |headers: HeaderMap| std::future::ready(verify(&headers).map(|()| answer.clone()))))
        .route("/parked", get(std::future::pending::<&'static str>));
    Ok(axum::serve(listener, router).await?)
}

/// Of a proof of possession, its signature alone. Here and not in a loop apart: what a verification costs depends on what else the core does.
fn verify(headers: &HeaderMap) -> Result<(), StatusCode> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(StatusCode::BAD_REQUEST);
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| StatusCode::BAD_REQUEST);
    let (signed, signature) = text("dpop")?.rsplit_once('.').ok_or(StatusCode::BAD_REQUEST)?;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(text(KEY_HEADER)?)?);
    key.verify(signed.as_bytes(), &decoded(signature)?).map_err(|_| StatusCode::UNAUTHORIZED)
}
