//! A thick client of a stranger: the `oauth2` crate over reqwest. It knows neither DPoP nor pushed requests: both are added around it.
//!
//! Arguments: companion, browser, how many times in a row. Prints one line of JSON each.

use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use oauth2::basic::{BasicClient, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge, RedirectUrl,
    TokenResponse as _, TokenUrl, http,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use vestibule_tests::raw_client::{CLIENT_ID, Device};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [companion, browser, times] = arguments.as_slice() else { anyhow::bail!("companion, browser and times are expected") };
    for _ in 0..times.parse::<u32>()? {
        let seen = sign_in_and_out(companion, browser).await?;
        writeln!(std::io::stdout(), "{seen}")?;
    }
    Ok(())
}

async fn sign_in_and_out(companion: &str, browser: &str) -> anyhow::Result<Value> {
    let http = Proving::new()?;
    let http_client = |request: HttpRequest| http.send(request, None);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let redirect_uri = format!("http://{}/cb/{}", listener.local_addr()?, CsrfToken::new_random().secret());
    let client = BasicClient::new(ClientId::new(CLIENT_ID.into()))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new(format!("{companion}/oauth/authorize"))?)
        .set_token_uri(TokenUrl::new(format!("{companion}/oauth/token"))?)
        .set_redirect_uri(RedirectUrl::new(redirect_uri.clone())?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (built, state) = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge).url();

    let form = built.query().context("a query")?.as_bytes().to_vec();
    let pushed =
        http::Request::post(format!("{companion}/oauth/par")).header("content-type", "application/x-www-form-urlencoded").body(form)?;
    let pushed: Value = serde_json::from_slice(http.send(pushed, None).await?.body())?;
    let mut page = built;
    let request_uri = pushed["request_uri"].as_str().with_context(|| format!("refused: {pushed}"))?;
    page.query_pairs_mut().clear().append_pair("client_id", CLIENT_ID).append_pair("request_uri", request_uri);

    let person = tokio::process::Command::new(browser).arg(page.as_str()).spawn()?;
    let answer = tokio::time::timeout(Duration::from_secs(60), answer(&listener, &redirect_uri)).await??;
    anyhow::ensure!(person.wait_with_output().await?.status.success(), "the browser did not come to an end");
    let parameter = |name: &str| answer.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    anyhow::ensure!(parameter("state").as_ref() == Some(state.secret()), "another state");
    let code = AuthorizationCode::new(parameter("code").context("a code")?);

    let first = client.exchange_code(code).set_pkce_verifier(verifier).request_async(&http_client).await?;
    let session = http.call(companion, "GET", "/api/v1/session", first.access_token().secret()).await?.1;
    let former = first.refresh_token().context("a refresh token")?;
    let second = client.exchange_refresh_token(former).request_async(&http_client).await?;
    let access = second.access_token().secret();
    let again = http.call(companion, "GET", "/api/v1/session", access).await?.1;
    let out = http.call(companion, "POST", "/api/v1/session/sign-out", access).await?.1;
    let after = http.call(companion, "GET", "/api/v1/session", access).await?.0;
    let token_type = match first.token_type() {
        BasicTokenType::Extension(name) => name.to_lowercase(),
        BasicTokenType::Bearer | BasicTokenType::Mac => "not bound to a key".to_owned(),
    };
    Ok(json!({
        "token_type": token_type,
        "family_name": session["practitioner"]["family_name"],
        "same_session": session["sign_in_id"].is_string() && session["sign_in_id"] == again["sign_in_id"],
        "new_tokens": first.access_token().secret() != access && Some(former.secret()) != second.refresh_token().map(|token| token.secret()),
        "sign_out": out,
        "after": after,
    }))
}

/// The one request that the browser brings. Whoever else connects and says nothing, or asks for something else, is not waited for.
async fn answer(listener: &TcpListener, redirect_uri: &str) -> anyhow::Result<Url> {
    let redirect_uri = Url::parse(redirect_uri)?;
    loop {
        let (stream, _) = listener.accept().await?;
        if let Ok(Ok(target)) = tokio::time::timeout(Duration::from_secs(2), asked(stream)).await
            && let Ok(address) = redirect_uri.join(&target)
            && address.path() == redirect_uri.path()
        {
            return Ok(address);
        }
    }
}

/// What a connection asks for, once it was answered.
async fn asked(mut stream: TcpStream) -> anyhow::Result<String> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let first = lines.next_line().await?.context("a request")?;
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
    writer.shutdown().await?;
    Ok(first.split(' ').nth(1).context("a target")?.to_owned())
}

/// The HTTP client of one key: adds the proof, and asks again with the nonce it is given.
struct Proving {
    http: reqwest::Client,
    device: Device,
    nonce: Mutex<Option<String>>,
}

impl Proving {
    fn new() -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(Duration::from_secs(30)).build()?;
        Ok(Self { http, device: Device::new()?, nonce: Mutex::default() })
    }

    async fn call(&self, companion: &str, method: &str, path: &str, token: &str) -> anyhow::Result<(u16, Value)> {
        let request = http::Request::builder().method(method).uri(format!("{companion}{path}")).body(Vec::new())?;
        let answer = self.send(request, Some(token)).await?;
        Ok((answer.status().as_u16(), serde_json::from_slice(answer.body())?))
    }

    async fn send(&self, request: HttpRequest, token: Option<&str>) -> Result<HttpResponse, std::io::Error> {
        let mut answer = self.send_once(&request, token).await?;
        if String::from_utf8_lossy(answer.body()).contains("\"use_dpop_nonce\"") {
            answer = self.send_once(&request, token).await?;
        }
        Ok(answer)
    }

    async fn send_once(&self, request: &HttpRequest, token: Option<&str>) -> Result<HttpResponse, std::io::Error> {
        #[expect(clippy::disallowed_methods, reason = "a stranger's program has the machine's clock and no other")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(std::io::Error::other)?.as_secs();
        let address = request.uri().to_string();
        let nonce = self.nonce.lock().map_err(|_| std::io::Error::other("poisoned"))?.clone();
        let proof = self.device.sign(&self.device.proof(request.method(), &address, token, nonce.as_deref(), now));
        let mut sent = self.http.request(request.method().clone(), &address).headers(request.headers().clone()).header("DPoP", proof);
        if let Some(token) = token {
            sent = sent.header("Authorization", format!("DPoP {token}"));
        }
        let received = sent.body(request.body().clone()).send().await.map_err(std::io::Error::other)?;
        if let Some(fresh) = received.headers().get("dpop-nonce").and_then(|value| value.to_str().ok()) {
            *self.nonce.lock().map_err(|_| std::io::Error::other("poisoned"))? = Some(fresh.to_owned());
        }
        let mut answer = http::Response::builder().status(received.status());
        if let Some(headers) = answer.headers_mut() {
            headers.clone_from(received.headers());
        }
        answer.body(received.bytes().await.map_err(std::io::Error::other)?.to_vec()).map_err(std::io::Error::other)
    }
}
