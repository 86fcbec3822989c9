//! What other companions changed: each tells the others of the sign-in or session, nobody asks the database over and over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use super::connect::Connector;
use crate::store::{Change, StoreError};

/// How long the ear listens before it looks whether it may stop.
const TURN: Duration = Duration::from_secs(1);

/// Listens in a thread of its own, until it is dropped.
pub struct Ear {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ear {
    pub(super) fn start(connector: Connector, own_name: String, heard: mpsc::UnboundedSender<Change>) -> Result<Self, StoreError> {
        let stop = Arc::new(AtomicBool::new(false));
        let listener = Listener { connector, own_name, heard, stop: Arc::clone(&stop) };
        let thread = std::thread::Builder::new().name("changes".into()).spawn(move || listener.listen_on())?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("The ear for changes had stopped by itself");
            }
        }
    }
}

struct Listener {
    connector: Connector,
    own_name: String,
    heard: mpsc::UnboundedSender<Change>,
    stop: Arc<AtomicBool>,
}

impl Listener {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Acquire) || self.heard.is_closed()
    }

    /// Again and again, whatever becomes of the connection.
    fn listen_on(&self) {
        let mut is_deaf = false;
        while !self.is_over() {
            if let Err(error) = self.listen(&mut is_deaf) {
                if !is_deaf {
                    tracing::warn!(%error, "Other companions are not heard for the moment: waiting requests look for themselves");
                }
                is_deaf = true;
                std::thread::park_timeout(TURN);
            }
        }
    }

    fn listen(&self, is_deaf: &mut bool) -> Result<(), StoreError> {
        let mut line = self.connector.connect()?;
        line.ask(async |client| client.batch_execute("LISTEN vestibule_changes").await)?;
        if std::mem::take(is_deaf) {
            tracing::info!("Other companions are heard again");
        }
        // Whatever was said while nobody listened. Nobody wants to know any more when this companion stops.
        drop(self.heard.send(Change::Any));
        while !self.is_over() && !line.is_closed() {
            let Some(notification) = line.hear(TURN)? else { continue };
            let of_another = notification.payload().split_once(' ').filter(|(name, _)| *name != self.own_name);
            if let Some((_, text)) = of_another {
                drop(self.heard.send(Change::of(text)));
            }
        }
        Ok(())
    }
}
