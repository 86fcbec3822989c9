//! Ports and private files.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context as _, bail};
use base64::Engine as _;

/// A loopback address where nobody listens at this moment, and that the system gives to nobody by itself: its port is below those of outgoing
/// connections, which would take it before the program that is to listen there has started. No two tests of a process are given the same.
///
/// # Errors
/// When loopback has none left.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    static GIVEN: OnceLock<AtomicU16> = OnceLock::new();
    let mut chance = [0; 2];
    getrandom::fill(&mut chance)?;
    let given = GIVEN.get_or_init(|| AtomicU16::new(u16::from_le_bytes(chance)));
    for _ in 0..1_000 {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 16_000 + given.fetch_add(1, Ordering::Relaxed) % 16_000));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no free port was found")
}

/// The port of a [`free_address`].
///
/// # Errors
/// When loopback has none left.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(free_address()?.port())
}

/// 256 bits that nobody can guess, in letters that every file and address takes.
///
/// # Errors
/// When the system has no randomness.
pub fn random_secret() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// Writes a file that only its owner reads, in place of what lay there.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &Path, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let name = || path.display().to_string();
    if path.exists() {
        fs::remove_file(path).with_context(name)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(name)?.write_all(content.as_ref()).with_context(name)
}
