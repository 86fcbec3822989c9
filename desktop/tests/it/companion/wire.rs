//! HTTP/1.1, one request per connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::Facts;
use crate::doubles::START_MS;

/// The double's only nonce.
const NONCE: &str = "nonce-1";

#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn form(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(&self.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Whatever it says anywhere, one text: request line, headers, body, and the claims of its proof.
    pub fn text(&self) -> String {
        let claims = self.header("dpop").map(|_| self.proof().to_string()).unwrap_or_default();
        let body = String::from_utf8_lossy(&self.body);
        format!("{} {} {:?} {:?} {body} {claims}", self.method, self.path, self.query, self.headers)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn proof(&self) -> Value {
        let proof = self.header("dpop").expect("a proof").split('.').nth(1).expect("three parts").to_owned();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(proof).expect("base64url")).expect("JSON")
    }
}

pub async fn serve(listener: TcpListener, facts: Arc<Facts>, stop: CancellationToken) {
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted.expect("accepted").0,
        };
        let (facts, stop) = (facts.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = one(stream, facts) => {}
            }
        });
    }
}

async fn one(mut stream: TcpStream, facts: Arc<Facts>) {
    let Some(request) = read(&mut stream).await else { return };
    facts.heard.lock().expect("unpoisoned").push(request.clone());
    let is_frozen_here = facts.frozen_at.lock().expect("unpoisoned").as_ref() == Some(&request.path);
    if is_frozen_here || facts.frozen.load(Ordering::SeqCst) {
        return std::future::pending().await;
    }
    if facts.down.load(Ordering::SeqCst) {
        return;
    }
    let (status, body) = match objection(&request, &facts) {
        Some(objection) => objection,
        None => {
            facts.seen.lock().expect("unpoisoned").push(request.clone());
            let refusal = facts.refusal.lock().expect("unpoisoned").clone();
            match refusal {
                Some((path, status, body)) if path == request.path => (status, body),
                _ => facts.answer(&request).await,
            }
        }
    };
    if facts.down.load(Ordering::SeqCst) {
        return;
    }
    if facts.loses.lock().expect("unpoisoned").take_if(|path| *path == request.path).is_some() {
        return;
    }
    let body = poisoned(body, &request.path, &facts);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_millis(START_MS));
    let head = format!(
        "HTTP/1.1 {status} X\r\nDate: {date}\r\nDPoP-Nonce: {NONCE}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Notes every text of an answer, and spoils the one that the test chose: in the middle, where nobody trims.
fn poisoned(mut body: Value, path: &str, facts: &Facts) -> Value {
    note(&body, String::new(), &mut |member| {
        facts.told.lock().expect("unpoisoned").insert((path.to_owned(), member));
    });
    if let Some((at, member, with)) = facts.poison.lock().expect("unpoisoned").clone()
        && at == path
        && let Some(Value::String(text)) = body.pointer_mut(&member)
    {
        let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(place, _)| place);
        text.insert_str(middle, with);
    }
    body
}

fn note(value: &Value, member: String, told: &mut impl FnMut(String)) {
    match value {
        Value::String(_) => told(member),
        Value::Array(items) => items.iter().enumerate().for_each(|(place, item)| note(item, format!("{member}/{place}"), told)),
        Value::Object(members) => members.iter().for_each(|(name, item)| note(item, format!("{member}/{name}"), told)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What RFC 9449 says of the proof; the signature is the unit tests' business.
fn objection(request: &Request, facts: &Facts) -> Option<(u16, Value)> {
    if request.path == "/.well-known/oauth-authorization-server" {
        return None;
    }
    let proof = request.proof();
    let status = if request.path.starts_with("/oauth/") { 400 } else { 401 };
    let refused = |error: &str, why: &str| Some((status, json!({"error": error, "error_description": why, "code": "VST-2006"})));
    if proof["nonce"] != NONCE {
        return refused("use_dpop_nonce", "nonce");
    }
    let address = format!("{}{}", facts.origin.lock().expect("unpoisoned"), request.path);
    if proof["htm"] != request.method.as_str() || proof["htu"] != address.as_str() {
        return refused("invalid_dpop_proof", "for another request");
    }
    let issued = proof["iat"].as_u64().expect("a time");
    if issued.abs_diff(START_MS / 1000) > 8 * 3600 {
        return refused("invalid_dpop_proof", "for another time");
    }
    let ids: Vec<Value> = facts
        .seen
        .lock()
        .expect("unpoisoned")
        .iter()
        .filter(|seen| seen.header("dpop").is_some())
        .map(|seen| seen.proof()["jti"].clone())
        .collect();
    if ids.contains(&proof["jti"]) {
        return refused("invalid_dpop_proof", "seen before");
    }
    if let Some(authorization) = request.header("authorization") {
        let token = authorization.strip_prefix("DPoP ").expect("the scheme");
        if proof["ath"] != URL_SAFE_NO_PAD.encode(Sha256::digest(token)).as_str() {
            return refused("invalid_dpop_proof", "for another token");
        }
    }
    None
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0_u8; 4096];
        let count = stream.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(start)) = parsed.parse(&bytes) else { continue };
        let headers: Vec<(String, String)> = parsed
            .headers
            .iter()
            .map(|header| (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().expect("a number"));
        if bytes.len() < start + length {
            continue;
        }
        let target = parsed.path.expect("a target").to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        return Some(Request {
            method: parsed.method.expect("a method").to_owned(),
            path: path.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body: bytes[start..].to_vec(),
        });
    }
}
