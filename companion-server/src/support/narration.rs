//! What is written in the trail, as one French sentence each.

use vestibule_model::exchange::{Exchange, SignInState};
use vestibule_model::session::SessionEnd;

use crate::audit::Event;
use crate::store::Attempt;

pub(super) const fn told(event: Event) -> &'static str {
    match event {
        Event::Authenticated => "Pro\u{a0}Santé\u{a0}Connect a dit qui est la personne.",
        Event::SignedIn => "La session est ouverte sur le poste.",
        Event::Declined => "La personne a refusé, chez Pro\u{a0}Santé\u{a0}Connect ou sur la page de confirmation.",
        Event::SignInFailed => "La connexion a échoué.",
        Event::SituationChosen => "La personne a choisi sa situation d’exercice.",
        Event::SessionIdle => {
            "La session s’est fermée faute d’activité\u{202f}; celle de Pro\u{a0}Santé\u{a0}Connect n’a pas été fermée (EXI\u{a0}PSC\u{a0}32)."
        }
        Event::SessionExpired => "La session est arrivée à sa durée maximale.",
        Event::SignedOut => "La personne s’est déconnectée (EXI\u{a0}PSC\u{a0}20).",
        Event::NotMe => {
            "La personne devant le poste a signalé dans la fenêtre que ce nom n’est pas le sien («\u{a0}Ce n’est pas moi\u{a0}»)\u{a0}: les deux sessions sont à fermer, comme par une déconnexion."
        }
        Event::PscSessionEnded => "La session de Pro\u{a0}Santé\u{a0}Connect est fermée aussi.",
        Event::PscSignOutFailed => "La session de Pro\u{a0}Santé\u{a0}Connect n’a pas pu être fermée d’ici.",
        Event::PscSignOutUnproven => "Pro\u{a0}Santé\u{a0}Connect a répondu à la demande de fermeture sans rien prouver.",
        Event::PscSessionOver => {
            "Pro\u{a0}Santé\u{a0}Connect a refusé de prolonger\u{a0}: sa session est finie, celle du logiciel dure jusqu’à son expiration."
        }
        Event::SessionClosed => {
            "L’application a été quittée\u{a0}: la session du logiciel est fermée, celle de Pro\u{a0}Santé\u{a0}Connect reste ouverte (RECO\u{a0}PSC\u{a0}06)."
        }
        Event::SessionReplaced => "Une autre connexion du même poste a pris la place de cette session.",
        Event::SessionLocked => {
            "La session est verrouillée\u{a0}: la personne l’a demandé dans sa fenêtre, ou sa carte a quitté le lecteur."
        }
        Event::SessionUnlocked => "La session est déverrouillée\u{a0}: la même personne s’est identifiée de nouveau.",
        Event::SessionEndedElsewhere => "La personne a fermé cette session d’un autre poste, ou sur sa page «\u{a0}Vos postes\u{a0}».",
        Event::NewWorkstation => "La personne n’était pas encore connue sur ce poste.",
        Event::WorkstationForgotten => "La personne n’est plus connue sur ce poste\u{a0}: elle-même ou l’administrateur l’a fait oublier.",
        Event::WorkstationExpired => "La personne n’est plus connue sur ce poste\u{a0}: elle n’y est pas venue depuis trop longtemps.",
        Event::SessionEndedByAdministrator => "Un administrateur a fermé la session.",
        Event::DeviceForgotten => "Un administrateur a fait oublier le poste.",
        Event::TrailCopied => "Toutes les données, et ce journal avec elles, viennent d’une autre base.",
        Event::PersonExported => "Un administrateur a fait écrire ce qui est conservé sur la personne, pour elle.",
        Event::PersonExportFailed => {
            "La commande qui demandait ce qui est conservé sur la personne dit n’avoir rien pu en écrire\u{a0}: rien n’a été remis."
        }
        Event::PersonErased => "Un administrateur a fait effacer la personne.",
        Event::AuditPruned => "Un jour du journal d’audit est arrivé à la fin de sa durée de conservation et a été retiré.",
        Event::DeviceJoinedGroup => "Le poste est entré dans son groupe par son jeton d’inscription.",
        Event::DeviceChangedGroup => "Le poste a changé de groupe\u{a0}: il a présenté un autre jeton d’inscription.",
        Event::EnrolmentRefused => "Un poste s’est présenté avec un jeton d’inscription inconnu, ou d’un groupe retiré.",
        Event::RequestReopened => "Le lien de la connexion a été ouvert deux fois.",
        Event::BrowserMismatch => {
            "La réponse de Pro\u{a0}Santé\u{a0}Connect est revenue par un autre navigateur que celui qui était parti."
        }
        Event::CallbackReplayed => "La réponse de Pro\u{a0}Santé\u{a0}Connect a été présentée une seconde fois.",
        Event::FormRefused => "Une réponse est arrivée qui ne venait pas de la page affichée.",
        Event::NumberRefused => "La personne identifiée a choisi un autre nombre que celui de l’application.",
        Event::NothingAsked => "La personne identifiée a signalé que cette connexion n’est pas la sienne.",
        Event::TypedCodeWrong => "Le code de confirmation saisi dans l’application n’était pas celui de la page.",
        Event::TypedTriesSpent => "Toutes les tentatives de saisie du code de confirmation sont épuisées\u{a0}: la connexion est annulée.",
        Event::CodeReplayed => "Un code d’autorisation déjà utilisé a été présenté de nouveau.",
        Event::SignInBurned => {
            "Un code d’autorisation valable a été présenté avec une preuve incorrecte, ou avec trop de preuves incorrectes\u{a0}: quelqu’un d’autre l’avait. La connexion est annulée."
        }
        Event::SessionRevoked => "Un jeton déjà remplacé a été présenté\u{a0}: la session a été copiée, elle est fermée.",
        Event::TokenOfOtherKey => "Un jeton a été présenté par un autre poste que le sien.",
        Event::PscRefreshSuspect => {
            "La réponse de Pro\u{a0}Santé\u{a0}Connect à une prolongation n’a pas passé les vérifications\u{202f}; elle n’a pas été gardée."
        }
    }
}

pub(super) const fn state(state: SignInState) -> &'static str {
    match state {
        SignInState::Created => "demandée par l’application\u{202f}; sa page n’a pas été ouverte dans un navigateur",
        SignInState::Opened => "sa page est ouverte dans le navigateur\u{202f}; Pro\u{a0}Santé\u{a0}Connect n’est pas encore appelé",
        SignInState::AtProvider => "la personne est chez Pro\u{a0}Santé\u{a0}Connect, qui n’a pas encore répondu",
        SignInState::Exchanging => "Pro\u{a0}Santé\u{a0}Connect a répondu\u{202f}; sa réponse est en cours de vérification",
        SignInState::Authenticated => "la personne est identifiée\u{202f}; la page de confirmation attend sa réponse",
        SignInState::Confirmed => "confirmée\u{202f}; l’application n’a pas encore pris sa session",
        SignInState::Redeemed => "menée au bout\u{a0}: l’application a sa session",
        SignInState::Declined => "refusée par la personne",
        SignInState::Expired => "expirée",
        SignInState::Cancelled => "retirée par l’application, ou à la demande de la personne",
        SignInState::Failed => "échouée",
        SignInState::Burned => "annulée\u{a0}: quelqu’un d’autre que l’application avait son code",
    }
}

/// Where the person was when an attempt ended that nobody answered: neither app nor companion knows why.
pub(super) const fn left_unanswered(attempt: &Attempt) -> &'static str {
    if attempt.is_unanswered && matches!(attempt.state, SignInState::Cancelled | SignInState::Expired) {
        ", pendant que la personne était chez Pro\u{a0}Santé\u{a0}Connect, qui n’avait pas répondu. Panne de Pro\u{a0}Santé\u{a0}Connect, délai dépassé ou annulation\u{a0}: «\u{a0}companion-server doctor\u{a0}» dit si d’autres connexions sont restées sans réponse"
    } else {
        ""
    }
}

pub(super) const fn exchange(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::Loopback => "boucle locale",
        Exchange::Scheme => "lien d’application",
        Exchange::Polling => "interrogation",
    }
}

pub(super) const fn end(end: SessionEnd) -> &'static str {
    match end {
        SessionEnd::Idle => "faute d’activité",
        SessionEnd::Expired => "à sa durée maximale",
        SessionEnd::SignedOut => "la personne s’est déconnectée",
        SessionEnd::Closed => "l’application a été quittée",
        SessionEnd::Revoked => "un jeton copié a été présenté",
        SessionEnd::Replaced => "une autre connexion du poste a pris sa place",
        SessionEnd::Disowned => "la personne a signalé que cette connexion n’est pas la sienne",
        SessionEnd::Forgotten => "le poste a été oublié",
        SessionEnd::Administrator => "par un administrateur",
        SessionEnd::EndedElsewhere => "par la personne, d’un autre poste ou de sa page",
    }
}
