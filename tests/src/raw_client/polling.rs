//! The stranger's app in the polling exchange (RFC 8628).

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use super::{Answer, Body, RawClient, random_text};

/// What the app keeps between the device authorization and the tokens.
#[derive(Debug, Clone)]
pub struct Polling {
    pub device_code: String,
    pub verification_uri: String,
    pub sign_in_id: String,
    pub match_number: String,
    /// `number` or `code`.
    pub confirmation: String,
    pub verifier: String,
}

impl RawClient {
    /// Starts a polling sign-in from a workstation that calls itself `device_label`.
    ///
    /// # Errors
    /// When it is refused; the answer is part of the message.
    pub async fn start_polling(&mut self, device_label: &str) -> anyhow::Result<Polling> {
        let verifier = random_text();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let fields = [
            ("client_id", "vestibule-desktop"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("device_label", device_label),
        ];
        let answer = self.call(Method::POST, "/oauth/device_authorization", None, Body::Form(&fields)).await?;
        anyhow::ensure!(answer.status == StatusCode::OK, "refused: {answer:?}");
        let text = |name: &str| answer.body[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok(Polling {
            device_code: text("device_code")?,
            verification_uri: text("verification_uri_complete")?,
            sign_in_id: text("sign_in_id")?,
            match_number: text("match_number")?,
            confirmation: text("confirmation")?,
            verifier,
        })
    }

    /// Asks for the tokens, with letters when there are some.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn poll(&mut self, polling: &Polling, letters: Option<&str>) -> anyhow::Result<Answer> {
        let mut fields = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", "vestibule-desktop"),
            ("device_code", &polling.device_code),
            ("code_verifier", &polling.verifier),
        ];
        fields.extend(letters.map(|letters| ("confirmation_code", letters)));
        self.call(Method::POST, "/oauth/token", None, Body::Form(&fields)).await
    }
}
