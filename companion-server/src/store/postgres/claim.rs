//! A right that one command at a time has on a database: it ends with the connection that took it, however its holder dies.

use std::thread::JoinHandle;

use secrecy::SecretString;
use tokio::sync::oneshot;

use super::connect::Connector;
use super::session::Session;
use crate::store::StoreError;
use crate::store::visit::Visit;

const TAKE: &str = "SELECT pg_try_advisory_lock(7362616975)";

/// The sole right to wrap the values of a database again.
#[derive(Debug)]
pub struct SharedClaim {
    release: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SharedClaim {
    /// Takes the right, or `None` when another command has it. Performs I/O, in a thread of its own.
    ///
    /// # Errors
    /// [`StoreError::Address`], [`StoreError::Postgres`]
    pub async fn take(address: SecretString, authorities: Option<std::path::PathBuf>) -> Result<Option<Self>, StoreError> {
        let (release, released) = oneshot::channel::<()>();
        let (answer, answered) = oneshot::channel();
        let thread = std::thread::Builder::new().name("claim".into()).spawn(move || {
            let taken = take(&address, authorities.as_deref());
            let session = match taken {
                Ok((session, true)) => {
                    drop(answer.send(Ok(true)));
                    session
                }
                Ok((_, false)) => return drop(answer.send(Ok(false))),
                Err(error) => return drop(answer.send(Err(error))),
            };
            // Until whoever holds the right lets go of it, or is gone.
            drop(released.blocking_recv());
            drop(session);
        })?;
        let has_it = answered.await.map_err(|_| StoreError::Stopped)??;
        Ok(has_it.then_some(Self { release: Some(release), thread: Some(thread) }))
    }
}

fn take(address: &SecretString, authorities: Option<&std::path::Path>) -> Result<(Session, bool), StoreError> {
    let mut session = Session::begin(Connector::new(address, authorities)?.connect()?)?;
    let visit: &mut dyn Visit = &mut session;
    let has_it = visit.scalar(TAKE, &[])?;
    Ok((session, has_it))
}

impl Drop for SharedClaim {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The holder of a claim had stopped by itself");
        }
    }
}
