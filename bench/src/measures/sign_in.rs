//! B3, B5: whole sign-ins, on new workstations and on known ones.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::{Mutex, mpsc};

use super::{Plan, Size, micros_each};
use crate::driver::{App, Device};
use crate::figures::{Beside, Figure, Goal, median};
use crate::floor::Bare;
use crate::floor::register::Register;
use crate::floor::seat::Signing;
use crate::load::{Until, at_once};
use crate::peer::Peer;
use crate::scene::Scene;
use crate::ticks::processor_time;

/// Its count of commands that write: with nobody beside, each is a durable commit of its own.
const WRITES: &str = "vestibule_database_duration_seconds_count{manner=\"write\"}";
/// Workstations that are known: more than sit at once.
const KNOWN: u64 = 256;

/// How many sign in at once, and what one may cost then.
pub(super) const AT_ONCE: [(u8, Goal); 3] = [(1, Goal::AtMost(2_000.0)), (16, Goal::AtMost(1_300.0)), (64, Goal::AtMost(1_100.0))];

/// # Errors
/// When a sign-in is refused.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let peers = plan.peers(&scene.provider).await?;
    let (mut figures, bare) = commits(&scene).await?;
    let known = known(&scene).await?;
    for peer in &peers {
        // No more of a beginner than the companion is by now.
        peer.sign_in(KNOWN, 16).await?;
    }
    for (seats, goal) in AT_ONCE {
        let mut rounds = Rounds::of(seats, &size);
        let asked = peers.iter().filter(|_| seats == 16);
        let mut beside: Vec<(&Peer, Beside)> = asked.map(|peer| (peer, Beside::of(peer.name))).collect();
        for _ in 0..size.rounds {
            rounds.floor(&bare).await?;
            rounds.one(&scene, &known).await?;
            for (peer, beside) in &mut beside {
                let before = peer.processor_time()?;
                peer.sign_in(rounds.count, seats).await?;
                beside.rounds.push(micros_each(peer.processor_time()? - before, rounds.count));
            }
        }
        if !beside.is_empty() {
            let beside = beside.into_iter().map(|(_, beside)| beside).collect();
            let figure = Figure::new("B3", "connexion, poste nouveau, à côté des pairs", "µs", rounds.new.clone()).beside(beside);
            figures.push(figure.aiming(Goal::PeerTimes(0.4)));
        }
        figures.extend(rounds.figures(["B3", "B11"], goal));
    }
    Ok(figures)
}

/// What sign-ins cost, a value for each round.
pub(super) struct Rounds {
    seats: u8,
    count: u64,
    new: Vec<f64>,
    known: Vec<f64>,
    new_floor: Vec<f64>,
    known_floor: Vec<f64>,
    new_rows: Vec<f64>,
    known_rows: Vec<f64>,
    rates: Vec<f64>,
    waits: Vec<f64>,
}

impl Rounds {
    pub(super) fn of(seats: u8, size: &Size) -> Self {
        let count = if seats == 1 { size.sign_ins / 4 } else { size.sign_ins };
        let (new, known, new_floor, known_floor) = (vec![], vec![], vec![], vec![]);
        let (new_rows, known_rows, rates, waits) = (vec![], vec![], vec![], vec![]);
        Self { seats, count, new, known, new_floor, known_floor, new_rows, known_rows, rates, waits }
    }

    /// One more: on new workstations, then on known ones.
    pub(super) async fn one(&mut self, scene: &Scene, known: &Arc<Workstations>) -> anyhow::Result<()> {
        let (process, began) = (scene.companion.process(), Instant::now());
        let before = processor_time(process)?;
        let opened = scene.sign_in(self.count, self.seats).await?;
        self.new.push(micros_each(processor_time(process)? - before, self.count));
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        self.rates.push(self.count as f64 / began.elapsed().as_secs_f64());
        self.waits.push(median(&opened.iter().map(|session| session.callback_to_session.as_secs_f64() * 1e3).collect::<Vec<_>>()));
        let before = processor_time(process)?;
        again(scene, known, self.count, self.seats).await?;
        self.known.push(micros_each(processor_time(process)? - before, self.count));
        Ok(())
    }

    /// What both cost at least, in the same round; then with the same rows.
    async fn floor(&mut self, floor: &SignInFloor) -> anyhow::Result<()> {
        self.new_floor.push(floor.cost(&floor.bare, NEW, self.count, self.seats).await?);
        self.known_floor.push(floor.cost(&floor.bare, KNOWN_TRACE, self.count, self.seats).await?);
        self.new_rows.push(floor.cost(&floor.with_rows, NEW, self.count, self.seats).await?);
        self.known_rows.push(floor.cost(&floor.with_rows, KNOWN_TRACE, self.count, self.seats).await?);
        Ok(())
    }

    /// As lines of these two numbers: of the sign-ins, and of what a person waits for.
    pub(super) fn figures(self, [sign_in, wait]: [&'static str; 2], goal: Goal) -> Vec<Figure> {
        let seats = self.seats;
        let rate = format!("– connexions par seconde, {seats} à la fois, pilote et fournisseur sur la même machine");
        let rate = Figure::new(sign_in, rate, "/s", self.rates);
        let mut new = Figure::new(sign_in, format!("connexion, poste nouveau, {seats} à la fois"), "µs", self.new).aiming(goal);
        let mut known = Figure::new(sign_in, format!("– poste connu, {seats} à la fois"), "µs", self.known).aiming(goal);
        if !self.new_floor.is_empty() {
            new = new.above(FLOOR, self.new_floor).above(WITH_ROWS, self.new_rows);
            known = known.above(FLOOR, self.known_floor).above(WITH_ROWS, self.known_rows);
        }
        let mut figures = vec![new, known, if seats == 64 { rate.aiming(Goal::AtLeast(1_000.0)) } else { rate }];
        if seats == 1 {
            figures.push(Figure::new(wait, "retour du navigateur → session", "ms", self.waits));
        }
        figures
    }
}

/// What is left when nothing is decided.
const FLOOR: &str = "mêmes requêtes, signatures, appels et écritures durables";

/// The same, and kept as ours is: what the tables and indexes alone cost.
const WITH_ROWS: &str = "et les mêmes lignes dans les mêmes tables, une lue par requête";

/// Which trace a sign-in leaves on a new workstation, and on a known one.
const NEW: usize = 0;
const KNOWN_TRACE: usize = 1;

/// Two bare servers, the second of which keeps the same rows as ours, and the bytes of each answer of a sign-in, in order, for both traces.
struct SignInFloor {
    bare: Bare,
    with_rows: Bare,
    weights: [Arc<Vec<usize>>; 2],
}

impl SignInFloor {
    /// Microseconds of one of the servers for a sign-in that leaves this trace.
    async fn cost(&self, bare: &Bare, trace: usize, count: u64, seats: u8) -> anyhow::Result<f64> {
        let (address, process, weights) = (bare.address, bare.process(), &self.weights[trace]);
        let before = processor_time(process)?;
        at_once(seats, Until::Done(count), |from, turns| {
            let weights = Arc::clone(weights);
            async move {
                let mut seat = Signing::seat(address, from).await?;
                while let Some(turn) = turns.next() {
                    seat.sign_in(turn, trace, &weights).await?;
                }
                Ok(Vec::<()>::new())
            }
        })
        .await?;
        Ok(micros_each(processor_time(process)? - before, count))
    }
}

/// How many durable commits follow one another in a sign-in, and what is left of it when nothing is decided.
async fn commits(scene: &Scene) -> anyhow::Result<(Vec<Figure>, SignInFloor)> {
    let mut seat = App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?;
    let device = Arc::new(Device::new()?);
    let (mut counts, mut weights, mut moments) = (Vec::new(), Vec::new(), Vec::new());
    still(scene).await?;
    moments.push(scene.companion.snapshot()?);
    // Number 0 is nobody else's.
    for _ in 0..2 {
        let before = scene.companion.metric(WRITES).await?;
        let session = seat.sign_in(&device, 0).await?;
        let signed_in = scene.companion.metric(WRITES).await?;
        weights.push(Arc::new(seat.weights().to_vec()));
        moments.push(scene.companion.snapshot()?);
        seat.check(&session).await?.expect(http::StatusCode::OK)?;
        counts.push((signed_in - before, scene.companion.metric(WRITES).await? - signed_in));
    }
    let [(new, _), (known, first_use)] = counts[..] else { anyhow::bail!("two sign-ins were counted") };
    let weights = <[Arc<Vec<usize>>; 2]>::try_from(weights).ok().context("two sign-ins were weighed")?;
    let rows = Register::between(&moments)?;
    let (bare, with_rows) = (Bare::for_sign_ins(&scene.provider, None)?, Bare::for_sign_ins(&scene.provider, Some(&rows))?);
    let floor = SignInFloor { bare, with_rows, weights };
    let figures = vec![
        Figure::new("B5", "écritures durables l’une après l’autre, poste nouveau", "", vec![new]).aiming(Goal::AtMost(5.0)),
        Figure::new("B5", "– poste connu", "", vec![known]).aiming(Goal::AtMost(5.0)),
        Figure::new("B5", "– premier emploi des jetons", "", vec![first_use]).aiming(Goal::AtMost(0.0)),
    ];
    Ok((figures, floor))
}

/// Until nothing is written any more: the companion sweeps once it has started, which is no part of a sign-in.
async fn still(scene: &Scene) -> anyhow::Result<()> {
    let mut before = f64::NAN;
    loop {
        let now = scene.companion.metric(WRITES).await?;
        if now.total_cmp(&before).is_eq() {
            return Ok(());
        }
        before = now;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// People, each with a workstation where she is known.
pub(super) type Workstations = Vec<(u64, Arc<Device>)>;

pub(super) async fn known(scene: &Scene) -> anyhow::Result<Arc<Workstations>> {
    let address = scene.companion.address;
    // Persons of this measure alone: the scene numbers its own from one on.
    let known = at_once(16, Until::Done(KNOWN), |from, turns| async move {
        let mut seat = App::seat(address, from).await?;
        let mut known = Vec::new();
        while let Some(turn) = turns.next() {
            let (person, device) = (1_000_000_000 + turn, Arc::new(Device::new()?));
            seat.sign_in(&device, person).await?;
            known.push((person, device));
        }
        Ok(known)
    });
    Ok(Arc::new(known.await?))
}

async fn again(scene: &Scene, known: &Arc<Workstations>, count: u64, seats: u8) -> anyhow::Result<()> {
    let address = scene.companion.address;
    // Nobody sits where somebody signs in: the session of one sign-in ends the wait of another on the same workstation.
    let (leave, free) = mpsc::unbounded_channel();
    (0..known.len()).try_for_each(|place| leave.send(place))?;
    let free = Arc::new(Mutex::new(free));
    at_once(seats, Until::Done(count), |from, turns| {
        let (known, leave, free) = (Arc::clone(known), leave.clone(), Arc::clone(&free));
        async move {
            let mut seat = App::seat(address, from).await?;
            while turns.next().is_some() {
                let place = free.lock().await.recv().await.context("no workstation is left")?;
                let (person, device) = &known[place];
                seat.sign_in(device, *person).await?;
                leave.send(place)?;
            }
            Ok(Vec::<()>::new())
        }
    })
    .await?;
    Ok(())
}
