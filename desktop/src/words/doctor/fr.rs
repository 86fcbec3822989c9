//! In French.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_branding::PRODUCT_NAME;
use vestibule_model::language::Language;
use vestibule_model::room::{Free, Room};

use super::{DoctorWords, Title};
use crate::companion::{Believed, Presented, Validity};
use crate::settings::ActivitySource;
use crate::words::{French, day};

impl DoctorWords for French {
    fn title(&self, title: Title) -> &'static str {
        match title {
            Title::Settings => "Configuration",
            Title::Route => "Accès au serveur",
            Title::Companion => "Serveur de connexion",
            Title::Addresses => "Adresses du serveur",
            Title::Certificate => "Certificat présenté",
            Title::Psc => "Pro\u{a0}Santé\u{a0}Connect",
            Title::Storage => "Base de données du serveur",
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
        let (policy, enrolment) = (policy.display(), if is_enrolled { "présent" } else { "absent" });
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
        let intercepts = "un logiciel du réseau ou du poste intercepte le TLS";
        match believed {
            Believed::Yes if presented.is_of_an_inspector() => format!("{named}\u{a0}: {intercepts}, et ce poste l’accepte"),
            Believed::UnknownAuthority if presented.is_of_an_inspector() => {
                format!("{named}\u{a0}: {intercepts}, et ce poste ne connaît pas son autorité")
            }
            Believed::No if presented.is_of_an_inspector() => format!("{named}\u{a0}: {intercepts}"),
            Believed::UnknownAuthority | Believed::No if presented.is_self_signed => {
                format!("auto-signé (au nom de «\u{a0}{subject}\u{a0}»)\u{a0}: aucune autorité ne s’en porte garante")
            }
            Believed::UnknownAuthority => format!(
                "{named}, une autorité que ce poste ne connaît pas\u{a0}: celle d’un serveur de connexion interne (companion_ca_file), ou d’un logiciel qui intercepte le TLS, si ce nom est le sien"
            ),
            Believed::Yes | Believed::No => named,
        }
    }

    fn for_other_hosts(&self, hosts: &[String]) -> String {
        if hosts.is_empty() {
            return "il ne désigne aucun serveur (subjectAltName)".to_owned();
        }
        format!("établi pour {}, et non pour le serveur que désigne companion_url", hosts.join(", "))
    }

    fn interception_remedy(&self) -> &'static str {
        "Ne réessayez pas. Prévenez le support\u{a0}: le réseau doit laisser passer cette adresse sans intercepter le TLS."
    }

    fn validity(&self, presented: &Presented, today: DateTime<Utc>) -> String {
        match presented.validity(today) {
            Validity::Good => format!("valable jusqu’au {}", day(Language::Fr, presented.ends_at)),
            Validity::Over => {
                format!(
                    "expiré le {}, si l’horloge de ce poste est juste\u{a0}: elle indique le {}",
                    day(Language::Fr, presented.ends_at),
                    day(Language::Fr, today)
                )
            }
            Validity::NotYet => format!(
                "valable seulement à partir du {}, si l’horloge de ce poste est juste\u{a0}: elle indique le {}",
                day(Language::Fr, presented.begins_at),
                day(Language::Fr, today)
            ),
        }
    }

    fn storage_reached(&self) -> &'static str {
        "le serveur de connexion y enregistre"
    }

    fn storage_not_reached(&self) -> &'static str {
        "le serveur de connexion répond, mais n’est pas prêt\u{a0}: il ne peut rien enregistrer dans sa base de données, et aucune connexion ne peut aboutir"
    }

    fn storage_remedy(&self) -> &'static str {
        "Ce poste n’est pas en cause. Prévenez le support\u{a0}: sur le serveur de connexion, «\u{a0}companion-server doctor\u{a0}» indique ce qu’il faut faire."
    }

    fn psc_reached(&self) -> &'static str {
        "le serveur de connexion y accède, et lit ce qu’il publie\u{202f}; seule une connexion vérifie le reste"
    }

    fn psc_not_reached(&self, what: &str) -> String {
        format!("vu du serveur de connexion\u{a0}: {what}")
    }

    fn room(&self, folder: &Path, free: Free) -> String {
        let left = format!("{}\u{a0}Mo libres ({})", free.mib(), folder.display());
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
        format!("{} d’écart avec le serveur de connexion", Language::Fr.length(seconds))
    }

    fn clock_behind(&self, seconds: u64) -> String {
        let off = Language::Fr.length(seconds);
        format!("le poste retarde de {off} sur le serveur de connexion, ou celui-ci avance\u{202f}; {PRODUCT_NAME} en tient compte")
    }

    fn clock_ahead(&self, seconds: u64) -> String {
        let off = Language::Fr.length(seconds);
        format!("le poste avance de {off} sur le serveur de connexion, ou celui-ci retarde\u{202f}; {PRODUCT_NAME} en tient compte")
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
}
