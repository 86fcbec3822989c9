//! express-openid-connect, on Express: one process of Node.js. Sessions as it keeps them when told nothing: in an encrypted cookie, so that the
//! server knows none and can end none.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use vestibule_installation::place::random_secret;

use crate::provider::{CLIENT_ID, Provider};

pub const NAME: &str = "express-openid-connect (session en cookie chiffré)";

/// What `./dev bench` installs its packages beside.
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/express/server.mjs");

/// # Errors
/// When the machine gives no randomness.
pub fn prepare(_folder: &Path, address: SocketAddr, provider: &Provider) -> anyhow::Result<Command> {
    let mut program = Command::new("node");
    program.arg(SERVER).env("NODE_ENV", "production");
    program.env("BASE_URL", format!("http://{address}")).env("ISSUER_BASE_URL", provider.discovery());
    program.env("CLIENT_ID", CLIENT_ID).env("CLIENT_SECRET", random_secret()?).env("SECRET", random_secret()?);
    Ok(program)
}
