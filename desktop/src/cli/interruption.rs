//! What ends a command before its time: Ctrl-C, the terminal that closes (SIGHUP), the system that stops (SIGTERM). Each withdraws what was
//! begun, so that nothing waits at the companion for an app that is gone.

/// Comes back at the first of them; never where the system does not deliver them.
pub async fn interrupted() {
    if let Err(error) = delivered().await {
        tracing::warn!(%error, "what interrupts a command cannot be heard");
        std::future::pending().await
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
