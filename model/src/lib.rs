//! The words that the desktop app and the companion share.
//!
//! Pure types: no clock, no network, no file. Wire names that belong to Pro Santé Connect live in the companion, not here.
//!
//! | module | what it names |
//! |---|---|
//! | [`language`] | what a person reads, French or English |
//! | [`practitioner`] | who signs in, and in which capacities |
//! | [`nomenclature`] | French labels of the national codes |
//! | [`session`] | what lives on after a sign-in |
//! | [`exchange`] | request and answer bodies between app and companion |
//! | [`view`] | what a screen may know: never a token, never the national id |
//! | [`wire`] | how what comes from outside is parsed |
//! | [`secret`] | a text that only its receiver may read |
//! | [`redaction`] | the last pass over a text that leaves the machine |
//! | [`room`] | how much room a disk has left |
//! | [`toml_slip`] | what a file that is no TOML gets wrong |
//! | [`command_line`] | what the command lines of our programs have in common |
//! | [`error_code`] | stable codes, and who acts on each |

pub mod command_line;
pub mod error_code;
pub mod exchange;
pub mod language;
pub mod log_line;
mod named;
pub mod nomenclature;
pub mod practitioner;
pub mod redaction;
pub mod room;
pub mod secret;
pub mod session;
pub mod toml_slip;
pub mod view;
pub mod wire;

pub use error_code::ErrorCode;
pub use practitioner::{NationalId, Practitioner};
pub use secret::Secret;
pub use session::{PscEnvironment, Session};
