//! The person's own page: on which workstations she is known and signed in, and the forms that forget one or end a session. Works without
//! script.

use axum::extract::{Request, State};
use axum::response::Response;
use chrono::{DateTime, Datelike as _, Utc};
use http::{HeaderMap, StatusCode, Uri};
use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::path;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::clock::Timestamp;
use crate::companion::page::{own_form, page_or_problem, shell};
use crate::companion::{Companion, SharedCompanion};
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{language, to_completion};
use crate::pages::{self, KnownWorkstation, OpenSession, OwnPageNotice, OwnPageQuestion, Page, field};
use crate::sign_in::{OwnPage, OwnPageEnds, OwnPageForgot, OwnPageRefused};

use super::browser;

/// `GET /sign-in/workstations?id=`: of the person of that sign-in, in the browser that signed in; and what she is asked before anything ends.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let language = language::of_request(&parts.uri, &parts.headers);
    let outcome = known(&companion, language, &parts.uri, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

/// `POST /sign-in/workstations`: forgets one, or ends sessions on others; the answer says where the outcome is looked at.
pub async fn change(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (language, params) = match own_form(&companion, &parts, body).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let outcome = changed(&companion, &params, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

async fn known(companion: &SharedCompanion, language: Language, uri: &Uri, headers: &HeaderMap) -> Result<Page, Refusal> {
    let params = Params::from_query(uri.query())?;
    let (id, cookie) = cookie_of(companion, params.optional(field::SIGN_IN), headers).await?;
    let told = params.optional(field::TOLD).and_then(|proof| Told::read(companion, &cookie, proof));
    if told == Some(Told::ForgottenHere) {
        return Ok(pages::workstation_forgotten(shell(companion, language, Some(&id))));
    }
    let own = companion.sign_ins.own_page(&cookie).await?;
    let (shell, known) = (shell(companion, language, Some(&own.sign_in_id)), workstations_of(companion, language, &own));
    let form_guard = companion.sign_ins.form_guard(&cookie);
    let question = question(&params).and_then(|question| pages::own_page_question(shell, &known, question, &form_guard));
    Ok(question.unwrap_or_else(|| pages::workstations(shell, &known, told.and_then(Told::notice))))
}

/// What an address asks for: looking at it ends nothing.
fn question(params: &Params) -> Option<OwnPageQuestion<'_>> {
    let forget = params.optional(field::WORKSTATION).map(OwnPageQuestion::Forget);
    let end = || params.optional(field::SESSION).map(OwnPageQuestion::End);
    forget.or_else(end).or_else(|| params.optional(field::OTHERS).map(|_| OwnPageQuestion::EndOthers))
}

async fn changed(companion: &SharedCompanion, params: &Params, headers: &HeaderMap) -> Result<Page, Refusal> {
    let (id, cookie) = cookie_of(companion, params.optional(field::SIGN_IN), headers).await?;
    let guard = params.secret(field::FORM_GUARD).map_err(|_| forged())?;
    let (sign_ins, kept) = (companion.sign_ins.clone(), cookie.clone());
    if let Some((which, told)) = ends(params) {
        to_completion(async move { sign_ins.end_sessions(&cookie, &guard, &which).await }).await??;
        return Ok(told.page(companion, &id, &kept));
    }
    let workstation = params.required(field::WORKSTATION)?.to_owned();
    let told = match to_completion(async move { sign_ins.forget(&cookie, &guard, &workstation).await }).await?? {
        OwnPageForgot::Another => Told::Forgotten,
        OwnPageForgot::Here => Told::ForgottenHere,
    };
    Ok(told.page(companion, &id, &kept))
}

/// Which sessions a form ends; `None` where it is about a workstation.
fn ends(params: &Params) -> Option<(OwnPageEnds, Told)> {
    let one = params.optional(field::SESSION).map(|id| (OwnPageEnds::One(SignInId(id.to_owned())), Told::SessionEnded));
    one.or_else(|| params.optional(field::OTHERS).map(|_| (OwnPageEnds::Others, Told::OthersEnded)))
}

/// What she just did, as the address of the page says it after her form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Forgotten,
    ForgottenHere,
    SessionEnded,
    OthersEnded,
}

impl Told {
    const ALL: [Self; 4] = [Self::Forgotten, Self::ForgottenHere, Self::SessionEnded, Self::OthersEnded];

    /// Known to this browser only: a link that somebody else made tells nothing.
    fn proof(self, companion: &Companion, cookie: &SecretString) -> SecretString {
        let what = match self {
            Self::Forgotten => "told: forgotten",
            Self::ForgottenHere => "told: forgotten here",
            Self::SessionEnded => "told: session ended",
            Self::OthersEnded => "told: others ended",
        };
        companion.sign_ins.proof_of(what, cookie)
    }

    fn read(companion: &Companion, cookie: &SecretString, proof: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.proof(companion, cookie).expose_secret() == proof)
    }

    fn page(self, companion: &Companion, id: &SignInId, cookie: &SecretString) -> Page {
        let proof = self.proof(companion, cookie);
        Page::elsewhere(&format!("{}?{}={id}&{}={}", path::WORKSTATIONS, field::SIGN_IN, field::TOLD, proof.expose_secret()))
    }

    const fn notice(self) -> Option<OwnPageNotice> {
        match self {
            Self::Forgotten => Some(OwnPageNotice::Forgotten),
            Self::SessionEnded => Some(OwnPageNotice::SessionEnded),
            Self::OthersEnded => Some(OwnPageNotice::OthersEnded),
            Self::ForgottenHere => None,
        }
    }
}

fn workstations_of(companion: &Companion, language: Language, own: &OwnPage) -> Vec<KnownWorkstation> {
    let now = companion.clock.now();
    own.pairs
        .iter()
        .map(|pair| KnownWorkstation {
            handle: pair.jkt.clone(),
            device_label: pair.device_label.clone(),
            known_since: day(language, pair.created_at),
            last_used: day(language, pair.last_sign_in_at),
            is_here: pair.jkt == own.here,
            session: own.sessions.iter().find(|session| session.session.jkt == pair.jkt).map(|own| OpenSession {
                handle: own.session.sign_in_id.0.clone(),
                opened_ms_ago: now.millis_since(own.session.created_at),
                active_ms_ago: now.millis_since(own.session.last_activity_at),
                is_locked: own.session.locked_at.is_some(),
            }),
        })
        .collect()
}

fn day(language: Language, moment: Timestamp) -> String {
    let date = DateTime::<Utc>::from_timestamp_millis(moment.0).unwrap_or_default();
    language.day(date.year(), date.month(), date.day()).replace(' ', "\u{a0}")
}

async fn cookie_of(companion: &Companion, id: Option<&str>, headers: &HeaderMap) -> Result<(SignInId, SecretString), Refusal> {
    let mismatch = || Refusal::invalid_request(ErrorCode::BrowserMismatch);
    let id = SignInId(id.ok_or_else(mismatch)?.to_owned());
    let cookie = browser::cookie_of(companion, &id, headers).await?.ok_or_else(mismatch)?;
    Ok((id, cookie))
}

const fn forged() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "access_denied", ErrorCode::FormRefused)
}

impl From<OwnPageRefused> for Refusal {
    fn from(reason: OwnPageRefused) -> Self {
        let code = reason.code();
        match reason {
            OwnPageRefused::BrowserMismatch => Self::invalid_request(code),
            OwnPageRefused::FormRefused(id) => forged().about(id),
            OwnPageRefused::Closed(id) => Self::new(StatusCode::GONE, "invalid_request", code).about(id),
            OwnPageRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "The workstations of a person could not be read or changed");
                Self::unavailable(code)
            }
        }
    }
}
