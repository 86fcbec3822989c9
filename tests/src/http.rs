//! The HTTP client of every double: it follows nothing by itself, and trusts nobody that it was not told to.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};

/// To be completed: by an address of this machine, headers, an authority.
pub fn builder() -> ClientBuilder {
    // Reading the system's authorities takes longer than all else, and no companion of a test has a certificate of theirs.
    let builder = Client::builder().tls_certs_only(std::iter::empty());
    // As our app does, so that a silent connection is never closed by the companion first.
    builder.redirect(reqwest::redirect::Policy::none()).no_proxy().pool_idle_timeout(Duration::from_secs(30))
}

/// As it is.
///
/// # Errors
/// When no HTTP client can be built.
pub fn client() -> reqwest::Result<Client> {
    builder().build()
}
