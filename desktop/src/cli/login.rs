//! `vestibule login`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;
use vestibule_model::Session;
use vestibule_model::exchange::Exchange;
use vestibule_model::language::Language;
use vestibule_model::practitioner::SituationId;

use super::arguments::Login;
use super::session::{PscSession, settle_earlier};
use super::unkept::{Unkept, announcement, closed};
use super::{DONE, KEYRING, Output, REFUSED, Stop, Typing, Workstation, aside, print};
use crate::browser::{Browser, BrowserNotOpened, Destination, Launcher};
use crate::exchange::attempt::{Unawaited, is_of_this_host};
use crate::exchange::{Attempt, Outcome, SignedIn, Talk, Timings};
use crate::ports::Ports;
use crate::session::{Kept, ServiceSession};
use crate::settings::{ExchangeChoice, Road, Settings};
use crate::words::{self, Words};

mod conversation;

use conversation::{Conversation, Offered, Said};

/// How long a browser may still be on its way when the companion already told the end.
const LANDING: Duration = Duration::from_secs(3);

/// Shows the address instead of opening it.
#[derive(Debug)]
struct Announced(mpsc::UnboundedSender<String>);

#[async_trait]
impl Browser for Announced {
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened> {
        // The page of the polling exchange is shown whatever opens it.
        if !destination.is_launch() {
            return Ok(());
        }
        self.0.send(destination.as_str().to_owned()).map_err(|_| BrowserNotOpened(std::io::Error::other("nobody reads the address")))
    }

    async fn launcher(&self) -> Launcher {
        Launcher::Missing
    }
}

/// By which exchange where a picture is asked for: another machine reaches no listener of this one.
fn pictured(asked: Option<ExchangeChoice>, policy: ExchangeChoice, words: &dyn Words) -> Result<Road, Stop> {
    let polls = |choice: ExchangeChoice| choice.only().is_none_or(|only| only == Exchange::Polling);
    if !polls(policy) {
        return Err(Stop::misused(words.picture_leads_nowhere_by_policy(policy.name())));
    }
    match asked {
        Some(asked) if !polls(asked) => Err(Stop::misused(words.picture_leads_nowhere(asked.name()))),
        Some(_) | None => Ok(Road::only(Exchange::Polling)),
    }
}

/// By which exchange: the policy first, then what was asked for.
fn road(asked: Option<ExchangeChoice>, policy: ExchangeChoice, words: &dyn Words) -> Result<Road, Stop> {
    let asked = asked.unwrap_or(policy);
    if policy.only().is_some_and(|only| asked.only() != Some(only)) {
        return Err(Stop::misused(words.exchange_fixed(policy.name())));
    }
    match asked.only() {
        // The system brings such an answer to the window's program, never to a terminal.
        Some(Exchange::Scheme) => Err(Stop::misused(window_only(policy, words))),
        Some(only) => Ok(Road::only(only)),
        None => Ok(Road::starting_with(Exchange::Loopback, &[Exchange::Loopback, Exchange::Polling])),
    }
}

/// What else is possible, as far as the policy allows it.
fn window_only(policy: ExchangeChoice, words: &dyn Words) -> String {
    match policy.only() {
        None => words.window_only(),
        Some(_) => words.window_only_by_policy(),
    }
}

pub(super) async fn login(asked: Login, settings: Settings, mut ports: Ports, typing: Typing, mut output: Output<'_>) -> Result<u8, Stop> {
    let words = words::of(settings.language);
    let canvas = match asked.qr.then(|| ports.standard_output.canvas()) {
        Some(None) => return Err(Stop::misused(words.picture_unseen().to_owned())),
        Some(canvas) => canvas,
        None => None,
    };
    let road = if asked.qr { pictured } else { road }(asked.exchange, settings.exchange, words)?;
    let cancelled_here = ("cancelled", words.cancelled());
    let (addresses_in, mut addresses) = mpsc::unbounded_channel();
    // The page of a picture opens once: a browser of this workstation would take it.
    if asked.no_browser || asked.qr {
        ports.browser = Arc::new(Announced(addresses_in));
    }
    let (limit, clock) = (Duration::from_secs(asked.timeout), ports.clock.clone());
    // Whoever gave the time counts from here, whatever comes before the person's turn.
    let end = clock.elapsed() + limit;
    let interruption = ports.interruption.clone();
    // One for the whole command: a new one in each round would miss the signal that came while a line was written.
    let mut interrupted = std::pin::pin!(interruption.comes());
    let (asks_in, asks) = mpsc::unbounded_channel();
    let other_browser = road.others.contains(&Exchange::Polling);
    let mut conversation = Conversation::new(typing, asks_in, Offered { other_browser, picture_on: canvas }, words);
    let workstation = tokio::select! {
        biased;
        () = &mut interrupted => return no_session(cancelled_here, &conversation, None, (asked.json, words), output),
        workstation = Workstation::open(&settings, ports, KEYRING.min(limit / 2), output.err) => workstation?,
    };
    // Before: Pro Santé Connect would bring the last person back without a word.
    let earlier = tokio::select! {
        biased;
        () = &mut interrupted => return no_session(cancelled_here, &conversation, None, (asked.json, words), output),
        earlier = settle_earlier(&workstation, &mut output, limit / 2) => earlier,
    };
    let owed = earlier == Some(PscSession::Later);
    if let Some(code) = workstation.link.device.kept_back() {
        aside(output.err, &announcement(code, settings.language));
    }
    let attempt = Attempt::new(workstation.link.clone(), Kept::Always, workstation.ports.clone(), &settings, road, None);
    let unawaited = attempt.unawaited.clone();
    let (progress_in, mut progress) = mpsc::unbounded_channel();
    let cancelled = CancellationToken::new();
    let mut outcome = std::pin::pin!(attempt.run(Talk { progress: progress_in, asks }, cancelled.clone()));
    let mut late = clock.sleep(end.saturating_sub(clock.elapsed()));
    let outcome = loop {
        tokio::select! {
            outcome = &mut outcome => break outcome,
            Some(address) = addresses.recv() => aside(output.err, &format!("{}\n{address}", words.open_here())),
            // What is on its way to an end asks nobody for anything any more.
            Some(step) = progress.recv(), if !cancelled.is_cancelled() => {
                for line in conversation.told(&step) {
                    aside(output.err, &line);
                }
            }
            said = conversation.hears() => match said {
                Said::Letters => {}
                Said::Slip(line) => aside(output.err, line),
                Said::Nobody => {
                    unawaited.get_or_init(|| Unawaited::InputClosed);
                    cancelled.cancel();
                }
            },
            () = &mut late, if !cancelled.is_cancelled() => {
                conversation.log_time_over(asked.timeout);
                unawaited.get_or_init(|| Unawaited::OutOfTime);
                cancelled.cancel();
            }
            () = &mut interrupted, if !cancelled.is_cancelled() => {
                conversation.log_interrupted();
                cancelled.cancel();
            }
        }
    };
    // This process is the listener: it stays until the browser has landed.
    tokio::select! {
        // Its thread may have been on its way when the end came.
        () = async { while let Some(step) = progress.recv().await { drop(conversation.told(&step)); } } => {}
        () = clock.sleep(LANDING) => {}
    }
    let too_late = if conversation.asked_for_letters() { words.letters_too_late() } else { words.nobody_came_back() };
    let end = match outcome {
        Outcome::SignedIn(signed_in) => return signed_in_to(*signed_in, asked, owed, &workstation, output).await,
        Outcome::TimedOut => ("timed_out", too_late),
        Outcome::Cancelled => cancelled_here,
        Outcome::Declined => ("declined", words.declined()),
        Outcome::Problem { code, sign_in_id, cause } => {
            if let Some(line) = conversation.suggestion().filter(|_| is_of_this_host(code)) {
                aside(output.err, line);
            }
            let sign_in_id = sign_in_id.or_else(|| conversation.sign_in_id().cloned());
            return Err(Stop { sign_in_id, cause, ..Stop::of(code) });
        }
    };
    no_session(end, &conversation, Some(owed), (asked.json, words), output)
}

/// An outcome that is no error, and no session either. `owed`: where it is known whether an earlier sign-out is to be sent still.
fn no_session(
    (name, text): (&str, &str),
    conversation: &Conversation,
    owed: Option<bool>,
    (json, words): (bool, &dyn Words),
    output: Output<'_>,
) -> Result<u8, Stop> {
    if owed.is_none() {
        conversation.log_interrupted();
    }
    if json {
        let document = json!({"session": Value::Null, "outcome": name, "sign_in_id": conversation.sign_in_id(), "owed_sign_out": owed});
        output.out.write_all(print::json(&document)?.as_bytes())?;
    }
    let thread = conversation.sign_in_id().map(|id| format!("{id}  ")).unwrap_or_default();
    aside(output.err, &format!("{thread}{text}\n{}", words.start_again()));
    Ok(REFUSED)
}

async fn signed_in_to(signed_in: SignedIn, asked: Login, owed: bool, workstation: &Workstation, output: Output<'_>) -> Result<u8, Stop> {
    let told = Told { exchange: signed_in.exchange, timings: signed_in.timings, owed };
    let SignedIn { service, session, .. } = signed_in;
    let choice = chosen(&service, session.clone(), asked.situation).await;
    // Whatever became of the choice: no later command could close it.
    let unkept = Unkept::of(&service, workstation).await;
    if let Some(unkept) = unkept {
        aside(output.err, &unkept.told(&session, workstation.language));
    }
    let shown = match choice {
        Ok(session) => show(&session, &told, asked.json, unkept, workstation.language, output),
        Err(stop) => Err(stop),
    };
    match shown {
        Ok(()) => Ok(DONE),
        Err(stop) => Err(closed(stop, &service, &session, unkept, workstation.language).await),
    }
}

/// What a session was opened with, besides itself.
struct Told {
    exchange: Exchange,
    timings: Timings,
    /// Whether an earlier sign-out is to be sent still.
    owed: bool,
}

fn show(session: &Session, told: &Told, json: bool, unkept: Option<Unkept>, language: Language, output: Output<'_>) -> Result<(), Stop> {
    if !json {
        let words = words::of(language);
        let (text, choose) = match unkept {
            None => (print::session_text(session, words), "vestibule situation ID"),
            Some(_) => (print::person_text(session, words), "vestibule login --situation ID"),
        };
        output.out.write_all(text.as_bytes())?;
        if session.situation_choice_due() {
            writeln!(output.out, "{}", words.situations(choose))?;
            output.out.write_all(print::situations_text(session, words).as_bytes())?;
        }
        return Ok(());
    }
    let timings = told.timings;
    let mut document = json!({
        "session": print::session_document(session),
        "exchange": told.exchange,
        "timings_ms": {
            "start_to_browser": print::milliseconds(timings.start_to_browser),
            "browser_to_callback": print::milliseconds(timings.browser_to_callback),
            "callback_to_session": print::milliseconds(timings.callback_to_session),
            "total": print::milliseconds(timings.total()),
        },
    });
    document["owed_sign_out"] = json!(told.owed);
    document["kept"] = json!(unkept.is_none());
    if let Some(unkept) = unkept {
        unkept.describe(&mut document, language);
    }
    if session.situation_choice_due() {
        document["situations"] = json!(print::situations(session));
    }
    Ok(output.out.write_all(print::json(&document)?.as_bytes())?)
}

async fn chosen(service: &ServiceSession, session: Session, asked: Option<String>) -> Result<Session, Stop> {
    let id = match asked {
        Some(first) if first == "first" => session.practitioner.situations().next().map(|(_, situation)| situation.id.clone()),
        asked => asked.map(SituationId),
    };
    let Some(id) = id else { return Ok(session) };
    if session.situation_id.as_ref() == Some(&id) {
        return Ok(session);
    }
    if session.practitioner.situation(&id).is_none() {
        return Err(Stop { sign_in_id: Some(session.sign_in_id), ..Stop::of(ErrorCode::SituationUnknown) });
    }
    Ok(service.choose_situation(id).await?)
}
