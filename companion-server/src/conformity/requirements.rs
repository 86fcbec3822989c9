//! The référentiel's requirements: what each asks, who must act, and how this product meets it.
//!
//! The table is ours, in our words; the référentiel's own text decides.

/// Who must act for a requirement to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// The software, by an automated test.
    Software,
    /// The organisation; the software makes it easy.
    Organisation,
    /// Both.
    Both,
}

/// One requirement. Texts are in French, without a full stop.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// `exi_20`, `reco_06`: how tests name it.
    pub key: &'static str,
    /// What it asks, in a few words.
    pub asks: &'static str,
    pub bearer: Bearer,
    /// How the product meets it, or helps to.
    pub met: &'static str,
    /// What the organisation answers, where it must act.
    pub question: Option<&'static str>,
}

impl Requirement {
    /// As the référentiel writes it: `EXI PSC 20`, `RECO PSC 06`.
    pub fn number(&self) -> String {
        let (kind, number) = self.key.split_once('_').unwrap_or((self.key, ""));
        format!("{} PSC {number}", kind.to_uppercase())
    }

    /// Whether this version does what is asked. Of what it does not do, the name of a test proves nothing.
    pub fn is_done(&self) -> bool {
        !self.met.starts_with("Pas encore")
    }

    /// Whether a test bears its number: as whole words of its name, not as a part of one.
    pub fn is_borne_by(&self, test: &str) -> bool {
        test.match_indices(self.key).any(|(at, key)| {
            let (before, after) = (&test[..at], &test[at + key.len()..]);
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
        })
    }
}

const fn software(key: &'static str, asks: &'static str, met: &'static str) -> Requirement {
    Requirement { key, asks, bearer: Bearer::Software, met, question: None }
}

const fn organisation(key: &'static str, asks: &'static str, met: &'static str, question: &'static str) -> Requirement {
    Requirement { key, asks, bearer: Bearer::Organisation, met, question: Some(question) }
}

const fn both(key: &'static str, asks: &'static str, met: &'static str, question: &'static str) -> Requirement {
    Requirement { key, asks, bearer: Bearer::Both, met, question: Some(question) }
}

/// Every requirement of the référentiel, in its order.
pub const REQUIREMENTS: [Requirement; 39] = [
    organisation(
        "exi_01",
        "le fournisseur de service est une personne morale de l’Union européenne",
        "Rien dans le logiciel",
        "Raison sociale, forme, pays, numéro d’immatriculation du fournisseur de service",
    ),
    organisation(
        "exi_02",
        "pas de contenu illicite ou choquant",
        "Rien dans le logiciel\u{a0}: il n’affiche que ses écrans et le nom du service",
        "Qui veille sur le contenu du service",
    ),
    software("exi_03", "service proposé en français", "Écrans, pages, messages, codes et guides d’abord en français, l’anglais ensuite"),
    organisation(
        "exi_04",
        "pour les professionnels dont l’identification électronique est requise",
        "Rien dans le logiciel",
        "Quels professionnels emploient le service, et pourquoi leur identification est requise",
    ),
    both(
        "exi_05",
        "RGPD et loi de 1978, information des personnes",
        "Une page d’information dit ce qui est conservé et combien de temps\u{202f}; rien ne quitte le poste automatiquement\u{202f}; une personne s’efface par une commande",
        "Responsable du traitement, registre, délégué à la protection des données, adresse de la notice d’information",
    ),
    both(
        "exi_06",
        "données de santé\u{a0}: confidentialité, intégrité, hébergement",
        "Aucune donnée de santé n’est conservée\u{202f}; les jetons sont chiffrés dans la base\u{202f}; TLS hors de la machine",
        "Hébergeur du serveur de connexion et du service\u{202f}; certificat HDS le cas échéant",
    ),
    organisation(
        "exi_07",
        "prévenir l’ANS d’une non-conformité ou d’un changement",
        "Ce dossier met ce qui a été déclaré à côté de la configuration en vigueur",
        "Qui prévient l’ANS, et par quel moyen",
    ),
    software(
        "exi_08",
        "être client OpenID Connect",
        "Le serveur de connexion est ce client\u{202f}; le poste ne parle jamais à Pro Santé Connect",
    ),
    software(
        "exi_09",
        "respecter les flux standards d’OpenID Connect",
        "Code d’autorisation avec state, nonce et PKCE S256\u{202f}; un fournisseur qui ment est refusé cas par cas",
    ),
    software(
        "exi_10",
        "employer les flux définis par Pro Santé Connect",
        "Code d’autorisation par le navigateur de la personne\u{202f}; CIBA n’est pas employé dans cette version",
    ),
    software(
        "exi_11",
        "rafraîchir chez Pro Santé Connect seulement pendant l’activité",
        "Le rafraîchissement suit l’activité réelle de la personne\u{202f}; aucun appel pendant l’inactivité",
    ),
    both(
        "exi_12",
        "tester au bac à sable avant la production",
        "L’environnement est une donnée\u{202f}; un bandeau le dit hors production\u{202f}; le dossier d’un serveur du bac à sable date sa dernière connexion",
        "Qui a testé, quand, avec quelles identités de test",
    ),
    organisation(
        "exi_13",
        "donner à l’ANS un accès au service de test",
        "Rien dans le logiciel",
        "Adresse du service de test et marche à suivre donnée à l’ANS",
    ),
    software(
        "exi_14",
        "joindre les adresses de production en production",
        "Les adresses de chaque environnement sont dans le programme\u{202f}; le démarrage refuse un mélange",
    ),
    software("exi_15", "demandes de jetons conformes au standard", "Formes vérifiées contre un fournisseur qui enregistre ce qu’il reçoit"),
    software(
        "exi_16",
        "envoyer acr_values=eidas1",
        "Toujours envoyé\u{202f}; le niveau rendu est tracé, et jugé si l’administrateur en donne la liste",
    ),
    software("exi_17", "scopes openid et scope_all", "Exactement ces deux-là"),
    software(
        "exi_18",
        "identifiant pris dans SubjectNameID et tracé",
        "Clé du compte, et seule trace nominative dans le journal d’audit\u{202f}; jamais corrigé ni refusé sur sa forme",
    ),
    software(
        "exi_19",
        "autres moyens admis, comptes réunis autour du pivot RPPS",
        "Pas encore\u{a0}: cette version n’a qu’un moyen, Pro Santé Connect",
    ),
    software(
        "exi_20",
        "déconnexion toujours offerte, des deux sessions",
        "«\u{a0}Se déconnecter\u{a0}» sur chaque écran d’une personne connectée\u{202f}; les deux sessions sont fermées, la nôtre d’abord",
    ),
    software(
        "exi_21",
        "employer le client id et le secret fournis",
        "Dans la configuration du serveur de connexion\u{202f}; le secret par un fichier que tous ne peuvent pas lire",
    ),
    software("exi_22", "client id et secret gardés sur un serveur", "Aucun programme du poste ne les connaît ni ne peut les lire"),
    software("exi_23", "un seul point de contact avec Pro Santé Connect", "Seul le serveur de connexion s’y connecte"),
    software(
        "exi_24",
        "TLS 1.2 au moins et certificat IGC-Santé",
        "TLS 1.2 au moins\u{202f}; certificat client en PEM ou PKCS#12, repris sans redémarrage, son expiration annoncée",
    ),
    software("exi_25", "client lourd\u{a0}: pas de navigateur embarqué", "La fenêtre refuse toute autre page que les siennes"),
    software("exi_26", "client lourd\u{a0}: navigateur externe", "Le navigateur du système, toujours"),
    both(
        "exi_27",
        "prévenir l’ANS d’un incident de sécurité sous 12 heures",
        "Les évènements de sécurité sont tracés, comptés et racontés par période\u{202f}; la conduite à tenir est plus bas",
        "Adresse de l’ANS à prévenir, responsable de la sécurité, téléphone, qui le remplace",
    ),
    software(
        "exi_28",
        "Pro Santé Connect au même niveau que les autres moyens",
        "Les moyens d’identification ont le même rang et la même taille à l’écran\u{202f}; ici, un seul",
    ),
    both(
        "exi_29",
        "seuls les éléments graphiques officiels",
        "Les fichiers du kit sont livrés tels quels\u{202f}; sans kit, une publication est refusée",
        "Version du kit employé, date de sa réception",
    ),
    both(
        "exi_30",
        "respecter la charte graphique",
        "Ni couleur changée, ni coupe\u{202f}; le survol et le focus passent d’une variante officielle à l’autre",
        "Qui a vérifié les écrans contre la charte, et quand",
    ),
    both(
        "exi_31",
        "conditions d’utilisation avec le paragraphe standard",
        "La page des conditions porte le paragraphe mot pour mot",
        "Adresse de vos propres conditions d’utilisation",
    ),
    software(
        "exi_32",
        "fin de session par inactivité sans fermer Pro Santé Connect",
        "L’inactivité est comptée par le serveur de connexion\u{202f}; la fin est annoncée et ne ferme que la session du service",
    ),
    organisation(
        "exi_33",
        "suivre les avis de sécurité de l’ANS",
        "Le serveur de connexion peut annoncer une version à installer\u{202f}; le journal des changements dit ce qu’elle corrige",
        "Qui reçoit les avis, et sous combien de jours ils sont suivis",
    ),
    both(
        "reco_01",
        "bibliothèque OpenID Connect certifiée",
        "La bibliothèque employée (openidconnect, Rust) n’est pas certifiée\u{202f}; les modules de la suite de l’OpenID Foundation sont rejoués, tableau plus bas",
        "Votre décision sur ce point",
    ),
    software("reco_02", "contrôle d’accès sur les attributs", "Pas encore dans cette version"),
    software("reco_03", "autres moyens, y compris quand Pro Santé Connect est indisponible", "Pas encore dans cette version"),
    software("reco_04", "apparier les comptes par deux connexions successives", "Pas encore dans cette version"),
    software("reco_05", "bloquer une personne abusive", "Pas encore dans cette version"),
    software(
        "reco_06",
        "fermer l’application peut ne fermer que le service",
        "Quitter ferme la session du service et laisse celle de Pro Santé Connect",
    ),
];

#[cfg(test)]
mod tests {
    use super::REQUIREMENTS;

    #[test]
    fn numbers_are_the_référentiel_s_and_a_test_bears_the_whole_of_one() {
        let numbers: Vec<String> = REQUIREMENTS.iter().map(super::Requirement::number).collect();
        let expected = (1..=33).map(|n| format!("EXI PSC {n:02}")).chain((1..=6).map(|n| format!("RECO PSC {n:02}")));
        assert_eq!(numbers, expected.collect::<Vec<_>>());
        let requirement = REQUIREMENTS[19];
        assert!(requirement.is_borne_by("exi_20: she signs out") && requirement.is_borne_by("exi_09_exi_20_both"));
        for other in ["exi_201_another", "exi_02_another", "xexi_20_another", "réexi_20", "exi_20b", "2exi_20"] {
            assert!(!requirement.is_borne_by(other), "{other}");
        }
        assert!(
            requirement.is_borne_by("exi_20") && requirement.is_borne_by("tests::exi_20_both") && requirement.is_borne_by("both_exi_20")
        );
    }

    #[test]
    fn whoever_must_act_besides_the_software_is_asked_something() {
        for requirement in REQUIREMENTS {
            let acts = requirement.bearer != super::Bearer::Software;
            assert_eq!(requirement.question.is_some(), acts, "{}", requirement.key);
            assert!(!requirement.met.is_empty() && !requirement.met.ends_with('.'), "{}", requirement.key);
        }
    }
}
