//! Black-box tests of everything that needs two parts. Files are rooms; tests bear the number of the requirement they prove.

mod administration;
mod command_line;
mod delegation;
mod dependencies;
mod documents;
mod guides;
mod import_rules;
mod interruptions;
mod log_style;
mod lost_answers;
mod polling;
mod privacy;
mod proxy;
mod psc_clock;
mod psc_link;
mod psc_proxy;
mod publisher;
mod real_proxies;
mod sessions;
mod setup;
mod sign_in;
mod stack;
mod tls;
mod updates;
mod workstation;
mod workstation_input;
