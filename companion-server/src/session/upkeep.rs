//! What is ended when nobody asks: sessions out of time, and what was left of attempts.

use std::time::{Duration, Instant};

use super::Sessions;
use crate::audit::{self, Event};
use crate::store::{PurgeLines, PurgeRules, Purged, StoreError};

/// Seconds during which what is over can still be explained to an app that comes back.
const REMEMBER_S: i64 = 24 * 3600;
/// Rows of each kind in one pass: it is one transaction, and others write in between.
const PASS: u32 = 200;
/// Longest time one clean-up may take; the next goes on.
const LONGEST: Duration = Duration::from_secs(20);

impl Sessions {
    /// To be called once at start: cleans up, and finishes the sign-outs that a crash interrupted.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn recover(&self) -> Result<(), StoreError> {
        self.sweep().await?;
        self.take_up_at_start().await
    }

    /// Ends what ran out of time, with its sealed tokens, and removes what nobody asks for any more, until nothing of it is left or its own
    /// time is over. Pro Santé Connect is asked for what becomes owed so.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sweep(&self) -> Result<Purged, StoreError> {
        let begun = Instant::now();
        let mut all = self.sweep_once().await?;
        while all.has_more && begun.elapsed() < LONGEST {
            all.absorb(self.sweep_once().await?);
        }
        Ok(all)
    }

    async fn sweep_once(&self) -> Result<Purged, StoreError> {
        let now = self.around.clock.now();
        let rules = PurgeRules { over_before: now.plus_seconds(-REMEMBER_S), pair_used_after: self.around.pair_used_after(), limit: PASS };
        let lines = PurgeLines {
            idle: self.line(Event::SessionIdle, None),
            expired: self.line(Event::SessionExpired, None),
            pair: self.line(Event::WorkstationExpired, None),
        };
        let purged = self.around.store.purge(rules, self.around.owing(), lines, now).await?;
        self.tell_all_owed(&purged.expired_sign_ins);
        let ended = [(&purged.idle_sessions, Event::SessionIdle), (&purged.expired_sessions, Event::SessionExpired)];
        for (ids, event) in ended {
            ids.iter().for_each(|id| self.announce_end(id, event));
        }
        purged.expired_pairs.iter().for_each(|_| audit::kept(Event::WorkstationExpired, None));
        Ok(purged)
    }
}
