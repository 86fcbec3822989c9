//! In French.

use std::path::Path;

use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use super::LogWords;
use crate::logging::last_sign_in::{Became, LastSignIn};
use crate::words::{French, day};

impl LogWords for French {
    fn log_folder(&self, folder: &Path, files: usize, kib: u64) -> String {
        let files = if files > 1 { format!("{files}\u{a0}fichiers") } else { format!("{files}\u{a0}fichier") };
        format!("{} ({files}, {kib}\u{a0}Ko)", folder.display())
    }

    fn log_folder_refused(&self, folder: &Path, fault: &str) -> String {
        format!("rien ne peut être écrit dans {} ({fault})\u{a0}: le journal de ce poste manque, la connexion fonctionne", folder.display())
    }

    fn no_log_line(&self, folder: &Path, sign_in: Option<&SignInId>) -> String {
        let of = sign_in.map(|id| format!(" pour la connexion {id}")).unwrap_or_default();
        format!("Aucune ligne de journal{of} dans {}.", folder.display())
    }

    fn last_sign_in(&self, last: &LastSignIn) -> String {
        let id = last.id.as_ref().map(|id| format!(" (connexion {id})")).unwrap_or_default();
        let when = format!("le {} à {} (UTC){id}", day(Language::Fr, last.at), last.at.format("%H:%M"));
        match last.became {
            Became::SignedIn => format!("a abouti {when}"),
            Became::TimedOut => format!("le navigateur n’a pas répondu à temps, {when}"),
            Became::Problem(code, _) => {
                format!("«\u{a0}{}\u{a0}», {when}\u{202f}; aucune n’a abouti depuis", code.explanation(Language::Fr).title)
            }
        }
    }

    fn no_recent_sign_in(&self) -> &'static str {
        "le journal n’en contient aucune depuis 24 heures"
    }

    fn log_not_utf_8(&self, file: &Path) -> String {
        format!(
            "{}\u{a0}: des lignes ne sont pas en UTF-8\u{202f}; leurs lettres accentuées sont remplacées par «\u{a0}\u{fffd}\u{a0}».",
            file.display()
        )
    }

    fn log_unreadable(&self, folder: &Path, fault: &str) -> String {
        format!("{}\u{a0}: {fault}.", folder.display())
    }
}
