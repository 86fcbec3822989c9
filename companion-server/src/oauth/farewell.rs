//! Where a browser ends: back from the app, signed out, or reading what binds us.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{SignInEvent, SignInState};
use vestibule_model::session::SignInId;

use crate::edge::answer::Refusal;
use crate::edge::page::{page_or_problem, shell};
use crate::edge::params::Params;
use crate::edge::{Companion, SharedCompanion};
use crate::pages::{self, Page};

/// `GET /sign-in/return?id=`: the app has its answer, the person may go back to it, or learns why not.
pub async fn returned(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let outcome = returned_page(&companion, request.uri().query().unwrap_or_default().to_owned()).await;
    page_or_problem(&companion, outcome)
}

async fn returned_page(companion: &SharedCompanion, query: String) -> Result<Page, Refusal> {
    let params = Params::from_query(Some(&query))?;
    let Some(id) = params.optional("id").map(|id| SignInId(id.to_owned())) else {
        return Ok(pages::returned(shell(companion, None)));
    };
    outcome_page(companion, &id).await
}

/// How an attempt stands, for the person in front of the browser.
///
/// # Errors
/// 503.
pub async fn outcome_page(companion: &Companion, id: &SignInId) -> Result<Page, Refusal> {
    let outcome = companion.sign_ins.outcome(id).await.map_err(|_| Refusal::unavailable(ErrorCode::StorageUnavailable))?;
    // An id that names nothing is not written back into a page.
    let Some(SignInEvent { state, code, .. }) = outcome else { return Ok(pages::returned(shell(companion, None))) };
    let shell = shell(companion, Some(id));
    let problem = |code| Ok(pages::problem(shell, code, StatusCode::OK));
    match state {
        SignInState::Declined => Ok(pages::declined(shell)),
        SignInState::Failed => problem(code.unwrap_or(ErrorCode::CompanionFault)),
        SignInState::Expired => problem(code.unwrap_or(ErrorCode::SignInExpired)),
        SignInState::Burned => problem(code.unwrap_or(ErrorCode::SignInBurned)),
        SignInState::Created
        | SignInState::Opened
        | SignInState::AtPsc
        | SignInState::Exchanging
        | SignInState::Authenticated
        | SignInState::Confirmed
        | SignInState::Redeemed
        | SignInState::Cancelled => Ok(pages::returned(shell)),
    }
}

/// `GET /terms`.
pub async fn terms(State(companion): State<SharedCompanion>) -> Response {
    companion.pages.terms.clone().into_response()
}

/// `GET /privacy`.
pub async fn privacy(State(companion): State<SharedCompanion>) -> Response {
    companion.pages.privacy.clone().into_response()
}

/// `GET /accessibility`.
pub async fn accessibility(State(companion): State<SharedCompanion>) -> Response {
    companion.pages.accessibility.clone().into_response()
}
