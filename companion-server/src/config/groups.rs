//! The sections `[groups.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::CardRemoval;

use super::workstations::{CardRemovalName, ExchangeName, check_exchanges, check_grace};
use super::{ConfigError, ConfirmationRule, SessionSection};

/// Longest name of a group, in characters.
const NAME_LENGTH: usize = 32;

/// Un groupe de postes et ce qu’il change. Ce qu’il ne dit pas reste comme dans [workstations], [session] et [psc].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSection {
    /// Empreintes des jetons d’inscription qui font entrer un poste dans ce groupe ; deux le temps d’un renouvellement.
    /// « companion-server enrolment-token » crée un jeton et son empreinte (SHA-256, 64 chiffres hexadécimaux).
    pub enrolment_token_hashes: Vec<String>,
    /// Modes d’échange autorisés pour ces postes, par ordre de préférence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<ExchangeName>>")]
    pub exchanges: Option<Vec<Exchange>>,
    /// Quand demander de confirmer l’identité : "when_due" ou "always".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<ConfirmationRule>,
    /// Vrai quand plusieurs professionnels se succèdent sur ces postes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
    /// Vrai quand plusieurs personnes ont une session sur une même machine en même temps (RDS, Citrix, bureau à distance) : la présence devant
    /// l’application est alors prouvée à chaque connexion, par le nombre à deux chiffres, et par le code de confirmation la première fois.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_session: Option<bool>,
    /// Fournisseur d’identité local proposé d’emblée par Pro Santé Connect (`kc_idp_hint`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idp_hint: Option<String>,
    /// Minutes sans activité qui ferment la session du logiciel, de 5 à 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_limit_minutes: Option<u32>,
    /// Ce que devient la session quand la carte CPS quitte le lecteur : "nothing", "lock" ou "end".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<CardRemovalName>")]
    pub card_removal: Option<CardRemoval>,
    /// Secondes pendant lesquelles remettre la carte annule son retrait, de 0 à 120.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_grace_seconds: Option<u32>,
}

/// Checks every group, and the groups against each other.
pub(super) fn validate(groups: &BTreeMap<String, GroupSection>, session: &SessionSection) -> Result<(), ConfigError> {
    let mut hashes: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, group) in groups {
        if !is_name(name) {
            let reason = format!("un nom de groupe compte de 1 à {NAME_LENGTH} lettres minuscules sans accent, chiffres ou tirets");
            return Err(refused(name, None, reason));
        }
        group.validate(name, session)?;
        for hash in &group.enrolment_token_hashes {
            if let Some(other) = hashes.insert(hash, name) {
                let reason = format!("cette empreinte figure déjà dans le groupe «\u{a0}{other}\u{a0}»");
                return Err(refused(name, Some("enrolment_token_hashes"), reason));
            }
        }
    }
    Ok(())
}

impl GroupSection {
    fn validate(&self, name: &str, session: &SessionSection) -> Result<(), ConfigError> {
        let refused = |key, reason: &str| Err(refused(name, Some(key), reason.to_owned()));
        if self.enrolment_token_hashes.is_empty() {
            return refused("enrolment_token_hashes", "au moins une empreinte\u{a0}: sans elle, aucun poste n’entre dans ce groupe");
        }
        if !self.enrolment_token_hashes.iter().all(|hash| is_hash(hash)) {
            return refused(
                "enrolment_token_hashes",
                "une empreinte compte 64 chiffres hexadécimaux, en minuscules\u{202f}; le jeton lui-même ne s’écrit jamais ici",
            );
        }
        if let Some(exchanges) = &self.exchanges {
            check_exchanges(&format!("groups.{name}.exchanges"), exchanges)?;
        }
        if let Some(seconds) = self.card_grace_seconds {
            check_grace(&format!("groups.{name}.card_grace_seconds"), seconds)?;
        }
        if self.idp_hint.as_deref().is_some_and(|hint| hint.is_empty() || hint.trim() != hint || hint.chars().any(char::is_control)) {
            return refused("idp_hint", "l’alias est vide ou entouré d’espaces");
        }
        match self.idle_limit_minutes {
            Some(minutes) if !(5..=30).contains(&minutes) => refused("idle_limit_minutes", "de 5 à 30 minutes"),
            Some(minutes) if minutes > session.absolute_limit_minutes => {
                refused("idle_limit_minutes", "au plus la limite absolue (session.absolute_limit_minutes)")
            }
            _ => Ok(()),
        }
    }
}

fn refused(group: &str, key: Option<&str>, reason: String) -> ConfigError {
    let key = key.map_or_else(|| format!("groups.{group}"), |key| format!("groups.{group}.{key}"));
    ConfigError::refused(ErrorCode::ConfigurationInvalid, key, reason)
}

fn is_name(name: &str) -> bool {
    (1..=NAME_LENGTH).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
