//! Sign-outs that are owed to Pro Santé Connect: taken up every minute, and by whoever ends something of the same person or workstation.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::Sessions;
use super::calls::Calls;
use super::end_at_provider::{Attempt, Call, Precedence};
use super::farewells::{Awaited, EndAtProvider, Farewell};
use crate::store::{OwedSignOut, StoreError};

/// Sign-outs taken up in one round, whatever else is owed.
const RESUMED: u32 = 500;
/// Longest time in which a round begins calls: what waits behind a slow Pro Santé Connect is the first of the next.
const ROUND: Duration = Duration::from_secs(60);

impl Sessions {
    /// Asks Pro Santé Connect again for the ends that it owes, whoever ordered them and whether or not a browser was sent: what waited longest
    /// first, a few at once. Waits for none; the next round begins when this one is over.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn take_up_sign_outs(&self) -> Result<(), StoreError> {
        self.take_up(|_| Attempt::Again).await
    }

    /// The same after a start: nothing is traced yet of a call that the end of the former process cut.
    pub(super) async fn take_up_at_start(&self) -> Result<(), StoreError> {
        self.take_up(|owed| if owed.was_tried { Attempt::Again } else { Attempt::First }).await
    }

    async fn take_up(&self, attempt: fn(&OwedSignOut) -> Attempt) -> Result<(), StoreError> {
        let Some(round) = self.farewells.round() else { return Ok(()) };
        let owed = self.around.store.waiting_sign_outs(RESUMED, self.around.clock.now()).await?;
        let sessions = self.clone();
        drop(self.around.background.run(async move {
            let (mut calls, until) = (JoinSet::new(), Instant::now() + ROUND);
            for owed in owed {
                // The turn first: whoever asks for one that waits for its turn shall not wait too.
                let Ok(Some(turn)) = timeout_at(until, sessions.farewells.turn()).await else { break };
                // What is being asked is not owed a second call.
                let Ok(farewell) = sessions.farewells.begin(&owed.id) else { continue };
                let (sessions, attempt) = (sessions.clone(), attempt(&owed));
                calls.spawn(async move {
                    sessions.take_up_one(&owed, attempt, farewell).await;
                    drop(turn);
                });
            }
            calls.join_all().await;
            drop(round);
        }));
        Ok(())
    }

    /// What was tried is marked at its call; before, only where the trail knows of a failure already: what a kill cuts is traced the next time.
    async fn take_up_one(&self, owed: &OwedSignOut, attempt: Attempt, farewell: Farewell) {
        if attempt == Attempt::Again {
            self.mark_tried(owed).await;
        }
        self.end_owed(owed, attempt, farewell).await;
        if attempt == Attempt::First {
            self.mark_tried(owed).await;
        }
    }

    async fn mark_tried(&self, owed: &OwedSignOut) {
        if let Err(error) = self.around.store.mark_tried(&owed.id, self.around.clock.now()).await {
            tracing::error!(sign_in.id = %owed.id, error = %error, "That a sign-out was tried again could not be kept");
        }
    }

    /// Asks Pro Santé Connect for those that an order touches and did not call for itself.
    pub(super) fn call_owed(&self, calls: &mut Calls, owed: Vec<OwedSignOut>) {
        for owed in owed {
            let sessions = self.clone();
            calls.entry(owed.id.clone()).or_insert_with(|| Some(self.around.background.run(async move { sessions.resume(owed).await })));
        }
    }

    async fn resume(&self, owed: OwedSignOut) -> EndAtProvider {
        loop {
            let Some(turn) = self.farewells.turn().await else { return EndAtProvider::NotDone(None) };
            let other = match self.farewells.begin(&owed.id) {
                Ok(farewell) => return self.end_owed(&owed, Attempt::Again, farewell).await,
                Err(other) => other,
            };
            // The other may need it.
            drop(turn);
            match other.outcome().await {
                Awaited::Told(end) => return end,
                Awaited::GivenUp => {}
                Awaited::StillUnderWay => return EndAtProvider::Unproven,
            }
        }
    }

    async fn end_owed(&self, owed: &OwedSignOut, attempt: Attempt, farewell: Farewell) -> EndAtProvider {
        match self.around.unseal_hint(owed) {
            Ok(hint) => {
                let call = Call { id: &owed.id, provider: &owed.provider, hint: &hint, attempt, precedence: Precedence::First };
                self.tried_end(call, Ok(farewell)).await
            }
            Err(error) => {
                tracing::warn!(sign_in.id = %owed.id, error = %error, "An interrupted sign-out cannot be finished");
                EndAtProvider::NotDone(None)
            }
        }
    }
}
