//! What the same would cost if nothing had to be decided: a bare server on the same libraries, in a process of its own.

pub mod opened;
pub mod register;
pub mod seat;
pub mod sign_in;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::net::TcpListener;

use self::register::Register;
use crate::provider::Provider;

/// As this program is told to be the bare server.
pub const COMMAND: &str = "floor";

/// The header by which it is told the key of a proof: it reads none.
pub const KEY_HEADER: &str = "device-key";

/// A bare server; dropped, it is killed.
pub struct Bare {
    pub address: SocketAddr,
    process: Child,
    /// Where it keeps something.
    _folder: Option<tempfile::TempDir>,
}

impl Bare {
    /// One whose answers have so many bytes.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(answer_bytes: usize) -> anyhow::Result<Self> {
        Self::spawn(&[&answer_bytes.to_string()], None)
    }

    /// The same, which besides keeps so many values, each of so many bytes before it was sealed, and opens the one that is asked for.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn opening(answer_bytes: usize, count: u64, value_bytes: usize) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vestibule-floor.").tempdir()?;
        let path = folder.path().to_str().context("a folder without a name")?.to_owned();
        Self::spawn(&[&answer_bytes.to_string(), &path, &count.to_string(), &value_bytes.to_string()], Some(folder))
    }

    /// One that answers the requests of a sign-in: it asks this provider, and keeps as many bytes as ours, or the same rows.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn for_sign_ins(provider: &Provider, rows: Option<&Register>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vestibule-floor.").tempdir()?;
        if let Some(rows) = rows {
            std::fs::write(folder.path().join(sign_in::REGISTER), serde_json::to_vec(rows)?)?;
        }
        let at = provider.origin.strip_prefix("http://").context("the provider has another scheme")?;
        let path = folder.path().to_str().context("a folder without a name")?.to_owned();
        Self::spawn(&["0", at, &path], Some(folder))
    }

    fn spawn(told: &[&str], folder: Option<tempfile::TempDir>) -> anyhow::Result<Self> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(std::env::current_exe()?).arg(COMMAND).args(told);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
        Ok(Self { address: line.trim().parse().context("the bare server says no address")?, process, _folder: folder })
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

/// Is the bare server: says its address and answers until it is killed. It is told what it was started with.
///
/// # Errors
/// When it cannot listen, or was told something else.
pub async fn serve(told: &[String], said: &mut impl std::io::Write) -> anyhow::Result<()> {
    let answer_bytes = told.first().context("how many bytes?")?.parse()?;
    let more = match told.get(1..) {
        Some([provider, folder]) => sign_in::router(provider.parse()?, Path::new(folder)).await?,
        Some([folder, count, value_bytes]) => opened::router(Path::new(folder), answer_bytes, count.parse()?, value_bytes.parse()?)?,
        _ => Router::new(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(said, "{}", listener.local_addr()?)?;
    let answer = "x".repeat(answer_bytes);
    let router = Router::new()
        .route("/hello", get(move |headers: HeaderMap| std::future::ready(verify(&headers).map(|()| answer.clone()))))
        .route("/plain", get(async || "plain"))
        .route("/parked", get(std::future::pending::<&'static str>))
        .merge(more);
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
