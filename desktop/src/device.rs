//! This installation as the companion knows it: its key, and the refresh token that lets a restart go on, both in one keyring entry.
//!
//! Without a keyring both live in memory only: nothing is resumed and nothing is ever written to a plain file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;
use zeroize::Zeroize as _;

use crate::clock::Clock;
use crate::device_key::DeviceKey;
use crate::keyring::{ANSWER, Keyring, KeyringError};
use crate::ports::Ports;
use crate::random::RandomUnavailable;
use crate::secret::same;

mod turn;

use turn::{Turn, Turns};

/// Key, keyring entry and turn-taking of this installation.
#[derive(Debug)]
pub struct Device {
    key: Arc<DeviceKey>,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    lock: PathBuf,
    turns: Turns,
    /// Why nothing is kept. Fixed at start: a key made for lack of another must never replace the one in a keyring that was only locked.
    kept_back: Option<KeyringError>,
    /// Sign-outs that are owed by this run, for where no keyring keeps or gives them.
    owed: Mutex<Vec<Owed>>,
    /// Why the last write failed: what the keyring holds may be an old token, and presenting that would look like theft.
    stale: Mutex<Option<KeyringError>>,
}

/// A sign-out of this run that the companion could not be told of.
#[derive(Debug)]
struct Owed {
    token: SecretString,
    /// Whether it is in the keyring: once it is there no more, another run of this user has sent it and said so.
    kept: bool,
}

/// The keyring entry. A version that we do not know is replaced.
#[derive(Serialize, Deserialize)]
struct Entry {
    version: u32,
    device_key: String,
    refresh_token: Option<String>,
    /// Milliseconds since 1970 by this workstation: of two entries the newest counts. Absent from what earlier versions wrote.
    #[serde(default)]
    written_at_ms: u64,
    /// Refresh tokens of sessions whose sign-out the companion could not be told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    owed_sign_outs: Vec<String>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.device_key.zeroize();
        self.refresh_token.zeroize();
        self.owed_sign_outs.zeroize();
    }
}

const VERSION: u32 = 1;

impl Device {
    /// Reads the entry of this companion, or makes a key and stores it. Whoever opens the keyring is given `patience`, unless `without`
    /// says before that nobody wants to wait any more.
    ///
    /// # Errors
    /// [`RandomUnavailable`]; a keyring out of reach is no error, see [`Device::kept_back`].
    pub async fn open(
        ports: &Ports,
        account: String,
        lock: PathBuf,
        patience: Duration,
        without: &CancellationToken,
    ) -> Result<Self, RandomUnavailable> {
        let key = Arc::new(DeviceKey::generate(ports.random.as_ref())?);
        let (keyring, clock) = (Keyring::new(ports.keyring.clone(), ports.clock.clone(), account), ports.clock.clone());
        let (turns, owed, stale) = (Turns::default(), Mutex::default(), Mutex::default());
        let mut device = Self { key, keyring, clock, lock, turns, kept_back: None, owed, stale };
        // Without a turn: whoever waits for a person to unlock the keyring keeps nobody else waiting.
        let loaded = tokio::select! {
            biased;
            loaded = device.load(patience) => loaded,
            () = without.cancelled() => Err(KeyringError::Silent),
        };
        let settled = match loaded {
            Ok(None) => device.settle().await,
            loaded => loaded,
        };
        match settled {
            Ok(Some(key)) => device.key = Arc::new(key),
            Ok(None) => {}
            Err(error) => device.keep_back(&error),
        }
        Ok(device)
    }

    /// Stores the key that was made, unless another process of this user stored one meanwhile.
    async fn settle(&self) -> Result<Option<DeviceKey>, KeyringError> {
        let _turn = self.turn().await;
        match self.load(ANSWER).await? {
            None => self.write(|_| {}).await.map(|()| None),
            theirs => Ok(theirs),
        }
    }

    /// The device key.
    pub fn key(&self) -> Arc<DeviceKey> {
        self.key.clone()
    }

    /// Why nothing is kept across restarts; `None` when the keyring works.
    pub fn kept_back(&self) -> Option<ErrorCode> {
        self.kept_back.map(|error| error.code())
    }

    /// Why nothing that was to be remembered outlives this process; `None` when it does.
    pub fn not_kept(&self) -> Option<ErrorCode> {
        self.kept_back.or(*self.stale_here()).map(|error| error.code())
    }

    /// Waits until nobody else of this user rotates the refresh token. Goes on without a turn when there is none to be had in time.
    pub async fn turn(&self) -> Turn {
        self.turns.take(&self.lock, self.clock.as_ref()).await
    }

    /// The refresh token in the keyring: another process of this user may have rotated it.
    ///
    /// # Errors
    /// [`KeyringError`] when nobody can know whether there is one.
    pub async fn stored_token(&self) -> Result<Option<SecretString>, KeyringError> {
        if let Some(error) = self.kept_back {
            return Err(error);
        }
        if self.stale_here().is_some() {
            return Ok(None);
        }
        match self.entry(ANSWER).await {
            Ok(entry) => Ok(entry.and_then(|entry| entry.refresh_token.clone()).map(SecretString::from)),
            Err(error) => {
                tracing::warn!(error.code = %error.code(), %error, "The keyring could not be read");
                Err(error)
            }
        }
    }

    /// Keeps the refresh token for a restart; `None` erases it. Call it within a [`Turn`].
    pub async fn remember(&self, refresh_token: Option<&SecretString>) {
        if self.kept_back.is_some() {
            return;
        }
        let kept = refresh_token.map(|token| token.expose_secret().to_owned());
        let written = self.write(|entry| entry.refresh_token = kept).await;
        *self.stale_here() = written.err();
        if let Err(error) = written {
            tracing::warn!(error.code = %error.code(), %error, "The keyring could not be written: a restart will not go on");
        }
    }

    /// Erases this refresh token, unless another one has taken its place: that one belongs to someone else's session.
    pub async fn forget(&self, refresh_token: &SecretString) {
        if self.stored_token().await.is_ok_and(|stored| stored.is_some_and(|stored| same(&stored, refresh_token))) {
            self.remember(None).await;
        }
    }

    /// Notes that this session is to be signed out as soon as the companion answers; nothing goes on with it. Call it within a [`Turn`].
    pub async fn owe(&self, refresh_token: &SecretString) {
        let token = refresh_token.expose_secret().to_owned();
        let kept = self.write_owed(|entry| {
            entry.refresh_token.take_if(|kept| *kept == token);
            entry.owed_sign_outs.push(token);
        });
        let kept = kept.await;
        self.owed_here().push(Owed { token: refresh_token.clone(), kept });
    }

    /// The sign-outs that are owed, the oldest first. The keyring knows best: others of this user send them too.
    pub async fn owed(&self) -> Vec<SecretString> {
        let entry = if self.kept_back.is_some() { None } else { self.entry(ANSWER).await.ok() };
        let mut here = self.owed_here();
        let Some(entry) = entry else { return here.iter().map(|owed| owed.token.clone()).collect() };
        let there: Vec<SecretString> =
            entry.iter().flat_map(|entry| &entry.owed_sign_outs).map(|token| SecretString::from(token.as_str())).collect();
        here.retain(|owed| !owed.kept || there.iter().any(|token| same(token, &owed.token)));
        let only_here = here.iter().filter(|owed| !owed.kept).map(|owed| owed.token.clone());
        only_here.chain(there).collect()
    }

    /// This sign-out is owed no more. Call it within a [`Turn`].
    pub async fn settle_sign_out(&self, refresh_token: &SecretString) {
        self.owed_here().retain(|owed| !same(&owed.token, refresh_token));
        self.write_owed(|entry| entry.owed_sign_outs.retain(|token| token != refresh_token.expose_secret())).await;
    }

    /// The session of this sign-out has another refresh token now. Call it within a [`Turn`].
    pub async fn owe_instead(&self, refresh_token: &SecretString, successor: &SecretString) {
        let token = successor.expose_secret().to_owned();
        let kept = self.write_owed(|entry| {
            entry.owed_sign_outs.retain(|owed| owed != refresh_token.expose_secret());
            entry.owed_sign_outs.push(token);
        });
        let kept = kept.await;
        let mut here = self.owed_here();
        here.retain(|owed| !same(&owed.token, refresh_token));
        here.push(Owed { token: successor.clone(), kept });
    }

    /// Whether the keyring has it now.
    async fn write_owed(&self, change: impl FnOnce(&mut Entry)) -> bool {
        if self.kept_back.is_some() {
            return false;
        }
        let written = self.write(change).await;
        if let Err(error) = &written {
            tracing::warn!(error.code = %error.code(), %error, "The keyring could not be written: a sign-out is remembered in this run only");
        }
        written.is_ok()
    }

    fn owed_here(&self) -> MutexGuard<'_, Vec<Owed>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stale_here(&self) -> MutexGuard<'_, Option<KeyringError>> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_back(&mut self, error: &KeyringError) {
        tracing::warn!(error.code = %error.code(), %error, "The device key lives in memory only");
        self.kept_back = Some(*error);
    }

    async fn load(&self, patience: Duration) -> Result<Option<DeviceKey>, KeyringError> {
        let Some(entry) = self.entry(patience).await? else { return Ok(None) };
        let key = DeviceKey::from_stored(&SecretString::from(entry.device_key.clone()));
        if key.is_err() {
            tracing::warn!("The stored device key is unusable; a new one takes its place");
        }
        Ok(key.ok())
    }

    /// `None` when there is none, or none that this version understands.
    async fn entry(&self, patience: Duration) -> Result<Option<Entry>, KeyringError> {
        let texts = self.keyring.load(patience).await?;
        if texts.len() > 1 {
            let code = ErrorCode::KeyringAmbiguous;
            tracing::warn!(error.code = %code, entries = texts.len(), "The newest entry counts; the next write removes the others");
        }
        let entry = newest(&texts);
        if entry.is_none() && !texts.is_empty() {
            tracing::warn!("The keyring entry is unusable");
        }
        Ok(entry)
    }

    /// Changes what is there; the key is always ours.
    async fn write(&self, change: impl FnOnce(&mut Entry)) -> Result<(), KeyringError> {
        let device_key = self.key.to_stored().expose_secret().to_owned();
        let mut entry = match self.entry(ANSWER).await? {
            Some(mut entry) => {
                entry.device_key.zeroize();
                entry.device_key = device_key;
                entry
            }
            None => Entry { version: VERSION, device_key, refresh_token: None, written_at_ms: 0, owed_sign_outs: Vec::new() },
        };
        entry.written_at_ms = self.clock.unix_ms();
        change(&mut entry);
        let text = serde_json::to_string(&entry).map_err(|_| KeyringError::Unfit)?;
        self.keyring.save(SecretString::from(text)).await
    }
}

/// The newest entry that this version understands; of two of the same age, one with a session.
fn newest(texts: &[SecretString]) -> Option<Entry> {
    let entries = texts.iter().filter_map(|text| serde_json::from_str::<Entry>(text.expose_secret()).ok());
    entries.filter(|entry| entry.version == VERSION).max_by_key(|entry| (entry.written_at_ms, entry.refresh_token.is_some()))
}

/// The device key among the texts of a keyring, for the diagnosis.
pub(crate) fn key_among(texts: &[SecretString]) -> Option<DeviceKey> {
    newest(texts).and_then(|entry| DeviceKey::from_stored(&SecretString::from(entry.device_key.clone())).ok())
}
