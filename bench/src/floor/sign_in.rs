//! What a sign-in costs at least: as many requests and answers of the same size, signatures, calls to the provider and durable commits as ours, with
//! nothing decided, and as many bytes kept, in one table.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
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

use crate::driver::{Answer, Connection};
use crate::provider::REALM;

/// The header by which it is told how many bytes to answer.
pub const WEIGHT_HEADER: &str = "weight";

pub const PROVEN: &str = "/sign-in/proven";
pub const PAGE: &str = "/sign-in/page";
pub const CALLBACK: &str = "/sign-in/callback";

/// Bytes that each durable commit keeps: a fifth of what a session of ours takes in the database (B14).
const KEPT: usize = 900;

/// Who waits for a commit.
type Waiting = oneshot::Sender<()>;

struct Floor {
    provider: SocketAddr,
    key: RsaPublicKeyComponents<Vec<u8>>,
    idle: Mutex<Vec<Connection>>,
    writer: mpsc::UnboundedSender<Waiting>,
}

/// The requests of a sign-in, answered.
///
/// # Errors
/// When the provider does not answer, or nothing can be kept in the folder.
pub async fn router(provider: SocketAddr, folder: &Path) -> anyhow::Result<Router> {
    let mut connection = Connection::open(provider, Ipv4Addr::LOCALHOST).await?;
    let key = key(&mut connection, provider).await?;
    let (writer, asked) = mpsc::unbounded_channel();
    let database = database(folder)?;
    std::thread::spawn(move || write(database, asked));
    let floor = Floor { provider, key, idle: Mutex::new(vec![connection]), writer };
    let routes = Router::new().route(PROVEN, post(proven)).route(PAGE, get(page).post(page)).route(CALLBACK, get(callback));
    Ok(routes.with_state(Arc::new(floor)))
}

async fn proven(State(floor): State<Arc<Floor>>, headers: HeaderMap) -> Result<String, StatusCode> {
    super::verify(&headers)?;
    floor.keep().await?;
    weighing(&headers)
}

/// What is sent to it is kept.
async fn page(State(floor): State<Arc<Floor>>, method: Method, headers: HeaderMap) -> Result<String, StatusCode> {
    if method == Method::POST {
        floor.keep().await?;
    }
    weighing(&headers)
}

async fn callback(State(floor): State<Arc<Floor>>, headers: HeaderMap, uri: Uri) -> Result<String, StatusCode> {
    floor.identify(uri.query().unwrap_or_default()).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    floor.keep().await?;
    weighing(&headers)
}

fn weighing(headers: &HeaderMap) -> Result<String, StatusCode> {
    let weight = headers.get(WEIGHT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok("x".repeat(weight.ok_or(StatusCode::BAD_REQUEST)?))
}

impl Floor {
    async fn keep(&self) -> Result<(), StatusCode> {
        let (waiting, kept) = oneshot::channel();
        self.writer.send(waiting).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        kept.await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
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

async fn key(connection: &mut Connection, provider: SocketAddr) -> anyhow::Result<RsaPublicKeyComponents<Vec<u8>>> {
    let request = Request::get(format!("{REALM}/protocol/openid-connect/certs")).header(HOST, provider.to_string());
    let answer: Answer = connection.send(request.body(Default::default())?).await?.expect(StatusCode::OK)?;
    let keys: Value = serde_json::from_slice(&answer.body)?;
    let part = |name: &str| anyhow::Ok(URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().context("no key")?)?);
    Ok(RsaPublicKeyComponents { n: part("n")?, e: part("e")? })
}

/// With the settings of the companion's own.
fn database(folder: &Path) -> anyhow::Result<rusqlite::Connection> {
    let database = rusqlite::Connection::open(folder.join("kept"))?;
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "full"), ("secure_delete", "on")] {
        database.pragma_update(None, name, value)?;
    }
    database.execute_batch("CREATE TABLE kept (id BLOB NOT NULL UNIQUE, value BLOB NOT NULL)")?;
    Ok(database)
}

/// One thread, and one commit for all that wait.
fn write(mut database: rusqlite::Connection, mut asked: mpsc::UnboundedReceiver<Waiting>) {
    while let Some(first) = asked.blocking_recv() {
        let mut group = vec![first];
        while let Ok(next) = asked.try_recv() {
            group.push(next);
        }
        // Who waits for what was not kept is not answered, which ends the measure.
        if commit(&mut database, group.len()).is_ok() {
            for waiting in group {
                // Who waited may be gone.
                let _ = waiting.send(());
            }
        }
    }
}

fn commit(database: &mut rusqlite::Connection, count: usize) -> anyhow::Result<()> {
    let transaction = database.transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO kept VALUES (?1, ?2)")?;
        for _ in 0..count {
            let mut id = [0_u8; 32];
            getrandom::fill(&mut id)?;
            insert.execute((id, [0x5a_u8; KEPT].as_slice()))?;
        }
    }
    Ok(transaction.commit()?)
}
