use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Les postes de travail.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkstationsSection {
    /// Vrai quand plusieurs professionnels se succèdent sur un même poste : l’identité est alors confirmée à chaque connexion.
    pub shared: bool,
    /// Quand demander de confirmer l’identité dans le navigateur : "when_due" (poste nouveau, identité changée, poste partagé) ou "always".
    pub confirmation: ConfirmationRule,
}

/// Quand demander de confirmer l’identité dans le navigateur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmationRule {
    /// Poste nouveau, identité changée ou poste partagé.
    #[default]
    WhenDue,
    /// À chaque connexion.
    Always,
}
