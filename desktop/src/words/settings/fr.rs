//! In French.

use std::path::Path;

use vestibule_model::language::Language;

use super::SettingsWords;
use crate::settings::schema::Setting;
use crate::settings::{Fault, POLICY_VARIABLE, SettingsError, Source};
use crate::trusted_file::{Exposure, ExposureKind, PolicyOwner};
use crate::words::French;
use crate::words::system::SystemWords;

const QUOTING: &str = "TOML la lit comme le début d’une séquence d’échappement. Écrivez le chemin entre apostrophes, \
     par exemple {example}, ou doublez chaque barre";

impl SettingsWords for French {
    fn settings_error(&self, error: &SettingsError) -> String {
        match error {
            SettingsError::NoPolicy(path) => {
                format!("{}\u{a0}: fichier absent. Il doit indiquer l’adresse du serveur de connexion (companion_url).", path.display())
            }
            SettingsError::NoCompanion(path) => format!("{}\u{a0}: il manque companion_url.", path.display()),
            SettingsError::Unreadable { path, fault } => {
                format!("{}\u{a0}: accès impossible ({}).", path.display(), self.system_fault(*fault))
            }
            SettingsError::NotPermitted { path, at, is_folder } => {
                let (path, at) = (path.display(), at.display());
                let remedy = match is_folder {
                    _ if cfg!(windows) => format!("donnez aux utilisateurs le droit de lire {at}"),
                    true => format!("chmod a+x {at}"),
                    false => format!("chmod a+r {at}"),
                };
                format!(
                    "{path}\u{a0}: ce compte n’a pas le droit de lire ce fichier, que tous ceux du poste doivent pouvoir lire. Remède\u{a0}: {remedy}."
                )
            }
            SettingsError::Malformed { path, line, fault } => {
                let line = line.map(|line| format!(", ligne {line}")).unwrap_or_default();
                format!("{}{line}\u{a0}: {}.", path.display(), self.fault(fault))
            }
            SettingsError::PolicyExposed { file, exposure } => {
                format!("{}\u{a0}: ce fichier décide à qui faire confiance. {}.", file.display(), self.exposure(exposure))
            }
            SettingsError::AddressRefused { path } => format!(
                "{}\u{a0}: companion_url doit être en https, ou en http sur 127.0.0.1, sans rien après l’hôte et le port.",
                path.display()
            ),
            SettingsError::AddressNotLocal { path } => {
                format!(
                    "{}\u{a0}: un fichier donné par {POLICY_VARIABLE} ne peut désigner qu’un serveur de connexion sur 127.0.0.1.",
                    path.display()
                )
            }
            SettingsError::PolicyOnly { path, key } => {
                format!("{}\u{a0}: seule la stratégie du poste peut fixer {key}.", path.display())
            }
            SettingsError::NoHome(_) => "Ni la variable HOME ni le compte de cet utilisateur n’indiquent de dossier personnel.".to_owned(),
        }
    }

    fn fault(&self, fault: &Fault) -> String {
        let example = "'C:\\Program Files\\Vestibule\\ca.pem'";
        let quoting = QUOTING.replace("{example}", example);
        let named = |key: &Option<String>| key.clone().unwrap_or_else(|| "un paramètre".to_owned());
        let expected = |key: &str| {
            let setting = Setting::named(key);
            setting.map_or_else(String::new, |setting| format!(". Attendu\u{a0}: {}", setting.expected(Language::Fr)))
        };
        let expected_of = |key: &Option<String>| key.as_deref().map(expected).unwrap_or_default();
        match fault {
            Fault::Utf16 => "ce fichier est enregistré en UTF-16. Enregistrez-le en UTF-8".to_owned(),
            Fault::NotUtf8 => {
                "un caractère n’est pas en UTF-8\u{a0}: ce fichier est sans doute enregistré en ISO 8859-1 ou Windows-1252. Enregistrez-le en UTF-8".to_owned()
            }
            Fault::UnknownKey(key) => format!("paramètre inconnu, {key}"),
            Fault::UnknownValue(key) => format!("valeur inconnue pour {}{}", named(key), expected_of(key)),
            Fault::KeyTwice(key) => format!("paramètre en double{}", key.as_deref().map(|key| format!(", {key}")).unwrap_or_default()),
            Fault::WrongKind(key) => {
                format!("type de valeur incorrect pour {}{}", named(key), expected_of(key))
            }
            Fault::Backslash => format!("une barre oblique inverse est entre guillemets\u{a0}: {quoting}"),
            Fault::ControlCharacter(key) => {
                format!("la valeur de {key} contient un caractère de contrôle. Si c’est une barre oblique inverse\u{a0}: {quoting}")
            }
            Fault::Without { key, needs } => format!("{key} n’a d’effet qu’avec {needs}, qui manque. Ajoutez {needs}, ou retirez {key}"),
            Fault::Unusable(key) => format!("valeur inutilisable pour {key}{}", expected(key)),
            Fault::Syntax { column, slip } => {
                format!("ce n’est pas du TOML bien formé, colonne {column}\u{a0}: {}", slip.told(Language::Fr))
            }
        }
    }

    fn exposure(&self, exposure: &Exposure) -> String {
        let at = exposure.at.display();
        let owner = match exposure.allowed {
            PolicyOwner::Root => "root",
            PolicyOwner::RunningUser => "root ou à la personne qui lance l’application",
        };
        match &exposure.kind {
            ExposureKind::Outside(folder) => {
                let folder = folder.display();
                format!(
                    "{at} n’est pas dans {folder}, où seuls les administrateurs écrivent. Remède\u{a0}: placez-le dans un dossier de {folder}"
                )
            }
            ExposureKind::Owner(user) => {
                format!("{at} appartient à l’utilisateur n°\u{a0}{user}, et doit appartenir à {owner}. Remède\u{a0}: chown root:root {at}")
            }
            ExposureKind::Writable(mode) => {
                format!("{at} peut être modifié par d’autres (droits {mode:o}). Remède\u{a0}: chmod go-w {at}")
            }
        }
    }

    fn source(&self, source: Source) -> &'static str {
        match source {
            Source::MachinePolicy => "stratégie du poste",
            Source::DevelopmentPolicy => "fichier de développement",
            Source::User => "fichier de l’utilisateur",
            Source::Default => "valeur par défaut",
        }
    }

    fn no_value(&self) -> &'static str {
        "(aucune valeur)"
    }

    fn hidden_value(&self) -> &'static str {
        "(valeur définie, non affichée)"
    }

    fn policy_read(&self, path: &Path) -> String {
        format!("Stratégie lue\u{a0}: {}", path.display())
    }

    fn switch(&self, is_on: bool) -> &'static str {
        if is_on { "oui" } else { "non" }
    }
}
