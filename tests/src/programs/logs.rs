//! What each program wrote into its own log.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::Programs;

/// The programs that write a log of their own.
#[derive(Debug, Clone, Copy)]
pub enum Writer {
    App,
    Companion,
    Simulator,
}

impl Programs {
    /// What one program wrote so far into its own log, without colours.
    ///
    /// # Errors
    /// When there is no such log.
    pub fn log_of(&self, writer: Writer) -> anyhow::Result<String> {
        let mut text = String::new();
        let place = match writer {
            Writer::App => self.folder.path().join("home/state"),
            Writer::Companion => self.folder.path().join("companion.log"),
            Writer::Simulator => self.folder.path().join("simulator.log"),
        };
        collect_logs(&place, &mut text).with_context(|| format!("the log of {writer:?}"))?;
        Ok(without_colours(&text))
    }

    /// Every log written so far, once each program has shown in its own that it was at its most talkative there during a sign-in.
    ///
    /// # Errors
    /// When a log is missing, or lacks what a leak would stand beside.
    pub fn talkative_logs(&self) -> anyhow::Result<String> {
        let mut all = String::new();
        for (writer, sentences) in [
            (Writer::App, [" TRACE vestibule_desktop::", "Signed in sign_in.id="]),
            (Writer::Companion, ["Pro Santé Connect vouches for a practitioner", "A sign-in was started"]),
            (Writer::Simulator, [" DEBUG psc_simulator::", "A request was answered"]),
        ] {
            let log = self.log_of(writer)?;
            if let Some(missing) = sentences.iter().find(|sentence| !log.contains(**sentence)) {
                bail!("{writer:?} does not say {missing:?} in its log:\n{log}");
            }
            all.push_str(&log);
        }
        Ok(all)
    }
}

/// A file, or every file of a folder.
fn collect_logs(place: &Path, all: &mut String) -> anyhow::Result<()> {
    if !place.is_dir() {
        all.push_str(&String::from_utf8_lossy(&fs::read(place)?));
        return Ok(());
    }
    for entry in fs::read_dir(place)? {
        collect_logs(&entry?.path(), all)?;
    }
    Ok(())
}

/// Without the escape sequences that colour a terminal.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| plain + piece.split_once('m').map_or(piece, |(_, rest)| rest))
}
