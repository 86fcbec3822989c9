//! The browser of `./dev demo --headless`: given an address, it signs in at the simulator as a person would.
//!
//! `VESTIBULE_PERSONA` names the persona; Camille FICTIF-EXEMPLE otherwise.

use anyhow::Context as _;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).context("an address to open is expected")?;
    let persona = std::env::var("VESTIBULE_PERSONA").unwrap_or_else(|_| "camille".to_owned());
    ScriptedBrowser::new()?.walk(&address, &Person::named(&persona)).await?;
    Ok(())
}
