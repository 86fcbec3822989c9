//! What each signal means to a companion that serves. None of them ends it by accident.
//!
//! | signal | meaning |
//! |---|---|
//! | SIGTERM, SIGINT, SIGQUIT | stop: the balancer is told, requests under way are ended, nothing confirmed is lost; a second one does not wait for the balancer |
//! | SIGHUP | take anew what can be taken from the files |
//! | SIGUSR1, SIGUSR2 | nothing, said in the log |
//! | SIGPIPE | nothing: a log that nobody reads any more ends no session |

use companion_server::Control;

/// Obeys from now on.
///
/// # Errors
/// When the system refuses to deliver a signal.
#[cfg(unix)]
pub fn obey(control: &Control) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()] {
        let (mut signals, control) = (signal(kind)?, control.clone());
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                stop(&control);
            }
        });
    }
    let (mut signals, control) = (signal(SignalKind::hangup())?, control.clone());
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            control.reload.notify_one();
        }
    });
    for (kind, name) in [(SignalKind::user_defined1(), "SIGUSR1"), (SignalKind::user_defined2(), "SIGUSR2")] {
        let mut signals = signal(kind)?;
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                tracing::info!(signal = name, "This signal has no meaning here: nothing was done");
            }
        });
    }
    Ok(())
}

/// Obeys from now on.
///
/// # Errors
/// None here.
#[cfg(not(unix))]
pub fn obey(control: &Control) -> std::io::Result<()> {
    let control = control.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stop(&control);
        }
    });
    Ok(())
}

/// Whoever asks twice does not want to wait.
fn stop(control: &Control) {
    if control.leave.is_cancelled() {
        control.shutdown.cancel();
    }
    control.leave.cancel();
}
