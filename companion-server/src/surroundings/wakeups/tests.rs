//! Nobody misses the change that he waits for.

use super::*;

#[tokio::test]
async fn a_change_between_reading_and_sleeping_still_wakes() {
    let (wakeups, id) = (Wakeups::default(), SignInId("7F3K-9QXM".to_owned()));
    let waiting = wakeups.watch(&id, Duration::from_secs(3600));
    let changed = waiting.listen();
    wakeups.wake(&id);
    let slept = tokio::time::timeout(Duration::from_secs(20), waiting.sleep(changed, Duration::from_secs(3600)));
    assert!(slept.await.is_ok());
}

#[test]
fn those_who_leave_at_the_same_time_leave_nothing_behind() {
    let wakeups = Wakeups::default();
    for number in 0..5_000 {
        let id = SignInId(number.to_string());
        let [first, second] = [(); 2].map(|()| wakeups.watch(&id, Duration::ZERO));
        let start = std::sync::Barrier::new(3);
        std::thread::scope(|scope| {
            for waiting in [first, second] {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    drop(waiting);
                });
            }
            start.wait();
            wakeups.wake(&id);
        });
    }
    assert_eq!(wakeups.parked(), 0);
}

#[tokio::test]
async fn nothing_is_remembered_of_those_who_left() {
    let (wakeups, id) = (Wakeups::default(), SignInId("7F3K-9QXM".to_owned()));
    let (first, second) = (wakeups.watch(&id, Duration::ZERO), wakeups.watch(&id, Duration::ZERO));
    assert_eq!(wakeups.parked(), 1);
    drop(first);
    assert_eq!(wakeups.parked(), 1);
    drop(second);
    assert_eq!(wakeups.parked(), 0);
    wakeups.wake(&id);
}
