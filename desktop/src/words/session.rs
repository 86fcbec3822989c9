//! Being signed in, or not, on a terminal.

use vestibule_model::exchange::OwnSession;
use vestibule_model::practitioner::Practitioner;
use vestibule_model::session::SessionEnd;

mod en;
mod fr;

/// In each language.
pub(crate) trait SessionWords {
    fn situations(&self, command: &str) -> String;
    fn no_situation(&self) -> &'static str;
    fn person(&self, practitioner: &Practitioner) -> String;
    fn no_profession(&self) -> &'static str;
    fn first_time_here(&self) -> &'static str;
    fn open_while_active(&self, minutes: u32, latest: &str) -> String;
    fn open_until(&self, minutes: u32, latest: &str) -> String;
    fn activity_counts_not(&self) -> &'static str;
    fn activity_not_on_shared(&self) -> &'static str;
    fn time_of_day(&self, hour: u32, minute: u32) -> String;
    fn own_session(&self, session: &OwnSession) -> String;
    fn sessions_ended(&self, count: u32) -> String;
    fn nobody(&self) -> &'static str;
    fn ended(&self, reason: Option<SessionEnd>) -> &'static str;
}
