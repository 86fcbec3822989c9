//! Black-box tests of everything that needs two parts. Files are rooms; tests bear the number of the requirement they prove.

mod documents;
mod import_rules;
mod interruptions;
mod polling;
mod privacy;
mod proxy;
mod psc_link;
mod sessions;
mod sign_in;
mod tls;
mod workstation;
