//! What lives on after a sign-in. A service session is ours; Pro Santé Connect's own session is another thing (EXI 20, EXI 32, RECO 06).

use serde::{Deserialize, Serialize};

use crate::named;
use crate::practitioner::{Practitioner, SituationId};
use crate::wire;

named! {
    /// Which Pro Santé Connect the companion talks to.
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum PscEnvironment {
        /// `psc-simulator`, on this machine.
        Simulator = "simulator",
        /// The national sandbox, "Bac à Sable".
        Bas = "bas",
        /// The real one.
        Production = "production",
    }
}

named! {
    /// How the person proved who she is, as far as Pro Santé Connect said so (`authMode`); never guessed.
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum SignInMeans {
        /// `CARD`: a CPS card in a reader.
        Card = "card",
        /// `MOBILE`: the e-CPS app.
        ECps = "e_cps",
    }
}

/// The thread support follows through screens and logs: two groups of four characters, for example `7F3K-9QXM`. Not a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SignInId(pub String);

/// Not two groups of four capital letters or digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a sign-in")]
pub struct NotASignInId;

impl SignInId {
    /// What came from outside: over the wire, in an address, from a file.
    ///
    /// # Errors
    /// [`NotASignInId`].
    pub fn parse(text: &str) -> Result<Self, NotASignInId> {
        let is_sign =
            |(place, byte): (usize, u8)| if place == 4 { byte == b'-' } else { byte.is_ascii_uppercase() || byte.is_ascii_digit() };
        if text.len() == 9 && text.bytes().enumerate().all(is_sign) { Ok(Self(text.to_owned())) } else { Err(NotASignInId) }
    }

    /// As people dictate it over the telephone: in any case, with whatever is heard between the two groups.
    ///
    /// # Errors
    /// [`NotASignInId`].
    pub fn dictated(text: &str) -> Result<Self, NotASignInId> {
        let is_between = |sign: char| sign.is_whitespace() || matches!(sign, '-' | '\u{2010}'..='\u{2015}' | '_' | '.');
        let signs: String = text.chars().filter(|sign| !is_between(*sign)).flat_map(char::to_uppercase).collect();
        let groups = signs.split_at_checked(4).ok_or(NotASignInId)?;
        Self::parse(&format!("{}-{}", groups.0, groups.1))
    }
}

impl TryFrom<String> for SignInId {
    type Error = NotASignInId;

    fn try_from(text: String) -> Result<Self, NotASignInId> {
        Self::parse(&text)
    }
}

impl std::fmt::Display for SignInId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

named! {
    /// What becomes of a session when the card that was there leaves its reader. Each does more than the one before it.
    #[derive(Default, PartialOrd, Ord)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum CardRemoval {
        /// Nothing: cards stay in readers all day where removing one costs a sign-in.
        #[default]
        Nothing = "nothing",
        /// The session is locked until its person signs in again.
        Lock = "lock",
        /// The service session ends; Pro Santé Connect's own is left alone.
        End = "end",
    }
}

/// The rule of a group about cards. A workstation may do more, never less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRule {
    /// What becomes of the session.
    pub action: CardRemoval,
    /// Seconds during which putting the card back undoes its removal.
    pub grace_s: u32,
}

impl CardRule {
    /// Seconds of grace where nobody says another number.
    pub const GRACE_S: u32 = 10;
    /// Most seconds of grace.
    pub const MOST_GRACE_S: u32 = 120;
}

impl Default for CardRule {
    fn default() -> Self {
        Self { action: CardRemoval::Nothing, grace_s: Self::GRACE_S }
    }
}

/// A service session as the companion describes it to the app that holds it. Never a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The sign-in that opened it.
    pub sign_in_id: SignInId,
    /// Who.
    pub practitioner: Practitioner,
    /// In which capacity; `None` until chosen, or when the register knows no situation.
    pub situation_id: Option<SituationId>,
    /// The last choice of this person on this workstation, when it still exists.
    pub suggested_situation_id: Option<SituationId>,
    /// How, when Pro Santé Connect said so.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub means: Option<SignInMeans>,
    /// Where.
    pub environment: PscEnvironment,
    /// Whether the workstation is shared, by the companion's configuration.
    pub shared_workstation: bool,
    /// Whether the previous person on this workstation was another one.
    pub identity_changed: bool,
    /// Whether the person was new to this workstation when the session opened.
    #[serde(default)]
    pub new_workstation: bool,
    /// What becomes of it when its card leaves the reader, at least; an older companion says nothing.
    #[serde(default)]
    pub card_rule: CardRule,
    /// Until when.
    pub clocks: SessionClocks,
}

impl Session {
    /// Whether the person must still choose a practice situation.
    pub fn situation_choice_due(&self) -> bool {
        self.situation_id.is_none() && self.practitioner.situations().next().is_some()
    }
}

/// Time left, relative to the answer that carries it: workstation clocks are often wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClocks {
    /// Seconds until the session ends for lack of activity.
    pub idle_in_s: u32,
    /// Seconds of inactivity that end a session.
    pub idle_limit_s: u32,
    /// Seconds until the session ends whatever happens.
    pub absolute_in_s: u32,
    /// End at the latest, in seconds since 1970 by the companion's clock.
    pub expires_at_unix_s: u64,
}

named! {
    /// Why a service session ended.
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub enum SessionEnd {
        /// No activity for the idle limit; Pro Santé Connect was left alone (EXI 32).
        Idle = "idle",
        /// The absolute limit.
        Expired = "expired",
        /// The person signed out, of the service and of Pro Santé Connect (EXI 20).
        SignedOut = "signed_out",
        /// The application was closed: service only (RECO 06).
        Closed = "closed",
        /// A copied refresh token was presented: the whole family is dead.
        Revoked = "revoked",
        /// Another session took its place on the same workstation.
        Replaced = "replaced",
        /// The person said in her browser that she had asked for nothing.
        Disowned = "disowned",
        /// The workstation was forgotten: by the person on her own page, or by the administrator.
        Forgotten = "forgotten",
        /// An administrator ended it.
        Administrator = "administrator",
        /// The person ended it from another of her sessions, or on her own page.
        EndedElsewhere = "ended_elsewhere",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_understood_as_people_dictate_it() {
        for typed in ["7F3K-9QXM", "7f3k-9qxm", "7F3K9QXM", "7f3k 9qxm", " 7F3K – 9QXM ", "7 F 3 K 9 Q X M"] {
            assert_eq!(SignInId::dictated(typed), Ok(SignInId("7F3K-9QXM".into())), "{typed}");
        }
        for typed in ["", "7F3K", "7F3K-9QX", "7F3K-9QXMM", "7F3K/9QXM", "VST-2041-7F3K", "é7F3K-9QX"] {
            assert_eq!(SignInId::dictated(typed), Err(NotASignInId), "{typed}");
        }
        assert_eq!(SignInId::parse("7F3K9QXM"), Err(NotASignInId), "the wire is not dictated");
    }
}
