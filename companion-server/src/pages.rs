//! Pages for people, in French or in English, in their own browser. They work without script, carry their own style and weigh under 20 kB.
//!
//! One function a page; each answers a [`Page`] with every header it needs. Form posts coming from these pages carry `Origin: null`
//! (they are sent under `Referrer-Policy: no-referrer`): tell them apart by their guard and by `Sec-Fetch-Site`, not by `Origin`.

use askama::Template;
use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use vestibule_model::error_code::{Actor, ErrorCode, Severity};
use vestibule_model::exchange::{SignOutAnswer, path};
use vestibule_model::language::Language;
use vestibule_model::practitioner::Practitioner;
use vestibule_model::session::{PscEnvironment, SignInId};

use crate::random::Random;

mod law;
mod leaving;
mod look;
mod own_page;
mod page;
mod time;
mod who;

pub use law::{FixedPages, LawPages, accessibility, privacy, terms};
pub use leaving::{sign_out, sign_out_start, sign_out_unconfirmed, signed_out};
pub use look::Look;
pub use own_page::{KnownWorkstation, OpenSession, OwnPageNotice, OwnPageQuestion, own_page_question, workstation_forgotten, workstations};
pub use page::Page;
use page::{Frame, Policy};
use time::{Duration, Time};
use who::Who;

/// Names of the fields of the confirmation form.
pub mod field {
    /// The attempt that the form is about: each has its own cookie.
    pub const SIGN_IN: &str = "id";
    /// Hidden: the guard against forged posts.
    pub const FORM_GUARD: &str = "form_guard";
    /// The number that was picked.
    pub const NUMBER: &str = "number";
    /// The button that was pressed: [`ACCEPT`] or [`DECLINE`].
    pub const DECISION: &str = "decision";
    /// "Ouvrir l’application".
    pub const ACCEPT: &str = "accept";
    /// "Ce n’est pas moi", "Aucun de ces nombres", "Ce n’est pas ma connexion".
    pub const DECLINE: &str = "decline";
    /// The workstation to be forgotten.
    pub const WORKSTATION: &str = "workstation";
    /// The session to be ended.
    pub const SESSION: &str = "session";
    /// All sessions but the one by which she came are to be ended.
    pub const OTHERS: &str = "others";
    /// Of the address that asks again: she says that the letters are typed.
    pub const TYPED: &str = "typed";
    /// Of the address of her own page: what she just did there, which nobody else can claim.
    pub const TOLD: &str = "told";
    /// Hidden: how often the page was shown again because its cookie had been given back.
    pub const AGAIN: &str = "again";
}

/// What surrounds every page.
#[derive(Clone, Copy)]
pub struct Shell<'a> {
    /// The brand that it wears.
    pub look: &'a Look,
    /// What it is read in.
    pub language: Language,
    /// Name of the service, by configuration.
    pub service_name: &'a str,
    /// For the ribbon.
    pub environment: PscEnvironment,
    /// The thread of the attempt, when there is one.
    pub sign_in_id: Option<&'a SignInId>,
    /// Whether the public address is https: only then is HSTS sent.
    pub public_https: bool,
    /// How to reach the support, by configuration; shown on problem pages.
    pub support_contact: Option<&'a str>,
    /// Makes the nonce of the page's style and script.
    pub random: &'a dyn Random,
}

/// The form that consumes the request and goes to Pro Santé Connect.
#[derive(Clone, Copy)]
pub struct AuthorizeForm<'a> {
    /// As the app sent it.
    pub client_id: &'a str,
    /// As the app sent it.
    pub request_uri: &'a str,
    /// What the workstation calls itself.
    pub device_label: Option<&'a str>,
    /// Seconds left to open it.
    pub expires_in_s: u32,
    /// How often it was shown again because its cookie had been given back.
    pub shown_again: u8,
}

/// Where an interstitial leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// The provider's sign-in page.
    Provider {
        /// Seconds left to come back from there.
        expires_in_s: u32,
    },
    /// The app: its loopback listener, or its private-use scheme.
    App,
}

/// Why a confirmation is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonShown {
    /// This person never signed in on this workstation.
    NewWorkstation,
    /// The last person on this workstation was another one.
    IdentityChanged,
    /// The workstation is shared, by configuration.
    SharedWorkstation,
    /// The companion asks every time, by configuration.
    Always,
    /// The app asks for its session by itself: who signs in must sit in front of it.
    AppAsks,
}

/// The numbers of the confirmation page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers<'a> {
    /// Two digits, shown by the app too.
    Compare(&'a str),
    /// The app's two digits among others: which ones the app shows is the question.
    Choose(&'a [String]),
}

/// What the confirmation page shows.
#[derive(Clone, Copy)]
pub struct ConfirmationQuestion<'a> {
    /// Who signed in.
    pub practitioner: &'a Practitioner,
    /// What the workstation calls itself: self-declared.
    pub device_label: Option<&'a str>,
    /// Whether app and browser call from the same address; `None` when that is not known, and nothing is said of it.
    pub same_network: Option<bool>,
    /// What is compared with the app, or picked.
    pub numbers: Numbers<'a>,
    /// Goes into the hidden field [`field::SIGN_IN`].
    pub sign_in_id: &'a SignInId,
    /// Goes into the hidden field [`field::FORM_GUARD`].
    pub form_guard: &'a SecretString,
    /// Why the person is asked.
    pub reason: ReasonShown,
    /// Seconds left to answer.
    pub expires_in_s: u32,
}

/// Letters to be typed into the app.
#[derive(Clone, Copy)]
pub struct LettersShown<'a> {
    /// Who signed in.
    pub practitioner: &'a Practitioner,
    /// Eight letters.
    pub code: &'a SecretString,
    /// Goes into the hidden field [`field::SIGN_IN`].
    pub sign_in_id: &'a SignInId,
    /// Seconds left.
    pub expires_in_s: u32,
    /// Goes into the hidden field [`field::FORM_GUARD`].
    pub form_guard: &'a SecretString,
    /// Where the browser hands the code over to the app; none where it has it, or asks for it by itself.
    pub opens_app: Option<&'a Url>,
    /// She said that they were typed, and they are not yet.
    pub is_early: bool,
}

/// What the browser that signed in may know and do once its part is done.
#[derive(Clone, Copy)]
pub struct Hers<'a> {
    /// Goes into the hidden field [`field::FORM_GUARD`].
    pub form_guard: &'a SecretString,
    /// What the workstation calls itself: self-declared.
    pub device_label: Option<&'a str>,
}

/// Page without effect: its form leads to Pro Santé Connect, by itself or by its button.
pub fn authorize(shell: Shell<'_>, form: AuthorizeForm<'_>) -> Page {
    let frame = Frame::new(shell);
    let template = AuthorizeTemplate { frame: &frame, action: path::AUTHORIZE, form, left: Duration(form.expires_in_s, shell.language) };
    frame.page(StatusCode::OK, Policy::own_form().with_script(), &template)
}

/// Interstitial: leads on by itself, with a visible link. Never a redirect, because browsers enforce `form-action` along redirects.
///
/// By the app's private-use scheme the page stays: with a guard, for the browser that signed in, it also says how to object.
pub fn leave_for(shell: Shell<'_>, url: &Url, destination: Destination, form_guard: Option<&SecretString>) -> Page {
    let frame = Frame::new(shell);
    let by_scheme = is_by_scheme(url);
    let form_guard = form_guard.filter(|_| by_scheme).map(SecretString::expose_secret);
    let template = LeaveTemplate {
        frame: &frame,
        url: url.as_str(),
        to_provider: match destination {
            Destination::Provider { expires_in_s } => Some(Duration(expires_in_s, shell.language)),
            Destination::App => None,
        },
        by_scheme,
        action: path::CONFIRM,
        form_guard,
        psc: ProviderEnd::Silent,
    };
    let policy = if form_guard.is_some() { Policy::own_form() } else { Policy::no_form() };
    frame.page(StatusCode::OK, policy, &template)
}

/// Leads back to the app from an attempt that came to nothing. By its scheme the page stays, and says what became of Pro Santé Connect's session.
pub fn leave_ended(shell: Shell<'_>, url: &Url, psc: Option<&SignOutAnswer>) -> Page {
    let frame = Frame::new(shell);
    let template = LeaveTemplate {
        frame: &frame,
        url: url.as_str(),
        to_provider: None,
        by_scheme: is_by_scheme(url),
        action: path::CONFIRM,
        form_guard: None,
        psc: ProviderEnd::of(psc),
    };
    frame.page(StatusCode::OK, Policy::no_form(), &template)
}

/// Browsers ask before they hand an address over to an app, and the page stays.
fn is_by_scheme(url: &Url) -> bool {
    !matches!(url.scheme(), "http" | "https")
}

/// Asks the person who just signed in whether the app may open; both answers weigh the same.
pub fn confirm(shell: Shell<'_>, question: &ConfirmationQuestion<'_>) -> Page {
    let frame = Frame::new(shell);
    let template = ConfirmTemplate {
        frame: &frame,
        action: path::CONFIRM,
        sign_in_id: question.sign_in_id,
        form_guard: question.form_guard.expose_secret(),
        who: Who::of(question.practitioner, shell.language),
        time: Time::of(question.sign_in_id, question.expires_in_s, shell.language),
        device_label: question.device_label,
        same_network: question.same_network,
        numbers: question.numbers,
        reason: question.reason,
    };
    frame.page(StatusCode::OK, Policy::own_form().with_script(), &template)
}

/// Shows the letters that a person new to the workstation types into the app. Never the other direction: a code read in the app and typed
/// in a page is what phishers ask for.
pub fn typed_code(shell: Shell<'_>, shown: &LettersShown<'_>) -> Page {
    let frame = Frame::new(shell);
    let (first, second) = shown.code.expose_secret().split_at(shown.code.expose_secret().len() / 2);
    let template = TypedCodeTemplate {
        frame: &frame,
        action: path::CONFIRM,
        sign_in_id: shown.sign_in_id,
        form_guard: shown.form_guard.expose_secret(),
        who: Who::of(shown.practitioner, shell.language),
        time: Time::of(shown.sign_in_id, shown.expires_in_s, shell.language),
        first: first.chars().collect(),
        second: second.chars().collect(),
        app_url: shown.opens_app.map(Url::as_str),
        by_scheme: shown.opens_app.is_some_and(is_by_scheme),
        is_early: shown.is_early,
    };
    frame.page(StatusCode::OK, Policy::own_form().with_script(), &template)
}

/// "You may go back to the app"; closes by itself where the browser allows it. To the browser that signed in it also names the workstation,
/// says how to object and where to see the workstations. It names nobody: it may stay on the screen of a shared one.
pub fn returned(shell: Shell<'_>, hers: Option<Hers<'_>>) -> Page {
    let frame = Frame::new(shell);
    let template = ReturnedTemplate {
        frame: &frame,
        action: path::CONFIRM,
        workstations: path::WORKSTATIONS,
        form_guard: hers.map(|hers| hers.form_guard.expose_secret()),
        device_label: hers.and_then(|hers| hers.device_label),
    };
    let policy = if hers.is_some() { Policy::own_form() } else { Policy::no_form() };
    frame.page(StatusCode::OK, policy.with_script(), &template)
}

/// She asked for nothing: the session that had been opened is over, unless it was before. Says what became of Pro Santé Connect's.
pub fn disowned(shell: Shell<'_>, was_open: bool, psc: Option<&SignOutAnswer>) -> Page {
    let frame = Frame::new(shell);
    let template = DisownedTemplate {
        frame: &frame,
        was_open,
        psc: if was_open && psc.is_none() { ProviderEnd::NotTold } else { ProviderEnd::of(psc) },
        support_contact: shell.support_contact,
    };
    frame.page(StatusCode::OK, Policy::no_form(), &template)
}

/// The attempt goes on somewhere else; with a link for the browser that is waited for on the confirmation page.
pub fn under_way(shell: Shell<'_>, confirm: Option<&SignInId>) -> Page {
    let frame = Frame::new(shell);
    let template = UnderWayTemplate { frame: &frame, action: path::CONFIRM, confirm };
    frame.page(StatusCode::OK, Policy::no_form(), &template)
}

/// The person declined, here or at Pro Santé Connect: an outcome, not an error. What is known of Pro Santé Connect's session is for her browser.
pub fn declined(shell: Shell<'_>, psc: Option<&SignOutAnswer>) -> Page {
    let frame = Frame::new(shell);
    frame.page(StatusCode::OK, Policy::no_form(), &DeclinedTemplate { frame: &frame, psc: ProviderEnd::of(psc) })
}

/// What happened, what to do now, and the code for support.
pub fn problem(shell: Shell<'_>, code: ErrorCode, status: StatusCode) -> Page {
    refused(shell, code, status, None)
}

/// The same about an attempt that came to nothing, with what became of Pro Santé Connect's session.
pub fn refused(shell: Shell<'_>, code: ErrorCode, status: StatusCode, psc: Option<&SignOutAnswer>) -> Page {
    let frame = Frame::new(shell);
    let explanation = code.explanation(shell.language);
    let template = ProblemTemplate {
        frame: &frame,
        code,
        title: explanation.title,
        cause: explanation.cause,
        remedy: explanation.remedy,
        support_contact: shell.support_contact,
        can_retry: code.can_retry(),
        is_warning: code.severity() == Severity::Warning || code.actor() == Actor::Person,
        psc: ProviderEnd::of(psc),
    };
    frame.page(status, Policy::no_form(), &template)
}

#[derive(Template)]
#[template(path = "authorize.html")]
struct AuthorizeTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    form: AuthorizeForm<'a>,
    left: Duration,
}

/// What a page says of Pro Santé Connect's session.
#[derive(Clone, Copy)]
enum ProviderEnd<'a> {
    /// Nothing: there is none, or nothing is known.
    Silent,
    Told,
    /// Address for this browser.
    FinishHere(&'a str),
    NotTold,
}

impl<'a> ProviderEnd<'a> {
    fn of(answer: Option<&'a SignOutAnswer>) -> Self {
        match answer {
            None => Self::Silent,
            Some(SignOutAnswer::Ended) => Self::Told,
            Some(SignOutAnswer::BrowserNeeded { browser_url } | SignOutAnswer::Unknown { browser_url }) => {
                Self::FinishHere(browser_url.expose())
            }
        }
    }
}

#[derive(Template)]
#[template(path = "leave.html")]
struct LeaveTemplate<'a> {
    frame: &'a Frame<'a>,
    url: &'a str,
    /// Time left, when it leads there; `None` when it leads to the app.
    to_provider: Option<Duration>,
    by_scheme: bool,
    action: &'a str,
    form_guard: Option<&'a str>,
    psc: ProviderEnd<'a>,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    sign_in_id: &'a SignInId,
    form_guard: &'a str,
    who: Who<'a>,
    time: Time<'a>,
    device_label: Option<&'a str>,
    same_network: Option<bool>,
    numbers: Numbers<'a>,
    reason: ReasonShown,
}

#[derive(Template)]
#[template(path = "typed_code.html")]
struct TypedCodeTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    sign_in_id: &'a SignInId,
    form_guard: &'a str,
    who: Who<'a>,
    time: Time<'a>,
    first: Vec<char>,
    second: Vec<char>,
    app_url: Option<&'a str>,
    by_scheme: bool,
    is_early: bool,
}

#[derive(Template)]
#[template(path = "returned.html")]
struct ReturnedTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    workstations: &'a str,
    form_guard: Option<&'a str>,
    device_label: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "disowned.html")]
struct DisownedTemplate<'a> {
    frame: &'a Frame<'a>,
    was_open: bool,
    psc: ProviderEnd<'a>,
    support_contact: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "under_way.html")]
struct UnderWayTemplate<'a> {
    frame: &'a Frame<'a>,
    action: &'a str,
    confirm: Option<&'a SignInId>,
}

#[derive(Template)]
#[template(path = "declined.html")]
struct DeclinedTemplate<'a> {
    frame: &'a Frame<'a>,
    psc: ProviderEnd<'a>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemTemplate<'a> {
    frame: &'a Frame<'a>,
    code: ErrorCode,
    title: &'a str,
    cause: &'a str,
    remedy: &'a str,
    support_contact: Option<&'a str>,
    can_retry: bool,
    is_warning: bool,
    psc: ProviderEnd<'a>,
}

#[cfg(test)]
mod tests;
