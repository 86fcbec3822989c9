//! The stranger's app in the polling exchange (RFC 8628).

use reqwest::StatusCode;

use super::{Answer, CLIENT_ID, RawClient, Secrets};

/// Grant type of a poll.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

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

impl Secrets {
    /// What every device authorization says.
    pub fn device_form(&self) -> Vec<(&'static str, &str)> {
        vec![("client_id", CLIENT_ID), ("code_challenge", &self.challenge), ("code_challenge_method", "S256")]
    }
}

impl RawClient {
    /// Starts a polling sign-in from a workstation that calls itself `device_label`.
    ///
    /// # Errors
    /// When it is refused; the answer is part of the message.
    pub async fn start_polling(&self, device_label: &str) -> anyhow::Result<Polling> {
        let secrets = Secrets::new();
        let answer = self.authorize_device(&secrets, &[("device_label", device_label)]).await?;
        anyhow::ensure!(answer.status == StatusCode::OK, "refused: {answer:?}");
        Ok(Polling {
            device_code: answer.member("device_code")?,
            verification_uri: answer.member("verification_uri_complete")?,
            sign_in_id: answer.member("sign_in_id")?,
            match_number: answer.member("match_number")?,
            confirmation: answer.member("confirmation")?,
            verifier: secrets.verifier,
        })
    }

    /// Asks for a device code, with anything besides what every one is asked with; the answer, whatever it is.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn authorize_device(&self, secrets: &Secrets, more: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut form = secrets.device_form();
        form.extend(more);
        self.post_form("/oauth/device_authorization", &form).await
    }

    /// Asks for the tokens, with letters when there are some.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn poll(&self, polling: &Polling, letters: Option<&str>) -> anyhow::Result<Answer> {
        let mut form = vec![
            ("grant_type", DEVICE_CODE),
            ("client_id", CLIENT_ID),
            ("device_code", &polling.device_code),
            ("code_verifier", &polling.verifier),
        ];
        form.extend(letters.map(|letters| ("confirmation_code", letters)));
        self.post_form("/oauth/token", &form).await
    }
}
