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
use crate::sign_in::{ConfirmationReason, ConfirmationRefused, Decision};

use super::callback::leave_for_app;

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
        match_number: &facts.match_number,
        form_guard: &facts.form_guard,
        reason: match facts.reason {
            ConfirmationReason::NewWorkstation => pages::ConfirmationReason::NewWorkstation,
            ConfirmationReason::IdentityChanged => pages::ConfirmationReason::IdentityChanged,
            ConfirmationReason::SharedWorkstation => pages::ConfirmationReason::SharedWorkstation,
            ConfirmationReason::Always => pages::ConfirmationReason::Always,
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
    let decision = match params.required(field::DECISION)? {
        field::ACCEPT => Decision::Accept,
        field::DECLINE => Decision::Decline,
        _ => return Err(Refusal::invalid_request(ErrorCode::RequestMalformed)),
    };
    let sign_ins = companion.sign_ins.clone();
    let back = to_completion(async move { sign_ins.decide(&cookie, &guard, decision).await }).await??;
    Ok(leave_for_app(companion, &back))
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
            ConfirmationRefused::Replayed(id) => Self::new(StatusCode::CONFLICT, "invalid_request", code).about(id),
            ConfirmationRefused::Expired(id) => Self::new(StatusCode::GONE, "invalid_request", code).about(id),
            ConfirmationRefused::Store(_) => {
                tracing::error!(error.code = %code, "A confirmation could not be read or kept.");
                Self::unavailable(code)
            }
        }
    }
}
