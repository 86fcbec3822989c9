//! What the listener takes for an answer.

use secrecy::SecretString;
use url::Url;

use crate::secret::same;

/// What the listener needs to know of the attempt it serves; a renewed request brings another.
#[derive(Debug)]
pub struct Expected {
    /// Where the launch address leads when the attempt has no more to say.
    pub returned: Url,
    /// Every answer that counts; none when it comes another way.
    pub answers: Vec<Awaited>,
    /// The companion's issuer (RFC 9207).
    pub issuer: String,
}

/// The answer to one request of the attempt.
#[derive(Debug)]
pub struct Awaited {
    /// Our own `state`.
    pub state: SecretString,
    /// The companion's "you may go back" page.
    pub returned: Url,
}

impl Expected {
    /// The one that an answer with this state is, if it counts.
    pub(super) fn awaited(&self, state: &SecretString) -> Option<&Awaited> {
        // All of them are compared, so that the time does not tell which one was right.
        self.answers.iter().fold(None, |found, awaited| if same(&awaited.state, state) { Some(awaited) } else { found })
    }
}
