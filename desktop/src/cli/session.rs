//! `vestibule status`, `situation`, `logout`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tracing::field::display;
use vestibule_model::Session;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::practitioner::SituationId;
use vestibule_model::{ErrorCode, Secret};

use super::{DONE, Output, REFUSED, Stop, UNREACHABLE, Watch, Workstation, aside, print, unkept};
use crate::companion::{Cause, CompanionError};
use crate::exchange::hop::{SignOutPage, send_browser};
use crate::session::{
    Kept, Over, ResumeError, ServiceSession, Settled, Settling, SignOutError, owe_remembered, settle, sign_out_remembered,
};
use crate::words::Words;

/// How long an interrupted command takes to keep a sign-out for the next one.
const KEPT_WITHIN: Duration = Duration::from_secs(2);

/// `owed`: whether an earlier sign-out is to be sent still, which leaves Pro Santé Connect perhaps open.
pub(super) async fn status(json: bool, owed: bool, watch: &Watch, workstation: &Workstation, output: Output<'_>) -> Result<u8, Stop> {
    let (so_far, keyring_so_far) = watch.spent();
    let resumed = resume(workstation).await;
    let (total, keyring) = watch.spent();
    let (_, session) = match known(resumed, workstation)? {
        Resumed::Live(service, session) => (service, session),
        Resumed::Nobody(over) => return nobody(over.as_ref(), owed, (json, workstation.words()), output),
    };
    let text = if json {
        // What is left of the question to the server once the keyring's part is gone.
        let server = total.saturating_sub(so_far).saturating_sub(keyring.saturating_sub(keyring_so_far));
        let [keyring, server, total] = [keyring, server, total].map(print::milliseconds);
        let timings = json!({"keyring": keyring, "server": server, "total": total});
        print::json(&json!({"session": print::session_document(&session), "owed_sign_out": owed, "timings_ms": timings}))?
    } else {
        print::session_text(&session, workstation.words())
    };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

/// Another software of this workstation says that she works in it. It opens nothing, and speaks for nobody where several people share a post.
pub(super) async fn activity(
    since_input: Duration,
    json: bool,
    owed: bool,
    workstation: &Workstation,
    output: Output<'_>,
) -> Result<u8, Stop> {
    let words = workstation.words();
    let (service, mut session) = match known(resume(workstation).await, workstation)? {
        Resumed::Live(service, session) => (service, session),
        Resumed::Nobody(over) => return nobody(over.as_ref(), owed, (json, words), output),
    };
    if session.shared_workstation {
        return Err(Stop { sign_in_id: Some(session.sign_in_id), ..Stop::misused(words.activity_not_on_shared().to_owned()) });
    }
    session.clocks = service.report_activity(since_input).await?;
    let text = if json {
        print::json(&json!({"session": print::session_document(&session), "owed_sign_out": owed}))?
    } else {
        print::session_text(&session, words)
    };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

pub(super) async fn situation(
    id: Option<String>,
    json: bool,
    owed: bool,
    workstation: &Workstation,
    output: Output<'_>,
) -> Result<u8, Stop> {
    let (service, session) = match known(resume(workstation).await, workstation)? {
        Resumed::Live(service, session) => (service, *session),
        Resumed::Nobody(over) => return nobody(over.as_ref(), owed, (json, workstation.words()), output),
    };
    let session = match id {
        None => session,
        Some(id) => {
            let first = session.practitioner.situations().next().map(|(_, situation)| situation.id.clone());
            let id = if id == "first" { first } else { Some(SituationId(id)) };
            let Some(id) = id.filter(|id| session.practitioner.situation(id).is_some()) else {
                let (sign_in_id, remedy) = (Some(session.sign_in_id), Some(workstation.words().situation_remedy_signed_in()));
                return Err(Stop { sign_in_id, remedy, ..Stop::of(ErrorCode::SituationUnknown) });
            };
            service.choose_situation(id).await?
        }
    };
    let text = if json {
        print::json(&json!({"situation_id": session.situation_id, "situations": print::situations(&session), "owed_sign_out": owed}))?
    } else {
        print::situations_text(&session, workstation.words())
    };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

/// What is known of Pro Santé Connect's session after a sign-out, by what is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PscSession {
    Ended,
    /// The browser ends it.
    Browser,
    /// The browser makes sure.
    Unknown,
    /// Perhaps open, and nothing here can end it.
    Open,
    /// The service has not been told yet.
    Later,
}

impl PscSession {
    fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Browser => "browser",
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::Later => "later",
        }
    }

    fn exit(self) -> u8 {
        match self {
            Self::Later => UNREACHABLE,
            Self::Ended | Self::Browser | Self::Unknown | Self::Open => DONE,
        }
    }

    async fn of(answer: SignOutAnswer, workstation: &Workstation) -> Self {
        match answer {
            SignOutAnswer::Ended => Self::Ended,
            SignOutAnswer::BrowserNeeded { browser_url } if finish_in_browser(workstation, &browser_url).await => Self::Browser,
            SignOutAnswer::Unknown { browser_url } if finish_in_browser(workstation, &browser_url).await => Self::Unknown,
            SignOutAnswer::BrowserNeeded { .. } | SignOutAnswer::Unknown { .. } => Self::Open,
        }
    }
}

/// `earlier`: what became of sign-outs that were asked for before. What is still owed of them is owed after this command too.
pub(super) async fn logout(
    json: bool,
    earlier: Option<PscSession>,
    workstation: &Workstation,
    mut interrupted: Pin<&mut impl Future<Output = ()>>,
    output: Output<'_>,
) -> Result<u8, Stop> {
    let ordered = tokio::select! {
        biased;
        () = &mut interrupted => return interrupted_sign_out(json, workstation, output).await,
        ordered = sign_out(workstation) => ordered?,
    };
    let signed_out = match ordered {
        SignOut::Told(signed_out) => signed_out,
        SignOut::Nobody(over) => {
            let document = json!({"session": Value::Null, "psc_session": earlier.map(PscSession::name)});
            no_session(over.as_ref(), document, earlier == Some(PscSession::Later), (json, workstation.words()), output)?;
            return Ok(earlier.map_or(DONE, PscSession::exit));
        }
    };
    let thread = workstation.thread.get().cloned();
    let now = match signed_out {
        Ok(answer) => {
            let psc_session = tokio::select! {
                biased;
                // The browser was not waited for.
                () = &mut interrupted => PscSession::Open,
                psc_session = PscSession::of(answer, workstation) => psc_session,
            };
            tracing::info!(sign_in.id = thread.as_ref().map(display), psc_session = psc_session.name(), "Signed out");
            psc_session
        }
        Err(SignOutError::Later(error)) => {
            let (id, cause) = (thread.as_ref().map(display), error.cause().map(Cause::name));
            tracing::warn!(sign_in.id = id, error.code = %error.code(), cause, %error, "Signed out here; a sign-out is still owed");
            aside(output.err, &later(&error, workstation.words()));
            PscSession::Later
        }
        Err(SignOutError::Lost(error)) => {
            let stop = Stop::from(error);
            return Err(Stop { sign_in_id: stop.sign_in_id.clone().or(thread), ..stop });
        }
    };
    let all = earlier.map_or(now, |earlier| earlier.max(now));
    if json {
        output.out.write_all(print::json(&json!({"session": Value::Null, "psc_session": all.name()}))?.as_bytes())?;
    } else if let Some(text) = signed_out_text(now, workstation.words()) {
        writeln!(output.out, "{text}")?;
    }
    Ok(all.exit())
}

enum SignOut {
    Told(Result<SignOutAnswer, SignOutError>),
    Nobody(Option<Over>),
}

async fn sign_out(workstation: &Workstation) -> Result<SignOut, Stop> {
    match resume(workstation).await {
        Err(ResumeError::Companion(error)) => Ok(SignOut::Told(sign_out_remembered(&workstation.link, error).await)),
        resumed => match known(resumed, workstation)? {
            Resumed::Live(service, _) => Ok(SignOut::Told(service.sign_out(None).await)),
            Resumed::Nobody(over) => Ok(SignOut::Nobody(over)),
        },
    }
}

/// The order was given, and may be on its way already: it is kept, and the next command sends it (again).
async fn interrupted_sign_out(json: bool, workstation: &Workstation, output: Output<'_>) -> Result<u8, Stop> {
    let stop = Stop::interrupted(workstation.thread.get().cloned());
    let kept = tokio::select! {
        kept = owe_remembered(&workstation.link) => kept,
        () = workstation.ports.clock.sleep(KEPT_WITHIN) => false,
    };
    if !kept {
        return Err(stop);
    }
    let thread = stop.sign_in_id.as_ref().map(display);
    tracing::warn!(sign_in.id = thread, error.code = %stop.code, "The command stopped; a sign-out is still owed");
    aside(output.err, &format!("{} {}", stop.code.explanation(workstation.language).title, workstation.words().sign_out_later()));
    if json {
        let document = json!({"session": Value::Null, "psc_session": PscSession::Later.name()});
        output.out.write_all(print::json(&document)?.as_bytes())?;
    }
    Ok(PscSession::Later.exit())
}

fn signed_out_text(psc_session: PscSession, words: &dyn Words) -> Option<&'static str> {
    match psc_session {
        PscSession::Ended => Some(words.signed_out_everywhere()),
        PscSession::Browser => Some(words.signed_out_browser_finishes()),
        PscSession::Unknown => Some(words.signed_out_browser_makes_sure()),
        PscSession::Open => Some(words.signed_out_service_only()),
        PscSession::Later => None,
    }
}

/// Signed out here; the companion could not be told, and every later command tries again.
fn later(error: &CompanionError, words: &dyn Words) -> String {
    let why = if matches!(error, CompanionError::Unreachable(_)) {
        words.service_silent().to_owned()
    } else {
        words.sign_out_untold(error.code())
    };
    format!("{why} {}", words.sign_out_later())
}

/// Sends what earlier sign-outs could not tell, and says what became of each. Never in the way of what was asked for now.
///
/// Returns what leaves most to do.
pub(super) async fn settle_earlier(workstation: &Workstation, output: &mut Output<'_>, patience: Duration) -> Option<PscSession> {
    let Settling { settled, away } = settle(&workstation.link, workstation.ports.clock.sleep(patience)).await;
    let mut most = None;
    for one in settled {
        let (psc_session, text) = settled_text(one, workstation).await;
        most = most.max(Some(psc_session));
        aside(output.err, text);
    }
    if let Some(error) = away {
        most = Some(PscSession::Later);
        tracing::warn!(error.code = %error.code(), cause = error.cause().map(Cause::name), %error, "A sign-out is still owed");
        aside(output.err, &later(&error, workstation.words()));
    }
    most
}

async fn settled_text(settled: Settled, workstation: &Workstation) -> (PscSession, &'static str) {
    let words = workstation.words();
    let psc_session = match settled {
        Settled::Sent(answer) => PscSession::of(answer, workstation).await,
        Settled::SentBefore => PscSession::Open,
        Settled::TooLate => return (PscSession::Open, words.earlier_lost()),
    };
    let text = match psc_session {
        PscSession::Ended => words.earlier_done(),
        PscSession::Browser => words.earlier_browser_finishes(),
        PscSession::Unknown => words.earlier_browser_makes_sure(),
        PscSession::Open | PscSession::Later => words.earlier_service_only(),
    };
    (psc_session, text)
}

async fn finish_in_browser(workstation: &Workstation, browser_url: &Secret) -> bool {
    let Some(page) = SignOutPage::of(&workstation.link.companion.address("/"), browser_url.expose(), workstation.language) else {
        return false;
    };
    match send_browser(&workstation.ports, page).await {
        Ok(sent) => {
            // This process is the listener.
            sent.linger().await;
            true
        }
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "No browser finishes the sign-out");
            false
        }
    }
}

/// What there is of a session.
pub(super) enum Resumed {
    Live(Arc<ServiceSession>, Box<Session>),
    /// None; the one that was remembered, when there was one, is over.
    Nobody(Option<Over>),
}

/// Stops where nobody can tell whether there is a session.
pub(super) fn known(
    resumed: Result<Option<(Arc<ServiceSession>, Session)>, ResumeError>,
    workstation: &Workstation,
) -> Result<Resumed, Stop> {
    match resumed {
        Ok(Some((service, session))) => {
            workstation.thread.get_or_init(|| session.sign_in_id.clone());
            Ok(Resumed::Live(service, Box::new(session)))
        }
        Ok(None) => Ok(Resumed::Nobody(None)),
        Err(ResumeError::Over(over)) => Ok(Resumed::Nobody(Some(over))),
        Err(ResumeError::Keyring(error)) => Err(unkept::unknown(&error, workstation.language)),
        Err(ResumeError::Companion(error)) => Err((&error).into()),
    }
}

/// The remembered session. The command that was typed is real input.
pub(super) async fn resume(workstation: &Workstation) -> Result<Option<(Arc<ServiceSession>, Session)>, ResumeError> {
    ServiceSession::resume(workstation.link.clone(), Kept::Always).await
}

pub(super) fn nobody(over: Option<&Over>, owed: bool, (json, words): (bool, &dyn Words), output: Output<'_>) -> Result<u8, Stop> {
    no_session(over, json!({"session": Value::Null, "owed_sign_out": owed}), owed, (json, words), output)?;
    Ok(REFUSED)
}

/// Says that nobody is signed in, and how the session that there was ended. `owed`: what was said of a sign-out that is owed says it already,
/// and more.
fn no_session(
    over: Option<&Over>,
    mut document: Value,
    owed: bool,
    (json, words): (bool, &dyn Words),
    output: Output<'_>,
) -> Result<(), Stop> {
    if json {
        if let (Some(over), Some(members)) = (over, document.as_object_mut()) {
            let reason = over.reason.map_or_else(|| json!(END_UNKNOWN), |reason| json!(reason));
            members.insert("session_end".to_owned(), reason);
            members.insert("sign_in_id".to_owned(), json!(over.sign_in_id));
        }
        output.out.write_all(print::json(&document)?.as_bytes())?;
    }
    if owed && over.is_none() {
        return Ok(());
    }
    let nobody = words.nobody();
    let line = over.map_or_else(|| nobody.to_owned(), |over| format!("{nobody} {}", words.ended(over.reason)));
    aside(output.err, &line);
    Ok(())
}

/// A session that the companion knows nothing of any more, and so not why it ended: of a person who was erased, for example.
const END_UNKNOWN: &str = "unknown";
