//! B4: a national morning. Sign-ins come at their rate whether or not the former ones are done, beside sessions that live and apps that wait for
//! what happens to theirs.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Plan;
use crate::driver::{App, Device, SignedIn};
use crate::figures::{Figure, Goal, grouped, median, quantile};
use crate::load::workstation;
use crate::scene::Scene;
use crate::ticks::{processor_time, resident};

/// Sign-ins a second: one million professionals within two hours and a half.
const RATE: u32 = 111;
/// Seats that are free at the beginning; more are made when all are taken.
const SEATS: u8 = 32;

/// # Errors
/// When a sign-in is refused.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let mut opened = scene.sign_in(size.sessions, 16).await?;
    let awaited = opened.split_off(opened.len() - usize::try_from(size.parked.min(size.sessions))?);
    let mut waiting = wait_for(&scene, scene.rotate(awaited, 16).await?).await?;
    let process = scene.companion.process();
    let (free, mut seats) = mpsc::unbounded_channel();
    for number in 0..SEATS {
        free.send(App::seat(scene.companion.address, Ipv4Addr::new(127, 0, 2, number + 1)).await?)?;
    }
    let mut under_way = JoinSet::new();
    let mut beat = tokio::time::interval(Duration::from_secs(1) / RATE);
    let before = processor_time(process)?;
    let began = std::time::Instant::now();
    let mut person = 2_000_000_000;
    while began.elapsed() < size.burst {
        beat.tick().await;
        let mut seat = match seats.try_recv() {
            Ok(seat) => seat,
            Err(_) => App::seat(scene.companion.address, Ipv4Addr::new(127, 0, 3, 1)).await?,
        };
        person += 1;
        let free = free.clone();
        under_way.spawn(async move {
            let session = seat.sign_in(&Arc::new(Device::new()?), person).await?;
            // Nobody may want it any more.
            drop(free.send(seat));
            anyhow::Ok(session.callback_to_session.as_secs_f64() * 1e3)
        });
    }
    let mut took = Vec::new();
    while let Some(ended) = under_way.join_next().await {
        took.push(ended??);
    }
    if let Some(refused) = waiting.try_join_next() {
        refused??;
    }
    let (count, parked) = (grouped(size.sessions), grouped(size.parked.min(size.sessions)));
    let spent = (processor_time(process)? - before).as_secs_f64() / began.elapsed().as_secs_f64() * 100.0;
    let (half, nearly_all) = (median(&took), quantile(&took, 0.99));
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let held = resident(process)? as f64 / 1e6;
    Ok(vec![
        Figure::new(
            "B4",
            format!(
                "{RATE} connexions par seconde, {count} sessions, {parked} requêtes en attente : retour du navigateur → session, médiane"
            ),
            "ms",
            vec![half],
        ),
        Figure::new("B4", "– au pire, 99 fois sur 100", "ms", vec![nearly_all]).aiming(Goal::AtMost(50.0)),
        Figure::new("B4", "– part d’un cœur", "%", vec![spent]).aiming(Goal::AtMost(25.0)),
        Figure::new("B4", "– mémoire du processus", "Mo", vec![held]).aiming(Goal::AtMost(1_000.0)),
    ])
}

/// The apps of these sessions wait for an event, and ask again when there was none; it ends when one of them is refused.
async fn wait_for(scene: &Scene, sessions: Vec<SignedIn>) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
    let mut waiting = JoinSet::new();
    for (number, session) in sessions.into_iter().enumerate() {
        let mut app = App::seat_alone(scene.companion.address, workstation(number)).await?;
        let mut known = app.events(&session).await?;
        waiting.spawn(async move {
            loop {
                known = app.wait(&session, known).await?;
            }
        });
    }
    Ok(waiting)
}
