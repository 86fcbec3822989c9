//! `vestibule sessions`: hers on all her workstations, and their end.

use serde_json::json;
use vestibule_model::ErrorCode;

use super::arguments::EndedSessions;
use super::session::{Resumed, known, nobody, resume};
use super::{DONE, Output, Stop, Workstation, print};
use crate::session::ResumeError;

/// What is left to do after sessions were ended.
pub(super) enum Then {
    /// Nothing: the exit code.
    Done(u8),
    /// This workstation's own session is meant too.
    SignOut,
}

pub(super) async fn list(json: bool, owed: bool, workstation: &Workstation, output: Output<'_>) -> Result<u8, Stop> {
    let words = workstation.words();
    let service = match known(resume(workstation).await, workstation)? {
        Resumed::Live(service, _) => service,
        Resumed::Nobody(over) => return nobody(over.as_ref(), owed, (json, words), output),
    };
    let sessions = service.own_sessions().await?;
    let text = if json {
        print::json(&json!({"sessions": sessions, "owed_sign_out": owed}))?
    } else {
        sessions.iter().map(|session| format!("{}  {}\n", session.id, words.own_session(session))).collect()
    };
    output.out.write_all(text.as_bytes())?;
    Ok(DONE)
}

/// Ends those that are elsewhere; that of this workstation is signed out of like any other time.
pub(super) async fn end(
    ended: EndedSessions,
    json: bool,
    owed: bool,
    workstation: &Workstation,
    output: &mut Output<'_>,
) -> Result<Then, Stop> {
    let words = workstation.words();
    let resumed = resume(workstation).await;
    // Locked, it lets nothing else be asked.
    if let Err(ResumeError::Companion(error)) = &resumed
        && error.code() == ErrorCode::SessionLocked
        && ended.number.as_ref().is_some_and(|number| error.sign_in_id() == Some(number))
    {
        return Ok(Then::SignOut);
    }
    let (service, session) = match known(resumed, workstation)? {
        Resumed::Live(service, session) => (service, session),
        Resumed::Nobody(over) => {
            let output = Output { out: &mut *output.out, err: &mut *output.err };
            return nobody(over.as_ref(), owed, (json, words), output).map(Then::Done);
        }
    };
    let count = match &ended.number {
        Some(number) if *number == session.sign_in_id => return Ok(Then::SignOut),
        Some(number) => service.end_session(number).await.map(|()| 1)?,
        None => service.end_other_sessions().await?,
    };
    tracing::info!(sign_in.id = %session.sign_in_id, ended = count, "Her sessions elsewhere were ended from here");
    // One document: that of the sign-out, where one follows.
    if !json {
        writeln!(output.out, "{}", words.sessions_ended(count))?;
    } else if !ended.all {
        output.out.write_all(print::json(&json!({"ended": count, "owed_sign_out": owed}))?.as_bytes())?;
    }
    Ok(if ended.all { Then::SignOut } else { Then::Done(DONE) })
}
