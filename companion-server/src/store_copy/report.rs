//! What a copy did, as the administrator reads it.

use serde::Serialize;
use vestibule_model::ErrorCode;

use crate::store::Table;

/// What came, counted at both ends.
#[derive(Debug, Serialize)]
pub struct Copied {
    tables: Vec<Lines>,
    /// Days of the audit trail whose seal was computed again.
    sealed_days: u64,
    /// Of these, those that were no longer what was sealed, before the copy as after.
    altered_days: u64,
    /// Values sealed under the vault's keys.
    sealed_values: u64,
}

#[derive(Debug, Serialize)]
struct Lines {
    table: &'static str,
    #[serde(skip)]
    french: &'static str,
    lines: u64,
}

impl Copied {
    pub(super) fn new(counts: &[(&'static Table, u64)], sealed_days: u64, altered_days: u64, sealed_values: u64) -> Self {
        let tables = counts.iter().map(|(table, lines)| Lines { table: table.name, french: table.french, lines: *lines }).collect();
        Self { tables, sealed_days, altered_days, sealed_values }
    }

    /// For the administrator, in French.
    pub fn to_text(&self) -> String {
        let width = self.tables.iter().map(|table| table.french.chars().count()).max().unwrap_or_default();
        let lines: Vec<String> = self.tables.iter().map(|table| format!("  {:width$}  {:>8}", table.french, table.lines)).collect();
        let mut text = format!(
            "La base est copiée. Lignes comptées au départ et à l’arrivée\u{a0}:\n\n{}\n\n\
             Jours scellés du journal d’audit relus\u{a0}: {}. Données chiffrées\u{a0}: {}.\n",
            lines.join("\n"),
            self.sealed_days,
            self.sealed_values
        );
        if self.altered_days > 0 {
            text.push_str(&format!(
                "{}\u{a0}: {} de ces jours ne sont plus ce qui a été scellé, au départ comme à l’arrivée\u{202f}; prévenez le responsable de la sécurité.\n",
                ErrorCode::AuditAltered,
                self.altered_days
            ));
        }
        text.push_str(
            "Démarrez le serveur de connexion avec la configuration d’arrivée. Ne le redémarrez plus avec l’ancienne\u{a0}: les deux bases divergeraient.\n\
             Une fois tout vérifié, effacez l’ancienne base\u{a0}: elle nomme des personnes.",
        );
        text
    }
}
