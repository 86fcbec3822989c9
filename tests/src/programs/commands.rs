//! The command lines of workstation and companion, and how they end.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::process::Command;

use vestibule_installation::place::random_secret;

use super::{Programs, TRACE, program};
use crate::servers::ending_with_us;

/// Where the address that the app asked its browser to open will appear.
#[derive(Debug)]
pub struct AskedAddress(PathBuf);

impl AskedAddress {
    /// Waits for the address.
    ///
    /// # Errors
    /// When none comes within half a minute.
    pub async fn wait(&self) -> anyhow::Result<String> {
        tokio::time::timeout(Duration::from_secs(30), tokio::fs::read_to_string(&self.0))
            .await
            .context("no browser was asked for")?
            .map_err(anyhow::Error::from)
    }
}

/// How the command line ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Standard output as one JSON document.
    ///
    /// # Errors
    /// When it is not; what was printed is part of the message.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("not one JSON document: {self:?}"))
    }
}

impl Programs {
    /// The command line with a home of its own inside the folder, and a scripted browser that signs in as `persona`.
    ///
    /// # Errors
    /// When a program is missing.
    pub fn command_line(&self, persona: &str, arguments: &[&str]) -> anyhow::Result<Command> {
        let home = self.folder.path().join("home");
        fs::create_dir_all(&home)?;
        let mut command = ending_with_us("vestibule")?;
        command
            .args(arguments)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env("BROWSER", program("scripted-browser")?)
            .env("VESTIBULE_PERSONA", persona)
            .env("VESTIBULE_BROWSER_AUTHORITY", self.folder.path().join("authority.pem"))
            .env("VESTIBULE_POLICY_FILE", self.folder.path().join("policy.toml"))
            .env("VESTIBULE_LOG", TRACE)
            .env("RUST_LOG", TRACE)
            .env("HOME", &home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            // Which programs this machine has for addresses is nothing to a test: it brings its own.
            .env("XDG_DATA_DIRS", home.join("no-programs"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }

    /// As [`Self::command_line`], with a browser that only tells its address: the test is the browser.
    ///
    /// # Errors
    /// When a program or `mkfifo` is missing.
    pub async fn command_line_for_test_browser(&self, arguments: &[&str]) -> anyhow::Result<(Command, AskedAddress)> {
        let pipe = self.folder.path().join(format!("address-{}", random_secret()?));
        if !Command::new("mkfifo").arg(&pipe).status().await?.success() {
            bail!("no pipe could be made");
        }
        let script = pipe.with_extension("sh");
        fs::write(&script, format!("#!/bin/sh\nprintf %s \"$1\" >'{}'\n", pipe.display()))?;
        fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let mut command = self.command_line("", arguments)?;
        command.env("BROWSER", &script);
        Ok((command, AskedAddress(pipe)))
    }

    /// Runs the command line to its end and returns exit code and what it printed.
    ///
    /// # Errors
    /// When it cannot be started or does not end within a minute and a half.
    pub async fn run(&self, persona: &str, arguments: &[&str]) -> anyhow::Result<Outcome> {
        let output = tokio::time::timeout(Duration::from_secs(90), self.command_line(persona, arguments)?.output())
            .await
            .context("the command line did not end")??;
        Ok(Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs a command of the companion's own program on its configuration, with this on its standard input.
    ///
    /// # Errors
    /// When it cannot be started or does not end within a minute.
    pub async fn companion_command(&self, arguments: &[&str], input: &str) -> anyhow::Result<Outcome> {
        let mut command = ending_with_us("companion-server")?
            .args(arguments)
            .arg("--config")
            .arg(self.folder.path().join("companion.toml"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = command.stdin.take().context("no standard input")?;
        tokio::io::AsyncWriteExt::write_all(&mut stdin, input.as_bytes()).await?;
        drop(stdin);
        let output = tokio::time::timeout(Duration::from_secs(60), command.wait_with_output()).await.context("it did not end")??;
        Ok(Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
