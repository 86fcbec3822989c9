//! One sign-in attempt, from the pushed request to the tokens.

pub mod attempt;
pub mod loopback;
pub mod peer_owner;
pub mod unfinished;

pub use attempt::{Attempt, Outcome, Progress, SignedIn, Timings};
pub use unfinished::Unfinished;
