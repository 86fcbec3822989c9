//! The browser of `./dev demo --headless`: given an address, it signs in at the simulator as a person would; a second argument is the number
//! that she reads in the app.
//!
//! `VESTIBULE_PERSONA` names the persona, Camille FICTIF-EXEMPLE otherwise; `VESTIBULE_BROWSER_AUTHORITY`, a PEM file to trust besides, if it is there.

use anyhow::Context as _;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).context("an address to open is expected")?;
    let persona = std::env::var("VESTIBULE_PERSONA").unwrap_or_else(|_| "camille".to_owned());
    let authority = std::env::var_os("VESTIBULE_BROWSER_AUTHORITY").and_then(|path| std::fs::read(path).ok());
    let person = Person { number: std::env::args().nth(2), ..Person::named(&persona) };
    ScriptedBrowser::trusting(authority.as_deref())?.walk(&address, &person).await?;
    Ok(())
}
