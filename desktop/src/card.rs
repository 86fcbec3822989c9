//! Whether a CPS card is in a reader of this workstation: a hint, never a proof.
//!
//! Passive: states of readers alone are asked for. No card is ever connected to, so that whoever uses it (Cryptolib, GALSS, the browser) is
//! not disturbed, and nothing is known of it but what it answers when it is powered up. A presence opens nothing and prolongs nothing.

pub mod aggregate;
pub mod atr;
pub mod policy;
pub mod presence;
pub mod watcher;

use std::time::Duration;

pub use aggregate::{Happening, Presence, ReaderView, Seen};
pub use atr::{Atr, Interface, Kind};
pub use presence::SystemCards;
pub use watcher::{CardWatch, Watching};

/// The machine's smart card service (PC/SC).
pub trait CardService: Send + Sync + std::fmt::Debug {
    /// A connection to the service, not to a card.
    ///
    /// # Errors
    /// [`Fault`].
    fn connect(&self) -> Result<Box<dyn CardConnection>, Fault>;

    /// The readers' drivers that are installed, by name; `None` where the system does not say.
    fn drivers(&self) -> Option<Vec<String>> {
        None
    }
}

/// One connection, on a thread of its own.
pub trait CardConnection {
    /// Every reader as it is now. The first call returns at once; the others block until one of them changed or came, or `longest` passed.
    ///
    /// # Errors
    /// [`Fault`], after which the connection is of no use any more.
    fn next(&mut self, longest: Duration) -> Result<Vec<Reader>, Fault>;

    /// Makes a call that blocks come back, from another thread.
    fn waker(&self) -> Waker;
}

/// See [`CardConnection::waker`].
pub type Waker = Box<dyn Fn() + Send + Sync>;

/// A reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub name: String,
    pub slot: Slot,
    /// How many insertions and removals the service counted; 0 where it counts none.
    pub events: u32,
}

/// What is in a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    Empty,
    Card(Atr),
    /// A card that does not answer.
    Mute,
    /// The service does not say at this moment.
    Unsaid,
}

/// Why no reader can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("no smart card service runs")]
    NoService,
    #[error("the smart card service refuses this user or this session of the machine")]
    AccessDenied,
    /// Stopped, restarted, or its handle is gone.
    #[error("the smart card service is lost")]
    Lost,
}

/// One look.
pub type Sight = Result<Vec<Reader>, Fault>;

#[cfg(test)]
mod tests;
