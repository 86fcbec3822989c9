//! Nothing but the bundled pages ever loads in the window (EXI 25): sign-in happens in the person's own browser.

use url::Url;

/// Whether the address is one of the pages bundled in this program.
///
/// Tauri serves them as `tauri://localhost` on Linux and macOS, and as `http://tauri.localhost` on Windows.
pub fn is_bundled_page(address: &Url) -> bool {
    match (address.scheme(), address.host_str()) {
        ("tauri", Some("localhost")) => cfg!(not(windows)),
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows) && address.port().is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled(address: &str) -> bool {
        is_bundled_page(&Url::parse(address).expect("a URL"))
    }

    #[test]
    #[cfg(not(windows))]
    fn the_bundled_pages_load() {
        assert!(bundled("tauri://localhost"));
        assert!(bundled("tauri://localhost/index.html#about"));
    }

    #[test]
    fn exi_25_no_other_page_ever_loads() {
        for address in [
            "https://wallet.esw.esante.gouv.fr/auth",
            "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet",
            "http://127.0.0.1:8091/auth",
            "http://localhost/",
            "https://tauri.localhost.example/",
            "http://tauri.localhost@example.org/",
            "tauri://example.org/",
            "about:blank",
            "data:text/html,x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "blob:tauri://localhost/0",
        ] {
            assert!(!bundled(address), "{address} must not load");
        }
    }
}
