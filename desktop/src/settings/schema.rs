//! Every setting of the workstation, once: its name, what it takes, who may set it, its default, and what is said of it.
//!
//! The files that are read, the sources, what the user's file may not hold, the words of a refusal, the sample, the page of reference and the
//! JSON schema all come from this table: a new setting is one row, and the line that uses it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vestibule_model::exchange::Exchange;
use vestibule_model::language::Language;
use vestibule_model::session::{CardRemoval, CardRule};

use super::{ActivitySource, EnrolmentToken, ExchangeChoice, Source, SupportContact, Zoom};
use crate::logging::LogFormat;
use crate::route::ProxyWish;

/// Who may set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The administrator alone: what decides whom to trust, or under which rules.
    Policy,
    /// The user too, where the administrator says nothing.
    PolicyThenUser,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// An https origin.
    Origin,
    /// A path of a PEM file.
    File,
    /// A path of a program.
    Program,
    Text,
    /// A text of one line, so many characters at most.
    Line(u32),
    /// A text that is shown to nobody.
    Secret,
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A private-use scheme.
    Scheme,
    /// `direct`, `system`, or an address.
    Proxy,
    /// Several texts.
    Texts,
    Switch,
    /// Whole seconds, so many at most.
    Seconds(u32),
    /// Whole percents, at least and at most.
    Percent(u32, u32),
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its key in the files.
    pub name: &'static str,
    pub kind: Kind,
    pub scope: Scope,
    /// Whether nothing works without it.
    pub is_required: bool,
    /// As written in a file; `None` where there is none, or where it depends on the machine.
    pub default: Option<&'static str>,
    /// As written in a file.
    pub example: &'static str,
    pub fr: &'static str,
    pub en: &'static str,
}

macro_rules! settings {
    (policy { $($policy:tt)+ } both { $($both:tt)+ }) => {
        settings!(@files { $($policy)+ } { $($both)+ });
    };
    (@files
        { $($p:ident: $P:ty, $pkind:expr, $preq:literal, $pdefault:expr, $pexample:literal, $pfr:literal, $pen:literal;)+ }
        { $($b:ident: $B:ty, $bkind:expr, $breq:literal, $bdefault:expr, $bexample:literal, $bfr:literal, $ben:literal;)+ }
    ) => {
        /// The administrator's file.
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct PolicyFile {
            $(pub(super) $p: Option<$P>,)+
            $(pub(super) $b: Option<$B>,)+
        }

        /// The user's file: what she may decide for herself.
        #[derive(Debug, Default, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct UserFile {
            $(#[serde(skip_serializing_if = "Option::is_none")] pub(super) $b: Option<$B>,)+
        }

        /// The source of each value.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct Sources {
            $(pub $p: Source,)+
            $(pub $b: Source,)+
            /// The policy file that was read.
            pub policy_file: PathBuf,
        }

        impl Sources {
            pub(super) fn of(policy: &PolicyFile, user: &UserFile, policy_source: Source, policy_file: &Path) -> Self {
                let of = |by_policy: bool, by_user: bool| match (by_policy, by_user) {
                    (true, _) => policy_source,
                    (false, true) => Source::User,
                    (false, false) => Source::Default,
                };
                Self {
                    $($p: of(policy.$p.is_some(), false),)+
                    $($b: of(policy.$b.is_some(), user.$b.is_some()),)+
                    policy_file: policy_file.to_owned(),
                }
            }

            /// Where the value of this key comes from.
            pub fn of_key(&self, name: &str) -> Option<Source> {
                match name {
                    $(stringify!($p) => Some(self.$p),)+
                    $(stringify!($b) => Some(self.$b),)+
                    _ => None,
                }
            }
        }

        /// Every setting, in the order of the sample.
        pub const SETTINGS: &[Setting] = &[
            $(Setting { name: stringify!($p), kind: $pkind, scope: Scope::Policy, is_required: $preq, default: $pdefault,
                        example: $pexample, fr: $pfr, en: $pen },)+
            $(Setting { name: stringify!($b), kind: $bkind, scope: Scope::PolicyThenUser, is_required: $breq, default: $bdefault,
                        example: $bexample, fr: $bfr, en: $ben },)+
        ];
    };
}

settings! {
    policy {
        companion_url: String, Kind::Origin, true, None, "\"https://connexion.hopital.example\"",
            "Adresse du serveur de connexion. La personne ne peut pas la changer\u{a0}: une autre adresse détournerait sa connexion.",
            "Address of the sign-in server. The person cannot change it: another address would divert their sign-in.";
        companion_ca_file: PathBuf, Kind::File, false, None, "\"/etc/vestibule/ca.pem\"",
            "Autorités de certification à ajouter à celles du système (un ou plusieurs certificats PEM), pour un serveur de connexion interne ou un proxy d’inspection TLS.",
            "Certification authorities beside those of the system (one or several PEM certificates), for an internal sign-in server or a TLS inspection proxy.";
        client_id: String, Kind::Text, false, Some("\"vestibule-desktop\""), "\"vestibule-desktop\"",
            "Identifiant public de l’application auprès du serveur de connexion\u{a0}: la même valeur que [client] id.",
            "The app’s public client id at the sign-in server: the same value as [client] id.";
        service_name: String, Kind::Text, false, Some(vestibule_branding::SERVICE_NAME_IN_TOML), "\"Dossier Exemple\"",
            "Nom du logiciel, affiché tant que le serveur de connexion n’a pas répondu.",
            "Name of the software, shown until the sign-in server has answered.";
        enrolment_token: EnrolmentToken, Kind::Secret, false, None, "\"vst-poste-…\"",
            "Jeton d’inscription\u{a0}: le groupe du poste.",
            "Enrolment token: the group of the workstation.";
        exchange: ExchangeChoice, Kind::Word(exchanges), false, Some("\"auto\""), "\"auto\"",
            "Mode d’échange à utiliser\u{202f}; «\u{a0}auto\u{a0}» essaie la boucle locale, puis les modes que le serveur de connexion autorise à ce poste.",
            "Exchange mode to use; \"auto\" tries the loopback, then the modes that the sign-in server allows this workstation.";
        return_scheme: String, Kind::Scheme, false, Some("\"fr.vestibule.app\""), "\"fr.vestibule.app\"",
            "Lien d’application (schéma d’URI) par lequel le navigateur peut répondre\u{a0}: la même valeur que [client] return_scheme au serveur de connexion.",
            "App link (URI scheme) by which the browser may answer: the same value as [client] return_scheme at the sign-in server.";
        proxy: ProxyWish, Kind::Proxy, false, Some("\"system\""), "\"http://proxy.hopital.example:3128\"",
            "Proxy vers le serveur de connexion\u{a0}: une adresse, «\u{a0}direct\u{a0}», ou «\u{a0}system\u{a0}» (la configuration du système).",
            "Proxy to the sign-in server: an address, \"direct\", or \"system\" (the configuration of the system).";
        proxy_exceptions: Vec<String>, Kind::Texts, false, Some("[]"), "[\"*.hopital.example\", \"10.0.0.0/8\"]",
            "Ce qui se joint sans le proxy.",
            "What is reached without the proxy.";
        browser: PathBuf, Kind::Program, false, None, "\"/usr/bin/firefox-esr\"",
            "Navigateur à ouvrir, par son chemin entier, à la place de celui du système. Le fichier et ses dossiers n’appartiennent qu’au système et ne sont modifiables par personne d’autre.",
            "Browser to open, by its whole path, in place of the system’s own. The file and its folders belong to the system alone, and nobody else may change them.";
        browser_profile: String, Kind::Text, false, None, "\"sante\"",
            "Profil de ce navigateur (Firefox, Chromium, Chrome, Edge, Brave, Vivaldi)\u{a0}: le nom d’un profil de Firefox, le dossier d’un profil des autres.",
            "Profile of this browser (Firefox, Chromium, Chrome, Edge, Brave, Vivaldi): the name of a profile of Firefox, the folder of a profile of the others.";
        strict_loopback: bool, Kind::Switch, false, Some("false"), "true",
            "Windows\u{a0}: refuse sur la boucle locale le navigateur dont le système n’indique pas le propriétaire, même quand personne d’autre n’a ouvert de session.",
            "Windows: refuses on the loopback a browser whose owner the system does not give, even when nobody else is logged on.";
        activity_source: ActivitySource, Kind::Word(activity_sources), false, Some("\"workstation\""), "\"window\"",
            "Ce qui compte comme activité, en plus de la fenêtre : rien («\u{a0}window\u{a0}»), toute saisie dans la session de la personne («\u{a0}workstation\u{a0}»), ou ce que signale le logiciel métier («\u{a0}caller\u{a0}»). Sur un poste partagé, la fenêtre seule.",
            "What counts as activity besides the window: nothing (\"window\"), whatever is typed in the person’s session of the workstation (\"workstation\"), or what the practice software reports (\"caller\"). On a shared workstation, the window alone.";
        card_detection: bool, Kind::Switch, false, Some("true"), "false",
            "Présence d’une carte CPS dans un lecteur, par les états que publie le système\u{202f}; aucune carte n’est interrogée. Une indication, jamais une preuve.",
            "Presence of a CPS card in a reader, by the states that the system publishes; no card is asked anything. A hint, never a proof.";
        on_card_removed: CardRemoval, Kind::Word(card_removals), false, Some("\"nothing\""), "\"lock\"",
            "Ce qui se passe quand la carte CPS présente à la connexion quitte son lecteur\u{a0}: rien («\u{a0}nothing\u{a0}»), la session est verrouillée («\u{a0}lock\u{a0}»), ou fermée («\u{a0}end\u{a0}», la session Pro Santé Connect reste ouverte). Le groupe du poste peut demander davantage, jamais moins.",
            "What happens when the CPS card that was there at sign-in leaves its reader: nothing, the session is locked (\"lock\"), or it ends (\"end\"; the Pro Santé Connect session stays open). The group of the workstation may ask for more, never for less.";
        card_grace_seconds: u32, Kind::Seconds(CardRule::MOST_GRACE_S), false, None, "10",
            "Secondes pendant lesquelles remettre la carte annule son retrait\u{a0}: celles du groupe du poste si elles sont moins nombreuses, 10 par défaut.",
            "Seconds during which putting the card back undoes its removal: those of the workstation’s group if they are fewer, 10 by default.";
        raise_before_end: bool, Kind::Switch, false, Some("false"), "true",
            "La fenêtre passe devant avant la fin de la session, au lieu de seulement demander l’attention.",
            "The window comes to the front before the end of the session, instead of only asking for attention.";
        tray: bool, Kind::Switch, false, Some("false"), "true",
            "Une icône près de l’horloge indique si une session est ouverte\u{202f}; fermer la fenêtre la range là, sauf sur un poste partagé ou là où le bureau n’a pas de place pour une icône.",
            "An icon beside the clock says whether a session is open; closing the window puts it away there, except on a shared workstation or where the desktop has no room for an icon.";
        log_format: LogFormat, Kind::Word(log_formats), false, Some("\"human\""), "\"json\"",
            "Forme du journal du poste\u{a0}: des lignes à lire («\u{a0}human\u{a0}»), ou un document JSON par ligne («\u{a0}json\u{a0}»), pour un collecteur. `vestibule log` lit les deux.",
            "Form of the workstation’s log: lines to read (\"human\"), or one JSON document a line (\"json\"), for a collector. `vestibule log` reads both.";
        support_address: String, Kind::Line(SupportContact::LONGEST), false, None, "\"support@hopital.example\"",
            "Où joindre le support, affiché sur chaque écran de problème\u{a0}: une adresse de messagerie, une page, un bureau. Affiché tel quel\u{202f}; rien ne s’ouvre.",
            "Where support is reached, shown on every problem screen: an e-mail address, a page, an office. Shown as it is; nothing opens.";
        support_phone: String, Kind::Line(SupportContact::LONGEST), false, None, "\"poste 4242, ou 01 23 45 67 89\"",
            "Téléphone du support, affiché sur chaque écran de problème, à côté de la référence à lui dicter.",
            "Telephone of support, shown on every problem screen, beside the reference to read out.";
    }
    both {
        device_label: String, Kind::Text, false, None, "\"ACCUEIL-03\"",
            "Nom du poste sur la page de confirmation et dans la liste des postes\u{202f}; le nom de la machine, s’il manque. 64 signes au plus.",
            "Name of the workstation on the confirmation page and in the list of workstations; the machine’s own, if absent. 64 characters at most.";
        language: Language, Kind::Word(languages), false, Some("\"fr\""), "\"fr\"",
            "Langue de l’application\u{a0}: fenêtre, ligne de commande, diagnostic.",
            "Language of the app: window, command line, diagnosis.";
        zoom: Zoom, Kind::Percent(Zoom::LEAST, Zoom::MOST), false, Some("100"), "125",
            "Taille de ce que la fenêtre affiche, en pourcentage. La personne la change par Ctrl avec plus ou moins, et la remet à 100 par Ctrl avec zéro.",
            "Size of what the window shows, in percent. The person changes it by Ctrl with plus or minus, and sets it back to 100 by Ctrl with zero.";
    }
}

fn exchanges() -> Vec<&'static str> {
    std::iter::once("auto").chain(Exchange::ALL.iter().map(|exchange| exchange.name())).collect()
}

fn activity_sources() -> Vec<&'static str> {
    ActivitySource::ALL.iter().map(|source| source.name()).collect()
}

fn card_removals() -> Vec<&'static str> {
    CardRemoval::ALL.iter().map(|removal| removal.name()).collect()
}

fn log_formats() -> Vec<&'static str> {
    LogFormat::ALL.iter().map(|format| format.name()).collect()
}

fn languages() -> Vec<&'static str> {
    vec!["fr", "en"]
}

impl Setting {
    /// The setting of this key; `None` for one that is not ours.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// Name of its value in the registry of Windows, and of its policy in the administrative template.
    pub fn registry_value(&self) -> String {
        let word = |word: &str| word[..1].to_uppercase() + &word[1..];
        self.name.split('_').map(word).collect()
    }

    /// Name of the installer's public property, as given on its command line.
    pub fn installer_property(&self) -> String {
        self.name.to_uppercase()
    }

    /// What is said of it.
    pub const fn about(&self, language: Language) -> &'static str {
        match language {
            Language::Fr => self.fr,
            Language::En => self.en,
        }
    }

    /// What it takes, for whoever wrote something else.
    pub fn expected(&self, language: Language) -> String {
        match language {
            Language::Fr => self.expected_in_french(),
            Language::En => self.expected_in_english(),
        }
    }

    fn expected_in_french(&self) -> String {
        match self.kind {
            Kind::Origin => format!("une adresse entre guillemets, par exemple {}", self.example),
            Kind::File => "le chemin d’un fichier PEM, entre guillemets".to_owned(),
            Kind::Program => format!("le chemin entier d’un programme, entre guillemets, par exemple {}", self.example),
            Kind::Text => "un texte entre guillemets".to_owned(),
            Kind::Line(most) => format!("un texte d’une ligne entre guillemets, de 1 à {most} signes"),
            Kind::Secret => format!("le jeton d’inscription entre guillemets, {}", self.example),
            Kind::Word(words) => or(&words(), "ou"),
            Kind::Scheme => format!("un nom de domaine à l’envers, en minuscules et entre guillemets, par exemple {}", self.example),
            Kind::Proxy => format!("\"direct\", \"system\", ou l’adresse d’un proxy http, par exemple {}", self.example),
            Kind::Texts => format!("une liste de textes, par exemple {}", self.example),
            Kind::Switch => "true ou false, sans guillemets".to_owned(),
            Kind::Seconds(most) => format!("un nombre de secondes, de 0 à {most}"),
            Kind::Percent(least, most) => format!("un pourcentage sans signe, de {least} à {most}"),
        }
    }

    fn expected_in_english(&self) -> String {
        match self.kind {
            Kind::Origin => format!("an address in quotes, for example {}", self.example),
            Kind::File => "the path of a PEM file, in quotes".to_owned(),
            Kind::Program => format!("the whole path of a program, in quotes, for example {}", self.example),
            Kind::Text => "a text in quotes".to_owned(),
            Kind::Line(most) => format!("a text of one line in quotes, of 1 to {most} characters"),
            Kind::Secret => format!("the enrolment token in quotes, {}", self.example),
            Kind::Word(words) => or(&words(), "or"),
            Kind::Scheme => format!("a domain name in reverse, in lower case and in quotes, for example {}", self.example),
            Kind::Proxy => format!("\"direct\", \"system\", or the address of an http proxy, for example {}", self.example),
            Kind::Texts => format!("a list of texts, for example {}", self.example),
            Kind::Switch => "true or false, without quotes".to_owned(),
            Kind::Seconds(most) => format!("a number of seconds, from 0 to {most}"),
            Kind::Percent(least, most) => format!("a percentage without its sign, from {least} to {most}"),
        }
    }
}

fn or(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, others)) => format!("{} {last} {end}", others.join(", ")),
        None => String::new(),
    }
}
