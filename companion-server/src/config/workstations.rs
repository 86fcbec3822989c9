//! The section `[workstations]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::{CardRemoval, CardRule};

use super::ConfigError;

/// Les postes de travail, sauf ce qu’un groupe change pour les siens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkstationsSection {
    /// Vrai quand plusieurs professionnels se succèdent sur un même poste : l’identité est alors confirmée à chaque connexion.
    pub shared: bool,
    /// Vrai quand plusieurs personnes ont une session sur une même machine en même temps (RDS, Citrix, bureau à distance) : la présence devant
    /// l’application est alors prouvée à chaque connexion, par le nombre à deux chiffres, et par le code de confirmation la première fois.
    pub multi_session: bool,
    /// Jours sans connexion après lesquels une personne redevient nouvelle sur un poste, de 7 à 365 : moins d’une semaine redemanderait le code
    /// de confirmation au retour de congé, plus d’un an conserverait la confiance faite à des postes que personne n’utilise plus.
    pub pair_unused_days: u32,
    /// Quand demander de confirmer l’identité dans le navigateur : "when_due" (poste nouveau, identité changée, poste partagé) ou "always".
    pub confirmation: ConfirmationRule,
    /// Modes d’échange autorisés pour les postes, par ordre de préférence : "loopback" (boucle locale : le navigateur répond à une adresse du
    /// poste), "scheme" (lien d’application : il rouvre l’application par son schéma d’URI) et "polling" (interrogation du serveur ; le navigateur
    /// peut être sur un autre poste).
    #[schemars(with = "Vec<ExchangeName>")]
    pub exchanges: Vec<Exchange>,
    /// Ce que devient la session quand la carte CPS présente à son ouverture quitte le lecteur : "nothing" (rien), "lock" (verrouillée jusqu’à une
    /// nouvelle connexion de la même personne) ou "end" (fermée, sans fermer celle de Pro Santé Connect). Un poste peut faire plus, jamais moins.
    #[schemars(with = "CardRemovalName")]
    pub card_removal: CardRemoval,
    /// Secondes pendant lesquelles remettre la carte annule son retrait, de 0 à 120.
    pub card_grace_seconds: u32,
}

/// Names of what a removed card does, for the schema only.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", inline)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum CardRemovalName {
    /// Rien.
    Nothing,
    /// La session est verrouillée.
    Lock,
    /// La session du logiciel est fermée.
    End,
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

/// Names of the exchanges, for the schema only: the model knows nothing of schemas.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", inline)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum ExchangeName {
    /// Boucle locale : le navigateur répond à une adresse du poste, sur 127.0.0.1.
    Loopback,
    /// Lien d’application : le navigateur rouvre l’application par son schéma d’URI.
    Scheme,
    /// Interrogation : l’application interroge le serveur de connexion ; le navigateur peut être sur un autre poste.
    Polling,
}

impl Default for WorkstationsSection {
    fn default() -> Self {
        let exchanges = vec![Exchange::Loopback, Exchange::Scheme, Exchange::Polling];
        let CardRule { action: card_removal, grace_s: card_grace_seconds } = CardRule::default();
        Self {
            shared: false,
            multi_session: false,
            pair_unused_days: 90,
            confirmation: ConfirmationRule::WhenDue,
            exchanges,
            card_removal,
            card_grace_seconds,
        }
    }
}

impl WorkstationsSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !(7..=365).contains(&self.pair_unused_days) {
            let reason = "de 7 à 365 jours".to_owned();
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "workstations.pair_unused_days".to_owned(), reason));
        }
        check_grace("workstations.card_grace_seconds", self.card_grace_seconds)?;
        check_exchanges("workstations.exchanges", &self.exchanges)
    }

    /// Milliseconds without a sign-in after which a person is new to a workstation again.
    pub fn pair_unused_ms(&self) -> i64 {
        i64::from(self.pair_unused_days) * 24 * 3600 * 1000
    }
}

/// Long enough to turn a card round, too short to walk away.
pub(super) fn check_grace(key: &str, seconds: u32) -> Result<(), ConfigError> {
    if seconds <= CardRule::MOST_GRACE_S {
        return Ok(());
    }
    Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key.to_owned(), "de 0 à 120 secondes"))
}

/// At least one exchange, each named once.
pub(super) fn check_exchanges(key: &str, exchanges: &[Exchange]) -> Result<(), ConfigError> {
    let refused = |reason| Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key.to_owned(), reason));
    if exchanges.is_empty() {
        return refused("au moins un mode d’échange\u{a0}: sans lui, aucun de ces postes ne pourrait se connecter");
    }
    if exchanges.iter().enumerate().any(|(index, exchange)| exchanges[..index].contains(exchange)) {
        return refused("chaque mode d’échange n’est nommé qu’une fois");
    }
    Ok(())
}
