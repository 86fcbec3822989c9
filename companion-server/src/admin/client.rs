//! How a command of this machine speaks to the companion that serves: at its administration address, with the token of its file.

use std::net::SocketAddr;
use std::time::Duration;

use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::ErrorAnswer;

use super::token;
use crate::config::Config;
use crate::config::secret_file::SecretFileRefused;

/// Longest time a command waits for its answer.
const LONGEST_CALL: Duration = Duration::from_secs(30);

/// Why a command does nothing. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum CommandRefused {
    /// The configuration names no token file.
    #[error("{code}\u{a0}: clé «\u{a0}administration.token_file\u{a0}» manquante\u{202f}; ajoutez-la, puis relancez le compagnon", code = ErrorCode::AdministrationRefused)]
    NoTokenFile,
    /// The token cannot be read by this account.
    #[error("{code}\u{a0}: clé «\u{a0}administration.token_file\u{a0}»\u{a0}: {0}", code = ErrorCode::AdministrationRefused)]
    Token(#[from] SecretFileRefused),
    /// The file of a national id cannot be read.
    #[error("{code}\u{a0}: {0}", code = ErrorCode::NothingDesignated)]
    PersonFile(String),
    /// Nobody is there.
    #[error("{code}\u{a0}: rien ne répond à {address}", code = ErrorCode::CompanionNotServing)]
    NotServing {
        /// As configured.
        address: SocketAddr,
    },
    /// The companion says no.
    #[error("{code}\u{a0}: {}", .code.explanation(vestibule_model::view::Language::Fr).title)]
    Refused {
        /// Number of the catalogue.
        code: ErrorCode,
    },
}

impl CommandRefused {
    /// Number of the catalogue.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NoTokenFile | Self::Token(_) => ErrorCode::AdministrationRefused,
            Self::PersonFile(_) => ErrorCode::NothingDesignated,
            Self::NotServing { .. } => ErrorCode::CompanionNotServing,
            Self::Refused { code } => *code,
        }
    }
}

/// The running companion, seen from a command.
pub struct Administration {
    address: SocketAddr,
    token: SecretString,
    http: reqwest::Client,
}

impl Administration {
    /// Reads the token; calls nobody yet. Performs I/O.
    ///
    /// # Errors
    /// [`CommandRefused`]
    pub fn of(config: &Config) -> Result<Self, CommandRefused> {
        let file = config.administration.token_file.as_deref().ok_or(CommandRefused::NoTokenFile)?;
        let address = config.administration.address;
        let token = token::read(file)?;
        // A proxy has nothing to do between two programs of this machine.
        let http = reqwest::Client::builder().no_proxy().timeout(LONGEST_CALL).build();
        Ok(Self { address, token, http: http.map_err(|_| CommandRefused::NotServing { address })? })
    }

    /// Asks for a list.
    ///
    /// # Errors
    /// [`CommandRefused`]
    pub async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<T, CommandRefused> {
        self.send(self.http.get(self.url(path))).await
    }

    /// Has something done.
    ///
    /// # Errors
    /// [`CommandRefused`]
    pub async fn command<T: DeserializeOwned>(&self, path: &str, asked: &impl Serialize) -> Result<T, CommandRefused> {
        self.send(self.http.post(self.url(path)).json(asked)).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, CommandRefused> {
        let absent = |_| CommandRefused::NotServing { address: self.address };
        let answer = request.bearer_auth(self.token.expose_secret()).send().await.map_err(absent)?;
        if answer.status() == StatusCode::OK {
            return answer.json().await.map_err(absent);
        }
        let code = answer.json::<ErrorAnswer>().await.map(|answer| answer.code);
        // What answers otherwise is no companion of this version.
        Err(CommandRefused::Refused { code: code.unwrap_or(ErrorCode::CompanionNotServing) })
    }
}
