//! Between columns and words.

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::{Exchange, SignInState};
use vestibule_model::practitioner::SituationId;
use vestibule_model::session::{SessionEnd, SignInId};

use super::visit::Row;
use crate::clock::Timestamp;
use crate::store::{
    Asks, AuditRow, Browser, ConfirmationReason, GrantRow, GrantShown, Identified, Over, ReturnAddress, SecretHash, SessionRow, SignInEnd,
    SignInRow, Stage, StoreError, TokenKind, TokenRow, WayBack,
};

/// As in the `kind` column.
pub(super) const fn kind_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "access",
        TokenKind::Refresh => "refresh",
    }
}

pub(super) fn exchange(row: &Row) -> Result<Exchange, StoreError> {
    Exchange::from_name(row.get("exchange")?).ok_or(StoreError::Unreadable("exchange"))
}

pub(super) fn state(row: &Row) -> Result<SignInState, StoreError> {
    SignInState::from_name(row.get("state")?).ok_or(StoreError::Unreadable("sign-in state"))
}

pub(super) fn sign_in(row: &Row) -> Result<SignInRow, StoreError> {
    Ok(SignInRow {
        id: SignInId(row.get("id")?),
        provider: row.get("provider")?,
        stage: stage(row)?,
        jkt: row.get("jkt")?,
        app_address: row.get("app_address")?,
        way_back: way_back(row)?,
        group_name: row.get("group_name")?,
        code_challenge: row.get("code_challenge")?,
        device_label: row.get("device_label")?,
        match_number: row.get("match_number")?,
        created_at: Timestamp(row.get("created_at")?),
        ends_at: Timestamp(row.get("ends_at")?),
        stage_ends_at: Timestamp(row.get("stage_ends_at")?),
    })
}

/// The one place where columns that only some states fill become what those states hold.
fn stage(row: &Row) -> Result<Stage, StoreError> {
    let over = |end| {
        let (code, browser) = (error_code(row)?, browser(row)?);
        let code_left = row.get::<Option<&[u8]>>("code_hash")?.is_some();
        Ok::<_, StoreError>(Stage::Over(Over { end, code, browser, code_left }))
    };
    Ok(match state(row)? {
        SignInState::Created => Stage::Created,
        SignInState::Opened => Stage::Opened(bound(row)?),
        SignInState::AtProvider => {
            let pending_sealed: Option<Vec<u8>> = row.get("pending_sealed")?;
            Stage::AtProvider { browser: bound(row)?, pending_sealed: pending_sealed.ok_or(StoreError::Unreadable("pending request"))? }
        }
        SignInState::Exchanging => Stage::Exchanging(bound(row)?),
        SignInState::Authenticated => Stage::Authenticated(identified(row)?),
        SignInState::Confirmed => {
            let are_letters_due = row.get::<Option<&[u8]>>("typed_code_mac")?.is_some();
            let tried: u32 = row.get("typed_tries")?;
            Stage::Confirmed { who: identified(row)?, letters_tried: are_letters_due.then_some(tried) }
        }
        SignInState::Redeemed => Stage::Redeemed(identified(row)?),
        SignInState::Declined => over(SignInEnd::Declined)?,
        SignInState::Expired => over(SignInEnd::Expired)?,
        SignInState::Cancelled => over(SignInEnd::Cancelled)?,
        SignInState::Failed => over(SignInEnd::Failed)?,
        SignInState::Burned => over(SignInEnd::Burned)?,
    })
}

fn browser(row: &Row) -> Result<Option<Browser>, StoreError> {
    let Some(cookie) = row.get::<Option<&[u8]>>("cookie_hash")? else { return Ok(None) };
    let cookie = SecretHash::from_bytes(cookie).ok_or(StoreError::Unreadable("cookie"))?;
    let address: Option<&str> = row.get("browser_address")?;
    Ok(Some(Browser { cookie, address: address.and_then(|address| address.parse().ok()) }))
}

fn bound(row: &Row) -> Result<Browser, StoreError> {
    browser(row)?.ok_or(StoreError::Unreadable("cookie"))
}

fn identified(row: &Row) -> Result<Identified, StoreError> {
    let account_id: Option<i64> = row.get("account_id")?;
    Ok(Identified {
        browser: bound(row)?,
        account_id: account_id.ok_or(StoreError::Unreadable("sign-in account"))?,
        identity_changed: row.get("identity_changed")?,
        asks: asks(row)?,
    })
}

fn asks(row: &Row) -> Result<Asks, StoreError> {
    let Some(reason) = row.get::<Option<&str>>("confirmation_reason")? else { return Ok(Asks::Nothing) };
    let reason = ConfirmationReason::from_name(reason).ok_or(StoreError::Unreadable("confirmation reason"))?;
    let choices: Option<&str> = row.get("number_choices")?;
    Ok(match choices {
        Some(choices) => Asks::Number { reason, choices: choices.split(' ').map(str::to_owned).collect() },
        None => Asks::Click(reason),
    })
}

fn way_back(row: &Row) -> Result<WayBack, StoreError> {
    let unreadable = || StoreError::Unreadable("exchange");
    let exchange = exchange(row)?;
    let address = match (row.get("redirect_uri")?, row.get("app_state")?) {
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

pub(super) fn session(row: &Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        sign_in_id: SignInId(row.get("sign_in_id")?),
        account_id: row.get("account_id")?,
        jkt: row.get("jkt")?,
        situation_id: row.get::<Option<String>>("situation_id")?.map(SituationId),
        suggested_situation_id: row.get::<Option<String>>("suggested_situation_id")?.map(SituationId),
        identity_changed: row.get("identity_changed")?,
        created_at: Timestamp(row.get("created_at")?),
        last_activity_at: Timestamp(row.get("last_activity_at")?),
        absolute_ends_at: Timestamp(row.get("absolute_ends_at")?),
        rules: serde_json::from_str(row.get("rules")?).map_err(|_| StoreError::Unreadable("session rules"))?,
        new_workstation: row.get("new_workstation")?,
        head: row.get("head")?,
        confirmed: row.get("confirmed")?,
        version: row.get("version")?,
        locked_at: row.get::<Option<i64>>("locked_at")?.map(Timestamp),
        ended: session_end(row)?,
        ended_at: row.get::<Option<i64>>("ended_at")?.map(Timestamp),
        objected_at: row.get::<Option<i64>>("objected_at")?.map(Timestamp),
    })
}

pub(super) fn session_end(row: &Row) -> Result<Option<SessionEnd>, StoreError> {
    let ended: Option<&str> = row.get("ended")?;
    ended.map(|name| SessionEnd::from_name(name).ok_or(StoreError::Unreadable("session end"))).transpose()
}

pub(super) fn token(row: &Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow { generation: row.get("generation")?, expires_at: Timestamp(row.get("expires_at")?) })
}

pub(super) fn grant(row: &Row) -> Result<GrantRow, StoreError> {
    Ok(GrantRow {
        provider: row.get("provider")?,
        practitioner_sealed: row.get("practitioner_sealed")?,
        tokens_sealed: row.get("tokens_sealed")?,
        means: row.get("means")?,
        acr: row.get("acr")?,
        last_exchange_at: Timestamp(row.get("last_exchange_at")?),
        is_provider_over: row.get("provider_over")?,
    })
}

pub(super) fn grant_shown(row: &Row) -> Result<GrantShown, StoreError> {
    Ok(GrantShown { provider: row.get("provider")?, practitioner_sealed: row.get("practitioner_sealed")?, means: row.get("means")? })
}

/// Beside a sign-in, whose provider has its own column.
pub(super) fn granted(row: &Row) -> Result<Option<GrantShown>, StoreError> {
    let Some(provider) = row.get("granted_by")? else { return Ok(None) };
    Ok(Some(GrantShown { provider, practitioner_sealed: row.get("practitioner_sealed")?, means: row.get("means")? }))
}

pub(super) fn audit(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.get("id")?,
        at: Timestamp(row.get("at")?),
        event: row.get("event")?,
        sign_in_id: row.get("sign_in_id")?,
        national_id: row.get("national_id")?,
        jkt: row.get("jkt")?,
        address: row.get("address")?,
        error_code: error_code(row)?,
        group_name: row.get("group_name")?,
        actor: row.get("actor")?,
    })
}

pub(super) fn error_code(row: &Row) -> Result<Option<ErrorCode>, StoreError> {
    let Some(number) = row.get::<Option<i64>>("error_code")? else { return Ok(None) };
    let known = ErrorCode::ALL.iter().copied().find(|code| i64::from(code.number()) == number);
    known.map(Some).ok_or(StoreError::Unreadable("error code"))
}
