//! The person's own page: where she is known, what she is asked before anything ends, and what came of it.

use askama::Template;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::exchange::path;
use vestibule_model::language::Language;
use vestibule_model::session::PscEnvironment;

use super::page::{Frame, Page, Policy};
use super::time::Ago;
use super::{Shell, field};

/// A workstation on which a person is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownWorkstation {
    /// Value of [`field::WORKSTATION`].
    pub handle: String,
    /// What it called itself: self-declared.
    pub device_label: Option<String>,
    /// Day of the first sign-in there, in the language of the page.
    pub known_since: String,
    /// Day of the last one.
    pub last_used: String,
    /// Whether she is signed in there now, by this very browser.
    pub is_here: bool,
    /// Her session there, when one is open.
    pub session: Option<OpenSession>,
}

/// A session that is open on a workstation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Value of [`field::SESSION`].
    pub handle: String,
    /// Milliseconds since it opened.
    pub opened_ms_ago: i64,
    /// Milliseconds since real input was told there.
    pub active_ms_ago: i64,
    /// Whether nothing of it is shown there until she signs in again.
    pub is_locked: bool,
}

/// What a person just did on her own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnPageNotice {
    /// A workstation is forgotten.
    Forgotten,
    /// Her session on another workstation is over.
    SessionEnded,
    /// Those on all others are.
    OthersEnded,
}

/// What she is asked before it is done: Enter and a slip end nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnPageQuestion<'a> {
    /// Whether this workstation is to be forgotten.
    Forget(&'a str),
    /// Whether this session is to be ended.
    End(&'a str),
    /// Whether all sessions but this one are.
    EndOthers,
}

/// Where she is known, with the ways to forget and to end, each of which asks first.
pub fn workstations(shell: Shell<'_>, known: &[KnownWorkstation], notice: Option<OwnPageNotice>) -> Page {
    let frame = Frame::new(shell);
    let workstations = named(shell.language, known);
    let template = WorkstationsTemplate { frame: &frame, action: path::WORKSTATIONS, has_others: has_others(known), workstations, notice };
    frame.page(StatusCode::OK, Policy::no_form(), &template)
}

/// Asks before anything ends; `None` where there is nothing of the kind any more.
pub fn own_page_question(
    shell: Shell<'_>,
    known: &[KnownWorkstation],
    question: OwnPageQuestion<'_>,
    form_guard: &SecretString,
) -> Option<Page> {
    let of =
        |is_meant: &dyn Fn(&KnownWorkstation) -> bool| named(shell.language, known).into_iter().find(|named| is_meant(named.workstation));
    let (asked, answer) = match question {
        OwnPageQuestion::Forget(handle) => (Asked::Forget(of(&|one| one.handle == handle)?), (field::WORKSTATION, handle)),
        OwnPageQuestion::End(handle) => {
            let is_meant = |one: &KnownWorkstation| !one.is_here && one.session.as_ref().is_some_and(|session| session.handle == handle);
            (Asked::End(of(&is_meant)?), (field::SESSION, handle))
        }
        OwnPageQuestion::EndOthers if has_others(known) => (Asked::EndOthers, (field::OTHERS, "all")),
        OwnPageQuestion::EndOthers => return None,
    };
    let frame = Frame::new(shell);
    let template = QuestionTemplate { frame: &frame, action: path::WORKSTATIONS, form_guard: form_guard.expose_secret(), asked, answer };
    Some(frame.page(StatusCode::OK, Policy::own_form(), &template))
}

/// The workstation that she signed in on is forgotten, and her session with it.
pub fn workstation_forgotten(shell: Shell<'_>) -> Page {
    let frame = Frame::new(shell);
    frame.page(StatusCode::OK, Policy::no_form(), &ForgottenTemplate { frame: &frame })
}

fn has_others(known: &[KnownWorkstation]) -> bool {
    known.iter().any(|workstation| workstation.session.is_some() && !workstation.is_here)
}

/// A workstation as no other on the page is called.
struct Named<'a> {
    language: Language,
    workstation: &'a KnownWorkstation,
    /// Which of how many of that label; `None` where it is alone.
    turn: Option<(usize, usize)>,
}

impl Named<'_> {
    /// At the start of a line.
    fn name(&self) -> String {
        self.called("Poste sans nom", "Unnamed workstation")
    }

    /// After a verb.
    fn said(&self) -> String {
        self.called("le poste sans nom", "the unnamed workstation")
    }

    fn called(&self, french: &str, english: &str) -> String {
        let (nameless, among) = match self.language {
            Language::Fr => (french, "sur"),
            Language::En => (english, "of"),
        };
        let label = self.workstation.device_label.as_deref().unwrap_or(nameless);
        self.turn.map_or_else(|| label.to_owned(), |(turn, of)| format!("{label} ({turn}\u{a0}{among}\u{a0}{of})"))
    }
}

fn named(language: Language, known: &[KnownWorkstation]) -> Vec<Named<'_>> {
    let alike =
        |one: &KnownWorkstation, among: &[KnownWorkstation]| among.iter().filter(|other| other.device_label == one.device_label).count();
    let turn = |at: usize, one: &KnownWorkstation| Some((alike(one, &known[..=at]), alike(one, known))).filter(|(_, of)| *of > 1);
    known.iter().enumerate().map(|(at, workstation)| Named { language, workstation, turn: turn(at, workstation) }).collect()
}

enum Asked<'a> {
    Forget(Named<'a>),
    End(Named<'a>),
    EndOthers,
}

#[derive(Template)]
#[template(path = "workstations.html")]
struct WorkstationsTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    workstations: Vec<Named<'a>>,
    has_others: bool,
    notice: Option<OwnPageNotice>,
}

impl WorkstationsTemplate<'_> {
    /// Of the tab and of the page: what she just did, and else what the page is.
    fn title(&self) -> &'static str {
        let (french, english) = match self.notice {
            Some(OwnPageNotice::Forgotten) => ("Le poste est oublié", "The workstation is forgotten"),
            Some(OwnPageNotice::SessionEnded) => ("La session est fermée sur ce poste", "The session is closed on that workstation"),
            Some(OwnPageNotice::OthersEnded) => {
                ("Vos sessions sont fermées sur tous les autres postes", "Your sessions are closed on all other workstations")
            }
            None => ("Les postes qui vous connaissent", "The workstations that know you"),
        };
        if self.frame.fr { french } else { english }
    }

    fn ago(&self, milliseconds: &i64) -> Ago {
        Ago(*milliseconds, self.frame.language)
    }

    /// Where she is asked.
    fn ask(&self, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(id) = self.frame.sign_in_id {
            query.append_pair(field::SIGN_IN, &id.0);
        }
        format!("{}?{}", self.action, query.append_pair(name, value).finish())
    }
}

#[derive(Template)]
#[template(path = "workstation_question.html")]
struct QuestionTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    form_guard: &'a str,
    asked: Asked<'a>,
    answer: (&'a str, &'a str),
}

impl QuestionTemplate<'_> {
    fn title(&self) -> String {
        match (&self.asked, self.frame.language) {
            (Asked::Forget(known), Language::Fr) => format!("Oublier {}\u{202f}?", known.said()),
            (Asked::Forget(known), Language::En) => format!("Forget {}?", known.said()),
            (Asked::End(known), Language::Fr) => format!("Fermer la session sur {}\u{202f}?", known.said()),
            (Asked::End(known), Language::En) => format!("Close the session on {}?", known.said()),
            (Asked::EndOthers, Language::Fr) => "Fermer vos sessions sur tous les autres postes\u{202f}?".to_owned(),
            (Asked::EndOthers, Language::En) => "Close your sessions on all other workstations?".to_owned(),
        }
    }

    fn about(&self) -> Option<&Named<'_>> {
        match &self.asked {
            Asked::Forget(known) | Asked::End(known) => Some(known),
            Asked::EndOthers => None,
        }
    }
}

#[derive(Template)]
#[template(path = "forgotten.html")]
struct ForgottenTemplate<'a> {
    frame: &'a Frame<'a>,
}
