//! In French.

use vestibule_model::ErrorCode;
use vestibule_model::language::Language;

use super::SignOutWords;
use crate::words::French;

impl SignOutWords for French {
    fn service_silent(&self) -> &'static str {
        "Le serveur de connexion ne répond pas."
    }

    fn sign_out_untold(&self, code: ErrorCode) -> String {
        let title = code.explanation(Language::Fr).title;
        format!("La déconnexion n’a pas pu être transmise au serveur de connexion ({code}\u{a0}: {title}).")
    }

    fn sign_out_later(&self) -> &'static str {
        "La session est fermée sur ce poste, mais la session Pro Santé Connect est peut-être encore ouverte\u{a0}: fermez le navigateur. La déconnexion sera transmise dès que le serveur de connexion répondra, à la prochaine commande ou à l’ouverture de la fenêtre."
    }

    fn signed_out_everywhere(&self) -> &'static str {
        "Déconnexion terminée\u{a0}: vos deux sessions sont fermées, sur ce poste et dans Pro Santé Connect."
    }

    fn signed_out_browser_finishes(&self) -> &'static str {
        "Votre session est fermée sur ce poste. Le navigateur termine la déconnexion de Pro Santé Connect."
    }

    fn signed_out_browser_makes_sure(&self) -> &'static str {
        "Votre session est fermée sur ce poste. Pro Santé Connect n’a pas confirmé la fermeture de la sienne\u{a0}: le navigateur s’en assure."
    }

    fn signed_out_service_only(&self) -> &'static str {
        "Votre session est fermée sur ce poste, mais votre session Pro Santé Connect est peut-être encore ouverte\u{a0}: fermez le navigateur."
    }

    fn earlier_done(&self) -> &'static str {
        "La déconnexion demandée plus tôt est terminée\u{a0}: les deux sessions sont fermées, sur ce poste et dans Pro Santé Connect."
    }

    fn earlier_browser_finishes(&self) -> &'static str {
        "La déconnexion demandée plus tôt est faite sur le serveur de connexion. Le navigateur termine celle de Pro Santé Connect."
    }

    fn earlier_browser_makes_sure(&self) -> &'static str {
        "La déconnexion demandée plus tôt est faite sur le serveur de connexion. Le navigateur s’assure de celle de Pro Santé Connect."
    }

    fn earlier_service_only(&self) -> &'static str {
        "La déconnexion demandée plus tôt est faite sur le serveur de connexion, mais la session Pro Santé Connect est peut-être encore ouverte\u{a0}: fermez le navigateur."
    }

    fn earlier_lost(&self) -> &'static str {
        "La déconnexion demandée plus tôt est arrivée trop tard\u{a0}: la session Pro Santé Connect est peut-être encore ouverte, fermez le navigateur."
    }
}
