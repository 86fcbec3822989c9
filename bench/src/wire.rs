//! What a companion says to its PostgreSQL: a socket that passes everything on, both ways, and notes each round trip. One is made each time the
//! companion speaks after the server has spoken, whatever it says at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use crate::database::SOCKET;

/// More than anything that is said at once.
const SAID_AT_ONCE: usize = 1 << 16;
/// After so long without a word, nothing more is to come of what was asked.
pub const SILENCE: Duration = Duration::from_millis(200);

/// It ends with this value, with the connections through it.
pub struct Wire {
    folder: tempfile::TempDir,
    notes: Arc<Notes>,
    listening: JoinHandle<()>,
}

/// One round trip.
#[derive(Debug, Clone)]
pub struct Trip {
    pub at: Instant,
    pub connection: u64,
    /// All that the companion said at once; nothing as it connects, goes, or has a statement prepared.
    pub said: Vec<Said>,
}

/// With what the companion made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A statement without values, or several.
    Script(String),
    /// A statement that this connection has prepared.
    Statement(String),
}

#[derive(Default)]
struct Notes(Mutex<Vec<Trip>>);

impl Notes {
    fn all(&self) -> MutexGuard<'_, Vec<Trip>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire {
    /// Before a server's own socket.
    ///
    /// # Errors
    /// When there can be no socket.
    pub fn before(server: PathBuf) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("vestibule-wire.").tempdir()?;
        let listener = UnixListener::bind(folder.path().join(SOCKET))?;
        let notes = Arc::<Notes>::default();
        let listening = tokio::spawn(listen(listener, server, Arc::clone(&notes)));
        Ok(Self { folder, notes, listening })
    }

    /// Where its socket is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What was said since then, in its order.
    pub fn since(&self, moment: Instant) -> Vec<Trip> {
        self.notes.all().iter().filter(|trip| trip.at >= moment).cloned().collect()
    }

    /// Waits until nothing has been said for a while.
    pub async fn until_silent(&self) {
        let mut looked = Instant::now();
        loop {
            tokio::time::sleep(SILENCE).await;
            if self.since(looked).is_empty() {
                return;
            }
            looked = Instant::now();
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: UnixListener, server: PathBuf, notes: Arc<Notes>) {
    let mut connection = 0;
    while let Ok((companion, _)) = listener.accept().await {
        // A companion whose server cannot be reached is told so by the end of its connection.
        let Ok(server) = UnixStream::connect(&server).await else { continue };
        connection += 1;
        let ((asks, told), (answers, asked)) = (companion.into_split(), server.into_split());
        let has_answered = Arc::new(AtomicBool::new(true));
        let scribe = Scribe { connection, prepared: HashMap::new(), notes: Arc::clone(&notes) };
        tokio::spawn(pass_questions(asks, asked, Arc::clone(&has_answered), scribe));
        tokio::spawn(pass_answers(answers, told, has_answered));
    }
}

async fn pass_questions(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, has_answered: Arc<AtomicBool>, mut scribe: Scribe) {
    let mut buffer = vec![0; SAID_AT_ONCE];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if has_answered.swap(false, Ordering::SeqCst) {
            scribe.note(&buffer[..count]);
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn pass_answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, has_answered: Arc<AtomicBool>) {
    let mut buffer = vec![0; SAID_AT_ONCE];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        // Before the companion can hear it.
        has_answered.store(true, Ordering::SeqCst);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// Who reads what one connection says.
struct Scribe {
    connection: u64,
    /// Statements by the names that the companion gave them.
    prepared: HashMap<String, String>,
    notes: Arc<Notes>,
}

impl Scribe {
    fn note(&mut self, bytes: &[u8]) {
        let said = self.read(bytes);
        self.notes.all().push(Trip { at: Instant::now(), connection: self.connection, said });
    }

    /// Message after message (PostgreSQL, 55.7: a letter, a length that counts itself, texts that end with a zero).
    fn read(&mut self, mut bytes: &[u8]) -> Vec<Said> {
        let mut said = Vec::new();
        while let Some((letter, length)) = bytes.split_first().and_then(|(letter, rest)| Some((*letter, *rest.first_chunk()?))) {
            let next = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX).saturating_add(1);
            let message = bytes.get(5..next).unwrap_or_default();
            let mut texts = message.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
            let (first, second) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
            match letter {
                b'Q' => said.push(Said::Script(first)),
                b'P' => drop(self.prepared.insert(first, second)),
                // Of a portal without a name.
                b'B' => said.push(Said::Statement(self.prepared.get(&second).cloned().unwrap_or_default())),
                _ => {}
            }
            bytes = bytes.get(next..).unwrap_or_default();
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_said_at_once_is_known_by_its_messages() {
        let mut scribe = Scribe { connection: 1, prepared: HashMap::new(), notes: Arc::default() };
        assert_eq!(scribe.read(b"\0\0\0\x09\0\x03\0\0\0"), []);
        assert_eq!(scribe.read(b"P\0\0\0\x12s1\0SELECT 1\0\0\0S\0\0\0\x04"), []);
        let at_once = b"Q\0\0\0\x0aBEGIN\0B\0\0\0\x0e\0s1\0\0\0\0\0\0\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04Q\0\0\0\x0bCOMMIT\0";
        let script = |text: &str| Said::Script(text.to_owned());
        assert_eq!(scribe.read(at_once), [script("BEGIN"), Said::Statement("SELECT 1".to_owned()), script("COMMIT")]);
    }
}
