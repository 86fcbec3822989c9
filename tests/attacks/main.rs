//! The attack table of docs/securite-echange.md, row by row, from outside. A test bears the number of its row: `attack_07_…`.

mod browser;
mod code;
mod companion;
mod environment;
mod groups;
mod key;
mod lock;
mod loopback;
mod own_sessions;
mod pages;
mod polling;
mod presence;
mod provider;
mod request;
mod rogue;
mod scene;
mod storage;
mod vault;
mod workstation;
