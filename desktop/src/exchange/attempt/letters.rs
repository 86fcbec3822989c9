//! The way back proves nothing of who sits here: beside the code, the letters that the page shows are typed into this app.

use std::time::Duration;

use futures::FutureExt as _;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vestibule_model::exchange::{PushedAuthorizationAnswer, TokenAnswer};
use vestibule_model::{ErrorCode, Secret};

use super::{Ask, Attempt, Outcome, Poller, ReportEnd, Talk, converse, refused, reported};

/// A code that came back, and what the companion wants with it.
pub(super) struct ReturnedCode<'a> {
    pub pushed: &'a PushedAuthorizationAnswer,
    pub code: SecretString,
    pub verifier: SecretString,
    pub redirect_uri: Secret,
}

impl Attempt {
    /// Until the session is there, or cannot come any more.
    pub(super) async fn type_letters(
        &self,
        returned: ReturnedCode<'_>,
        talk: &mut Talk,
        cancelled: &CancellationToken,
    ) -> Result<Box<TokenAnswer>, Outcome> {
        // Whoever has a code was identified.
        self.identified.get_or_init(|| ());
        let ReturnedCode { pushed, code, verifier, redirect_uri } = returned;
        let (id, clock) = (&pushed.sign_in_id, &self.ports.clock);
        let (letters_in, letters) = mpsc::unbounded_channel();
        let poller = Poller::of_code(self, id.clone(), code, redirect_uri, verifier);
        let mut conversation = std::pin::pin!(converse(poller, letters, talk.progress.clone()).fuse());
        let (events_in, _events) = mpsc::unbounded_channel();
        let mut report = std::pin::pin!(self.follow(id, &pushed.events_uri, events_in).fuse());
        let mut end = clock.sleep(Duration::from_secs(u64::from(pushed.sign_in_expires_in)));
        loop {
            tokio::select! {
                biased;
                () = cancelled.cancelled() => {
                    let ended = self.end_unawaited(id).await;
                    // What was on its way when she withdrew.
                    return match self.last_word(conversation).await {
                        Some(Ok(answer)) => Ok(answer),
                        Some(Err(_)) | None => Err(ended),
                    };
                }
                told = &mut conversation => return match told {
                    Ok(answer) => Ok(answer),
                    // A code that is no longer good says nothing of what happened; the report does.
                    Err(error) if error.code() == ErrorCode::CodeRefused => Err(match self.end_of(&pushed.events_uri).await {
                        Some(event) => reported(event, id.clone()),
                        None => refused(&error, id),
                    }),
                    Err(error) => Err(refused(&error, id)),
                },
                Some(ask) = talk.asks.recv() => match ask {
                    Ask::Letters(typed) => {
                        let _ = letters_in.send(typed);
                    }
                    // The page is where it was.
                    Ask::OpenAgain => {}
                },
                report = &mut report => return Err(match report {
                    ReportEnd::Over(event) => reported(event, id.clone()),
                    ReportEnd::Unknown(error) => Outcome::of(&error, Some(id)),
                }),
                () = &mut end => return Err(self.run_out(id).await),
            }
        }
    }
}
