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
        /// La situation à choisir.
        #[arg(value_name = "ID")]
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
    #[arg(long, value_name = "ID|first")]
    pub situation: Option<String>,
    /// N’ouvre pas de navigateur : affiche l’adresse à ouvrir.
    #[arg(long)]
    pub no_browser: bool,
    /// Choisit l’échange : auto, loopback (le navigateur est sur ce poste) ou polling (il peut être ailleurs ; les lettres qu’il montre se tapent ici).
    #[arg(long, value_name = "ÉCHANGE", value_parser = exchange)]
    pub exchange: Option<ExchangeChoice>,
}

/// The name of an exchange.
fn exchange(name: &str) -> Result<ExchangeChoice, String> {
    let all = [ExchangeChoice::Auto, ExchangeChoice::Loopback, ExchangeChoice::Scheme, ExchangeChoice::Polling];
    all.into_iter().find(|choice| choice.name() == name).ok_or_else(|| "auto, loopback, polling".to_owned())
}

/// What was not understood, in French and without quoting more than the word at fault.
pub(super) fn misunderstood(error: &clap::Error) -> String {
    let word = error
        .get(ContextKind::InvalidArg)
        .or_else(|| error.get(ContextKind::InvalidSubcommand))
        .map(|value| value.to_string())
        .unwrap_or_default();
    let kind = error.kind();
    let what = if kind == ErrorKind::InvalidSubcommand {
        format!("commande inconnue\u{a0}: {word}")
    } else if kind == ErrorKind::UnknownArgument {
        format!("option inconnue\u{a0}: {word}")
    } else if matches!(kind, ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        format!("valeur incorrecte pour {word}")
    } else if matches!(kind, ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand) {
        "aucune commande".to_owned()
    } else {
        "commande incomprise".to_owned()
    };
    format!("{what}. Essayez «\u{a0}vestibule --help\u{a0}».")
}
