//! The companion: relying party of Pro Santé Connect on one side, authorization server for the desktop apps on the other.
//!
//! A request goes down the floors, from `http` to `store` and `provider`; nothing calls up or sideways. docs/architecture.md has the floors, and a
//! test holds every module of this list to them.

pub mod account;
pub mod admin;
pub mod api;
pub mod arguments;
pub mod audit;
pub mod backup;
pub mod certificate;
pub mod clock;
pub mod companion;
pub mod config;
pub mod conformity;
pub mod control;
pub mod core_dumps;
mod disk;
pub mod doctor;
pub mod edge;
pub mod gate;
pub mod group;
pub mod http;
pub mod key_rotation;
pub mod logging;
mod looked;
mod measures;
pub mod neighbours;
mod network;
pub mod oauth;
mod open_files;
pub mod ordinary_file;
pub mod own_certificate;
pub mod pages;
pub mod preflight;
pub mod provider;
pub mod provider_name;
pub mod random;
mod reload;
pub mod report;
pub mod secret_file;
mod serve;
pub mod session;
pub mod setup;
pub mod sign_in;
pub mod spoken;
mod start;
pub mod store;
pub mod store_copy;
pub mod support;
pub mod surroundings;
pub mod tally;
pub mod vault;
pub mod words;

pub use control::Control;
pub use preflight::StartError;
pub use start::{Listeners, run, run_controlled};
