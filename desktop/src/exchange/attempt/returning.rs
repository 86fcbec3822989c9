//! The browser comes back to this workstation: to the loopback listener, or through the app's private-use scheme.
//!
//! Two roads tell how it goes: the browser that comes back, and the companion's parked report, which also speaks when the browser never
//! returns. Only the first brings a session. The listener serves the launch in both; with the scheme, it takes no answer.

use std::time::Duration;

use futures::FutureExt as _;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Exchange, PushedAuthorizationAnswer, PushedAuthorizationRequest, SignInEvent, TokenAnswer, path};
use vestibule_model::view::WaitingStage;

use super::{Attempt, Ended, LAUNCH_HOP, Outcome, Progress, Report, Started, Timings, refusal, reported, signed_in, stage};
use crate::browser::Destination;
use crate::companion::CompanionError;
use crate::device_key::code_challenge;
use crate::exchange::loopback::{Arrival, Expected, Listener};
use crate::exchange::scheme::{Open, Pending};

/// How long the listener still answers a browser whose attempt is over, so that it lands on a page and not on an error.
const AFTERGLOW: Duration = Duration::from_secs(30);

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
    /// Random part of the return through the scheme.
    random: Option<SecretString>,
}

impl Attempt {
    pub(super) async fn run_returning(
        &self,
        way: Exchange,
        started: Duration,
        progress: &UnboundedSender<Progress>,
        cancelled: &CancellationToken,
    ) -> Ended {
        let prepared = tokio::select! {
            () = cancelled.cancelled() => return Outcome::Cancelled.into(),
            prepared = self.prepare(way, progress) => prepared,
        };
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(ended) => return ended,
        };
        let id = prepared.pushed.sign_in_id.clone();
        self.unfinished.add(&id);
        let outcome = self.run_pushed(way, started, prepared, progress, cancelled).await;
        self.unfinished.remove(&id);
        outcome.log(&id);
        outcome.into()
    }

    async fn run_pushed(
        &self,
        way: Exchange,
        started: Duration,
        Prepared { listener, secrets, pushed }: Prepared,
        progress: &UnboundedSender<Progress>,
        cancelled: &CancellationToken,
    ) -> Outcome {
        let id = pushed.sign_in_id.clone();
        tracing::info!(sign_in.id = %id, exchange = ?way, "a sign-in started");
        let _ = progress.send(Progress::Started(Box::new(Started {
            sign_in_id: id.clone(),
            match_number: pushed.match_number.clone(),
            ends_in: Duration::from_secs(u64::from(pushed.sign_in_expires_in)),
            exchange: way,
            exchanges: pushed.exchanges.clone(),
            link: None,
            link_ends_in: Duration::ZERO,
        })));

        let Some(destination) = Destination::launch(listener.port(), listener.launch_path()) else {
            return Outcome::Problem { code: ErrorCode::AppFault, sign_in_id: Some(id) };
        };
        let (arrivals_in, arrivals) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let door = self.open_door(&secrets, &arrivals_in);
        let expected = match self.expected(&pushed, &secrets) {
            Ok(expected) => expected,
            Err(outcome) => return outcome,
        };
        // Ends once the browser was answered, so that nobody leaves before it.
        let served = tokio::spawn(listener.serve(expected, self.ports.peer_owner.clone(), arrivals_in, stop.clone()));

        let answered = self.wait(&pushed, &destination, arrivals, progress, cancelled).await;
        if door.is_some() {
            // The answer came past the listener, or nobody waits for one any more.
            stop.cancel();
        }
        drop(door);
        match answered {
            Answered::Code { code, launched, returned } => {
                let (redeemed, _) = tokio::join!(self.redeem(&code, &secrets), served);
                let answer = match redeemed {
                    Ok(answer) => answer,
                    Err(error) => return Outcome::of(&error, Some(&id)),
                };
                if cancelled.is_cancelled() {
                    self.give_back(&id, answer).await;
                    return Outcome::Cancelled;
                }
                let timings = Timings {
                    start_to_browser: launched.saturating_sub(started),
                    browser_to_callback: returned.saturating_sub(launched),
                    callback_to_session: self.ports.clock.elapsed().saturating_sub(returned),
                };
                signed_in(&id, answer, timings, way)
            }
            Answered::Refused { error, code } => {
                tracing::info!(sign_in.id = %id, error, "the browser came back without a code");
                let _ = served.await;
                refusal(&error, code, id)
            }
            Answered::Reported(event) => {
                // The browser may still be on its way back: it shall land on the companion's page.
                let (clock, stop, progress) = (self.ports.clock.clone(), guard.disarm(), progress.clone());
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
                self.withdraw(&id, "no browser").await;
                Outcome::Problem { code: ErrorCode::BrowserNotOpened, sign_in_id: Some(id) }
            }
            Answered::Flooded => {
                self.withdraw(&id, "too many stray requests").await;
                Outcome::Problem { code: ErrorCode::LoopbackFlooded, sign_in_id: Some(id) }
            }
            Answered::Cancelled => {
                self.withdraw(&id, "cancelled").await;
                Outcome::Cancelled
            }
            Answered::TimedOut => {
                self.withdraw(&id, "timed out").await;
                Outcome::TimedOut
            }
        }
    }

    async fn prepare(&self, way: Exchange, progress: &UnboundedSender<Progress>) -> Result<Prepared, Ended> {
        self.introduce(progress).await?;
        let listener = Listener::bind(self.ports.random.as_ref()).await.map_err(|error| {
            tracing::error!(error.code = %error.code(), %error, "nothing can listen for the browser");
            Ended::problem(error.code(), None)
        })?;
        let (redirect_uri, random) = match self.door.as_ref().filter(|_| way == Exchange::Scheme) {
            Some(door) => {
                let random = self.secret()?;
                (format!("{}:/cb/{}", door.scheme(), random.expose_secret()), Some(random))
            }
            None => (listener.redirect_uri(), None),
        };
        let secrets = Secrets { verifier: self.secret()?, state: self.secret()?, redirect_uri, random };
        let request = PushedAuthorizationRequest {
            client_id: self.companion.client_id().to_owned(),
            response_type: "code".to_owned(),
            redirect_uri: secrets.redirect_uri.clone(),
            code_challenge: code_challenge(&secrets.verifier),
            code_challenge_method: "S256".to_owned(),
            state: secrets.state.expose_secret().to_owned(),
            dpop_jkt: Some(self.companion.thumbprint().to_owned()),
            device_label: self.label(),
            enrolment_token: self.enrolment(),
            exchange_hint: Some(way),
        };
        let pushed = self.start(|| self.companion.push(&request)).await?;
        Ok(Prepared { listener, secrets, pushed })
    }

    /// Lets the system bring the answer, when it comes by the scheme.
    fn open_door(&self, secrets: &Secrets, arrivals: &UnboundedSender<Arrival>) -> Option<Open> {
        let pending = Pending {
            random: secrets.random.clone()?,
            state: secrets.state.clone(),
            issuer: self.companion.issuer(),
            arrivals: arrivals.clone(),
        };
        Some(self.door.as_ref()?.open(pending))
    }

    fn expected(&self, pushed: &PushedAuthorizationAnswer, secrets: &Secrets) -> Result<Expected, Outcome> {
        let mut authorize = self.companion.address(path::AUTHORIZE);
        let request = [("client_id", self.companion.client_id()), ("request_uri", &pushed.request_uri)];
        authorize.query_pairs_mut().extend_pairs(request);
        let mut returned = self.companion.address(path::RETURN);
        returned.query_pairs_mut().append_pair("id", &pushed.sign_in_id.0);
        let state = match secrets.random {
            None => secrets.state.clone(),
            // The answer comes another way: nobody knows this state, so that the listener takes none.
            Some(_) => match self.secret() {
                Ok(state) => state,
                Err(_) => return Err(Outcome::Problem { code: ErrorCode::AppFault, sign_in_id: Some(pushed.sign_in_id.clone()) }),
            },
        };
        Ok(Expected { authorize, returned, state, issuer: self.companion.issuer() })
    }

    async fn wait(
        &self,
        pushed: &PushedAuthorizationAnswer,
        destination: &Destination,
        mut arrivals: UnboundedReceiver<Arrival>,
        progress: &UnboundedSender<Progress>,
        cancelled: &CancellationToken,
    ) -> Answered {
        let clock = &self.ports.clock;
        let mut launched = None;
        let (states_in, mut states) = mpsc::unbounded_channel();
        // A launcher may take its time to hand over; the browser is heard meanwhile.
        let mut opening = std::pin::pin!(self.ports.browser.open(destination).fuse());
        let mut report = std::pin::pin!(self.follow(&pushed.sign_in_id, &pushed.events_uri, states_in).fuse());
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
                report = &mut report => return report.into(),
                () = &mut hop => {
                    if launched.is_none() {
                        let _ = progress.send(Progress::BrowserMissing);
                    }
                }
                () = &mut end => return Answered::TimedOut,
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

impl From<Report> for Answered {
    fn from(report: Report) -> Self {
        match report {
            Report::Over(event) => Self::Reported(event),
            Report::Unknown(error) => Self::Unknown(error),
        }
    }
}
