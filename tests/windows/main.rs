//! The programs for Windows, under wine on this machine: what they read, a sign-in, the window without its web view, the installer's life.
//!
//! `./dev test windows` builds them and says where they lie (`VESTIBULE_TEST_WINDOWS`), and which wine is theirs (`WINEPREFIX`): one for all of
//! them, so that they run one after the other.

mod installer;
mod policy;
mod sign_in;
mod window;
mod wine;
