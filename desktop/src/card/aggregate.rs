//! What the looks at the readers amount to. Pure: time is handed in.
//!
//! A removal is a card of the family that leaves a reader which stays, and that is not back after [`DEBOUNCE`]; or one that the service counts
//! to have gone and come between two looks. A reader that goes with its card, a
//! service that stops, a machine that slept: of these, nothing is known but that nothing is seen any more.

use std::time::Duration;

use serde::Serialize;

use super::{Atr, Fault, Interface, Kind, Reader, Sight, Slot};

/// A contact that bounces is back before.
pub const DEBOUNCE: Duration = Duration::from_millis(1800);

/// After a sleep of the machine, readers lose their cards for a moment without anybody pulling them.
pub const AFTER_SLEEP: Duration = Duration::from_secs(10);

/// What is seen, all readers together. In JSON, these names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// The administrator wants none of it.
    Disabled,
    NoService,
    AccessDenied,
    NoReader,
    ReaderEmpty,
    /// A card that is none of the family.
    OtherCard,
    UnknownCard,
    /// A card that does not answer.
    MuteCard,
    CpsPresent,
    /// More than one of the family.
    SeveralCps,
    /// A card of the family was seen, and nothing is any more: nobody knows whether it was pulled.
    DetectionLost,
}

/// One reader, for whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReaderView {
    pub reader: String,
    pub card: Seen,
    /// By which way the card speaks, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<Interface>,
}

/// What is in one reader. In JSON, these names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    None,
    Cps3,
    Cps4,
    Cps,
    MaybeCps,
    Other,
    Unknown,
    Mute,
    Unsaid,
}

/// What happened to a card of the family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    Inserted {
        reader: String,
    },
    /// The same kind of card is back in the reader that it was pulled from.
    PutBack {
        reader: String,
    },
    Removed {
        reader: String,
    },
    /// Not seen any more, and nobody knows why.
    Lost {
        reader: String,
    },
}

#[derive(Debug)]
struct Tracked {
    reader: Reader,
    /// The card of the family that left, and since when, until it is known whether it stays away.
    leaving: Option<(Atr, Duration)>,
    /// The card of the family that was pulled: when it comes back, it was put back.
    pulled: Option<Atr>,
}

/// All readers, look after look.
#[derive(Debug)]
pub struct Aggregate {
    seen: Result<Vec<Tracked>, Fault>,
    /// Readers that were last seen with a card of the family.
    lost: Vec<String>,
    slept_until: Duration,
}

impl Default for Aggregate {
    fn default() -> Self {
        Self { seen: Ok(Vec::new()), lost: Vec::new(), slept_until: Duration::ZERO }
    }
}

impl Aggregate {
    /// The machine slept and woke up at this moment.
    pub fn woke(&mut self, at: Duration) {
        self.slept_until = at + AFTER_SLEEP;
    }

    /// One more look.
    pub fn look(&mut self, sight: Sight, now: Duration) -> Vec<Happening> {
        let before = std::mem::replace(&mut self.seen, Ok(Vec::new())).unwrap_or_default();
        let mut happened = Vec::new();
        match sight {
            Err(fault) => {
                self.lose(&before, &mut happened);
                self.seen = Err(fault);
            }
            Ok(readers) => {
                let (mut before, is_after_sleep) = (before, now < self.slept_until);
                let mut seen = Vec::new();
                for reader in readers {
                    let place = before.iter().position(|tracked| tracked.reader.name == reader.name);
                    let tracked = place.map(|place| before.swap_remove(place));
                    seen.push(follow(tracked, reader, now, is_after_sleep, &mut happened));
                }
                self.lost.retain(|name| seen.iter().all(|tracked| tracked.reader.name != *name));
                self.lose(&before, &mut happened);
                self.seen = Ok(seen);
            }
        }
        if !self.cps().is_empty() {
            self.lost.clear();
        }
        happened
    }

    /// Readers that are not seen any more.
    fn lose(&mut self, gone: &[Tracked], happened: &mut Vec<Happening>) {
        for tracked in gone.iter().filter(|tracked| tracked.cps().is_some()) {
            let reader = tracked.reader.name.clone();
            self.lost.push(reader.clone());
            happened.push(Happening::Lost { reader });
        }
    }

    /// When [`Self::due`] has something to say, if nothing is seen before.
    pub fn next_due(&self) -> Option<Duration> {
        self.tracked().iter().filter_map(|tracked| Some(tracked.leaving.as_ref()?.1 + DEBOUNCE)).min()
    }

    /// The cards that stayed away.
    pub fn due(&mut self, now: Duration) -> Vec<Happening> {
        let Ok(seen) = &mut self.seen else { return Vec::new() };
        let mut happened = Vec::new();
        for tracked in seen {
            if let Some((atr, _)) = tracked.leaving.take_if(|(_, since)| *since + DEBOUNCE <= now) {
                tracked.pulled = Some(atr);
                happened.push(Happening::Removed { reader: tracked.reader.name.clone() });
            }
        }
        happened
    }

    /// All readers together.
    pub fn presence(&self) -> Presence {
        if let Err(fault) = &self.seen {
            return match fault {
                _ if !self.lost.is_empty() => Presence::DetectionLost,
                Fault::AccessDenied => Presence::AccessDenied,
                Fault::NoService | Fault::Lost => Presence::NoService,
            };
        }
        let seen: Vec<Seen> = self.tracked().iter().map(Tracked::seen).collect();
        let is_there = |what: Seen| seen.contains(&what);
        match self.cps().len() {
            0 if is_there(Seen::Unknown) || is_there(Seen::MaybeCps) => Presence::UnknownCard,
            0 if is_there(Seen::Mute) => Presence::MuteCard,
            0 if is_there(Seen::Other) => Presence::OtherCard,
            0 if !self.lost.is_empty() => Presence::DetectionLost,
            0 if seen.is_empty() => Presence::NoReader,
            0 => Presence::ReaderEmpty,
            1 => Presence::CpsPresent,
            _ => Presence::SeveralCps,
        }
    }

    /// The readers with a card of the family. One that just left counts until it is known to stay away.
    pub fn cps(&self) -> Vec<&str> {
        self.tracked().iter().filter(|tracked| tracked.cps().is_some()).map(|tracked| tracked.reader.name.as_str()).collect()
    }

    /// Each reader, for whoever asks.
    pub fn readers(&self) -> Vec<ReaderView> {
        self.tracked()
            .iter()
            .map(|tracked| ReaderView { reader: tracked.reader.name.clone(), card: tracked.seen(), interface: tracked.interface() })
            .collect()
    }

    fn tracked(&self) -> &[Tracked] {
        self.seen.as_deref().unwrap_or_default()
    }
}

/// The card of the family that is in a slot.
fn cps(slot: &Slot) -> Option<&Atr> {
    match slot {
        Slot::Card(atr) if atr.family().0.is_cps() => Some(atr),
        Slot::Card(_) | Slot::Empty | Slot::Mute | Slot::Unsaid => None,
    }
}

/// Whether the service counted a removal and an insertion since. It counts in sixteen bits, where it counts.
fn has_moved(earlier: &Reader, now: &Reader) -> bool {
    now.events.wrapping_sub(earlier.events) & 0xffff >= 2
}

/// A reader from one look to the next.
fn follow(before: Option<Tracked>, reader: Reader, now: Duration, is_after_sleep: bool, happened: &mut Vec<Happening>) -> Tracked {
    let name = || reader.name.clone();
    let Some(before) = before else {
        if cps(&reader.slot).is_some() {
            happened.push(Happening::Inserted { reader: name() });
        }
        return Tracked { reader, leaving: None, pulled: None };
    };
    let was = before.cps().cloned();
    let Tracked { mut leaving, mut pulled, reader: earlier } = before;
    match (was, &reader.slot) {
        // The service does not say: as it was.
        (_, Slot::Unsaid) => return Tracked { reader: earlier, leaving, pulled },
        // Gone and come between two looks.
        (Some(was), Slot::Card(atr)) if was == *atr && leaving.is_none() && !is_after_sleep && has_moved(&earlier, &reader) => {
            happened.push(Happening::Removed { reader: name() });
            happened.push(Happening::PutBack { reader: name() });
        }
        // Still there, or back before it was known to be away; a reset or a use by another program changes neither card nor count.
        (Some(was), Slot::Card(atr)) if was == *atr => leaving = None,
        (Some(_), Slot::Empty | Slot::Mute) if is_after_sleep => {
            leaving = None;
            happened.push(Happening::Lost { reader: name() });
        }
        (Some(was), Slot::Empty) => leaving = leaving.or(Some((was, now))),
        // A card that stops answering is there still.
        (Some(_), Slot::Mute) if earlier.events == reader.events => return Tracked { reader: earlier, leaving, pulled },
        // Another card stands where it stood.
        (Some(was), Slot::Card(_) | Slot::Mute) => {
            leaving = None;
            pulled = Some(was);
            happened.push(Happening::Removed { reader: name() });
            if cps(&reader.slot).is_some() {
                happened.push(Happening::Inserted { reader: name() });
            }
        }
        (None, slot) => {
            if let Some(atr) = cps(slot) {
                let is_back = pulled.take().is_some_and(|pulled| pulled == *atr);
                happened.push(if is_back { Happening::PutBack { reader: name() } } else { Happening::Inserted { reader: name() } });
            }
        }
    }
    Tracked { reader, leaving, pulled }
}

impl Tracked {
    fn cps(&self) -> Option<&Atr> {
        self.leaving.as_ref().map(|(atr, _)| atr).or_else(|| cps(&self.reader.slot))
    }

    fn family(&self) -> Option<(Kind, Option<Interface>)> {
        let there = match &self.reader.slot {
            Slot::Card(atr) => Some(atr),
            Slot::Empty | Slot::Mute | Slot::Unsaid => None,
        };
        self.leaving.as_ref().map(|(atr, _)| atr).or(there).map(Atr::family)
    }

    fn interface(&self) -> Option<Interface> {
        self.family().filter(|(kind, _)| kind.is_cps()).and_then(|(_, interface)| interface)
    }

    fn seen(&self) -> Seen {
        match (self.family(), &self.reader.slot) {
            (Some((kind, _)), _) => match kind {
                Kind::Cps3 => Seen::Cps3,
                Kind::Cps4 => Seen::Cps4,
                Kind::Cps => Seen::Cps,
                Kind::MaybeCps => Seen::MaybeCps,
                Kind::Other => Seen::Other,
                Kind::Unknown => Seen::Unknown,
            },
            (None, Slot::Mute) => Seen::Mute,
            (None, Slot::Unsaid) => Seen::Unsaid,
            (None, Slot::Empty | Slot::Card(_)) => Seen::None,
        }
    }
}
