//! What runs beside the engine's task. Each piece of work sends what it found and keeps no state.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;
use vestibule_model::exchange::{SignOutAnswer, SignOutReason};
use vestibule_model::language::Language;
use vestibule_model::view::SignInNotice;
use vestibule_model::{ErrorCode, Secret};

use crate::activity::PACE;
use crate::card::CardWatch;
use crate::clock::{Clock, WallAhead};
use crate::exchange::hop::{SignOutPage, send_browser};
use crate::exchange::{Ask, Attempt, Outcome, Talk};
use crate::link::{Link, Patience};
use crate::ports::Ports;
use crate::session::{self, CallError, Kept, ResumeError, ServiceSession, Settled, Settling, SignOutError};
use crate::settings::{EnrolmentToken, Settings};
use crate::workstation_input::News;

use super::events::{Events, Happening, OwnAnswer, OwnAsked};
use super::warning::Near;

/// A person may take her time to unlock the keyring. Once it is said to be slow, she may go on without it.
const KEYRING: Patience = Patience { longest: Duration::from_secs(60), slow: Duration::from_secs(3) };

/// `without` says that the person goes on without the keyring.
pub(super) async fn link(settings: Settings, ports: Ports, without: CancellationToken, events: Events) {
    let linked = Link::open(&settings, &ports, KEYRING, &without, || events.send(Happening::KeyringSlow)).await.map_err(|error| {
        tracing::error!(error.code = %error.code(), %error, "Nothing speaks to the companion");
        error.code()
    });
    events.send(Happening::Linked(linked));
}

/// Asks who the companion is until it answers: name and environment belong on the first screen, and whether this workstation is shared.
pub(super) async fn introduce(link: Link, enrolment_token: Option<EnrolmentToken>, events: Events) {
    let mut pause = Duration::from_secs(2);
    loop {
        match link.companion.metadata().await {
            Ok(metadata) => {
                events.send(Happening::Companion(Box::new(metadata)));
                break;
            }
            Err(error) if error.is_passing() => {
                tracing::warn!(error.code = %error.code(), %error, "The companion does not answer yet");
                link.clock.sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(30));
            }
            Err(error) => {
                tracing::error!(error.code = %error.code(), %error, "This is not the companion that was set");
                return;
            }
        }
    }
    match link.companion.workstation_rules(enrolment_token.as_ref()).await {
        Ok(rules) => rules.shared_workstation.into_iter().for_each(|shared| events.send(Happening::WorkstationShared(shared))),
        // A sign-in meets the same and tells it; until then, what the last one said holds.
        Err(error) => tracing::debug!(error.code = %error.code(), %error, "The companion does not say whether this workstation is shared"),
    }
}

pub(super) async fn resume(link: Link, events: Events) {
    let resumed = match ServiceSession::resume(link, Kept::OnPersonalPosts).await {
        Ok(resumed) => Ok(resumed),
        // The window says that it remembers nothing, and she signs in.
        Err(ResumeError::Keyring(_) | ResumeError::Over(_)) => Ok(None),
        // Its person signs in again, and that takes its place.
        Err(ResumeError::Companion(error)) if error.code() == ErrorCode::SessionLocked => Ok(None),
        Err(ResumeError::Companion(error)) => Err(error),
    };
    events.send(Happening::Resumed(resumed));
}

/// `untold`: a session whose lock the companion has not taken yet. It is told first, or whoever comes next would be let in by the session that
/// Pro Santé Connect keeps in the browser, without a word.
pub(super) async fn attempt(
    (attempt, untold): (Attempt, Option<Arc<ServiceSession>>),
    asks: UnboundedReceiver<Ask>,
    cancel: CancellationToken,
    events: Events,
) {
    if let Some(hidden) = untold {
        let told = tokio::select! {
            biased;
            () = cancel.cancelled() => return events.send(Happening::AttemptEnded(Outcome::Cancelled)),
            told = lock_now(&hidden) => told,
        };
        if let Err(CallError::Companion(error)) = told
            && error.code() != ErrorCode::SessionLocked
        {
            tracing::warn!(sign_in.id = %hidden.thread(), error.code = %error.code(), %error, "No sign-in begins before the lock is told");
            let (code, cause) = (error.code(), error.cause());
            return events.send(Happening::AttemptEnded(Outcome::Problem { code, sign_in_id: None, cause }));
        }
    }
    let (progress_in, mut progress) = mpsc::unbounded_channel();
    let mut run = std::pin::pin!(attempt.run(Talk { progress: progress_in, asks }, cancel));
    let outcome = loop {
        tokio::select! {
            biased;
            Some(step) = progress.recv() => {
                events.send(Happening::Progress(step));
            }
            outcome = &mut run => break outcome,
        }
    };
    events.send(Happening::AttemptEnded(outcome));
}

/// Tries in vain after which an absence is told: one may be the network that wakes up.
const AWAY_AFTER: u32 = 2;

/// Parks at the companion as long as the session lives.
pub(super) async fn watch(service: Arc<ServiceSession>, clock: Arc<dyn Clock>, events: Events) {
    let mut version = None;
    let mut pause = Duration::from_secs(1);
    let mut failures = 0_u32;
    loop {
        let asked = clock.elapsed();
        // Before the call, or an input during it would be missed.
        let input = service.next_input();
        // After a failure, at once: whether it is there again must not wait for the next change.
        let after = version.filter(|_| failures == 0);
        match service.event(after).await {
            Ok(event) => {
                pause = Duration::from_secs(1);
                if std::mem::take(&mut failures) >= AWAY_AFTER {
                    events.send(Happening::Reached(true));
                }
                let ended = event.ended.is_some();
                let fresh = version != Some(event.version);
                version = Some(event.version);
                if fresh || ended {
                    events.send(Happening::Session(event));
                } else if clock.elapsed().saturating_sub(asked) < pause {
                    // Something between us and the companion does not let it hold its answer.
                    clock.sleep(pause).await;
                }
                if ended {
                    return;
                }
            }
            Err(CallError::Over(reason)) => {
                events.send(Happening::SessionOver(reason));
                return;
            }
            Err(CallError::NoInput) => input.await,
            // Nothing more is told of it but its end, by the clock.
            Err(CallError::Companion(error)) if error.code() == ErrorCode::SessionLocked => {
                events.send(Happening::Locked);
                return;
            }
            Err(CallError::Companion(error)) => {
                tracing::warn!(sign_in.id = %service.thread(), error.code = %error.code(), %error, "The session's report is out of reach");
                // Who limits how often it is asked is there.
                failures += u32::from(error.code() != ErrorCode::TooManyRequests);
                // Each time: another call may have found it in between.
                if failures >= AWAY_AFTER {
                    events.send(Happening::Reached(false));
                }
                clock.sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(15));
            }
        }
    }
}

/// Asks once a minute whether she typed elsewhere.
pub(super) async fn watch_input(news: Arc<News>, clock: Arc<dyn Clock>, events: Events) {
    loop {
        clock.sleep(PACE).await;
        if let Some(since_input) = news.last().await {
            events.send(Happening::InputElsewhere(since_input));
        }
    }
}

/// How often that is asked when the end for lack of activity is near.
const NEAR: Duration = Duration::from_secs(5);

/// Comes back once she is to be warned: not while she types elsewhere, which puts the end off.
pub(super) async fn until_warning(wait: Duration, near: Near, news: Option<Arc<News>>, clock: Arc<dyn Clock>, events: Events) {
    clock.sleep(wait).await;
    if let (Near::Idle, Some(news)) = (near, news) {
        loop {
            match news.last().await {
                Some(since_input) => events.send(Happening::InputElsewhere(since_input)),
                // Said to the minute's question a moment ago: the companion is being told.
                None if news.is_newer_than(2 * NEAR) => {}
                None => break,
            }
            clock.sleep(NEAR).await;
        }
    }
    events.send(Happening::EndNear(near));
}

/// After the warning: to go on working is an answer to it.
pub(super) async fn watch_input_closely(news: Arc<News>, clock: Arc<dyn Clock>, events: Events) {
    loop {
        clock.sleep(NEAR).await;
        if let Some(since_input) = news.last().await {
            events.send(Happening::InputElsewhere(since_input));
        }
    }
}

pub(super) async fn report_activity(service: Arc<ServiceSession>, since_input: Duration, events: Events) {
    match service.report_activity(since_input).await {
        Ok(clocks) => {
            events.send(Happening::Clocks(clocks));
        }
        Err(CallError::NoInput) => {}
        Err(CallError::Over(reason)) => {
            events.send(Happening::SessionOver(reason));
        }
        Err(CallError::Companion(error)) if error.code() == ErrorCode::SessionLocked => events.send(Happening::Locked),
        Err(CallError::Companion(error)) => {
            tracing::warn!(sign_in.id = %service.thread(), error.code = %error.code(), %error, "Activity could not be told");
            events.send(Happening::ActivityUntold);
        }
    }
}

/// Tells that the wall clock was set, so that nobody reads for long that an end is hours away, or past. Whatever else happens looks too.
pub(super) async fn watch_wall_clock(mut ahead: WallAhead, clock: Arc<dyn Clock>, events: Events) {
    loop {
        clock.disturbed().await;
        if ahead.moved(clock.as_ref()).is_some() {
            events.send(Happening::WallClockSet);
        }
    }
}

/// Ends those that she says, then asks for all of them again: others may have come or gone meanwhile.
pub(super) async fn own_sessions(service: Arc<ServiceSession>, asked: OwnAsked, events: Events) {
    let ended = match &asked {
        OwnAsked::List => Ok(None),
        OwnAsked::One(id) => service.end_session(id).await.map(|()| Some(1)),
        OwnAsked::Others | OwnAsked::All => service.end_other_sessions().await.map(Some),
    };
    let goes_on = match &ended {
        Ok(_) => asked != OwnAsked::All,
        // It was over already: what she saw is old.
        Err(error) => error.code() == ErrorCode::SessionNotOpen,
    };
    let sessions = if goes_on { Some(service.own_sessions().await) } else { None };
    events.send(Happening::Own(OwnAnswer { asked, ended, sessions }));
}

/// Tells the readers as they change.
pub(super) async fn watch_cards(mut watch: CardWatch, events: Events) {
    loop {
        events.send(Happening::Cards(watch.next().await));
    }
}

/// The task that tells it may have used the input that this call brings.
async fn lock_now(service: &ServiceSession) -> Result<(), CallError> {
    loop {
        match service.lock().await {
            Err(CallError::NoInput) => {}
            told => return told,
        }
    }
}

/// Tells the companion, until it knows: here, everything is hidden already.
pub(super) async fn lock(service: Arc<ServiceSession>, clock: Arc<dyn Clock>, events: Events) {
    let mut pause = Duration::from_secs(1);
    loop {
        match service.lock().await {
            Ok(()) => return tracing::info!(sign_in.id = %service.thread(), "The companion gives nothing of the session any more"),
            Err(CallError::Over(reason)) => return events.send(Happening::SessionOver(reason)),
            Err(CallError::Companion(error)) if error.code() == ErrorCode::SessionLocked => return,
            Err(error) => {
                tracing::warn!(sign_in.id = %service.thread(), error.code = %error.code(), %error, "The session is locked here alone");
                clock.sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(15));
            }
        }
    }
}

/// Ends the service session only: Pro Santé Connect is left alone (EXI 32, RECO 06).
pub(super) async fn end(service: &ServiceSession) {
    let id = service.thread();
    match service.end().await {
        Ok(()) => tracing::info!(sign_in.id = %id, "The service session is closed"),
        Err(error) => tracing::warn!(sign_in.id = %id, error.code = %error.code(), %error, "The service session runs out by itself"),
    }
}

/// Signs out and says what became of Pro Santé Connect's session. Here it is over in any case.
pub(super) async fn sign_out(
    (service, reason): (Arc<ServiceSession>, Option<SignOutReason>),
    (link, language): (Link, Language),
    ports: Ports,
    events: Events,
) {
    let notice = match service.sign_out(reason).await {
        Ok(SignOutAnswer::Ended) => SignInNotice::SignedOutEverywhere,
        Ok(SignOutAnswer::BrowserNeeded { browser_url }) => {
            finish_in_browser((&link, language), &ports, &browser_url, SignInNotice::SignedOutBrowserFinishes).await
        }
        Ok(SignOutAnswer::Unknown { browser_url }) => {
            finish_in_browser((&link, language), &ports, &browser_url, SignInNotice::SignedOutBrowserMakesSure).await
        }
        Err(SignOutError::Later(error)) => {
            let (id, code) = (service.thread(), error.code());
            tracing::warn!(sign_in.id = %id, error.code = %code, %error, "Signed out here; the companion will be told as soon as it answers");
            SignInNotice::SignedOutLater
        }
        Err(SignOutError::Lost(error)) => {
            tracing::warn!(sign_in.id = %service.thread(), error.code = %error.code(), %error, "Signed out here only");
            SignInNotice::SignedOutServiceOnly
        }
    };
    tracing::info!(sign_in.id = %service.thread(), notice = notice.name(), "Signed out");
    events.send(Happening::SignedOut(notice));
}

/// Tries until the sign-outs that are owed are sent, or came too late. Of several, the one that leaves most to do is told.
pub(super) async fn settle((link, language): (Link, Language), ports: Ports, hurry: Arc<Notify>, events: Events) {
    let mut pause = Duration::from_secs(5);
    let mut notices = Vec::new();
    loop {
        let Settling { settled, away } = session::settle(&link, std::future::pending()).await;
        for one in settled {
            notices.push(settled_notice(one, (&link, language), &ports).await);
        }
        let Some(error) = away else { break };
        tracing::warn!(error.code = %error.code(), %error, "A sign-out is still owed");
        events.send(Happening::Owing);
        tokio::select! {
            () = ports.clock.sleep(pause) => pause = (pause * 2).min(Duration::from_secs(60)),
            () = hurry.notified() => {}
        }
    }
    events.send(Happening::Settled(notices.into_iter().max_by_key(|notice| left_to_do(*notice))));
}

async fn settled_notice(settled: Settled, (link, language): (&Link, Language), ports: &Ports) -> SignInNotice {
    match settled {
        Settled::Sent(SignOutAnswer::Ended) => SignInNotice::EarlierSignOutDone,
        Settled::Sent(SignOutAnswer::BrowserNeeded { browser_url }) => {
            finish_in_browser((link, language), ports, &browser_url, SignInNotice::SignedOutBrowserFinishes).await
        }
        Settled::Sent(SignOutAnswer::Unknown { browser_url }) => {
            finish_in_browser((link, language), ports, &browser_url, SignInNotice::SignedOutBrowserMakesSure).await
        }
        Settled::SentBefore => SignInNotice::SignedOutServiceOnly,
        Settled::TooLate => SignInNotice::EarlierSignOutLost,
    }
}

/// How much is left to the person after what a notice says.
fn left_to_do(notice: SignInNotice) -> u8 {
    match notice {
        SignInNotice::EarlierSignOutLost | SignInNotice::CardRemoved => 3,
        SignInNotice::SignedOutServiceOnly => 2,
        SignInNotice::SignedOutBrowserFinishes | SignInNotice::SignedOutBrowserMakesSure => 1,
        SignInNotice::EarlierSignOutDone
        | SignInNotice::SignedOutEverywhere
        | SignInNotice::SignedOutLater
        | SignInNotice::Cancelled
        | SignInNotice::Declined
        | SignInNotice::TimedOut => 0,
    }
}

async fn finish_in_browser((link, language): (&Link, Language), ports: &Ports, address: &Secret, sent: SignInNotice) -> SignInNotice {
    let Some(page) = SignOutPage::of(&link.companion.address("/"), address.expose(), language) else {
        tracing::error!("The companion named a sign-out page that is not its own");
        return SignInNotice::SignedOutServiceOnly;
    };
    match send_browser(ports, page).await {
        Ok(_) => sent,
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "No browser finishes the sign-out");
            SignInNotice::SignedOutServiceOnly
        }
    }
}
