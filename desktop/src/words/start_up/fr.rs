//! In French.

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;

use super::StartUpWords;
use crate::words::French;

impl StartUpWords for French {
    fn window_help(&self, version: &str) -> String {
        format!(
            "{version}\n\nOuvre la fenêtre de connexion, ou ramène au premier plan celle qui est ouverte.\n\nUsage\u{a0}: vestibule-app\n\n  --no-dialog  Windows\u{a0}: sans boîte de dialogue quand la fenêtre ne peut pas s’ouvrir (code de sortie 4)\n  --hidden     démarre sans afficher la fenêtre, si la stratégie du poste prévoit une icône près de l’horloge (tray)\n\n\
             Sans fenêtre, la même connexion\u{a0}: vestibule login\nLe diagnostic\u{a0}: vestibule doctor"
        )
    }

    fn no_screen(&self) -> &'static str {
        "vestibule-app\u{a0}: cette session n’a pas d’écran (ni DISPLAY, ni WAYLAND_DISPLAY)\u{202f}; la fenêtre ne peut pas s’ouvrir.\n\
         La même connexion, sans fenêtre\u{a0}: vestibule login"
    }

    fn no_web_view(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("{title} ({code}).\n\n{cause}\n\n{remedy}")
    }

    fn no_log(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("vestibule-app\u{a0}: {code}\u{a0}: cette fenêtre n’écrit aucun journal.\n{title}\n{cause}\n{remedy}")
    }
}
