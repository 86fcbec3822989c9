//! What can be asked on the command line, in French.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use vestibule_model::command_line::with_help_as_an_option;

const TEMPLATE: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}";

/// Simulateur de Pro Santé Connect, pour travailler sans lui.
#[derive(Debug, Parser)]
#[command(
    name = "psc-simulator",
    version,
    help_template = TEMPLATE,
    subcommand_help_heading = "Commandes",
    subcommand_value_name = "COMMANDE",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
    /// Affiche cette aide.
    #[arg(short, long, global = true, display_order = 100, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Affiche la version.
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

/// One thing to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sert le portefeuille, l’hôte d’authentification et l’administration, jusqu’à l’interruption.
    #[command(help_template = TEMPLATE)]
    Serve(Serve),
}

/// Where it listens, and for whom.
#[derive(Debug, Args)]
pub struct Serve {
    /// Adresse de la page de connexion, pour le navigateur ; 127.0.0.1:8091 sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8091", hide_default_value = true)]
    pub wallet: SocketAddr,
    /// Adresse du realm, pour les serveurs ; 127.0.0.1:8090 sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8090", hide_default_value = true)]
    pub auth: SocketAddr,
    /// Adresse de l’administration, boucle locale seulement ; 127.0.0.1:8092 sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8092", hide_default_value = true)]
    pub administration: SocketAddr,
    /// Fichier TOML de services, au lieu du seul que décrivent les options suivantes.
    #[arg(long, value_name = "FICHIER", conflicts_with = "client_secret_file")]
    pub clients: Option<PathBuf>,
    /// Identifiant du seul service ; vestibule-demo sinon.
    #[arg(long, value_name = "ID", default_value = "vestibule-demo", hide_default_value = true)]
    pub client_id: String,
    /// Nom du seul service, affiché à la personne ; Dossier Exemple sinon.
    #[arg(long, value_name = "NOM", default_value = "Dossier Exemple", hide_default_value = true)]
    pub client_name: String,
    /// Fichier qui contient le secret du seul service.
    #[arg(long, value_name = "FICHIER", required_unless_present_any = ["clients", "client_certificate_subject"])]
    pub client_secret_file: Option<PathBuf>,
    /// URL de redirection exacte du seul service, répétable ; http://127.0.0.1:8080/psc/callback sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "http://127.0.0.1:8080/psc/callback", hide_default_value = true)]
    pub redirect_uri: Vec<String>,
    /// URL de redirection exacte après déconnexion, répétable ; http://127.0.0.1:8080/psc/logout-return sinon.
    #[arg(long, value_name = "ADRESSE", default_value = "http://127.0.0.1:8080/psc/logout-return", hide_default_value = true)]
    pub logout_uri: Vec<String>,
    /// L’hôte d’authentification parle TLS, avec un certificat fait au démarrage ; son autorité est écrite dans ce fichier.
    #[arg(long, value_name = "FICHIER", conflicts_with = "tls_certificate")]
    pub tls_authority_file: Option<PathBuf>,
    /// L’hôte d’authentification parle TLS, avec cette chaîne PEM.
    #[arg(long, value_name = "FICHIER", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Clé PEM de --tls-certificate.
    #[arg(long, value_name = "FICHIER", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Autorités PEM des certificats de clients ; demande TLS.
    #[arg(long, value_name = "FICHIER")]
    pub client_authorities: Option<PathBuf>,
    /// Adresse du realm où un certificat de client est exigé, annoncée dans mtls_endpoint_aliases.
    #[arg(long, value_name = "ADRESSE", requires = "client_authorities")]
    pub mtls: Option<SocketAddr>,
    /// Le seul service s’authentifie par le certificat qui porte ce sujet (tls_client_auth), au lieu d’un secret.
    #[arg(long, value_name = "SUJET", conflicts_with_all = ["clients", "client_secret_file"], requires = "client_authorities")]
    pub client_certificate_subject: Option<String>,
    /// Les jetons demandés avec un certificat ne servent qu’avec lui (RFC 8705).
    #[arg(long, requires = "client_authorities")]
    pub bind_tokens: bool,
    /// Fichier écrit quand tout écoute : les adresses obtenues, en JSON.
    #[arg(long, value_name = "FICHIER")]
    pub ready_file: Option<PathBuf>,
    /// Journal en lignes JSON.
    #[arg(long)]
    pub log_json: bool,
}

/// The arguments of this process as they are read: help may be asked for by its word.
pub fn usual(arguments: Vec<OsString>) -> Vec<OsString> {
    with_help_as_an_option(
        &CommandLine::command(),
        arguments,
        |command, word| command.find_subcommand(word),
        clap::Command::has_subcommands,
    )
}

/// What was not understood, in French, without quoting more than the word at fault.
pub fn misunderstood(error: &clap::Error) -> String {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let (kind, word) = (error.kind(), context(ContextKind::InvalidArg));
    let what = if kind == ErrorKind::InvalidSubcommand {
        format!("commande inconnue\u{a0}: {}", context(ContextKind::InvalidSubcommand))
    } else if kind == ErrorKind::UnknownArgument && !word.starts_with('-') {
        format!("argument en trop\u{a0}: {word}")
    } else if kind == ErrorKind::UnknownArgument {
        format!("option inconnue\u{a0}: {word}")
    } else if kind == ErrorKind::MissingRequiredArgument {
        format!("il manque {word}")
    } else if kind == ErrorKind::InvalidValue && context(ContextKind::InvalidValue).is_empty() {
        format!("valeur absente pour {word}{}", admitted(&word))
    } else if matches!(kind, ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        format!("valeur incorrecte pour {word}{}", admitted(&word))
    } else if matches!(kind, ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues) {
        format!("l’option {word} ne prend pas de valeur")
    } else if kind == ErrorKind::ArgumentConflict && word == context(ContextKind::PriorArg) {
        format!("option donnée deux fois\u{a0}: {word}")
    } else if kind == ErrorKind::ArgumentConflict {
        format!("{word} et {} ne vont pas ensemble", context(ContextKind::PriorArg))
    } else {
        "il manque une commande".to_owned()
    };
    format!("{what}. Essayez «\u{a0}psc-simulator --help\u{a0}».")
}

/// What an option takes, of those whose value has a form.
fn admitted(option: &str) -> &'static str {
    let is_listened_on = ["--wallet", "--auth", "--administration", "--mtls"].iter().any(|name| option.split(' ').next() == Some(*name));
    if is_listened_on { " (une adresse IP et un port, par exemple 127.0.0.1:8091)" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<CommandLine, clap::Error> {
        CommandLine::try_parse_from(usual(line.split(' ').map(OsString::from).collect()))
    }

    #[test]
    fn what_is_wrong_with_a_command_line_is_said_in_french_with_what_is_expected() {
        for (line, words) in [
            ("psc-simulator", "il manque une commande."),
            ("psc-simulator server", "commande inconnue\u{a0}: server."),
            ("psc-simulator serve --port 1", "option inconnue\u{a0}: --port."),
            ("psc-simulator serve", "il manque --client-secret-file <FICHIER>."),
            ("psc-simulator serve now", "argument en trop\u{a0}: now."),
            (
                "psc-simulator serve --auth ici",
                "valeur incorrecte pour --auth <ADRESSE> (une adresse IP et un port, par exemple 127.0.0.1:8091).",
            ),
            ("psc-simulator serve --clients", "valeur absente pour --clients <FICHIER>."),
            ("psc-simulator serve --clients a --clients b", "option donnée deux fois\u{a0}: --clients <FICHIER>."),
            ("psc-simulator serve --clients a --client-secret-file b", "--clients <FICHIER> et --client-secret-file <FICHIER> ne vont pas"),
        ] {
            let said = misunderstood(&read(line).expect_err(line));
            assert!(said.starts_with(words) && said.ends_with("«\u{a0}psc-simulator --help\u{a0}»."), "{line}: {said}");
        }
    }

    #[test]
    fn help_asked_for_by_its_word_is_the_help_that_is_asked_for_by_its_option() {
        for (word, option) in [("psc-simulator help", "psc-simulator --help"), ("psc-simulator help serve", "psc-simulator serve --help")] {
            let [asked, same] = [word, option].map(|line| read(line).expect_err(line));
            assert!(!asked.use_stderr(), "{asked}");
            assert_eq!(asked.to_string(), same.to_string());
        }
    }
}
