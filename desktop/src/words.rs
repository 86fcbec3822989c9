//! Every sentence that a person reads outside the window: on a terminal, in the diagnosis, in the desktop's notices, as the programs start.
//! A room for each topic, in it the two languages side by side, and the compiler asks for what one of them lacks.

use chrono::{DateTime, Datelike as _, Utc};
use vestibule_model::language::Language;

mod card;
mod command_line;
mod connection;
mod doctor;
mod keyring;
mod log;
mod notices;
mod report;
mod session;
mod settings;
mod sign_in;
mod sign_out;
pub mod start_up;
mod system;

pub(crate) use command_line::{Admitted, Help, Misunderstood};
pub(crate) use doctor::Title;

struct French;
struct English;

/// Those of a language.
pub(crate) fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::Fr => &French,
        Language::En => &English,
    }
}

/// The sentences, all that the rooms have. A method each, or one for all that a type may be; none quotes a secret.
pub(crate) trait Words:
    Sync
    + system::SystemWords
    + settings::SettingsWords
    + connection::ConnectionWords
    + command_line::CommandLineWords
    + sign_in::SignInWords
    + session::SessionWords
    + sign_out::SignOutWords
    + self::keyring::KeyringWords
    + doctor::DoctorWords
    + card::CardWords
    + log::LogWords
    + report::ReportWords
    + notices::NoticeWords
    + start_up::StartUpWords
{
}

impl Words for French {}
impl Words for English {}

/// A day as a sentence has it.
fn day(language: Language, at: DateTime<Utc>) -> String {
    language.day(at.year(), at.month(), at.day())
}

#[cfg(test)]
mod tests;
