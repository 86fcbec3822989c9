//! The engine against a companion double over real HTTP, with a browser, a keyring and a clock in the test's hand.

mod app;
mod cli;
mod companion;
mod doubles;
mod listener;
mod resume;
mod sign_in;
mod sign_out;
mod signed_in;
