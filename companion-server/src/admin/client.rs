//! How a command of this machine speaks to the companion that serves: at its administration address, with the token of its file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::ErrorAnswer;

use super::health::Health;
use crate::config::Config;
use crate::config::token_file::{self, TokenRefused};

/// Longest time a command waits until what it orders is done, Pro Santé Connect included.
const LONGEST_CALL: Duration = Duration::from_secs(120);
/// Longest time a list is waited for.
const LONGEST_READ: Duration = Duration::from_secs(15);
/// The same for the state of health, for which the companion may ask two documents of Pro Santé Connect.
const LONGEST_EXAMINATION: Duration = Duration::from_secs(25);

/// Why a command does nothing. In French: the administrator reads it.
#[derive(Debug, thiserror::Error)]
pub enum CommandRefused {
    /// The configuration names no token file.
    #[error("{code}\u{a0}: paramètre «\u{a0}administration.token_file\u{a0}» manquant\u{202f}; ajoutez-le, puis relancez le serveur de connexion", code = ErrorCode::AdministrationRefused)]
    NoTokenFile,
    /// The token cannot be read by this account, or is none.
    #[error("{code}\u{a0}: paramètre «\u{a0}administration.token_file\u{a0}»\u{a0}: {0}", code = .0.code())]
    Token(TokenRefused),
    /// Nobody drew the token yet.
    #[error("{code}\u{a0}: le jeton «\u{a0}{}\u{a0}» n’existe pas encore\u{a0}: le serveur de connexion le crée au démarrage", file.display(), code = ErrorCode::CompanionNotServing)]
    NeverStarted {
        /// As configured.
        file: PathBuf,
    },
    /// The file of a national id cannot be read, or holds none.
    #[error("{code}\u{a0}: {0}", code = ErrorCode::PersonFileRefused)]
    PersonFile(String),
    /// Nobody is there.
    #[error("{code}\u{a0}: rien ne répond à {address}", code = ErrorCode::CompanionNotServing)]
    NotServing {
        /// As configured.
        address: SocketAddr,
    },
    /// Somebody takes connections, and leaves this one without an answer.
    #[error("{code}\u{a0}: la connexion à {address} s’ouvre, puis {what}", code = ErrorCode::CompanionUnanswered)]
    Unanswered {
        /// As configured.
        address: SocketAddr,
        /// In French.
        what: &'static str,
    },
    /// What answers there is something else.
    #[error("{code}\u{a0}: ce qui répond à {address} n’est pas un serveur de connexion de cette version ({said})", code = ErrorCode::NotACompanion)]
    NotACompanion {
        /// As configured.
        address: SocketAddr,
        /// What it answers, in French.
        said: String,
    },
    /// The companion says no to the token.
    #[error("{code}\u{a0}: le serveur de connexion refuse le jeton de «\u{a0}{}\u{a0}»", file.display(), code = ErrorCode::AdministrationRefused)]
    OtherToken {
        /// As configured.
        file: PathBuf,
    },
    /// What was named is not known.
    #[error("{code}\u{a0}: {designated}", code = ErrorCode::NothingDesignated)]
    Nothing {
        /// In French, with what was given.
        designated: String,
    },
    /// What was named is that of several.
    #[error("{code}\u{a0}: plusieurs postes répondent à ce qui est donné", code = ErrorCode::DesignationAmbiguous)]
    Several,
    /// The companion says no otherwise.
    #[error("{code}\u{a0}: réponse du serveur de connexion de {address}")]
    Refused {
        /// Number of the catalogue.
        code: ErrorCode,
        /// As configured.
        address: SocketAddr,
    },
}

impl CommandRefused {
    /// Number of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoTokenFile | Self::OtherToken { .. } => ErrorCode::AdministrationRefused,
            Self::Token(refused) => refused.code(),
            Self::PersonFile(_) => ErrorCode::PersonFileRefused,
            Self::Nothing { .. } => ErrorCode::NothingDesignated,
            Self::Several => ErrorCode::DesignationAmbiguous,
            Self::NeverStarted { .. } | Self::NotServing { .. } => ErrorCode::CompanionNotServing,
            Self::Unanswered { .. } => ErrorCode::CompanionUnanswered,
            Self::NotACompanion { .. } => ErrorCode::NotACompanion,
            Self::Refused { code, .. } => *code,
        }
    }
}

/// The running companion, seen from a command.
pub struct Administration {
    address: SocketAddr,
    file: PathBuf,
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
        let token = token_file::read(file).map_err(|refused| {
            if refused.is_missing() { CommandRefused::NeverStarted { file: file.to_owned() } } else { CommandRefused::Token(refused) }
        })?;
        // A proxy has nothing to do between two programs of this machine.
        let http = reqwest::Client::builder().no_proxy().timeout(LONGEST_CALL).build();
        Ok(Self { address, file: file.to_owned(), token, http: http.map_err(|_| CommandRefused::NotServing { address })? })
    }

    /// Asks for a list.
    ///
    /// # Errors
    /// [`CommandRefused`]
    pub async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<T, CommandRefused> {
        self.send(self.http.get(self.url(path)).timeout(LONGEST_READ), "").await
    }

    /// Has something done to what is designated, in French for whoever reads that there is no such thing.
    ///
    /// # Errors
    /// [`CommandRefused`]
    pub async fn command<T: DeserializeOwned>(&self, path: &str, asked: &impl Serialize, designated: &str) -> Result<T, CommandRefused> {
        self.send(self.http.post(self.url(path)).json(asked), designated).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder, designated: &str) -> Result<T, CommandRefused> {
        let address = self.address;
        let answer = request.bearer_auth(self.token.expose_secret()).send().await.map_err(|error| unanswered(address, &error))?;
        let status = answer.status();
        let body = body_of(address, answer, LONGEST_LIST).await?;
        let other = |_| CommandRefused::NotACompanion { address, said: format!("HTTP {}", status.as_u16()) };
        if status == StatusCode::OK {
            return serde_json::from_slice(&body).map_err(other);
        }
        let code = serde_json::from_slice::<ErrorAnswer>(&body).map_err(other)?.code;
        Err(if code == ErrorCode::AdministrationRefused {
            CommandRefused::OtherToken { file: self.file.clone() }
        } else if code == ErrorCode::NothingDesignated {
            CommandRefused::Nothing { designated: designated.to_owned() }
        } else if code == ErrorCode::DesignationAmbiguous {
            CommandRefused::Several
        } else if matches!(code, ErrorCode::PathUnknown | ErrorCode::RequestMalformed) {
            // A companion, of a version that does not know what it is asked.
            CommandRefused::NotACompanion { address, said: format!("{code}, HTTP {}", status.as_u16()) }
        } else {
            CommandRefused::Refused { code, address }
        })
    }
}

/// What the companion that serves says of itself; no token is needed.
///
/// # Errors
/// [`CommandRefused`]
pub async fn health(address: SocketAddr) -> Result<Health, CommandRefused> {
    let http = reqwest::Client::builder().no_proxy().timeout(LONGEST_EXAMINATION).build();
    let http = http.map_err(|_| CommandRefused::NotServing { address })?;
    let answer = http.get(format!("http://{address}/health")).send().await.map_err(|error| unanswered(address, &error))?;
    let said = format!("HTTP {}", answer.status().as_u16());
    let body = body_of(address, answer, LONGEST_HEALTH).await?;
    serde_json::from_slice(&body).map_err(|_| CommandRefused::NotACompanion { address, said })
}

/// Longest list that a companion gives, in bytes: one of a hundred thousand workstations is a fifth of it.
const LONGEST_LIST: usize = 128 << 20;
/// Longest state of health.
const LONGEST_HEALTH: usize = 64 << 10;
/// Longest text of measures.
const LONGEST_MEASURES: usize = 1 << 20;

/// All of an answer that has an end.
async fn body_of(address: SocketAddr, mut answer: reqwest::Response, longest: usize) -> Result<Vec<u8>, CommandRefused> {
    let mut body = Vec::new();
    let cut = |error: reqwest::Error| CommandRefused::Unanswered {
        address,
        what: if error.is_timeout() { "la réponse ne se termine pas" } else { "la réponse s’arrête avant sa fin" },
    };
    while let Some(chunk) = answer.chunk().await.map_err(cut)? {
        if body.len() + chunk.len() > longest {
            return Err(CommandRefused::NotACompanion { address, said: "une réponse sans fin".into() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The measures of the companion that serves, as its collector reads them; no token is needed.
///
/// # Errors
/// [`CommandRefused`]
pub async fn measures(address: SocketAddr) -> Result<String, CommandRefused> {
    let http = reqwest::Client::builder().no_proxy().timeout(LONGEST_READ).build();
    let http = http.map_err(|_| CommandRefused::NotServing { address })?;
    let answer = http.get(format!("http://{address}/metrics")).send().await.map_err(|error| unanswered(address, &error))?;
    let status = answer.status();
    let body = body_of(address, answer, LONGEST_MEASURES).await?;
    let other = || CommandRefused::NotACompanion { address, said: format!("HTTP {}", status.as_u16()) };
    if status != StatusCode::OK {
        return Err(other());
    }
    String::from_utf8(body).map_err(|_| other())
}

fn unanswered(address: SocketAddr, error: &reqwest::Error) -> CommandRefused {
    let is_no_http = causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse);
    if is_no_http {
        CommandRefused::NotACompanion { address, said: "ce n’est pas du HTTP".into() }
    } else if error.is_timeout() {
        CommandRefused::Unanswered { address, what: "reste sans réponse" }
    } else if error.is_connect() {
        CommandRefused::NotServing { address }
    } else {
        CommandRefused::Unanswered { address, what: "se ferme sans réponse" }
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}

#[cfg(test)]
mod tests;
