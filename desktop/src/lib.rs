//! The thick client's engine: everything the window shows and everything the command line does, without a window.
//!
//! | module | what it does |
//! |---|---|
//! | [`engine`] | the only owner of state: requests in, [`vestibule_model::view::AppView`] out |
//! | [`exchange`] | one sign-in attempt, from the pushed request to the open session |
//! | [`session`] | what lives on: tokens, refresh, resume |
//! | [`link`] | that session's way to the companion: client, device and clock, built once |
//! | [`companion`] | the only HTTP client |
//! | [`device_key`] | proof of possession (RFC 9449) |
//! | [`keyring`] | the operating system's secret store |
//! | [`peer_owner`] | whose connection reaches a listener of ours |
//! | [`trusted_file`] | whether a file that decides whom to trust can have been written by somebody else |
//! | [`browser`] | the person's own browser |
//! | [`file_manager`] | shows her a folder of her own |
//! | [`route`] | by which way requests reach the companion, and who decided it |
//! | [`notifications`] | notices of the desktop, outside the window |
//! | [`tray`] | what the icon beside the clock says and offers |
//! | [`card`] | whether a CPS card is in a reader: a hint, never a proof |
//! | [`settings`] | machine policy > user file > default |
//! | [`words`] | every sentence that is read outside the window, in both languages |
//! | `update` | whether another version of the app is wanted |
//! | [`core_dumps`] | nothing of its memory is left where it crashed |
//! | [`report`] | what support needs, in one file without names |
//! | [`doctor`] | what to check when it does not work |

pub mod activity;
pub mod browser;
pub mod card;
pub mod cli;
pub mod clock;
pub mod companion;
pub mod core_dumps;
pub mod device;
pub mod device_key;
pub mod doctor;
pub mod engine;
pub mod exchange;
pub mod file_manager;
pub mod handlers;
pub mod interruption;
pub mod keyring;
pub mod link;
pub mod logging;
pub mod notifications;
pub mod ordinary_file;
pub mod outside;
pub mod paths;
pub mod peer_owner;
pub mod ports;
pub mod private;
pub mod qr_code;
mod quiet;
pub mod random;
pub mod report;
pub mod route;
pub mod secret;
pub mod session;
pub mod settings;
pub mod standard_output;
pub mod standing;
pub mod system_words;
pub mod tray;
pub mod trusted_file;
mod update;
mod windows_registry;
pub mod words;
pub mod workstation_input;
mod workstation_kind;

pub use engine::{Engine, EngineHandle};
pub use ports::Ports;
pub use settings::Settings;
