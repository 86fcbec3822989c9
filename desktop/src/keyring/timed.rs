//! A store that counts what it takes: whoever waits for a command wants to know whether it was the keyring.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{KeyringError, SecretStore};
use crate::clock::Clock;

/// Each call of another store, counted until its answer.
#[derive(Debug)]
pub struct Timed {
    store: Arc<dyn SecretStore>,
    clock: Arc<dyn Clock>,
    spent: Mutex<Duration>,
}

impl Timed {
    /// Nothing is spent yet.
    pub fn new(store: Arc<dyn SecretStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, spent: Mutex::default() }
    }

    /// In all the calls that were answered.
    pub fn spent(&self) -> Duration {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn counted<T>(&self, call: impl Future<Output = T>) -> T {
        let began = self.clock.elapsed();
        let answer = call.await;
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) += self.clock.elapsed().saturating_sub(began);
        answer
    }
}

#[async_trait]
impl SecretStore for Timed {
    async fn load(&self, account: &str) -> Result<Vec<SecretString>, KeyringError> {
        self.counted(self.store.load(account)).await
    }

    async fn save(&self, account: &str, secret: SecretString) -> Result<(), KeyringError> {
        self.counted(self.store.save(account, secret)).await
    }

    async fn new_entry_waits(&self) -> Option<bool> {
        self.counted(self.store.new_entry_waits()).await
    }
}
