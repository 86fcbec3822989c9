//! Eight hours of a working day before the recording simulator, with the real engine and the real companion (EXI 11, EXI 32).

#![expect(clippy::wildcard_enum_match_arm, reason = "a test asks for one screen and takes no other")]

use std::time::Duration;

use anyhow::Context as _;
use vestibule_desktop::clock::Clock as _;
use vestibule_model::view::{AppRequest, Screen};
use vestibule_tests::stack::{Options, Stack, now};
use vestibule_tests::workplace::{App, Workplace};

/// Seconds of one step of the clocks.
const STEP_S: u32 = 30;

/// Of inactivity, by the companion's usual rule.
const IDLE_MS: u64 = 900_000;

/// Minutes after the last exchange with the provider during which another is not worth it.
const WINDOW: usize = 10;

/// What a day cost.
#[derive(Debug, Default)]
struct Day {
    sign_ins: usize,
    /// Calls at the provider that no sign-in made.
    calls: usize,
    /// Of those, refreshes.
    refreshes: usize,
    /// Calls at the provider in a minute without input that follows another.
    while_idle: usize,
    /// The fewest refreshes that keep the provider's session fresh by the window, given when she was active.
    ideal: usize,
}

/// Lives eight hours; `active` says of each minute whether she types in her practice software.
async fn lived(active: impl Fn(usize) -> bool) -> anyhow::Result<Day> {
    let stack = Stack::start(Options::default()).await?;
    let mut place = Workplace::new(&stack.companion_url, now(), "")?;
    let mut app = place.start()?;
    app.shows("the first screen", |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await?;
    let (mut day, mut fresh_since, mut was_active) = (Day::default(), None::<usize>, false);
    for minute in 0..8 * 60 {
        let is_active = active(minute);
        if is_active && !is_signed_in(&app) {
            app.handle.request(AppRequest::Dismiss);
            place.signs_in(&mut app, "camille").await.with_context(|| format!("minute {minute}"))?;
            day.sign_ins += 1;
            fresh_since = Some(minute);
        }
        let before = (stack.provider_heard().await?, refreshes(&stack).await?);
        for step in 0..60 / STEP_S {
            if is_active && step == 1 {
                place.clock.key();
            }
            stack.advance(STEP_S).await?;
            place.clock.advance(STEP_S);
            settled().await;
        }
        let is_due = is_active && fresh_since.is_some_and(|since| minute + 1 >= since + WINDOW);
        told(&place, &mut app, is_active).await?;
        if is_due {
            refreshed(&stack, before.1).await?;
        }
        let after = (stack.provider_heard().await?, refreshes(&stack).await?);
        let made = after.0 - before.0;
        day.calls += made;
        day.refreshes += after.1 - before.1;
        if !is_active && !was_active {
            day.while_idle += made;
        }
        was_active = is_active;
        if is_due {
            day.ideal += 1;
            fresh_since = Some(minute + 1);
        }
    }
    Ok(day)
}

/// Waits until the minute's key has put the end off; without one for a quarter of an hour, until the session is over.
async fn told(place: &Workplace, app: &mut App, is_active: bool) -> anyhow::Result<()> {
    let now_ms = place.clock.unix_ms();
    let is_told = |screen: &Screen| match screen {
        Screen::SignedIn { session } if is_active => (session.idle_ends_at_ms + 62_000 >= now_ms + IDLE_MS).then_some(()),
        Screen::SignedIn { session } => (session.idle_ends_at_ms > now_ms).then_some(()),
        _ => Some(()),
    };
    app.shows("the minute's news", is_told).await
}

/// Waits for the refresh that is due; whoever makes none is counted as having made none.
async fn refreshed(stack: &Stack, before: usize) -> anyhow::Result<()> {
    for _ in 0..250 {
        if refreshes(stack).await? > before {
            break;
        }
        settled().await;
    }
    Ok(())
}

fn is_signed_in(app: &App) -> bool {
    matches!(app.view.borrow().screen, Screen::SignedIn { .. } | Screen::ChoosingSituation { .. })
}

async fn refreshes(stack: &Stack) -> anyhow::Result<usize> {
    stack.provider_saw("/token", Some("refresh_token")).await
}

/// Lets everyone do, in real time, what the clocks just made due.
async fn settled() {
    tokio::time::sleep(Duration::from_millis(15)).await;
}

/// Discovery document and keys, read again in the wake of a refresh: both, once an hour at most.
const DOCUMENTS: usize = 2 * 8;

/// At most a hundredth more than the fewest that keep the session, and not so few that it would be lost.
fn cost_what_it_must(day: &Day) {
    assert_eq!(day.while_idle, 0, "{day:?}");
    assert!(day.refreshes * 100 <= day.ideal * 101, "{day:?}");
    assert!(day.refreshes * 10 >= day.ideal * 9, "{day:?}");
    assert!(day.calls - day.refreshes <= DOCUMENTS, "{day:?}");
}

#[tokio::test]
async fn exi_11_eight_busy_hours_cost_one_refresh_in_ten_minutes_and_nothing_else() {
    let day = lived(|_| true).await.expect("a day");
    cost_what_it_must(&day);
    assert_eq!((day.sign_ins, day.ideal), (2, 48), "four hours at most each: {day:?}");
}

#[tokio::test]
async fn exi_11_eight_calm_hours_ask_nothing_of_the_provider_while_nobody_types() {
    // Two minutes of work in twelve, as between patients.
    let day = lived(|minute| minute % 12 < 2).await.expect("a day");
    cost_what_it_must(&day);
    assert_eq!(day.sign_ins, 2, "never fifteen minutes without a key: {day:?}");
}

#[tokio::test]
async fn exi_32_visits_ten_minutes_long_end_by_themselves_and_leave_the_provider_alone() {
    let day = lived(|minute| minute % 60 < 10).await.expect("a day");
    assert_eq!((day.sign_ins, day.while_idle), (8, 0), "{day:?}");
    assert!(day.refreshes <= day.ideal, "{day:?}");
}
