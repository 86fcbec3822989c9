//! The simulator seen from outside: a relying party, a browser without script, and the administration.

mod bench;

mod administration;
mod certificates;
mod discovery;
mod faults;
mod logout;
mod pages;
mod personas;
mod program;
mod refusals;
mod tokens;
