//! The polling exchange (RFC 8628, hardened): for a browser that does not share this host, and wherever the loopback listener is refused.
//!
//! The app asks for its session; the companion gives it only once the person has proved to sit in front of this app: she picked its number
//! on the page, and where she is new to this workstation she types here the letters that the page shows. Never the other way round.

use std::time::Duration;

use futures::FutureExt as _;
use secrecy::SecretString;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{
    CONFIRMATION_CODE_ALPHABET, CONFIRMATION_CODE_LENGTH, DeviceAuthorizationAnswer, DeviceAuthorizationRequest, Exchange, SignInEvent,
    SignInState, TokenAnswer,
};

use super::attempt::{
    Ask, Attempt, Brought, Ended, LAUNCH_HOP, Outcome, Poller, Progress, ReportEnd, Started, Talk, Timings, Withdrawn, converse, refused,
    reported, stage,
};
use crate::browser::{AuthorizePage, BrowserNotOpened, Destination};
use crate::companion::CompanionError;
use crate::device_key::code_challenge;

/// The letters of a page as they are sent: capitals without spaces or hyphens. `None` when they cannot be a code at all.
pub fn letters(typed: &str) -> Option<SecretString> {
    let filler = |character: &char| character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}');
    let mut letters = String::with_capacity(CONFIRMATION_CODE_LENGTH);
    for character in typed.chars().filter(|character| !filler(character)) {
        let letter = character.to_ascii_uppercase();
        if !u8::try_from(letter).is_ok_and(|letter| CONFIRMATION_CODE_ALPHABET.contains(&letter))
            || letters.len() == CONFIRMATION_CODE_LENGTH
        {
            return None;
        }
        letters.push(letter);
    }
    (letters.len() == CONFIRMATION_CODE_LENGTH).then(|| SecretString::from(letters))
}

/// What there is before the browser is asked for.
struct Prepared {
    verifier: SecretString,
    authorized: DeviceAuthorizationAnswer,
    page: AuthorizePage,
}

/// When the browser got where, for the measurements.
#[derive(Default)]
struct Seen {
    opened: Option<Duration>,
    confirmed: Option<Duration>,
}

impl Attempt {
    pub(super) async fn run_polling(&self, started: Duration, talk: &mut Talk, cancelled: &CancellationToken) -> Ended {
        let prepared = tokio::select! {
            () = cancelled.cancelled() => return self.end_unanswered().into(),
            prepared = self.authorize(&talk.progress) => prepared,
        };
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(ended) => return ended,
        };
        let id = prepared.authorized.sign_in_id.clone();
        self.unfinished.add(&id).await;
        let ended = self.run_authorized(started, prepared, talk, cancelled).await;
        self.unfinished.remove(&id).await;
        let ended = self.explained(ended, &id).await;
        ended.log(&id);
        ended
    }

    async fn authorize(&self, progress: &UnboundedSender<Progress>) -> Result<Prepared, Ended> {
        self.introduce(progress).await?;
        let verifier = self.secret()?;
        let request = DeviceAuthorizationRequest {
            client_id: self.link.companion.client_id().to_owned(),
            code_challenge: code_challenge(&verifier),
            code_challenge_method: "S256".to_owned(),
            dpop_jkt: Some(self.link.companion.thumbprint().to_owned()),
            device_label: self.label(),
            enrolment_token: self.enrolment(),
            exchange_hint: Some(Exchange::Polling),
            ui_locales: Some(self.language.tag().to_owned()),
        };
        let authorized = self.start(|| self.link.companion.authorize_device(&request)).await?;
        let Some(page) = self.link.companion.authorize_page(authorized.verification_uri_complete.expose()) else {
            return Err(Outcome::of(&CompanionError::Impostor, Some(&authorized.sign_in_id)).into());
        };
        Ok(Prepared { verifier, authorized, page })
    }

    async fn run_authorized(
        &self,
        started: Duration,
        Prepared { verifier, authorized, page }: Prepared,
        talk: &mut Talk,
        cancelled: &CancellationToken,
    ) -> Ended {
        let id = authorized.sign_in_id.clone();
        tracing::info!(sign_in.id = %id, exchange = Exchange::Polling.name(), "A sign-in started");
        let _ = talk.progress.send(Progress::Started(Box::new(Started {
            sign_in_id: id.clone(),
            match_number: authorized.match_number.expose().to_owned(),
            ends_in: Duration::from_secs(u64::from(authorized.expires_in)),
            exchange: Exchange::Polling,
            exchanges: authorized.exchanges.clone(),
            link: Some(page.clone()),
            link_ends_in: Duration::from_secs(u64::from(authorized.link_expires_in)),
        })));
        let (letters_in, letters) = mpsc::unbounded_channel();
        let poller = Poller::of_device_code(self, &authorized, verifier);
        // Not part of the wait: an answer on its way when she withdraws must not be lost.
        let mut conversation = std::pin::pin!(converse(poller, letters, talk.progress.clone()).fuse());
        let mut seen = Seen::default();
        let answered = tokio::select! {
            biased;
            () = cancelled.cancelled() => PollingEnd::Cancelled,
            polled = &mut conversation => PollingEnd::Polled(polled),
            answered = self.watch(&authorized, &page, talk, letters_in, &mut seen) => answered,
        };
        let outcome = match answered {
            PollingEnd::Polled(Ok(answer)) => {
                let now = self.ports.clock.elapsed();
                let opened = seen.opened.unwrap_or(now);
                let confirmed = seen.confirmed.unwrap_or(now).max(opened);
                let timings = Timings {
                    start_to_browser: opened.saturating_sub(started),
                    browser_to_callback: confirmed.saturating_sub(opened),
                    callback_to_session: now.saturating_sub(confirmed),
                };
                return Brought { id, answer: *answer, timings, exchange: Exchange::Polling }.into();
            }
            // A handle that is no longer good says nothing of what happened; the report does.
            PollingEnd::Polled(Err(error)) if error.code() == ErrorCode::CodeRefused => match self.end_of(&authorized.events_uri).await {
                Some(event) => reported(event, id),
                None => refused(&error, &id),
            },
            PollingEnd::Polled(Err(error)) => refused(&error, &id),
            PollingEnd::Reported(ReportEnd::Over(event)) => reported(event, id),
            PollingEnd::Reported(ReportEnd::Unknown(error)) => Outcome::of(&error, Some(&id)),
            PollingEnd::Cancelled => {
                let mut withdrawal = std::pin::pin!(self.withdraw_unawaited(&id));
                let (polled, withdrawn) = tokio::select! {
                    biased;
                    polled = &mut conversation => (Some(polled), withdrawal.await),
                    withdrawn = &mut withdrawal => match withdrawn {
                        // No session was given, and none will be.
                        Withdrawn::Agreed => (None, withdrawn),
                        Withdrawn::Refused | Withdrawn::Unheard { .. } => (self.last_word(conversation).await, withdrawn),
                    },
                };
                if let Some(Ok(answer)) = polled {
                    return Brought { id: id.clone(), answer: *answer, timings: Timings::default(), exchange: Exchange::Polling }.into();
                }
                self.ended_unawaited(&id, withdrawn)
            }
            PollingEnd::TimedOut => self.run_out(&id).await,
        };
        outcome.into()
    }

    /// Opens the browser, tells how far it got, and passes on what the person asks for, until the companion or the time ends it.
    async fn watch(
        &self,
        authorized: &DeviceAuthorizationAnswer,
        page: &AuthorizePage,
        talk: &mut Talk,
        letters: UnboundedSender<SecretString>,
        seen: &mut Seen,
    ) -> PollingEnd {
        let (clock, destination) = (&self.ports.clock, Destination::page(page));
        let (events_in, mut events) = mpsc::unbounded_channel();
        let mut opening = self.ports.browser.open(&destination).fuse();
        let mut report = std::pin::pin!(self.follow(&authorized.sign_in_id, &authorized.events_uri, events_in).fuse());
        let mut hop = std::pin::pin!(clock.sleep(LAUNCH_HOP).fuse());
        let mut end = clock.sleep(Duration::from_secs(u64::from(authorized.expires_in)));
        loop {
            tokio::select! {
                biased;
                Some(ask) = talk.asks.recv() => match ask {
                    Ask::OpenAgain => opening = self.ports.browser.open(&destination).fuse(),
                    Ask::Letters(typed) => {
                        let _ = letters.send(typed);
                    }
                },
                opened = &mut opening => {
                    if let Err(error) = opened {
                        self.no_browser(authorized, &error, &talk.progress);
                    }
                }
                Some(SignInEvent { state, .. }) = events.recv() => {
                    let now = clock.elapsed();
                    seen.opened.get_or_insert(now);
                    if state == SignInState::Confirmed {
                        seen.confirmed.get_or_insert(now);
                    }
                    if let Some(stage) = stage(state) {
                        let _ = talk.progress.send(Progress::Stage(stage));
                    }
                }
                report = &mut report => return PollingEnd::Reported(report),
                () = &mut hop => {
                    if seen.opened.is_none() {
                        let _ = talk.progress.send(Progress::BrowserMissing);
                    }
                }
                () = &mut end => return PollingEnd::TimedOut,
            }
        }
    }

    /// No end: the page may be opened on another machine.
    fn no_browser(&self, authorized: &DeviceAuthorizationAnswer, error: &BrowserNotOpened, progress: &UnboundedSender<Progress>) {
        let code = ErrorCode::BrowserNotOpened;
        tracing::warn!(sign_in.id = %authorized.sign_in_id, error.code = %code, %error, "No browser opened here: the link remains");
        let _ = progress.send(Progress::BrowserMissing);
    }
}

/// What ends the wait.
enum PollingEnd {
    Polled(Result<Box<TokenAnswer>, CompanionError>),
    Reported(ReportEnd),
    Cancelled,
    TimedOut,
}

#[cfg(test)]
mod tests;
