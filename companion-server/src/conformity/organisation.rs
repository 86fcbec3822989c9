//! What the organisation answers, in a file that is written once and then hers.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vestibule_model::wire::is_unseen;

use super::{ConformityRefused, REQUIREMENTS, read_text};
use crate::config::{Config, ConfigError};

/// Her answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organisation {
    /// What was declared to the ANS.
    pub declared: Declared,
    /// By the key of the requirement.
    pub answers: BTreeMap<String, String>,
}

/// What was declared to the ANS; empty where nothing is said.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Declared {
    pub client_id: String,
    pub callback_url: String,
    pub logout_return_url: String,
}

/// One declared value beside the one in force (EXI PSC 07).
#[derive(Debug, Serialize)]
pub struct Comparison {
    pub name: &'static str,
    pub declared: Option<String>,
    pub in_force: String,
    /// `None` where nothing is said.
    pub agrees: Option<bool>,
}

impl Organisation {
    /// Reads her answers. Performs I/O.
    ///
    /// # Errors
    /// [`ConformityRefused`], with the line at fault.
    pub fn read(path: &Path) -> Result<Self, ConformityRefused> {
        let text = read_text(path)?;
        let read: Self = toml::from_str(&text).map_err(|error| {
            let refused = ConfigError::from_toml(&text, &error);
            let reason = if let ConfigError::Malformed { line, problem, .. } = &refused {
                format!("ligne {line}, {problem}")
            } else {
                refused.to_string()
            };
            ConformityRefused::unfit(path, reason)
        })?;
        let is_asked = |key: &str| REQUIREMENTS.iter().any(|requirement| requirement.key == key && requirement.question.is_some());
        match read.answers.keys().find(|key| !is_asked(key)) {
            Some(key) => Err(ConformityRefused::unfit(path, format!("rien n’est demandé sous le nom «\u{a0}{key}\u{a0}»"))),
            None => Ok(read),
        }
    }

    /// Her answer, unless it is empty.
    pub fn answer(&self, key: &str) -> Option<&str> {
        said(self.answers.get(key)?)
    }

    pub(super) fn compared(&self, config: &Config) -> Vec<Comparison> {
        let (declared, service) = (&self.declared, &config.service);
        [
            ("Identifiant client (client_id)", &declared.client_id, config.psc.client_id.clone()),
            ("URL de redirection", &declared.callback_url, service.address("/psc/callback")),
            ("URL de redirection après déconnexion", &declared.logout_return_url, service.address("/psc/logout-return")),
        ]
        .map(|(name, declared, in_force)| {
            let declared = said(declared).map(ToOwned::to_owned);
            Comparison { name, agrees: declared.as_ref().map(|declared| *declared == in_force), declared, in_force }
        })
        .into()
    }

    /// The file as it is written the first time: every question, and room for its answer.
    pub fn blank() -> String {
        let mut text = "# Dossier de conformité\u{a0}: ce que l’organisation répond. Ce fichier est à vous\u{a0}: il n’est écrit qu’une fois, puis seulement lu.\n\
            # Un texte de plusieurs lignes s’écrit entre trois guillemets droits.\n\n\
            # Ce que vous avez déclaré à l’ANS\u{a0}: le dossier le compare à la configuration en vigueur (EXI PSC 07).\n\
            [declared]\nclient_id = \"\"\ncallback_url = \"\"\nlogout_return_url = \"\"\n\n[answers]\n"
            .to_owned();
        for requirement in REQUIREMENTS {
            if let Some(question) = requirement.question {
                text.push_str(&format!("# {}, {}.\n# {question}.\n{} = \"\"\n", requirement.number(), requirement.asks, requirement.key));
            }
        }
        text
    }
}

/// What nobody sees says nothing.
fn said(text: &str) -> Option<&str> {
    text.chars().any(|sign| !sign.is_whitespace() && !is_unseen(sign)).then(|| text.trim())
}
