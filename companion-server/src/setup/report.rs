//! What was done, what was not tried, and what comes next.

use std::path::{Path, PathBuf};

use vestibule_model::PscEnvironment;

use super::layout::Layout;
use crate::config::Config;

/// What was done.
#[derive(Debug)]
pub struct Report {
    pub(super) layout: Layout,
    pub(super) config: Config,
    pub(super) former: Option<PathBuf>,
    pub(super) has_new_secret: bool,
    pub(super) has_new_key: bool,
}

impl Report {
    /// For a person, in French.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |words: String| text.push_str(&format!("{words}\n"));
        let (config, key) = (self.layout.config.display(), self.layout.vault_key());
        line(format!("Configuration\u{a0}: {config}"));
        if let Some(former) = &self.former {
            line(format!("Ancienne configuration, gardée\u{a0}: {}", former.display()));
        }
        line(said(self.has_new_secret, "Secret client, installé", "Secret client, déjà là", &self.layout.client_secret()));
        line(said(self.has_new_key, "Clé de chiffrement, créée", "Clé de chiffrement, déjà là et gardée", &key));
        line("\nVérifié comme le fait check-config\u{a0}: valeurs, fichiers, clé, base, adresses, certificat.".into());
        for untried in self.untried() {
            line(format!("Non vérifié\u{a0}: {untried}"));
        }
        line("\nEnsuite\u{a0}:".into());
        for (number, step) in self.next().into_iter().enumerate() {
            line(format!("{}. {step}", number + 1));
        }
        text
    }

    fn untried(&self) -> Vec<&'static str> {
        let mut untried = vec!["l’identifiant et le secret auprès de Pro Santé Connect\u{a0}: seule une connexion les vérifie."];
        if self.layout.is_given_by_service {
            untried.push("la lecture de ces fichiers par le service lui-même\u{a0}: son démarrage le dit.");
        }
        if self.config.listener.tls.is_none() && self.config.service.is_https() {
            untried.push("le proxy inverse, son certificat, et le chemin depuis un poste.");
        }
        untried
    }

    fn next(&self) -> Vec<String> {
        let (service, config) = (&self.config.service, self.layout.config.display());
        let who = match self.config.psc.environment {
            PscEnvironment::Simulator => "Donnez au simulateur",
            PscEnvironment::Bas | PscEnvironment::Production => "Déclarez à l’ANS, pour cet environnement,",
        };
        let mut steps = vec![
            format!(
                "{who} ces deux URL\u{a0}:\n     URL de redirection\u{a0}: {}\n     URL de redirection après déconnexion\u{a0}: {}",
                service.address("/psc/callback"),
                service.address("/psc/logout-return")
            ),
            format!(
                "Gardez une copie de la clé de chiffrement ({}) en lieu sûr, séparée des sauvegardes de la base.",
                self.layout.vault_key().display()
            ),
        ];
        if self.layout.is_given_by_service {
            steps.push("Démarrez\u{a0}: systemctl restart compagnon".into());
        } else {
            steps.push(format!("Démarrez\u{a0}: companion-server serve --config {config} (ou le service qui le fait)"));
        }
        steps.push(format!("Examinez\u{a0}: companion-server doctor --config {config}"));
        steps
    }
}

fn said(is_new: bool, new: &str, kept: &str, file: &Path) -> String {
    format!("{}\u{a0}: {}", if is_new { new } else { kept }, file.display())
}
