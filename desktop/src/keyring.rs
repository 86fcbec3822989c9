//! The operating system's secret store. The only file that names `keyring`.

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use vestibule_model::ErrorCode;

/// Service name of every entry, as support staff find it in the keyring's own tools.
pub const SERVICE: &str = "Vestibule";

/// Why the store cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is none: no session bus, no secret service.
    #[error("no keyring is available: {0}")]
    Unavailable(String),
    /// There is one and nobody unlocked it.
    #[error("the keyring is locked: {0}")]
    Locked(String),
}

impl KeyringError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable(_) => ErrorCode::KeyringUnavailable,
            Self::Locked(_) => ErrorCode::KeyringLocked,
        }
    }
}

/// A store of one secret text per account name.
#[async_trait]
pub trait SecretStore: Send + Sync + std::fmt::Debug {
    /// The text, or `None` when there is none under this name.
    ///
    /// # Errors
    /// [`KeyringError`].
    async fn load(&self, account: &str) -> Result<Option<SecretString>, KeyringError>;

    /// Writes or replaces the text.
    ///
    /// # Errors
    /// [`KeyringError`].
    async fn save(&self, account: &str, secret: SecretString) -> Result<(), KeyringError>;
}

/// Secret Service on Linux, Credential Manager on Windows, Keychain on macOS.
///
/// The crate looks for the store once per process and remembers a failure: after the person started a keyring, the app must be restarted.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemKeyring;

#[async_trait]
impl SecretStore for SystemKeyring {
    async fn load(&self, account: &str) -> Result<Option<SecretString>, KeyringError> {
        let account = account.to_owned();
        blocking(move || match entry(&account)?.get_password() {
            Ok(secret) => Ok(Some(SecretString::from(secret))),
            Err(keyring::v1::Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(&error)),
        })
        .await
    }

    async fn save(&self, account: &str, secret: SecretString) -> Result<(), KeyringError> {
        let account = account.to_owned();
        blocking(move || entry(&account)?.set_password(secret.expose_secret()).map_err(|error| refused(&error))).await
    }
}

/// The calls wait for the bus and perhaps for a person who unlocks the keyring.
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> Result<T, KeyringError> + Send + 'static) -> Result<T, KeyringError> {
    tokio::task::spawn_blocking(call).await.unwrap_or_else(|fault| Err(KeyringError::Unavailable(fault.to_string())))
}

fn entry(account: &str) -> Result<keyring::v1::Entry, KeyringError> {
    keyring::v1::Entry::new(SERVICE, account).map_err(|error| match keyring::v1::Entry::store_status() {
        Err(reason) => KeyringError::Unavailable(reason.to_string()),
        Ok(()) => refused(&error),
    })
}

fn refused(error: &keyring::v1::Error) -> KeyringError {
    if let keyring::v1::Error::NoStorageAccess(reason) = error {
        return KeyringError::Locked(reason.to_string());
    }
    KeyringError::Unavailable(error.to_string())
}
