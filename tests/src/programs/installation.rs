//! What an installation is made of: programs, ports, secrets, certificates, the companion's configuration.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context as _, bail};
use base64::Engine as _;

use super::TRACE;

/// Path of a program built beside this test.
///
/// # Errors
/// When it was not built: `cargo build --workspace --bins` first.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let folder = match std::env::var_os("VESTIBULE_BIN") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let test = std::env::current_exe()?;
            test.ancestors().nth(2).context("the test runs outside a target directory")?.to_owned()
        }
    };
    let path = folder.join(name);
    if !path.exists() {
        bail!("{} is not built: run `cargo build --workspace --bins` first", path.display());
    }
    Ok(path)
}

/// A port nobody listens on at this moment, and that the system gives to nobody by itself: below those of outgoing connections, which would
/// take it before the program that is to listen there has started. No two tests of a process are given the same.
///
/// # Errors
/// When loopback has none left.
pub fn free_port() -> anyhow::Result<u16> {
    static GIVEN: OnceLock<AtomicU16> = OnceLock::new();
    let mut chance = [0; 2];
    getrandom::fill(&mut chance)?;
    let given = GIVEN.get_or_init(|| AtomicU16::new(u16::from_le_bytes(chance)));
    for _ in 0..1_000 {
        let port = 16_000 + given.fetch_add(1, Ordering::Relaxed) % 16_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port was found")
}

/// How app and browser reach the companion.
#[derive(Debug, Clone, Copy)]
pub(super) enum Transport {
    Loopback,
    Tls,
}

pub(super) struct Ports {
    pub(super) companion: u16,
    pub(super) auth: u16,
    pub(super) wallet: u16,
    pub(super) administration: u16,
}

/// An authority of our own (`authority.pem`) and a certificate of 127.0.0.1 under it (`server.pem`, `server-key.pem`).
///
/// # Errors
/// When they cannot be made or written.
pub fn make_certificates(folder: &Path) -> anyhow::Result<()> {
    let mut authority = rcgen::CertificateParams::new(Vec::new())?;
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Autorité d’essai");
    let authority_key = rcgen::KeyPair::generate()?;
    fs::write(folder.join("authority.pem"), authority.self_signed(&authority_key)?.pem())?;
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate()?;
    let server = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    fs::write(folder.join("server.pem"), server.pem())?;
    write_private(&folder.join("server-key.pem"), &key.serialize_pem())
}

pub(super) fn companion_configuration(folder: &Path, keys: &Path, companion_url: &str, ports: &Ports, listener: &str) -> String {
    let Ports { companion, auth, wallet, administration } = ports;
    let (folder, keys) = (folder.display(), keys.display());
    format!(
        r#"[service]
name = "Dossier Exemple"
public_url = "{companion_url}"

[listener]
address = "127.0.0.1:{companion}"

{listener}
[administration]
address = "127.0.0.1:{administration}"
token_file = "{folder}/administration-token"

[psc]
environment = "simulator"
client_id = "vestibule-demo"
client_secret_file = "{folder}/client-secret"

[psc.simulator]
auth_url = "http://127.0.0.1:{auth}"
wallet_url = "http://127.0.0.1:{wallet}"

[storage]
sqlite_file = "{folder}/companion.sqlite"

[vault]
key_file = "{keys}/vault-key"

# Tests start more sign-ins in a minute than a person does.
[limits]
starts_per_minute_per_key = 1000
starts_per_minute_per_address = 1000
calls_per_minute_per_key = 100000
refreshes_per_minute_per_key = 1000

[logs]
level = "{TRACE}"
"#
    )
}

pub(super) fn random_secret() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

pub(super) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    Ok(fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())?)
}
