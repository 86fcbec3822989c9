//! Roads through the browser: one sign-in attempt, from the pushed request to the open session; and the way to the sign-out page.

pub mod attempt;
pub mod hop;
pub mod loopback;
pub mod polling;
pub mod scheme;
pub mod unfinished;

pub use attempt::{Ask, Attempt, Outcome, Progress, SignedIn, Started, Talk, Timings};
pub use unfinished::Unfinished;
