//! The machine's own smart card service. The only file that names `pcsc`; it asks for states and connects to no card.

use std::ffi::CString;
use std::time::Duration;

use pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState, Scope, State};

use vestibule_model::wire::printable;

use super::{Atr, CardConnection, CardService, Fault, Reader, Slot, Waker};

/// Signs of a reader's name that are kept: as many as the service has.
const NAME_CAP: usize = 128;

/// Of the operating system: `pcscd`, or the smart card service of Windows.
#[derive(Debug)]
pub struct SystemCards;

impl CardService for SystemCards {
    fn connect(&self) -> Result<Box<dyn CardConnection>, Fault> {
        let context = Context::establish(Scope::User).map_err(fault)?;
        // Arrivals of readers, where the system tells them.
        let watched = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        Ok(Box::new(Connection { context, watched, is_first: true }))
    }

    #[cfg(target_os = "linux")]
    fn drivers(&self) -> Option<Vec<String>> {
        let bundles = std::fs::read_dir("/usr/lib/pcsc/drivers").into_iter().flatten().filter_map(Result::ok);
        let name = |entry: std::fs::DirEntry| Some(entry.file_name().to_str()?.strip_suffix(".bundle")?.to_owned());
        let mut names: Vec<String> = bundles.filter_map(name).collect();
        names.sort_unstable();
        Some(names)
    }
}

struct Connection {
    context: Context,
    watched: Vec<ReaderState>,
    is_first: bool,
}

impl CardConnection for Connection {
    fn next(&mut self, longest: Duration) -> Result<Vec<Reader>, Fault> {
        self.watched.retain(|state| !is_gone(state));
        for name in self.context.list_readers_owned().map_err(fault)? {
            if !self.watched.iter().any(|state| *state.name() == *name) {
                self.watched.push(ReaderState::new(name, State::UNAWARE));
            }
        }
        let longest = if std::mem::take(&mut self.is_first) { Duration::ZERO } else { longest };
        match self.context.get_status_change(longest, &mut self.watched) {
            // The count of events goes with the state: without it, Windows would come back at once for ever.
            Ok(()) => self.watched.iter_mut().for_each(ReaderState::sync_current_state),
            // Nothing that was said in such a call can be relied on: what was known is what is known.
            Err(Error::Timeout | Error::Cancelled) => {}
            Err(error) => return Err(fault(error)),
        }
        Ok(self.watched.iter().filter(|state| !is_pnp(state) && !is_gone(state)).map(reader).collect())
    }

    fn waker(&self) -> Waker {
        let context = self.context.clone();
        Box::new(move || {
            // A service that is gone lets nobody wait.
            let _ = context.cancel();
        })
    }
}

fn is_pnp(state: &ReaderState) -> bool {
    state.name() == PNP_NOTIFICATION()
}

/// A reader that was unplugged, or of another session of the machine: watched further, it would come back at once for ever.
fn is_gone(state: &ReaderState) -> bool {
    !is_pnp(state) && state.current_state().intersects(State::UNKNOWN | State::IGNORE)
}

fn reader(state: &ReaderState) -> Reader {
    let (now, events) = (state.current_state(), state.event_count());
    let slot = if now.contains(State::MUTE) {
        Slot::Mute
    } else if now.contains(State::PRESENT) {
        Slot::Card(Atr::new(state.atr()))
    } else if now.contains(State::EMPTY) {
        Slot::Empty
    } else {
        Slot::Unsaid
    };
    // Whoever made the reader wrote its name, and a terminal is to show it.
    Reader { name: printable(&CString::from(state.name()).to_string_lossy(), NAME_CAP), slot, events }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else a service answers, the connection is of no use any more")]
fn fault(error: Error) -> Fault {
    match error {
        Error::NoService => Fault::NoService,
        Error::NoAccess | Error::SecurityViolation => Fault::AccessDenied,
        error => {
            tracing::debug!(%error, "The smart card service does not answer as it should");
            Fault::Lost
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(name: &std::ffi::CStr, state: State) -> ReaderState {
        ReaderState::new(name, state)
    }

    #[test]
    fn a_reader_that_is_gone_or_of_another_session_is_watched_no_further_and_the_arrivals_are() {
        for (said, is_left) in
            [(State::UNKNOWN, true), (State::IGNORE, true), (State::EMPTY, false), (State::PRESENT | State::INUSE, false)]
        {
            assert_eq!(is_gone(&state(c"Lecteur", said)), is_left, "{said:?}");
            assert!(!is_gone(&state(PNP_NOTIFICATION(), said)), "{said:?}");
        }
    }

    #[test]
    fn what_the_service_says_of_a_slot_is_what_is_in_it() {
        for (said, slot) in [
            (State::EMPTY, Slot::Empty),
            (State::PRESENT | State::MUTE, Slot::Mute),
            (State::PRESENT | State::EXCLUSIVE | State::INUSE, Slot::Card(Atr::new(&[]))),
            (State::UNAVAILABLE, Slot::Unsaid),
        ] {
            assert_eq!(reader(&state(c"Lecteur", said)), Reader { name: "Lecteur".to_owned(), slot, events: 0 }, "{said:?}");
        }
    }

    #[test]
    fn the_name_of_a_reader_does_nothing_to_the_terminal_that_shows_it() {
        let named = state(c"\x1b[2JLecteur\r\n\xe2\x80\xae \xff 00 00", State::EMPTY);
        assert_eq!(reader(&named).name, "[2JLecteur \u{fffd} 00 00");
    }

    #[test]
    fn a_service_that_does_not_answer_as_it_should_is_lost_and_one_that_refuses_says_so() {
        for (error, said) in [
            (Error::NoService, Fault::NoService),
            (Error::NoAccess, Fault::AccessDenied),
            (Error::SecurityViolation, Fault::AccessDenied),
            (Error::ServiceStopped, Fault::Lost),
            (Error::InvalidHandle, Fault::Lost),
        ] {
            assert_eq!(fault(error), said);
        }
    }
}
