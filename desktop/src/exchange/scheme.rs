//! The return through the app's private-use scheme (RFC 8252 section 7.1): an address that the operating system brings as an argument.
//!
//! Any web page can make the system bring one. So there is one shape and no other verb, and it counts only while this process waits for
//! exactly that answer; everything else is dropped without a word to anyone but the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc::UnboundedSender;
use vestibule_model::ErrorCode;

use super::loopback::{Answer, Arrival};
use crate::secret::same;

/// Longest argument that is looked at, in bytes.
pub const LONGEST: usize = 2048;

/// Characters of the random part: 256 bits in base64url.
const RANDOM_LENGTH: usize = 43;

/// An answer in the shape that ours have. Whose it is, is another question.
#[derive(Debug)]
pub struct Returned {
    /// The random part of the path.
    pub random: SecretString,
    /// The state that the attempt gave.
    pub state: SecretString,
    /// The companion's issuer (RFC 9207).
    pub issuer: String,
    /// Code or refusal.
    pub answer: Answer,
}

/// Takes an argument apart; the error says what is wrong without quoting any of it.
///
/// # Errors
/// Whenever the argument is not exactly `<scheme>:/cb/<random>?…` with one code or error, one state, one issuer and nothing else.
pub fn parse(argument: &str, scheme: &str) -> Result<Returned, &'static str> {
    if argument.len() > LONGEST {
        return Err("too long");
    }
    if !argument.bytes().all(|byte| byte.is_ascii_graphic()) || argument.contains(['#', '\\', '"', '<', '>']) {
        return Err("with characters that an address does not have");
    }
    let rest = argument.strip_prefix(scheme).and_then(|rest| rest.strip_prefix(':')).ok_or("of another scheme")?;
    let rest = rest.strip_prefix("/cb/").ok_or("for another path")?;
    let (random, query) = rest.split_once('?').ok_or("without parameters")?;
    let clean = random.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if random.len() != RANDOM_LENGTH || !clean {
        return Err("for another path");
    }
    let (mut code, mut error, mut error_code, mut state, mut issuer) = (None, None, None, None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = match name.as_ref() {
            "code" => &mut code,
            "error" => &mut error,
            "error_code" => &mut error_code,
            "state" => &mut state,
            "iss" => &mut issuer,
            _ => return Err("with a parameter that no answer has"),
        };
        if place.replace(SecretString::from(value.into_owned())).is_some() {
            return Err("with a parameter given twice");
        }
    }
    let answer = match (code, error, error_code) {
        (Some(code), None, None) if !code.expose_secret().is_empty() => Answer::Code(code),
        (None, Some(error), number) => Answer::Refused {
            error: error.expose_secret().to_owned(),
            code: number.and_then(|number| ErrorCode::try_from(number.expose_secret().to_owned()).ok()),
        },
        _ => return Err("with neither code nor error, or both"),
    };
    let state = state.ok_or("without a state")?;
    let issuer = issuer.ok_or("without an issuer")?.expose_secret().to_owned();
    Ok(Returned { random: SecretString::from(random), state, issuer, answer })
}

/// The answer to one request of the attempt.
#[derive(Debug)]
pub(super) struct Awaited {
    pub random: SecretString,
    pub state: SecretString,
}

impl Awaited {
    fn is(&self, returned: &Returned) -> bool {
        // Both are always compared, so that the time does not tell which one was right.
        u8::from(same(&returned.random, &self.random)) & u8::from(same(&returned.state, &self.state)) == 1
    }
}

/// The answers one of which is waited for.
#[derive(Debug)]
pub(super) struct Pending {
    pub answers: Vec<Awaited>,
    pub issuer: String,
    pub arrivals: UnboundedSender<Arrival>,
}

/// Where the arguments of second instances are brought. Shut unless an attempt waits.
#[derive(Debug)]
pub struct Door {
    scheme: String,
    pending: Mutex<Option<(u64, Pending)>>,
    opened: AtomicU64,
    ignored: AtomicU64,
}

/// Shuts the door when the attempt ends, unless a later one has opened it for itself.
#[derive(Debug)]
pub(super) struct Open {
    door: Arc<Door>,
    number: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.door.pending().take_if(|(number, _)| *number == self.number);
    }
}

impl Door {
    /// Shut, for addresses of this scheme.
    pub fn new(scheme: &str) -> Arc<Self> {
        Arc::new(Self { scheme: scheme.to_owned(), pending: Mutex::default(), opened: AtomicU64::new(0), ignored: AtomicU64::new(0) })
    }

    /// The scheme.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Opens the door for one answer of those. There is one attempt at a time: a later one takes the place of an earlier one.
    pub(super) fn open(self: &Arc<Self>, pending: Pending) -> Open {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        *self.pending() = Some((number, pending));
        Open { door: self.clone(), number }
    }

    /// Gives an argument to the attempt that waits for it; `false` when there is none, and then nothing happened.
    pub fn offer(&self, argument: &str) -> bool {
        match self.taken(argument) {
            Ok(()) => true,
            Err(reason) => {
                let ignored = self.ignored.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::warn!(reason, ignored, "An address of the app's scheme was ignored");
                false
            }
        }
    }

    fn taken(&self, argument: &str) -> Result<(), &'static str> {
        let returned = parse(argument, &self.scheme)?;
        let mut pending = self.pending();
        let (_, expected) = pending.as_ref().ok_or("while nobody waits for one")?;
        // So are all of them.
        let ours = expected.answers.iter().filter(|awaited| awaited.is(&returned)).count();
        if ours != 1 || returned.issuer != expected.issuer {
            tracing::warn!(error.code = %ErrorCode::ReturnRefused, "An answer for another sign-in was ignored");
            return Err("for another sign-in");
        }
        // Once: the same address brought again finds the door shut.
        let (_, waiting) = pending.take().ok_or("while nobody waits for one")?;
        waiting.arrivals.send(Arrival::Answer { state: returned.state, answer: returned.answer }).map_err(|_| "while nobody waits for one")
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Option<(u64, Pending)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
