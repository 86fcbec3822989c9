//! How the sign-ins of the last day ended: what no single call to a provider and no state of health tells.

use vestibule_model::ErrorCode;

use super::visit::{Visit, values};
use super::{StoreError, codec};
use crate::clock::Timestamp;

/// How sign-ins ended, without anything that names a person, a workstation or an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecentSignIns {
    pub signed_in: u64,
    /// The browser was sent to the provider, and nobody came back from it; whether by giving up, or because the provider let nobody go on.
    pub never_returned: u64,
    /// The browser is at the provider now.
    pub away: u64,
    /// By what their people read.
    pub failed: Vec<(ErrorCode, u64)>,
    /// How the one that was begun last ended, of those above.
    pub last: Option<Ended>,
}

/// How one ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    SignedIn,
    NeverReturned,
    Failed(ErrorCode),
}

/// Of those that began after a moment, as far as they are still remembered.
pub(super) fn since(visit: &mut dyn Visit, since: Timestamp) -> Result<RecentSignIns, StoreError> {
    let rows = visit.rows(
        "SELECT became, error_code, COUNT(*) AS number, MAX(created_at) AS last
         FROM (SELECT error_code, created_at,
                      CASE WHEN state = 'redeemed' THEN 'signed_in'
                           WHEN state IN ('failed', 'burned') THEN 'failed'
                           WHEN provider_state_hash IS NULL OR account_id IS NOT NULL THEN 'other'
                           WHEN state = 'at_provider' THEN 'away'
                           WHEN state IN ('expired', 'cancelled') AND error_code IS DISTINCT FROM ?2 THEN 'never_returned'
                           ELSE 'other' END AS became
               FROM sign_ins WHERE created_at > ?1) AS recent
         GROUP BY became, error_code",
        values![since, i64::from(ErrorCode::SignInEndedByAdministrator.number())],
    )?;
    let (mut recent, mut last): (_, Option<(i64, Ended)>) = (RecentSignIns::default(), None);
    for row in &rows {
        let number = u64::try_from(row.get::<i64>("number")?).unwrap_or_default();
        let ended = match row.get::<String>("became")?.as_str() {
            "signed_in" => {
                recent.signed_in += number;
                Ended::SignedIn
            }
            "never_returned" => {
                recent.never_returned += number;
                Ended::NeverReturned
            }
            "failed" => {
                // Each has one, but for what no version of this program writes.
                let Some(code) = codec::error_code(row)? else { continue };
                recent.failed.push((code, number));
                Ended::Failed(code)
            }
            "away" => {
                recent.away += number;
                continue;
            }
            _ => continue,
        };
        let begun: i64 = row.get("last")?;
        last = last.filter(|(latest, _)| *latest > begun).or(Some((begun, ended)));
    }
    recent.failed.sort_by_key(|(code, number)| (u64::MAX - number, code.number()));
    recent.last = last.map(|(_, ended)| ended);
    Ok(recent)
}

#[cfg(test)]
mod tests {
    use vestibule_model::ErrorCode;

    use super::{Ended, RecentSignIns, since};
    use crate::clock::Timestamp;
    use crate::store::sqlite;
    use crate::store::visit::{Visit, values};

    /// One attempt: when it began, its state, its code, whether its browser was sent to the provider, whether somebody came back from there.
    type Attempt = (i64, &'static str, Option<ErrorCode>, bool, bool);

    fn told(attempts: &[Attempt]) -> RecentSignIns {
        let mut memory = sqlite::in_memory(&Vec::from_iter(1..=99)).expect("a memory");
        let visit: &mut dyn Visit = &mut memory;
        visit.script("PRAGMA foreign_keys = OFF").expect("no account is needed");
        for (number, (begun, state, code, left, came_back)) in attempts.iter().enumerate() {
            let number = i64::try_from(number).expect("small");
            let code = code.map(|code| i64::from(code.number()));
            let hash = number.to_be_bytes().to_vec();
            let (left, who) = (left.then(|| hash.clone()), came_back.then_some(1_i64));
            visit
                .execute(
                    "INSERT INTO sign_ins (id, state, is_open, error_code, jkt, app_address, exchange, code_challenge, match_number,
                         device_code_hash, request_hash, provider_state_hash, account_id, created_at, ends_at, stage_ends_at)
                     VALUES (?1, ?2, FALSE, ?3, 'k', '', 'polling', '', '42', ?4, ?4, ?5, ?6, ?7, 0, 0)",
                    values![number.to_string(), *state, code, hash, left, who, *begun],
                )
                .expect("kept");
        }
        since(visit, Timestamp(0)).expect("read")
    }

    #[test]
    fn each_end_is_counted_once_and_the_last_one_is_known() {
        let (left, back) = (true, true);
        let here: [Attempt; 9] = [
            (1, "redeemed", None, left, back),
            (2, "failed", Some(ErrorCode::PscUnavailable), left, false),
            (3, "failed", Some(ErrorCode::PscUnavailable), left, false),
            (4, "expired", Some(ErrorCode::SignInExpired), left, false),
            (5, "cancelled", None, left, false),
            (6, "burned", Some(ErrorCode::NumberRefused), left, back),
            (7, "declined", None, left, false),
            (8, "cancelled", Some(ErrorCode::SignInEndedByAdministrator), left, false),
            (9, "expired", Some(ErrorCode::SignInExpired), false, false),
        ];
        let all = told(&here);
        assert_eq!((all.signed_in, all.never_returned, all.away), (1, 2, 0));
        assert_eq!(all.failed, [(ErrorCode::PscUnavailable, 2), (ErrorCode::NumberRefused, 1)]);
        assert_eq!(all.last, Some(Ended::Failed(ErrorCode::NumberRefused)));
        assert_eq!(told(&here[..5]).last, Some(Ended::NeverReturned));
        assert_eq!(told(&here[..3]).last, Some(Ended::Failed(ErrorCode::PscUnavailable)));
        assert_eq!(told(&[(9, "redeemed", None, left, back), here[1]]).last, Some(Ended::SignedIn));
        assert_eq!(told(&[(0, "redeemed", None, left, back)]), RecentSignIns::default(), "before that day");
        let away = told(&[(1, "at_provider", None, left, false)]);
        assert_eq!((away.away, away.last), (1, None));
    }
}
