//! The confirmation page: the person who signed in says whether the app may open.

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use vestibule_model::ErrorCode;

use crate::edge::answer::Refusal;
use crate::edge::page::{check_own_form, page_or_problem, shell};
use crate::edge::params::Params;
use crate::edge::{SharedCompanion, cookie, to_completion};
use crate::pages::{self, ConfirmationQuestion, Page, field};
use crate::sign_in::{ConfirmationReason, ConfirmationRefused, Decided, Decision, Question, TypedCode};

use super::callback::go_on;

/// `GET /sign-in/confirm`.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let outcome = question(&companion, &parts.headers).await;
    page_or_problem(&companion, outcome)
}

/// `POST /sign-in/confirm`.
pub async fn decide(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let outcome = answer(&companion, request).await;
    page_or_problem(&companion, outcome)
}

async fn question(companion: &SharedCompanion, headers: &HeaderMap) -> Result<Page, Refusal> {
    let cookie = browser(headers)?;
    let facts = companion.sign_ins.confirmation(&cookie).await?;
    let question = ConfirmationQuestion {
        practitioner: &facts.practitioner,
        device_label: facts.device_label.as_deref(),
        same_network: facts.same_network,
        numbers: match &facts.question {
            Question::Compare(number) => pages::Numbers::Compare(number),
            Question::Choose(numbers) => pages::Numbers::Choose(numbers),
        },
        form_guard: &facts.form_guard,
        reason: match facts.reason {
            ConfirmationReason::NewWorkstation => pages::ConfirmationReason::NewWorkstation,
            ConfirmationReason::IdentityChanged => pages::ConfirmationReason::IdentityChanged,
            ConfirmationReason::SharedWorkstation => pages::ConfirmationReason::SharedWorkstation,
            ConfirmationReason::Always => pages::ConfirmationReason::Always,
            ConfirmationReason::AppAsks => pages::ConfirmationReason::AppAsks,
        },
    };
    Ok(pages::confirm(shell(companion, Some(&facts.sign_in_id)), &question))
}

async fn answer(companion: &SharedCompanion, request: Request) -> Result<Page, Refusal> {
    let (parts, body) = request.into_parts();
    check_own_form(companion, &parts.headers)?;
    let cookie = browser(&parts.headers)?;
    let params = Params::from_form(&parts.headers, body).await?;
    let guard = params.secret(field::FORM_GUARD).map_err(|_| forged())?;
    let decision = match (params.optional(field::DECISION), params.optional(field::NUMBER)) {
        (Some(field::ACCEPT), None) => Decision::Accept,
        (Some(field::DECLINE), None) => Decision::Decline,
        (None, Some(number)) => Decision::Number(number.to_owned()),
        _ => return Err(Refusal::invalid_request(ErrorCode::RequestMalformed)),
    };
    let sign_ins = companion.sign_ins.clone();
    match to_completion(async move { sign_ins.decide(&cookie, &guard, decision).await }).await?? {
        Decided::Onward(onward) => go_on(companion, &onward).await,
        Decided::TypeCode(typed) => Ok(letters_to_type(companion, &typed)),
    }
}

/// Keeps the cookie: the page can still say no.
fn letters_to_type(companion: &SharedCompanion, typed: &TypedCode) -> Page {
    let shown = pages::TypedCode {
        practitioner: &typed.practitioner,
        code: &typed.code,
        expires_in_s: typed.expires_in_s,
        form_guard: &typed.form_guard,
    };
    pages::typed_code(shell(companion, Some(&typed.sign_in_id)), &shown)
}

fn browser(headers: &HeaderMap) -> Result<SecretString, Refusal> {
    cookie::read(headers).ok_or_else(|| Refusal::invalid_request(ErrorCode::BrowserMismatch))
}

const fn forged() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "access_denied", ErrorCode::FormRefused)
}

impl From<ConfirmationRefused> for Refusal {
    fn from(reason: ConfirmationRefused) -> Self {
        let code = reason.code();
        match reason {
            ConfirmationRefused::BrowserMismatch => Self::invalid_request(code),
            ConfirmationRefused::FormRefused(id) => forged().about(id),
            ConfirmationRefused::OtherQuestion(id) => Self::invalid_request(code).about(id),
            ConfirmationRefused::WrongNumber(id) => Self::new(StatusCode::FORBIDDEN, "access_denied", code).about(id),
            ConfirmationRefused::Replayed(id) => Self::new(StatusCode::CONFLICT, "invalid_request", code).about(id),
            ConfirmationRefused::Expired(id) => Self::new(StatusCode::GONE, "invalid_request", code).about(id),
            ConfirmationRefused::Store(_) => {
                tracing::error!(error.code = %code, "A confirmation could not be read or kept.");
                Self::unavailable(code)
            }
        }
    }
}
