//! Who gets in: connections, requests under way, what waits, calls per key, bytes held, proofs of possession, and for whom a proxy speaks. It
//! knows sizes, places and keys, and nothing of sign-ins.

pub mod connections;
pub mod dpop;
pub mod memory;
mod parked;
pub mod places;
pub mod proxy;
pub mod rates;
pub mod requests;
mod unread;

pub use connections::Connections;
pub use dpop::ProofChecker;
pub use memory::Memory;
pub use parked::{Awaited, Parked, ParkedRequest, ParkingRefused};
pub use proxy::TrustedProxies;
pub use rates::{Rates, TooMany};
pub use requests::{RequestRefused, Requests};
pub(crate) use unread::{lend, take_what_is_left};
