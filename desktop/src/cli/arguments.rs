//! What can be asked, in French.

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Parser, Subcommand};

use crate::settings::ExchangeChoice;

const TEMPLATE: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}{after-help}";

const EXIT_CODES: &str = "Codes de sortie :\n  0  fait\n  1  refusé, décliné, annulé, personne n’est connecté, ou le trousseau ne permet pas de le savoir\n  2  commande ou réglages incorrects\n  3  le compagnon ou Pro Santé Connect est injoignable\n\nPour « doctor » : 0 tout va bien, 1 avertissement, 2 échec.";

/// Connexion à un service de santé avec Pro Santé Connect, par le navigateur de la personne.
#[derive(Debug, Parser)]
#[command(
    name = "vestibule",
    version,
    help_template = TEMPLATE,
    after_help = EXIT_CODES,
    subcommand_help_heading = "Commandes",
    subcommand_value_name = "COMMANDE",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Affiche cette aide.
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Affiche la version.
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Ouvre le navigateur et connecte la personne.
    #[command(help_template = TEMPLATE)]
    Login(Login),
    /// Dit qui est connecté.
    #[command(help_template = TEMPLATE)]
    Status {
        /// Répond par un document JSON.
        #[arg(long)]
        json: bool,
    },
    /// Liste les situations d’exercice, ou en choisit une.
    #[command(help_template = TEMPLATE)]
    Situation {
        /// La situation à choisir, ou la première avec « first ».
        #[arg(value_name = "ID|first", value_parser = situation)]
        id: Option<String>,
        /// Répond par un document JSON.
        #[arg(long)]
        json: bool,
    },
    /// Déconnecte du service et de Pro Santé Connect.
    #[command(help_template = TEMPLATE)]
    Logout {
        /// Répond par un document JSON.
        #[arg(long)]
        json: bool,
    },
    /// Vérifie ce qui peut empêcher la connexion.
    #[command(help_template = TEMPLATE)]
    Doctor {
        /// Répond par un document JSON.
        #[arg(long)]
        json: bool,
    },
    /// Les réglages de ce poste.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE")]
    Settings {
        #[command(subcommand)]
        action: SettingsAction,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum SettingsAction {
    /// Donne chaque réglage en vigueur.
    #[command(help_template = TEMPLATE)]
    Show {
        /// Dit aussi d’où vient chacun.
        #[arg(long)]
        sources: bool,
        /// Répond par un document JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Login {
    /// Répond par un document JSON.
    #[arg(long)]
    pub json: bool,
    /// Attend la personne aussi longtemps, en secondes.
    #[arg(long, value_name = "SECONDES", default_value_t = 600, hide_default_value = true, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    /// Choisit cette situation d’exercice, ou la première avec « first ».
    #[arg(long, value_name = "ID|first", value_parser = situation)]
    pub situation: Option<String>,
    /// N’ouvre pas de navigateur : affiche l’adresse à ouvrir.
    #[arg(long)]
    pub no_browser: bool,
    /// Choisit l’échange : auto, loopback (le navigateur est sur ce poste) ou polling (interrogation : il peut être ailleurs). Les lettres qu’il montre se tapent ici, sur l’entrée standard.
    #[arg(long, value_name = "ÉCHANGE", value_parser = exchange)]
    pub exchange: Option<ExchangeChoice>,
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

/// `help` and `help COMMAND` are ways of asking that people know from elsewhere.
pub(super) fn usual(mut arguments: Vec<String>) -> Vec<String> {
    if arguments.get(1).is_some_and(|word| word == "help") {
        arguments.remove(1);
        arguments.push("--help".to_owned());
    }
    arguments
}

/// What was not understood, in French and without quoting more than the word at fault.
pub(super) fn misunderstood(error: &clap::Error) -> String {
    let text = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let word = error.get(ContextKind::InvalidArg).map_or_else(|| text(ContextKind::InvalidSubcommand), ToString::to_string);
    let kind = error.kind();
    if kind == ErrorKind::InvalidSubcommand {
        format!("Commande inconnue\u{a0}: {word}.")
    } else if kind == ErrorKind::UnknownArgument && word.starts_with('-') {
        format!("Option inconnue\u{a0}: {word}.")
    } else if kind == ErrorKind::UnknownArgument {
        format!("Argument en trop\u{a0}: {word}.")
    } else if kind == ErrorKind::InvalidValue && text(ContextKind::InvalidValue).is_empty() {
        format!("Valeur absente pour {word}{}.", admitted(&word))
    } else if matches!(kind, ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        format!("Valeur incorrecte pour {word}{}.", admitted(&word))
    } else if matches!(kind, ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues) {
        format!("L’option {word} ne prend pas de valeur.")
    } else if kind == ErrorKind::ArgumentConflict {
        format!("Option donnée deux fois\u{a0}: {word}.")
    } else if matches!(kind, ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        "Aucune commande n’est donnée.".to_owned()
    } else {
        "La commande n’est pas comprise.".to_owned()
    }
}

/// What an option takes.
fn admitted(option: &str) -> &'static str {
    if option.starts_with("--timeout") {
        " (un nombre de secondes, de 1 à 600)"
    } else if option.starts_with("--exchange") {
        " (auto, loopback ou polling)"
    } else if option.starts_with("--situation") || option.starts_with("[ID") {
        " (l’identifiant d’une situation, ou first)"
    } else {
        ""
    }
}
