//! What ends a command before its time: Ctrl-C, the terminal that closes, the system that stops. Whoever hears it withdraws
//! or keeps what was begun, so that nothing waits at the companion for an app that is gone.

use async_trait::async_trait;

/// An order to stop.
#[async_trait]
pub trait Interruption: std::fmt::Debug + Send + Sync {
    /// Comes back at the first one; never where none is delivered. From the first poll on, an order ends the process no more by itself.
    async fn comes(&self);
}

/// Of the operating system.
#[derive(Debug)]
pub struct SystemInterruption;

#[async_trait]
impl Interruption for SystemInterruption {
    async fn comes(&self) {
        if let Err(error) = delivered().await {
            tracing::warn!(%error, "What interrupts a command cannot be heard");
            std::future::pending().await
        }
    }
}

#[cfg(unix)]
async fn delivered() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let [mut interrupt, mut terminate, mut hangup] =
        [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// Ctrl-C, Ctrl-Break, the console's window that closes, the end of the Windows session.
#[cfg(windows)]
async fn delivered() -> std::io::Result<()> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
    let (mut interrupt, mut stop, mut close, mut logoff, mut shutdown) =
        (ctrl_c()?, ctrl_break()?, ctrl_close()?, ctrl_logoff()?, ctrl_shutdown()?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = stop.recv() => {}
        _ = close.recv() => {}
        _ = logoff.recv() => {}
        _ = shutdown.recv() => {}
    }
    Ok(())
}
