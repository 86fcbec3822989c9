//! One attempt through the loopback listener: push, browser, answer, redemption.
//!
//! Two roads tell how it goes: the browser that comes back to the listener, and the companion's parked report, which also speaks when
//! the browser never returns. Only the first brings a session.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{PushedAuthorizationAnswer, PushedAuthorizationRequest, SignInEvent, SignInState, TokenAnswer, path};
use vestibule_model::session::SignInId;
use vestibule_model::view::WaitingStage;

mod outcome;

pub use outcome::{Outcome, Progress, SignedIn, Timings};
use outcome::{refusal, reported, stage};

use super::loopback::{Arrival, Expected, Listener};
use super::unfinished::Unfinished;
use crate::browser::Destination;
use crate::companion::{Companion, CompanionError};
use crate::device_key::code_challenge;
use crate::ports::Ports;
use crate::random::token;
use crate::settings::Settings;

/// No sign of the browser after that: the help unfolds.
pub const LAUNCH_HOP: Duration = Duration::from_secs(8);

/// How long the listener still answers a browser whose attempt is over, so that it lands on a page and not on an error.
const AFTERGLOW: Duration = Duration::from_secs(30);

/// How long a withdrawal may take before it is left to run out.
const WITHDRAWAL: Duration = Duration::from_secs(2);

/// A sign-in about to start.
#[derive(Debug)]
pub struct Attempt {
    /// Whom to ask.
    pub companion: Arc<Companion>,
    /// Browser, clock, randomness.
    pub ports: Ports,
    /// What this workstation calls itself.
    pub device_label: String,
    /// What earlier runs left pending.
    pub unfinished: Unfinished,
}

/// What there is before the browser is asked for.
struct Prepared {
    listener: Listener,
    secrets: Secrets,
    pushed: PushedAuthorizationAnswer,
}

/// What this attempt alone knows.
struct Secrets {
    verifier: SecretString,
    state: SecretString,
    redirect_uri: String,
}

impl Attempt {
    /// Towards this companion, as this workstation.
    pub fn new(companion: Arc<Companion>, ports: Ports, settings: &Settings) -> Self {
        let unfinished = Unfinished::in_file(settings.paths.unfinished_sign_ins.clone());
        Self { companion, ports, device_label: settings.device_label.clone(), unfinished }
    }

    /// Runs it to its end. Dropping the future closes the listener; cancelling `cancelled` also tells the companion.
    ///
    /// `progress` closes when the listener has no more to do, which may be after the end: a browser may still be on its way to it.
    pub async fn run(self, progress: UnboundedSender<Progress>, cancelled: CancellationToken) -> Outcome {
        let started = self.ports.clock.elapsed();
        let prepared = tokio::select! {
            () = cancelled.cancelled() => return Outcome::Cancelled,
            prepared = self.prepare(&progress) => prepared,
        };
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(outcome) => return outcome,
        };
        let id = prepared.pushed.sign_in_id.clone();
        self.unfinished.add(&id);
        let outcome = self.run_pushed(started, prepared, progress, cancelled).await;
        self.unfinished.remove(&id);
        outcome
    }

    async fn run_pushed(
        &self,
        started: Duration,
        Prepared { listener, secrets, pushed }: Prepared,
        progress: UnboundedSender<Progress>,
        cancelled: CancellationToken,
    ) -> Outcome {
        let id = pushed.sign_in_id.clone();
        tracing::info!(sign_in.id = %id, "a sign-in started");
        let ends_in = Duration::from_secs(u64::from(pushed.sign_in_expires_in));
        let _ = progress.send(Progress::Started { sign_in_id: id.clone(), match_number: pushed.match_number.clone(), ends_in });

        let Some(destination) = Destination::launch(listener.port(), listener.launch_path()) else {
            return Outcome::Problem { code: ErrorCode::AppFault, sign_in_id: Some(id) };
        };
        let (arrivals_in, arrivals) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let expected = self.expected(&pushed, &secrets);
        // Ends once the browser was answered, so that nobody leaves before it.
        let served = tokio::spawn(listener.serve(expected, self.ports.peer_owner.clone(), arrivals_in, stop));

        let answered = self.wait(&pushed, &destination, arrivals, &progress, &cancelled).await;
        match answered {
            Answered::Code { code, launched, returned } => {
                let (redeemed, _) = tokio::join!(self.redeem(&code, &secrets), served);
                let answer = match redeemed {
                    Ok(answer) => answer,
                    Err(error) => return Outcome::of(&error, Some(&id)),
                };
                if cancelled.is_cancelled() {
                    if let Err(error) = self.companion.revoke(&SecretString::from(answer.refresh_token)).await {
                        tracing::warn!(sign_in.id = %id, error.code = %error.code(), %error, "a withdrawn session could not be revoked: it idles out");
                    }
                    return Outcome::Cancelled;
                }
                let timings = Timings {
                    start_to_browser: launched.saturating_sub(started),
                    browser_to_callback: returned.saturating_sub(launched),
                    callback_to_session: self.ports.clock.elapsed().saturating_sub(returned),
                };
                let duration_ms = u64::try_from(timings.total().as_millis()).unwrap_or(u64::MAX);
                tracing::info!(sign_in.id = %id, duration_ms, "signed in");
                Outcome::SignedIn(Box::new(SignedIn { answer, timings }))
            }
            Answered::Refused { error, code } => {
                tracing::info!(sign_in.id = %id, error, "the browser came back without a code");
                let _ = served.await;
                refusal(&error, code, id)
            }
            Answered::Reported(event) => {
                // The browser may still be on its way back: it shall land on the companion's page.
                let (clock, stop) = (self.ports.clock.clone(), guard.disarm());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = served => {}
                        () = clock.sleep(AFTERGLOW) => stop.cancel(),
                    }
                    drop(progress);
                });
                reported(event, id)
            }
            Answered::Unknown(error) => Outcome::of(&error, Some(&id)),
            Answered::NoBrowser => {
                self.withdraw(&id).await;
                Outcome::Problem { code: ErrorCode::BrowserNotOpened, sign_in_id: Some(id) }
            }
            Answered::Flooded => {
                self.withdraw(&id).await;
                Outcome::Problem { code: ErrorCode::LoopbackFlooded, sign_in_id: Some(id) }
            }
            Answered::Cancelled => {
                self.withdraw(&id).await;
                Outcome::Cancelled
            }
            Answered::TimedOut => {
                self.withdraw(&id).await;
                Outcome::TimedOut
            }
        }
    }

    async fn prepare(&self, progress: &UnboundedSender<Progress>) -> Result<Prepared, Outcome> {
        let problem = |code| Outcome::Problem { code, sign_in_id: None };
        // Always asked anew: it also tells the time, which the proofs need after a long sleep of the machine.
        let metadata = self.companion.metadata().await.map_err(|error| Outcome::of(&error, None))?;
        let _ = progress.send(Progress::Companion(Box::new(metadata)));
        let random = self.ports.random.as_ref();
        let listener = Listener::bind(random).await.map_err(|error| problem(error.code()))?;
        let secret = || token(random).map_err(|_| problem(ErrorCode::AppFault));
        let secrets = Secrets { verifier: secret()?, state: secret()?, redirect_uri: listener.redirect_uri() };
        let request = PushedAuthorizationRequest {
            client_id: self.companion.client_id().to_owned(),
            response_type: "code".to_owned(),
            redirect_uri: secrets.redirect_uri.clone(),
            code_challenge: code_challenge(&secrets.verifier),
            code_challenge_method: "S256".to_owned(),
            state: secrets.state.expose_secret().to_owned(),
            dpop_jkt: Some(self.companion.thumbprint().to_owned()),
            device_label: (!self.device_label.is_empty()).then(|| self.device_label.clone()),
            enrolment_token: None,
            exchange_hint: None,
        };
        let pushed = match self.companion.push(&request).await {
            Err(error) if error.code() == ErrorCode::TooManyRequests && self.withdraw_unfinished().await => {
                self.companion.push(&request).await
            }
            outcome => outcome,
        };
        let pushed = pushed.map_err(|error| Outcome::of(&error, None))?;
        Ok(Prepared { listener, secrets, pushed })
    }

    /// Withdraws what earlier runs left behind; `false` when there was nothing.
    async fn withdraw_unfinished(&self) -> bool {
        let left = self.unfinished.all();
        for id in &left {
            self.withdraw(id).await;
            self.unfinished.remove(id);
        }
        !left.is_empty()
    }

    fn expected(&self, pushed: &PushedAuthorizationAnswer, secrets: &Secrets) -> Expected {
        let mut authorize = self.companion.address(path::AUTHORIZE);
        let request = [("client_id", self.companion.client_id()), ("request_uri", &pushed.request_uri)];
        authorize.query_pairs_mut().extend_pairs(request);
        let mut returned = self.companion.address(path::RETURN);
        returned.query_pairs_mut().append_pair("id", &pushed.sign_in_id.0);
        Expected { authorize, returned, state: secrets.state.clone(), issuer: self.companion.issuer() }
    }

    async fn wait(
        &self,
        pushed: &PushedAuthorizationAnswer,
        destination: &Destination,
        mut arrivals: mpsc::UnboundedReceiver<Arrival>,
        progress: &UnboundedSender<Progress>,
        cancelled: &CancellationToken,
    ) -> Answered {
        let clock = &self.ports.clock;
        let mut launched = None;
        let (states_in, mut states) = mpsc::unbounded_channel();
        // A launcher may take its time to hand over; the browser is heard meanwhile.
        let mut opening = std::pin::pin!(self.ports.browser.open(destination).fuse());
        let mut report = std::pin::pin!(self.follow(pushed, states_in).fuse());
        let mut hop = std::pin::pin!(clock.sleep(LAUNCH_HOP).fuse());
        let mut end = clock.sleep(Duration::from_secs(u64::from(pushed.sign_in_expires_in)));
        loop {
            tokio::select! {
                // In this order: what the person asked for, then what the browser brought, then what the companion tells.
                biased;
                () = cancelled.cancelled() => return Answered::Cancelled,
                Err(error) = &mut opening => {
                    tracing::error!(sign_in.id = %pushed.sign_in_id, error.code = %ErrorCode::BrowserNotOpened, %error, "no browser opened");
                    return Answered::NoBrowser;
                }
                Some(arrival) = arrivals.recv() => match arrival {
                    Arrival::Launched => {
                        launched = Some(clock.elapsed());
                        let _ = progress.send(Progress::Stage(WaitingStage::BrowserOpen));
                    }
                    Arrival::Code(code) => {
                        let returned = clock.elapsed();
                        let _ = progress.send(Progress::Stage(WaitingStage::Checking));
                        return Answered::Code { code, launched: launched.unwrap_or(returned), returned };
                    }
                    Arrival::Refused { error, code } => return Answered::Refused { error, code },
                    Arrival::Flooded => return Answered::Flooded,
                },
                Some(state) = states.recv() => {
                    if let Some(stage) = stage(state) {
                        let _ = progress.send(Progress::Stage(stage));
                    }
                }
                answered = &mut report => return answered,
                () = &mut hop => {
                    if launched.is_none() {
                        let _ = progress.send(Progress::BrowserMissing);
                    }
                }
                () = &mut end => return Answered::TimedOut,
            }
        }
    }

    /// Follows the companion's report until it tells an end. A companion out of reach is asked again: the attempt is not over for that.
    async fn follow(&self, pushed: &PushedAuthorizationAnswer, states: UnboundedSender<SignInState>) -> Answered {
        let mut after = SignInState::Created;
        let mut pause = Duration::from_secs(1);
        loop {
            let asked = self.ports.clock.elapsed();
            match self.companion.sign_in_event(&pushed.events_uri, Some(after)).await {
                // We are the ones who redeem; whatever the answer to that says counts.
                Ok(event) if event.state == SignInState::Redeemed => std::future::pending().await,
                Ok(event) if event.state.is_end() => return Answered::Reported(event),
                Ok(event) => {
                    pause = Duration::from_secs(1);
                    if event.state != after {
                        after = event.state;
                        let _ = states.send(event.state);
                    } else if self.ports.clock.elapsed().saturating_sub(asked) < pause {
                        // Something between us and the companion does not let it hold its answer.
                        self.ports.clock.sleep(pause).await;
                    }
                }
                Err(error) if error.code() == ErrorCode::SignInUnknown => return Answered::Unknown(error),
                Err(error) => {
                    tracing::warn!(sign_in.id = %pushed.sign_in_id, error.code = %error.code(), %error, "the report is out of reach");
                    self.ports.clock.sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
            }
        }
    }

    /// A code lives sixty seconds: an unreachable companion is asked three times.
    async fn redeem(&self, code: &SecretString, secrets: &Secrets) -> Result<TokenAnswer, CompanionError> {
        for pause in [1, 3] {
            match self.companion.redeem(code, &secrets.verifier, &secrets.redirect_uri).await {
                Err(error) if error.is_passing() => self.ports.clock.sleep(Duration::from_secs(pause)).await,
                outcome => return outcome,
            }
        }
        self.companion.redeem(code, &secrets.verifier, &secrets.redirect_uri).await
    }

    async fn withdraw(&self, id: &SignInId) {
        let told = tokio::select! {
            told = self.companion.cancel(id) => told.is_ok(),
            () = self.ports.clock.sleep(WITHDRAWAL) => false,
        };
        tracing::info!(sign_in.id = %id, told, "the sign-in was withdrawn");
    }
}

/// What ends the wait.
enum Answered {
    Code { code: SecretString, launched: Duration, returned: Duration },
    Refused { error: String, code: Option<ErrorCode> },
    Reported(SignInEvent),
    Unknown(CompanionError),
    NoBrowser,
    Flooded,
    Cancelled,
    TimedOut,
}
