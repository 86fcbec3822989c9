//! `vestibule card`: what is in the readers, once or at each change. No companion is asked, and no card either.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule_model::ErrorCode;

use super::arguments::CardAction;
use super::{DONE, Output, Stop, print};
use crate::card::{CardWatch, Presence, Watching};
use crate::clock::Wakes;
use crate::ports::Ports;
use crate::quiet::quietly;
use crate::settings::Settings;
use crate::words::{self, Words};

/// A service that takes longer to answer does not.
const ANSWER: Duration = Duration::from_secs(5);

pub(super) async fn card(action: CardAction, settings: &Settings, ports: &Ports, output: Output<'_>) -> Result<u8, Stop> {
    let words = words::of(settings.language);
    if !settings.card_detection {
        return Err(Stop::misused(words.card_detection_off().to_owned()));
    }
    let watch = || CardWatch::start(ports.cards.clone(), Wakes::by(ports.clock.clone()));
    match action {
        CardAction::Status { json } => quietly(async { status(json, &mut watch(), ports, words, output).await }).await,
        CardAction::Watch { json } => follow(json, &mut watch(), ports, words, output).await,
    }
}

async fn status(json: bool, watch: &mut CardWatch, ports: &Ports, words: &dyn Words, output: Output<'_>) -> Result<u8, Stop> {
    let seen = tokio::select! {
        biased;
        () = ports.interruption.comes() => return Err(Stop::interrupted(None)),
        seen = watch.next() => seen,
        () = ports.clock.sleep(ANSWER) => return Err(Stop::of(ErrorCode::CardServiceMissing)),
    };
    match seen.presence {
        Presence::NoService => return Err(Stop::of(ErrorCode::CardServiceMissing)),
        Presence::AccessDenied => return Err(Stop::of(ErrorCode::CardServiceRefused)),
        Presence::Disabled
        | Presence::NoReader
        | Presence::ReaderEmpty
        | Presence::OtherCard
        | Presence::UnknownCard
        | Presence::MuteCard
        | Presence::CpsPresent
        | Presence::SeveralCps
        | Presence::DetectionLost => {}
    }
    let text = if json { print::json(&document(&seen))? } else { text(&seen, words) };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

/// One line, or one document of one line, at each change.
async fn follow(json: bool, watch: &mut CardWatch, ports: &Ports, words: &dyn Words, output: Output<'_>) -> Result<u8, Stop> {
    let mut interrupted = std::pin::pin!(ports.interruption.comes());
    loop {
        let seen = tokio::select! {
            biased;
            () = &mut interrupted => return Ok(DONE),
            seen = watch.next() => seen,
        };
        let at_ms = ports.clock.unix_ms();
        let text = if json {
            let mut document = document(&seen);
            document["at_unix_ms"] = at_ms.into();
            document["happened"] = json!(seen.happened);
            format!("{document}\n")
        } else {
            format!("{}  {}", print::time_of_day(at_ms / 1000, &chrono::Local, words), text(&seen, words))
        };
        output.out.write_all(text.as_bytes())?;
        output.out.flush()?;
    }
}

fn document(seen: &Watching) -> Value {
    json!({ "presence": seen.presence, "readers": seen.readers })
}

fn text(seen: &Watching, words: &dyn Words) -> String {
    let mut text = format!("{}\n", words.presence(seen.presence));
    for reader in &seen.readers {
        text.push_str(&format!("  {}\n", words.in_reader(&reader.reader, reader.card, reader.interface)));
    }
    text
}
