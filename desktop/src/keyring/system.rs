//! Secret Service on Linux, Credential Manager on Windows, Keychain on macOS. The only file that names `keyring`.

use async_trait::async_trait;
use keyring::v1::{Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;

use super::{KeyringError, SERVICE, SecretStore};
use crate::quiet::carried;

#[cfg(target_os = "linux")]
mod secret_service;

/// The system's own.
///
/// The crate looks for the store once per process and remembers a failure: after the person started a keyring, the app must be restarted.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemKeyring;

#[async_trait]
impl SecretStore for SystemKeyring {
    async fn load(&self, account: &str) -> Result<Vec<SecretString>, KeyringError> {
        let account = account.to_owned();
        on_a_thread_of_its_own(move || match text(&entry(&account)?) {
            Ok(secret) => Ok(vec![secret]),
            Err(Error::NoEntry) => Ok(Vec::new()),
            Err(Error::Ambiguous(entries)) => {
                let readable: Vec<SecretString> = entries.iter().filter_map(|entry| decoded(entry.get_secret()).ok()).collect();
                tracing::warn!(entries = entries.len(), readable = readable.len(), "The keyring has more than one entry of this name");
                Ok(readable)
            }
            // Not a text, so not ours: the next write takes its place.
            Err(Error::BadEncoding(_) | Error::BadDataFormat(..)) => {
                tracing::warn!("The keyring's entry is no text");
                Ok(Vec::new())
            }
            Err(error) => Err(meaning(&error)),
        })
        .await
    }

    async fn save(&self, account: &str, secret: SecretString) -> Result<(), KeyringError> {
        let account = account.to_owned();
        on_a_thread_of_its_own(move || {
            let secret = secret.expose_secret().as_bytes();
            match entry(&account)?.set_secret(secret) {
                // One is written, then the others are removed: a failure in between loses nothing.
                Err(Error::Ambiguous(entries)) => {
                    let written = entries.iter().position(|entry| entry.set_secret(secret).is_ok()).ok_or(KeyringError::Failed)?;
                    for (_, other) in entries.iter().enumerate().filter(|(at, _)| *at != written) {
                        other.delete_credential().map_err(|error| meaning(&error))?;
                    }
                    tracing::info!(removed = entries.len() - 1, "The keyring has one entry of this name again");
                    Ok(())
                }
                outcome => outcome.map_err(|error| meaning(&error)),
            }
        })
        .await
    }

    #[cfg(target_os = "linux")]
    async fn new_entry_waits(&self) -> Option<bool> {
        on_a_thread_of_its_own(|| Ok(secret_service::new_entry_waits())).await.ok().flatten()
    }
}

/// The calls wait for the bus and perhaps for a person who unlocks the keyring, and nothing cancels them. A thread that the runtime knows
/// nothing of keeps neither the runtime nor the process when it never comes back.
async fn on_a_thread_of_its_own<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (answer_in, answer) = oneshot::channel();
    let spawned = std::thread::Builder::new().name("keyring".to_owned()).spawn(carried(move || {
        // Nobody waits any more when the deadline has passed.
        let _ = answer_in.send(call());
    }));
    if let Err(error) = spawned {
        tracing::error!(%error, "No thread for the keyring");
        return Err(KeyringError::Failed);
    }
    // A thread that ends without an answer has panicked.
    answer.await.unwrap_or(Err(KeyringError::Failed))
}

/// The bytes of a text, and not its letters, which Windows would keep as UTF-16: half as many of them would fit.
fn text(entry: &Entry) -> Result<SecretString, Error> {
    decoded(entry.get_secret())
}

fn decoded(secret: Result<Vec<u8>, Error>) -> Result<SecretString, Error> {
    String::from_utf8(secret?).map(SecretString::from).map_err(|error| Error::BadEncoding(error.into_bytes()))
}

fn entry(account: &str) -> Result<Entry, KeyringError> {
    if let Err(reason) = Entry::store_status() {
        tracing::debug!(%reason, "The keyring's store could not be opened");
        return Err(KeyringError::Unavailable);
    }
    Entry::new(SERVICE, account).map_err(|error| meaning(&error))
}

/// Each of the crate's errors as what it means here. Its text, which holds debug output of entries, goes nowhere.
fn meaning(error: &Error) -> KeyringError {
    match error {
        Error::NoDefaultStore => KeyringError::Unavailable,
        Error::NoStorageAccess(_) => KeyringError::Locked,
        Error::TooLong(..) | Error::Invalid(..) | Error::NotSupportedByStore(_) => KeyringError::Unfit,
        Error::PlatformFailure(reason) => {
            tracing::debug!(%reason, "The keyring failed");
            KeyringError::Failed
        }
        // Known to the callers, or of a later version of the crate.
        Error::NoEntry | Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) | Error::Ambiguous(_) | _ => {
            KeyringError::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use keyring::v1::Error;

    use super::{KeyringError, meaning};

    #[test]
    fn each_error_of_the_store_has_a_meaning_of_its_own() {
        let reason = || Box::<dyn std::error::Error + Send + Sync>::from("canary");
        for (error, expected) in [
            (Error::NoDefaultStore, KeyringError::Unavailable),
            (Error::NoStorageAccess(reason()), KeyringError::Locked),
            (Error::PlatformFailure(reason()), KeyringError::Failed),
            (Error::BadStoreFormat("canary".to_owned()), KeyringError::Failed),
            (Error::TooLong("password".to_owned(), 2560), KeyringError::Unfit),
            (Error::Invalid("user".to_owned(), "canary".to_owned()), KeyringError::Unfit),
            (Error::NotSupportedByStore("canary".to_owned()), KeyringError::Unfit),
        ] {
            let found = meaning(&error);
            assert_eq!(found, expected, "{error:?}");
            assert!(!found.to_string().contains("canary"));
        }
    }
}
