//! In French.

use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_model::language::Language;

use super::ReportWords;
use crate::words::{French, day};

impl ReportWords for French {
    fn examined(&self, at: DateTime<Utc>, failures: &[&str], warnings: &[&str]) -> String {
        let mut text = format!("Fait le {} à {} (UTC). ", day(Language::Fr, at), at.format("%H:%M"));
        match (failures, warnings) {
            ([], []) => text.push_str("Rien à signaler."),
            (failures, []) => text.push_str(&format!("Échec\u{a0}: {}.", failures.join(", "))),
            ([], warnings) => text.push_str(&format!("Attention\u{a0}: {}.", warnings.join(", "))),
            (failures, warnings) => {
                text.push_str(&format!("Échec\u{a0}: {}. Attention\u{a0}: {}.", failures.join(", "), warnings.join(", ")));
            }
        }
        text
    }

    fn report_missing(&self, why: &str) -> String {
        format!("[absent\u{a0}: {why}]")
    }

    fn report_cut(&self, bytes: u64) -> String {
        format!("[plus ancien, non inclus\u{a0}: {bytes}\u{a0}octets]")
    }

    fn report_contents(&self, kib: u64) -> String {
        format!("Ce rapport contiendra ceci, et rien d’autre ({kib}\u{a0}Ko)\u{a0}:")
    }

    fn report_part(&self, name: &str, bytes: usize, missing: Option<&str>) -> String {
        match missing {
            Some(why) => format!("{name}\u{a0}: absent ({why})"),
            None => format!("{name}\u{a0}: {bytes}\u{a0}octets"),
        }
    }

    fn report_lines_between(&self, count: usize) -> String {
        format!("   … {count}\u{a0}lignes de plus …")
    }

    fn report_question(&self, path: &Path) -> String {
        format!("Écrire ce rapport dans {}\u{202f}? Saisissez o pour oui, v pour tout voir, n pour non, puis Entrée.", path.display())
    }

    fn report_question_of_stream(&self) -> &'static str {
        "Écrire ce rapport sur la sortie standard\u{202f}? Saisissez o pour oui, v pour tout voir, n pour non, puis Entrée."
    }

    fn report_on_a_terminal(&self) -> &'static str {
        "«\u{a0}--out -\u{a0}» écrit le rapport, une archive zip, sur la sortie standard, et un terminal ne peut pas l’afficher. Redirigez-la (> rapport.zip), ou indiquez un fichier."
    }

    fn report_beside_json(&self) -> &'static str {
        "«\u{a0}--out -\u{a0}» et «\u{a0}--json\u{a0}» écrivent tous deux sur la sortie standard. Indiquez un fichier à «\u{a0}--out\u{a0}», ou retirez «\u{a0}--json\u{a0}»."
    }

    fn report_written(&self, path: &Path) -> String {
        format!("Rapport écrit\u{a0}: {}\nRien n’a été envoyé\u{a0}: donnez vous-même ce fichier au support.", path.display())
    }

    fn report_not_written(&self) -> &'static str {
        "Aucun rapport n’a été écrit. Sans personne pour répondre, ajoutez --yes."
    }

    fn report_unwritten(&self, path: &Path, fault: &str) -> String {
        format!("{}\u{a0}: {fault}.", path.display())
    }
}
