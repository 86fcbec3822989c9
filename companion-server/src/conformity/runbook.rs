//! What to do of a security incident (EXI PSC 27), with the commands of this very installation.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::support::stamp;

/// One step: what for, then what to type.
#[derive(Debug, Serialize)]
pub struct Step {
    pub title: &'static str,
    pub told: &'static str,
    pub commands: Vec<String>,
}

/// The steps, in their order, from this day on, of a memory in one file or on a server, for the companion that `config` configures.
pub fn steps(config: &str, is_one_file: bool, now: Timestamp) -> Vec<Step> {
    let day = stamp(now).chars().take(10).collect::<String>();
    let command = |words: &str| format!("companion-server {words} --config {config}");
    vec![
        Step {
            title: "Savoir",
            told: "Les évènements de sécurité de la période, comptés puis racontés\u{202f}; personne n’y est nommé. Mettez-y le jour de la découverte",
            commands: vec![command(&format!("incidents --from {day}"))],
        },
        Step {
            title: "Comprendre",
            told: "L’histoire de chaque connexion en cause, à partir du numéro de connexion que donnent les lignes",
            commands: vec![command("trace 7F3K-9QXM")],
        },
        Step {
            title: "Arrêter",
            told: "Fermer les sessions, oublier un poste\u{202f}; au besoin arrêter le serveur de connexion, remplacer la clé de chiffrement et le secret",
            commands: vec![command("sessions end --all"), command("vault rotate")],
        },
        Step {
            title: "Prévenir l’ANS, dans les 12 heures de la découverte",
            told: "Quoi, depuis quand, combien de personnes et de postes, ce qui est fait. Le résultat de la première commande peut y être joint",
            commands: Vec::new(),
        },
        Step {
            title: "Garder",
            told: "Une sauvegarde de la base le jour même\u{a0}: le journal d’audit s’efface à la fin de sa durée de conservation, et lui seul dit qui",
            commands: if is_one_file { vec![command(&format!("backup --to /srv/sauvegardes/incident-{day}.sqlite"))] } else { Vec::new() },
        },
    ]
}
