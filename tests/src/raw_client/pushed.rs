//! The stranger's app in the exchanges through the browser (RFC 9126, RFC 6749).

use reqwest::StatusCode;

use super::{Answer, CLIENT_ID, RawClient, digest, random_text};

/// What an app keeps to itself when it starts a sign-in.
#[derive(Debug, Clone)]
pub struct Secrets {
    pub verifier: String,
    pub challenge: String,
    pub state: String,
}

/// What the app keeps between the pushed request and the tokens.
#[derive(Debug, Clone)]
pub struct Started {
    pub request_uri: String,
    pub sign_in_id: String,
    pub events_uri: String,
    pub match_number: String,
    pub verifier: String,
    pub state: String,
    pub redirect_uri: String,
}

impl RawClient {
    /// Pushes a sign-in that returns to `redirect_uri`.
    ///
    /// # Errors
    /// When it is refused; the answer is part of the message.
    pub async fn start(&self, redirect_uri: &str) -> anyhow::Result<Started> {
        self.start_labelled(redirect_uri, "POSTE-ESSAI").await
    }

    /// The same, from a workstation that calls itself `device_label`.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_labelled(&self, redirect_uri: &str, device_label: &str) -> anyhow::Result<Started> {
        let secrets = Secrets::new();
        let answer = self.push(&secrets, redirect_uri, &[("device_label", device_label)]).await?;
        anyhow::ensure!(answer.status == StatusCode::CREATED, "refused: {answer:?}");
        Ok(Started {
            request_uri: answer.member("request_uri")?,
            sign_in_id: answer.member("sign_in_id")?,
            events_uri: answer.member("events_uri")?,
            match_number: answer.member("match_number")?,
            verifier: secrets.verifier,
            state: secrets.state,
            redirect_uri: redirect_uri.to_owned(),
        })
    }

    /// Pushes a sign-in with anything besides what every one has; the answer, whatever it is.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn push(&self, secrets: &Secrets, redirect_uri: &str, more: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let mut form = secrets.pushed_form(redirect_uri);
        form.extend(more);
        self.post_form("/oauth/par", &form).await
    }

    /// Address that the browser opens.
    pub fn authorize_address(&self, started: &Started) -> String {
        format!("{}/oauth/authorize?client_id={CLIENT_ID}&request_uri={}", self.companion, started.request_uri)
    }

    /// Redeems a code.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn redeem(&self, started: &Started, code: &str) -> anyhow::Result<Answer> {
        self.redeem_with(started, code, None).await
    }

    /// The same, with letters of the page when there are some.
    ///
    /// # Errors
    /// As [`Self::redeem`].
    pub async fn redeem_with(&self, started: &Started, code: &str, letters: Option<&str>) -> anyhow::Result<Answer> {
        let mut form = redemption(code, &started.verifier, &started.redirect_uri);
        form.extend(letters.map(|letters| ("confirmation_code", letters)));
        self.post_form("/oauth/token", &form).await
    }

    /// Rotates a refresh token.
    ///
    /// # Errors
    /// When the companion does not answer.
    pub async fn refresh(&self, refresh_token: &str) -> anyhow::Result<Answer> {
        let form = [("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", refresh_token)];
        self.post_form("/oauth/token", &form).await
    }
}

impl Secrets {
    /// New ones.
    #[expect(clippy::new_without_default, reason = "two of them are never the same")]
    pub fn new() -> Self {
        Self::of(&random_text(), &random_text())
    }

    /// Those that a test wrote.
    pub fn of(verifier: &str, state: &str) -> Self {
        Self { verifier: verifier.to_owned(), challenge: digest(verifier), state: state.to_owned() }
    }

    /// What every pushed request says.
    pub fn pushed_form<'a>(&'a self, redirect_uri: &'a str) -> Vec<(&'static str, &'a str)> {
        vec![
            ("client_id", CLIENT_ID),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("code_challenge", &self.challenge),
            ("code_challenge_method", "S256"),
            ("state", &self.state),
        ]
    }
}

/// What every redemption of a code says.
pub fn redemption<'a>(code: &'a str, verifier: &'a str, redirect_uri: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", code),
        ("code_verifier", verifier),
        ("redirect_uri", redirect_uri),
    ]
}
