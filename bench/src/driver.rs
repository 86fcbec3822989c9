//! The load: apps and browsers that speak the whole exchange, with device keys and proofs, as cheaply as it can be done.
//!
//! Every answer's status is looked at: one that is not expected ends the measure.

mod connection;
mod device;
mod sign_in;

pub use connection::{Answer, Connection};
pub use device::Device;
pub use sign_in::{App, Asked, SignedIn};
