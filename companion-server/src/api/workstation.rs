//! What a sign-in of this workstation would meet, for its diagnosis.

use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{PartSeen, WorkstationRules};

use crate::companion::SharedCompanion;
use crate::edge::answer::Refusal;
use crate::edge::params::Params;
use crate::oauth::client::{check_client, proven_key};

/// How long whoever asks waits for a provider that nobody asked lately.
const PATIENCE: Duration = Duration::from_secs(4);

/// `POST /api/v1/workstation`: under which rules a sign-in with this key and this token would start, or why none would. It has no effect: nobody
/// joins a group by it, and nothing stays written down.
///
/// # Errors
/// Those of a start that come before its exchange is looked at: 400, 401, 429, 503.
pub async fn rules(State(companion): State<SharedCompanion>, request: Request) -> Result<Json<WorkstationRules>, Refusal> {
    let (parts, body) = request.into_parts();
    let jkt = proven_key(&companion, &parts).await?;
    let params = Params::from_form(&parts.headers, body).await?;
    check_client(&companion, &parts, &params)?;
    let token = params.optional("enrolment_token").map(SecretString::from);
    let group = companion.sign_ins.foresee(&jkt, token.as_ref()).await?;
    let (psc, storage) = tokio::join!(companion.parties.trouble_lately(PATIENCE), companion.trials.writing(&companion.store));
    let seen = |trouble: Option<ErrorCode>| Some(PartSeen { code: trouble.map(|code| code.to_string()) });
    Ok(Json(WorkstationRules {
        group: group.name,
        exchanges: group.exchanges,
        return_scheme: companion.config.client.return_scheme.clone(),
        shared_workstation: Some(group.session.shared_workstation),
        psc: seen(psc),
        storage: seen(storage),
    }))
}
