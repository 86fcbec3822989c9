//! B1, B2: whether a session lives. Each request asks for another session by chance, with a proof of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{APACHE, Plan, micros_each};
use crate::driver::{App, Connection, SignedIn};
use crate::figures::{Figure, Goal, grouped};
use crate::floor::{self, Bare};
use crate::load::{Until, at_once, one_of};
use crate::peer::Apache;
use crate::scene::Scene;
use crate::ticks::{processor_time, processor_time_of_tree};

/// Connections that ask at once.
const SEATS: u8 = 8;
/// Sessions asked about: so many have fresh tokens, drawn by chance among all.
const ASKED: usize = 10_000;

/// # Errors
/// When anything is answered otherwise than expected.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let few = scene.sign_in(10, SEATS).await?;
    let answer = App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?.check(&few[0], StatusCode::OK).await?;
    let head: usize = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let bare = Bare::start(answer.body.len() + head)?;
    let before = scene.companion.metric(READS).await?;
    App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?.check(&few[0], StatusCode::OK).await?;
    let visits = scene.companion.metric(READS).await? - before;
    let mut few_rounds = Vec::new();
    let peer = plan.peer(&scene.provider).await?;
    let cookies = match &peer {
        Some(peer) => Arc::new(peer.sign_in(size.sessions.min(5_000), 8).await?),
        None => Arc::default(),
    };
    let mut peers = Vec::new();
    let (few, mut floors, mut refused) = (Arc::new(scene.rotate(few, SEATS).await?), Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        let floor = hello(&bare, size.spell).await? + floor::verification()?.as_secs_f64() * 1e6;
        floors.push(floor);
        few_rounds.push(checks(&scene, &few, size.spell, StatusCode::OK).await?);
        refused.push(checks(&scene, &mismatched(&few), size.spell, StatusCode::UNAUTHORIZED).await?);
    }
    let others = scene.sign_in(size.sessions, 16).await?;
    let asked = draw(&others)?;
    let asked = Arc::new(scene.rotate(asked, SEATS).await?);
    let (mut many_rounds, mut growth_base, mut many_floors) = (Vec::new(), Vec::new(), Vec::new());
    let few = Arc::new(scene.rotate(few.to_vec(), SEATS).await?);
    for _ in 0..size.rounds {
        many_floors.push(hello(&bare, size.spell).await? + floor::verification()?.as_secs_f64() * 1e6);
        if let Some(peer) = &peer {
            peers.push(peer_checks(peer, &cookies, size.spell).await?);
        }
        growth_base.push(checks(&scene, &few, size.spell, StatusCode::OK).await?);
        many_rounds.push(checks(&scene, &asked, size.spell, StatusCode::OK).await?);
    }
    let count = grouped(size.sessions);
    let floor = "bonjour de même taille + ES256";
    let mut many = Figure::new("B1", format!("– {count} sessions, tirées au hasard"), "µs", many_rounds.clone())
        .above(floor, many_floors)
        .aiming(Goal::FloorTimes(1.3));
    if peer.is_some() {
        many = many.beside(format!("{APACHE}, {} sessions", cookies.len()), peers);
    }
    Ok(vec![
        Figure::new("B1", "contrôle de session, 10 sessions", "µs", few_rounds).above(floor, floors.clone()).aiming(Goal::FloorTimes(1.3)),
        Figure::new("B1", "– refusé après la signature, sans lecture", "µs", refused).above(floor, floors).aiming(Goal::FloorTimes(1.2)),
        many,
        Figure::new("B1", "– visites de la base par contrôle", "", vec![visits]).aiming(Goal::AtMost(1.0)),
        Figure::new("B2", format!("croissance de 10 à {count} sessions"), "µs", many_rounds)
            .above("10 sessions, même passage", growth_base)
            .aiming(Goal::FloorTimes(1.15)),
    ])
}

/// Its count of commands that read.
const READS: &str = "vestibule_database_duration_seconds_count{manner=\"read\"}";

/// Whose proof is made for the token of another: the signature holds, nothing is read.
fn mismatched(sessions: &[SignedIn]) -> Arc<Vec<SignedIn>> {
    let others = sessions.iter().cycle().skip(1);
    Arc::new(sessions.iter().zip(others).map(|(session, other)| SignedIn { refresh: other.access.clone(), ..session.clone() }).collect())
}

fn draw(all: &[SignedIn]) -> anyhow::Result<Vec<SignedIn>> {
    let mut places: Vec<usize> = (0..all.len()).collect();
    let asked = ASKED.min(all.len());
    for place in 0..asked {
        let other = *one_of(&places[place..])?;
        let found = places.iter().skip(place).position(|candidate| *candidate == other).unwrap_or_default() + place;
        places.swap(place, found);
    }
    Ok(places[..asked].iter().map(|place| all[*place].clone()).collect())
}

/// Microseconds of the companion for one check.
async fn checks(scene: &Scene, sessions: &Arc<Vec<SignedIn>>, spell: Duration, expected: StatusCode) -> anyhow::Result<f64> {
    let (address, process) = (scene.companion.address, scene.companion.process());
    let before = processor_time(process)?;
    let done = at_once(SEATS, Until::Elapsed(spell), |from, turns| {
        let sessions = Arc::clone(sessions);
        async move {
            let mut seat = App::seat(address, from).await?;
            let mut done = 0_u64;
            while turns.next().is_some() {
                let session = one_of(&sessions)?;
                if expected == StatusCode::OK {
                    seat.check(session, expected).await?
                } else {
                    seat.check_with_other_hash(session, expected).await?
                };
                done += 1;
            }
            Ok(vec![done])
        }
    })
    .await?;
    Ok(micros_each(processor_time(process)? - before, done.iter().sum()))
}

/// Microseconds of Apache and its children for one page that only a signed-in person gets.
async fn peer_checks(peer: &Apache, cookies: &Arc<Vec<String>>, spell: Duration) -> anyhow::Result<f64> {
    let (address, process) = (peer.address, peer.process());
    let before = processor_time_of_tree(process)?;
    let done = at_once(SEATS, Until::Elapsed(spell), |from, turns| {
        let cookies = Arc::clone(cookies);
        async move {
            let mut browser = Connection::open(address, from).await?;
            let mut done = 0_u64;
            while turns.next().is_some() {
                Apache::check(&mut browser, address, one_of(&cookies)?).await?;
                done += 1;
            }
            Ok(vec![done])
        }
    })
    .await?;
    Ok(micros_each(processor_time_of_tree(process)? - before, done.iter().sum()))
}

/// Microseconds of the bare server for one answer.
async fn hello(bare: &Bare, spell: Duration) -> anyhow::Result<f64> {
    let (address, process): (SocketAddr, u32) = (bare.address, bare.process());
    let before = processor_time(process)?;
    let done = at_once(SEATS, Until::Elapsed(spell), |from, turns| async move {
        let mut connection = Connection::open(address, from).await?;
        let mut done = 0_u64;
        while turns.next().is_some() {
            let request = http::Request::get("/hello").header("Host", address.to_string()).body(Default::default())?;
            connection.send(request).await?.expect(StatusCode::OK)?;
            done += 1;
        }
        Ok(vec![done])
    })
    .await?;
    Ok(micros_each(processor_time(process)? - before, done.iter().sum()))
}
