//! What rings here when another companion changed something.

use std::time::Duration;

use super::*;

/// Less than after how long who waits looks for himself.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn whoever_waits_is_woken_by_what_was_heard_and_by_what_may_have_been_missed() {
    let (tell, heard) = mpsc::unbounded_channel();
    let (say, _said) = mpsc::unbounded_channel();
    let wakeups = Wakeups::among(say);
    let ringing = tokio::spawn(ring(wakeups.clone(), heard));
    let id = SignInId("7F3K-9QXM".into());
    let waiting = wakeups.watch(&id, Duration::from_secs(25));
    for (change, wakes) in [(Change::Of(SignInId("somebody else".into())), false), (Change::Of(id.clone()), true), (Change::Any, true)] {
        let changed = waiting.listen();
        tell.send(change.clone()).expect("it listens");
        assert_eq!(tokio::time::timeout(SOON, changed).await.is_ok(), wakes, "{change:?}");
    }
    drop(tell);
    ringing.await.expect("it ends with what it hears");
}
