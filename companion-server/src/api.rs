//! What the app asks about its sign-in and its session. Answers are states and clocks, never a token.

mod access;
pub(crate) mod own_sessions;
pub(crate) mod session;
pub(crate) mod session_events;
pub(crate) mod sign_ins;
mod wait;
pub(crate) mod workstation;
