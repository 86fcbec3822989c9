//! A machine of its own for one program: another root folder whose `/etc` the test writes, in user and mount namespaces of its own.
//!
//! What belongs to whoever runs the test belongs to root inside, so that neither the test nor the machine needs any privilege.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tokio::process::Command;

/// Makes every folder of the real root appear below the other one, then runs the program there.
const SCRIPT: &str = r#"
    set -e
    root=$1; shift
    for at in "$root"/*; do
        name=${at##*/}
        [ "$name" = etc ] || [ -L "$at" ] || mount --rbind "/$name" "$at" 2>/dev/null || mount --bind "/$name" "$at"
    done
    exec chroot "$root" "$@"
"#;

/// The other root.
#[derive(Debug)]
pub struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    /// With an `/etc` that holds what programs need to start, and an empty `/etc/vestibule`.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn new() -> anyhow::Result<Self> {
        let root = tempfile::Builder::new().prefix("vestibule-root.").tempdir()?;
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755))?;
        for entry in fs::read_dir("/")? {
            let entry = entry?;
            let at = root.path().join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                symlink(fs::read_link(entry.path())?, at)?;
            } else if kind.is_dir() {
                fs::create_dir(&at)?;
                fs::set_permissions(&at, fs::Permissions::from_mode(0o755))?;
            }
        }
        let machine = Self { root };
        for folder in ["etc/ssl/certs", "etc/vestibule"] {
            fs::create_dir_all(machine.root.path().join(folder))?;
        }
        for file in ["passwd", "group", "nsswitch.conf", "hosts", "ssl/certs/ca-certificates.crt"] {
            fs::copy(Path::new("/etc").join(file), machine.etc(file))?;
        }
        Ok(machine)
    }

    /// A path below `/etc`, as it is seen from outside.
    pub fn etc(&self, file: &str) -> PathBuf {
        self.root.path().join("etc").join(file)
    }

    /// Writes a file below `/etc` with these permission bits.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &str, text: &str, mode: u32) -> anyhow::Result<()> {
        fs::write(self.etc(file), text)?;
        Ok(fs::set_permissions(self.etc(file), fs::Permissions::from_mode(mode))?)
    }

    /// The same program with the same arguments, environment and streams, on this machine.
    pub fn command(&self, program: &Command) -> Command {
        let program = program.as_std();
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "bash", "-c", SCRIPT, "machine"]).arg(self.root.path());
        command.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.kill_on_drop(true);
        command
    }
}
