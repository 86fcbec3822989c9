//! Cards and their readers. Signing in depends on none of it: what is missing is said, and is no fault.

use std::time::Duration;

use vestibule_model::ErrorCode;
use vestibule_model::session::CardRemoval;

use super::{Check, Verdict};
use crate::card::{CardWatch, Presence, Watching};
use crate::clock::Wakes;
use crate::ports::Ports;
use crate::settings::Settings;
use crate::words::{Title, Words};

/// A service that takes longer to answer does not.
const ANSWER: Duration = Duration::from_secs(5);

pub(super) async fn cards(settings: &Settings, ports: &Ports, words: &dyn Words) -> Vec<Check> {
    if !settings.card_detection {
        return vec![Check::ok(Title::CardService, words, words.presence(Presence::Disabled))];
    }
    let mut watch = CardWatch::start(ports.cards.clone(), Wakes::by(ports.clock.clone()));
    let seen = tokio::select! {
        biased;
        seen = watch.next() => Some(seen),
        () = ports.clock.sleep(ANSWER) => None,
    };
    match seen {
        None => vec![missing(Title::CardService, ErrorCode::CardServiceMissing, words.presence(Presence::NoService), settings, words)],
        Some(seen) => told(&seen, settings, ports, words),
    }
}

fn told(seen: &Watching, settings: &Settings, ports: &Ports, words: &dyn Words) -> Vec<Check> {
    let presence = words.presence(seen.presence);
    match seen.presence {
        Presence::NoService => vec![missing(Title::CardService, ErrorCode::CardServiceMissing, presence, settings, words)],
        Presence::AccessDenied => vec![missing(Title::CardService, ErrorCode::CardServiceRefused, presence, settings, words)],
        Presence::NoReader => {
            let readers = missing(Title::CardReaders, ErrorCode::CardReaderMissing, presence, settings, words);
            vec![service(words), readers].into_iter().chain(driver(settings, ports, words)).collect()
        }
        Presence::MuteCard => vec![service(words), readers(seen, words), card(ErrorCode::CardMute, presence, words)],
        Presence::SeveralCps => vec![service(words), readers(seen, words), card(ErrorCode::CardsSeveral, presence, words)],
        Presence::Disabled
        | Presence::ReaderEmpty
        | Presence::OtherCard
        | Presence::UnknownCard
        | Presence::CpsPresent
        | Presence::DetectionLost => {
            vec![service(words), readers(seen, words), Check::ok(Title::Card, words, presence)]
        }
    }
}

/// What is missing matters only where the policy wants the app to follow a card.
fn missing(of: Title, code: ErrorCode, detail: &str, settings: &Settings, words: &dyn Words) -> Check {
    if settings.on_card_removed == CardRemoval::Nothing {
        return Check::ok(of, words, detail);
    }
    Check::wrong(of, words, Verdict::Warning, code, words.card_removal_unseen(detail, settings.on_card_removed))
}

fn card(code: ErrorCode, detail: &str, words: &dyn Words) -> Check {
    Check::wrong(Title::Card, words, Verdict::Warning, code, detail)
}

fn service(words: &dyn Words) -> Check {
    Check::ok(Title::CardService, words, words.card_service_there())
}

fn readers(seen: &Watching, words: &dyn Words) -> Check {
    let names: Vec<&str> = seen.readers.iter().map(|reader| reader.reader.as_str()).collect();
    Check::ok(Title::CardReaders, words, words.card_readers(&names.join(", ")))
}

/// Why no reader is seen, where the system says which drivers it has.
fn driver(settings: &Settings, ports: &Ports, words: &dyn Words) -> Option<Check> {
    let drivers = ports.cards.drivers()?;
    Some(if drivers.is_empty() {
        missing(Title::CardDriver, ErrorCode::CardReaderMissing, words.no_card_driver(), settings, words)
    } else {
        Check::ok(Title::CardDriver, words, words.card_drivers(&drivers.join(", ")))
    })
}
