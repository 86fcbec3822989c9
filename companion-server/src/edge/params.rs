//! Query and form parameters: read once, duplicates refused (RFC 6749 section 3.1).

use std::collections::HashMap;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use vestibule_model::ErrorCode;

use super::answer::Refusal;
use crate::gate::requests::LARGEST_BODY;

/// Longest time a body may take to arrive.
const SLOWEST_BODY: Duration = Duration::from_secs(10);
/// Most parameters of one request.
const MOST_PARAMETERS: usize = 64;

/// Why parameters cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParamsRefused {
    /// A name came twice, or too many came.
    #[error("a parameter is duplicated, or there are too many")]
    Duplicated,
    /// One that is needed is absent or empty.
    #[error("a parameter is missing: {0}")]
    Missing(&'static str),
    /// Not `application/x-www-form-urlencoded`.
    #[error("the body is not a form")]
    NotAForm,
    /// Over 64 KiB.
    #[error("the body is too large")]
    TooLarge,
    /// It did not arrive in ten seconds.
    #[error("the body is too slow")]
    TooSlow,
    /// The connection broke while it was sent.
    #[error("the body could not be read")]
    Unreadable,
}

impl From<ParamsRefused> for Refusal {
    fn from(reason: ParamsRefused) -> Self {
        let (status, code) = match reason {
            ParamsRefused::Missing(name) => return Self::parameter(name),
            ParamsRefused::Duplicated | ParamsRefused::Unreadable => (StatusCode::BAD_REQUEST, ErrorCode::RequestMalformed),
            ParamsRefused::NotAForm => (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::RequestMalformed),
            ParamsRefused::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::RequestTooLarge),
            ParamsRefused::TooSlow => (StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTooSlow),
        };
        Self::new(status, "invalid_request", code)
    }
}

/// Parameters of one request. Values may be secrets: no `Debug`.
pub struct Params(HashMap<String, String>);

impl Params {
    /// Reads the query of an address.
    ///
    /// # Errors
    /// [`ParamsRefused::Duplicated`].
    pub fn from_query(query: Option<&str>) -> Result<Self, ParamsRefused> {
        Self::parse(query.unwrap_or_default().as_bytes())
    }

    /// Reads a form-encoded body.
    ///
    /// # Errors
    /// Any [`ParamsRefused`] but `Missing`.
    pub async fn from_form(headers: &HeaderMap, body: Body) -> Result<Self, ParamsRefused> {
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !media_type(kind).eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(ParamsRefused::NotAForm);
        }
        Self::parse(&read_body(headers, body).await?)
    }

    fn parse(encoded: &[u8]) -> Result<Self, ParamsRefused> {
        let mut params = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if params.len() == MOST_PARAMETERS || params.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(ParamsRefused::Duplicated);
            }
        }
        Ok(Self(params))
    }

    /// A parameter; one sent without a value counts as absent (RFC 6749 section 3.1).
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// [`ParamsRefused::Missing`].
    pub fn required(&self, name: &'static str) -> Result<&str, ParamsRefused> {
        self.optional(name).ok_or(ParamsRefused::Missing(name))
    }

    /// A secret parameter that must be there.
    ///
    /// # Errors
    /// [`ParamsRefused::Missing`].
    pub fn secret(&self, name: &'static str) -> Result<SecretString, ParamsRefused> {
        self.required(name).map(SecretString::from)
    }
}

/// Reads a body up to [`LARGEST_BODY`], for ten seconds at most.
///
/// # Errors
/// [`ParamsRefused::TooLarge`], [`ParamsRefused::TooSlow`] and [`ParamsRefused::Unreadable`].
pub async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, ParamsRefused> {
    let announced = headers.get(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LARGEST_BODY) {
        return Err(ParamsRefused::TooLarge);
    }
    let mut reading = std::pin::pin!(copy(body, announced.unwrap_or_default()));
    // What has already arrived needs no timer.
    let read = match futures::poll!(reading.as_mut()) {
        Poll::Ready(read) => Ok(read),
        Poll::Pending => tokio::time::timeout(SLOWEST_BODY, reading).await,
    };
    match read {
        Ok(read) => read,
        Err(_) => Err(ParamsRefused::TooSlow),
    }
}

/// Copied part by part: a part is a slice of a whole buffer of the connection, and would keep it.
async fn copy(mut body: Body, announced: usize) -> Result<Bytes, ParamsRefused> {
    let mut read = BytesMut::with_capacity(announced);
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(part) = frame.map_err(|_| ParamsRefused::Unreadable)?.into_data() else { continue };
        if read.len() + part.len() > LARGEST_BODY {
            return Err(ParamsRefused::TooLarge);
        }
        read.extend_from_slice(&part);
    }
    Ok(read.freeze())
}

/// Type and subtype of a `Content-Type`, without its parameters.
pub fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;
