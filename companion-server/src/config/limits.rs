//! The section `[limits]`.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_model::ErrorCode;

use super::ConfigError;

/// A megabyte: a handful of connections, and the largest body on each.
const LEAST_BYTES: u32 = 1024 * 1024;

/// Les limites. Elles refusent le nouveau venu ; ce qui est en cours continue.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Connexions commencées par minute et par poste.
    pub starts_per_minute_per_key: u32,
    /// Connexions commencées par minute et par adresse réseau depuis des postes où personne ne s’est encore identifié ; à part, autant pour chaque
    /// groupe de postes inscrits. Les postes connus ne comptent pas ici : un hôpital entier peut partager une adresse.
    pub starts_per_minute_per_address: u32,
    /// Connexions en cours à la fois par poste.
    pub pending_per_key: u32,
    /// Appels par minute et par poste, tous confondus : une application qui tourne en boucle s’y arrête.
    pub calls_per_minute_per_key: u32,
    /// Rafraîchissements de session par minute et par poste.
    pub refreshes_per_minute_per_key: u32,
    /// Connexions réseau ouvertes à la fois. Le système doit admettre autant de fichiers ouverts, et quelques-uns de plus.
    pub connections: u32,
    /// Connexions réseau ouvertes à la fois par adresse, proxys de confiance exceptés ; jamais plus que la moitié de celles qui restent libres.
    pub connections_per_address: u32,
    /// Requêtes en attente d’un événement à la fois, une par poste connecté ; à part, autant pour les postes en train de se connecter.
    pub parked_requests: u32,
    /// Requêtes en attente d’un événement à la fois par adresse réseau ; jamais plus que la moitié de celles qui restent libres.
    pub parked_requests_per_address: u32,
    /// Octets tenus à la fois pour une adresse réseau : ses connexions (64 Ko chacune), les corps qu’elle envoie, les réponses qu’elle ne prend pas.
    /// Pour toutes les adresses ensemble, quatre fois autant.
    pub bytes_per_address: u32,
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self {
            starts_per_minute_per_key: 6,
            starts_per_minute_per_address: 300,
            pending_per_key: 3,
            calls_per_minute_per_key: 240,
            refreshes_per_minute_per_key: 10,
            connections: 10_000,
            connections_per_address: 4_000,
            parked_requests: 10_000,
            parked_requests_per_address: 4_000,
            bytes_per_address: 256 * 1024 * 1024,
        }
    }
}

impl LimitsSection {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let limits = [
            ("limits.starts_per_minute_per_key", self.starts_per_minute_per_key),
            ("limits.starts_per_minute_per_address", self.starts_per_minute_per_address),
            ("limits.pending_per_key", self.pending_per_key),
            ("limits.calls_per_minute_per_key", self.calls_per_minute_per_key),
            ("limits.refreshes_per_minute_per_key", self.refreshes_per_minute_per_key),
            ("limits.connections", self.connections),
            ("limits.connections_per_address", self.connections_per_address),
            ("limits.parked_requests", self.parked_requests),
            ("limits.parked_requests_per_address", self.parked_requests_per_address),
        ];
        if self.bytes_per_address < LEAST_BYTES {
            let least = format!("au moins {LEAST_BYTES}");
            return Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, "limits.bytes_per_address", least));
        }
        match limits.into_iter().find(|(_, limit)| NonZeroU32::new(*limit).is_none()) {
            Some((key, _)) => Err(ConfigError::refused(ErrorCode::ConfigurationInvalid, key, "au moins 1")),
            None => Ok(()),
        }
    }
}
