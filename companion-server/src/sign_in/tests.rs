//! Attempts, over the stage of the sessions' own tests.

mod callback;
mod confirmation;
mod crash;
mod follow;
mod groups;
mod journey;
mod pairs;
mod polling;
mod presence;
mod redeem;
mod start;
mod ungranted;
