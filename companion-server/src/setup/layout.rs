//! Where everything goes, whose it is, and who gives the secrets to the service.

use std::path::{Path, PathBuf};

use super::given::{Given, PACKAGED_CONFIG};
use super::refused::SetupRefused;
use crate::ordinary_file;

/// What the package's service gives the companion, file by file.
const PACKAGED_SECRETS: &str = "/etc/vestibule/secrets";
/// By whom, and under which name.
const UNITS: [&str; 3] =
    ["/etc/systemd/system/compagnon.service", "/lib/systemd/system/compagnon.service", "/usr/lib/systemd/system/compagnon.service"];
const GIVES_SECRETS: &str = "LoadCredential=secrets:/etc/vestibule/secrets";
/// All that its service writes to, and where an administrator may have given it more.
const PACKAGED_STATE: &str = "/var/lib/vestibule";
const ADDITIONS: &str = "/etc/systemd/system/compagnon.service.d";
/// The package's account.
const ACCOUNT: &str = "vestibule";

/// The service's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub user: u32,
    pub group: u32,
}

/// Where everything goes.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The configuration.
    pub config: PathBuf,
    /// The folder of the secrets.
    pub secrets: PathBuf,
    /// The service manager gives the secrets, and only root enters their folder.
    pub is_given_by_service: bool,
    /// Who serves, where root sets up for somebody else.
    pub account: Option<Account>,
}

impl Layout {
    /// As given, and as this machine is. Performs I/O.
    ///
    /// # Errors
    /// [`SetupRefused::Value`] for a path that cannot be one.
    pub fn of(given: &Given) -> Result<Self, SetupRefused> {
        let config = absolute(&given.config).map_err(|reason| SetupRefused::Value { option: "--config", reason })?;
        let beside = || config.with_file_name("secrets");
        let (secrets, is_given_by_service) = match &given.secrets_dir {
            Some(folder) => (absolute(folder).map_err(|reason| SetupRefused::Value { option: "--secrets-dir", reason })?, false),
            None if config == Path::new(PACKAGED_CONFIG) && has_unit() => (PathBuf::from(PACKAGED_SECRETS), true),
            None => (beside(), false),
        };
        let account = if is_root() { account_in(&text_of("/etc/passwd")) } else { None };
        Ok(Self { config, secrets, is_given_by_service, account })
    }

    /// Whether this account may write there at all.
    ///
    /// # Errors
    /// [`SetupRefused::NotRoot`]
    pub fn check_rights(&self) -> Result<(), SetupRefused> {
        if self.is_given_by_service && !is_root() { Err(SetupRefused::NotRoot(self.secrets.clone())) } else { Ok(()) }
    }

    /// The configuration's own folder.
    pub fn folder(&self) -> PathBuf {
        self.config.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// What the ANS gave.
    pub fn client_secret(&self) -> PathBuf {
        self.secrets.join("psc-client-secret")
    }

    /// The vault's key.
    pub fn vault_key(&self) -> PathBuf {
        self.secrets.join("vault-key")
    }

    /// As the configuration names a secret.
    pub fn named(&self, secret: &Path) -> String {
        match secret.file_name() {
            Some(name) if self.is_given_by_service => format!("credential:secrets_{}", name.to_string_lossy()),
            _ => secret.display().to_string(),
        }
    }

    /// Who reads the secrets themselves, rather than being given them.
    pub fn reader(&self) -> Option<&Account> {
        self.account.as_ref().filter(|_| !self.is_given_by_service)
    }

    /// Why the package's service could not write there, whatever the folder's own rights; `None` where it may. Performs I/O.
    pub fn shut_by_the_service(&self, folder: &Path) -> Option<String> {
        let is_open =
            !self.is_given_by_service || folder.starts_with(PACKAGED_STATE) || additions().iter().any(|open| folder.starts_with(open));
        (!is_open).then(|| {
            format!(
                "le service n’écrit que dans «\u{a0}{PACKAGED_STATE}\u{a0}»\u{202f}; pour un autre dossier, ouvrez-le-lui d’abord («\u{a0}systemctl edit compagnon\u{a0}», [Service], ReadWritePaths=)"
            )
        })
    }

    /// Why the service could not use this file or folder, as the system itself judges; `None` too where that cannot be asked. Performs I/O.
    pub fn withheld(&self, path: &Path, what: Access) -> Option<String> {
        let account = self.account.as_ref()?;
        if matches!(path.try_exists(), Ok(false)) {
            return Some(format!("«\u{a0}{}\u{a0}» n’existe pas", path.display()));
        }
        let (test, verb) = match what {
            Access::Read => ("-r", "lire"),
            Access::Write => ("-w", "écrire dans"),
        };
        let asked = std::process::Command::new("setpriv")
            .args(["--reuid", &account.name, "--regid", &account.group.to_string(), "--init-groups", "test", test])
            .arg(path)
            .stdin(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status();
        // `test` says no by 1; whatever else is no answer.
        (asked.ok()?.code() == Some(1)).then(|| {
            format!(
                "le compte «\u{a0}{}\u{a0}» du service ne peut pas {verb} «\u{a0}{}\u{a0}»\u{202f}; donnez-lui ce droit, et celui de traverser les dossiers au-dessus",
                account.name,
                path.display()
            )
        })
    }
}

/// What the service does with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// A path that does not depend on where the command was run, and that a configuration can hold.
pub fn absolute(path: &Path) -> Result<PathBuf, String> {
    let text = path.to_str().ok_or("le chemin n’est pas du texte en UTF-8")?;
    if text.chars().any(char::is_control) {
        return Err("le chemin contient un signe de contrôle".into());
    }
    let path = std::path::absolute(path).map_err(|_| "le chemin est vide")?;
    if path.file_name().is_none() { Err("le chemin ne nomme pas de fichier".into()) } else { Ok(path) }
}

fn has_unit() -> bool {
    UNITS.iter().any(|unit| text_of(unit).lines().any(|line| line.trim() == GIVES_SECRETS))
}

/// Of a file of the system; nothing where there is none.
fn text_of(file: &str) -> String {
    ordinary_file::read(Path::new(file)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// Folders that the administrator's own additions to the unit open.
fn additions() -> Vec<PathBuf> {
    let files = std::fs::read_dir(ADDITIONS).into_iter().flatten().flatten();
    files.flat_map(|file| opened_in(&text_of(&file.path().to_string_lossy()))).collect()
}

fn opened_in(unit: &str) -> Vec<PathBuf> {
    let values = unit.lines().filter_map(|line| line.trim().strip_prefix("ReadWritePaths="));
    values.flat_map(str::split_whitespace).map(|path| PathBuf::from(path.trim_start_matches(['-', '+']))).collect()
}

fn account_in(accounts: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| *name == ACCOUNT)?.to_owned();
        Some(Account { name, user: fields.nth(1)?.parse().ok()?, group: fields.next()?.parse().ok()? })
    })
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_the_service_is_the_one_of_its_name() {
        let accounts =
            "root:x:0:0:root:/root:/bin/bash\nvestibule2:x:5:6::/:/bin/sh\nvestibule:x:998:997::/var/lib/vestibule:/usr/sbin/nologin\n";
        assert_eq!(account_in(accounts), Some(Account { name: "vestibule".into(), user: 998, group: 997 }));
        assert_eq!(account_in("root:x:0:0:root:/root:/bin/bash\nvestibule:x:autre\n"), None);
    }

    #[test]
    fn folders_that_an_addition_to_the_unit_opens_are_known() {
        assert_eq!(
            opened_in("[Service]\nReadWritePaths=/srv/base -/srv/autre\nUMask=0077\n"),
            ["/srv/base", "/srv/autre"].map(PathBuf::from)
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_not_called_a_forbidden_one() {
        let layout = Layout {
            config: "/etc/vestibule/companion.toml".into(),
            secrets: "/etc/vestibule/secrets".into(),
            is_given_by_service: false,
            account: Some(Account { name: "vestibule".into(), user: 998, group: 997 }),
        };
        let told = layout.withheld(Path::new("/nulle-part/cert.pem"), Access::Read);
        assert_eq!(told.as_deref(), Some("«\u{a0}/nulle-part/cert.pem\u{a0}» n’existe pas"));
    }

    #[test]
    fn a_path_is_whole_and_can_be_written() {
        assert_eq!(absolute(Path::new("/a/../b")).as_deref(), Ok(Path::new("/a/../b")));
        assert!(absolute(Path::new("c")).is_ok_and(|path| path.is_absolute()));
        for wrong in ["", "/", "/a\nb"] {
            assert!(absolute(Path::new(wrong)).is_err(), "{wrong:?}");
        }
    }
}
