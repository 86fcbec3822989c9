//! Work that goes on although nobody waits for it any more.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::gate::memory;

/// Work that must finish even when the caller that began it goes away: a browser closed in the middle, an app killed.
#[derive(Clone, Default)]
pub(crate) struct Background(Arc<Mutex<JoinSet<()>>>);

impl Background {
    /// Starts the work; its result may be awaited or let go. What the request holds that begins it is held until then, so that those who go
    /// away at once cannot begin more than those who wait.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> oneshot::Receiver<T> {
        let (answer, answered) = oneshot::channel();
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while running.try_join_next().is_some() {}
        let held = memory::held_here();
        let work = async move {
            let _held = held;
            // Nobody may be waiting any more.
            drop(answer.send(work.await));
        };
        running.spawn(work.in_current_span());
        answered
    }

    /// Waits for everything started before.
    pub(crate) async fn settled(&self) {
        let running = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        running.join_all().await;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use http::HeaderMap;

    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use crate::gate::Memory;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

    #[tokio::test]
    async fn what_the_request_of_a_caller_that_went_away_holds_is_held_until_its_work_is_done() {
        let memory = Memory::new(24 * 1024, Arc::new(ManualClock::at(Timestamp(0))));
        let (background, (finish, finished)) = (Background::default(), oneshot::channel::<()>());
        let held = memory.request(HERE, &HeaderMap::new(), 0).expect("room for one");
        let caller = {
            let background = background.clone();
            tokio::spawn(memory::holding(held, async move { background.run(finished).await }))
        };
        while background.0.lock().expect("no panic").is_empty() {
            tokio::task::yield_now().await;
        }
        caller.abort();
        assert!(caller.await.expect_err("went away").is_cancelled());
        assert!(memory.request(HERE, &HeaderMap::new(), 0).is_err(), "as long as its work goes on");
        finish.send(()).expect("it goes on");
        background.settled().await;
        assert!(memory.request(HERE, &HeaderMap::new(), 0).is_ok(), "given back");
    }
}
