//! The examples of the administrator's guide about packages: `tests/packages` runs them, and `tests/it/guides.rs` knows that.

use crate::cluster::backups;

pub const VERIFY: &str = "# Paquets Debian : vérifier";
pub const INSTALL_COMPANION: &str = "# Paquets Debian : installer le compagnon";
pub const START: &str = "# Paquets Debian : démarrer le compagnon (systemd)";
pub const INSTALL_WORKSTATION: &str = "# Paquets Debian : installer un poste";
pub const UPGRADE: &str = "# Paquets Debian : mettre à jour";
pub const TAKE_BACK: &str = "# Paquets Debian : revenir en arrière";
pub const REMOVE: &str = "# Paquets Debian : retirer";
pub const PURGE: &str = "# Paquets Debian : purger";
/// Refused here, where nobody has the official kit.
pub const RELEASE: &str = "# Paquets Debian : faire une version à publier";

/// How each of those examples begins.
pub const TITLES: [&str; 9] = [VERIFY, INSTALL_COMPANION, START, INSTALL_WORKSTATION, UPGRADE, TAKE_BACK, REMOVE, PURGE, RELEASE];

/// The example with this title, as it stands.
///
/// # Panics
/// When the guide has none, or two.
pub fn example(title: &str) -> String {
    backups::example(title).unwrap_or_else(|error| panic!("{error}"))
}
