//! In French.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, Datelike as _, Utc};
use vestibule_branding::PRODUCT_NAME;
use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::exchange::OwnSession;
use vestibule_model::language::Language;
use vestibule_model::room::{Free, Room};
use vestibule_model::session::{CardRemoval, PscEnvironment, SessionEnd, SignInId};

use super::{Admitted, Help, Misunderstood, Title, Words};
use crate::browser::Launcher;
use crate::card::{Interface, Presence, Seen};
use crate::companion::{AuthorityFault, Believed, Cause, ClientRefused, CompanionError, Presented, ProxyFault, Validity};
use crate::logging::last_sign_in::{Became, LastSignIn};
use crate::route::{Direct, Route, SetBy};
use crate::settings::schema::Setting;
use crate::settings::{ActivitySource, Fault, POLICY_VARIABLE, SettingsError, Source};
use crate::standing::Standing;
use crate::system_words::{SystemFault, UsualFault};
use crate::trusted_file::{Exposure, ExposureKind, PolicyOwner};

pub(super) struct French;

const QUOTING: &str = "TOML la lit comme le début d’une séquence d’échappement. Écrivez le chemin entre apostrophes, \
     par exemple {example}, ou doublez chaque barre";

fn day(at: DateTime<Utc>) -> String {
    Language::Fr.day(at.year(), at.month(), at.day())
}

impl Words for French {
    fn explanation(&self, code: ErrorCode) -> Explanation {
        code.explanation(Language::Fr)
    }

    fn system_fault(&self, fault: SystemFault) -> String {
        let Some(usual) = fault.usual() else {
            return fault.number().map_or_else(|| "refus du système".to_owned(), |number| format!("erreur {number} du système"));
        };
        let usual = match usual {
            UsualFault::AccessDenied => "accès refusé",
            UsualFault::Missing => "fichier ou dossier absent",
            UsualFault::IsFolder => "c’est un dossier, non un fichier",
            UsualFault::PathThroughFile => "un dossier du chemin est en fait un fichier",
            UsualFault::DiskFull => "le disque est plein",
            UsualFault::QuotaReached => "le quota de disque est atteint",
            UsualFault::FileTooLarge => "la taille permise pour un fichier est dépassée",
            UsualFault::DiskReadOnly => "le disque est en lecture seule",
            UsualFault::NameNotAllowed => "le nom n’est pas permis par le système",
            UsualFault::NoOrdinaryFile => "ce n’est pas un fichier ordinaire",
            UsualFault::NoAnswer => "pas de réponse à temps",
            UsualFault::AlreadyThere => "un fichier de ce nom existe déjà",
            UsualFault::NobodyReads => "plus personne ne lit la sortie",
        };
        usual.to_owned()
    }

    fn settings_error(&self, error: &SettingsError) -> String {
        match error {
            SettingsError::NoPolicy(path) => {
                format!("{}\u{a0}: fichier absent. Il doit indiquer l’adresse du serveur de connexion (companion_url).", path.display())
            }
            SettingsError::NoCompanion(path) => format!("{}\u{a0}: il manque companion_url.", path.display()),
            SettingsError::Unreadable { path, fault } => {
                format!("{}\u{a0}: accès impossible ({}).", path.display(), self.system_fault(*fault))
            }
            SettingsError::Malformed { path, line, fault } => {
                let line = line.map(|line| format!(", ligne {line}")).unwrap_or_default();
                format!("{}{line}\u{a0}: {}.", path.display(), self.fault(fault))
            }
            SettingsError::PolicyExposed { file, exposure } => {
                format!("{}\u{a0}: ce fichier décide à qui faire confiance. {}.", file.display(), self.exposure(exposure))
            }
            SettingsError::AddressRefused { path } => format!(
                "{}\u{a0}: companion_url doit être en https, ou en http sur 127.0.0.1, sans rien après l’hôte et le port.",
                path.display()
            ),
            SettingsError::AddressNotLocal { path } => {
                format!("{}\u{a0}: un fichier donné par {POLICY_VARIABLE} ne peut désigner qu’un serveur de connexion sur 127.0.0.1.", path.display())
            }
            SettingsError::PolicyOnly { path, key } => {
                format!("{}\u{a0}: seule la stratégie du poste peut fixer {key}.", path.display())
            }
            SettingsError::NoHome(_) => "Ni la variable HOME ni le compte de cet utilisateur n’indiquent de dossier personnel.".to_owned(),
        }
    }

    fn fault(&self, fault: &Fault) -> String {
        let example = "'C:\\Program Files\\Vestibule\\ca.pem'";
        let quoting = QUOTING.replace("{example}", example);
        let named = |key: &Option<String>| key.clone().unwrap_or_else(|| "un paramètre".to_owned());
        let expected = |key: &str| {
            let setting = Setting::named(key);
            setting.map_or_else(String::new, |setting| format!(". Attendu\u{a0}: {}", setting.expected(Language::Fr)))
        };
        let expected_of = |key: &Option<String>| key.as_deref().map(expected).unwrap_or_default();
        match fault {
            Fault::Utf16 => "ce fichier est enregistré en UTF-16. Enregistrez-le en UTF-8".to_owned(),
            Fault::NotUtf8 => {
                "un caractère n’est pas en UTF-8\u{a0}: ce fichier est sans doute enregistré en ISO 8859-1 ou Windows-1252. Enregistrez-le en UTF-8".to_owned()
            }
            Fault::UnknownKey(key) => format!("paramètre inconnu, {key}"),
            Fault::UnknownValue(key) => format!("valeur inconnue pour {}{}", named(key), expected_of(key)),
            Fault::KeyTwice(key) => format!("paramètre en double{}", key.as_deref().map(|key| format!(", {key}")).unwrap_or_default()),
            Fault::WrongKind(key) => {
                format!("type de valeur incorrect pour {}{}", named(key), expected_of(key))
            }
            Fault::Backslash => format!("une barre oblique inverse est entre guillemets\u{a0}: {quoting}"),
            Fault::ControlCharacter(key) => {
                format!("la valeur de {key} contient un caractère de contrôle. Si c’est une barre oblique inverse\u{a0}: {quoting}")
            }
            Fault::Unusable(key) => format!("valeur inutilisable pour {key}{}", expected(key)),
            Fault::Syntax { column, slip } => {
                format!("ce n’est pas du TOML bien formé, colonne {column}\u{a0}: {}", slip.told(Language::Fr))
            }
        }
    }

    fn exposure(&self, exposure: &Exposure) -> String {
        let at = exposure.at.display();
        let owner = match exposure.allowed {
            PolicyOwner::Root => "root",
            PolicyOwner::RunningUser => "root ou à la personne qui lance l’application",
        };
        match &exposure.kind {
            ExposureKind::Outside(folder) => {
                let folder = folder.display();
                format!(
                    "{at} n’est pas dans {folder}, où seuls les administrateurs écrivent. Remède\u{a0}: placez-le dans un dossier de {folder}"
                )
            }
            ExposureKind::Owner(user) => {
                format!("{at} appartient à l’utilisateur n°\u{a0}{user}, et doit appartenir à {owner}. Remède\u{a0}: chown root:root {at}")
            }
            ExposureKind::Writable(mode) => {
                format!("{at} peut être modifié par d’autres (droits {mode:o}). Remède\u{a0}: chmod go-w {at}")
            }
        }
    }

    fn source(&self, source: Source) -> &'static str {
        match source {
            Source::MachinePolicy => "stratégie du poste",
            Source::DevelopmentPolicy => "fichier de développement",
            Source::User => "fichier de l’utilisateur",
            Source::Default => "valeur par défaut",
        }
    }

    fn route(&self, route: &Route) -> String {
        match route {
            Route::Proxy { address, set_by } => format!("par le proxy {address}, fixé par {}", set_by_whom(*set_by)),
            Route::Direct(Direct::ThisMachine) => "directe, sur ce poste".to_owned(),
            Route::Direct(Direct::NothingSet) => "directe, aucun proxy n’est fixé".to_owned(),
            Route::Direct(Direct::ScriptIgnored) => format!(
                "directe\u{a0}: le système a un script de configuration automatique (PAC), que {PRODUCT_NAME} ne lit pas. S’il faut un proxy, \
                 fixez «\u{a0}proxy\u{a0}» dans la stratégie du poste"
            ),
            Route::Direct(Direct::Wanted) => "directe, voulue par la stratégie du poste".to_owned(),
            Route::Direct(Direct::Exception(set_by)) => {
                format!("directe\u{a0}: le serveur de connexion est une exception au proxy, fixée par {}", set_by_whom(*set_by))
            }
        }
    }

    fn client_refused(&self, error: &ClientRefused) -> String {
        match error {
            ClientRefused::CertificationAuthority { path, fault } => {
                let why = match fault {
                    AuthorityFault::File(fault) => self.system_fault(*fault),
                    AuthorityFault::NotPem => "ce n’est pas un certificat au format PEM".to_owned(),
                };
                format!("{}\u{a0}: autorité de certification inutilisable ({why}).", path.display())
            }
            ClientRefused::Proxy(_) => "L’adresse du proxy est inutilisable.".to_owned(),
            ClientRefused::Tls(_) => {
                "Le chiffrement ne peut pas être mis en place\u{a0}: ce poste ne connaît peut-être aucune autorité de certification."
                    .to_owned()
            }
        }
    }

    fn companion_error(&self, error: &CompanionError) -> String {
        match error {
            CompanionError::Unreachable(_) => "aucune réponse du serveur de connexion".to_owned(),
            CompanionError::Proxy { fault, address, set_by, .. } => {
                let did = match fault {
                    ProxyFault::AuthenticationRequired => "demande une identification (407)",
                    ProxyFault::Refused => "refuse l’accès au serveur de connexion",
                    ProxyFault::Unreachable => "ne répond pas",
                };
                format!("le proxy {address}, fixé par {}, {did}", set_by_whom(*set_by))
            }
            CompanionError::Untrusted(_) => "le certificat présenté ne prouve pas qu’il s’agit du serveur de connexion".to_owned(),
            CompanionError::Impostor => "la réponse désigne un autre hôte que celui qui est configuré".to_owned(),
            CompanionError::AnotherServer(_) => "ce qui répond n’est pas le serveur de connexion".to_owned(),
            CompanionError::Refused(refusal) => format!("{}, réponse HTTP {}", refusal.code, refusal.status),
            CompanionError::Fault(status) => format!("réponse HTTP {status} inattendue"),
            CompanionError::Unreadable => "la réponse est illisible pour cette version".to_owned(),
            CompanionError::Random(_) => self.no_random().to_owned(),
        }
    }

    fn cause(&self, cause: Cause) -> &'static str {
        match cause {
            Cause::ConnectionRefused => {
                "la connexion est refusée\u{a0}: rien n’écoute à cette adresse et à ce port (serveur arrêté, port erroné), ou un pare-feu la refuse"
            }
            Cause::NameUnknown => {
                "le nom du serveur ne se résout pas\u{a0}: l’adresse est mal écrite, ou la résolution de noms (DNS) ne fonctionne pas sur ce poste"
            }
            Cause::NoRoute => "aucune route ne mène au serveur\u{a0}: le réseau est coupé, ou un VPN est fermé",
            Cause::ConnectTimedOut => {
                "la connexion n’aboutit pas\u{a0}: le serveur est éteint, un pare-feu ne répond rien, ou ce port ne parle pas https"
            }
            Cause::NoAnswer => {
                "rien n’est venu du serveur dans le temps donné\u{a0}: il est arrêté ou bloqué, ou le réseau ne mène pas à lui"
            }
            Cause::AnswerTimedOut => "le serveur a été joint, mais n’a pas répondu à temps",
            Cause::CutOff => "la connexion a été coupée avant la réponse",
            Cause::NotTls => "le port répond, mais pas en https\u{a0}: le port est erroné, ou ce qui écoute ne parle qu’en http",
            Cause::AuthorityUnknown => {
                "le certificat vient d’une autorité que ce poste ne connaît pas\u{a0}: companion_ca_file manque à la stratégie ou n’est pas celui de cette autorité, ou un équipement du réseau intercepte le TLS"
            }
            Cause::WrongName => "le certificat est établi pour un autre nom que celui de l’adresse configurée",
            Cause::CertificateExpired => "le certificat est expiré, ou l’horloge du poste avance",
            Cause::CertificateNotYetValid => "le certificat n’est pas encore valable, ou l’horloge du poste retarde",
            Cause::CertificateRevoked => "le certificat est révoqué",
            Cause::CertificateUnfit => "le certificat ne convient pas à un serveur",
            Cause::AnotherName => {
                "le serveur se présente sous une autre adresse que celle qui est configurée (companion_url sur le poste, public_url au serveur)"
            }
        }
    }

    fn cause_is(&self, cause: &str) -> String {
        format!("Cause\u{a0}: {cause}.")
    }

    fn launcher(&self, launcher: &Launcher) -> String {
        match launcher {
            Launcher::Found { program, browser: Some(browser) } => format!("{browser}, ouvert par {program}"),
            Launcher::Found { program, browser: None } => format!("ouvert par {program}"),
            Launcher::Named { program, profile: None } => format!("{program}, que désigne la stratégie du poste (browser)"),
            Launcher::Named { program, profile: Some(profile) } => {
                format!("{program}, que désigne la stratégie du poste (browser), profil «\u{a0}{profile}\u{a0}»")
            }
            Launcher::NamedMissing { program } => {
                format!("la stratégie du poste désigne «\u{a0}{program}\u{a0}» (browser), qui n’est pas sur ce poste")
            }
            Launcher::NotABrowser { program, handler } => format!(
                "{program} mène à «\u{a0}{handler}\u{a0}», qui n’est pas un navigateur. Choisissez un navigateur par défaut, ou indiquez-le dans la stratégie du poste (browser)"
            ),
            Launcher::WithoutBrowser { program } => format!("{program} est là, mais le système n’indique aucun navigateur installé"),
            Launcher::PathWithBlank { program, browser } => format!(
                "la variable BROWSER désigne «\u{a0}{browser}\u{a0}», que {program} coupe à l’espace. Donnez à BROWSER un chemin sans espace (un lien symbolique suffit), ou retirez cette variable"
            ),
            Launcher::Missing => "aucun programme pour ouvrir le navigateur".to_owned(),
        }
    }

    fn environment(&self, environment: PscEnvironment) -> &'static str {
        match environment {
            PscEnvironment::Simulator => "simulateur",
            PscEnvironment::Bas => "bac à sable",
            PscEnvironment::Production => "production",
        }
    }

    fn no_random(&self) -> &'static str {
        "le système ne fournit pas de nombres aléatoires"
    }

    fn help(&self, help: Help) -> &'static str {
        match help {
            Help::About => "Connexion à un logiciel de santé avec Pro Santé Connect, par le navigateur de la personne",
            Help::Usage => "Usage\u{a0}:",
            Help::Commands => "Commandes",
            Help::Command => "COMMANDE",
            Help::ExitCodes => {
                "Codes de sortie\u{a0}:\n  0  fait\n  1  refusé, annulé, aucune session ouverte, ou le trousseau de clés ne permet pas de le savoir\n  2  commande ou configuration incorrecte\n  3  le serveur de connexion ou Pro Santé Connect est injoignable\n\nPour «\u{a0}doctor\u{a0}»\u{a0}: 0 OK, 1 ATTENTION, 2 ÉCHEC."
            }
            Help::Flag => "Affiche cette aide",
            Help::Version => "Affiche la version",
            Help::Login => "Ouvre le navigateur et connecte la personne",
            Help::Status => "Affiche la session ouverte",
            Help::Situation => "Liste les situations d’exercice, ou en choisit une",
            Help::Logout => "Ferme la session et celle de Pro Santé Connect",
            Help::Activity => "Signale que la personne travaille dans un autre logiciel, là où le paramètre activity_source vaut caller",
            Help::Ago => "Nombre de secondes depuis sa dernière saisie",
            Help::Card => "Affiche les lecteurs de carte de ce poste",
            Help::CardStatus => "Indique si une carte CPS est dans un lecteur\u{a0}: une indication, jamais une preuve",
            Help::CardWatch => "L’indique à chaque changement, jusqu’à l’arrêt de la commande",
            Help::Sessions => "Affiche les sessions de la personne sur tous ses postes",
            Help::EndSessions => "Ferme des sessions de la personne, et leurs sessions Pro Santé Connect",
            Help::EndedSession => "Le numéro d’une session, comme la liste l’affiche",
            Help::AllSessions => "Toutes, celle de ce poste aussi",
            Help::OtherSessions => "Toutes sauf celle de ce poste",
            Help::Doctor => "Vérifie ce qui peut empêcher la connexion",
            Help::Log => "Affiche le journal de ce poste, de la plus ancienne de ses lignes à la plus récente",
            Help::Follow => "Continue avec les lignes à venir, jusqu’à l’arrêt de la commande",
            Help::OfSignIn => "Seulement les lignes d’une connexion, par son numéro de connexion",
            Help::Lines => "Seulement les dernières lignes, en nombre",
            Help::Number => "NOMBRE",
            Help::LogFolder => "Affiche seulement le dossier du journal",
            Help::Report => {
                "Réunit dans un fichier ce dont le support a besoin, sans nom ni secret\u{202f}; l’affiche d’abord, n’envoie rien"
            }
            Help::ReportFile => "Écrit dans ce fichier, ou dans ce dossier",
            Help::ReportDays => "Jours de journal, de 1 à 14 (7 par défaut)",
            Help::ReportUnasked => "Écrit sans demander",
            Help::File => "FICHIER",
            Help::Settings => "La configuration de ce poste",
            Help::Show => "Affiche chaque paramètre en vigueur",
            Help::Json => "Affiche le résultat en JSON",
            Help::Timeout => "Durée maximale d’attente, en secondes (1 à 600)",
            Help::Seconds => "SECONDES",
            Help::ChosenSituation => "Choisit cette situation d’exercice, ou la première avec «\u{a0}first\u{a0}»",
            Help::NoBrowser => "N’ouvre pas de navigateur\u{a0}: affiche l’adresse à ouvrir",
            Help::Exchange => {
                "Choisit le mode d’échange\u{a0}: auto, loopback (le navigateur est sur ce poste) ou polling (interrogation\u{a0}: il peut être ailleurs). Le code de confirmation qu’il affiche se saisit ici, sur l’entrée standard"
            }
            Help::ExchangeName => "MODE",
            Help::SituationId => "La situation à choisir, ou la première avec «\u{a0}first\u{a0}»",
            Help::Sources => "Affiche aussi d’où vient chacun",
        }
    }

    fn misunderstood(&self, misunderstood: &Misunderstood) -> String {
        let admitted = |admitted: &Option<Admitted>| match admitted {
            Some(Admitted::Seconds) => " (un nombre de secondes, de 1 à 600)",
            Some(Admitted::SecondsAgo) => " (un nombre de secondes, de 0 à 3600)",
            Some(Admitted::Exchange) => " (auto, loopback ou polling)",
            Some(Admitted::Situation) => " (l’identifiant d’une situation, ou first)",
            Some(Admitted::Days) => " (un nombre de jours, de 1 à 14)",
            Some(Admitted::Number) => " (un nombre)",
            Some(Admitted::Session) => " (le numéro d’une session, par exemple 7F3K-9QXM)",
            None => "",
        };
        match misunderstood {
            Misunderstood::UnknownCommand(word) => format!("Commande inconnue\u{a0}: {word}."),
            Misunderstood::UnknownOption(word) => format!("Option inconnue\u{a0}: {word}."),
            Misunderstood::Superfluous(word) => format!("Argument en trop\u{a0}: {word}."),
            Misunderstood::NoValue(word, of) => format!("Valeur absente pour {word}{}.", admitted(of)),
            Misunderstood::WrongValue(word, of) => format!("Valeur incorrecte pour {word}{}.", admitted(of)),
            Misunderstood::TakesNoValue(word) => format!("L’option {word} ne prend pas de valeur."),
            Misunderstood::Twice(word) => format!("Option donnée deux fois\u{a0}: {word}."),
            Misunderstood::NotTogether(one, other) => format!("Ne vont pas ensemble\u{a0}: {one} et {other}."),
            Misunderstood::Missing(what) => format!("Il manque\u{a0}: {what}."),
            Misunderstood::NoCommand => "Aucune commande n’est donnée.".to_owned(),
            Misunderstood::Otherwise => "La commande n’est pas comprise.".to_owned(),
        }
    }

    fn way_to_companion(&self, route: &str) -> String {
        format!("Accès au serveur de connexion\u{a0}: {route}.")
    }

    fn browser_is(&self, launcher: &str) -> String {
        format!("Navigateur\u{a0}: {launcher}.")
    }

    fn browser_did_not_open(&self, launcher: &str) -> String {
        format!("Navigateur\u{a0}: {launcher}, qui n’a pas pu s’ouvrir.")
    }

    fn output_unwritable(&self, fault: &str) -> String {
        format!("La sortie ne peut pas être écrite\u{a0}: {fault}.")
    }

    fn keyring_awaited(&self) -> &'static str {
        "Le trousseau de clés n’a pas encore répondu\u{a0}: déverrouillez-le si le système le demande."
    }

    fn cause_remedy(&self, cause: Cause) -> Option<&'static str> {
        match cause {
            Cause::ConnectionRefused | Cause::AnswerTimedOut | Cause::CutOff => Some(
                "Réessayez dans une minute. Si cela se répète, prévenez le support\u{a0}: le serveur de connexion est arrêté ou bloqué, ou son adresse est mal configurée.",
            ),
            Cause::NoAnswer | Cause::ConnectTimedOut => Some(
                "Vérifiez que le poste est relié au réseau, puis réessayez. S’il l’est, prévenez le support\u{a0}: le serveur de connexion est peut-être arrêté ou bloqué.",
            ),
            Cause::NameUnknown => Some(
                "Vérifiez que le poste est relié au réseau. S’il l’est, prévenez le support\u{a0}: l’adresse du serveur de connexion (companion_url) est mal configurée, ou son nom manque au DNS.",
            ),
            Cause::AuthorityUnknown => Some(
                "Ne réessayez pas. Prévenez le support\u{a0}: le réseau doit laisser passer cette adresse sans intercepter le TLS, ou companion_ca_file désigner l’autorité du serveur.",
            ),
            Cause::CertificateExpired => Some(
                "Ne réessayez pas. Prévenez le support\u{a0}: le certificat présenté à cette adresse est à renouveler, ou l’horloge de ce poste à régler.",
            ),
            Cause::WrongName => Some(
                "Ne réessayez pas. Prévenez le support\u{a0}: l’adresse du serveur de connexion (companion_url) ne correspond pas au nom de son certificat.",
            ),
            Cause::NoRoute
            | Cause::NotTls
            | Cause::CertificateNotYetValid
            | Cause::CertificateRevoked
            | Cause::CertificateUnfit
            | Cause::AnotherName => None,
        }
    }

    fn replaced_remedy(&self) -> &'static str {
        "Vous pouvez fermer l’onglet de cette connexion. «\u{a0}vestibule status\u{a0}» indique qui est connecté."
    }

    fn situation_remedy(&self) -> &'static str {
        "Après une connexion sans --situation, «\u{a0}vestibule situation\u{a0}» en donne la liste\u{202f}; «\u{a0}first\u{a0}» prend la première. Si celle-ci devrait y être, faites corriger vos données au RPPS auprès de votre autorité d’enregistrement (ordre, ARS ou employeur)."
    }

    fn situation_remedy_signed_in(&self) -> &'static str {
        "«\u{a0}vestibule situation\u{a0}» en donne la liste\u{202f}; «\u{a0}first\u{a0}» prend la première. Si celle-ci devrait y être, faites corriger vos données au RPPS auprès de votre autorité d’enregistrement (ordre, ARS ou employeur)."
    }

    fn exchange_fixed(&self, exchange: &str) -> String {
        format!(
            "Le mode d’échange est imposé par la stratégie du poste\u{a0}: {exchange}. Retirez l’option --exchange."
        )
    }

    fn window_only(&self) -> String {
        format!(
            "Le mode «\u{a0}scheme\u{a0}» ne fonctionne qu’avec la fenêtre\u{a0}: ouvrez {PRODUCT_NAME}, ou essayez --exchange polling."
        )
    }

    fn window_only_by_policy(&self) -> String {
        format!(
            "Le mode d’échange est imposé par la stratégie du poste\u{a0}: scheme, qui ne fonctionne qu’avec la fenêtre. Ouvrez {PRODUCT_NAME}."
        )
    }

    fn open_here(&self) -> &'static str {
        "Ouvrez cette adresse dans le navigateur de ce poste\u{a0}:"
    }

    fn service(&self, name: &str) -> String {
        format!("Logiciel\u{a0}: {name}")
    }

    fn provider_waits(&self) -> &'static str {
        "Identifiez-vous avec Pro Santé Connect dans le navigateur."
    }

    fn confirm_in_browser(&self) -> &'static str {
        "Confirmez dans le navigateur."
    }

    fn which_number(&self, number: &str) -> String {
        format!("Le navigateur vous demande quel nombre vous voyez ici. C’est {number}.")
    }

    fn page_not_open(&self) -> &'static str {
        "La page ne s’est pas encore ouverte dans le navigateur."
    }

    fn try_polling(&self) -> &'static str {
        "Si le navigateur est sur un autre poste\u{a0}: vestibule login --exchange polling"
    }

    fn go_on_in_browser(&self, number: &str) -> String {
        format!("Continuez dans votre navigateur. Si la page affiche un nombre, il doit être {number}.")
    }

    fn open_anywhere(&self, minutes: u64) -> String {
        format!("Ouvrez cette adresse dans un navigateur, sur ce poste ou sur un autre (valable {minutes} minutes, une seule fois)\u{a0}:")
    }

    fn number_will_be_asked(&self, number: &str) -> String {
        format!("Le navigateur vous demandera quel nombre vous voyez ici. C’est {number}.")
    }

    fn letters(&self, tries_left: u32, seconds: u64) -> String {
        let (tries, left) = (tries(tries_left), self.lasting(seconds));
        format!("Saisissez ici le code de confirmation (huit lettres) affiché dans votre navigateur ({tries}, {left}). Ne le donnez à personne\u{a0}:")
    }

    fn letters_again(&self, tries_left: u32, seconds: u64) -> String {
        format!("Ce n’est pas le code affiché. Recommencez ({}, {})\u{a0}:", tries(tries_left), self.lasting(seconds))
    }

    fn no_letters(&self) -> &'static str {
        "Le code a huit lettres, sans voyelle ni chiffre. Recommencez\u{a0}:"
    }

    /// Whole minutes, rounded down so that nobody counts on more than there is; below two, to the second, for that is where it matters.
    fn lasting(&self, seconds: u64) -> String {
        match (seconds / 60, seconds % 60) {
            (0, 0 | 1) => "une seconde".to_owned(),
            (0, seconds) => format!("{seconds}\u{a0}secondes"),
            (1, 0) => "une minute".to_owned(),
            (1, seconds) => format!("1 min {seconds} s"),
            (minutes, _) => format!("{minutes}\u{a0}minutes"),
        }
    }

    fn cancelled(&self) -> &'static str {
        "Connexion annulée."
    }

    fn declined(&self) -> &'static str {
        "La connexion a été refusée dans le navigateur."
    }

    fn nobody_came_back(&self) -> &'static str {
        "Le navigateur n’a pas répondu à temps."
    }

    fn letters_too_late(&self) -> &'static str {
        "Le code n’a pas été saisi à temps."
    }

    fn start_again(&self) -> &'static str {
        "Aucune session n’a été ouverte. Recommencez quand la personne est prête."
    }

    fn situations(&self, command: &str) -> String {
        format!("Situations d’exercice (choisissez avec «\u{a0}{command}\u{a0}»)\u{a0}:")
    }

    fn no_situation(&self) -> &'static str {
        "Aucune situation d’exercice n’est enregistrée pour cette personne."
    }

    fn no_profession(&self) -> &'static str {
        "Aucune profession transmise par Pro\u{a0}Santé\u{a0}Connect"
    }

    fn first_time_here(&self) -> &'static str {
        "Première connexion sur ce poste."
    }

    fn open_while_active(&self, minutes: u32, latest: &str) -> String {
        format!("Session ouverte, encore {} sans activité, et jusqu’à {latest} au plus tard", in_minutes(minutes))
    }

    fn open_until(&self, minutes: u32, latest: &str) -> String {
        format!("Session ouverte, encore {} au plus ({latest})", in_minutes(minutes))
    }

    fn activity_counts_not(&self) -> &'static str {
        "L’activité signalée par un autre logiciel ne compte pas sur ce poste\u{a0}: le paramètre activity_source n’y vaut pas caller."
    }

    fn activity_not_on_shared(&self) -> &'static str {
        "L’activité signalée par un autre logiciel ne compte pas sur un poste partagé\u{a0}: quelqu’un d’autre pourrait y travailler."
    }

    fn time_of_day(&self, hour: u32, minute: u32) -> String {
        format!("{hour:02}\u{a0}h\u{a0}{minute:02}")
    }

    fn own_session(&self, session: &OwnSession) -> String {
        let label = session.device_label.as_deref().unwrap_or("Poste sans nom");
        let here = if session.is_this { " (ce poste)" } else { "" };
        let locked = if session.locked { " · verrouillée" } else { "" };
        let (opened, active) = (gone_by(session.opened_s_ago), gone_by(session.active_s_ago));
        format!("{label}{here}{locked} · ouverte depuis {opened} · dernière activité il y a {active}")
    }

    fn sessions_ended(&self, count: u32) -> String {
        match count {
            0 => "Aucune session n’était ouverte sur un autre poste.".to_owned(),
            1 => "Une session est fermée sur un autre poste.".to_owned(),
            count => format!("{count}\u{a0}sessions sont fermées sur d’autres postes."),
        }
    }

    fn nobody(&self) -> &'static str {
        "Personne n’est connecté."
    }

    /// In the words of the window.
    fn ended(&self, reason: Option<SessionEnd>) -> &'static str {
        match reason {
            Some(SessionEnd::Idle) => "La session est terminée. Elle a été fermée faute d’activité.",
            Some(SessionEnd::Expired) => "La session est terminée. Elle a atteint sa durée maximale.",
            Some(SessionEnd::SignedOut) => "La session est terminée. La déconnexion a été demandée.",
            Some(SessionEnd::Closed) => "La session est terminée. L’application l’a fermée, sans fermer celle de Pro Santé Connect.",
            Some(SessionEnd::Revoked) => {
                "La session est terminée. Elle a été fermée par sécurité\u{a0}: son autorisation a peut-être été copiée."
            }
            Some(SessionEnd::Replaced) => "La session est terminée. Une autre session a pris sa place sur ce poste.",
            Some(SessionEnd::Disowned) => {
                "La session est terminée. Elle a été fermée depuis le navigateur\u{a0}: la personne dit ne pas être à l’origine de la connexion."
            }
            Some(SessionEnd::Forgotten) => {
                "La session est terminée. Ce poste a été oublié à la demande de la personne ou du support."
            }
            Some(SessionEnd::Administrator) => "La session est terminée. Le support l’a fermée.",
            Some(SessionEnd::EndedElsewhere) => "La session est terminée. La personne l’a fermée depuis un autre poste.",
            None => "La session est terminée. Le serveur de connexion n’en connaît plus la raison.",
        }
    }

    fn service_silent(&self) -> &'static str {
        "Le serveur de connexion ne répond pas."
    }

    fn sign_out_untold(&self, code: ErrorCode) -> String {
        let title = self.explanation(code).title;
        format!("La déconnexion n’a pas pu être transmise au serveur de connexion ({code}\u{a0}: {title}).")
    }

    fn sign_out_later(&self) -> &'static str {
        "La session est fermée sur ce poste, mais la session Pro Santé Connect est peut-être encore ouverte\u{a0}: fermez le navigateur. La déconnexion sera transmise dès que le serveur de connexion répondra, à la prochaine commande ou à l’ouverture de la fenêtre."
    }

    fn signed_out_everywhere(&self) -> &'static str {
        "Déconnexion terminée\u{a0}: vos deux sessions sont fermées, celle de ce poste et celle de Pro Santé Connect."
    }

    fn signed_out_browser_finishes(&self) -> &'static str {
        "Votre session est fermée sur ce poste. Le navigateur termine la déconnexion de Pro Santé Connect."
    }

    fn signed_out_browser_makes_sure(&self) -> &'static str {
        "Votre session est fermée sur ce poste. Pro Santé Connect n’a pas confirmé la fermeture de la sienne\u{a0}: le navigateur s’en assure."
    }

    fn signed_out_service_only(&self) -> &'static str {
        "Votre session est fermée sur ce poste, mais votre session Pro Santé Connect est peut-être encore ouverte\u{a0}: fermez le navigateur."
    }

    fn earlier_done(&self) -> &'static str {
        "La déconnexion demandée plus tôt est terminée\u{a0}: les deux sessions sont fermées, celle de ce poste et celle de Pro Santé Connect."
    }

    fn earlier_browser_finishes(&self) -> &'static str {
        "La déconnexion demandée plus tôt est faite sur le serveur de connexion. Le navigateur termine celle de Pro Santé Connect."
    }

    fn earlier_browser_makes_sure(&self) -> &'static str {
        "La déconnexion demandée plus tôt est faite sur le serveur de connexion. Le navigateur s’assure de celle de Pro Santé Connect."
    }

    fn earlier_service_only(&self) -> &'static str {
        "La déconnexion demandée plus tôt est faite sur le serveur de connexion, mais la session Pro Santé Connect est peut-être encore ouverte\u{a0}: fermez le navigateur."
    }

    fn earlier_lost(&self) -> &'static str {
        "La déconnexion demandée plus tôt est arrivée trop tard\u{a0}: la session Pro Santé Connect est peut-être encore ouverte, fermez le navigateur."
    }

    fn cannot_know(&self) -> &'static str {
        "Sans le trousseau de clés, on ne peut pas savoir si quelqu’un est connecté sur ce poste. Rien n’a été changé\u{a0}: une session est peut-être encore ouverte."
    }

    fn locked_remedy(&self) -> &'static str {
        "Déverrouillez le trousseau, puis recommencez la commande. Si vous partez avant, fermez d’abord le navigateur."
    }

    fn keyring_remedy(&self) -> &'static str {
        "Rétablissez le trousseau, avec le support s’il le faut, puis recommencez la commande. Si vous partez avant, fermez d’abord le navigateur."
    }

    fn will_not_be_kept(&self) -> &'static str {
        "La session ne peut pas être conservée après cette commande\u{a0}: elle sera fermée dès que la personne sera identifiée."
    }

    fn closed_again(&self) -> &'static str {
        "La session qui venait de s’ouvrir a été fermée. La session Pro Santé Connect reste ouverte dans le navigateur."
    }

    fn not_closed_again(&self, minutes: u32) -> String {
        format!(
            "La session qui venait de s’ouvrir n’a pas pu être fermée\u{a0}: elle se fermera automatiquement, dans {minutes}\u{a0}minutes au plus."
        )
    }

    fn not_kept(&self) -> &'static str {
        "La session ne peut pas être conservée\u{a0}: elle a été fermée. La session Pro Santé Connect reste ouverte dans le navigateur."
    }

    fn not_kept_nor_closed(&self, minutes: u32) -> String {
        format!(
            "La session ne peut pas être conservée et n’a pas pu être fermée\u{a0}: elle se fermera automatiquement, dans {minutes}\u{a0}minutes au plus."
        )
    }

    fn no_value(&self) -> &'static str {
        "(aucune valeur)"
    }

    fn hidden_value(&self) -> &'static str {
        "(définie, non affichée)"
    }

    fn switch(&self, is_on: bool) -> &'static str {
        if is_on { "oui" } else { "non" }
    }

    fn policy_read(&self, path: &Path) -> String {
        format!("Stratégie lue\u{a0}: {}", path.display())
    }

    fn title(&self, title: Title) -> &'static str {
        match title {
            Title::Settings => "Configuration",
            Title::Route => "Accès au serveur",
            Title::Companion => "Serveur de connexion",
            Title::Addresses => "Adresses du serveur",
            Title::Certificate => "Certificat présenté",
            Title::Psc => "Pro\u{a0}Santé\u{a0}Connect",
            Title::App => "Application",
            Title::Clock => "Horloge du poste",
            Title::Keyring => "Trousseau de clés",
            Title::Workstation => "Groupe du poste",
            Title::Browser => "Navigateur",
            Title::Loopback => "Réponse du navigateur",
            Title::ReturnScheme => "Lien d’application",
            Title::Activity => "Activité",
            Title::Log => "Journal",
            Title::LastSignIn => "Dernière connexion",
            Title::Disk => "Place sur le disque",
            Title::CardService => "Cartes à puce",
            Title::CardReaders => "Lecteurs de carte",
            Title::CardDriver => "Pilote de lecteur",
            Title::Card => "Carte",
        }
    }

    fn good(&self) -> &'static str {
        "OK"
    }

    fn warning(&self) -> &'static str {
        "ATTENTION"
    }

    fn failure(&self) -> &'static str {
        "ÉCHEC"
    }

    fn found(&self, title: &str, detail: &str) -> String {
        format!("{title}\u{a0}: {detail}")
    }

    fn caused_by(&self, cause: &str) -> String {
        format!("cause\u{a0}: {cause}")
    }

    fn settings_remedy(&self) -> &'static str {
        "Créez ou corrigez ce fichier\u{a0}: le guide d’administration indique ce qu’il contient."
    }

    fn settings_found(&self, companion: &str, source: &str, policy: &Path, exchange: &str, is_enrolled: bool) -> String {
        let (policy, enrolment) = (policy.display(), if is_enrolled { "présente" } else { "absente" });
        format!("serveur {companion} ({source}, {policy}), mode d’échange {exchange}, jeton d’inscription {enrolment}")
    }

    fn variables_ignored(&self, names: &str) -> String {
        format!(". Variables d’environnement sans effet ici\u{a0}: {names} (la stratégie du poste en décide)")
    }

    fn key_there(&self) -> &'static str {
        "disponible, la clé du poste y est"
    }

    fn no_key(&self) -> &'static str {
        "disponible, aucune clé pour ce serveur de connexion"
    }

    fn keyring_locked(&self) -> &'static str {
        "verrouillé, et rien n’y est enregistré pour ce serveur de connexion\u{a0}: le système demandera de l’ouvrir, ou d’en créer un, à la prochaine connexion"
    }

    fn entry_unreadable(&self) -> &'static str {
        "disponible, mais l’entrée est illisible\u{a0}: elle sera remplacée"
    }

    fn scheme_opened(&self, scheme: &str, handler: &str) -> String {
        format!("{scheme}, ouvert par {handler}")
    }

    fn scheme_needed(&self, scheme: &str) -> String {
        format!("{scheme} n’est pas enregistré sur ce poste, et la stratégie du poste n’autorise pas d’autre mode d’échange")
    }

    fn scheme_optional(&self, scheme: &str) -> String {
        format!("{scheme} n’est pas enregistré sur ce poste (facultatif)")
    }

    fn loopback_refused(&self, fault: &str) -> String {
        format!("impossible d’écouter sur 127.0.0.1\u{a0}: {fault}")
    }

    fn loopback_silent(&self) -> &'static str {
        "127.0.0.1 ne répond pas"
    }

    fn loopback_unowned(&self) -> &'static str {
        "le système n’indique pas à qui appartient une connexion locale"
    }

    fn loopback_good(&self) -> &'static str {
        "l’écoute sur 127.0.0.1 fonctionne, et le système y reconnaît ce compte"
    }

    fn loopback_through_proxy(&self, proxy: &str) -> String {
        format!(
            "le proxy du système ({proxy}) n’excepte pas 127.0.0.1 et n’y mène pas\u{a0}: un navigateur qui l’applique ne peut pas répondre à l’application. Ajoutez 127.0.0.1 aux exceptions du proxy"
        )
    }

    fn silent_address(&self, silent: IpAddr, answered: IpAddr) -> String {
        let family = if silent.is_ipv6() { "IPv6" } else { "IPv4" };
        format!(
            "en {family}, {silent} ne répond pas, alors que {answered} répond\u{a0}: la connexion peut attendre. Réparez {family} sur ce réseau, ou retirez cette adresse du DNS"
        )
    }

    fn certificate(&self, presented: &Presented, believed: Believed) -> String {
        let Presented { subject, issuer, .. } = presented;
        let named = format!("au nom de «\u{a0}{subject}\u{a0}», émis par «\u{a0}{issuer}\u{a0}»");
        match believed {
            _ if presented.is_self_signed() && believed == Believed::UnknownAuthority => {
                format!("auto-signé (au nom de «\u{a0}{subject}\u{a0}»)\u{a0}: aucune autorité ne s’en porte garante")
            }
            Believed::Yes if presented.is_of_an_inspector() => {
                format!("{named}\u{a0}: un logiciel du réseau ou du poste intercepte le TLS, et ce poste l’accepte")
            }
            Believed::UnknownAuthority if presented.is_of_an_inspector() => {
                format!(
                    "{named}\u{a0}: un logiciel du réseau ou du poste intercepte le TLS, et ce poste ne connaît pas son autorité"
                )
            }
            Believed::UnknownAuthority => format!(
                "{named}, une autorité que ce poste ne connaît pas\u{a0}: celle d’un serveur de connexion interne (companion_ca_file), ou d’un logiciel qui intercepte le TLS, si ce nom est le sien"
            ),
            Believed::Yes | Believed::No => named,
        }
    }

    fn validity(&self, presented: &Presented, today: DateTime<Utc>) -> String {
        match presented.validity(today) {
            Validity::Good => format!("valable jusqu’au {}", day(presented.ends_at)),
            Validity::Over => {
                format!("expiré le {}, si l’horloge de ce poste est juste\u{a0}: elle indique le {}", day(presented.ends_at), day(today))
            }
            Validity::NotYet => format!(
                "valable seulement à partir du {}, si l’horloge de ce poste est juste\u{a0}: elle indique le {}",
                day(presented.begins_at),
                day(today)
            ),
        }
    }

    fn psc_reached(&self) -> &'static str {
        "le serveur de connexion y accède, et lit ce qu’il publie\u{202f}; seule une connexion vérifie le reste"
    }

    fn psc_not_reached(&self, what: &str) -> String {
        format!("vu du serveur de connexion\u{a0}: {what}")
    }

    fn room(&self, folder: &Path, free: Free) -> String {
        let left = format!("{}\u{a0}Mio libres ({})", free.mib(), folder.display());
        match free.room() {
            Room::Enough => left,
            Room::Scarce => format!("{left}\u{a0}: faites de la place"),
            Room::Full => format!("{left}\u{a0}: le disque est plein, la session et le journal ne peuvent pas être enregistrés"),
            Room::NoFile => format!("{left}, mais aucun fichier de plus\u{a0}: la session et le journal ne peuvent pas être enregistrés"),
        }
    }

    fn companion_found(&self, name: &str, version: &str, environment: &str, milliseconds: u128) -> String {
        format!("{name}, version {version}, environnement {environment}, réponse en {milliseconds} ms")
    }

    fn app_version(&self, own: &str) -> String {
        format!("version {own}")
    }

    fn app_outdated(&self, own: &str, wanted: &str, required: bool) -> String {
        let consequence = if required { "aucune connexion n’est possible d’ici là" } else { "la connexion reste possible" };
        format!("version {own}, alors que le serveur de connexion demande la {wanted}\u{a0}: {consequence}")
    }

    fn clock_good(&self, seconds: u64) -> String {
        format!("{seconds} s d’écart avec le serveur de connexion")
    }

    fn clock_behind(&self, seconds: u64) -> String {
        format!("le poste retarde de {seconds} s sur le serveur de connexion, ou celui-ci avance\u{202f}; {PRODUCT_NAME} en tient compte")
    }

    fn clock_ahead(&self, seconds: u64) -> String {
        format!("le poste avance de {seconds} s sur le serveur de connexion, ou celui-ci retarde\u{202f}; {PRODUCT_NAME} en tient compte")
    }

    fn would_be_refused(&self, cause: &str) -> String {
        format!("une connexion de ce poste serait refusée. {cause}")
    }

    fn rules_untold(&self) -> &'static str {
        "ce serveur de connexion, plus ancien que l’application, ne peut pas indiquer si une connexion de ce poste serait acceptée"
    }

    fn rules(&self, group: Option<&str>, exchanges: &str) -> String {
        let group = group.map_or_else(|| "groupe par défaut".to_owned(), |name| format!("groupe «\u{a0}{name}\u{a0}»"));
        let open = if exchanges.is_empty() { "aucun" } else { exchanges };
        format!("{group}, modes d’échange autorisés\u{a0}: {open}")
    }

    fn no_exchange_in_common(&self, rules: &str, only: &str) -> String {
        format!("{rules}, et la stratégie du poste demande «\u{a0}{only}\u{a0}» (exchange)\u{a0}: toute connexion serait refusée")
    }

    fn another_scheme(&self, rules: &str, theirs: &str, ours: &str) -> String {
        format!("{rules}\u{202f}; le serveur de connexion rouvrirait {theirs}, la stratégie du poste indique {ours} (return_scheme)")
    }

    fn in_the_window_only(&self, rules: &str) -> String {
        format!("{rules} (avec la fenêtre seulement)")
    }

    fn scheme_of_group_missing(&self, rules: &str, scheme: &str) -> String {
        format!("{rules}\u{202f}; {scheme} n’est pas enregistré sur ce poste")
    }

    fn log_folder(&self, folder: &Path, files: usize, kib: u64) -> String {
        let files = if files > 1 { format!("{files}\u{a0}fichiers") } else { format!("{files}\u{a0}fichier") };
        format!("{} ({files}, {kib}\u{a0}Kio)", folder.display())
    }

    fn log_folder_refused(&self, folder: &Path, fault: &str) -> String {
        format!("rien ne peut être écrit dans {} ({fault})\u{a0}: le journal de ce poste manque, la connexion fonctionne", folder.display())
    }

    fn no_log_line(&self, folder: &Path, sign_in: Option<&SignInId>) -> String {
        let of = sign_in.map(|id| format!(" pour la connexion {id}")).unwrap_or_default();
        format!("Aucune ligne de journal{of} dans {}.", folder.display())
    }

    fn last_sign_in(&self, last: &LastSignIn) -> String {
        let id = last.id.as_ref().map(|id| format!(" (connexion {id})")).unwrap_or_default();
        let when = format!("le {} à {} (UTC){id}", day(last.at), last.at.format("%H:%M"));
        match last.became {
            Became::SignedIn => format!("a abouti {when}"),
            Became::TimedOut => format!("le navigateur n’a pas répondu à temps, {when}"),
            Became::Problem(code, _) => format!("«\u{a0}{}\u{a0}», {when}\u{202f}; aucune n’a abouti depuis", self.explanation(code).title),
        }
    }

    fn no_recent_sign_in(&self) -> &'static str {
        "le journal n’en contient aucune depuis 24 heures"
    }

    fn log_unreadable(&self, folder: &Path, fault: &str) -> String {
        format!("{}\u{a0}: {fault}.", folder.display())
    }

    fn examined(&self, at: DateTime<Utc>, failures: &[&str], warnings: &[&str]) -> String {
        let mut text = format!("Fait le {} à {} (UTC). ", day(at), at.format("%H:%M"));
        match (failures, warnings) {
            ([], []) => text.push_str("Rien à signaler."),
            (failures, []) => text.push_str(&format!("Échec\u{a0}: {}.", failures.join(", "))),
            ([], warnings) => text.push_str(&format!("Attention\u{a0}: {}.", warnings.join(", "))),
            (failures, warnings) => {
                text.push_str(&format!("Échec\u{a0}: {}. Attention\u{a0}: {}.", failures.join(", "), warnings.join(", ")));
            }
        }
        text
    }

    fn report_missing(&self, why: &str) -> String {
        format!("[absent\u{a0}: {why}]")
    }

    fn report_cut(&self, bytes: u64) -> String {
        format!("[plus ancien, non inclus\u{a0}: {bytes}\u{a0}octets]")
    }

    fn report_contents(&self, kib: u64) -> String {
        format!("Ce rapport contiendra ceci, et rien d’autre ({kib}\u{a0}Kio)\u{a0}:")
    }

    fn report_part(&self, name: &str, bytes: usize, missing: Option<&str>) -> String {
        match missing {
            Some(why) => format!("{name}\u{a0}: absent ({why})"),
            None => format!("{name}\u{a0}: {bytes}\u{a0}octets"),
        }
    }

    fn report_lines_between(&self, count: usize) -> String {
        format!("   … {count}\u{a0}lignes de plus …")
    }

    fn report_question(&self, path: &Path) -> String {
        format!("Écrire ce rapport dans {}\u{202f}? Saisissez o pour oui, v pour tout voir, n pour non, puis Entrée.", path.display())
    }

    fn report_written(&self, path: &Path) -> String {
        format!("Rapport écrit\u{a0}: {}\nRien n’a été envoyé\u{a0}: donnez vous-même ce fichier au support.", path.display())
    }

    fn report_not_written(&self) -> &'static str {
        "Aucun rapport n’a été écrit. Sans personne pour répondre, ajoutez --yes."
    }

    fn report_unwritten(&self, path: &Path, fault: &str) -> String {
        format!("{}\u{a0}: {fault}.", path.display())
    }

    fn activity(&self, source: ActivitySource, readable: bool) -> &'static str {
        match (source, readable) {
            (ActivitySource::Window, _) => "seule la fenêtre compte",
            (ActivitySource::Workstation, true) => {
                "ce que la personne saisit dans sa session du poste compte aussi\u{202f}; sur un poste partagé, seule la fenêtre"
            }
            (ActivitySource::Workstation, false) => {
                "seule la fenêtre compte\u{a0}: ici, le système n’indique pas depuis quand la personne n’a rien saisi"
            }
            (ActivitySource::Caller, _) => {
                "ce qu’en signale un autre logiciel de ce poste compte aussi\u{202f}; sur un poste partagé, seule la fenêtre"
            }
        }
    }

    fn presence(&self, presence: Presence) -> &'static str {
        match presence {
            Presence::Disabled => "détection de carte désactivée sur ce poste",
            Presence::NoService => "pas de détection de carte sur ce poste",
            Presence::AccessDenied => "détection de carte refusée à cette session du poste",
            Presence::NoReader => "aucun lecteur de carte",
            Presence::ReaderEmpty => "lecteur détecté, aucune carte",
            Presence::OtherCard => "lecteur détecté, aucune carte CPS",
            Presence::UnknownCard => "carte inconnue",
            Presence::MuteCard => "la carte ne répond pas au lecteur",
            Presence::CpsPresent => "carte CPS détectée",
            Presence::SeveralCps => "plusieurs cartes CPS détectées",
            Presence::DetectionLost => "la carte n’est plus détectée\u{a0}: lecteur débranché ou service arrêté",
        }
    }

    fn in_reader(&self, reader: &str, card: Seen, interface: Option<Interface>) -> String {
        let card = match card {
            Seen::None => "vide",
            Seen::Cps3 => "carte CPS (CPS3)",
            Seen::Cps4 => "carte CPS (CPS4)",
            Seen::Cps => "carte CPS",
            Seen::MaybeCps | Seen::Unknown => "carte inconnue",
            Seen::Other => "autre carte",
            Seen::Mute => "carte qui ne répond pas",
            Seen::Unsaid => "état inconnu",
        };
        let interface = match interface {
            Some(Interface::Contact) => ", avec contact",
            Some(Interface::Contactless) => ", sans contact",
            None => "",
        };
        format!("{reader}\u{a0}: {card}{interface}")
    }

    fn card_detection_off(&self) -> &'static str {
        "La détection de carte est désactivée par la stratégie du poste (paramètre card_detection)."
    }

    fn card_service_there(&self) -> &'static str {
        "le service de cartes à puce du système répond"
    }

    fn card_removal_unseen(&self, found: &str, action: CardRemoval) -> String {
        let wanted = match action {
            CardRemoval::Lock => "verrouille la session",
            CardRemoval::End => "ferme la session",
            CardRemoval::Nothing => "ne change rien",
        };
        format!("{found}\u{a0}: la stratégie du poste prévoit que le retrait de la carte {wanted}, et ce retrait ne sera pas détecté ici")
    }

    fn card_readers(&self, names: &str) -> String {
        format!("détectés\u{a0}: {names}")
    }

    fn card_drivers(&self, names: &str) -> String {
        format!("installés\u{a0}: {names}")
    }

    fn no_card_driver(&self) -> &'static str {
        "aucun pilote de lecteur n’est installé (paquet libccid sous Debian)"
    }

    fn closes_soon(&self, service: &str) -> String {
        format!("{service}\u{a0}: votre session va se fermer")
    }

    fn closes_when_idle(&self) -> &'static str {
        "Elle se ferme dans une minute, faute d’activité dans sa fenêtre. Revenez-y pour la garder."
    }

    fn closes_at_the_latest(&self) -> &'static str {
        "Elle atteint sa durée maximale et se ferme dans cinq minutes. Terminez ce que vous faites\u{202f}; vous pourrez vous identifier de nouveau aussitôt."
    }

    fn card_removed(&self, service: &str) -> String {
        format!("{service}\u{a0}: carte retirée")
    }

    fn after_card_removed(&self, action: CardRemoval) -> &'static str {
        match action {
            CardRemoval::Lock => "La session va être verrouillée. Remettez la carte dans le même lecteur pour continuer.",
            CardRemoval::End => "La session va être fermée. Remettez la carte dans le même lecteur pour continuer.",
            CardRemoval::Nothing => "La session continue.",
        }
    }

    fn tray_title(&self, service: &str, standing: Standing) -> String {
        let standing = match standing {
            Standing::Busy => "un instant",
            Standing::SignedOut => "aucune session ouverte",
            Standing::SignedIn => "session ouverte",
            Standing::Locked => "session verrouillée",
            Standing::Problem => "un problème à lire dans la fenêtre",
        };
        format!("{service}\u{a0}: {standing}")
    }

    fn tray_news(&self, standing: Standing) -> &'static str {
        match standing {
            Standing::Locked => "Rien n’en est plus affiché. Identifiez-vous de nouveau pour la reprendre.",
            Standing::Problem => "Ouvrez la fenêtre pour savoir quoi faire.",
            Standing::SignedOut | Standing::SignedIn | Standing::Busy => {
                "Votre session s’est terminée. Ouvrez la fenêtre pour savoir pourquoi, ou pour vous identifier de nouveau."
            }
        }
    }

    fn tray_hidden(&self) -> &'static str {
        "La fenêtre est fermée, l’application reste ouverte. L’icône près de l’horloge rouvre la fenêtre, ou quitte."
    }

    fn tray_open(&self) -> &'static str {
        "Ouvrir la fenêtre"
    }

    fn tray_sign_in(&self) -> &'static str {
        "S’identifier avec Pro Santé Connect"
    }

    fn tray_unlock(&self) -> &'static str {
        "Reprendre la session"
    }

    fn tray_sign_out(&self) -> &'static str {
        "Se déconnecter"
    }

    fn tray_cancel(&self) -> &'static str {
        "Annuler la connexion"
    }

    fn tray_quit(&self) -> &'static str {
        "Quitter"
    }

    fn tray_quit_session(&self) -> &'static str {
        "Quitter et fermer la session"
    }

    fn window_help(&self, version: &str) -> String {
        format!(
            "{version}\n\nOuvre la fenêtre de connexion, ou ramène au premier plan celle qui est ouverte.\n\nUsage\u{a0}: vestibule-app\n\n  --no-dialog  Windows\u{a0}: sans boîte de dialogue quand la fenêtre ne peut pas s’ouvrir (code de sortie 4)\n  --hidden     démarre sans afficher la fenêtre, si la stratégie du poste prévoit une icône près de l’horloge (tray)\n\n\
             Sans fenêtre, la même connexion\u{a0}: vestibule login\nLe diagnostic\u{a0}: vestibule doctor"
        )
    }

    fn no_screen(&self) -> &'static str {
        "vestibule-app\u{a0}: cette session n’a pas d’écran (ni DISPLAY, ni WAYLAND_DISPLAY)\u{202f}; la fenêtre ne peut pas s’ouvrir.\n\
         La même connexion, sans fenêtre\u{a0}: vestibule login"
    }

    fn no_web_view(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("{title} ({code}).\n\n{cause}\n\n{remedy}")
    }

    fn no_log(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("vestibule-app\u{a0}: {code}\u{a0}: cette fenêtre n’écrit aucun journal.\n{title}\n{cause}\n{remedy}")
    }
}

fn set_by_whom(set_by: SetBy) -> &'static str {
    match set_by {
        SetBy::Policy => "la stratégie du poste",
        SetBy::System => "la configuration du système",
        SetBy::Environment => "les variables d’environnement",
    }
}

fn tries(left: u32) -> String {
    if left == 1 { "il reste une tentative".to_owned() } else { format!("il reste {left} tentatives") }
}

fn in_minutes(minutes: u32) -> String {
    let unit = if minutes < 2 { "minute" } else { "minutes" };
    format!("{minutes} {unit}")
}

/// Whole minutes that went by.
fn gone_by(seconds: u64) -> String {
    match seconds / 60 {
        0 => "moins d’une minute".to_owned(),
        1 => "une minute".to_owned(),
        minutes @ ..60 => format!("{minutes}\u{a0}minutes"),
        minutes => format!("{}\u{a0}h\u{a0}{:02}", minutes / 60, minutes % 60),
    }
}
