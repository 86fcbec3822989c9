//! In French.

use vestibule_branding::PRODUCT_NAME;

use super::ConnectionWords;
use crate::browser::Launcher;
use crate::companion::{AuthorityFault, Cause, ClientRefused, CompanionError, ProxyFault};
use crate::route::{Direct, Route, SetBy};
use crate::words::French;
use crate::words::system::SystemWords;

impl ConnectionWords for French {
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
                    AuthorityFault::Utf16 => "ce fichier est enregistré en UTF-16. Enregistrez-le en UTF-8".to_owned(),
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
            CompanionError::Fault(status @ 502..=504) => {
                format!("le serveur de connexion, ou le proxy placé devant lui, répond, mais n’est pas disponible (HTTP {status})")
            }
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
            Cause::BadGateway => {
                "le proxy placé devant le serveur n’a obtenu de lui aucune réponse valable (HTTP 502)\u{a0}: le serveur est arrêté, ou redémarre"
            }
            Cause::ServiceUnavailable => {
                "le serveur, ou le proxy placé devant lui, répond qu’il n’est pas disponible (HTTP 503)\u{a0}: il est arrêté, surchargé ou en maintenance"
            }
            Cause::GatewayTimedOut => "le serveur n’a pas répondu à temps au proxy placé devant lui (HTTP 504)",
            Cause::AnotherName => {
                "le serveur se présente sous une autre adresse que celle qui est configurée (companion_url sur le poste, public_url au serveur)"
            }
        }
    }

    fn cause_is(&self, cause: &str) -> String {
        format!("Cause\u{a0}: {cause}.")
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
            Cause::CertificateNotYetValid => Some(
                "Ne réessayez pas. Prévenez le support\u{a0}: l’horloge de ce poste est à régler, ou le certificat présenté à cette adresse à remplacer.",
            ),
            Cause::CertificateRevoked | Cause::CertificateUnfit => {
                Some("Ne réessayez pas. Prévenez le support\u{a0}: le certificat présenté à cette adresse est à remplacer.")
            }
            Cause::NoRoute
            | Cause::NotTls
            | Cause::AnotherName
            | Cause::BadGateway
            | Cause::ServiceUnavailable
            | Cause::GatewayTimedOut => None,
        }
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

    fn way_to_companion(&self, route: &str) -> String {
        format!("Accès au serveur de connexion\u{a0}: {route}.")
    }

    fn browser_is(&self, launcher: &str) -> String {
        format!("Navigateur\u{a0}: {launcher}.")
    }

    fn browser_did_not_open(&self, launcher: &str) -> String {
        format!("Navigateur\u{a0}: {launcher}, qui n’a pas pu s’ouvrir.")
    }
}

fn set_by_whom(set_by: SetBy) -> &'static str {
    match set_by {
        SetBy::Policy => "la stratégie du poste",
        SetBy::System => "la configuration du système",
        SetBy::Environment => "les variables d’environnement",
    }
}
