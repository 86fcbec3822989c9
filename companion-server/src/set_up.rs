//! `setup`: the terminal, the signals, and what is said in the end.

use std::process::ExitCode;
use std::sync::Arc;

use companion_server::clock::SystemClock;
use companion_server::random::SystemRandom;
use companion_server::setup::{self, Given, Layout, Person, Prepared, SetupRefused, Terminal};

use crate::{runtime, say};

pub fn set_up(given: &Given) -> anyhow::Result<ExitCode> {
    let layout = Layout::of(given)?;
    let mut terminal = Terminal::here().filter(|_| !given.yes);
    let person = terminal.as_mut().map(|terminal| terminal as &mut dyn Person);
    let plan = match setup::prepare(given, &layout, person, &mut std::io::stdin(), &SystemClock)? {
        Prepared::Shown(text) => return say(&text),
        Prepared::ToWrite(plan) => plan,
    };
    let runtime = runtime()?;
    let report = runtime.block_on(async {
        // From here on a signal ends the command only once what was written is taken back.
        let interrupted = interruption()?;
        tokio::select! {
            written = plan.write(Arc::new(SystemClock), Arc::new(SystemRandom)) => written,
            () = interrupted => Err(SetupRefused::Interrupted),
        }
    });
    // A server that does not answer is not waited for.
    runtime.shutdown_background();
    say(&report?.to_text())
}

#[cfg(unix)]
fn interruption() -> Result<impl Future<Output = ()>, SetupRefused> {
    use tokio::signal::unix::{SignalKind, signal};

    let [mut interrupt, mut end, mut hangup] =
        [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = end.recv() => (),
            _ = hangup.recv() => (),
        }
    })
}

#[cfg(not(unix))]
fn interruption() -> Result<impl Future<Output = ()>, SetupRefused> {
    // A signal that cannot be waited for never comes.
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
