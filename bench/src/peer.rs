//! What others take for the same: a site behind a library that people use, with the same provider.
//!
//! A peer has its own cookies and keeps nothing durably: three requests a sign-in, no proof of possession, no trail.

mod apache;
mod express;

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use http::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{Request, StatusCode};
use vestibule_installation::place::free_address;

use crate::driver::{Answer, Connection};
use crate::load::{Until, at_once};
use crate::provider::{self, Provider};
use crate::ticks::processor_time_of_tree;

/// What only a signed-in person gets, by every peer.
const PROTECTED: &str = "/protected/";

/// Writes what a peer needs into its folder; the program that serves at this address.
type Prepare = fn(&Path, SocketAddr, &Provider) -> anyhow::Result<Command>;

/// The first is the one that goals are about.
const PEERS: [(&str, Prepare); 2] = [(apache::NAME, apache::prepare), (express::NAME, express::prepare)];

/// A running peer; dropped, it ends.
pub struct Peer {
    /// As the table calls it.
    pub name: &'static str,
    pub address: SocketAddr,
    process: Child,
    folder: tempfile::TempDir,
}

impl Peer {
    /// All there are, in the order of the table.
    ///
    /// # Errors
    /// When one does not answer; its log is part of the message.
    pub async fn start_all(provider: &Provider) -> anyhow::Result<Vec<Self>> {
        let mut started = Vec::new();
        for (name, prepare) in PEERS {
            started.push(Self::start(name, prepare, provider).await?);
        }
        Ok(started)
    }

    async fn start(name: &'static str, prepare: Prepare, provider: &Provider) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vestibule-peer.").tempdir()?;
        let address = free_address()?;
        let process = spawn(&prepare(folder.path(), address, provider)?, File::create(folder.path().join("error.log"))?)?;
        let mut peer = Self { name, address, process, folder };
        peer.until_ready().await?;
        Ok(peer)
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        for _ in 0..500 {
            if Connection::open(self.address, Ipv4Addr::LOCALHOST).await.is_ok() {
                return Ok(());
            }
            if self.process.try_wait()?.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("{} does not answer: {}", self.name, std::fs::read_to_string(self.folder.path().join("error.log"))?)
    }

    /// Time of the processor that it and its children had.
    ///
    /// # Errors
    /// When it has ended.
    pub fn processor_time(&self) -> anyhow::Result<Duration> {
        processor_time_of_tree(self.process.id())
    }

    /// Signs so many people in, so many at once; their cookies.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn sign_in(&self, people: u64, seats: u8) -> anyhow::Result<Vec<String>> {
        let address = self.address;
        let signed_in = at_once(seats, Until::Done(people), |from, turns| async move {
            let mut browser = Connection::open(address, from).await?;
            let mut cookies = Vec::new();
            while let Some(turn) = turns.next() {
                cookies.push(sign_in(&mut browser, address, turn).await?);
            }
            Ok(cookies)
        });
        signed_in.await.with_context(|| self.name)
    }

    /// Asks for what only a signed-in person gets.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn check(browser: &mut Connection, address: SocketAddr, cookie: &str) -> anyhow::Result<()> {
        get(browser, address, PROTECTED, cookie).await?.expect(StatusCode::OK).map(drop)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if !matches!(self.process.try_wait(), Ok(None)) {
            return; // it ended by itself, and its number may be another's
        }
        // A kill would leave its children.
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            drop(self.process.wait());
        }
    }
}

/// It is asked to end when this program does, however that ends.
fn spawn(program: &Command, log: File) -> anyhow::Result<Child> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program.get_program()).args(program.get_args());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("setpriv (Debian: util-linux) cannot be started")
}

/// Cookies by their names, as a browser without any other site keeps them.
#[derive(Default)]
struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Keeps what the answer sets, and drops what it empties.
    fn keep(&mut self, answer: &Answer) {
        let set = answer.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()?.split(';').next()?.split_once('='));
        self.0.extend(set.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self.0.retain(|_, value| !value.is_empty());
    }

    fn sent(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }
}

async fn sign_in(browser: &mut Connection, address: SocketAddr, person: u64) -> anyhow::Result<String> {
    let mut jar = Jar::default();
    let leaving = get(browser, address, PROTECTED, "").await?.expect(StatusCode::FOUND)?;
    jar.keep(&leaving);
    let callback = callback(leaving.header(LOCATION.as_str())?, person)?;
    let back = get(browser, address, &callback, &jar.sent()).await?.expect(StatusCode::FOUND)?;
    jar.keep(&back);
    let page = get(browser, address, PROTECTED, &jar.sent()).await?.expect(StatusCode::OK)?;
    jar.keep(&page);
    Ok(jar.sent())
}

/// Where the provider sends the browser once this person has signed in: what it was asked is in the address.
fn callback(asked: &str, person: u64) -> anyhow::Result<String> {
    let asked = url::Url::parse(asked)?;
    let said = |name: &str| {
        let found = asked.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        found.with_context(|| format!("no {name} in {asked}"))
    };
    let mut back = url::Url::parse(&said("redirect_uri")?)?;
    back.query_pairs_mut().append_pair("code", &provider::code(person, &said("nonce")?)).append_pair("state", &said("state")?);
    Ok(back[url::Position::BeforePath..].to_owned())
}

async fn get(browser: &mut Connection, address: SocketAddr, path: &str, cookie: &str) -> anyhow::Result<Answer> {
    let mut request = Request::get(path).header(HOST, address.to_string()).header("Accept", "text/html");
    if !cookie.is_empty() {
        request = request.header(COOKIE, cookie);
    }
    browser.send(request.body(Default::default())?).await
}
