//! Signing in.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vestibule_model::exchange::Exchange;
use vestibule_model::view::{CodeView, PictureView, SignInNotice, WaitingStage, WaitingView};

use super::Core;
use crate::engine::state::{Attempting, Hidden, State, problem};
use crate::engine::tasks;
use crate::exchange::attempt::is_of_this_host;
use crate::exchange::polling::letters;
use crate::exchange::{Ask, Attempt, Outcome, Progress, SignedIn, Started};
use crate::qr_code;
use crate::session::Kept;
use crate::settings::Road;

/// What the window can do, in its own order; the companion's counts.
const ALL: [Exchange; 3] = [Exchange::Loopback, Exchange::Scheme, Exchange::Polling];

impl Core {
    /// As the policy has it; where it leaves the choice, as it last worked in this run.
    pub(super) fn attempt(&mut self) {
        let road = match self.settings.exchange.only() {
            Some(exchange) => Road::only(exchange),
            None => Road::starting_with(self.last_exchange.unwrap_or(Exchange::Loopback), &ALL),
        };
        self.attempt_by(road);
    }

    pub(super) fn attempt_by(&mut self, road: Road) {
        let Some(link) = self.link.clone() else { return };
        self.number += 1;
        let exchange = road.first;
        let mut attempt = Attempt::new(link, Kept::OnPersonalPosts, self.ports.clone(), &self.settings, road, Some(self.door.clone()));
        attempt.language = self.language;
        let cancel = CancellationToken::new();
        let (asks_in, asks) = mpsc::unbounded_channel();
        let untold = self.behind.as_ref().and_then(Hidden::untold);
        let task = self.spawn(tasks::attempt((attempt, untold), asks, cancel.clone(), self.found.of(self.number)));
        self.state = State::Attempting(Attempting {
            exchange,
            other_browser: self.settings.exchange.only().is_none() && exchange != Exchange::Polling,
            waiting: None,
            code: None,
            match_number: String::new(),
            asks: asks_in,
            cancel,
            task,
        });
    }

    /// The same page while nobody opened it and it can still be opened; else never a second use of an address: withdraw and start anew.
    pub(super) fn reopen(&mut self) {
        let now_ms = self.ports.clock.unix_ms();
        let State::Attempting(attempting) = &self.state else { return };
        // The launch address of our own listener is good as long as the attempt.
        let unopened = attempting.waiting.as_ref().is_some_and(|waiting| {
            waiting.stage == WaitingStage::BrowserAsked && waiting.link_ends_at_ms.is_none_or(|ends_at_ms| now_ms < ends_at_ms)
        });
        if unopened && attempting.asks.send(Ask::OpenAgain).is_ok() {
            return;
        }
        attempting.cancel.cancel();
        let road = match attempting.exchange {
            // She may have chosen it for this once: it stays as it is.
            Exchange::Polling => Road::only(Exchange::Polling),
            first @ (Exchange::Loopback | Exchange::Scheme) => match self.settings.exchange.only() {
                Some(only) => Road::only(only),
                None => Road::starting_with(first, &ALL),
            },
        };
        self.attempt_by(road);
    }

    /// Letters that cannot be a code cost no try: they never leave.
    pub(super) fn confirm(&mut self, typed: SecretString) {
        let State::Attempting(Attempting { code: Some(code), asks, .. }) = &mut self.state else { return };
        if code.checking {
            return;
        }
        match letters(typed.expose_secret()) {
            Some(letters) => {
                code.checking = asks.send(Ask::Letters(letters)).is_ok();
                code.last_refused = false;
            }
            None => code.last_refused = true,
        }
    }

    /// An argument of a second instance. Only the answer that an attempt waits for brings the window to the front.
    pub(super) fn returned(&mut self, argument: &SecretString) {
        if self.door.offer(argument.expose_secret()) {
            self.signals.raise.send_modify(|count| *count += 1);
        }
    }

    pub(super) fn progressed(&mut self, step: Progress) {
        if let Progress::Companion(metadata) = step {
            self.introduced(&metadata);
            return;
        }
        let now_ms = self.ports.clock.unix_ms();
        let auto = self.settings.exchange.only().is_none();
        let State::Attempting(attempting) = &mut self.state else { return };
        match (step, &mut attempting.waiting) {
            (Progress::Started(started), _) => begin(attempting, *started, auto, now_ms),
            (Progress::Stage(stage), Some(waiting)) => {
                waiting.stage = stage;
                waiting.browser_missing = false;
                // Two digits, only while the page shows them too; while polling, she picks them there among others.
                let shown = stage == WaitingStage::Confirming || waiting.exchange == Exchange::Polling;
                waiting.match_number = shown.then(|| attempting.match_number.clone());
            }
            (Progress::NumberAsked, Some(waiting)) => waiting.picks_number = true,
            (Progress::NotOpened(destination), Some(waiting)) if waiting.stage == WaitingStage::BrowserAsked => {
                waiting.browser_missing = true;
                waiting.link = Some(destination.as_str().to_owned());
                waiting.link_ends_at_ms = Some(waiting.ends_at_ms);
            }
            (Progress::BrowserMissing, Some(waiting)) => waiting.browser_missing = waiting.stage == WaitingStage::BrowserAsked,
            (Progress::LettersDue { tries_left, ends_in, refused }, Some(waiting)) => {
                let first = attempting.code.is_none();
                attempting.code = Some(CodeView {
                    sign_in_id: waiting.sign_in_id.clone(),
                    ends_at_ms: after(now_ms, ends_in),
                    tries_left,
                    last_refused: refused,
                    checking: false,
                });
                if first {
                    // She is in the browser, and what is to be done next is here.
                    self.signals.raise.send_modify(|count| *count += 1);
                }
            }
            (Progress::CheckingLetters, _) => {
                if let Some(code) = &mut attempting.code {
                    code.checking = true;
                }
            }
            (
                Progress::Companion(_)
                | Progress::Stage(_)
                | Progress::NumberAsked
                | Progress::BrowserMissing
                | Progress::NotOpened(_)
                | Progress::LettersDue { .. },
                _,
            ) => {}
        }
    }

    pub(super) fn attempt_ended(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Cancelled => self.rest(Some(SignInNotice::Cancelled)),
            Outcome::Declined => self.rest(Some(SignInNotice::Declined)),
            Outcome::TimedOut => self.rest(Some(SignInNotice::TimedOut)),
            Outcome::Problem { code, sign_in_id, .. } => {
                let other_browser = matches!(&self.state, State::Attempting(attempting) if attempting.other_browser);
                let mut problem = problem(code, sign_in_id.map(|id| id.0));
                problem.can_use_another_browser = other_browser && is_of_this_host(code);
                self.number += 1;
                self.state = State::Problem(problem);
            }
            Outcome::SignedIn(signed_in) => {
                let SignedIn { service, session, exchange, .. } = *signed_in;
                self.last_exchange = Some(exchange);
                self.live((service, session));
                self.signals.raise.send_modify(|count| *count += 1);
            }
        }
    }
}

/// The companion knows of the attempt.
fn begin(attempting: &mut Attempting, started: Started, auto: bool, now_ms: u64) {
    let polling = started.exchange == Exchange::Polling;
    attempting.exchange = started.exchange;
    attempting.other_browser = auto && !polling && started.exchanges.contains(&Exchange::Polling);
    attempting.match_number = started.match_number;
    let link = started.link.map(|page| page.as_str().to_owned());
    attempting.waiting = Some(WaitingView {
        sign_in_id: started.sign_in_id.0,
        ends_at_ms: after(now_ms, started.ends_in),
        stage: WaitingStage::BrowserAsked,
        match_number: polling.then(|| attempting.match_number.clone()),
        picks_number: polling,
        browser_missing: false,
        exchange: started.exchange,
        link_ends_at_ms: link.is_some().then(|| after(now_ms, started.link_ends_in)),
        link_picture: link.as_deref().filter(|_| polling).and_then(picture),
        link,
        can_use_another_browser: attempting.other_browser,
    });
}

fn picture(address: &str) -> Option<PictureView> {
    qr_code::Picture::of(address).map(|picture| PictureView { side: picture.side(), path: picture.path() })
}

fn after(now_ms: u64, duration: Duration) -> u64 {
    now_ms.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
