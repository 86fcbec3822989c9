//! What can be asked. What the help says of it stands with the other words, in each language.

use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use vestibule_model::command_line::with_help_as_an_option;
use vestibule_model::session::SignInId;

use crate::settings::ExchangeChoice;
use crate::words::{Admitted, Help, Misunderstood, Words};

#[derive(Debug, Parser)]
#[command(name = "vestibule", version, disable_help_flag = true, disable_version_flag = true, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Login(Login),
    Status {
        #[arg(long)]
        json: bool,
    },
    Situation {
        #[arg(value_name = "ID|first", value_parser = situation)]
        id: Option<String>,
        #[arg(long)]
        json: bool,
    },
    Logout {
        #[arg(long)]
        json: bool,
    },
    Activity {
        #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u64).range(0..=3600))]
        ago: u64,
        #[arg(long)]
        json: bool,
    },
    Card {
        #[command(subcommand)]
        action: CardAction,
    },
    Sessions {
        #[command(subcommand)]
        action: Option<SessionsAction>,
        #[arg(long)]
        json: bool,
    },
    Doctor {
        #[arg(long)]
        json: bool,
    },
    Log(Log),
    Report(Report),
    Settings {
        #[command(subcommand)]
        action: SettingsAction,
    },
}

#[derive(Debug, Args)]
pub(super) struct Report {
    #[arg(long)]
    pub out: Option<PathBuf>,
    #[arg(long, default_value_t = crate::report::DAYS, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=14))]
    pub days: u32,
    #[arg(long)]
    pub yes: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Log {
    #[arg(long)]
    pub follow: bool,
    #[arg(long, value_name = "ID", value_parser = session_number)]
    pub sign_in: Option<SignInId>,
    #[arg(long)]
    pub lines: Option<usize>,
    #[arg(long, conflicts_with_all = ["follow", "sign_in", "lines"])]
    pub folder: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SessionsAction {
    End {
        #[command(flatten)]
        ended: EndedSessions,
        #[arg(long)]
        json: bool,
    },
}

/// Exactly one of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct EndedSessions {
    #[arg(value_name = "ID", value_parser = session_number)]
    pub number: Option<SignInId>,
    #[arg(long)]
    pub all: bool,
    #[arg(long)]
    pub others: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SettingsAction {
    Show {
        #[arg(long)]
        sources: bool,
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CardAction {
    Status {
        #[arg(long)]
        json: bool,
    },
    Watch {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Login {
    #[arg(long)]
    pub json: bool,
    #[arg(long, default_value_t = 600, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    #[arg(long, value_name = "ID|first", value_parser = situation)]
    pub situation: Option<String>,
    #[arg(long)]
    pub no_browser: bool,
    #[arg(long)]
    pub qr: bool,
    #[arg(long, value_parser = exchange)]
    pub exchange: Option<ExchangeChoice>,
}

impl Arguments {
    /// Parses them, with the help in these words.
    ///
    /// # Errors
    /// clap's, which is an answer where help or version were asked for.
    pub fn told_in(words: &dyn Words, arguments: Vec<String>) -> Result<Self, clap::Error> {
        Self::from_arg_matches(&command(words).try_get_matches_from(arguments)?)
    }
}

/// The whole command line, in these words.
pub(super) fn command(words: &dyn Words) -> clap::Command {
    told(Arguments::command(), "", words).after_help(words.help(Help::ExitCodes))
}

fn told(command: clap::Command, parent: &str, words: &dyn Words) -> clap::Command {
    let name = command.get_name().to_owned();
    let template = format!("{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}", words.help(Help::Usage));
    let command = match help_of_command(parent, &name) {
        Some(help) => command.about(words.help(help)),
        None => command,
    };
    command
        .help_template(template)
        .subcommand_help_heading(words.help(Help::Commands))
        .subcommand_value_name(words.help(Help::Command))
        .mut_args(|argument| {
            let argument = match value_of_argument(argument.get_id().as_str()) {
                Some(value) => argument.value_name(words.help(value)),
                None => argument,
            };
            match help_of_argument(&name, argument.get_id().as_str()) {
                Some(help) => argument.help(words.help(help)),
                None => argument,
            }
        })
        .mut_subcommands(|subcommand| told(subcommand, &name, words))
}

fn help_of_command(parent: &str, name: &str) -> Option<Help> {
    Some(match name {
        "status" if parent == "card" => Help::CardStatus,
        "vestibule" => Help::About,
        "login" => Help::Login,
        "status" => Help::Status,
        "situation" => Help::Situation,
        "logout" => Help::Logout,
        "activity" => Help::Activity,
        "card" => Help::Card,
        "watch" => Help::CardWatch,
        "sessions" => Help::Sessions,
        "end" => Help::EndSessions,
        "doctor" => Help::Doctor,
        "log" => Help::Log,
        "report" => Help::Report,
        "settings" => Help::Settings,
        "show" => Help::Show,
        _ => return None,
    })
}

fn help_of_argument(command: &str, id: &str) -> Option<Help> {
    Some(match (command, id) {
        (_, "help") => Help::Flag,
        (_, "version") => Help::Version,
        (_, "json") => Help::Json,
        ("login", "situation") => Help::ChosenSituation,
        ("login", "timeout") => Help::Timeout,
        ("login", "no_browser") => Help::NoBrowser,
        ("login", "qr") => Help::Qr,
        ("login", "exchange") => Help::Exchange,
        ("activity", "ago") => Help::Ago,
        ("end", "number") => Help::EndedSession,
        ("end", "all") => Help::AllSessions,
        ("end", "others") => Help::OtherSessions,
        ("log", "follow") => Help::Follow,
        ("log", "sign_in") => Help::OfSignIn,
        ("log", "lines") => Help::Lines,
        ("log", "folder") => Help::LogFolder,
        ("report", "out") => Help::ReportFile,
        ("report", "days") => Help::ReportDays,
        ("report", "yes") => Help::ReportUnasked,
        ("situation", "id") => Help::SituationId,
        ("show", "sources") => Help::Sources,
        _ => return None,
    })
}

fn value_of_argument(id: &str) -> Option<Help> {
    match id {
        "timeout" | "ago" => Some(Help::Seconds),
        "lines" | "days" => Some(Help::Number),
        "out" => Some(Help::File),
        "exchange" => Some(Help::ExchangeName),
        _ => None,
    }
}

/// The name of an exchange.
fn exchange(name: &str) -> Result<ExchangeChoice, String> {
    let all = [ExchangeChoice::Auto, ExchangeChoice::Loopback, ExchangeChoice::Scheme, ExchangeChoice::Polling];
    all.into_iter().find(|choice| choice.name() == name).ok_or_else(|| "auto, loopback, polling".to_owned())
}

/// An empty variable of a script is no situation, and is said before anybody is asked to sign in.
fn situation(id: &str) -> Result<String, String> {
    if id.trim().is_empty() { Err("ID, first".to_owned()) } else { Ok(id.to_owned()) }
}

/// As the list gives it, or as somebody dictates it.
fn session_number(text: &str) -> Result<SignInId, String> {
    SignInId::dictated(text).map_err(|_| "ID".to_owned())
}

/// The arguments of this process as they are read: help may be asked for by its word.
pub(super) fn usual(arguments: Vec<String>) -> Vec<String> {
    with_help_as_an_option(&Arguments::command(), arguments, |command, word| command.find_subcommand(word), clap::Command::has_subcommands)
}

/// What was not understood, without quoting more than the word at fault.
pub(super) fn misunderstood(error: &clap::Error) -> Misunderstood {
    let text = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let word = error.get(ContextKind::InvalidArg).map_or_else(|| text(ContextKind::InvalidSubcommand), ToString::to_string);
    let kind = error.kind();
    if kind == ErrorKind::InvalidSubcommand {
        Misunderstood::UnknownCommand(word)
    } else if kind == ErrorKind::UnknownArgument && word.starts_with('-') {
        Misunderstood::UnknownOption(word)
    } else if kind == ErrorKind::UnknownArgument {
        Misunderstood::Superfluous(word)
    } else if kind == ErrorKind::InvalidValue && text(ContextKind::InvalidValue).is_empty() {
        let admitted = admitted(&word);
        Misunderstood::NoValue(word, admitted)
    } else if matches!(kind, ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        let admitted = admitted(&word);
        Misunderstood::WrongValue(word, admitted)
    } else if matches!(kind, ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues) {
        Misunderstood::TakesNoValue(word)
    } else if kind == ErrorKind::ArgumentConflict {
        let other = text(ContextKind::PriorArg);
        if other == word { Misunderstood::Twice(word) } else { Misunderstood::NotTogether(other, word) }
    } else if kind == ErrorKind::MissingRequiredArgument {
        Misunderstood::Missing(word)
    } else if matches!(kind, ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        Misunderstood::NoCommand
    } else {
        Misunderstood::Otherwise
    }
}

/// What an option takes.
fn admitted(option: &str) -> Option<Admitted> {
    if option.starts_with("--timeout") {
        Some(Admitted::Seconds)
    } else if option.starts_with("--ago") {
        Some(Admitted::SecondsAgo)
    } else if option.starts_with("--exchange") {
        Some(Admitted::Exchange)
    } else if option.starts_with("--situation") || option.starts_with("[ID|") {
        Some(Admitted::Situation)
    } else if option.starts_with("--days") {
        Some(Admitted::Days)
    } else if option.starts_with("--lines") {
        Some(Admitted::Number)
    } else if option.starts_with("[ID]") || option.starts_with("<ID") || option.starts_with("--sign-in") {
        Some(Admitted::Session)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use vestibule_model::language::Language;

    use super::{command, help_of_argument, help_of_command};
    use crate::words;

    fn each(command: &clap::Command, parent: &str, look: &mut dyn FnMut(&str, &clap::Command)) {
        look(parent, command);
        for subcommand in command.get_subcommands() {
            each(subcommand, command.get_name(), look);
        }
    }

    #[test]
    fn every_command_and_every_argument_is_explained_in_both_languages() {
        for language in [Language::Fr, Language::En] {
            each(&command(words::of(language)), "", &mut |parent, command| {
                let name = command.get_name();
                assert!(help_of_command(parent, name).is_some() && command.get_about().is_some(), "{name}");
                for argument in command.get_arguments() {
                    let id = argument.get_id().as_str();
                    assert!(help_of_argument(name, id).is_some() && argument.get_help().is_some(), "{name} {id}");
                }
            });
        }
    }
}
