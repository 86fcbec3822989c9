//! The companion's faces, from outside: a real companion on port 0, a provider that stands in for Pro Santé Connect, an app and a browser.
//!
//! The whole chain with the simulator and the real app is tested elsewhere; here every refusal of an edge is.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod api;
mod companion;
mod groups;
mod leaving;
mod limits;
mod memory;
mod monday;
mod pages;
mod polling;
mod program;
mod proofs;
mod pushed;
mod rights;
mod sign_in;
mod signals;
mod sizes;
mod standards;
mod tokens;
mod ungranted;
mod unread;
mod waiting;
