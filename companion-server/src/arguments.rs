//! What can be asked on the command line, in French.

use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Parser, Subcommand};

const TEMPLATE: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}{after-help}";

const EXIT_CODES: &str =
    "Codes de sortie :\n  0  fait, ou arrêté à la demande\n  2  commande, configuration ou installation à corriger : le message dit quoi";

/// Compagnon Vestibule : relie un client lourd à Pro Santé Connect.
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
    /// Démarre le compagnon.
    #[command(help_template = TEMPLATE)]
    Serve {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
    },
    /// Vérifie la configuration et les fichiers qu’elle nomme, sans rien démarrer.
    #[command(help_template = TEMPLATE)]
    CheckConfig {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
    },
    /// Examine l’installation : configuration, coffre, base de données, adresses, Pro Santé Connect.
    #[command(help_template = TEMPLATE)]
    Doctor {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Un document JSON au lieu de phrases.
        #[arg(long)]
        json: bool,
    },
    /// Écrit le schéma JSON de la configuration.
    #[command(help_template = TEMPLATE)]
    Schema,
    /// Écrit un exemple commenté de configuration.
    #[command(help_template = TEMPLATE)]
    SampleConfig,
    /// Crée une clé d’inscription pour un groupe de postes, et son empreinte pour la configuration.
    #[command(help_template = TEMPLATE)]
    EnrolmentToken {
        /// Un document JSON au lieu de phrases.
        #[arg(long)]
        json: bool,
    },
    /// Crée la clé du coffre ; un fichier existant n’est jamais remplacé.
    #[command(help_template = TEMPLATE)]
    InitKey {
        /// Fichier à créer.
        #[arg(value_name = "FICHIER")]
        file: PathBuf,
    },
    /// Les sessions ouvertes du compagnon en marche : les voir, les fermer.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Sessions {
        #[command(subcommand)]
        command: SessionsCommand,
    },
    /// Les postes que le compagnon en marche connaît : les voir, en oublier un.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Devices {
        #[command(subcommand)]
        command: DevicesCommand,
    },
    /// Efface une personne : compte, postes connus, sessions, tentatives. Le journal d’audit garde son propre terme.
    #[command(help_template = TEMPLATE)]
    Erase {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Fichier de l’identifiant national ; « - » pour l’entrée standard.
        #[arg(long, value_name = "FICHIER")]
        national_id_file: PathBuf,
        /// Un document JSON au lieu de phrases.
        #[arg(long)]
        json: bool,
    },
    /// La clé du coffre : la remplacer, ou voir ce qu’elle scelle.
    #[command(help_template = TEMPLATE, subcommand_help_heading = "Commandes", subcommand_value_name = "COMMANDE", disable_help_subcommand = true)]
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
    },
}

/// One thing to do with the vault's key.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Remplace la clé, le compagnon en marche ou non ; relancée, finit une rotation interrompue.
    #[command(help_template = TEMPLATE)]
    Rotate {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Où écrire les clés quand le fichier en service ne peut pas l’être (LoadCredential=).
        #[arg(long, value_name = "FICHIER")]
        new_key_file: Option<PathBuf>,
    },
    /// Nomme les clés et compte ce que chacune scelle. Aucun secret.
    #[command(help_template = TEMPLATE)]
    Status {
        /// Fichier de configuration.
        #[arg(long, value_name = "FICHIER")]
        config: PathBuf,
        /// Un document JSON au lieu de phrases.
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
        /// Un document JSON au lieu d’un tableau.
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
        /// Un document JSON au lieu de phrases.
        #[arg(long)]
        json: bool,
    },
}

/// Which sessions.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// Celle de cet identifiant de connexion.
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
        /// Un document JSON au lieu d’un tableau.
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
        /// Un document JSON au lieu de phrases.
        #[arg(long)]
        json: bool,
    },
}

/// What was not understood, in French.
pub fn misunderstood(error: &clap::Error) -> String {
    let word =
        [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].into_iter().find_map(|kind| error.get(kind)).map(ToString::to_string);
    let what = match (error.kind(), word) {
        (ErrorKind::InvalidSubcommand, Some(word)) => format!("Commande inconnue : {word}."),
        (ErrorKind::UnknownArgument, Some(word)) => format!("Option inconnue : {word}."),
        (ErrorKind::MissingRequiredArgument, Some(word)) => format!("Il manque {word}."),
        (_, Some(word)) => format!("Valeur incorrecte pour {word}."),
        (_, None) => "Il manque une commande.".to_owned(),
    };
    format!("{what} Essayez « companion-server --help ».")
}
