//! What can be asked on the command line, in French.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use vestibule_model::ErrorCode;
use vestibule_model::command_line::with_help_as_an_option;

use crate::clock::Timestamp;
use crate::report;
use crate::setup::Given;
use crate::store::SealHash;
use crate::support;

const TEMPLATE: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}{after-help}";

const EXIT_CODES: &str = "Codes de sortie\u{a0}:\n  0  fait, ou arrêté à la demande\n  2  commande, configuration ou installation à corriger\u{a0}: le message dit quoi";

const EXIT_CODES_OF_THE_DOCTOR: &str = "Codes de sortie\u{a0}:\n  0  tout est OK\n  1  au moins une ligne ATTENTION, aucun ÉCHEC\n  2  au moins un ÉCHEC\u{a0}: sa ligne dit quoi faire";

const EXIT_CODES_OF_THE_DOSSIER: &str = "Codes de sortie\u{a0}:\n  0  dossier complet, rien en rouge\n  1  dossier écrit, avec du rouge ou des réponses à donner\n  2  dossier non écrit\u{a0}: le message dit pourquoi";

/// Serveur de connexion Vestibule : relie une application de bureau à Pro Santé Connect.
#[derive(Debug, Parser)]
#[command(
    name = "companion-server",
    version,
    help_template = TEMPLATE,
    after_help = EXIT_CODES,
    subcommand_help_heading = "Commandes",
    subcommand_value_name = "COMMANDE",
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Affiche cette aide.
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Affiche la version.
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

/// One thing to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Écrit une première configuration avec ses secrets, et la vérifie : demande ce qui n’est pas donné, ou ne demande rien (--yes).
    #[command(help_template = TEMPLATE)]
    Setup(Box<Given>),
    /// Démarre le serveur de connexion.
    #[command(help_template = TEMPLATE)]
    Serve {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
    },
    /// Vérifie la configuration et les fichiers qu’elle nomme, sans rien démarrer : 0, ou 2 pour ce qu’un démarrage refuserait.
    #[command(help_template = TEMPLATE)]
    CheckConfig {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
    },
    /// Examine l’installation : configuration, clé de chiffrement, base de données, adresses, Pro Santé Connect.
    #[command(help_template = TEMPLATE, after_help = EXIT_CODES_OF_THE_DOCTOR)]
    Doctor {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Écrit le schéma JSON de la configuration.
    #[command(help_template = TEMPLATE)]
    Schema,
    /// Écrit un exemple commenté de configuration.
    #[command(help_template = TEMPLATE)]
    SampleConfig,
    /// Crée un jeton d’inscription pour un groupe de postes, et l’empreinte du jeton pour la configuration.
    #[command(help_template = TEMPLATE)]
    EnrolmentToken {
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Crée la clé de chiffrement ; un fichier existant n’est jamais remplacé.
    #[command(help_template = TEMPLATE)]
    InitKey {
        /// Fichier à créer.
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
    },
    /// Les sessions ouvertes du serveur en marche : les afficher, les fermer.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Sessions {
        #[command(subcommand)]
        command: SessionsCommand,
    },
    /// Les postes que le serveur en marche connaît : les afficher, en oublier un.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Devices {
        #[command(subcommand)]
        command: DevicesCommand,
    },
    /// Raconte une connexion, à partir du numéro de connexion que donne la personne : le journal d’audit, l’état de la tentative, et les journaux donnés. Sans nommer personne.
    #[command(help_template = TEMPLATE)]
    Trace {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Numéro de connexion, tel que l’écran l’affiche : 7F3K-9QXM.
        #[arg(value_name = "CONNEXION", allow_hyphen_values = true)]
        id: String,
        /// Journal à y mêler, du serveur ou d’un poste ; « - » pour l’entrée standard. Plusieurs fois au besoin.
        #[arg(long, value_name = "FICHIER")]
        logs: Vec<PathBuf>,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Les évènements de sécurité d’une période, comptés et racontés sans nommer personne (EXI PSC 27).
    #[command(help_template = TEMPLATE)]
    Incidents {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Début : un jour (2026-11-22), ou un moment (2026-11-22T14:30:00Z). En UTC.
        #[arg(long, value_name = "MOMENT", value_parser = support::beginning)]
        from: Timestamp,
        /// Fin : un jour, compris, ou un moment. Par défaut, maintenant.
        #[arg(long, value_name = "MOMENT", value_parser = support::end)]
        to: Option<Timestamp>,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Écrit le dossier de conformité : chaque exigence, ses tests et leurs résultats, la configuration en vigueur, les réponses de l’organisation.
    #[command(help_template = TEMPLATE, after_help = EXIT_CODES_OF_THE_DOSSIER)]
    Conformity {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Dossier où écrire : dossier.html, dossier.json, et la première fois organisation.toml, à remplir.
        #[arg(long, value_name = "DOSSIER")]
        out: PathBuf,
        /// Résultats des tests de cette version (essais.json), à demander à l’éditeur. Sans eux, rien n’est jugé.
        #[arg(long, value_name = "FICHIER")]
        results: Option<PathBuf>,
        /// Le dossier.json qu’a écrit le serveur du bac à sable (EXI PSC 12).
        #[arg(long, value_name = "FICHIER")]
        sandbox: Option<PathBuf>,
    },
    /// Le journal d’audit : vérifier qu’il est ce qui a été écrit.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Écrit tout ce qui est conservé sur une personne, pour elle : compte, postes connus, sessions, tentatives, et ses lignes du journal d’audit.
    #[command(help_template = TEMPLATE)]
    Export {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Fichier de l’identifiant national ; « - » pour l’entrée standard.
        #[arg(long, value_name = "FICHIER")]
        national_id_file: PathBuf,
        /// Fichier JSON à créer, lisible de ce compte seul ; un fichier existant n’est jamais remplacé.
        #[arg(long, value_name = "FICHIER")]
        to: PathBuf,
    },
    /// Réunit dans un fichier zip ce dont le support a besoin, affiché avant d’être écrit. Rien n’est envoyé ; ni secret, ni nom, ni identifiant.
    #[command(help_template = TEMPLATE)]
    Report(ReportArguments),
    /// Efface une personne : compte, postes connus, sessions, tentatives. Le journal d’audit garde son propre terme.
    #[command(help_template = TEMPLATE)]
    Erase {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Fichier de l’identifiant national ; « - » pour l’entrée standard.
        #[arg(long, value_name = "FICHIER")]
        national_id_file: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Sauvegarde la base SQLite dans un fichier neuf, serveur en marche ou non ; le fichier est relu avant de porter son nom.
    #[command(help_template = TEMPLATE)]
    Backup {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Fichier à créer ; un fichier existant n’est jamais remplacé.
        #[arg(long, value_name = "FICHIER")]
        to: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Restaure une sauvegarde à la place de la base SQLite, serveur arrêté ; l’ancienne base est gardée à côté.
    #[command(help_template = TEMPLATE)]
    Restore {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Sauvegarde à restaurer.
        #[arg(long, value_name = "FICHIER")]
        from: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Les données d’un serveur arrêté : les copier d’une base à l’autre.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// La clé de chiffrement : la remplacer, ou afficher ce qu’elle chiffre.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
    },
}

/// One thing to do with the audit trail.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Relit tout : chaque jour scellé, la suite des sceaux, les règles de la base. Dit ce qui a été changé, retiré, ajouté ou déplacé.
    #[command(help_template = TEMPLATE)]
    Verify {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Sceau noté ailleurs lors d’une vérification précédente : il doit être dans la suite.
        #[arg(long, value_name = "SCEAU", value_parser = support::noted_seal)]
        noted_seal: Option<SealHash>,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What goes into a report, and where it goes.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Fichier de configuration, correct ou non.
    #[arg(long, value_name = "FICHIER")]
    pub config: PathBuf,
    /// Journal du serveur à y mettre ; « - » pour l’entrée standard. Plusieurs fois au besoin.
    #[arg(long, value_name = "FICHIER")]
    pub logs: Vec<PathBuf>,
    /// Jours de journal, de 1 à 31 ; 7 par défaut.
    #[arg(long, value_name = "JOURS", default_value_t = report::DAYS, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=31))]
    pub days: u32,
    /// Fichier à créer, ou dossier où le mettre ; « - » pour la sortie standard ; par défaut, le dossier courant.
    #[arg(long, value_name = "CHEMIN")]
    pub out: Option<PathBuf>,
    /// L’écrit sans demander.
    #[arg(long)]
    pub yes: bool,
    /// Affiche le résultat en JSON ; sans --yes, rien n’est écrit.
    #[arg(long)]
    pub json: bool,
}

/// One thing to do with the memory.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Copie tout d’un fichier SQLite dans une base PostgreSQL vide, ou l’inverse ; tout, ou rien. La base de départ n’est pas vidée.
    #[command(help_template = TEMPLATE)]
    Copy {
        /// Configuration qui nomme la base de départ.
        #[arg(long, value_name = "FICHIER")]
        from: PathBuf,
        /// Configuration qui nomme la base d’arrivée, celle avec laquelle le serveur démarrera ensuite.
        #[arg(long, value_name = "FICHIER")]
        to: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
}

/// One thing to do with the vault's key.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Remplace la clé, serveur en marche ou non ; relancée, termine une rotation interrompue.
    #[command(help_template = TEMPLATE)]
    Rotate {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Où écrire les clés quand le fichier en service ne peut pas l’être (LoadCredential=), ou n’est pas le seul (PostgreSQL).
        #[arg(long, value_name = "FICHIER")]
        new_key_file: Option<PathBuf>,
        /// Chaque serveur de connexion de la base a le nouveau fichier : l’ancienne clé peut être retirée (PostgreSQL).
        #[arg(long, requires = "new_key_file")]
        given_to_all: bool,
    },
    /// Nomme les clés et compte ce que chacune chiffre. Aucun secret.
    #[command(help_template = TEMPLATE)]
    Status {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
}

/// One thing to do with sessions.
#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// Liste les sessions ouvertes, sans nom ni identifiant national.
    #[command(help_template = TEMPLATE)]
    List {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ferme des sessions, ici et dans Pro Santé Connect.
    #[command(help_template = TEMPLATE)]
    End {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        #[command(flatten)]
        which: Which,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Which sessions.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// Celle de ce numéro de connexion.
    #[arg(long, value_name = "CONNEXION")]
    pub id: Option<String>,
    /// Celle du poste dont l’empreinte commence ainsi, six caractères au moins.
    #[arg(long, value_name = "EMPREINTE", allow_hyphen_values = true)]
    pub device: Option<String>,
    /// Celles de la personne dont ce fichier donne l’identifiant national ; « - » pour l’entrée standard.
    #[arg(long, value_name = "FICHIER")]
    pub person_file: Option<PathBuf>,
    /// Toutes.
    #[arg(long)]
    pub all: bool,
}

/// One thing to do with workstations.
#[derive(Debug, Subcommand)]
pub enum DevicesCommand {
    /// Liste les postes où quelqu’un s’est connecté, le plus récent en premier.
    #[command(help_template = TEMPLATE)]
    List {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
    /// Oublie un poste : sa session est fermée, son groupe et les personnes connues sur lui sont oubliés.
    #[command(help_template = TEMPLATE)]
    Forget {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Début de l’empreinte du poste, six caractères au moins.
        #[arg(long, value_name = "EMPREINTE", allow_hyphen_values = true)]
        device: String,
        /// Affiche le résultat en JSON.
        #[arg(long)]
        json: bool,
    },
}

/// The arguments of this process as they are read: help may be asked for by its word.
pub fn usual(arguments: Vec<OsString>) -> Vec<OsString> {
    with_help_as_an_option(&Arguments::command(), arguments, |command, word| command.find_subcommand(word), clap::Command::has_subcommands)
}

/// What was not understood, in French, under its code and without quoting more than the word at fault; with the help of the command that was meant.
pub fn misunderstood(error: &clap::Error, given: &[OsString]) -> String {
    let what = match (error.kind(), named(error, ContextKind::InvalidArg), named(error, ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, _, Some(word)) => format!("Commande inconnue\u{a0}: {word}."),
        (ErrorKind::UnknownArgument, Some(word), _) if !word.starts_with('-') => format!("Argument en trop\u{a0}: {word}."),
        (ErrorKind::UnknownArgument, Some(word), _) if is_before_its_command(error, &word) => {
            format!("Il manque une commande avant {word}.")
        }
        (ErrorKind::UnknownArgument, Some(word), _) => format!("Option inconnue\u{a0}: {word}."),
        (ErrorKind::MissingRequiredArgument, Some(word), _) => format!("Il manque {}.", alternatives(&word)),
        (ErrorKind::InvalidValue, Some(word), _) if named(error, ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) => {
            format!("Valeur absente pour {word}{}.", admitted(&word))
        }
        (ErrorKind::ArgumentConflict, Some(word), _) => conflict(&word, named(error, ContextKind::PriorArg)),
        (ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues, Some(word), _) => format!("L’option {word} ne prend pas de valeur."),
        (_, Some(word), _) => format!("Valeur incorrecte pour {word}{}.", admitted(&word)),
        (_, None, _) => "Il manque une commande.".to_owned(),
    };
    format!("{}\u{a0}: {what} Essayez «\u{a0}{} --help\u{a0}».", ErrorCode::CommandRefused, meant(given))
}

/// The program and the commands that are named, as far as there are such.
fn meant(given: &[OsString]) -> String {
    let program = Arguments::command();
    let (mut command, mut named) = (&program, "companion-server".to_owned());
    for word in given.iter().skip(1) {
        let Some(found) = command.find_subcommand(word) else { break };
        command = found;
        named = format!("{named} {}", found.get_name());
    }
    named
}

/// What an option takes, of those whose value has a form.
fn admitted(option: &str) -> &'static str {
    let value = option.rsplit_once('<').and_then(|(_, value)| value.strip_suffix('>'));
    match value {
        Some("JOURS") => " (un nombre de jours, de 1 à 31\u{202f}; par exemple 7)",
        Some("MOMENT") => " (un jour, par exemple 2026-11-22, ou un moment en UTC, par exemple 2026-11-22T14:30:00Z)",
        Some("SCEAU") => " (un sceau, 64 chiffres hexadécimaux, tel que «\u{a0}audit verify\u{a0}» l’affiche)",
        _ => "",
    }
}

fn named(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let value = error.get(kind)?;
    if let ContextValue::Strings(words) = value {
        return Some(words.join(", "));
    }
    if let ContextValue::String(word) = value { Some(word.clone()) } else { None }
}

/// Whether an option of every command stands where a command is still to be named.
fn is_before_its_command(error: &clap::Error, word: &str) -> bool {
    let awaits_command = error.get(ContextKind::Usage).is_some_and(|usage| usage.to_string().contains("<COMMANDE>"));
    awaits_command && ["--config", "--from", "--to", "--json"].contains(&word)
}

/// `<--id <CONNEXION>|--all>` as a person says it.
fn alternatives(word: &str) -> String {
    let Some(inner) = word.strip_prefix('<').and_then(|word| word.strip_suffix('>')).filter(|inner| inner.starts_with('-')) else {
        return word.to_owned();
    };
    inner.replace('|', ", ou ")
}

fn conflict(word: &str, prior: Option<String>) -> String {
    match prior {
        Some(prior) if prior != word => format!("{word} et {prior} ne vont pas ensemble\u{a0}: gardez l’une des deux."),
        _ => format!("Option donnée deux fois\u{a0}: {word}."),
    }
}

#[cfg(test)]
mod tests;
