//! `sessions`, `devices` and `erase`: what an administrator sees and does on the companion that serves.

mod table;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use companion_server::StartError;
use companion_server::admin::client::{Administration, CommandRefused};
use companion_server::admin::commands::SHORTEST_PREFIX;
use companion_server::admin::wire::{
    AtProvider, DEVICES, DeviceLine, END_SESSIONS, ERASE_PERSON, EXPORT_FAILED, EXPORT_PERSON, Ended, ErasePerson, Erasure, FORGET_DEVICE,
    Forget, Forgotten, SESSIONS, SessionLine, SessionsToEnd,
};
use companion_server::arguments::{DevicesCommand, SessionsCommand};
use companion_server::config::{Config, in_french};
use companion_server::ordinary_file;
use serde::Serialize;
use vestibule_model::practitioner::NationalId;
use vestibule_model::wire::printable;

use self::table::{device_table, session_table};
use crate::{TerminalError, runtime, say};

/// How long a command waits without a word.
const PATIENCE: Duration = Duration::from_secs(5);
const STILL_WAITING: &str = "Le serveur de connexion n’a pas encore répondu\u{202f}; la commande attend sa réponse.\n";
const STILL_EXAMINING: &str = "L’examen n’est pas fini\u{a0}: le serveur de connexion ou Pro\u{a0}Santé\u{a0}Connect n’a pas encore répondu\u{202f}; la commande attend.\n";

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
            let (asked, designated) = match (which.id, which.device, which.person_file) {
                (Some(id), _, _) => {
                    let designated = format!("aucune session ouverte n’a le numéro de connexion «\u{a0}{}\u{a0}»", quoted(&id));
                    (SessionsToEnd::Id { id, by }, designated)
                }
                (None, Some(device), _) => {
                    let designated = no_device(&device);
                    (SessionsToEnd::Device { device, by }, designated)
                }
                (None, None, Some(file)) => {
                    let designated = not_known(&file);
                    (SessionsToEnd::NationalId { national_id: national_id(&file)?, by }, designated)
                }
                (None, None, None) => (SessionsToEnd::All { by }, String::new()),
            };
            let done: Ended = order(&config, END_SESSIONS, &asked, &designated)?;
            answer(json, &done, || match done.ended.len() {
                0 => "Aucune session n’était ouverte\u{a0}: il n’y avait rien à fermer.".to_owned(),
                ended => format!("Sessions fermées\u{a0}: {ended}.{}", at_provider(done.psc)),
            })
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
            let designated = no_device(&device);
            let done: Forgotten = order(&config, FORGET_DEVICE, &Forget { device, by: account() }, &designated)?;
            answer(json, &done, || {
                format!(
                    "Le poste est oublié\u{a0}: son groupe, et les personnes connues sur lui. Sessions fermées\u{a0}: {}. Tentatives annulées\u{a0}: {}.{}",
                    done.ended.len(),
                    done.cancelled,
                    at_provider(done.psc)
                )
            })
        }
    }
}

/// What became of Pro Santé Connect's own sessions, where there is something to know.
fn at_provider(psc: AtProvider) -> String {
    let mut text = String::new();
    for (count, what) in [
        (psc.failed, "que Pro\u{a0}Santé\u{a0}Connect n’a pas fermées"),
        (psc.under_way, "que Pro\u{a0}Santé\u{a0}Connect n’a pas encore fermées"),
    ] {
        if count > 0 {
            // Writing to a String cannot fail.
            let _ = write!(text, "\nSessions {what} de son côté\u{a0}: {count}.");
        }
    }
    if psc.failed > 0 {
        text.push_str(
            " Le serveur renouvelle la demande chaque minute, pendant dix minutes\u{202f}; au-delà, elles durent jusqu’à leur expiration.",
        );
    }
    text
}

fn no_device(given: &str) -> String {
    let given = quoted(given);
    if given.chars().count() < SHORTEST_PREFIX {
        return format!(
            "«\u{a0}{given}\u{a0}» est trop court\u{a0}: il faut les {SHORTEST_PREFIX} premiers caractères de l’empreinte au moins"
        );
    }
    format!("aucun poste connu n’a une empreinte qui commence par «\u{a0}{given}\u{a0}»")
}

/// What was typed, as one line.
fn quoted(given: &str) -> String {
    printable(given, 80)
}

pub fn erase(config: &Path, file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let done: Erasure = order(config, ERASE_PERSON, &ErasePerson { national_id: national_id(file)?, by: account() }, &not_known(file))?;
    answer(json, &done, || {
        format!(
            "La personne est effacée. Sessions fermées\u{a0}: {}. Lignes retirées\u{a0}: sessions {}, tentatives {}, postes connus {}.\n\
             Le journal d’audit la nomme encore jusqu’au terme fixé par «\u{a0}audit.keep_days\u{a0}»\u{a0}: l’exigence EXI PSC 18 demande cette trace.\n\
             Les sauvegardes de la base la contiennent aussi, jusqu’à leur propre terme.{}",
            done.ended,
            done.sessions,
            done.sign_ins,
            done.pairs,
            at_provider(done.psc)
        )
    })
}

pub fn export(config: &Path, file: &Path, to: &Path) -> anyhow::Result<ExitCode> {
    let asked = ErasePerson { national_id: national_id(file)?, by: account() };
    // Before it is asked for: that it was given is a line of the trail.
    try_destination(to).map_err(|error| TerminalError::Destination(to.to_owned(), error))?;
    let personal_data: serde_json::Value = order(config, EXPORT_PERSON, &asked, &not_known(file))?;
    let text = format!("{}\n", serde_json::to_string_pretty(&personal_data)?);
    hand_over(to, &text, || order::<serde_json::Value>(config, EXPORT_FAILED, &asked, &not_known(file)).map(drop))?;
    say(&format!(
        "Ce qui est conservé sur la personne est dans «\u{a0}{}\u{a0}»\u{a0}: ce compte seul peut le lire. Remettez-le à la personne, à elle seule, puis effacez-le.",
        to.display()
    ))
}

/// Writes the file. That she was given it stands in the trail by then, and stays: another line says what became of it.
fn hand_over(to: &Path, text: &str, trace_failure: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let Err(error) = ordinary_file::write_private(to, text.as_bytes()) else { return Ok(()) };
    if let Err(untraced) = trace_failure() {
        warn(&format!(
            "Le journal d’audit dit que ces données ont été remises («\u{a0}person_exported\u{a0}»), et n’a pas pu noter que ce n’est pas le cas\u{a0}: {untraced}\n"
        ));
    }
    Err(TerminalError::Unwritten(to.to_owned(), error).into())
}

/// Bytes that a destination must take: about what is kept about somebody who signs in every day.
const ROOM_TRIED: usize = 256 * 1024;

/// Whether a file can be made there, and filled; none is left, which would be taken for what it was to hold.
fn try_destination(to: &Path) -> std::io::Result<()> {
    ordinary_file::write_private(to, &[b' '; ROOM_TRIED])?;
    std::fs::remove_file(to)
}

fn ask<T: serde::de::DeserializeOwned>(config: &Path, path: &str) -> anyhow::Result<T> {
    let config = Config::load(config).map_err(StartError::from)?;
    let administration = Administration::of(&config)?;
    Ok(runtime()?.block_on(while_told(PATIENCE, || warn(STILL_WAITING), administration.list(path)))?)
}

fn order<T: serde::de::DeserializeOwned>(config: &Path, path: &str, asked: &impl Serialize, designated: &str) -> anyhow::Result<T> {
    let config = Config::load(config).map_err(StartError::from)?;
    let administration = Administration::of(&config)?;
    Ok(runtime()?.block_on(while_told(PATIENCE, || warn(STILL_WAITING), administration.command(path, asked, designated)))?)
}

/// The examination, and a word when it takes long.
pub async fn while_examined<T>(examined: impl Future<Output = T>) -> T {
    while_told(PATIENCE, || warn(STILL_EXAMINING), examined).await
}

fn warn(said: &str) {
    // Nobody reads it where standard error is closed; the answer itself still comes.
    let _ = std::io::stderr().write_all(said.as_bytes());
}

/// Whoever waits longer is told that the command does.
async fn while_told<T>(patience: Duration, tell: impl FnOnce(), asked: impl Future<Output = T>) -> T {
    let mut asked = std::pin::pin!(asked);
    match tokio::time::timeout(patience, &mut asked).await {
        Ok(answer) => answer,
        Err(_) => {
            tell();
            asked.await
        }
    }
}

fn answer(json: bool, document: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<ExitCode> {
    say(&if json { serde_json::to_string_pretty(document)? } else { text() })
}

fn not_known(file: &Path) -> String {
    let person = if file == Path::new("-") { "la personne que donne l’entrée standard" } else { "la personne de ce fichier" };
    format!("{person} n’est pas connue du serveur de connexion")
}

/// From a file or the standard input: what stands on a command line is read by every account of the machine.
fn national_id(file: &Path) -> Result<String, CommandRefused> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(LONGEST_ID).read_to_string(&mut text)
    } else {
        ordinary_file::open(file, std::fs::OpenOptions::new().read(true)).and_then(|file| file.take(LONGEST_ID).read_to_string(&mut text))
    };
    let place = if file == Path::new("-") { "entrée standard".to_owned() } else { format!("«\u{a0}{}\u{a0}»", file.display()) };
    let refused = |reason: &str| CommandRefused::PersonFile(format!("{place}\u{a0}: {reason}"));
    read.map_err(|error| refused(&in_french(&error)))?;
    // Some editors begin a file with a sign that nobody sees.
    let line = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    NationalId::parse(line)
        .map_err(|_| refused(if line.is_empty() { "il n’y a rien à lire" } else { "ce n’est pas un identifiant national" }))?;
    Ok(line.to_owned())
}

/// The account that acts, for the audit trail: who called `sudo` rather than root, and the account that the system knows rather than what the
/// environment says of it.
#[cfg(unix)]
fn account() -> String {
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    actor(rustix::process::getuid().as_raw(), &accounts, std::env::var("SUDO_USER").ok())
}

#[cfg(unix)]
fn actor(number: u32, accounts: &str, sudo_user: Option<String>) -> String {
    let caller = sudo_user.filter(|name| number == 0 && !name.is_empty());
    caller.or_else(|| account_of(number, accounts)).unwrap_or_else(|| format!("uid {number}"))
}

#[cfg(unix)]
fn account_of(number: u32, accounts: &str) -> Option<String> {
    let mut lines = accounts.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn account() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "?".into())
}

#[cfg(all(test, unix))]
mod tests;
