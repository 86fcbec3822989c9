//! What ends a command before its time: Ctrl-C, the terminal that closes (SIGHUP), the system that stops (SIGTERM). Whoever hears it withdraws
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

#[cfg(not(unix))]
async fn delivered() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
