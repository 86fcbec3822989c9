//! The programs for Windows, under wine on this machine: what they read, a sign-in, the window without its web view, the installer's life. And,
//! without wine, what they and the installer say of themselves.
//!
//! `./dev test windows` builds them and says where they lie (`VESTIBULE_TEST_WINDOWS`), and which wine is theirs (`WINEPREFIX`): one for all of
//! them, so that they run one after the other. `tables` and `signature` need neither: they make an installer of stand-ins.

mod contents;
mod installer;
mod msi;
mod policy;
mod sign_in;
mod signature;
mod tables;
mod window;
mod wine;
