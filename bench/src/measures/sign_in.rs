//! B3, B5: whole sign-ins, on new workstations and on known ones.

use std::sync::Arc;
use std::time::Instant;

use super::{APACHE, Plan, micros_each};
use crate::driver::{App, Device};
use crate::figures::{Figure, Goal, median};
use crate::load::{Until, at_once};
use crate::scene::Scene;
use crate::ticks::{processor_time, processor_time_of_tree};

/// Its count of commands that write: with nobody beside, each is a durable commit of its own.
const WRITES: &str = "vestibule_database_duration_seconds_count{manner=\"write\"}";
/// Workstations that are known: more than sit at once.
const KNOWN: u64 = 256;

/// # Errors
/// When a sign-in is refused.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let peer = plan.peer(&scene.provider).await?;
    let mut figures = commits(&scene).await?;
    let known: Arc<Vec<(u64, Arc<Device>)>> = Arc::new(known(&scene).await?);
    for (seats, goal) in [(1, Goal::AtMost(2_000.0)), (16, Goal::AtMost(1_300.0)), (64, Goal::AtMost(1_100.0))] {
        let count = if seats == 1 { size.sign_ins / 4 } else { size.sign_ins };
        let (mut new_each, mut known_each, mut rates, mut waits, mut peers) = (vec![], vec![], vec![], vec![], vec![]);
        for _ in 0..size.rounds {
            let (process, began) = (scene.companion.process(), Instant::now());
            let before = processor_time(process)?;
            let opened = scene.sign_in(count, seats).await?;
            new_each.push(micros_each(processor_time(process)? - before, count));
            #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
            rates.push(count as f64 / began.elapsed().as_secs_f64());
            waits.push(median(&opened.iter().map(|session| session.callback_to_session.as_secs_f64() * 1e3).collect::<Vec<_>>()));
            let before = processor_time(process)?;
            again(&scene, &known, count, seats).await?;
            known_each.push(micros_each(processor_time(process)? - before, count));
            if let Some(peer) = peer.as_ref().filter(|_| seats == 16) {
                let before = processor_time_of_tree(peer.process())?;
                peer.sign_in(count, seats).await?;
                peers.push(micros_each(processor_time_of_tree(peer.process())? - before, count));
            }
        }
        if !peers.is_empty() {
            let beside = Figure::new("B3", "connexion, poste nouveau, à côté du pair", "µs", new_each.clone()).beside(APACHE, peers);
            figures.push(beside.aiming(Goal::PeerTimes(0.4)));
        }
        figures.push(Figure::new("B3", format!("connexion, poste nouveau, {seats} à la fois"), "µs", new_each).aiming(goal));
        figures.push(Figure::new("B3", format!("– poste connu, {seats} à la fois"), "µs", known_each).aiming(goal));
        let rate = Figure::new(
            "B3",
            format!("– connexions par seconde, {seats} à la fois, pilote et fournisseur sur la même machine"),
            "/s",
            rates,
        );
        figures.push(if seats == 64 { rate.aiming(Goal::AtLeast(1_000.0)) } else { rate });
        if seats == 1 {
            figures.push(Figure::new("B11", "retour du navigateur → session", "ms", waits));
        }
    }
    Ok(figures)
}

/// How many durable commits follow one another in a sign-in.
async fn commits(scene: &Scene) -> anyhow::Result<Vec<Figure>> {
    let mut seat = App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?;
    let device = Arc::new(Device::new()?);
    let mut counts = Vec::new();
    // Number 0 is nobody else's.
    for _ in 0..2 {
        let before = scene.companion.metric(WRITES).await?;
        let session = seat.sign_in(&device, 0).await?;
        let signed_in = scene.companion.metric(WRITES).await?;
        seat.check(&session).await?.expect(http::StatusCode::OK)?;
        counts.push((signed_in - before, scene.companion.metric(WRITES).await? - signed_in));
    }
    let [(new, _), (known, first_use)] = counts[..] else { anyhow::bail!("two sign-ins were counted") };
    Ok(vec![
        Figure::new("B5", "écritures durables l’une après l’autre, poste nouveau", "", vec![new]).aiming(Goal::AtMost(5.0)),
        Figure::new("B5", "– poste connu", "", vec![known]).aiming(Goal::AtMost(5.0)),
        Figure::new("B5", "– premier emploi des jetons", "", vec![first_use]).aiming(Goal::AtMost(0.0)),
    ])
}

async fn known(scene: &Scene) -> anyhow::Result<Vec<(u64, Arc<Device>)>> {
    let address = scene.companion.address;
    // Persons of this measure alone: the scene numbers its own from one on.
    at_once(16, Until::Done(KNOWN), |from, turns| async move {
        let mut seat = App::seat(address, from).await?;
        let mut known = Vec::new();
        while let Some(turn) = turns.next() {
            let (person, device) = (1_000_000_000 + turn, Arc::new(Device::new()?));
            seat.sign_in(&device, person).await?;
            known.push((person, device));
        }
        Ok(known)
    })
    .await
}

async fn again(scene: &Scene, known: &Arc<Vec<(u64, Arc<Device>)>>, count: u64, seats: u8) -> anyhow::Result<()> {
    let address = scene.companion.address;
    at_once(seats, Until::Done(count), |from, turns| {
        let known = Arc::clone(known);
        async move {
            let mut seat = App::seat(address, from).await?;
            while let Some(turn) = turns.next() {
                let (person, device) = &known[usize::try_from(turn)? % known.len()];
                seat.sign_in(device, *person).await?;
            }
            Ok(Vec::<()>::new())
        }
    })
    .await?;
    Ok(())
}
