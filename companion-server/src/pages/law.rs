//! What the law asks to be said, the same for everybody.

use askama::Template;
use http::StatusCode;
use url::Url;
use vestibule_model::language::Language;
use vestibule_model::session::PscEnvironment;

use super::Shell;
use super::page::{Frame, Page, Policy};

/// The pages that are the same for everybody, made once: however many are asked for at the same time, they are kept once.
#[derive(Debug)]
pub struct FixedPages {
    french: LawPages,
    english: LawPages,
}

/// Those of one language.
#[derive(Debug)]
pub struct LawPages {
    /// `GET /terms`.
    pub terms: Page,
    /// `GET /privacy`.
    pub privacy: Page,
    /// `GET /accessibility`.
    pub accessibility: Page,
}

impl FixedPages {
    /// In this shell, with the publisher's own addresses where it has any.
    pub fn new(shell: Shell<'_>, terms_url: Option<&Url>, privacy_url: Option<&Url>, keep_days: Option<u32>) -> Self {
        let pages = |language| {
            let shell = Shell { language, ..shell };
            LawPages {
                terms: terms(shell, terms_url),
                privacy: privacy(shell, privacy_url, keep_days),
                accessibility: accessibility(shell),
            }
        };
        Self { french: pages(Language::Fr), english: pages(Language::En) }
    }

    /// As this language has them.
    pub const fn of(&self, language: Language) -> &LawPages {
        match language {
            Language::Fr => &self.french,
            Language::En => &self.english,
        }
    }
}

/// Terms of use with the standard paragraph on Pro Santé Connect (EXI 31); links to the publisher's own when there are some.
pub fn terms(shell: Shell<'_>, publisher_url: Option<&Url>) -> Page {
    let frame = Frame::new(shell);
    let template = TermsTemplate { frame: &frame, publisher_url: publisher_url.map(Url::as_str) };
    frame.page(StatusCode::OK, Policy::no_form(), &template)
}

/// What is kept, why and for how long (EXI 05); links to the publisher's own notice when there is one.
pub fn privacy(shell: Shell<'_>, publisher_url: Option<&Url>, keep_days: Option<u32>) -> Page {
    let frame = Frame::new(shell);
    let publisher_url = publisher_url.map(Url::as_str);
    let template = PrivacyTemplate { frame: &frame, publisher_url, support_contact: shell.support_contact, keep_days };
    frame.page(StatusCode::OK, Policy::no_form(), &template)
}

/// What was done for people who use assistive technology, and how to report a barrier.
pub fn accessibility(shell: Shell<'_>) -> Page {
    let frame = Frame::new(shell);
    let template = AccessibilityTemplate { frame: &frame, support_contact: shell.support_contact };
    frame.page(StatusCode::OK, Policy::no_form(), &template)
}

#[derive(Template)]
#[template(path = "terms.html")]
struct TermsTemplate<'a> {
    frame: &'a Frame<'a>,
    publisher_url: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyTemplate<'a> {
    frame: &'a Frame<'a>,
    publisher_url: Option<&'a str>,
    support_contact: Option<&'a str>,
    keep_days: Option<u32>,
}

#[derive(Template)]
#[template(path = "accessibility.html")]
struct AccessibilityTemplate<'a> {
    frame: &'a Frame<'a>,
    support_contact: Option<&'a str>,
}
