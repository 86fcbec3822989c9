//! Which level is written.

use tracing::Level;

use super::filter;

#[test]
fn libraries_stay_at_info_whatever_was_asked() {
    let filter = filter(Level::TRACE);
    for library in ["hyper::proto", "hyper_util::client", "reqwest::connect", "zbus::connection", "rustls::client", "h2"] {
        assert!(!filter.would_enable(library, &Level::DEBUG), "{library}");
        assert!(filter.would_enable(library, &Level::INFO), "{library}");
    }
    assert!(filter.would_enable("vestibule_desktop::engine", &Level::TRACE));
}

#[test]
fn a_quieter_level_quiets_libraries_too() {
    let filter = filter(Level::ERROR);
    assert!(!filter.would_enable("hyper", &Level::WARN));
    assert!(!filter.would_enable("vestibule_desktop", &Level::WARN));
}
