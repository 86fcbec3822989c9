//! The client's limits, and answers read with a cap.

use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{DATE, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Response, StatusCode, redirect, tls};
use serde::Deserialize;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Confirmation, Exchange};
use vestibule_model::wire::{is_word, printable};
use zeroize::Zeroizing;

use super::cause::{Cause, Why};
use super::error::{Letters, ProxyFault};
use super::{CompanionError, Refusal, authorities};
use crate::ordinary_file;
use crate::route::Route;
use crate::settings::Settings;
use crate::system_words::SystemFault;

/// Longest answer that is read, in bytes.
const BODY_CAP: usize = 1024 * 1024;
/// Longest reason that is kept of a failure, in characters.
const LONGEST_REASON: usize = 500;

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientRefused {
    /// The additional certification authority cannot be read.
    #[error("{path}: the certification authority cannot be used: {fault}", path = path.display())]
    CertificationAuthority { path: PathBuf, fault: AuthorityFault },
    /// TLS cannot be set up: no certification authority on this system, for example.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The proxy's address, as the client takes it.
    #[error("the proxy cannot be used: {0}")]
    Proxy(String),
}

/// What is wrong with the authority's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityFault {
    /// The system does not give it.
    #[error("{0}")]
    File(SystemFault),
    /// UTF-16, as some editors of Windows write it.
    #[error("the file is in UTF-16, not in UTF-8")]
    Utf16,
    /// It holds no certificate.
    #[error("no certificate in PEM form in it")]
    NotPem,
}

impl ClientRefused {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::CertificationAuthority { .. } | Self::Proxy(_) => ErrorCode::SettingsInvalid,
            Self::Tls(_) => ErrorCode::CompanionUntrusted,
        }
    }
}

/// What came back.
pub(super) struct Incoming {
    /// `DPoP-Nonce`.
    pub nonce: Option<String>,
    /// `Date`, in seconds since 1970.
    pub unix_s: Option<i64>,
    /// A body may hold tokens: it is wiped as it is dropped.
    pub outcome: Result<Zeroizing<Vec<u8>>, CompanionError>,
}

pub(super) fn client(settings: &Settings) -> Result<Client, ClientRefused> {
    let mut builder = begun();
    if settings.companion_url.scheme() == "http" {
        // Only ever the literal 127.0.0.1 (settings): no proxy in between, and no need for the system's authorities.
        builder = builder.no_proxy().tls_certs_only([]);
    } else {
        builder = builder.https_only(true).tls_version_min(tls::Version::TLS_1_2);
        builder = authorities::trust(builder, own_authorities(settings)?);
        builder = by_its_way(builder, settings)?;
    }
    builder.build().map_err(|error| ClientRefused::Tls(chain(&error)))
}

/// One that judges certificates by this configuration, over https alone.
pub(super) fn onlooking(settings: &Settings, config: rustls::ClientConfig) -> Result<Client, ClientRefused> {
    let builder = by_its_way(begun().https_only(true).tls_backend_preconfigured(config), settings)?;
    builder.build().map_err(|error| ClientRefused::Tls(chain(&error)))
}

fn begun() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("Vestibule/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(60))
}

fn by_its_way(builder: ClientBuilder, settings: &Settings) -> Result<ClientBuilder, ClientRefused> {
    Ok(match settings.route.proxy() {
        // Without this the client would look at the environment by itself.
        None => builder.no_proxy(),
        Some((proxy, _)) => {
            builder.proxy(reqwest::Proxy::all(proxy.expose()).map_err(|error| ClientRefused::Proxy(error.without_url().to_string()))?)
        }
    })
}

/// The authorities that the policy adds. Performs I/O.
fn own_authorities(settings: &Settings) -> Result<Vec<Certificate>, ClientRefused> {
    let Some(file) = &settings.companion_ca_file else { return Ok(Vec::new()) };
    let unusable = |fault| ClientRefused::CertificationAuthority { path: file.to_owned(), fault };
    let pem = ordinary_file::read(file).map_err(|error| unusable(AuthorityFault::File(SystemFault::from(&error))))?;
    // With a mark at its start, or with the hyphens that a certificate begins with.
    if [&b"\xFF\xFE"[..], b"\xFE\xFF", b"-\0-\0", b"\0-\0-"].iter().any(|begins| pem.starts_with(begins)) {
        return Err(unusable(AuthorityFault::Utf16));
    }
    let authorities = Certificate::from_pem_bundle(&pem).map_err(|_| unusable(AuthorityFault::NotPem))?;
    if authorities.is_empty() { Err(unusable(AuthorityFault::NotPem)) } else { Ok(authorities) }
}

/// Reads the answer, sorted into body or error.
pub(super) async fn read(mut response: Response, route: &Route) -> Result<Incoming, CompanionError> {
    let nonce = response.headers().get("DPoP-Nonce").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let date = response.headers().get(DATE).and_then(|value| value.to_str().ok()).and_then(|text| httpdate::parse_http_date(text).ok());
    let unix_s =
        date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok()).and_then(|since| i64::try_from(since.as_secs()).ok());
    let status = response.status();
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| unsent(error, route))? {
        if body.len() + chunk.len() > BODY_CAP {
            return Err(CompanionError::Unreadable);
        }
        append(&mut body, &chunk);
    }
    let outcome = if status.is_success() { Ok(body) } else { Err(refusal(status, &body)) };
    Ok(Incoming { nonce, unix_s, outcome })
}

/// Grows without leaving a copy of what is there already.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    let length = body.len() + chunk.len();
    if length > body.capacity() {
        let mut wider = Zeroizing::new(Vec::with_capacity(length.next_power_of_two()));
        wider.extend_from_slice(body);
        *body = wider;
    }
    body.extend_from_slice(chunk);
}

/// A request that found no answer. The address is left out of the reason: queries are nobody's business.
pub(super) fn unsent(error: reqwest::Error, route: &Route) -> CompanionError {
    let over_tls = error.url().is_some_and(|address| address.scheme() == "https");
    let error = error.without_url();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(tls) = tls(error) {
            let reason = printable(&tls.to_string(), LONGEST_REASON);
            return match Cause::of_certificate(tls) {
                Some(cause) => CompanionError::Untrusted(Why { cause: Some(cause), reason }),
                // Whatever else is wrong in a handshake: the companion speaks our TLS, and this does not.
                None => CompanionError::AnotherServer(Why { cause: Some(Cause::NotTls), reason }),
            };
        }
        cause = error.source();
    }
    if error.is_builder() {
        return CompanionError::Unreadable;
    }
    match route.proxy() {
        Some((proxy, set_by)) if error.is_connect() => {
            CompanionError::Proxy { fault: proxy_fault(&error), address: proxy.clone(), set_by, reason: chain(&error) }
        }
        Some(_) | None => {
            let reason = chain(&error);
            CompanionError::Unreachable(Why { cause: Some(Cause::of_request(&error, &reason, over_tls)), reason })
        }
    }
}

/// How far a request that did not get through got: the library tells it by the text of an error that it does not export.
fn proxy_fault(error: &reqwest::Error) -> ProxyFault {
    let told = chain(error);
    if told.contains("proxy authorization required") {
        ProxyFault::AuthenticationRequired
    } else if told.contains("tunnel error") && !told.contains("failed to create underlying connection") {
        ProxyFault::Refused
    } else {
        ProxyFault::Unreachable
    }
}

/// A header value that debug output hides.
pub(super) fn sensitive(text: &str) -> Result<HeaderValue, CompanionError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| CompanionError::Unreadable)?;
    value.set_sensitive(true);
    Ok(value)
}

/// What rustls said, however deep it is wrapped.
fn tls<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    tls(error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)?)
}

/// A body that is no answer of the companion's: a page of something else, or words of a later version.
pub(super) fn unread(body: &[u8]) -> CompanionError {
    match body.trim_ascii_start().first() {
        Some(b'{' | b'[') => CompanionError::Unreadable,
        Some(_) | None => CompanionError::AnotherServer(Why::untold("no JSON, status 200")),
    }
}

fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    // Names that a certificate bears come from whoever presents it.
    printable(&text, LONGEST_REASON)
}

/// The error body, read leniently: a newer companion may know codes that this app does not.
#[derive(Deserialize)]
struct RefusalBody {
    error: String,
    code: Option<String>,
    sign_in_id: Option<serde_json::Value>,
    /// As text: an exchange of the future is left out, and the others are read.
    #[serde(default)]
    exchanges: Vec<serde_json::Value>,
    confirmation: Option<serde_json::Value>,
    tries_left: Option<u32>,
    code_expires_in: Option<u32>,
    ended: Option<serde_json::Value>,
}

fn refusal(status: StatusCode, body: &[u8]) -> CompanionError {
    let Ok(body) = serde_json::from_slice::<RefusalBody>(body) else {
        return unexplained(status);
    };
    let known = body.code.as_ref().and_then(|code| ErrorCode::try_from(code.clone()).ok());
    let Some(code) = known.or_else(|| nearest(status, &body)) else { return unexplained(status) };
    let exchanges = body.exchanges.into_iter().filter_map(|name| serde_json::from_value::<Exchange>(name).ok()).collect();
    let confirmation = body.confirmation.and_then(|name| serde_json::from_value::<Confirmation>(name).ok());
    let letters = Letters::told(confirmation, body.tries_left, body.code_expires_in);
    let ended = body.ended.and_then(|name| serde_json::from_value(name).ok());
    let sign_in_id = body.sign_in_id.and_then(|id| serde_json::from_value(id).ok());
    // A word of a standard, or nothing that anybody may read.
    let error = if is_word(&body.error) { body.error } else { "unreadable".to_owned() };
    CompanionError::Refused(Refusal { status: status.as_u16(), error, code, sign_in_id, exchanges, letters, ended })
}

/// A status without a reason of ours. The companion gives one; a server in front of it may fail or be busy; anything else is another's.
fn unexplained(status: StatusCode) -> CompanionError {
    let in_front = status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    if in_front {
        CompanionError::Fault(status.as_u16())
    } else {
        CompanionError::AnotherServer(Why::untold(format!("status {}", status.as_u16())))
    }
}

/// For a number that this version does not know, what the protocol's own words say; `None` when a server that has no numbers speaks.
fn nearest(status: StatusCode, body: &RefusalBody) -> Option<ErrorCode> {
    let code = match body.error.as_str() {
        "invalid_token" | "invalid_grant" => ErrorCode::SessionEnded,
        "use_dpop_nonce" | "invalid_dpop_proof" => ErrorCode::ProofRefused,
        "temporarily_unavailable" => ErrorCode::CompanionFull,
        _ if body.code.is_none() => return None,
        // Whose limit it was, the number would have said.
        _ if status == StatusCode::TOO_MANY_REQUESTS => ErrorCode::CompanionFull,
        _ if status.is_server_error() => ErrorCode::CompanionFault,
        _ => ErrorCode::CompanionAnswerUnreadable,
    };
    Some(code)
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use vestibule_model::ErrorCode;

    use super::refusal;
    use crate::companion::{Cause, CompanionError, Why};

    fn code(status: u16, body: &str) -> ErrorCode {
        refusal(StatusCode::from_u16(status).expect("a status"), body.as_bytes()).code()
    }

    #[test]
    fn a_refusal_is_read_by_its_number_and_not_by_its_text() {
        let body = r#"{"error":"invalid_grant","error_description":"peu importe","code":"VST-2013","sign_in_id":"7F3K-9QXM"}"#;
        let error = refusal(StatusCode::BAD_REQUEST, body.as_bytes());
        assert_eq!(error.code(), ErrorCode::SessionRevoked);
        assert_eq!(error.sign_in_id().map(|id| id.0.as_str()), Some("7F3K-9QXM"));
        assert!(!error.to_string().contains("peu importe"));
    }

    #[test]
    fn a_number_from_the_future_falls_back_on_the_status() {
        let body = r#"{"error":"x","error_description":"","code":"VST-2999"}"#;
        for (status, fallback) in
            [(429, ErrorCode::CompanionFull), (503, ErrorCode::CompanionFault), (400, ErrorCode::CompanionAnswerUnreadable)]
        {
            assert_eq!(code(status, body), fallback, "{status}");
        }
        for (name, fallback) in [
            ("invalid_token", ErrorCode::SessionEnded),
            ("invalid_dpop_proof", ErrorCode::ProofRefused),
            ("temporarily_unavailable", ErrorCode::CompanionFull),
        ] {
            assert_eq!(code(401, &format!(r#"{{"error":"{name}","code":"VST-2999"}}"#)), fallback, "{name}");
        }
    }

    #[test]
    fn what_is_not_the_companion_is_not_told_as_its_failure() {
        for (status, body) in [
            (302, ""),
            (404, "<html>"),
            (403, "<html>"),
            (200, "<html>"),
            (404, r#"{"error":"Not Found"}"#),
            (401, r#"{"error":"unauthorized","error_description":"x"}"#),
        ] {
            assert_eq!(code(status, body), ErrorCode::AnotherServer, "{status} {body}");
        }
        // A reverse proxy in front of it fails, or counts requests of a whole network.
        for (status, cause) in [(502, Cause::BadGateway), (503, Cause::ServiceUnavailable), (504, Cause::GatewayTimedOut)] {
            let error = refusal(StatusCode::from_u16(status).expect("a status"), b"<html>");
            assert_eq!((error.code(), error.cause()), (ErrorCode::CompanionUnavailable, Some(cause)), "{status}");
            assert!(error.is_passing() && error.is_answer(), "{status}");
        }
        assert_eq!(code(500, "<html>"), ErrorCode::CompanionFault);
        assert_eq!(code(429, "<html>"), ErrorCode::CompanionFull);
    }

    #[test]
    fn a_page_is_another_servers_and_strange_json_a_later_versions() {
        assert_eq!(super::unread(b"<!doctype html>").code(), ErrorCode::AnotherServer);
        assert_eq!(super::unread(b"").code(), ErrorCode::AnotherServer);
        assert_eq!(super::unread(b" {\"x\":1}").code(), ErrorCode::CompanionAnswerUnreadable);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let may_pass = |status: u16| refusal(StatusCode::from_u16(status).expect("a status"), b"").is_passing();
        assert!(may_pass(503) && !may_pass(404) && !may_pass(302));
        assert!(CompanionError::Unreachable(Why::untold("")).is_passing() && !CompanionError::Impostor.is_passing());
    }
}
