//! How many there are of each.

use super::codec;
use super::visit::{Row, Visit};
use super::{Store, StoreError};
use vestibule_model::exchange::{Exchange, SignInState};

/// How many there are of each, without anything that names a person, a workstation or an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Sign-ins still remembered, by state.
    pub sign_ins: Vec<(SignInState, u64)>,
    /// The same, by exchange.
    pub exchanges: Vec<(Exchange, u64)>,
    /// Sessions that did not end.
    pub live_sessions: u64,
}

impl Store {
    /// Counts, for the administrator's metrics.
    pub async fn census(&self) -> Result<Census, StoreError> {
        self.survey(move |visit| count(visit)).await
    }
}

pub(super) fn count(visit: &mut dyn Visit) -> Result<Census, StoreError> {
    let rows = visit.rows("SELECT state, count(*) AS number FROM sign_ins GROUP BY state", &[])?;
    let sign_ins = rows.iter().map(|row| Ok((codec::state(row)?, number(row)?))).collect::<Result<_, StoreError>>()?;
    let rows = visit.rows("SELECT exchange, count(*) AS number FROM sign_ins GROUP BY exchange", &[])?;
    let exchanges = rows.iter().map(|row| Ok((codec::exchange(row)?, number(row)?))).collect::<Result<_, StoreError>>()?;
    let live = visit.row("SELECT count(*) AS number FROM sessions WHERE ended IS NULL", &[])?;
    Ok(Census { sign_ins, exchanges, live_sessions: number(&live)? })
}

fn number(row: &Row) -> Result<u64, StoreError> {
    let number: i64 = row.get("number")?;
    Ok(u64::try_from(number).unwrap_or_default())
}
