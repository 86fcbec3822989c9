//! « Mes sessions » : the window's list and its acts, with two real engines before the real companion and the simulator.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test asks for one screen and takes no other")]

use std::time::Duration;

use vestibule_model::session::SessionEnd;
use vestibule_model::view::{AppRequest, OwnSessionsView, Screen, SignInNotice};
use vestibule_tests::stack::{Options, Stack, now};
use vestibule_tests::workplace::{App, Workplace};

async fn signed_in(stack: &Stack) -> anyhow::Result<(Workplace, App)> {
    let mut place = Workplace::new(&stack.companion_url, now(), "")?;
    let mut app = place.start()?;
    app.shows("the first screen", |screen| matches!(screen, Screen::SignIn { .. }).then_some(())).await?;
    place.signs_in(&mut app, "camille").await?;
    Ok((place, app))
}

async fn told(app: &mut App, expected: &str, accept: impl Fn(&OwnSessionsView) -> bool) -> anyhow::Result<OwnSessionsView> {
    app.shows(expected, |screen| match screen {
        Screen::OwnSessions(own) if !own.busy && accept(own) => Some(own.clone()),
        _ => None,
    })
    .await
}

async fn is_ended_elsewhere(app: &mut App) -> anyhow::Result<()> {
    let ended = |screen: &Screen| matches!(screen, Screen::Ended { reason: Some(SessionEnd::EndedElsewhere), .. }).then_some(());
    app.shows("ended elsewhere", ended).await
}

/// Nobody waits for Pro Santé Connect when a session ends elsewhere: it is told a moment later.
async fn ends_told_after(stack: &Stack, before: usize) -> anyhow::Result<usize> {
    for _ in 0..250 {
        let told = stack.provider_saw("/logout", None).await? - before;
        if told > 0 {
            return Ok(told);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(0)
}

#[tokio::test]
async fn exi_20_what_she_closes_in_the_window_is_closed_where_it_was_open_and_at_pro_sante_connect() -> anyhow::Result<()> {
    let stack = Stack::start(Options::default()).await?;
    let ((_left, mut forgotten), (_here, mut app)) = (signed_in(&stack).await?, signed_in(&stack).await?);
    app.handle.request(AppRequest::ShowOwnSessions);
    let own = told(&mut app, "both sessions", |own| own.sessions.is_some()).await?;
    // Of two that opened at the same instant, either comes first.
    let mut sessions = own.sessions.unwrap_or_default();
    sessions.sort_by_key(|one| one.is_this);
    let seen: Vec<_> = sessions.iter().map(|one| (one.device_label.as_deref(), one.is_this, one.locked)).collect();
    assert_eq!(seen, [(Some("Salle 3"), false, false), (Some("Salle 3"), true, false)]);

    let ends = stack.provider_saw("/logout", None).await?;
    app.handle.request(AppRequest::EndOwnSession { id: sessions[0].id.clone() });
    told(&mut app, "one closed", |own| own.ended == Some(1) && own.sessions.as_ref().is_some_and(|left| left.len() == 1)).await?;
    is_ended_elsewhere(&mut forgotten).await?;
    assert_eq!(ends_told_after(&stack, ends).await?, 1, "and Pro Santé Connect is told");

    // All of them, with one more that came meanwhile.
    let (_third, mut third) = signed_in(&stack).await?;
    app.handle.request(AppRequest::EndAllSessions);
    let out = |screen: &Screen| matches!(screen, Screen::SignIn { notice: Some(SignInNotice::SignedOutEverywhere) }).then_some(());
    app.shows("signed out", out).await?;
    is_ended_elsewhere(&mut third).await
}
