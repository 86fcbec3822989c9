//! Wine, as the tests use it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::process::Command;
use vestibule_tests::programs::Outcome;

/// Where group policies write.
pub const POLICY: &str = r"HKLM\Software\Policies\Vestibule";
/// Longer than wine takes to start on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// The folder that an environment variable names.
fn named(variable: &str) -> anyhow::Result<PathBuf> {
    let folder = std::env::var_os(variable).with_context(|| format!("{variable} names no folder: run ./dev test windows"))?;
    Ok(PathBuf::from(folder))
}

/// A program that was built for Windows.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    Ok(named("VESTIBULE_TEST_WINDOWS")?.join(name))
}

/// A path inside the drive `C:` of this wine, as it is seen from outside.
pub fn on_c(path: &str) -> anyhow::Result<PathBuf> {
    Ok(named("WINEPREFIX")?.join("drive_c").join(path))
}

/// A path of this machine as programs of Windows see it.
pub fn on_z(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', r"\"))
}

/// A program of Windows with these arguments.
pub fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("packaging/windows/wine/run"));
    command.arg(program).args(arguments).env("RUST_BACKTRACE", "0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    command
}

/// Runs it to its end. Windows writes the ends of lines in two characters; they are one here.
pub async fn run(mut command: Command) -> anyhow::Result<Outcome> {
    let output = tokio::time::timeout(LIMIT, command.output()).await.context("it did not end")??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    Ok(Outcome { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

/// Values of a key, by the tool of Windows.
#[derive(Debug)]
pub struct Registry(pub &'static str);

impl Registry {
    pub async fn set(&self, name: &str, kind: &str, value: &str) -> anyhow::Result<()> {
        let outcome = run(command("reg", &["add", self.0, "/v", name, "/t", kind, "/d", value, "/f"])).await?;
        ensure!(outcome.code == Some(0), "{outcome:?}");
        Ok(())
    }

    /// All of it; nothing when there is no such key.
    pub async fn remove(&self) -> anyhow::Result<()> {
        run(command("reg", &["delete", self.0, "/f"])).await.map(drop)
    }

    /// What stands there, as the tool prints it: a line for each value, and for each key below; nothing where there is no such key.
    pub async fn listed(&self) -> anyhow::Result<String> {
        let outcome = run(command("reg", &["query", self.0, "/s"])).await?;
        Ok(if outcome.code == Some(0) { outcome.stdout } else { String::new() })
    }
}
