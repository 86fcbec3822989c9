//! B1, B2: whether a session lives. Each request asks for another session by chance, with a proof of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{Plan, micros_each};
use crate::driver::{App, Connection, Device, SignedIn};
use crate::figures::{Beside, Figure, Goal, grouped};
use crate::floor::{self, Bare, opened};
use crate::letters::encoded;
use crate::load::{Seat, Until, at_once, below, one_of, turns};
use crate::peer::Peer;
use crate::scene::Scene;
use crate::ticks::processor_time;

/// Connections that ask at once.
pub(super) const SEATS: u8 = 8;
/// Sessions asked about: so many have fresh tokens, drawn by chance among all.
const ASKED: usize = 10_000;

/// # Errors
/// When anything is answered otherwise than expected.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let few = scene.sign_in(10, SEATS).await?;
    let answer = App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?.check(&few[0]).await?.expect(StatusCode::OK)?;
    let head: usize = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let (answer_bytes, identity_bytes) = (answer.body.len() + head, scene.companion.identity_bytes()?);
    let bare = Bare::start(answer_bytes)?;
    let opening = Opening { bare: Bare::opening(answer_bytes, 10, identity_bytes)?, count: 10 };
    let before = scene.companion.metric(READS).await?;
    App::seat(scene.companion.address, [127, 0, 1, 1].into()).await?.check(&few[0]).await?.expect(StatusCode::OK)?;
    let visits = scene.companion.metric(READS).await? - before;
    let mut few_rounds = Vec::new();
    let peers = plan.peers(&scene.provider).await?;
    let mut beside = visited(&peers, size.sessions.min(5_000)).await?;
    let few = Arc::new(scene.rotate(few, SEATS).await?);
    let (mut floors, mut opened, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        floors.push(hello(&bare, None, size.spell).await?);
        opened.push(hello(&opening.bare, Some(opening.count), size.spell).await?);
        few_rounds.push(checks(&scene, &few, size.spell, Asks::Rightly).await?);
        refused.push(checks(&scene, &few, size.spell, Asks::WithAnothersProof).await?);
    }
    let others = scene.sign_in(size.sessions, 16).await?;
    let asked = draw(&others)?;
    let asked = Arc::new(scene.rotate(asked, SEATS).await?);
    let first = first_checks(&scene, &asked).await?;
    let opening = Opening { bare: Bare::opening(answer_bytes, size.sessions, identity_bytes)?, count: size.sessions };
    let (mut many_rounds, mut growth_base, mut many_floors, mut many_opened) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let few = Arc::new(scene.rotate(few.to_vec(), SEATS).await?);
    first_checks(&scene, &few).await?;
    for _ in 0..size.rounds {
        many_floors.push(hello(&bare, None, size.spell).await?);
        many_opened.push(hello(&opening.bare, Some(opening.count), size.spell).await?);
        for visited in &mut beside {
            visited.beside.rounds.push(peer_checks(visited, size.spell).await?);
        }
        growth_base.push(checks(&scene, &few, size.spell, Asks::Rightly).await?);
        many_rounds.push(checks(&scene, &asked, size.spell, Asks::Rightly).await?);
    }
    let count = grouped(size.sessions);
    let floor = "bonjour de même taille, une signature ES256 vérifiée";
    let many = Figure::new("B1", format!("– {count} sessions, tirées au hasard"), "µs", many_rounds.clone())
        .above(floor, many_floors)
        .above(OPENED, many_opened)
        .beside(beside.into_iter().map(|visited| visited.beside).collect())
        .aiming(Goal::FloorTimes(1.3));
    Ok(vec![
        Figure::new("B1", "contrôle de session, 10 sessions", "µs", few_rounds)
            .above(floor, floors.clone())
            .above(OPENED, opened)
            .aiming(Goal::FloorTimes(1.3)),
        Figure::new("B1", "– refusé après la signature, sans lecture", "µs", refused).above(floor, floors).aiming(Goal::FloorTimes(1.2)),
        many,
        Figure::new("B1", "– le premier de chaque jeton, noté dans la base", "µs", vec![first]),
        Figure::new("B1", "– visites de la base par contrôle", "", vec![visits]).aiming(Goal::AtMost(1.0)),
        Figure::new("B2", format!("croissance de 10 à {count} sessions"), "µs", many_rounds)
            .above("10 sessions, même passage", growth_base)
            .aiming(Goal::FloorTimes(1.15)),
    ])
}

/// What is left above the first floor as long as names are not kept in clear.
const OPENED: &str = "le même, une ligne lue et une valeur ouverte";

/// A bare server that opens one of so many values.
struct Opening {
    bare: Bare,
    count: u64,
}

/// As long as those of the companion.
const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const NONCE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Its count of commands that read.
const READS: &str = "vestibule_database_duration_seconds_count{manner=\"read\"}";

/// So many of them at most, each once.
fn draw(all: &[SignedIn]) -> anyhow::Result<Vec<SignedIn>> {
    let mut left: Vec<&SignedIn> = all.iter().collect();
    let drawn = (0..ASKED.min(all.len())).map(|_| Ok(left.swap_remove(below(left.len())?).clone()));
    drawn.collect()
}

/// Asks about sessions of these.
struct Checking {
    seat: App,
    sessions: Arc<Vec<SignedIn>>,
    asks: Asks,
}

#[derive(Clone, Copy)]
pub(super) enum Asks {
    /// With the proof that goes with the token.
    Rightly,
    /// With a proof for the token of another: the signature holds, nothing is read.
    WithAnothersProof,
}

impl Seat for Checking {
    async fn turn(&mut self) -> anyhow::Result<()> {
        let session = one_of(&self.sessions)?;
        let answer = match self.asks {
            Asks::Rightly => self.seat.check(session).await?.expect(StatusCode::OK),
            Asks::WithAnothersProof => self.seat.check_with_proof_for("another token", session).await?.expect(StatusCode::UNAUTHORIZED),
        };
        answer.map(drop)
    }
}

/// Asks a peer for a page that only a signed-in person gets.
struct Visiting {
    browser: Connection,
    address: SocketAddr,
    cookies: Arc<Vec<String>>,
}

impl Seat for Visiting {
    async fn turn(&mut self) -> anyhow::Result<()> {
        Peer::check(&mut self.browser, self.address, one_of(&self.cookies)?).await
    }
}

/// Asks the bare server, by the same words as the companion.
struct Greeting {
    connection: Connection,
    address: SocketAddr,
    device: Device,
    key: String,
    /// Of how many values it is to open one.
    values: Option<u64>,
}

impl Seat for Greeting {
    async fn turn(&mut self) -> anyhow::Result<()> {
        let path = if self.values.is_some() { opened::OPENED } else { "/hello" };
        let proof = self.device.proof("GET", &format!("http://{}{path}", self.address), Some(TOKEN), NONCE)?;
        let mut request = http::Request::get(path).header("Host", self.address.to_string()).header("DPoP", proof);
        if let Some(values) = self.values {
            request = request.header(opened::NUMBER_HEADER, below(usize::try_from(values)?)?);
        }
        let request =
            request.header("Authorization", format!("DPoP {TOKEN}")).header(floor::KEY_HEADER, &self.key).body(Default::default())?;
        self.connection.send(request).await?.expect(StatusCode::OK).map(drop)
    }
}

/// Microseconds of the companion for one check.
pub(super) async fn checks(scene: &Scene, sessions: &Arc<Vec<SignedIn>>, spell: Duration, asks: Asks) -> anyhow::Result<f64> {
    let (address, process) = (scene.companion.address, scene.companion.process());
    let before = processor_time(process)?;
    let sit = |from| {
        let sessions = Arc::clone(sessions);
        async move { Ok(Checking { seat: App::seat(address, from).await?, sessions, asks }) }
    };
    let done = turns(SEATS, spell, sit).await?;
    Ok(micros_each(processor_time(process)? - before, done))
}

/// Microseconds of the companion for the first check of each of these tokens, which is noted: what comes after is what the others cost.
pub(super) async fn first_checks(scene: &Scene, sessions: &Arc<Vec<SignedIn>>) -> anyhow::Result<f64> {
    let (address, process, count) = (scene.companion.address, scene.companion.process(), u64::try_from(sessions.len())?);
    let before = processor_time(process)?;
    at_once(SEATS, Until::Done(count), |from, turns| {
        let sessions = Arc::clone(sessions);
        async move {
            let mut seat = App::seat(address, from).await?;
            while let Some(turn) = turns.next() {
                seat.check(&sessions[usize::try_from(turn)?]).await?.expect(StatusCode::OK)?;
            }
            Ok(Vec::<()>::new())
        }
    })
    .await?;
    Ok(micros_each(processor_time(process)? - before, count))
}

/// A peer, who is signed in there, and what each round told of it.
struct Visited<'p> {
    peer: &'p Peer,
    cookies: Arc<Vec<String>>,
    beside: Beside,
}

/// Signs so many people in at each of the peers.
async fn visited(peers: &[Peer], people: u64) -> anyhow::Result<Vec<Visited<'_>>> {
    let mut visited = Vec::new();
    for peer in peers {
        let cookies = Arc::new(peer.sign_in(people, SEATS).await?);
        visited.push(Visited { peer, cookies, beside: Beside::of(format!("{}, {} sessions", peer.name, grouped(people))) });
    }
    Ok(visited)
}

/// Microseconds of a peer and its children for one page.
async fn peer_checks(visited: &Visited<'_>, spell: Duration) -> anyhow::Result<f64> {
    let (peer, address) = (visited.peer, visited.peer.address);
    let before = peer.processor_time()?;
    let sit = |from| {
        let cookies = Arc::clone(&visited.cookies);
        async move { Ok(Visiting { browser: Connection::open(address, from).await?, address, cookies }) }
    };
    let done = turns(SEATS, spell, sit).await?;
    Ok(micros_each(peer.processor_time()? - before, done))
}

/// Microseconds of a bare server for one answer, and one of so many values opened.
async fn hello(bare: &Bare, values: Option<u64>, spell: Duration) -> anyhow::Result<f64> {
    let address = bare.address;
    let before = processor_time(bare.process())?;
    let sit = |from| async move {
        let device = Device::new()?;
        let key = encoded(device.public_key());
        Ok(Greeting { connection: Connection::open(address, from).await?, address, device, key, values })
    };
    let done = turns(SEATS, spell, sit).await?;
    Ok(micros_each(processor_time(bare.process())? - before, done))
}
