//! Long polls: a request is parked until something happens, its time is up, or the companion stops.

use std::time::Duration;

use crate::edge::answer::Refusal;
use crate::edge::params::Params;

/// Longest time a request is held, in seconds: under the thirty that most proxies allow.
const LONGEST_S: u64 = 25;

/// Reads `wait`, in whole seconds; more than 25 counts as 25.
///
/// # Errors
/// 400 when it is not a number.
pub fn wanted(params: &Params) -> Result<Option<Duration>, Refusal> {
    let Some(text) = params.optional("wait") else { return Ok(None) };
    let seconds: u64 = text.parse().map_err(|_| Refusal::parameter("wait"))?;
    Ok(Some(Duration::from_secs(seconds.min(LONGEST_S))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted_in(query: &str) -> Result<Option<Duration>, Refusal> {
        wanted(&Params::from_query(Some(query)).unwrap())
    }

    #[test]
    fn the_wait_is_capped_and_must_be_a_number() {
        assert_eq!(wanted_in(""), Ok(None));
        assert_eq!(wanted_in("wait=0"), Ok(Some(Duration::ZERO)));
        assert_eq!(wanted_in("wait=25"), Ok(Some(Duration::from_secs(25))));
        assert_eq!(wanted_in("wait=86400"), Ok(Some(Duration::from_secs(25))));
        for query in ["wait=-1", "wait=1.5", "wait=soon"] {
            assert!(wanted_in(query).is_err(), "{query}");
        }
    }
}
