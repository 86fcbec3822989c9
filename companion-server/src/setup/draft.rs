//! The configuration as it is settled, value after value, and its text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml::Value;

use super::layout::Layout;
use crate::config::{Config, ConfigError};

/// Certificate and key.
pub type Pair = (String, String);

/// Where the memory is to be.
#[derive(Debug, Clone)]
pub enum Memory {
    File(String),
    /// The file with the address.
    Server(String),
}

/// Every value, as it is to be written.
#[derive(Debug, Clone)]
pub struct Draft {
    pub environment: String,
    pub public_url: String,
    pub service_name: String,
    pub support_contact: Option<String>,
    pub listener: String,
    pub tls: Option<Pair>,
    pub trusted_proxies: Vec<String>,
    pub administration: String,
    pub token_file: String,
    pub client_id: String,
    pub simulator: Option<(String, String)>,
    pub memory: Memory,
    pub client_secret: String,
    pub vault_key: String,
}

impl Draft {
    /// Sound before anything is settled, so that what is refused is the value settled last.
    pub fn new(layout: &Layout) -> Self {
        Self {
            environment: "bas".into(),
            public_url: "https://connexion.invalid".into(),
            service_name: "-".into(),
            support_contact: None,
            listener: "127.0.0.1:8080".into(),
            tls: None,
            trusted_proxies: Vec::new(),
            administration: "127.0.0.1:8081".into(),
            token_file: "/var/lib/vestibule/administration-token".into(),
            client_id: "-".into(),
            simulator: None,
            memory: Memory::File("/var/lib/vestibule/compagnon.sqlite".into()),
            client_secret: layout.named(&layout.client_secret()),
            vault_key: layout.named(&layout.vault_key()),
        }
    }

    /// The same, with each secret by its path, whoever gives it to the service.
    pub fn plain(&self, layout: &Layout) -> Self {
        let path = |file: PathBuf| file.display().to_string();
        Self { client_secret: path(layout.client_secret()), vault_key: path(layout.vault_key()), ..self.clone() }
    }

    /// What the companion holds against it.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn check(&self) -> Result<Config, ConfigError> {
        Config::parse(&self.text(Path::new("")), Path::new("/"))
    }

    /// Whether the public address is https, as far as it is written.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The folder of the database's file.
    pub fn database_folder(&self) -> Option<PathBuf> {
        match &self.memory {
            Memory::File(file) => Path::new(file).parent().map(Path::to_owned),
            Memory::Server(_) => None,
        }
    }

    /// A file that stands for two things.
    pub fn doubled(&self, layout: &Layout) -> Option<&str> {
        let (secret, key) = (layout.client_secret(), layout.vault_key());
        let memory = match &self.memory {
            Memory::File(file) | Memory::Server(file) => file,
        };
        let tls = self.tls.iter().flat_map(|(certificate, key)| [certificate, key]);
        let named: Vec<&str> = tls.chain([&self.token_file, memory]).map(String::as_str).collect();
        let ours = [secret.to_str(), key.to_str(), layout.config.to_str()];
        let is_doubled =
            |(place, file): &(usize, &&str)| named.iter().skip(place + 1).any(|other| other == *file) || ours.contains(&Some(**file));
        named.iter().enumerate().find(is_doubled).map(|(_, file)| *file)
    }

    /// As it is written: short, in the order of the reference, and explained.
    pub fn text(&self, file: &Path) -> String {
        let mut page = Page::default();
        page.comment(&format!(
            "Configuration du serveur de connexion Vestibule, écrite par «\u{a0}companion-server setup\u{a0}». À vous de la modifier ensuite.\n\
             Tous les paramètres, expliqués\u{a0}: companion-server sample-config\n\
             Après un changement\u{a0}: companion-server check-config --config {}",
            file.display()
        ));
        page.section("service", "Le logiciel que les professionnels utilisent.");
        page.key("name", self.service_name.as_str());
        page.comment("Sans chemin. À déclarer à l’ANS\u{a0}: cette adresse suivie de /psc/callback (URL de redirection), et suivie de /psc/logout-return (URL de redirection après déconnexion).");
        page.key("public_url", self.public_url.as_str());
        if let Some(contact) = &self.support_contact {
            page.comment("Affiché sur les pages d’erreur.");
            page.key("support_contact", contact.as_str());
        }
        self.listener(&mut page);
        page.section("administration", "Commandes d’administration, état de santé et mesures\u{a0}: sur cette machine seulement.");
        page.key("address", self.administration.as_str());
        page.comment("Le serveur de connexion crée ce jeton à son premier démarrage.");
        page.key("token_file", self.token_file.as_str());
        self.provider(&mut page);
        match &self.memory {
            Memory::File(file) => {
                page.section("storage", "Fichier SQLite, créé au premier démarrage. À sauvegarder, séparément de la clé de chiffrement.");
                page.key("sqlite_file", file.as_str());
            }
            Memory::Server(file) => {
                page.section("storage", "Ce fichier contient l’adresse d’une base PostgreSQL.");
                page.key("postgres_url_file", file.as_str());
            }
        }
        page.section("vault", "La clé qui chiffre les jetons dans la base. Elle n’est jamais dans le dossier de la base.");
        page.key("key_file", self.vault_key.as_str());
        page.text
    }

    fn listener(&self, page: &mut Page) {
        let who = match (&self.tls, self.is_https()) {
            (Some(_), _) => "L’adresse d’écoute publique\u{a0}: le serveur de connexion termine lui-même TLS.",
            (None, true) => "L’adresse d’écoute publique, derrière un proxy inverse (reverse proxy) de cette machine, qui termine TLS.",
            (None, false) => "L’adresse d’écoute publique, sur cette machine seulement.",
        };
        page.section("listener", who);
        page.key("address", self.listener.as_str());
        if !self.trusted_proxies.is_empty() {
            page.comment("Les proxys, jamais le réseau des postes\u{a0}: eux seuls disent pour quelle adresse ils parlent.");
            page.key("trusted_proxies", self.trusted_proxies.clone());
        }
        if let Some((certificate, key)) = &self.tls {
            page.section("listener.tls", "Relus quand ils changent\u{202f}; le compte de service doit pouvoir les lire.");
            page.key("certificate_file", certificate.as_str());
            page.key("key_file", key.as_str());
        }
    }

    fn provider(&self, page: &mut Page) {
        page.section(
            "psc",
            "Pro Santé Connect\u{a0}: \"simulator\", \"bas\" (bac à sable) ou \"production\". Chaque environnement a sa base.",
        );
        page.key("environment", self.environment.as_str());
        page.key("client_id", self.client_id.as_str());
        if self.client_secret.starts_with("credential:") {
            page.comment(
                "«\u{a0}credential:secrets_NOM\u{a0}»\u{a0}: le fichier NOM de /etc/vestibule/secrets, que le service reçoit de systemd.",
            );
        }
        page.key("client_secret_file", self.client_secret.as_str());
        if let Some((auth, wallet)) = &self.simulator {
            page.section("psc.simulator", "Où le simulateur écoute\u{a0}: pour le serveur de connexion, et pour le navigateur.");
            page.key("auth_url", auth.as_str());
            page.key("wallet_url", wallet.as_str());
        }
    }
}

/// Lines of TOML.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn comment(&mut self, words: &str) {
        for line in words.lines() {
            // Writing to a String cannot fail.
            let _ = writeln!(self.text, "# {line}");
        }
    }

    fn section(&mut self, name: &str, words: &str) {
        self.text.push('\n');
        self.comment(words);
        let _ = writeln!(self.text, "[{name}]");
    }

    /// Quotes and whatever else TOML has a way of writing are its own crate's to write.
    fn key(&mut self, name: &str, value: impl Into<Value>) {
        let _ = writeln!(self.text, "{name} = {}", value.into());
    }
}
