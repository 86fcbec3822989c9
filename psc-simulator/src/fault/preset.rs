//! The faults offered on the page's side panel.

use super::{Acr, Endpoint, Fault, Faults};

/// A choice of the side panel.
pub(crate) struct Preset {
    /// Value of the form field `fault`.
    pub slug: &'static str,
    /// In French.
    pub label: &'static str,
    /// What it sets; it replaces whatever was set before.
    pub faults: fn() -> Faults,
}

/// In the order of the panel; the first sets nothing.
pub(crate) const PRESETS: &[Preset] = &[
    Preset { slug: "none", label: "Aucune", faults: Faults::default },
    Preset { slug: "slow", label: "Réponse très lente", faults: || Faults(vec![Fault::Slow { endpoint: Endpoint::Token, ms: 8_000 }]) },
    Preset {
        slug: "unavailable",
        label: "Service indisponible",
        faults: || Faults(vec![Fault::Unavailable { endpoint: Endpoint::Token }]),
    },
    Preset { slug: "html", label: "Page de maintenance", faults: || Faults(vec![Fault::Html { endpoint: Endpoint::Token }]) },
    Preset { slug: "bad-signature", label: "Signature non valide", faults: || Faults(vec![Fault::BadSignature]) },
    Preset { slug: "unknown-kid", label: "Clé de signature inconnue", faults: || Faults(vec![Fault::UnknownKid]) },
    Preset { slug: "wrong-nonce", label: "Réponse à une autre demande", faults: || Faults(vec![Fault::WrongNonce]) },
    Preset { slug: "wrong-issuer", label: "Émetteur incorrect", faults: || Faults(vec![Fault::WrongIssuer]) },
    Preset { slug: "other-subject", label: "Identité inattendue", faults: || Faults(vec![Fault::UserinfoSubMismatch]) },
    Preset { slug: "no-national-id", label: "Identifiant national absent", faults: || Faults(vec![Fault::UserinfoWithoutSubjectNameId]) },
    Preset { slug: "acr-eidas2", label: "Niveau eidas2 au retour", faults: || Faults(vec![Fault::Acr { value: Acr::Eidas2 }]) },
    Preset { slug: "acr-absent", label: "Niveau absent au retour", faults: || Faults(vec![Fault::Acr { value: Acr::Absent }]) },
    Preset {
        slug: "logout-drops-state",
        label: "Retour de déconnexion sans «\u{a0}state\u{a0}»",
        faults: || Faults(vec![Fault::LogoutDropsState]),
    },
];
