//! Two companions, or three, over one memory, as real processes behind HAProxy: nothing is lost or doubled, whichever of them a request meets.

mod attacks;
mod backups;
mod bench;
mod clocks;
mod copy;
mod copy_refused;
mod faults;
mod keys;
mod kills;
mod outages;
mod rolling;
mod scene;
mod sign_in;
mod three;
mod tls;
mod upgrade;
