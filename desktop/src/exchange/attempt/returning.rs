//! The browser comes back to this workstation: to the loopback listener, or through the app's private-use scheme.
//!
//! Two roads tell how it goes: the browser that comes back, and the companion's parked report, which also speaks when the browser never
//! returns. Only the first brings a session. The listener serves the launch in both; with the scheme, it takes no answer.
//!
//! The launch address is good as long as the attempt: a browser that comes when the request has run out is given a fresh one. The answer to
//! the one before is still taken: whether somebody opened it is known from the report alone, and that may have been out of reach.

use std::time::Duration;

use futures::future::join_all;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use vestibule_model::ErrorCode;
use vestibule_model::exchange::Exchange;

use super::{Attempt, Brought, Ended, Outcome, Progress, Talk, Timings, refusal, refused, reported};
use crate::browser::Destination;
use crate::exchange::loopback::{Arrival, Expected, Listener};

mod request;
mod requests;
mod wait;

use request::PushedRequest;
use requests::Requests;
use wait::{Answered, Code};

/// How long the listener still answers a browser whose attempt is over, so that it lands on a page and not on an error.
const AFTERGLOW: Duration = Duration::from_secs(30);

/// One attempt on its way.
struct Trip<'a> {
    attempt: &'a Attempt,
    way: Exchange,
    started: Duration,
    requests: Requests,
    cancelled: &'a CancellationToken,
}

/// The listener at work.
struct Served {
    destination: Destination,
    expected: watch::Sender<Expected>,
    arrivals_in: UnboundedSender<Arrival>,
    arrivals: UnboundedReceiver<Arrival>,
    /// Ends once the browser was answered, so that nobody leaves before it.
    serving: JoinHandle<()>,
    stop: DropGuard,
}

impl Attempt {
    pub(super) async fn run_returning(&self, way: Exchange, started: Duration, talk: &mut Talk, cancelled: &CancellationToken) -> Ended {
        let prepared = tokio::select! {
            () = cancelled.cancelled() => return self.end_unanswered().into(),
            prepared = self.prepare(way, talk) => prepared,
        };
        let (listener, request) = match prepared {
            Ok(prepared) => prepared,
            Err(ended) => return ended,
        };
        self.unfinished.add(request.id()).await;
        let mut trip = Trip { attempt: self, way, started, requests: Requests::of(request), cancelled };
        let ended = trip.run(listener, talk).await;
        join_all(trip.requests.others().iter().map(|request| self.dismiss(request, "its attempt is over"))).await;
        let id = trip.requests.current.id();
        self.unfinished.remove(id).await;
        let ended = self.explained(ended, id).await;
        ended.log(id);
        ended
    }

    async fn prepare(&self, way: Exchange, talk: &Talk) -> Result<(Listener, PushedRequest), Ended> {
        self.introduce(&talk.progress).await?;
        let listener = Listener::bind(self.ports.random.as_ref()).await.map_err(|error| {
            tracing::error!(error.code = %error.code(), %error, "Nothing can listen for the browser");
            Ended::problem(error.code(), None)
        })?;
        let request = self.push(way, &listener.redirect_uri()).await?;
        Ok((listener, request))
    }

    /// Withdraws a request whose answer is not waited for any more.
    async fn dismiss(&self, request: &PushedRequest, reason: &'static str) {
        self.withdraw(request.id(), reason).await;
        self.unfinished.remove(request.id()).await;
    }
}

impl Trip<'_> {
    async fn run(&mut self, listener: Listener, talk: &mut Talk) -> Ended {
        let loopback_uri = listener.redirect_uri();
        let Some(mut served) = self.serve(listener) else { return self.problem(ErrorCode::AppFault).into() };
        let mut opens = true;
        self.tell_started(talk);
        // Shut as soon as nobody waits for an answer any more.
        let mut door = self.requests.open_door(self.attempt, &served.arrivals_in);
        let answered = loop {
            let answered = self.wait(&mut served, opens, talk).await;
            let Answered::RequestSpent { onward, over } = answered else { break answered };
            opens = false;
            match self.renew(&loopback_uri, over, &served).await {
                Ok(()) => {
                    served.expected.send_replace(self.requests.expected(&self.attempt.link.companion));
                    door = self.requests.open_door(self.attempt, &served.arrivals_in);
                    // A browser that left meanwhile is welcome again.
                    let _ = onward.send(self.requests.current.authorize(&self.attempt.link.companion));
                    self.tell_started(talk);
                }
                Err(Ended::For(Outcome::Cancelled)) => break Answered::Cancelled,
                Err(Ended::For(outcome)) if over && self.requests.is_alone() => return outcome.into(),
                Err(Ended::NotOpen { .. }) if over && self.requests.is_alone() => return self.problem(ErrorCode::ExchangeRefused).into(),
                // What was opened may still be answered. This browser is told by the companion how it stands.
                Err(_) => tracing::warn!(sign_in.id = %self.requests.current.id(), "The browser came late and is given no fresh request"),
            }
        };
        drop(door);
        self.conclude(answered, served, talk).await
    }

    fn tell_started(&self, talk: &Talk) {
        let request = &self.requests.current;
        tracing::info!(sign_in.id = %request.id(), exchange = self.way.name(), "A sign-in started");
        let _ = talk.progress.send(Progress::Started(Box::new(request.started(self.way, self.now()))));
    }

    fn serve(&self, listener: Listener) -> Option<Served> {
        let destination = Destination::launch(listener.port(), listener.launch_path())?;
        let (expected, watched) = watch::channel(self.requests.expected(&self.attempt.link.companion));
        let (arrivals_in, arrivals) = mpsc::unbounded_channel();
        let (stop, owner) = (CancellationToken::new(), self.attempt.ports.peer_owner.clone());
        let serving = tokio::spawn(listener.serve(watched, owner, arrivals_in.clone(), stop.clone()));
        Some(Served { destination, expected, arrivals_in, arrivals, serving, stop: stop.drop_guard() })
    }

    /// A fresh request in place of one that nobody is known to have opened in its time; it stays awaited unless it is `over`.
    async fn renew(&mut self, loopback_uri: &str, over: bool, served: &Served) -> Result<(), Ended> {
        if !over && let Some(oldest) = self.requests.make_room() {
            served.expected.send_replace(self.requests.expected(&self.attempt.link.companion));
            self.attempt.dismiss(&oldest, "the browser came late once too often").await;
        }
        let fresh = tokio::select! {
            () = self.cancelled.cancelled() => return Err(Outcome::Cancelled.into()),
            fresh = self.attempt.push(self.way, loopback_uri) => fresh?,
        };
        let unfinished = &self.attempt.unfinished;
        unfinished.add(fresh.id()).await;
        tracing::info!(sign_in.id = %self.requests.current.id(), renewed = %fresh.id(), "The browser came late and is given a fresh request");
        if over {
            unfinished.remove(std::mem::replace(&mut self.requests.current, fresh).id()).await;
        } else {
            self.requests.renew(fresh);
        }
        Ok(())
    }

    async fn conclude(&mut self, answered: Answered, served: Served, talk: &mut Talk) -> Ended {
        if answered.state().is_some_and(|state| !self.requests.answered(state)) {
            // It came while its request made room for another.
            return self.problem(ErrorCode::ReturnRefused).into();
        }
        let (attempt, id) = (self.attempt, self.requests.current.id());
        let outcome = match answered {
            Answered::Code(code) => return self.redeem(code, served, talk).await,
            Answered::Refused { error, code, .. } => {
                tracing::info!(sign_in.id = %id, error, "The browser came back without a code");
                self.answered_browser(served).await;
                refusal(&error, code, id.clone())
            }
            Answered::Reported(event) => {
                // The browser may still be on its way back, and whoever shows the attempt waits for it.
                self.glow(served, Some(talk.progress.clone()));
                reported(event, id.clone())
            }
            Answered::Unknown(error) => {
                self.glow(served, None);
                Outcome::of(&error, Some(id))
            }
            Answered::NoBrowser => {
                attempt.withdraw(id, "no browser").await;
                self.problem(ErrorCode::BrowserNotOpened)
            }
            Answered::Flooded => {
                attempt.withdraw(id, "too many stray requests").await;
                self.problem(ErrorCode::LoopbackFlooded)
            }
            Answered::Cancelled => {
                self.glow(served, None);
                attempt.end_unawaited(id).await
            }
            Answered::TimedOut => {
                self.glow(served, None);
                attempt.run_out(id).await
            }
            // Never the last word: see `run`.
            Answered::RequestSpent { .. } => Outcome::TimedOut,
        };
        outcome.into()
    }

    async fn redeem(&self, Code { code, launched, returned, .. }: Code, served: Served, talk: &mut Talk) -> Ended {
        let (redeemed, ()) = tokio::join!(self.requests.current.redeem(self.attempt, &code), self.answered_browser(served));
        let id = self.requests.current.id();
        let answer = match redeemed {
            Ok(answer) => answer,
            Err(error) if error.refusal().is_some_and(|refusal| refusal.letters.is_some()) => {
                match self.attempt.type_letters(self.requests.current.returned(code), talk, self.cancelled).await {
                    Ok(answer) => *answer,
                    Err(outcome) => return outcome.into(),
                }
            }
            Err(error) => return refused(&error, id).into(),
        };
        let timings = Timings {
            start_to_browser: launched.saturating_sub(self.started),
            browser_to_callback: returned.saturating_sub(launched),
            callback_to_session: self.now().saturating_sub(returned),
        };
        Brought { id: id.clone(), answer, timings, exchange: self.way }.into()
    }

    /// Until the browser that brought the answer has its own. By the scheme, the answer came past the listener.
    async fn answered_browser(&self, served: Served) {
        if self.way == Exchange::Scheme {
            drop(served.stop);
        }
        let _ = served.serving.await;
    }

    /// Leaves the listener to a browser that may still come: it is sent to the companion's page, which says what became of the attempt.
    fn glow(&self, served: Served, hold: Option<UnboundedSender<Progress>>) {
        let Served { serving, stop, .. } = served;
        let late = self.attempt.ports.clock.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = serving => {}
                () = late.sleep(AFTERGLOW) => {}
            }
            drop((stop, hold));
        });
    }

    fn problem(&self, code: ErrorCode) -> Outcome {
        Outcome::problem(code, Some(self.requests.current.id().clone()))
    }

    fn now(&self) -> Duration {
        self.attempt.ports.clock.elapsed()
    }
}
