//! The examples of the administrator's pages about packages: `tests/packages` runs them, and `tests/it/guides.rs` knows that.

use crate::cluster::backups;

pub const VERIFY: &str = "# Paquets Debian : vérifier";
pub const INSTALL_COMPANION: &str = "# Paquets Debian : installer le serveur de connexion";
pub const SET_UP: &str = "# Paquets Debian : configurer le serveur de connexion";
pub const START: &str = "# Paquets Debian : démarrer le serveur de connexion (systemd)";
pub const INSTALL_WORKSTATION: &str = "# Paquets Debian : installer un poste";
pub const UPGRADE: &str = "# Paquets Debian : mettre à jour";
pub const TAKE_BACK: &str = "# Paquets Debian : revenir en arrière";
pub const REMOVE: &str = "# Paquets Debian : retirer";
pub const PURGE: &str = "# Paquets Debian : purger";
pub const EXAMINE: &str = "# Paquets Debian : examiner le serveur de connexion";
pub const BACK_UP: &str = "# Paquets Debian : sauvegarder le serveur de connexion";
pub const RESTORE: &str = "# Paquets Debian : restaurer le serveur de connexion";
pub const UPGRADE_COMPANION: &str = "# Paquets Debian : mettre à jour le serveur de connexion";
pub const TAKE_BACK_COMPANION: &str = "# Paquets Debian : revenir à la version d’avant du serveur de connexion";
pub const PRODUCTION: &str = "# Paquets Debian : passer le serveur de connexion en production";
/// Refused here, where nobody has the official kit.
pub const RELEASE: &str = "# Paquets Debian : faire une version à publier";

/// How each of those examples begins.
pub const TITLES: [&str; 16] = [
    VERIFY,
    INSTALL_COMPANION,
    SET_UP,
    START,
    EXAMINE,
    INSTALL_WORKSTATION,
    BACK_UP,
    RESTORE,
    UPGRADE,
    UPGRADE_COMPANION,
    TAKE_BACK,
    TAKE_BACK_COMPANION,
    PRODUCTION,
    REMOVE,
    PURGE,
    RELEASE,
];

/// The example with this title, as it stands.
///
/// # Panics
/// When the guide has none, or two.
pub fn example(title: &str) -> String {
    backups::example(title).unwrap_or_else(|error| panic!("{error}"))
}
