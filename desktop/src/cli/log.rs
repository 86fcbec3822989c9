//! `vestibule log`: every file of the log as one, whatever form it was written in; then what comes.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::log_line::LogLine;
use vestibule_model::wire::{is_unseen, json_for_eyes};

use super::arguments::Log;
use super::{DONE, Detail, Output, Stop, aside, print};
use crate::logging::reading::{Reader, Unread};
use crate::paths::Paths;
use crate::ports::Ports;
use crate::settings::Settings;
use crate::system_words::SystemFault;
use crate::words::{self, Words};

/// How often what comes is looked for.
const LOOK: Duration = Duration::from_millis(250);

/// Where the log of this person is, whatever the settings say.
pub(super) fn folder(settings: Option<&Settings>) -> Result<PathBuf, Stop> {
    match settings {
        Some(settings) => Ok(settings.paths.logs.clone()),
        None => Paths::of_this_user().map(|paths| paths.logs).map_err(|_| Stop::of(ErrorCode::HomeUnknown)),
    }
}

pub(super) async fn log(asked: Log, settings: Option<&Settings>, ports: &Ports, output: Output<'_>) -> Result<u8, Stop> {
    let words = words::of(settings.map_or(Language::Fr, |settings| settings.language));
    let folder = folder(settings)?;
    if asked.folder {
        let text = if asked.json { print::json(&json!({ "folder": folder }))? } else { format!("{}\n", folder.display()) };
        output.out.write_all(text.as_bytes())?;
        return Ok(DONE);
    }
    let Output { out, err } = output;
    let mut told = Told { reader: Reader::new(&folder), asked, folder, words };
    let (last, read) = told.beginning();
    out.write_all(last.concat().as_bytes())?;
    out.flush()?;
    told.reader.odd().iter().for_each(|file| aside(err, &words.log_not_utf_8(file)));
    read?;
    if last.is_empty() {
        aside(err, &words.no_log_line(&told.folder, told.asked.sign_in.as_ref()));
    }
    if !told.asked.follow {
        return Ok(DONE);
    }
    let mut interrupted = std::pin::pin!(ports.interruption.comes());
    loop {
        tokio::select! {
            biased;
            () = &mut interrupted => return Ok(DONE),
            () = ports.clock.sleep(LOOK) => {}
        }
        // The next line may be hours away.
        if ports.standard_output.is_unheard() {
            return Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe).into());
        }
        let (new, read) = told.new_lines();
        out.write_all(new.concat().as_bytes())?;
        out.flush()?;
        read?;
    }
}

/// What is told of the log, and how.
struct Told {
    reader: Reader,
    asked: Log,
    folder: PathBuf,
    words: &'static dyn Words,
}

impl Told {
    /// What is there already: all of it, or its last lines.
    fn beginning(&mut self) -> (Vec<String>, Result<(), Stop>) {
        let (mut lines, read) = self.new_lines();
        let before = self.asked.lines.map_or(0, |most| lines.len().saturating_sub(most));
        lines.drain(..before);
        (lines, read)
    }

    /// A file that cannot be read keeps nothing back of the others.
    fn new_lines(&mut self) -> (Vec<String>, Result<(), Stop>) {
        let Self { reader, asked, words, .. } = self;
        let mut lines = Vec::new();
        let read = reader.lines(&mut |line| lines.extend(shown(line, asked)));
        (lines, read.map_err(|unread| unreadable(&unread, *words)))
    }
}

/// As it is asked for; `None` for a line of another sign-in.
fn shown(line: &str, asked: &Log) -> Option<String> {
    if asked.sign_in.as_ref().is_some_and(|id| !line.contains(&id.to_string())) {
        return None;
    }
    let line = LogLine::parse(line);
    if asked.json {
        return Some(json_for_eyes(&serde_json::to_string(&line).ok()?) + "\n");
    }
    // A terminal would obey some of them.
    let seen = |sign| if sign != '\t' && is_unseen(sign) { char::REPLACEMENT_CHARACTER } else { sign };
    Some(line.to_text().chars().map(seen).collect::<String>() + "\n")
}

fn unreadable(unread: &Unread, words: &dyn Words) -> Stop {
    let fault = words.system_fault(SystemFault::from(&unread.source));
    Stop { detail: Some(Detail::Said(words.log_unreadable(&unread.path, &fault))), ..Stop::of(ErrorCode::LogUnreadable) }
}
