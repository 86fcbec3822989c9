//! The référentiel's requirements, and the tests that bear their numbers.
//!
//! The table below is ours, in our words; the référentiel's own text decides. A requirement that the software must prove and that no
//! test names is a red line in the published list, never silently green.

use std::collections::{BTreeMap, BTreeSet};

use crate::claim::PROVEN;

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

/// One requirement.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// `exi_20`, `reco_06`: how tests name it.
    pub key: &'static str,
    /// What it asks, in a few words.
    pub asks: &'static str,
    pub bearer: Bearer,
}

use Bearer::{Both, Organisation, Software};

const fn requirement(key: &'static str, asks: &'static str, bearer: Bearer) -> Requirement {
    Requirement { key, asks, bearer }
}

/// Every requirement of the référentiel, in its order.
pub const REQUIREMENTS: [Requirement; 39] = [
    requirement("exi_01", "le fournisseur de service est une personne morale de l’Union européenne", Organisation),
    requirement("exi_02", "pas de contenu illicite ou choquant", Organisation),
    requirement("exi_03", "service proposé en français", Software),
    requirement("exi_04", "pour les professionnels dont l’identification électronique est requise", Organisation),
    requirement("exi_05", "RGPD et loi de 1978, information des personnes", Both),
    requirement("exi_06", "données de santé : confidentialité, intégrité, hébergement", Both),
    requirement("exi_07", "prévenir l’ANS d’une non-conformité ou d’un changement", Organisation),
    requirement("exi_08", "être client OpenID Connect", Software),
    requirement("exi_09", "respecter les flux standards d’OpenID Connect", Software),
    requirement("exi_10", "employer les flux définis par Pro Santé Connect", Software),
    requirement("exi_11", "rafraîchir chez Pro Santé Connect seulement pendant l’activité", Software),
    requirement("exi_12", "essayer au bac à sable avant la production", Both),
    requirement("exi_13", "donner à l’ANS un accès au service de test", Organisation),
    requirement("exi_14", "joindre les adresses de production en production", Software),
    requirement("exi_15", "demandes de jetons conformes au standard", Software),
    requirement("exi_16", "envoyer acr_values=eidas1", Software),
    requirement("exi_17", "scopes openid et scope_all", Software),
    requirement("exi_18", "identifiant pris dans SubjectNameID et tracé", Software),
    requirement("exi_19", "autres moyens admis, comptes réunis autour du pivot RPPS", Software),
    requirement("exi_20", "déconnexion toujours offerte, des deux sessions", Software),
    requirement("exi_21", "employer le client id et le secret fournis", Software),
    requirement("exi_22", "client id et secret gardés sur un serveur", Software),
    requirement("exi_23", "un seul point de contact avec Pro Santé Connect", Software),
    requirement("exi_24", "TLS 1.2 au moins et certificat IGC-Santé", Software),
    requirement("exi_25", "client lourd : pas de navigateur embarqué", Software),
    requirement("exi_26", "client lourd : navigateur externe", Software),
    requirement("exi_27", "prévenir l’ANS d’un incident de sécurité sous 12 heures", Both),
    requirement("exi_28", "Pro Santé Connect au même niveau que les autres moyens", Software),
    requirement("exi_29", "seuls les éléments graphiques officiels", Both),
    requirement("exi_30", "respecter la charte graphique", Both),
    requirement("exi_31", "conditions d’utilisation avec le paragraphe standard", Both),
    requirement("exi_32", "fin de session par inactivité sans fermer Pro Santé Connect", Software),
    requirement("exi_33", "suivre les avis de sécurité de l’ANS", Organisation),
    requirement("reco_01", "bibliothèque OpenID Connect certifiée", Both),
    requirement("reco_02", "contrôle d’accès sur les attributs", Software),
    requirement("reco_03", "autres moyens, y compris quand Pro Santé Connect est indisponible", Software),
    requirement("reco_04", "apparier les comptes par deux connexions successives", Software),
    requirement("reco_05", "bloquer une personne abusive", Software),
    requirement("reco_06", "fermer l’application peut ne fermer que le service", Software),
];

/// Those of `tests` that bear each requirement's number.
fn proofs(tests: &BTreeSet<String>) -> BTreeMap<&'static str, Vec<&str>> {
    REQUIREMENTS
        .iter()
        .map(|requirement| {
            let bears = |name: &&str| {
                name.match_indices(requirement.key).any(|(at, key)| !name[at + key.len()..].starts_with(|next: char| next.is_ascii_digit()))
            };
            (requirement.key, tests.iter().map(String::as_str).filter(bears).collect())
        })
        .collect()
}

/// The published list, in French, with `tests` as proofs.
#[must_use]
pub fn published(tests: &BTreeSet<String>) -> String {
    let proofs = proofs(tests);
    let mut page = format!(
        "# Exigences du référentiel et leurs preuves\n\n<!-- Généré par `./dev generate` ; ne pas modifier à la main. -->\n\n\
         {PROVEN}\n\n\
         L : le logiciel le prouve par un essai automatique · O : devoir de l’organisation · L+O : les deux. Numérotation du référentiel de 2021-2022 ;\n\
         relisez le texte en vigueur avant toute demande à l’ANS. Un « ✘ » n’est pas une conformité cachée : la preuve manque encore.\n\n\
         | n° | demande, en bref | qui | preuves |\n|---|---|---|---|\n",
    );
    for requirement in REQUIREMENTS {
        let who = match requirement.bearer {
            Software => "L",
            Organisation => "O",
            Both => "L+O",
        };
        let found = &proofs[requirement.key];
        let proof = if !found.is_empty() {
            found.iter().map(|name| format!("`{}`", name.replace('|', "/"))).collect::<Vec<_>>().join("<br>")
        } else if requirement.bearer == Organisation {
            "dossier du fournisseur de service".to_owned()
        } else {
            "✘ pas encore de preuve automatique".to_owned()
        };
        let number = requirement.key.to_uppercase().replace('_', " ");
        page.push_str(&format!("| {number} | {} | {who} | {proof} |\n", requirement.asks));
    }
    page
}
