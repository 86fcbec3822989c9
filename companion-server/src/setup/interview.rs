//! Every value settled in turn: as given, as the person answers, or as is usual. A value that the companion would refuse is refused here, by the
//! companion's own rules: with a person there, asked again.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::Path;

use secrecy::SecretString;
use vestibule_model::PscEnvironment;
use zeroize::Zeroizing;

use super::draft::{Draft, Memory};
use super::files;
use super::given::Given;
use super::layout::{self, Access, Layout};
use super::refused::SetupRefused;
use crate::clock::Clock;
use crate::config::{ConfigError, PscSection, SimulatorSection, StorageSection};
use crate::{preflight, secret_file};

/// Longest secret that is read from the standard input, in bytes.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Whoever answers.
pub trait Person {
    /// Says something.
    ///
    /// # Errors
    /// The system's.
    fn tell(&mut self, text: &str) -> io::Result<()>;

    /// One line; `None` when nothing more will come.
    ///
    /// # Errors
    /// The system's.
    fn ask(&mut self, question: &str) -> io::Result<Option<String>>;

    /// As [`Self::ask`], while nothing of it is shown.
    ///
    /// # Errors
    /// The system's; `Interrupted` when the person gives up.
    fn ask_hidden(&mut self, question: &str) -> io::Result<Option<Zeroizing<String>>>;
}

/// A value that is asked for.
struct Ask<'a> {
    option: &'static str,
    question: &'a str,
    /// As is usual.
    usual: Option<&'a str>,
    /// Keys of the configuration that it decides.
    keys: &'a [&'a str],
}

/// The values, and whoever is asked.
pub struct Interview<'i> {
    person: Option<&'i mut dyn Person>,
    layout: &'i Layout,
    clock: &'i dyn Clock,
    draft: Draft,
}

/// Lays an answer into the draft, or says why it cannot.
type Put<'p> = &'p dyn Fn(&mut Draft, &str) -> Result<(), String>;
/// The same for a path, or for none.
type PutPath<'p> = &'p dyn Fn(&mut Draft, Option<String>) -> Result<(), String>;

impl<'i> Interview<'i> {
    pub fn new(person: Option<&'i mut dyn Person>, layout: &'i Layout, clock: &'i dyn Clock) -> Self {
        Self { person, layout, clock, draft: Draft::new(layout) }
    }

    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    pub fn into_draft(self) -> Draft {
        self.draft
    }

    /// All but the secret.
    pub fn settle_all(&mut self, given: &Given) -> Result<(), SetupRefused> {
        self.service(given)?;
        self.listener(given)?;
        self.provider(given)?;
        self.memory(given)?;
        // Whatever no value alone is to blame for.
        self.draft.check().map(drop).map_err(|error| preflight::StartError::from(error).into())
    }

    fn service(&mut self, given: &Given) -> Result<(), SetupRefused> {
        self.simulator(given)?;
        let ask = Ask {
            option: "--environment",
            question: "Environnement de Pro Santé Connect (simulator, bas pour le bac à sable, ou production)",
            usual: None,
            keys: &["psc.environment", "psc.simulator"],
        };
        self.settle(&ask, given.environment.as_deref(), &|draft, text| {
            PscEnvironment::from_name(text)
                .ok_or("seuls «\u{a0}simulator\u{a0}», «\u{a0}bas\u{a0}» et «\u{a0}production\u{a0}» existent")?;
            draft.environment = text.to_owned();
            Ok(())
        })?;
        let ask = Ask {
            option: "--public-url",
            question: "Adresse publique du serveur de connexion, celle des postes (https://connexion.hopital.example)",
            usual: None,
            keys: &["service.public_url"],
        };
        self.settle(&ask, given.public_url.as_deref(), &|draft, text| {
            draft.public_url = text.to_owned();
            Ok(())
        })?;
        let ask = Ask {
            option: "--service-name",
            question: "Nom du logiciel, tel que les professionnels le connaissent",
            usual: None,
            keys: &["service.name"],
        };
        self.settle(&ask, given.service_name.as_deref(), &|draft, text| {
            draft.service_name = text.to_owned();
            Ok(())
        })?;
        let ask = Ask {
            option: "--support-contact",
            question: "Comment joindre le support (téléphone ou courriel\u{202f}; vide\u{a0}: rien)",
            usual: Some(""),
            keys: &["service.support_contact"],
        };
        self.settle(&ask, given.support_contact.as_deref(), &|draft, text| {
            draft.support_contact = (!text.is_empty()).then(|| text.to_owned());
            Ok(())
        })
    }

    /// Where it listens is no question: only who tries the companion says it.
    fn simulator(&mut self, given: &Given) -> Result<(), SetupRefused> {
        if given.simulator_auth_url.is_none() && given.simulator_wallet_url.is_none() {
            return Ok(());
        }
        self.draft.environment = PscEnvironment::Simulator.name().to_owned();
        let usual = SimulatorSection::default();
        let [auth, wallet] = [usual.auth_url, usual.wallet_url].map(|url| url.to_string());
        self.draft.simulator = Some((auth, wallet));
        if let Some(url) = &given.simulator_auth_url {
            let ask = Ask { option: "--simulator-auth-url", question: "", usual: None, keys: &["psc.simulator.auth_url"] };
            self.settle(&ask, Some(url), &|draft, text| {
                draft.simulator.iter_mut().for_each(|(auth, _)| *auth = text.to_owned());
                Ok(())
            })?;
        }
        if let Some(url) = &given.simulator_wallet_url {
            let ask = Ask { option: "--simulator-wallet-url", question: "", usual: None, keys: &["psc.simulator.wallet_url"] };
            self.settle(&ask, Some(url), &|draft, text| {
                draft.simulator.iter_mut().for_each(|(_, wallet)| *wallet = text.to_owned());
                Ok(())
            })?;
        }
        Ok(())
    }

    fn listener(&mut self, given: &Given) -> Result<(), SetupRefused> {
        self.tls(given)?;
        let administration = given.administration_address.as_deref().unwrap_or("127.0.0.1:8081");
        let ask = Ask { option: "--administration-address", question: "", usual: None, keys: &["administration.address"] };
        // The listener is settled after it, and has to keep away from it.
        self.draft.listener = "127.0.0.1:0".into();
        self.settle(&ask, Some(administration), &|draft, text| {
            draft.administration = text.to_owned();
            Ok(())
        })?;
        let usual = self.usual_address();
        let ask = Ask {
            option: "--listen",
            question: "Adresse et port d’écoute",
            usual: Some(&usual),
            keys: &["listener.address", "administration.address"],
        };
        self.settle(&ask, given.listen.as_deref(), &|draft, text| {
            draft.listener = text.to_owned();
            Ok(())
        })?;
        self.trusted_proxies(given)
    }

    /// Alone towards the network, behind a proxy, or for this machine only.
    fn usual_address(&self) -> String {
        let of_the_address = || url::Url::parse(&self.draft.public_url).ok()?.port_or_known_default();
        match (&self.draft.tls, self.draft.is_https()) {
            (Some(_), _) => "0.0.0.0:443".to_owned(),
            (None, true) => "127.0.0.1:8080".to_owned(),
            (None, false) => format!("127.0.0.1:{}", of_the_address().unwrap_or(8080)),
        }
    }

    fn tls(&mut self, given: &Given) -> Result<(), SetupRefused> {
        let is_given = given.tls_certificate.is_some() || given.tls_key.is_some();
        let answers_the_listener = given.listen.is_some() || !given.trusted_proxy.is_empty();
        if !is_given && (answers_the_listener || self.person.is_none() || !self.draft.is_https()) {
            return Ok(());
        }
        loop {
            let certificate = Ask {
                option: "--tls-certificate",
                question: "Certificat du serveur (fichier PEM)\u{202f}; vide derrière un proxy inverse (reverse proxy) de cette machine, qui termine TLS",
                usual: Some("").filter(|_| !is_given),
                keys: &[],
            };
            self.settle_path(&certificate, given.tls_certificate.as_deref(), &|draft, path| {
                draft.tls = path.map(|certificate| (certificate, String::new()));
                Ok(())
            })?;
            if self.draft.tls.is_none() {
                return Ok(());
            }
            let key = Ask { option: "--tls-key", question: "Clé privée de ce certificat (fichier PEM)", usual: None, keys: &[] };
            self.settle_path(&key, given.tls_key.as_deref(), &|draft, path| {
                draft.tls.iter_mut().for_each(|(_, key)| *key = path.clone().unwrap_or_default());
                Ok(())
            })?;
            let Err((option, reason)) = self.check_tls() else { return Ok(()) };
            // What is given is given again by nobody.
            match &mut self.person {
                Some(person) if !is_given => person.tell(&format!("  {reason}."))?,
                _ => return Err(SetupRefused::Value { option, reason }),
            }
        }
    }

    /// Certificate and key fit together, and service and workstations can use them.
    fn check_tls(&self) -> Result<(), (&'static str, String)> {
        let of_key = |key: Option<&str>| if key.is_some_and(|key| key.ends_with("key_file")) { "--tls-key" } else { "--tls-certificate" };
        if let Some((certificate, key)) = &self.draft.tls {
            for (option, file) in [("--tls-certificate", certificate), ("--tls-key", key)] {
                if let Some(reason) = self.layout.withheld(Path::new(file), Access::Read) {
                    return Err((option, reason));
                }
            }
        }
        let refused = |error: ConfigError| (of_key(error.key()), reason(&error));
        let config = self.draft.check().map_err(refused)?;
        preflight::workstations_accept(&config, self.clock).map_err(refused)
    }

    fn trusted_proxies(&mut self, given: &Given) -> Result<(), SetupRefused> {
        let address: Option<SocketAddr> = self.draft.listener.parse().ok();
        let behind = address.filter(|address| self.draft.tls.is_none() && self.draft.is_https() && address.ip().is_loopback());
        let usual = behind.map(|address| address.ip().to_string());
        let ask = Ask {
            option: "--trusted-proxy",
            question: "Adresse du proxy inverse de confiance (plusieurs\u{a0}: séparées par une virgule)",
            usual: usual.as_deref(),
            keys: &["listener.trusted_proxies"],
        };
        if given.trusted_proxy.is_empty() && usual.is_none() {
            return Ok(());
        }
        let listed = (!given.trusted_proxy.is_empty()).then(|| given.trusted_proxy.join(","));
        self.settle(&ask, listed.as_deref(), &|draft, text| {
            draft.trusted_proxies = text.split(',').map(|proxy| proxy.trim().to_owned()).collect();
            Ok(())
        })
    }

    fn provider(&mut self, given: &Given) -> Result<(), SetupRefused> {
        let ask = Ask {
            option: "--client-id",
            question: "Identifiant client (client_id) remis par l’ANS pour cet environnement",
            usual: None,
            keys: &["psc.client_id"],
        };
        self.settle(&ask, given.client_id.as_deref(), &|draft, text| {
            draft.client_id = text.to_owned();
            Ok(())
        })
    }

    fn memory(&mut self, given: &Given) -> Result<(), SetupRefused> {
        let ask = Ask {
            option: "--administration-token-file",
            question: "Fichier du jeton d’administration, que le serveur crée",
            usual: Some("/var/lib/vestibule/administration-token"),
            keys: &["administration.token_file"],
        };
        self.settle_path(&ask, given.administration_token_file.as_deref(), &|draft, path| {
            draft.token_file = path.unwrap_or_default();
            Ok(())
        })?;
        if given.sqlite_file.is_none() {
            let ask = Ask {
                option: "--postgres-url-file",
                question: "Fichier qui contient l’adresse d’une base PostgreSQL\u{202f}; vide pour un fichier SQLite",
                usual: Some(""),
                keys: &["storage.postgres_url_file"],
            };
            let layout = self.layout;
            self.settle_path(&ask, given.postgres_url_file.as_deref(), &|draft, path| match path {
                Some(file) => {
                    check_server(&file, layout)?;
                    draft.memory = Memory::Server(file);
                    Ok(())
                }
                None => Ok(()),
            })?;
            if matches!(self.draft.memory, Memory::Server(_)) {
                return Ok(());
            }
        }
        let ask = Ask {
            option: "--sqlite-file",
            question: "Fichier de la base SQLite",
            usual: Some("/var/lib/vestibule/compagnon.sqlite"),
            keys: &["storage.sqlite_file"],
        };
        let layout = self.layout;
        self.settle_path(&ask, given.sqlite_file.as_deref(), &|draft, path| {
            draft.memory = Memory::File(path.unwrap_or_default());
            // Said here, before the secret and the agreement, while it can be answered again.
            let withheld = draft.database_folder().and_then(|folder| files::withheld_database(layout, &folder));
            withheld.map_or(Ok(()), Err)
        })
    }

    /// The secret, which stands on no command line: from a file, from the standard input, or as the person types it.
    pub fn client_secret(&mut self, given: &Given, input: &mut dyn Read) -> Result<SecretString, SetupRefused> {
        let option = "--client-secret-file";
        let refused = |reason: String| SetupRefused::Value { option, reason };
        match (&given.client_secret_file, &mut self.person) {
            (Some(file), None) if file == Path::new("-") => {
                let mut bytes = Zeroizing::new(Vec::new());
                input.take(LONGEST_SECRET).read_to_end(&mut bytes).map_err(|error| refused(crate::words::in_french(&error)))?;
                PscSection::secret_in(&bytes).map_err(|reason| refused(reason.to_owned()))
            }
            (Some(file), _) if file != Path::new("-") => {
                let file = layout::absolute(file).map_err(refused)?;
                let bytes = secret_file::read(&file).map_err(|refusal| refused(refusal.to_string()))?;
                PscSection::secret_in(&bytes).map_err(|reason| refused(reason.to_owned()))
            }
            (_, Some(person)) => loop {
                let asked = person.ask_hidden("Secret client remis par l’ANS (rien ne s’affiche)\u{a0}:");
                let Some(text) = asked.map_err(given_up)? else { return Err(SetupRefused::Missing { option }) };
                match PscSection::secret_in(text.as_bytes()) {
                    Ok(secret) => return Ok(secret),
                    Err(reason) => person.tell(&format!("  {reason}."))?,
                }
            },
            (_, None) => Err(SetupRefused::Missing { option }),
        }
    }

    /// Nothing is written before the person has seen it.
    pub fn confirm(&mut self, text: &str) -> Result<(), SetupRefused> {
        let Some(person) = &mut self.person else { return Ok(()) };
        person.tell(&format!("\n{text}"))?;
        loop {
            let question = format!("Écrire cette configuration dans «\u{a0}{}\u{a0}»\u{202f}? [oui]", self.layout.config.display());
            let Some(answer) = person.ask(&question)? else { return Err(SetupRefused::Interrupted) };
            match answer.trim().to_lowercase().as_str() {
                "" | "o" | "oui" => return Ok(()),
                "n" | "non" => return Err(SetupRefused::Declined),
                _ => person.tell("  Répondez oui ou non.")?,
            }
        }
    }

    /// Settles a path, whole and in text; an empty answer, where that is usual, is none.
    fn settle_path(&mut self, ask: &Ask<'_>, given: Option<&Path>, put: PutPath<'_>) -> Result<(), SetupRefused> {
        let whole = given.map(layout::absolute).transpose().map_err(|reason| SetupRefused::Value { option: ask.option, reason })?;
        self.settle(ask, whole.as_deref().and_then(Path::to_str), &|draft, text| {
            let is_none = text.is_empty();
            put(draft, if is_none { None } else { Some(layout::absolute(Path::new(text))?.display().to_string()) })
        })
    }

    fn settle(&mut self, ask: &Ask<'_>, given: Option<&str>, put: Put<'_>) -> Result<(), SetupRefused> {
        let option = ask.option;
        if given.is_some() || self.person.is_none() {
            let text = given.or(ask.usual).ok_or(SetupRefused::Missing { option })?;
            self.draft = self.laid(ask, text, put).map_err(|reason| SetupRefused::Value { option, reason })?;
            return Ok(());
        }
        let usual = ask.usual.filter(|usual| !usual.is_empty()).map(|usual| format!(" [{usual}]")).unwrap_or_default();
        let question = format!("{}{usual}\u{a0}:", ask.question);
        loop {
            let Some(answer) = self.person.as_mut().map_or(Ok(None), |person| person.ask(&question))? else {
                return Err(SetupRefused::Missing { option });
            };
            let answer = Some(answer.trim()).filter(|answer| !answer.is_empty()).or(ask.usual).unwrap_or_default();
            let laid = self.laid(ask, answer, put);
            match (laid, &mut self.person) {
                (Ok(draft), _) => {
                    self.draft = draft;
                    return Ok(());
                }
                (Err(reason), Some(person)) => person.tell(&format!("  {reason}."))?,
                (Err(reason), None) => return Err(SetupRefused::Value { option, reason }),
            }
        }
    }

    /// The draft with this answer, where the companion would take it.
    fn laid(&self, ask: &Ask<'_>, answer: &str, put: Put<'_>) -> Result<Draft, String> {
        if answer.is_empty() && ask.usual != Some("") {
            return Err("une réponse est nécessaire".into());
        }
        if answer.chars().any(char::is_control) {
            return Err("la réponse contient un signe de contrôle, ou n’est pas du texte en UTF-8".into());
        }
        let mut candidate = self.draft.clone();
        put(&mut candidate, answer)?;
        if let Some(file) = candidate.doubled(self.layout) {
            return Err(format!("«\u{a0}{file}\u{a0}» est déjà le fichier d’autre chose\u{202f}; chaque fichier a son nom"));
        }
        match candidate.check() {
            Err(error) if error.key().is_some_and(|key| ask.keys.contains(&key)) => Err(reason(&error)),
            _ => Ok(candidate),
        }
    }
}

/// The file with the address can be read, and by the service.
fn check_server(file: &str, layout: &Layout) -> Result<(), String> {
    StorageSection::read_postgres_url(Path::new(file)).map_err(|error| reason(&error))?;
    match &layout.account {
        // By its owner an administrator's command knows the service.
        Some(account) if owner(Path::new(file)) != Some(account.user) => {
            Err(format!("«\u{a0}{file}\u{a0}» doit appartenir au compte de service (chown {}, chmod 600)", account.name))
        }
        _ => Ok(()),
    }
}

/// Without the line of a file that is not written.
fn reason(error: &ConfigError) -> String {
    match error {
        ConfigError::Malformed { problem, .. } => problem.clone(),
        ConfigError::Refused { reason, .. } => reason.clone(),
        ConfigError::Unreadable { .. } | ConfigError::OpenToChange { .. } => error.to_string(),
    }
}

fn given_up(error: io::Error) -> SetupRefused {
    if error.kind() == io::ErrorKind::Interrupted { SetupRefused::Interrupted } else { SetupRefused::Terminal(error) }
}

#[cfg(unix)]
fn owner(file: &Path) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(file).ok()?))
}

#[cfg(not(unix))]
fn owner(_: &Path) -> Option<u32> {
    None
}
