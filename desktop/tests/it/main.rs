//! The engine against a companion double over real HTTP, with a browser, a keyring and a clock in the test's hand.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test asks for one screen and takes no other")]

mod activity;
mod app;
mod card;
mod card_removal;
mod cli;
mod cli_ends;
mod cli_english;
mod cli_interrupted;
mod cli_json;
mod cli_keyring;
mod cli_log;
mod cli_sessions;
mod cli_sign_out;
mod companion;
mod control_characters;
mod doctor;
mod doubles;
mod gestures;
#[cfg(target_os = "linux")]
mod keyring;
mod listener;
mod lock;
mod log_command;
mod logs;
mod own_sessions;
mod paper;
mod polling;
mod polling_cli;
mod renewed_launch;
mod report;
mod resume;
mod scheme;
mod sign_in;
mod sign_out;
mod signed_in;
mod support_page;
mod tray;
