//! Whether this version of the app is the one that the companion's administrator wants. It is said, and nothing updates itself.

use std::cmp::Ordering::Less;

use semver::Version;
use vestibule_model::exchange::CompanionMetadata;
use vestibule_model::view::UpdateView;
use vestibule_model::wire::is_word;

/// What the companion says of this version of the app.
pub(crate) fn wanted(metadata: &CompanionMetadata) -> Option<UpdateView> {
    wanted_of(env!("CARGO_PKG_VERSION"), metadata.minimum_app_version.as_deref(), metadata.current_app_version.as_deref())
}

/// A version that cannot be read asks for nothing: a slip at the companion must not keep a hospital out.
fn wanted_of(own: &str, minimum: Option<&str>, current: Option<&str>) -> Option<UpdateView> {
    let own = Version::parse(own).ok()?;
    let read = |text: &str| Version::parse(text).ok().filter(|_| is_word(text));
    // By precedence: what a version says of its build (`1.2.0+site`) puts it above nothing.
    let above = |text: Option<&str>| text.and_then(read).filter(|version| own.cmp_precedence(version) == Less);
    let (minimum, current) = (above(minimum), above(current));
    let required = minimum.is_some();
    // Whoever has to install one installs the latest.
    let version = minimum.max(current)?;
    Some(UpdateView { version: version.to_string(), required })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_below_is_told_which_one_is_wanted_and_whether_it_must_be() {
        let long = format!("9.9.9+{}", "a".repeat(10_000));
        for (minimum, current, expected) in [
            (None, None, None),
            (Some("1.2.0"), Some("1.2.0"), None),
            (None, Some("1.2.1"), Some(("1.2.1", false))),
            (Some("1.1.0"), Some("1.10.0"), Some(("1.10.0", false))),
            (Some("1.3.0"), None, Some(("1.3.0", true))),
            (Some("1.3.0"), Some("1.4.0"), Some(("1.4.0", true))),
            (Some("1.2.0-rc.1"), None, None),
            // What was built says nothing of what comes before what.
            (Some("1.2.0+hopital.7"), Some("1.2.0+autre"), None),
            (Some("two"), Some("1.2"), None),
            (Some(long.as_str()), Some(long.as_str()), None),
        ] {
            let found = wanted_of("1.2.0", minimum, current);
            assert_eq!(found.as_ref().map(|found| (found.version.as_str(), found.required)), expected, "{minimum:?} {current:?}");
        }
    }
}
