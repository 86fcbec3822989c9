//! B6: what a request weighs that waits for an event, and what it costs while nothing comes.
//!
//! On each connection, the bare server's too, something was answered before: that is how an app comes to wait, and its buffers were written in.
//! What the pages of the database hold in memory is there before anything waits: it grows with the sessions, to a limit, and not with those who wait.

use std::net::SocketAddr;
use std::time::Duration;

use super::Plan;
use crate::driver::{App, Connection, Device, SignedIn};
use crate::figures::{Figure, Goal, grouped};
use crate::floor::Bare;
use crate::load::{Until, at_once, workstation};
use crate::scene::Scene;
use crate::ticks::{processor_time, resident};

/// How long nothing happens.
const SILENCE: Duration = Duration::from_secs(5);

/// # Errors
/// When a request is refused.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let sessions = scene.sign_in(size.parked, 16).await?;
    let bare = Bare::start(64)?;
    let floor = park_bare(&bare, size.parked).await?;
    let (ours, idle) = park(&scene, &sessions).await?;
    let polling = poll(&Scene::start(&plan.program).await?, size.parked).await?;
    let figure =
        |label: String, held| Figure::new("B6", label, "Ko", vec![held]).above("axum nu", vec![floor]).aiming(Goal::FloorTimes(1.25));
    Ok(vec![
        figure(format!("requête en attente d’un événement, {} à la fois", grouped(size.parked)), ours),
        figure("– en attente d’une session".to_owned(), polling),
        Figure::new("B6", "– temps du processeur en cinq secondes de silence", "ms", vec![idle]).aiming(Goal::AtMost(0.0)),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "some megabytes")]
fn kilobytes_each(before: u64, after: u64, count: usize) -> f64 {
    after.saturating_sub(before) as f64 / 1e3 / count as f64
}

async fn park(scene: &Scene, sessions: &[SignedIn]) -> anyhow::Result<(f64, f64)> {
    let (address, process) = (scene.companion.address, scene.companion.process());
    let mut looking = App::seat_alone(address, workstation(0)).await?;
    for session in sessions {
        looking.events(session).await?;
    }
    let before = resident(process)?;
    let mut waiting = tokio::task::JoinSet::new();
    for (number, session) in sessions.iter().enumerate() {
        let mut app = App::seat_alone(address, workstation(number)).await?;
        let known = app.events(session).await?;
        let request = app.waiting(session, known)?;
        waiting.spawn(async move { app.send(request).await.map(drop) });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let held = resident(process)?;
    let at = processor_time(process)?;
    tokio::time::sleep(SILENCE).await;
    let idle = processor_time(process)? - at;
    anyhow::ensure!(waiting.try_join_next().is_none(), "a request was answered");
    waiting.abort_all();
    Ok((kilobytes_each(before, held, sessions.len()), idle.as_secs_f64() * 1e3))
}

/// The road of the apps that ask for their session.
async fn poll(scene: &Scene, count: u64) -> anyhow::Result<f64> {
    let (address, process) = (scene.companion.address, scene.companion.process());
    let begun = at_once(16, Until::Done(count), |from, turns| async move {
        let (mut seat, mut begun) = (App::seat_alone(address, from).await?, Vec::new());
        while turns.next().is_some() {
            begun.push(seat.begin_polling(Device::new()?).await?);
        }
        Ok(begun)
    });
    let (begun, before) = (begun.await?, resident(process)?);
    let mut waiting = tokio::task::JoinSet::new();
    for (number, polling) in begun.iter().enumerate() {
        let mut app = App::seat_alone(address, workstation(number)).await?;
        let request = app.polling(polling)?;
        waiting.spawn(async move { app.send(request).await.map(drop) });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let held = resident(process)?;
    anyhow::ensure!(waiting.try_join_next().is_none(), "a poll was answered");
    waiting.abort_all();
    Ok(kilobytes_each(before, held, begun.len()))
}

async fn park_bare(bare: &Bare, count: u64) -> anyhow::Result<f64> {
    let (address, process): (SocketAddr, u32) = (bare.address, bare.process());
    let before = resident(process)?;
    let mut waiting = tokio::task::JoinSet::new();
    let count = usize::try_from(count)?;
    for number in 0..count {
        let mut connection = Connection::open(address, workstation(number)).await?;
        let request = |path| http::Request::get(path).header("Host", address.to_string()).body(Default::default());
        connection.send(request("/plain")?).await?.expect(http::StatusCode::OK)?;
        let request = request("/parked")?;
        waiting.spawn(async move { connection.send(request).await.map(drop) });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let held = resident(process)?;
    waiting.abort_all();
    Ok(kilobytes_each(before, held, count))
}
