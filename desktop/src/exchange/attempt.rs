//! One attempt, by whichever exchange: what all of them share.
//!
//! | file | what it does |
//! |---|---|
//! | `returning.rs` | the browser comes back to this workstation: loopback listener or private-use scheme |
//! | `letters.rs` | where the way back proves nothing: the letters of the page, typed here |
//! | `poller.rs` | the questions for the session, with the letters that are due |
//! | `../polling.rs` | the browser may be anywhere; the person proves to sit in front of this app |
//! | `report.rs` | the companion's parked report, which never yields a session |
//! | `outcome.rs` | how it goes and ends |

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;
use vestibule_model::exchange::Exchange;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;
use vestibule_model::{ErrorCode, Secret};

mod letters;
mod outcome;
mod poller;
mod report;
mod returning;

pub(crate) use outcome::is_of_this_host;
pub use outcome::{Ask, Outcome, Progress, SignedIn, Started, Timings};
pub(super) use outcome::{Brought, Ended, refusal, refused, reported, stage};
pub(super) use poller::{Poller, converse};
pub(super) use report::ReportEnd;

use super::scheme::Door;
use super::unfinished::Unfinished;
use crate::companion::{Cause, CompanionError};
use crate::link::Link;
use crate::ports::Ports;
use crate::random::token;
use crate::session::{Kept, ServiceSession};
use crate::settings::{EnrolmentToken, Road, Settings};
use crate::update;

/// No sign of the browser after that: the help unfolds.
pub const LAUNCH_HOP: Duration = Duration::from_secs(8);

/// How long a withdrawal may take before it is left to run out.
const WITHDRAWAL: Duration = Duration::from_secs(2);

/// How long the companion may take to say whether Pro Santé Connect answers: a second more than it waits for that itself.
const WHY: Duration = Duration::from_secs(5);

/// Why nobody waits for an attempt any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unawaited {
    /// She withdrew it.
    Cancelled,
    /// The time that was given is over.
    OutOfTime,
    /// Letters are due, and nobody can type them.
    InputClosed,
}

impl Unawaited {
    /// Why a sign-in is withdrawn, in the log.
    fn reason(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::OutOfTime => "timed out",
            Self::InputClosed => "input closed",
        }
    }
}

/// What the companion said to a withdrawal.
pub(super) enum Withdrawn {
    Agreed,
    /// It had ended already, for example.
    Refused,
    /// Nothing.
    Unheard {
        code: ErrorCode,
        cause: Option<Cause>,
    },
}

/// Where the companion cannot be told, it is not the person who did not come.
fn out_of_time(id: &SignInId, withdrawn: Withdrawn) -> Outcome {
    match withdrawn {
        Withdrawn::Agreed | Withdrawn::Refused => Outcome::TimedOut,
        Withdrawn::Unheard { code, cause } => Outcome::Problem { code, sign_in_id: Some(id.clone()), cause },
    }
}

/// A sign-in about to start.
#[derive(Debug)]
pub struct Attempt {
    /// Whom to ask, and with which key.
    pub link: Link,
    /// Where its session outlives this process.
    pub kept: Kept,
    /// Browser, clock, randomness.
    pub ports: Ports,
    /// What this workstation calls itself.
    pub device_label: String,
    /// What the companion's pages are read in.
    pub language: Language,
    /// What makes it a member of a group.
    pub enrolment_token: Option<EnrolmentToken>,
    /// What earlier runs left pending.
    pub unfinished: Unfinished,
    /// By which exchange.
    pub road: Road,
    /// Where the answer of a private-use scheme is brought; `None` where no window is there to receive it.
    pub door: Option<Arc<Door>>,
    /// Set before the attempt is cancelled, where it is not she who withdraws it.
    pub unawaited: Arc<OnceLock<Unawaited>>,
    /// Set once Pro Santé Connect has said who she is: what comes to nothing after that is not its doing.
    identified: OnceLock<()>,
}

/// The two ends of the conversation with whoever shows the attempt.
#[derive(Debug)]
pub struct Talk {
    /// How it goes. Closes when there is no more to do, which may be after the end: a browser may still be on its way.
    pub progress: UnboundedSender<Progress>,
    /// What the person asks for meanwhile.
    pub asks: UnboundedReceiver<Ask>,
}

impl Attempt {
    /// Whether there is something to show an address on, to be copied from.
    fn has_window(&self) -> bool {
        self.door.is_some()
    }

    /// Towards this companion, as this workstation.
    pub fn new(link: Link, kept: Kept, ports: Ports, settings: &Settings, road: Road, door: Option<Arc<Door>>) -> Self {
        let unfinished = Unfinished::in_folder(settings.paths.unfinished_sign_ins.clone(), ports.clock.clone());
        Self {
            link,
            kept,
            ports,
            device_label: settings.device_label.clone(),
            language: settings.language,
            enrolment_token: settings.enrolment_token.clone(),
            unfinished,
            road,
            door,
            unawaited: Arc::default(),
            identified: OnceLock::new(),
        }
    }

    /// Runs it to its end. Dropping the future closes every door; cancelling `cancelled` also tells the companion.
    ///
    /// An exchange that the companion does not open to this workstation gives way to the first one that it does, if the road allows it.
    pub async fn run(self, mut talk: Talk, cancelled: CancellationToken) -> Outcome {
        let started = self.ports.clock.elapsed();
        let mut tried = Vec::new();
        let mut way = self.road.first;
        if way == Exchange::Scheme && !self.scheme_works().await {
            return Outcome::problem(ErrorCode::ReturnSchemeUnregistered, None);
        }
        loop {
            let ended = match way {
                Exchange::Loopback | Exchange::Scheme => self.run_returning(way, started, &mut talk, &cancelled).await,
                Exchange::Polling => self.run_polling(started, &mut talk, &cancelled).await,
            };
            let open = match ended {
                Ended::For(outcome) => return outcome,
                Ended::Brought(brought) => return self.open(*brought, &cancelled).await,
                Ended::NotOpen { open } => open,
            };
            tried.push(way);
            way = match self.next(&open, &tried).await {
                Ok(next) => next,
                Err(code) => return Outcome::problem(code, None),
            };
            let tried = tried.iter().map(|way| way.name()).collect::<Vec<_>>().join(" ");
            tracing::info!(tried, exchange = way.name(), "The companion opens another exchange to this workstation");
        }
    }

    /// A session came, perhaps when nobody waited for it any more.
    async fn open(&self, Brought { id, answer, timings, exchange }: Brought, cancelled: &CancellationToken) -> Outcome {
        let outcome = match ServiceSession::begin(self.link.clone(), self.kept, answer, cancelled).await {
            Some((service, session)) => Outcome::SignedIn(Box::new(SignedIn { service, session, timings, exchange })),
            None => self.ended_unawaited(&id, Withdrawn::Agreed),
        };
        outcome.log(&id);
        outcome
    }

    /// The first exchange that the companion opens, the road allows and this workstation can do.
    async fn next(&self, open: &[Exchange], tried: &[Exchange]) -> Result<Exchange, ErrorCode> {
        let mut code = ErrorCode::ExchangeRefused;
        for exchange in open.iter().copied().filter(|exchange| self.road.others.contains(exchange) && !tried.contains(exchange)) {
            if exchange != Exchange::Scheme || self.scheme_works().await {
                return Ok(exchange);
            }
            code = ErrorCode::ReturnSchemeUnregistered;
        }
        Err(code)
    }

    /// Whether the system would bring an answer of the private-use scheme here.
    async fn scheme_works(&self) -> bool {
        match &self.door {
            Some(door) => self.ports.handlers.handler(door.scheme()).await.is_some(),
            None => false,
        }
    }

    /// Always asked anew: it also tells the time, which the proofs need after a long sleep of the machine.
    pub(super) async fn introduce(&self, progress: &UnboundedSender<Progress>) -> Result<(), Ended> {
        let metadata = self.link.companion.metadata().await.map_err(|error| Outcome::of(&error, None))?;
        let wanted = update::wanted(&metadata).filter(|wanted| wanted.required);
        let _ = progress.send(Progress::Companion(Box::new(metadata)));
        match wanted {
            Some(wanted) => {
                tracing::error!(error.code = %ErrorCode::AppOutdated, version = wanted.version, "A later version of the app is required");
                Err(Ended::problem(ErrorCode::AppOutdated, None))
            }
            None => Ok(()),
        }
    }

    /// Starts at the companion, after withdrawing what earlier runs left behind when it says that there are too many.
    pub(super) async fn start<T, F>(&self, start: impl Fn() -> F) -> Result<T, Ended>
    where
        F: Future<Output = Result<T, CompanionError>>,
    {
        let outcome = match start().await {
            Err(error) if error.code() == ErrorCode::TooManyRequests && self.withdraw_unfinished().await => start().await,
            outcome => outcome,
        };
        outcome.map_err(|error| match error.refusal() {
            Some(refusal) if refusal.code == ErrorCode::ExchangeRefused => Ended::NotOpen { open: refusal.exchanges.clone() },
            _ => Outcome::of(&error, None).into(),
        })
    }

    pub(super) fn label(&self) -> Option<String> {
        (!self.device_label.is_empty()).then(|| self.device_label.clone())
    }

    pub(super) fn enrolment(&self) -> Option<Secret> {
        self.enrolment_token.as_ref().map(EnrolmentToken::secret)
    }

    pub(super) fn secret(&self) -> Result<SecretString, Ended> {
        token(self.ports.random.as_ref()).map_err(|_| Ended::problem(ErrorCode::AppFault, None))
    }

    /// Withdraws what earlier runs left behind; `false` when there was nothing.
    async fn withdraw_unfinished(&self) -> bool {
        let left = self.unfinished.abandoned().await;
        for id in &left {
            self.withdraw(id, "left unfinished by an earlier run").await;
            self.unfinished.remove(id).await;
        }
        !left.is_empty()
    }

    /// Tells the companion that nobody waits any more, and the log why.
    pub(super) async fn withdraw(&self, id: &SignInId, reason: &'static str) -> Withdrawn {
        let withdrawn = tokio::select! {
            told = self.link.companion.cancel(id) => match told {
                Ok(()) => Withdrawn::Agreed,
                Err(error) if error.is_answer() => Withdrawn::Refused,
                Err(error) => Withdrawn::Unheard { code: error.code(), cause: error.cause() },
            },
            () = self.ports.clock.sleep(WITHDRAWAL) => {
                Withdrawn::Unheard { code: ErrorCode::CompanionUnreachable, cause: Some(Cause::NoAnswer) }
            }
        };
        tracing::info!(sign_in.id = %id, reason, told = matches!(withdrawn, Withdrawn::Agreed), "The sign-in was withdrawn");
        withdrawn
    }

    /// What was on its way when she withdrew.
    pub(super) async fn last_word<T>(&self, conversation: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            polled = conversation => Some(polled),
            () = self.ports.clock.sleep(WITHDRAWAL) => None,
        }
    }

    /// Nothing came in time.
    pub(super) async fn run_out(&self, id: &SignInId) -> Outcome {
        out_of_time(id, self.withdraw(id, Unawaited::OutOfTime.reason()).await)
    }

    /// It is not the fault of her browser where Pro Santé Connect answers nobody: the companion is asked once.
    pub(super) async fn explained(&self, ended: Ended, id: &SignInId) -> Ended {
        if !matches!(ended, Ended::For(Outcome::TimedOut)) || self.identified.get().is_some() {
            return ended;
        }
        let rules = self.link.companion.workstation_rules(self.enrolment_token.as_ref());
        let told = tokio::select! {
            told = rules => told,
            () = self.ports.clock.sleep(WHY) => return ended,
        };
        match told {
            Ok(rules) => match rules.psc_trouble() {
                Some(code) => Ended::problem(code, Some(id.clone())),
                None => ended,
            },
            Err(error) => {
                tracing::debug!(sign_in.id = %id, error.code = %error.code(), %error, "Whether the provider answers is not known");
                ended
            }
        }
    }

    /// Nobody waits any more.
    pub(super) async fn end_unawaited(&self, id: &SignInId) -> Outcome {
        self.ended_unawaited(id, self.withdraw_unawaited(id).await)
    }

    pub(super) async fn withdraw_unawaited(&self, id: &SignInId) -> Withdrawn {
        self.withdraw(id, self.unawaited().reason()).await
    }

    pub(super) fn ended_unawaited(&self, id: &SignInId, withdrawn: Withdrawn) -> Outcome {
        match self.unawaited() {
            Unawaited::Cancelled => Outcome::Cancelled,
            Unawaited::OutOfTime => out_of_time(id, withdrawn),
            Unawaited::InputClosed => Outcome::problem(ErrorCode::InputClosed, Some(id.clone())),
        }
    }

    /// The same before the companion knew of it: it was asked, and did not answer in the time that was given.
    pub(super) fn end_unanswered(&self) -> Outcome {
        match self.unawaited() {
            Unawaited::Cancelled => Outcome::Cancelled,
            Unawaited::OutOfTime => {
                let cause = Some(Cause::NoAnswer);
                Outcome::Problem { code: ErrorCode::CompanionUnreachable, sign_in_id: None, cause }
            }
            Unawaited::InputClosed => Outcome::problem(ErrorCode::InputClosed, None),
        }
    }

    fn unawaited(&self) -> Unawaited {
        self.unawaited.get().copied().unwrap_or(Unawaited::Cancelled)
    }
}
