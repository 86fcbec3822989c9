//! What the command line gives. Texts are checked later, each under its own option.

use std::path::PathBuf;

use clap::Args;

/// Where the package's service looks for it.
pub const PACKAGED_CONFIG: &str = "/etc/vestibule/companion.toml";

/// Values of the configuration to be written; what is not given is asked, or is as usual.
#[derive(Debug, Clone, Args)]
pub struct Given {
    /// Fichier de configuration à écrire.
    #[arg(long, value_name = "FICHIER", default_value = PACKAGED_CONFIG)]
    pub config: PathBuf,
    /// Quel Pro Santé Connect : simulator, bas (bac à sable) ou production.
    #[arg(long, value_name = "NOM")]
    pub environment: Option<String>,
    /// Adresse publique du serveur de connexion : https, sans chemin.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Nom du logiciel, tel que les professionnels le connaissent.
    #[arg(long, value_name = "NOM")]
    pub service_name: Option<String>,
    /// Comment joindre le support (téléphone ou courriel).
    #[arg(long, value_name = "CONTACT")]
    pub support_contact: Option<String>,
    /// Adresse et port d’écoute. Par défaut 127.0.0.1:8080, ou 0.0.0.0:443 avec un certificat.
    #[arg(long, value_name = "ADRESSE")]
    pub listen: Option<String>,
    /// Certificat du serveur (PEM), s’il termine lui-même TLS.
    #[arg(long, value_name = "FICHIER")]
    pub tls_certificate: Option<PathBuf>,
    /// Clé privée de ce certificat (PEM).
    #[arg(long, value_name = "FICHIER")]
    pub tls_key: Option<PathBuf>,
    /// Proxy inverse (reverse proxy) de confiance, adresse ou réseau ; autant de fois qu’il en faut. Par défaut, celui de cette machine.
    #[arg(long, value_name = "ADRESSE")]
    pub trusted_proxy: Vec<String>,
    /// Identifiant client (client_id) remis par l’ANS.
    #[arg(long, value_name = "IDENTIFIANT")]
    pub client_id: Option<String>,
    /// Fichier du secret client remis par l’ANS, copié à sa place ; « - » pour l’entrée standard.
    #[arg(long, value_name = "FICHIER")]
    pub client_secret_file: Option<PathBuf>,
    /// Fichier de la base SQLite.
    #[arg(long, value_name = "FICHIER", conflicts_with = "postgres_url_file")]
    pub sqlite_file: Option<PathBuf>,
    /// Fichier qui contient l’adresse d’une base PostgreSQL, au lieu d’un fichier SQLite.
    #[arg(long, value_name = "FICHIER")]
    pub postgres_url_file: Option<PathBuf>,
    /// Adresse et port de l’administration, sur cette machine. Par défaut 127.0.0.1:8081.
    #[arg(long, value_name = "ADRESSE")]
    pub administration_address: Option<String>,
    /// Fichier du jeton d’administration, que le serveur crée.
    #[arg(long, value_name = "FICHIER")]
    pub administration_token_file: Option<PathBuf>,
    /// Dossier des secrets, nommés par leur chemin. Par défaut celui que le service du paquet donne au serveur, s’il est installé.
    #[arg(long, value_name = "DOSSIER")]
    pub secrets_dir: Option<PathBuf>,
    /// Adresse du simulateur pour le serveur.
    #[arg(long, value_name = "URL")]
    pub simulator_auth_url: Option<String>,
    /// Adresse du simulateur pour le navigateur.
    #[arg(long, value_name = "URL")]
    pub simulator_wallet_url: Option<String>,
    /// Ne rien demander, même dans un terminal.
    #[arg(long)]
    pub yes: bool,
    /// Remplacer la configuration et le secret client qui sont là ; l’ancienne configuration est gardée à côté. Jamais la clé de chiffrement.
    #[arg(long)]
    pub force: bool,
    /// Afficher la configuration, et ne rien écrire.
    #[arg(long)]
    pub print: bool,
}
