//! The operating system's secret store, each call with a deadline: a store may be locked with nobody to ask, or never answer at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use vestibule_model::ErrorCode;

use crate::clock::Clock;

mod system;
mod timed;

pub use system::SystemKeyring;
pub use timed::Timed;

/// Service name of every entry, as support staff find it in the keyring's own tools.
pub const SERVICE: &str = "Vestibule";

/// How long a call may take that asks nobody for anything.
pub const ANSWER: Duration = Duration::from_secs(5);

/// Why the store cannot be used. The texts are for the log; none of them is a library's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is none: no session bus, no secret service.
    #[error("no keyring is available")]
    Unavailable,
    /// There is one and nobody unlocked it, or it was refused to us.
    #[error("the keyring is locked")]
    Locked,
    /// No answer in time.
    #[error("the keyring did not answer in time")]
    Silent,
    /// It answered with an error.
    #[error("the keyring failed")]
    Failed,
    /// It does not take what it is given: too long, or of a kind that it cannot keep.
    #[error("the keyring does not take such an entry")]
    Unfit,
}

impl KeyringError {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unavailable => ErrorCode::KeyringUnavailable,
            Self::Locked => ErrorCode::KeyringLocked,
            Self::Silent => ErrorCode::KeyringSilent,
            Self::Failed => ErrorCode::KeyringFailed,
            Self::Unfit => ErrorCode::KeyringUnfit,
        }
    }
}

/// A store of secret texts under account names: one each, as far as we write them.
#[async_trait]
pub trait SecretStore: Send + Sync + std::fmt::Debug {
    /// Every text under this name that can be read. More than one is somebody else's doing, or two first starts at the same moment.
    ///
    /// # Errors
    /// [`KeyringError`].
    async fn load(&self, account: &str) -> Result<Vec<SecretString>, KeyringError>;

    /// Writes the text in place of whatever is under this name.
    ///
    /// # Errors
    /// [`KeyringError`].
    async fn save(&self, account: &str, secret: SecretString) -> Result<(), KeyringError>;

    /// Whether what is written next has to wait for a person who unlocks the store; `None` where the system does not say.
    async fn new_entry_waits(&self) -> Option<bool> {
        None
    }
}

/// One account of the store. A store that was silent once is not asked again by this process: each call would wait anew.
#[derive(Debug)]
pub struct Keyring {
    store: Arc<dyn SecretStore>,
    clock: Arc<dyn Clock>,
    account: String,
    silent: AtomicBool,
}

impl Keyring {
    /// Nothing is asked yet.
    pub fn new(store: Arc<dyn SecretStore>, clock: Arc<dyn Clock>, account: String) -> Self {
        Self { store, clock, account, silent: AtomicBool::new(false) }
    }

    /// Every text of this account that can be read.
    ///
    /// # Errors
    /// [`KeyringError`]; `Silent` after `patience`, and at once when it was silent before.
    pub async fn load(&self, patience: Duration) -> Result<Vec<SecretString>, KeyringError> {
        self.within(patience, self.store.load(&self.account)).await
    }

    /// Writes the account's one text.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn save(&self, secret: SecretString) -> Result<(), KeyringError> {
        self.within(ANSWER, self.store.save(&self.account, secret)).await
    }

    /// As [`SecretStore::new_entry_waits`]; `None` too where no answer comes in time.
    pub async fn new_entry_waits(&self) -> Option<bool> {
        self.within(ANSWER, async { Ok(self.store.new_entry_waits().await) }).await.ok().flatten()
    }

    async fn within<T>(&self, patience: Duration, call: impl Future<Output = Result<T, KeyringError>>) -> Result<T, KeyringError> {
        if self.silent.load(Ordering::SeqCst) {
            return Err(KeyringError::Silent);
        }
        tokio::select! {
            biased;
            answer = call => answer,
            () = self.clock.sleep(patience) => {
                self.silent.store(true, Ordering::SeqCst);
                Err(KeyringError::Silent)
            }
        }
    }
}
