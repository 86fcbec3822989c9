//! The companion: relying party of Pro Santé Connect on one side, authorization server for the desktop apps on the other.
//!
//! A request goes down the floors, nothing calls up:
//!
//! ```text
//! main  lib                                start, listeners, shutdown
//! http                                     router, limits, headers
//! oauth/  api/  admin/                     faces: towards apps, the session, administrators
//! edge/                                    what faces stand on: parameters, proofs, cookie, pages, one mapping from refusal to answer
//! sign_in/                                 one attempt, from created to redeemed
//! session/  account/  group/               what lives on; under which rules
//! audit                                    the trail (EXI 18), written through the memory
//! psc/  store/                             the face towards Pro Santé Connect; the memory
//! own_certificate  reload                  what follows the files while serving
//! certificate  config/  pages/  vault  clock  random  network  tally  words    ground: no knowledge of anything above
//! ```

pub mod account;
pub mod admin;
pub mod api;
pub mod audit;
pub mod certificate;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod edge;
pub mod group;
pub mod http;
pub mod key_rotation;
pub mod logging;
pub mod network;
pub mod oauth;
mod open_files;
pub mod own_certificate;
pub mod pages;
pub mod preflight;
pub mod psc;
pub mod random;
mod reload;
mod serve;
pub mod session;
pub mod sign_in;
mod start;
pub mod store;
pub mod tally;
pub mod vault;
pub mod words;

pub use start::{Control, Listeners, StartError, run, run_controlled};
