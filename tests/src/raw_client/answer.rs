//! What the companion answers an app.

use anyhow::Context as _;
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// An answer, read whole: status, headers, text, and the JSON that it is (or `null`).
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

/// Tokens of a session.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub session: Value,
}

impl Answer {
    /// Sends a request and reads what comes of it.
    ///
    /// # Errors
    /// When nothing does.
    pub async fn to(request: RequestBuilder) -> anyhow::Result<Self> {
        Self::read(request.send().await.map_err(reqwest::Error::without_url)?).await
    }

    /// Reads the rest of an answer whose head has come.
    ///
    /// # Errors
    /// When it breaks off.
    pub async fn read(response: Response) -> anyhow::Result<Self> {
        let (status, headers, text) = (response.status(), response.headers().clone(), response.text().await?);
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self { status, headers, text, body })
    }

    /// The JSON that it must be.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Status and `error` of a refusal, which must be complete.
    ///
    /// # Panics
    /// When it lacks what every refusal has.
    #[track_caller]
    pub fn refusal(&self) -> (u16, String) {
        let body = self.json();
        assert!(body["error_description"].as_str().is_some_and(|description| !description.is_empty()), "no description: {body}");
        assert!(body["code"].as_str().is_some_and(|code| code.starts_with("VST-")), "no code: {body}");
        let error = body["error"].as_str().unwrap_or_else(|| panic!("no error: {body}"));
        (self.status.as_u16(), error.to_owned())
    }

    /// Tokens of a 200 answer.
    ///
    /// # Errors
    /// When it is no such answer; it is part of the message.
    pub fn tokens(&self) -> anyhow::Result<Tokens> {
        anyhow::ensure!(self.status == StatusCode::OK, "no tokens: {} {}", self.status, self.body["error"]);
        Ok(Tokens { access: self.member("access_token")?, refresh: self.member("refresh_token")?, session: self.body["session"].clone() })
    }

    /// A text that it must hold.
    pub(super) fn member(&self, name: &str) -> anyhow::Result<String> {
        self.body[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"))
    }
}
