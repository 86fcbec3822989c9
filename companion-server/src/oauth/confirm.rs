//! The confirmation page: the person who signed in says whether the app may open.

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::path;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::companion::SharedCompanion;
use crate::companion::page::{own_form, page_or_problem, shell};
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::edge::{language, to_completion};
use crate::pages::{self, ConfirmationQuestion, Page, field};
use crate::sign_in::{ConfirmationReason, ConfirmationRefused, Decided, Decision, Onward, Question};

use super::browser::known_browser;
use super::farewell::{ended_page, go_back, go_on, letters_to_type, refused_page};

/// `GET /sign-in/confirm`.
pub async fn show(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let language = language::of_request(&parts.uri, &parts.headers);
    let outcome = question(&companion, language, &parts.uri, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

/// `POST /sign-in/confirm`: answers where the outcome is looked at, but for the page that takes the browser to the app's listener at once:
/// browsers put what that leads to in its place, and a listener takes one answer.
pub async fn decide(State(companion): State<SharedCompanion>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (language, params) = match own_form(&companion, &parts, body).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let outcome = answer(&companion, language, &params, &parts.headers).await;
    page_or_problem(&companion, language, outcome)
}

async fn question(companion: &SharedCompanion, language: Language, uri: &Uri, headers: &HeaderMap) -> Result<Page, Refusal> {
    let params = Params::from_query(uri.query())?;
    let id = SignInId(params.required(field::SIGN_IN)?.to_owned());
    let Some(browser) = known_browser(companion, &id, headers).await? else { return not_the_browser(companion, language, id).await };
    let facts = match companion.sign_ins.confirmation(&browser).await {
        Err(ConfirmationRefused::Replayed(_)) => {
            let decided = companion.sign_ins.decided(&browser).await;
            return match &decided {
                Ok(Decided::TypeCode(typed)) if params.optional(field::TYPED).is_some() => {
                    Ok(letters_to_type(companion, language, typed, true))
                }
                _ => reply(companion, language, decided, browser.cookie()).await,
            };
        }
        Err(refused) => return reply(companion, language, Err(refused), browser.cookie()).await,
        Ok(facts) => facts,
    };
    let question = ConfirmationQuestion {
        practitioner: &facts.practitioner,
        device_label: facts.device_label.as_deref(),
        same_network: facts.same_network,
        numbers: match &facts.question {
            Question::Compare(number) => pages::Numbers::Compare(number),
            Question::Choose(numbers) => pages::Numbers::Choose(numbers),
        },
        sign_in_id: &facts.sign_in_id,
        form_guard: &facts.form_guard,
        reason: match facts.reason {
            ConfirmationReason::NewWorkstation => pages::ReasonShown::NewWorkstation,
            ConfirmationReason::IdentityChanged => pages::ReasonShown::IdentityChanged,
            ConfirmationReason::SharedWorkstation => pages::ReasonShown::SharedWorkstation,
            ConfirmationReason::Always => pages::ReasonShown::Always,
            ConfirmationReason::AppAsks => pages::ReasonShown::AppAsks,
        },
        expires_in_s: facts.expires_in_s,
    };
    Ok(pages::confirm(shell(companion, language, Some(&facts.sign_in_id)), &question))
}

async fn answer(companion: &SharedCompanion, language: Language, params: &Params, headers: &HeaderMap) -> Result<Page, Refusal> {
    let id = SignInId(params.required(field::SIGN_IN).map_err(|_| forged())?.to_owned());
    let Some(browser) = known_browser(companion, &id, headers).await? else { return not_the_browser(companion, language, id).await };
    let address = confirmation_address(&id);
    let guard = params.secret(field::FORM_GUARD).map_err(|_| forged())?;
    let decision = match (params.optional(field::DECISION), params.optional(field::NUMBER)) {
        (Some(field::ACCEPT), None) => Decision::Accept,
        (Some(field::DECLINE), None) => Decision::Decline,
        (None, Some(number)) => Decision::Number(number.to_owned()),
        _ => return Err(Refusal::invalid_request(ErrorCode::RequestMalformed)),
    };
    let sign_ins = companion.sign_ins.clone();
    let kept = browser.cookie().clone();
    let decided = to_completion(async move { sign_ins.decide(browser, &guard, decision).await }).await?;
    if is_looked_at(&decided) { Ok(Page::elsewhere(&address)) } else { reply(companion, language, decided, &kept).await }
}

/// Where the attempt is confirmed, and looked at afterwards.
pub(super) fn confirmation_address(id: &SignInId) -> String {
    format!("{}?{}={}", path::CONFIRM, field::SIGN_IN, id.0)
}

/// Whether what came of an answer stays on the screen. A refusal changed nothing, and says so to who sent it.
fn is_looked_at(decided: &Result<Decided, ConfirmationRefused>) -> bool {
    match decided {
        Ok(Decided::TypeCode(_) | Decided::SessionEnded { .. }) => true,
        Ok(Decided::Onward(onward) | Decided::Declined(onward)) => !leads_to_listener(onward),
        Err(ConfirmationRefused::Failed { onward: onward @ Onward::ReturnToApp(_), .. }) => !leads_to_listener(onward),
        Ok(Decided::Deliver(_)) | Err(_) => false,
    }
}

fn leads_to_listener(onward: &Onward) -> bool {
    matches!(onward, Onward::ReturnToApp(back) if back.url.scheme() == "http")
}

async fn reply(
    companion: &SharedCompanion,
    language: Language,
    decided: Result<Decided, ConfirmationRefused>,
    cookie: &SecretString,
) -> Result<Page, Refusal> {
    match decided {
        Ok(Decided::Onward(onward)) => go_on(companion, language, &onward, Some(cookie)).await,
        Ok(Decided::TypeCode(typed)) => Ok(letters_to_type(companion, language, &typed, false)),
        Ok(Decided::Deliver(back)) => go_on(companion, language, &Onward::ReturnToApp(back), None).await,
        Ok(Decided::Declined(onward)) => go_back(companion, language, &onward, Some(cookie)).await,
        Ok(Decided::SessionEnded { sign_in_id, was_open, psc }) => {
            Ok(pages::disowned(shell(companion, language, Some(&sign_in_id)), was_open, psc.as_ref()))
        }
        Err(ConfirmationRefused::Failed { code, onward: onward @ Onward::ReturnToApp(_) }) => {
            tracing::warn!(sign_in.id = %onward.sign_in_id(), error.code = %code, "The browser goes back to the app: the sign-in failed");
            go_back(companion, language, &onward, Some(cookie)).await
        }
        Err(refused) => refused_page(companion, language, refused.into(), Some(cookie)).await,
    }
}

/// What is over is no secret: the page says how. What goes on, goes on elsewhere.
async fn not_the_browser(companion: &SharedCompanion, language: Language, id: SignInId) -> Result<Page, Refusal> {
    match ended_page(companion, language, &id).await? {
        Some(page) => Ok(page),
        None => Err(Refusal::invalid_request(ErrorCode::BrowserMismatch)),
    }
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
            ConfirmationRefused::Over { id, .. } => Self::new(StatusCode::GONE, "invalid_request", code).about(id),
            ConfirmationRefused::Failed { onward, .. } => {
                Self::new(StatusCode::GONE, "invalid_request", code).about(onward.sign_in_id().clone())
            }
            ConfirmationRefused::Store(error) => {
                tracing::error!(error.code = %code, %error, "A confirmation could not be read or kept");
                Self::unavailable(code)
            }
        }
    }
}
