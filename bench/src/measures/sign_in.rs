//! B3, B5: whole sign-ins, on new workstations and on known ones.

use std::sync::Arc;
use std::time::Instant;

use super::{Plan, micros_each};
use crate::driver::{App, Device, Signing};
use crate::figures::{Beside, Figure, Goal, median};
use crate::floor::Bare;
use crate::load::{Until, at_once};
use crate::peer::Peer;
use crate::scene::Scene;
use crate::ticks::processor_time;

/// Its count of commands that write: with nobody beside, each is a durable commit of its own.
const WRITES: &str = "vestibule_database_duration_seconds_count{manner=\"write\"}";
/// Workstations that are known: more than sit at once.
const KNOWN: u64 = 256;

/// # Errors
/// When a sign-in is refused.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let peers = plan.peers(&scene.provider).await?;
    let bare = Bare::for_sign_ins(&scene.provider)?;
    let (mut figures, weights) = commits(&scene).await?;
    let known: Arc<Vec<(u64, Arc<Device>)>> = Arc::new(known(&scene).await?);
    for peer in &peers {
        // No more of a beginner than the companion is by now.
        peer.sign_in(KNOWN, 16).await?;
    }
    for (seats, goal) in [(1, Goal::AtMost(2_000.0)), (16, Goal::AtMost(1_300.0)), (64, Goal::AtMost(1_100.0))] {
        let count = if seats == 1 { size.sign_ins / 4 } else { size.sign_ins };
        let (mut new_each, mut known_each, mut rates, mut waits) = (vec![], vec![], vec![], vec![]);
        let asked = peers.iter().filter(|_| seats == 16);
        let mut beside: Vec<(&Peer, Beside)> = asked.map(|peer| (peer, Beside::of(peer.name))).collect();
        let (mut new_floors, mut known_floors) = (vec![], vec![]);
        for _ in 0..size.rounds {
            new_floors.push(floor(&bare, &weights.new, count, seats).await?);
            known_floors.push(floor(&bare, &weights.known, count, seats).await?);
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
            for (peer, beside) in &mut beside {
                let before = peer.processor_time()?;
                peer.sign_in(count, seats).await?;
                beside.rounds.push(micros_each(peer.processor_time()? - before, count));
            }
        }
        if !beside.is_empty() {
            let beside = beside.into_iter().map(|(_, beside)| beside).collect();
            let figure = Figure::new("B3", "connexion, poste nouveau, à côté des pairs", "µs", new_each.clone()).beside(beside);
            figures.push(figure.aiming(Goal::PeerTimes(0.4)));
        }
        figures.push(
            Figure::new("B3", format!("connexion, poste nouveau, {seats} à la fois"), "µs", new_each).above(FLOOR, new_floors).aiming(goal),
        );
        figures
            .push(Figure::new("B3", format!("– poste connu, {seats} à la fois"), "µs", known_each).above(FLOOR, known_floors).aiming(goal));
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

/// Bytes of each answer of a sign-in, in order.
struct Weights {
    new: Arc<Vec<usize>>,
    known: Arc<Vec<usize>>,
}

/// What is left when nothing is decided.
const FLOOR: &str = "mêmes requêtes, signatures, appels et écritures durables";

/// Microseconds of the bare server for the same.
async fn floor(bare: &Bare, weights: &Arc<Vec<usize>>, count: u64, seats: u8) -> anyhow::Result<f64> {
    let address = bare.address;
    let before = processor_time(bare.process())?;
    at_once(seats, Until::Done(count), |from, turns| {
        let weights = Arc::clone(weights);
        async move {
            let mut seat = Signing::seat(address, from).await?;
            while let Some(turn) = turns.next() {
                seat.sign_in(turn, &weights).await?;
            }
            Ok(Vec::<()>::new())
        }
    })
    .await?;
    Ok(micros_each(processor_time(bare.process())? - before, count))
}

/// How many durable commits follow one another in a sign-in, and what its answers weigh.
async fn commits(scene: &Scene) -> anyhow::Result<(Vec<Figure>, Weights)> {
    let mut seat = App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?;
    let device = Arc::new(Device::new()?);
    let (mut counts, mut weights) = (Vec::new(), Vec::new());
    // Number 0 is nobody else's.
    for _ in 0..2 {
        let before = scene.companion.metric(WRITES).await?;
        let session = seat.sign_in(&device, 0).await?;
        let signed_in = scene.companion.metric(WRITES).await?;
        weights.push(Arc::new(seat.weights().to_vec()));
        seat.check(&session).await?.expect(http::StatusCode::OK)?;
        counts.push((signed_in - before, scene.companion.metric(WRITES).await? - signed_in));
    }
    let [(new, _), (known, first_use)] = counts[..] else { anyhow::bail!("two sign-ins were counted") };
    let [new_weights, known_weights] = &weights[..] else { anyhow::bail!("two sign-ins were weighed") };
    let weights = Weights { new: Arc::clone(new_weights), known: Arc::clone(known_weights) };
    let figures = vec![
        Figure::new("B5", "écritures durables l’une après l’autre, poste nouveau", "", vec![new]).aiming(Goal::AtMost(5.0)),
        Figure::new("B5", "– poste connu", "", vec![known]).aiming(Goal::AtMost(5.0)),
        Figure::new("B5", "– premier emploi des jetons", "", vec![first_use]).aiming(Goal::AtMost(0.0)),
    ];
    Ok((figures, weights))
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
