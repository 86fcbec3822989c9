//! The dossier as a page that needs nothing beside it, and as the files of its folder.

use std::fs;
use std::path::Path;

use askama::Template;
use chrono::DateTime;
use vestibule_model::PscEnvironment;
use vestibule_model::wire::{is_unseen, json_for_eyes};

use super::dossier::{Dossier, Proof};
use super::organisation::Organisation;
use super::{ANSWERS, ConformityRefused, DOCUMENT, PAGE};
use crate::certificate::french_date;
use crate::clock::Timestamp;
use crate::ordinary_file::{self, write_private};

/// By which a page is known to be one of these.
const MARK: &str = "<meta name=\"generator\" content=\"companion-server conformity\">";

#[derive(Template)]
#[template(path = "conformity.html")]
struct Page<'a> {
    mark: &'static str,
    dossier: &'a Dossier,
}

impl Page<'_> {
    /// A moment of ours, for a person: the day, and the minute in UTC. What is none is shown as it is.
    fn moment(at: &str) -> String {
        DateTime::parse_from_rfc3339(at).map_or_else(
            |_| at.to_owned(),
            |at| format!("{} à {} (UTC)", french_date(Timestamp(at.timestamp_millis())), at.to_utc().format("%H:%M")),
        )
    }

    fn environment(&self) -> &'static str {
        match self.dossier.environment {
            PscEnvironment::Simulator => "simulateur",
            PscEnvironment::Bas => "bac à sable",
            PscEnvironment::Production => "production",
        }
    }

    /// Whom to warn, as the organisation says it.
    fn whom_to_warn(&self) -> Option<&str> {
        self.dossier.requirements.iter().find(|line| line.key == "exi_27")?.answer.as_deref()
    }

    fn mark_of(proof: &Option<Proof>) -> &'static str {
        match proof {
            Some(Proof::Failed | Proof::Missing) => "red",
            Some(Proof::Proved) => "green",
            Some(Proof::Unjudged) | None => "none",
        }
    }
}

impl Dossier {
    /// The page, whole. What would be read otherwise than it is written (direction of writing, signs of no width) is spelled out, whoever wrote it.
    ///
    /// # Errors
    /// None that the template has.
    pub fn to_html(&self) -> Result<String, askama::Error> {
        let page = Page { mark: MARK, dossier: self }.render()?;
        Ok(spelled_out(&page))
    }

    /// The same for a program: what a terminal would act on is written as JSON writes it.
    fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json_for_eyes(&json) + "\n")
    }

    /// Writes the page and its document into `folder`, in the place of those of an earlier dossier. Performs I/O.
    ///
    /// # Errors
    /// [`ConformityRefused`]; what stood there before then still stands.
    pub fn write(&self, folder: &Path) -> Result<(), ConformityRefused> {
        let page = folder.join(PAGE);
        if is_there(&page)? && !ordinary_file::read(&page).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(MARK)) {
            return Err(ConformityRefused::unfit(&page, "ce fichier n’est pas un dossier de conformité\u{202f}; nommez un autre dossier"));
        }
        let html = self.to_html().map_err(|error| ConformityRefused::unfit(&page, error.to_string()))?;
        let document = folder.join(DOCUMENT);
        let json = self.to_json().map_err(|error| ConformityRefused::unfit(&document, error.to_string()))?;
        replace(&document, &json)?;
        replace(&page, &html)
    }
}

/// Her answers in this folder; a blank form is left there the first time. Performs I/O.
///
/// # Errors
/// [`ConformityRefused`].
pub fn answers(folder: &Path) -> Result<Organisation, ConformityRefused> {
    fs::create_dir_all(folder).map_err(ConformityRefused::file(folder))?;
    let file = folder.join(ANSWERS);
    if !is_there(&file)? {
        write_private(&file, Organisation::blank().as_bytes()).map_err(ConformityRefused::file(&file))?;
    }
    Organisation::read(&file)
}

fn is_there(file: &Path) -> Result<bool, ConformityRefused> {
    file.try_exists().map_err(ConformityRefused::file(file))
}

/// A text whose lines stay, and in which every other sign that writes nothing by itself is named.
fn spelled_out(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for sign in text.chars() {
        if is_unseen(sign) && !matches!(sign, '\n' | '\t') {
            told.push_str(&format!("[U+{:04X}]", u32::from(sign)));
        } else {
            told.push(sign);
        }
    }
    told
}

fn replace(path: &Path, text: &str) -> Result<(), ConformityRefused> {
    let partial = path.with_extension("partial");
    // Left by a run that was cut.
    let _ = fs::remove_file(&partial);
    write_private(&partial, text.as_bytes())
        .and_then(|()| fs::rename(&partial, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })
        .map_err(ConformityRefused::file(path))
}
