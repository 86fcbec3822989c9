//! `sessions`, `devices` and `erase`: what an administrator sees and does on the companion that serves.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use companion_server::StartError;
use companion_server::admin::client::{Administration, CommandRefused};
use companion_server::admin::wire::{
    DEVICES, DeviceLine, END_SESSIONS, ERASE_PERSON, Ended, ErasePerson, Erasure, FORGET_DEVICE, Forget, Forgotten, SESSIONS, SessionLine,
    SessionsToEnd,
};
use companion_server::config::{Config, in_french};
use serde::Serialize;

use crate::arguments::{DevicesCommand, SessionsCommand};
use crate::{runtime, say};

/// Longest national id that is read from a file, in bytes.
const LONGEST_ID: u64 = 1024;

pub fn sessions(command: SessionsCommand) -> anyhow::Result<ExitCode> {
    match command {
        SessionsCommand::List { config, json } => {
            let lines: Vec<SessionLine> = ask(&config, SESSIONS)?;
            answer(json, &lines, || session_table(&lines))
        }
        SessionsCommand::End { config, which, json } => {
            let by = account();
            let asked = match (which.id, which.device, which.person_file) {
                (Some(id), _, _) => SessionsToEnd::Id { id, by },
                (None, Some(device), _) => SessionsToEnd::Device { device, by },
                (None, None, Some(file)) => SessionsToEnd::NationalId { national_id: national_id(&file)?, by },
                (None, None, None) => SessionsToEnd::All { by },
            };
            let done: Ended = order(&config, END_SESSIONS, &asked)?;
            answer(json, &done, || format!("Sessions fermées\u{a0}: {}.", done.ended.len()))
        }
    }
}

pub fn devices(command: DevicesCommand) -> anyhow::Result<ExitCode> {
    match command {
        DevicesCommand::List { config, json } => {
            let lines: Vec<DeviceLine> = ask(&config, DEVICES)?;
            answer(json, &lines, || device_table(&lines))
        }
        DevicesCommand::Forget { config, device, json } => {
            let done: Forgotten = order(&config, FORGET_DEVICE, &Forget { device, by: account() })?;
            answer(json, &done, || {
                format!(
                    "Le poste est oublié\u{a0}: son groupe, et les personnes connues sur lui. Sessions fermées\u{a0}: {}. Tentatives annulées\u{a0}: {}.",
                    done.ended.len(),
                    done.cancelled
                )
            })
        }
    }
}

pub fn erase(config: &Path, file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let done: Erasure = order(config, ERASE_PERSON, &ErasePerson { national_id: national_id(file)?, by: account() })?;
    answer(json, &done, || {
        format!(
            "La personne est effacée. Sessions fermées\u{a0}: {}. Lignes retirées\u{a0}: {} sessions, {} tentatives, {} postes connus.\n\
             Le journal d’audit la nomme encore jusqu’au terme fixé par «\u{a0}audit.keep_days\u{a0}»\u{a0}: l’exigence EXI PSC 18 demande cette trace.\n\
             Les sauvegardes de la base la contiennent aussi, jusqu’à leur propre terme.",
            done.ended, done.sessions, done.sign_ins, done.pairs
        )
    })
}

fn ask<T: serde::de::DeserializeOwned>(config: &Path, path: &str) -> anyhow::Result<T> {
    let config = Config::load(config).map_err(StartError::from)?;
    Ok(runtime()?.block_on(Administration::of(&config)?.list(path))?)
}

fn order<T: serde::de::DeserializeOwned>(config: &Path, path: &str, asked: &impl Serialize) -> anyhow::Result<T> {
    let config = Config::load(config).map_err(StartError::from)?;
    Ok(runtime()?.block_on(Administration::of(&config)?.command(path, asked))?)
}

fn answer(json: bool, document: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<ExitCode> {
    say(&if json { serde_json::to_string_pretty(document)? } else { text() })
}

/// From a file or the standard input: what stands on a command line is read by every account of the machine.
fn national_id(file: &Path) -> Result<String, CommandRefused> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(LONGEST_ID).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LONGEST_ID).read_to_string(&mut text))
    };
    let refused = |error| CommandRefused::PersonFile(format!("«\u{a0}{}\u{a0}»\u{a0}: {}", file.display(), in_french(&error)));
    read.map_err(refused)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The account that acts, for the audit trail: who called `sudo` rather than root.
fn account() -> String {
    ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "?".into())
}

fn session_table(lines: &[SessionLine]) -> String {
    let mut text = format!(
        "{:<10} {:<13} {:<20} {:<16} {:<17} {:<17} {:<17}\n",
        "session", "poste", "nom du poste", "groupe", "depuis (UTC)", "dernière activité", "fin prévue"
    );
    for line in lines {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(
            text,
            "{:<10} {:<13} {:<20} {:<16} {:<17} {:<17} {:<17}",
            line.id,
            line.device,
            line.device_label.as_deref().unwrap_or("–"),
            line.group.as_deref().unwrap_or("par défaut"),
            moment(line.since),
            moment(line.last_activity),
            moment(line.ends)
        );
    }
    let _ = write!(text, "Sessions ouvertes\u{a0}: {}.", lines.len());
    text
}

fn device_table(lines: &[DeviceLine]) -> String {
    let mut text =
        format!("{:<13} {:<20} {:<16} {:<19} {:<9} {}\n", "poste", "nom du poste", "groupe", "dernière connexion", "personnes", "session");
    for line in lines {
        let _ = writeln!(
            text,
            "{:<13} {:<20} {:<16} {:<19} {:<9} {}",
            line.device,
            line.device_label.as_deref().unwrap_or("–"),
            line.group.as_deref().unwrap_or("par défaut"),
            moment(line.last_sign_in),
            line.people,
            if line.has_session { "ouverte" } else { "–" }
        );
    }
    let _ = write!(text, "Postes connus\u{a0}: {}.", lines.len());
    text
}

fn moment(seconds: i64) -> String {
    DateTime::<Utc>::from_timestamp(seconds, 0).map(|moment| moment.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}
