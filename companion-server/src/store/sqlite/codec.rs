//! Between columns and words.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{Exchange, SignInState};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionEnd, SignInId};

use crate::clock::Timestamp;
use crate::store::{AuditRow, GrantRow, ReturnAddress, SessionRow, SignInRow, StoreError, TokenKind, TokenRow, WayBack};

const STATES: [(SignInState, &str); 12] = [
    (SignInState::Created, "created"),
    (SignInState::Opened, "opened"),
    (SignInState::AtPsc, "at_psc"),
    (SignInState::Exchanging, "exchanging"),
    (SignInState::Authenticated, "authenticated"),
    (SignInState::Confirmed, "confirmed"),
    (SignInState::Redeemed, "redeemed"),
    (SignInState::Declined, "declined"),
    (SignInState::Expired, "expired"),
    (SignInState::Cancelled, "cancelled"),
    (SignInState::Failed, "failed"),
    (SignInState::Burned, "burned"),
];

const EXCHANGES: [(Exchange, &str); 3] = [(Exchange::Loopback, "loopback"), (Exchange::Scheme, "scheme"), (Exchange::Polling, "polling")];

const ENDS: [(SessionEnd, &str); 9] = [
    (SessionEnd::Idle, "idle"),
    (SessionEnd::Expired, "expired"),
    (SessionEnd::SignedOut, "signed_out"),
    (SessionEnd::Closed, "closed"),
    (SessionEnd::Revoked, "revoked"),
    (SessionEnd::Replaced, "replaced"),
    (SessionEnd::Disowned, "disowned"),
    (SessionEnd::Forgotten, "forgotten"),
    (SessionEnd::Administrator, "administrator"),
];

/// As in the `state` column.
pub(super) fn state_name(state: SignInState) -> &'static str {
    STATES.iter().find(|(known, _)| *known == state).map_or("", |(_, name)| name)
}

/// As in the `ended` column.
pub(super) fn end_name(end: SessionEnd) -> &'static str {
    ENDS.iter().find(|(known, _)| *known == end).map_or("", |(_, name)| name)
}

/// As in the `exchange` column.
pub(super) fn exchange_name(exchange: Exchange) -> &'static str {
    EXCHANGES.iter().find(|(known, _)| *known == exchange).map_or("", |(_, name)| name)
}

/// As in the `kind` column.
pub(super) const fn kind_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "access",
        TokenKind::Refresh => "refresh",
    }
}

pub(super) fn exchange(row: &SqliteRow) -> Result<Exchange, StoreError> {
    let exchange: &str = row.try_get("exchange")?;
    EXCHANGES.iter().find(|(_, name)| *name == exchange).map(|(known, _)| *known).ok_or(StoreError::Unreadable("exchange"))
}

pub(super) fn state(row: &SqliteRow) -> Result<SignInState, StoreError> {
    let state: &str = row.try_get("state")?;
    STATES.iter().find(|(_, name)| *name == state).map(|(known, _)| *known).ok_or(StoreError::Unreadable("sign-in state"))
}

pub(super) fn sign_in(row: &SqliteRow) -> Result<SignInRow, StoreError> {
    Ok(SignInRow {
        id: SignInId(row.try_get("id")?),
        state: state(row)?,
        error_code: error_code(row)?,
        jkt: row.try_get("jkt")?,
        app_address: row.try_get("app_address")?,
        way_back: way_back(row)?,
        group_name: row.try_get("group_name")?,
        code_challenge: row.try_get("code_challenge")?,
        device_label: row.try_get("device_label")?,
        match_number: row.try_get("match_number")?,
        number_choices: row
            .try_get::<Option<&str>, _>("number_choices")?
            .map_or_else(Vec::new, |choices| choices.split(' ').map(str::to_owned).collect()),
        cookie: row.try_get("cookie_hash")?,
        browser_address: row.try_get("browser_address")?,
        psc_pending_sealed: row.try_get("psc_pending_sealed")?,
        account_id: row.try_get("account_id")?,
        confirmation_reason: row.try_get("confirmation_reason")?,
        identity_changed: row.try_get("identity_changed")?,
        typed_code_mac: row.try_get("typed_code_mac")?,
        typed_tries: row.try_get("typed_tries")?,
        code_left: row.try_get::<Option<Vec<u8>>, _>("code_hash")?.is_some(),
        created_at: Timestamp(row.try_get("created_at")?),
        ends_at: Timestamp(row.try_get("ends_at")?),
        stage_ends_at: Timestamp(row.try_get("stage_ends_at")?),
    })
}

fn way_back(row: &SqliteRow) -> Result<WayBack, StoreError> {
    let unreadable = || StoreError::Unreadable("exchange");
    let exchange = exchange(row)?;
    let address = match (row.try_get("redirect_uri")?, row.try_get("app_state")?) {
        (Some(redirect_uri), Some(app_state)) => Some(ReturnAddress { redirect_uri, app_state }),
        _ => None,
    };
    match (exchange, address) {
        (Exchange::Loopback, Some(address)) => Ok(WayBack::Loopback(address)),
        (Exchange::Scheme, Some(address)) => Ok(WayBack::Scheme(address)),
        (Exchange::Polling, None) => Ok(WayBack::Polling),
        _ => Err(unreadable()),
    }
}

pub(super) fn session(row: &SqliteRow) -> Result<SessionRow, StoreError> {
    let ended: Option<&str> = row.try_get("ended")?;
    let ended = match ended {
        Some(text) => {
            Some(ENDS.iter().find(|(_, name)| *name == text).map(|(known, _)| *known).ok_or(StoreError::Unreadable("session end"))?)
        }
        None => None,
    };
    Ok(SessionRow {
        sign_in_id: SignInId(row.try_get("sign_in_id")?),
        account_id: row.try_get("account_id")?,
        jkt: row.try_get("jkt")?,
        situation_id: row.try_get::<Option<String>, _>("situation_id")?.map(SituationId),
        suggested_situation_id: row.try_get::<Option<String>, _>("suggested_situation_id")?.map(SituationId),
        identity_changed: row.try_get("identity_changed")?,
        created_at: Timestamp(row.try_get("created_at")?),
        last_activity_at: Timestamp(row.try_get("last_activity_at")?),
        absolute_ends_at: Timestamp(row.try_get("absolute_ends_at")?),
        idle_limit_s: row.try_get("idle_limit_s")?,
        shared_workstation: row.try_get("shared_workstation")?,
        new_workstation: row.try_get("new_workstation")?,
        head: row.try_get("head")?,
        confirmed: row.try_get("confirmed")?,
        version: row.try_get("version")?,
        ended,
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(Timestamp),
    })
}

pub(super) fn token(row: &SqliteRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow { generation: row.try_get("generation")?, expires_at: Timestamp(row.try_get("expires_at")?) })
}

pub(super) fn grant(row: &SqliteRow) -> Result<GrantRow, StoreError> {
    Ok(GrantRow {
        practitioner_sealed: row.try_get("practitioner_sealed")?,
        tokens_sealed: row.try_get("tokens_sealed")?,
        means: row.try_get("means")?,
        acr: row.try_get("acr")?,
        last_exchange_at: Timestamp(row.try_get("last_exchange_at")?),
        psc_over: row.try_get("psc_over")?,
    })
}

pub(super) fn audit(row: &SqliteRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.try_get("id")?,
        at: Timestamp(row.try_get("at")?),
        event: row.try_get("event")?,
        sign_in_id: row.try_get("sign_in_id")?,
        national_id: row.try_get("national_id")?,
        jkt: row.try_get("jkt")?,
        address: row.try_get("address")?,
        error_code: error_code(row)?,
        group_name: row.try_get("group_name")?,
        actor: row.try_get("actor")?,
    })
}

fn error_code(row: &SqliteRow) -> Result<Option<ErrorCode>, StoreError> {
    let Some(number) = row.try_get::<Option<i64>, _>("error_code")? else { return Ok(None) };
    let known = ErrorCode::ALL.iter().copied().find(|code| i64::from(code.number()) == number);
    known.map(Some).ok_or(StoreError::Unreadable("error code"))
}
