//! The companion's parked report. It tells how the attempt goes, also when the browser never returns; it never yields a session.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{SignInEvent, SignInState};
use vestibule_model::session::SignInId;

use super::Attempt;
use crate::companion::CompanionError;

/// What ends the report.
#[derive(Debug)]
pub enum ReportEnd {
    /// The companion says that the attempt is over.
    Over(SignInEvent),
    /// The companion knows of no such attempt.
    Unknown(CompanionError),
}

impl Attempt {
    /// Follows the report, event by event, until it tells an end. A companion out of reach is asked again: the attempt is not over for that.
    pub(in crate::exchange) async fn follow(&self, id: &SignInId, events_uri: &str, events: UnboundedSender<SignInEvent>) -> ReportEnd {
        let mut after = SignInState::Created;
        let mut pause = Duration::from_secs(1);
        loop {
            let asked = self.ports.clock.elapsed();
            match self.link.companion.sign_in_event(events_uri, Some(after)).await {
                // We are the ones who redeem; whatever the answer to that says counts.
                Ok(event) if event.state == SignInState::Redeemed => std::future::pending().await,
                Ok(event) if event.state.is_end() => return ReportEnd::Over(event),
                Ok(event) => {
                    if event.state.is_past_provider() {
                        self.identified.get_or_init(|| ());
                    }
                    pause = Duration::from_secs(1);
                    if event.state != after {
                        after = event.state;
                        let _ = events.send(event);
                    } else if self.ports.clock.elapsed().saturating_sub(asked) < pause {
                        // Something between us and the companion does not let it hold its answer.
                        self.ports.clock.sleep(pause).await;
                    }
                }
                Err(error) if error.code() == ErrorCode::SignInUnknown => return ReportEnd::Unknown(error),
                Err(error) => {
                    tracing::warn!(sign_in.id = %id, error.code = %error.code(), %error, "The report is out of reach");
                    self.ports.clock.sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
            }
        }
    }

    /// How the companion says that it ended, other than by a session.
    pub(in crate::exchange) async fn end_of(&self, events_uri: &str) -> Option<SignInEvent> {
        let event = self.link.companion.sign_in_event(events_uri, None).await.ok()?;
        (event.state.is_end() && event.state != SignInState::Redeemed).then_some(event)
    }
}
