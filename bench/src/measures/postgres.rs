//! The same over PostgreSQL, with what crosses the network there: each round trip of a sign-in and of a check, counted on the wire.

use std::sync::Arc;

use http::StatusCode;

use super::check::{self, Asks};
use super::sign_in::{self, Rounds};
use super::{Plan, Size};
use crate::database::Database;
use crate::driver::{App, Asked, Device, SignedIn};
use crate::figures::{Figure, Goal, grouped};
use crate::scene::Scene;
use crate::wire::{SILENCE, Trip, Wire};

mod tale;

/// Takes of each count, of which the shortest is told: what a companion does by itself every so often, or begins again, comes into no more than one.
const TAKES: usize = 3;
/// Sessions of a full database: more would take this server minutes to open, and tell nothing more.
const MOST_SESSIONS: u64 = 10_000;

/// # Errors
/// When there is no server, it does not wait for its disk, or anything is answered otherwise than expected.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let mut figures = count(plan).await?;
    figures.extend(time(plan).await?);
    figures.extend(weigh(plan).await?);
    Ok(figures)
}

/// What is counted, by somebody who sits between the companion and its server.
async fn count(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let database = Database::create()?;
    let wire = Wire::before(database.socket())?;
    let scene = Scene::start_on(&plan.program, &database.address_in(wire.folder())).await?;
    let mut counter = Counter { seat: App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?, wire };
    // What it asks of its provider once and for all.
    counter.seat.sign_in(&Arc::new(Device::new()?), 0).await?;
    counter.seat.take_notes(SILENCE);
    counter.wire.until_silent().await;
    let (mut new, mut known, mut first, mut further) = (vec![], vec![], vec![], vec![]);
    for person in (1..).take(TAKES) {
        let device = Arc::new(Device::new()?);
        new.push(counter.sign_in(&device, person).await?.0);
        let (take, session) = counter.sign_in(&device, person).await?;
        known.push(take);
        first.push(counter.check(&session).await?);
        further.push(counter.check(&session).await?);
    }
    let checks = "allers-retours vers la base, contrôle de session";
    let sign_ins = "allers-retours vers la base, connexion, poste nouveau";
    let (new, known) = (shortest(new), shortest(known));
    let mut figures = vec![
        shortest(further).figure("PG B1", checks).aiming(Goal::AtMost(1.0)),
        shortest(first).figure("PG B1", "– le premier de chaque jeton, noté dans la base"),
        new.figure("PG B5", sign_ins).aiming(Goal::AtMost(4.0)),
    ];
    figures.extend(new.figures_of_steps("PG B5"));
    let notices = new.trips.iter().filter(|trip| tale::is_notice(trip)).count();
    figures.push(Figure::new("PG B5", "– – que personne n’attend", "", vec![tale::as_value(notices)]));
    figures.push(known.figure("PG B5", "– poste connu").aiming(Goal::AtMost(4.0)));
    let commits = "écritures durables l’une après l’autre, poste nouveau";
    for (what, take) in [(commits, new), ("– poste connu", known)] {
        figures.push(Figure::new("PG B5", what, "", vec![tale::as_value(tale::durable(&take.trips))]).aiming(Goal::AtMost(5.0)));
    }
    Ok(figures)
}

/// A seat, and who listens to what its requests lead to.
struct Counter {
    seat: App,
    wire: Wire,
}

/// What one thing led to: the requests, and the round trips.
struct Take {
    asked: Vec<Asked>,
    trips: Vec<Trip>,
}

impl Counter {
    async fn sign_in(&mut self, device: &Arc<Device>, person: u64) -> anyhow::Result<(Take, SignedIn)> {
        let session = self.seat.sign_in(device, person).await?;
        Ok((self.take().await, session))
    }

    async fn check(&mut self, session: &SignedIn) -> anyhow::Result<Take> {
        self.seat.check(session).await?.expect(StatusCode::OK)?;
        Ok(self.take().await)
    }

    /// That a statement is prepared is left out: it is once for each connection.
    async fn take(&mut self) -> Take {
        self.wire.until_silent().await;
        let asked = self.seat.noted();
        let trips = asked.first().map(|first| self.wire.since(first.at)).unwrap_or_default();
        let trips = trips.into_iter().filter(|trip| !trip.said.is_empty());
        Take { asked, trips: trips.collect() }
    }
}

fn shortest(takes: Vec<Take>) -> Take {
    let nothing = Take { asked: Vec::new(), trips: Vec::new() };
    takes.into_iter().min_by_key(|take| take.trips.len()).unwrap_or(nothing)
}

impl Take {
    fn figure(&self, id: &'static str, what: impl Into<String>) -> Figure {
        told(id, what, &self.trips)
    }

    /// What each of its requests led to: where one began before the trip and the next one after it.
    fn figures_of_steps(&self, id: &'static str) -> Vec<Figure> {
        let of_step = |(place, asked): (usize, &Asked)| {
            let next = self.asked.get(place + 1).map(|next| next.at);
            let of_it = self.trips.iter().filter(|trip| trip.at >= asked.at && next.is_none_or(|next| trip.at < next));
            let trips: Vec<Trip> = of_it.cloned().collect();
            told(id, format!("– – dont {}", tale::step(asked)), &trips)
        };
        self.asked.iter().enumerate().map(of_step).collect()
    }
}

fn told(id: &'static str, what: impl Into<String>, trips: &[Trip]) -> Figure {
    Figure::new(id, what, "", vec![tale::as_value(trips.len())]).counting(trips.iter().map(tale::in_short).collect())
}

/// What takes time, with nobody between the companion and its server.
async fn time(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (database, size) = (published(&plan.size)?, plan.size);
    let scene = Scene::start_on(&plan.program, &database.address()).await?;
    let few = Arc::new(scene.sign_in(10, check::SEATS).await?);
    let (mut figures, mut checks) = (Vec::new(), Vec::new());
    check::first_checks(&scene, &few).await?;
    for _ in 0..size.rounds {
        checks.push(check::checks(&scene, &few, size.spell, Asks::Rightly).await?);
    }
    figures.push(Figure::new("PG B1", "contrôle de session, 10 sessions", "µs", checks));
    let known = sign_in::known(&scene).await?;
    for (seats, goal) in sign_in::AT_ONCE {
        let mut rounds = Rounds::of(seats, &size);
        for _ in 0..size.rounds {
            rounds.one(&scene, &known).await?;
        }
        figures.extend(rounds.figures(["PG B3", "PG B11"], goal));
    }
    Ok(figures)
}

/// What is kept, and how long a start on it takes.
async fn weigh(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (database, size) = (published(&plan.size)?, plan.size);
    let mut scene = Scene::start_on(&plan.program, &database.address()).await?;
    let (mut empty, mut full) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        empty.push(scene.companion.restart().await?.as_secs_f64() * 1e3);
    }
    let before = database.bytes()?;
    let sessions = size.sessions.min(MOST_SESSIONS);
    drop(scene.sign_in(sessions, 16).await?);
    #[expect(clippy::cast_precision_loss, reason = "some gigabytes at most")]
    let each = database.bytes()?.saturating_sub(before) as f64 / 1e3 / sessions as f64;
    for _ in 0..size.rounds {
        full.push(scene.companion.restart().await?.as_secs_f64() * 1e3);
    }
    Ok(vec![
        Figure::new("PG B15", format!("démarrage jusqu’à «\u{a0}prêt\u{a0}», {} sessions", grouped(sessions)), "ms", full)
            .above("base vide", empty)
            .aiming(Goal::AtMost(300.0)),
        Figure::new("PG B14", "base de données, par session", "Ko", vec![each]).aiming(Goal::AtMost(3.0)),
    ])
}

/// A database whose times may be published; of a smoke run nobody looks at them.
fn published(size: &Size) -> anyhow::Result<Database> {
    let database = Database::create()?;
    let is_honest = size.name == Size::SMOKE.name || database.waits_for_the_disk()?;
    anyhow::ensure!(is_honest, "the PostgreSQL server does not wait for its disk (fsync = off): its times are nobody's");
    Ok(database)
}
