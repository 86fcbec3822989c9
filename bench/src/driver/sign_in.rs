//! An app and its browser, from the pushed request to the session.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::Value;
use url::form_urlencoded;

use super::connection::{Answer, Connection};
use super::device::Device;
use crate::letters::{hashed, random_text};
use crate::provider;

const CLIENT_ID: &str = "vestibule-desktop";
const FORM: &str = "application/x-www-form-urlencoded";
/// Where a loopback exchange comes back to; nobody listens there, the driver reads the address.
const REDIRECT_URI: &str = "http://127.0.0.1:49152/cb/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// One seat: the connections of an app and of a browser, and the latest nonce. Several workstations may take it one after the other.
pub struct App {
    server: SocketAddr,
    origin: String,
    app: Connection,
    browser: Option<Connection>,
    nonce: String,
    notes: Option<Notes>,
    /// Bytes of each answer of the last sign-in, in order.
    weights: Vec<usize>,
}

/// What a seat asked, for whoever tells apart what each request led to.
struct Notes {
    /// How long it rests before each, so that what one leads to is over when the next begins.
    rest: Duration,
    asked: Vec<Asked>,
}

/// A request that was sent.
#[derive(Debug, Clone)]
pub struct Asked {
    pub at: Instant,
    pub method: Method,
    /// Without its query.
    pub path: String,
}

/// A session that lives.
#[derive(Clone)]
pub struct SignedIn {
    pub device: Arc<Device>,
    pub access: String,
    pub refresh: String,
    /// From the moment when the browser comes back to the moment when the app has its session.
    pub callback_to_session: Duration,
}

/// A sign-in that was begun, whose session is asked for.
pub struct Polling {
    device: Device,
    device_code: String,
    verifier: String,
}

impl App {
    /// # Errors
    /// When nobody listens.
    pub async fn seat(server: SocketAddr, from: Ipv4Addr) -> anyhow::Result<Self> {
        let (app, browser) = (Connection::open(server, from).await?, Connection::open(server, from).await?);
        let (origin, nonce, weights) = (format!("http://{server}"), String::new(), Vec::new());
        let mut seat = Self { server, origin, app, browser: Some(browser), nonce, notes: None, weights };
        let answer = seat.app.send(seat.request(Method::GET, "/api/v1/session").body(Full::default())?).await?;
        seat.hear(&answer.expect(StatusCode::UNAUTHORIZED)?)?;
        Ok(seat)
    }

    /// One whose browser is closed.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn seat_alone(server: SocketAddr, from: Ipv4Addr) -> anyhow::Result<Self> {
        let mut seat = Self::seat(server, from).await?;
        seat.browser = None;
        Ok(seat)
    }

    /// From now on it rests before each request, and notes it.
    pub fn take_notes(&mut self, rest: Duration) {
        self.notes = Some(Notes { rest, asked: Vec::new() });
    }

    /// What it asked since this was last asked, in its order.
    pub fn noted(&mut self) -> Vec<Asked> {
        self.notes.as_mut().map(|notes| std::mem::take(&mut notes.asked)).unwrap_or_default()
    }

    async fn note(&mut self, method: &Method, path: &str) {
        let Some(notes) = &mut self.notes else { return };
        tokio::time::sleep(notes.rest).await;
        let path = path.split('?').next().unwrap_or_default().to_owned();
        notes.asked.push(Asked { at: Instant::now(), method: method.clone(), path });
    }

    /// A whole sign-in of this person by the loopback exchange.
    ///
    /// # Errors
    /// When anything is answered that was not expected.
    pub async fn sign_in(&mut self, device: &Arc<Device>, person: u64) -> anyhow::Result<SignedIn> {
        self.weights.clear();
        let (verifier, state) = (random_text()?, random_text()?);
        let pushed = [
            ("client_id", CLIENT_ID),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT_URI),
            ("code_challenge", &hashed(&verifier)),
            ("code_challenge_method", "S256"),
            ("state", &state),
            ("device_label", "POSTE-BANC"),
        ];
        let pushed = self.post_proven(device, "/oauth/par", &pushed).await?.expect(StatusCode::CREATED)?;
        let pushed: Value = serde_json::from_slice(&pushed.body)?;
        let request_uri = pushed["request_uri"].as_str().context("no request_uri")?;
        let query = form(&[("client_id", CLIENT_ID), ("request_uri", request_uri)]);
        let mut cookie = String::new();
        self.browse(Method::GET, &format!("/oauth/authorize?{query}"), None, &mut cookie).await?.expect(StatusCode::OK)?;
        let leaving = self.browse(Method::POST, "/oauth/authorize", Some(query), &mut cookie).await?.expect(StatusCode::OK)?;
        let ends = &['&', '"', '\'', '<'];
        let (at_provider, nonce) = (leaving.between("state=", ends)?, leaving.between("nonce=", ends)?);
        let back = format!("/psc/callback?code={}&state={at_provider}", provider::code(person, nonce));
        let began = Instant::now();
        let mut way_on = self.browse(Method::GET, &back, None, &mut cookie).await?;
        if way_on.status == StatusCode::SEE_OTHER {
            let question = way_on.header("location")?.to_owned();
            let page = self.browse(Method::GET, &question, None, &mut cookie).await?.expect(StatusCode::OK)?;
            let guard = page.between("name=\"form_guard\" value=\"", &['"'])?;
            let id = question.split_once("id=").context("no id")?.1;
            let decision = form(&[("id", id), ("form_guard", guard), ("decision", "accept")]);
            way_on = self.browse(Method::POST, "/sign-in/confirm", Some(decision), &mut cookie).await?;
        }
        let way_on = way_on.expect(StatusCode::OK)?;
        let code = way_on.between("code=", ends)?;
        let redeemed = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("code", code),
            ("code_verifier", &verifier),
            ("redirect_uri", REDIRECT_URI),
        ];
        let redeemed = self.post_proven(device, "/oauth/token", &redeemed).await?.expect(StatusCode::OK)?;
        let callback_to_session = began.elapsed();
        self.signed_in(device, &redeemed, callback_to_session)
    }

    /// How many bytes each answer of the last sign-in had, in order.
    pub fn weights(&self) -> &[usize] {
        &self.weights
    }

    /// The next tokens.
    ///
    /// # Errors
    /// When they are refused.
    pub async fn rotate(&mut self, session: &SignedIn) -> anyhow::Result<SignedIn> {
        let rotation = [("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", session.refresh.as_str())];
        let answer = self.post_proven(&session.device, "/oauth/token", &rotation).await?.expect(StatusCode::OK)?;
        self.signed_in(&session.device, &answer, Duration::ZERO)
    }

    /// Whether the session lives, and whose it is.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn check(&mut self, session: &SignedIn) -> anyhow::Result<Answer> {
        self.check_with_proof_for(&session.access, session).await
    }

    /// The same with a proof for this access token, whichever is presented.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn check_with_proof_for(&mut self, proven: &str, session: &SignedIn) -> anyhow::Result<Answer> {
        let proof = session.device.proof("GET", &format!("{}/api/v1/session", self.origin), Some(proven), &self.nonce)?;
        let request = self.request(Method::GET, "/api/v1/session").header("DPoP", proof);
        let request = request.header(AUTHORIZATION, format!("DPoP {}", session.access)).body(Full::default())?;
        self.note(&Method::GET, "/api/v1/session").await;
        let answer = self.app.send(request).await?;
        self.hear(&answer)?;
        Ok(answer)
    }

    /// The version of what is known of a session.
    ///
    /// # Errors
    /// When there is none.
    pub async fn events(&mut self, session: &SignedIn) -> anyhow::Result<u64> {
        let request = self.asking_events(session, "wait=0")?;
        let answer = self.app.send(request).await?.expect(StatusCode::OK)?;
        self.hear(&answer)?;
        version(&answer)
    }

    /// Waits for an event of a session after this one.
    ///
    /// # Errors
    /// When no request can be made.
    pub fn waiting(&self, session: &SignedIn, after: u64) -> anyhow::Result<Request<Full<Bytes>>> {
        self.asking_events(session, &format!("wait=25&after={after}"))
    }

    /// Waits for an event of a session after this one, or until the server says that there is none; the version that is known then.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn wait(&mut self, session: &SignedIn, after: u64) -> anyhow::Result<u64> {
        let request = self.waiting(session, after)?;
        let answer = self.app.send(request).await?.expect(StatusCode::OK)?;
        self.hear(&answer)?;
        version(&answer)
    }

    fn asking_events(&self, session: &SignedIn, query: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        let path = "/api/v1/session/events";
        let request = self.with_proof(&session.device, Method::GET, path, Some(&session.access))?;
        let (mut head, body) = request.body(Full::default())?.into_parts();
        head.uri = format!("{path}?{query}").parse()?;
        Ok(Request::from_parts(head, body))
    }

    /// Begins a sign-in whose session is asked for.
    ///
    /// # Errors
    /// When it is not begun.
    pub async fn begin_polling(&mut self, device: Device) -> anyhow::Result<Polling> {
        let verifier = random_text()?;
        let begun = [
            ("client_id", CLIENT_ID),
            ("code_challenge", &hashed(&verifier)),
            ("code_challenge_method", "S256"),
            ("device_label", "POSTE-BANC"),
        ];
        let begun = self.post_proven(&device, "/oauth/device_authorization", &begun).await?.expect(StatusCode::OK)?;
        let begun: Value = serde_json::from_slice(&begun.body)?;
        let device_code = begun["device_code"].as_str().context("no device_code")?.to_owned();
        Ok(Polling { device, device_code, verifier })
    }

    /// Asks for the session of such a sign-in: the answer waits until somebody opens it.
    ///
    /// # Errors
    /// When no request can be made.
    pub fn polling(&self, begun: &Polling) -> anyhow::Result<Request<Full<Bytes>>> {
        let asked = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", CLIENT_ID),
            ("device_code", &begun.device_code),
            ("code_verifier", &begun.verifier),
        ];
        let request = self.with_proof(&begun.device, Method::POST, "/oauth/token", None)?;
        Ok(request.header(CONTENT_TYPE, FORM).body(Full::from(form(&asked)))?)
    }

    /// As it is.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        self.app.send(request).await
    }

    fn signed_in(&self, device: &Arc<Device>, answer: &Answer, callback_to_session: Duration) -> anyhow::Result<SignedIn> {
        let tokens: Value = serde_json::from_slice(&answer.body)?;
        let token = |name: &str| tokens[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok(SignedIn { device: Arc::clone(device), access: token("access_token")?, refresh: token("refresh_token")?, callback_to_session })
    }

    async fn post_proven(&mut self, device: &Device, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let request = self.with_proof(device, Method::POST, path, None)?;
        self.note(&Method::POST, path).await;
        let answer = self.app.send(request.header(CONTENT_TYPE, FORM).body(Full::from(form(fields)))?).await?;
        self.hear(&answer)?;
        self.weights.push(answer.body.len());
        Ok(answer)
    }

    fn with_proof(&self, device: &Device, method: Method, path: &str, token: Option<&str>) -> anyhow::Result<http::request::Builder> {
        let proof = device.proof(method.as_str(), &format!("{}{path}", self.origin), token, &self.nonce)?;
        let request = self.request(method, path).header("DPoP", proof);
        Ok(match token {
            Some(token) => request.header(AUTHORIZATION, format!("DPoP {token}")),
            None => request,
        })
    }

    /// As a recent browser on a page of ours, with the one cookie that it has, which an answer may change.
    async fn browse(&mut self, method: Method, path: &str, form: Option<String>, cookie: &mut String) -> anyhow::Result<Answer> {
        self.note(&method, path).await;
        let mut request = self.request(method, path).header(ACCEPT, "text/html,*/*;q=0.8");
        if !cookie.is_empty() {
            request = request.header(COOKIE, cookie.as_str());
        }
        let request = match form {
            Some(form) => {
                request.header(CONTENT_TYPE, FORM).header(ORIGIN, "null").header("Sec-Fetch-Site", "same-origin").body(Full::from(form))?
            }
            None => request.body(Full::default())?,
        };
        let answer = self.browser.as_mut().context("its browser is closed")?.send(request).await?;
        self.weights.push(answer.body.len());
        if let Some(set) = answer.headers.get(SET_COOKIE) {
            set.to_str()?.split(';').next().unwrap_or_default().clone_into(cookie);
        }
        Ok(answer)
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header(HOST, self.server.to_string())
    }

    fn hear(&mut self, answer: &Answer) -> anyhow::Result<()> {
        answer.header("dpop-nonce")?.clone_into(&mut self.nonce);
        Ok(())
    }
}

fn version(event: &Answer) -> anyhow::Result<u64> {
    let event: Value = serde_json::from_slice(&event.body)?;
    event["version"].as_u64().context("no version")
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
