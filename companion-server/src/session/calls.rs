//! The calls to Pro Santé Connect that one order begins, and what becomes of them.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use vestibule_model::session::SignInId;

use super::farewells::EndAtProvider;

/// Calls of one order by session, each to be told of once; `None` where none could be made.
pub(super) type Calls = HashMap<SignInId, Option<oneshot::Receiver<EndAtProvider>>>;

/// What became of Pro Santé Connect's sessions behind those that were ended here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderEnds {
    /// It said that they are over.
    pub ended: usize,
    /// It did not, or proved nothing.
    pub failed: usize,
    /// Not known yet.
    pub under_way: usize,
}

/// What became of calls, waited for at most so long altogether.
pub(super) async fn told(calls: Calls, limit: Duration) -> ProviderEnds {
    let (mut ends, until) = (ProviderEnds::default(), Instant::now() + limit);
    ends.failed += calls.values().filter(|call| call.is_none()).count();
    for call in calls.into_values().flatten() {
        match timeout_at(until, call).await {
            Ok(Ok(EndAtProvider::Done)) => ends.ended += 1,
            Ok(Ok(EndAtProvider::NotDone(_) | EndAtProvider::Unproven) | Err(_)) => ends.failed += 1,
            Err(_) => ends.under_way += 1,
        }
    }
    ends
}
