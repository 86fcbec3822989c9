//! What an installation of Vestibule is made of, written once: no test, suite or launcher writes a configuration of its own.
//!
//! | module | what it is |
//! |---|---|
//! | [`companion`] | the companion's `companion.toml` and the secrets that it names |
//! | [`log`] | what a test’s own thread logs |
//! | [`policy`] | the workstation's `policy.toml` |
//! | [`place`] | ports and private files |
//!
//! It depends on nothing of Vestibule, so that every crate can use it in its tests: a key that a companion wants from now on is one more line of
//! `LEAST` in `companion.rs`.

pub mod companion;
mod fragment;
pub mod log;
pub mod place;
pub mod policy;

pub use companion::Installation;
pub use policy::Policy;
