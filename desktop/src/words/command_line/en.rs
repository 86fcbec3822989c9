//! In English.

use super::{Admitted, CommandLineWords, Help, Misunderstood};
use crate::words::English;

impl CommandLineWords for English {
    fn help(&self, help: Help) -> &'static str {
        match help {
            Help::About => "Signs a person in to health software with Pro Santé Connect, through their own browser",
            Help::Usage => "Usage:",
            Help::Commands => "Commands",
            Help::Command => "COMMAND",
            Help::ExitCodes => {
                "Exit codes:\n  0  done\n  1  refused, cancelled, no open session, or no keyring to tell\n  2  wrong command or configuration\n  3  the sign-in server or Pro Santé Connect cannot be reached\n\nFor “doctor”: 0 OK, 1 WARNING, 2 FAILURE."
            }
            Help::Flag => "Shows this help",
            Help::Version => "Shows the version",
            Help::Login => "Opens the browser and signs the person in",
            Help::Status => "Shows the open session",
            Help::Situation => "Lists the practice situations, or chooses one",
            Help::Logout => "Closes the session and the one at Pro Santé Connect",
            Help::Activity => "Says that the person works in other software, where the setting activity_source is caller",
            Help::Ago => "Number of seconds since they last typed",
            Help::Card => "Shows the card readers of this workstation",
            Help::CardStatus => "Says whether a CPS card is in a reader: a hint, never a proof",
            Help::CardWatch => "Says so at each change, until the command is stopped",
            Help::Sessions => "Shows the person’s sessions on all their workstations",
            Help::EndSessions => "Closes sessions of the person, and their Pro Santé Connect sessions",
            Help::EndedSession => "The number of a session, as the list shows it",
            Help::AllSessions => "All of them, the one of this workstation too",
            Help::OtherSessions => "All but the one of this workstation",
            Help::Doctor => "Checks what may keep sign-in from working",
            Help::Log => "Shows the log of this workstation, from its oldest line to its most recent",
            Help::Follow => "Goes on with the lines to come, until the command is stopped",
            Help::OfSignIn => "Only the lines of one sign-in, by its sign-in number",
            Help::Lines => "Only the last lines, so many",
            Help::Number => "NUMBER",
            Help::LogFolder => "Only shows the folder of the log",
            Help::Report => "Puts what support needs into one file, without names or secrets; shows it first, sends nothing",
            Help::ReportFile => "Writes to this file, or into this folder; - for the standard output",
            Help::ReportDays => "Days of the log, from 1 to 14 (7 by default)",
            Help::ReportUnasked => "Writes without asking",
            Help::File => "FILE",
            Help::Settings => "The configuration of this workstation",
            Help::Show => "Shows each setting in force",
            Help::Json => "Shows the result as JSON",
            Help::Timeout => "Longest time to wait, in seconds (1 to 600)",
            Help::Seconds => "SECONDS",
            Help::ChosenSituation => "Chooses this practice situation, or the first one with “first”",
            Help::NoBrowser => "Opens no browser: shows the address to open",
            Help::Qr => {
                "Shows the address as a QR code in the terminal, for a telephone, a tablet or another workstation: mode polling, and no browser is opened here"
            }
            Help::Exchange => {
                "Chooses the exchange mode: auto, loopback (the browser is on this workstation) or polling (it may be elsewhere). The confirmation code that it shows is typed here, on standard input"
            }
            Help::ExchangeName => "MODE",
            Help::SituationId => "The situation to choose, or the first one with “first”",
            Help::Sources => "Shows where each comes from too",
        }
    }

    fn misunderstood(&self, misunderstood: &Misunderstood) -> String {
        let admitted = |admitted: &Option<Admitted>| match admitted {
            Some(Admitted::Seconds) => " (a number of seconds, from 1 to 600, for example 120)",
            Some(Admitted::SecondsAgo) => " (a number of seconds, from 0 to 3600, for example 30)",
            Some(Admitted::Exchange) => " (auto, loopback or polling)",
            Some(Admitted::Situation) => " (the id of a situation, or first)",
            Some(Admitted::Days) => " (a number of days, from 1 to 14, for example 7)",
            Some(Admitted::Number) => " (a number of lines, for example 200)",
            Some(Admitted::Session) => " (the number of a session, for example 7F3K-9QXM)",
            None => "",
        };
        match misunderstood {
            Misunderstood::UnknownCommand(word) => format!("Unknown command: {word}."),
            Misunderstood::UnknownOption(word) => format!("Unknown option: {word}."),
            Misunderstood::Superfluous(word) => format!("One argument too many: {word}."),
            Misunderstood::NoValue(word, of) => format!("No value for {word}{}.", admitted(of)),
            Misunderstood::WrongValue(word, of) => format!("Wrong value for {word}{}.", admitted(of)),
            Misunderstood::TakesNoValue(word) => format!("The option {word} takes no value."),
            Misunderstood::Twice(word) => format!("Option given twice: {word}."),
            Misunderstood::NotTogether(one, other) => format!("Not to be given together: {one} and {other}."),
            Misunderstood::Missing(what) => format!("Missing: {what}."),
            Misunderstood::NoCommand => "No command is given.".to_owned(),
            Misunderstood::Otherwise => "The command is not understood.".to_owned(),
        }
    }

    fn output_unwritable(&self, fault: &str) -> String {
        format!("The output cannot be written: {fault}.")
    }

    fn keyring_awaited(&self) -> &'static str {
        "The keyring has not answered yet: unlock it if the system asks you to."
    }

    fn replaced_remedy(&self) -> &'static str {
        "You can close this sign-in’s tab. “vestibule status” tells who is signed in."
    }

    fn situation_remedy(&self) -> &'static str {
        "Signed in without --situation, “vestibule situation” lists them; “first” takes the first one. If this one should be there, have your RPPS data corrected by your registration authority (professional body, regional agency or employer)."
    }

    fn situation_remedy_signed_in(&self) -> &'static str {
        "“vestibule situation” lists them; “first” takes the first one. If this one should be there, have your RPPS data corrected by your registration authority (professional body, regional agency or employer)."
    }
}
