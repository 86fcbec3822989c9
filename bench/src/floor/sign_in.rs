//! What a sign-in costs at least: as many requests and answers of the same size, signatures, calls to the provider and durable commits as ours, with
//! nothing decided, and as many bytes kept: in one table, or as the same rows in the same tables as ours.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::register::{Register, Trace};
use crate::driver::{Answer, Connection};
use crate::provider::REALM;

/// The header by which it is told how many bytes to answer.
pub const WEIGHT_HEADER: &str = "weight";

/// The header by which it is told which sign-in a request belongs to, and how far that is: see [`Step`].
pub const STEP_HEADER: &str = "step";
/// The file, in its folder, with what it keeps where that is more than bytes.
pub const REGISTER: &str = "register.json";

pub const PROVEN: &str = "/sign-in/proven";
pub const PAGE: &str = "/sign-in/page";
pub const CALLBACK: &str = "/sign-in/callback";

/// Bytes that each durable commit keeps: a fifth of what a session of ours takes in the database (B14).
const KEPT: usize = 900;

/// One of the commits of a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Which of the traces it leaves.
    pub trace: usize,
    pub sign_in: u64,
    pub number: usize,
    /// How many commits the whole sign-in is.
    pub of: usize,
}

impl Step {
    /// As it travels.
    pub fn written(self) -> String {
        format!("{} {} {} {}", self.trace, self.sign_in, self.number, self.of)
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        let mut parts = headers.get(STEP_HEADER)?.to_str().ok()?.split(' ');
        let (trace, sign_in) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { trace, sign_in, number: parts.next()?.parse().ok()?, of: parts.next()?.parse().ok()? })
    }
}

/// Who waits for a commit, and of what.
type Waiting = (Step, oneshot::Sender<()>);

struct Floor {
    provider: SocketAddr,
    key: RsaPublicKeyComponents<Vec<u8>>,
    idle: Mutex<Vec<Connection>>,
    writer: mpsc::UnboundedSender<Waiting>,
    /// Where the rows of each sign-in are read again.
    reading: Option<Reading>,
}

struct Reading {
    traces: Arc<[Trace; 2]>,
    readers: Readers,
}

/// Connections that read one file, as many as read at once.
pub struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<rusqlite::Connection>>,
}

/// The requests of a sign-in, answered.
///
/// # Errors
/// When the provider does not answer, or nothing can be kept in the folder.
pub async fn router(provider: SocketAddr, folder: &Path) -> anyhow::Result<Router> {
    let mut connection = Connection::open(provider, Ipv4Addr::LOCALHOST).await?;
    let key = key(&mut connection, provider).await?;
    let (writer, asked) = mpsc::unbounded_channel();
    let file = folder.join("kept");
    let database = database(&file)?;
    let register = folder.join(REGISTER);
    let traces = if register.exists() {
        let Register { schema, traces } = serde_json::from_slice(&std::fs::read(register)?)?;
        schema.iter().try_for_each(|statement| database.execute_batch(statement))?;
        Some(Arc::new(traces))
    } else {
        database.execute_batch("CREATE TABLE kept (id BLOB NOT NULL UNIQUE, value BLOB NOT NULL)")?;
        None
    };
    let written = traces.clone();
    std::thread::spawn(move || write(database, written.as_deref(), asked));
    let reading = traces.map(|traces| Reading { traces, readers: Readers::of(file) });
    let floor = Floor { provider, key, idle: Mutex::new(vec![connection]), writer, reading };
    let routes = Router::new().route(PROVEN, post(proven)).route(PAGE, get(page).post(page)).route(CALLBACK, get(callback));
    Ok(routes.with_state(Arc::new(floor)))
}

async fn proven(State(floor): State<Arc<Floor>>, headers: HeaderMap) -> Result<String, StatusCode> {
    super::verify(&headers)?;
    floor.keep(&headers).await?;
    weighing(&headers)
}

/// What is sent to it is kept.
async fn page(State(floor): State<Arc<Floor>>, method: Method, headers: HeaderMap) -> Result<String, StatusCode> {
    if method == Method::POST {
        floor.keep(&headers).await?;
    } else {
        floor.look(&headers)?;
    }
    weighing(&headers)
}

async fn callback(State(floor): State<Arc<Floor>>, headers: HeaderMap, uri: Uri) -> Result<String, StatusCode> {
    floor.identify(uri.query().unwrap_or_default()).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    floor.keep(&headers).await?;
    weighing(&headers)
}

fn weighing(headers: &HeaderMap) -> Result<String, StatusCode> {
    let weight = headers.get(WEIGHT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok("x".repeat(weight.ok_or(StatusCode::BAD_REQUEST)?))
}

impl Floor {
    async fn keep(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        self.look(headers)?;
        let step = Step::read(headers).ok_or(StatusCode::BAD_REQUEST)?;
        let (waiting, kept) = oneshot::channel();
        self.writer.send((step, waiting)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        kept.await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Where a sign-in has begun, its row is read.
    fn look(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let (Some(reading), Some(step)) = (&self.reading, Step::read(headers)) else { return Ok(()) };
        if step.number == 0 { Ok(()) } else { reading.read(step).map_err(|error| failed(&error)) }
    }

    /// The code for an ID token, whose signature is verified, then the identity.
    async fn identify(&self, query: &str) -> anyhow::Result<()> {
        // A connection is somebody's until he has his answer.
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => Connection::open(self.provider, Ipv4Addr::LOCALHOST).await?,
        };
        let at = format!("{REALM}/protocol/openid-connect");
        let request = Request::post(format!("{at}/token")).header(HOST, self.provider.to_string());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(query.to_owned().into())?;
        let answer = connection.send(request).await?.expect(StatusCode::OK)?;
        self.verify(answer.between("\"id_token\":\"", &['"'])?)?;
        let access = answer.between("\"access_token\":\"", &['"'])?;
        let request = Request::get(format!("{at}/userinfo")).header(HOST, self.provider.to_string());
        let request = request.header(AUTHORIZATION, format!("Bearer {access}")).body(Default::default())?;
        connection.send(request).await?.expect(StatusCode::OK)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(())
    }

    fn verify(&self, token: &str) -> anyhow::Result<()> {
        let (signed, signature) = token.rsplit_once('.').context("no signature")?;
        let signature = URL_SAFE_NO_PAD.decode(signature)?;
        self.key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok().context("another's signature")
    }
}

impl Reading {
    fn read(&self, step: Step) -> anyhow::Result<()> {
        let trace = self.traces.get(step.trace).context("no such trace")?;
        self.readers.read(|connection| trace.read(connection, step.sign_in)).map(drop)
    }
}

impl Readers {
    pub fn of(file: PathBuf) -> Self {
        Self { file, idle: Mutex::default() }
    }

    /// # Errors
    /// When the file cannot be read.
    pub fn read<T>(&self, read: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>) -> anyhow::Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => database(&self.file)?,
        };
        let found = read(&connection)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(found)
    }
}

async fn key(connection: &mut Connection, provider: SocketAddr) -> anyhow::Result<RsaPublicKeyComponents<Vec<u8>>> {
    let request = Request::get(format!("{REALM}/protocol/openid-connect/certs")).header(HOST, provider.to_string());
    let answer: Answer = connection.send(request.body(Default::default())?).await?.expect(StatusCode::OK)?;
    let keys: Value = serde_json::from_slice(&answer.body)?;
    let part = |name: &str| anyhow::Ok(URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().context("no key")?)?);
    Ok(RsaPublicKeyComponents { n: part("n")?, e: part("e")? })
}

/// A file with the settings of the companion's own, but that nobody asks whether what a row names is there.
pub fn database(file: &Path) -> anyhow::Result<rusqlite::Connection> {
    let database = rusqlite::Connection::open(file)?;
    for (name, value) in
        [("journal_mode", "wal"), ("synchronous", "full"), ("secure_delete", "on"), ("cache_size", "-16384"), ("foreign_keys", "off")]
    {
        database.pragma_update(None, name, value)?;
    }
    database.set_prepared_statement_cache_capacity(64);
    Ok(database)
}

/// One thread, and one commit for all that wait.
fn write(mut database: rusqlite::Connection, traces: Option<&[Trace; 2]>, mut asked: mpsc::UnboundedReceiver<Waiting>) {
    while let Some(first) = asked.blocking_recv() {
        let mut group = vec![first];
        while let Ok(next) = asked.try_recv() {
            group.push(next);
        }
        // Who waits for what was not kept is not answered, which ends the measure.
        match commit(&mut database, traces, &group) {
            Ok(()) => {
                for (_, waiting) in group {
                    // Who waited may be gone.
                    let _ = waiting.send(());
                }
            }
            Err(error) => drop(failed(&error)),
        }
    }
}

/// Says what went wrong where whoever measures reads it.
pub fn failed(error: &anyhow::Error) -> StatusCode {
    // Nobody may be there to read it.
    drop(writeln!(std::io::stderr(), "The bare server cannot go on: {error:#}"));
    StatusCode::INTERNAL_SERVER_ERROR
}

fn commit(database: &mut rusqlite::Connection, traces: Option<&[Trace; 2]>, group: &[Waiting]) -> anyhow::Result<()> {
    let transaction = database.transaction()?;
    for (step, _) in group {
        if let Some(traces) = traces {
            traces.get(step.trace).context("no such trace")?.keep(&transaction, step.sign_in, step.number, step.of)?;
            continue;
        }
        let mut id = [0_u8; 32];
        getrandom::fill(&mut id)?;
        transaction.prepare_cached("INSERT INTO kept VALUES (?1, ?2)")?.execute((id, [0x5a_u8; KEPT].as_slice()))?;
    }
    Ok(transaction.commit()?)
}
