//! From the request for a browser to whatever ends the wait.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot};
use url::Url;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Confirmation, SignInEvent, SignInState};
use vestibule_model::view::WaitingStage;

use super::{Served, Trip};
use crate::browser::BrowserNotOpened;
use crate::companion::CompanionError;
use crate::exchange::attempt::{Ask, LAUNCH_HOP, Progress, ReportEnd, Talk, stage};
use crate::exchange::loopback::{Answer, Arrival};

/// What ends the wait.
pub(super) enum Answered {
    Code(Code),
    Refused {
        state: SecretString,
        error: String,
        code: Option<ErrorCode>,
    },
    Reported(SignInEvent),
    Unknown(CompanionError),
    /// The browser is here, and the request that it was to open has run out: where does it go on?
    RequestSpent {
        onward: oneshot::Sender<Url>,
        /// The companion said that nothing comes of it any more. Where it said nothing, somebody may have opened it.
        over: bool,
    },
    NoBrowser,
    Flooded,
    Cancelled,
    TimedOut,
}

/// What the browser brought, and when it was seen.
pub(super) struct Code {
    pub state: SecretString,
    pub code: SecretString,
    pub launched: Duration,
    pub returned: Duration,
}

impl Answered {
    /// Which request was answered, if one was.
    pub fn state(&self) -> Option<&SecretString> {
        match self {
            Self::Code(Code { state, .. }) | Self::Refused { state, .. } => Some(state),
            Self::Reported(_)
            | Self::Unknown(_)
            | Self::RequestSpent { .. }
            | Self::NoBrowser
            | Self::Flooded
            | Self::Cancelled
            | Self::TimedOut => None,
        }
    }
}

impl Trip<'_> {
    pub(super) async fn wait(&self, served: &mut Served, opens: bool, talk: &mut Talk) -> Answered {
        let (clock, browser, request) = (&self.attempt.ports.clock, &self.attempt.ports.browser, &self.requests.current);
        let mut launched = None;
        // Whether the companion's own page was opened: a visit to our launch address has no effect, and anything may pay one.
        let mut opened = false;
        let (events_in, mut events) = mpsc::unbounded_channel();
        // A launcher may take its time to hand over; the browser is heard meanwhile.
        let mut opening: BoxFuture<'_, Result<(), BrowserNotOpened>> =
            if opens { browser.open(&served.destination) } else { std::future::pending().boxed() };
        let mut report = std::pin::pin!(self.attempt.follow(request.id(), request.events_uri(), events_in).fuse());
        let mut hop = std::pin::pin!(clock.sleep(LAUNCH_HOP).fuse());
        let mut end = clock.sleep(request.ends_at.saturating_sub(clock.elapsed()));
        let mut over = false;
        loop {
            tokio::select! {
                // In this order: what the person asked for, then what the companion says was opened, then what the browser brought.
                biased;
                () = self.cancelled.cancelled() => return Answered::Cancelled,
                Some(ask) = talk.asks.recv() => match ask {
                    Ask::OpenAgain => opening = browser.open(&served.destination),
                    // None are due before the code is there.
                    Ask::Letters(_) => {}
                },
                opening_ended = &mut opening => {
                    opening = std::future::pending().boxed();
                    if let Err(error) = opening_ended {
                        tracing::error!(sign_in.id = %request.id(), error.code = %ErrorCode::BrowserNotOpened, %error, "No browser opened");
                        if !self.attempt.has_window() {
                            return Answered::NoBrowser;
                        }
                        // No end: she may open it herself.
                        let _ = talk.progress.send(Progress::NotOpened(served.destination.clone()));
                    }
                }
                Some(SignInEvent { state, confirmation, .. }) = events.recv() => {
                    opened = true;
                    if confirmation == Some(Confirmation::Number) {
                        let _ = talk.progress.send(Progress::NumberAsked);
                    }
                    if let Some(stage) = stage(state) {
                        let _ = talk.progress.send(Progress::Stage(stage));
                    }
                }
                Some(arrival) = served.arrivals.recv() => match arrival {
                    // The page that it leads to has served: the companion says how the attempt stands.
                    Arrival::Launching(_) if opened => {}
                    Arrival::Launching(onward) => {
                        launched.get_or_insert_with(|| clock.elapsed());
                        if over || clock.elapsed() >= request.opens_until {
                            return Answered::RequestSpent { onward, over };
                        }
                        let _ = onward.send(request.authorize(&self.attempt.link.companion));
                    }
                    Arrival::Answer { state, answer: Answer::Code(code) } => {
                        let returned = clock.elapsed();
                        let _ = talk.progress.send(Progress::Stage(WaitingStage::Checking));
                        return Answered::Code(Code { state, code, launched: launched.unwrap_or(returned), returned });
                    }
                    Arrival::Answer { state, answer: Answer::Refused { error, code } } => return Answered::Refused { state, error, code },
                    Arrival::Flooded => return Answered::Flooded,
                },
                report = &mut report => match report {
                    // Nobody opened it in its time; whoever comes now is given a fresh one.
                    ReportEnd::Over(event) if event.state == SignInState::Expired && !opened => over = true,
                    ReportEnd::Over(event) => return Answered::Reported(event),
                    ReportEnd::Unknown(error) => return Answered::Unknown(error),
                },
                () = &mut hop => {
                    if !opened {
                        let _ = talk.progress.send(Progress::BrowserMissing);
                    }
                }
                () = &mut end => return Answered::TimedOut,
            }
        }
    }
}
