//! The packages as they are built: what they hold, and how they live on a machine.
//!
//! `./dev test packages` builds them and says where they lie (`VESTIBULE_TEST_PACKAGES`). What begins with `life_` installs them on a machine of
//! its own, which takes root and the archive of Debian.

mod contents;
mod life;
mod package;
mod root;
mod unit;
