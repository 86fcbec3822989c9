//! The catalogue of errors. Consumers branch on the code, never on text.

use serde::{Deserialize, Serialize};

use crate::language::Language;

mod en;
mod fr;

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The person in front of the screen.
    Person,
    /// Who runs the workstation or the companion.
    Administrator,
    /// Who answers the telephone.
    Support,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Work goes on, with something missing.
    Warning,
    /// This sign-in or this call failed; the next may succeed.
    Error,
    /// Nothing succeeds until someone acts.
    Blocking,
    /// Someone may be attacking: the companion keeps a security event.
    Security,
}

/// What a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What happened, as a heading.
    pub title: &'static str,
    /// Why, in a sentence or two.
    pub cause: &'static str,
    /// What to do now.
    pub remedy: &'static str,
}

macro_rules! catalogue {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $severity:ident, $actor:ident, retry: $retry:literal;)+) => {
        /// A stable code, written `VST-` and its number. Numbers are never given to another meaning.
        ///
        /// 1xxx workstation · 2xxx exchange between app and companion · 3xxx companion's configuration and storage · 4xxx Pro Santé Connect · 5xxx cards and their readers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        pub enum ErrorCode { $($(#[doc = $doc])+ $name,)+ }

        impl ErrorCode {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The number after `VST-`.
            pub const fn number(self) -> u16 { match self { $(Self::$name => $number,)+ } }

            /// How bad it is.
            pub const fn severity(self) -> Severity { match self { $(Self::$name => Severity::$severity,)+ } }

            /// Who can do something about it.
            pub const fn actor(self) -> Actor { match self { $(Self::$name => Actor::$actor,)+ } }

            /// Whether trying again makes sense before anyone else acts.
            pub const fn can_retry(self) -> bool { match self { $(Self::$name => $retry,)+ } }

            /// Name in the code, for the developers' column of the published catalogue.
            pub const fn name(self) -> &'static str { match self { $(Self::$name => stringify!($name),)+ } }
        }
    };
}

catalogue! {
    /// No browser could be asked to open.
    BrowserNotOpened = 1001, Error, Administrator, retry: true;
    /// The loopback listener could not be bound.
    LoopbackUnavailable = 1002, Error, Administrator, retry: true;
    /// No keyring: the key lives in memory, no resume after a restart.
    KeyringUnavailable = 1003, Warning, Administrator, retry: true;
    /// The keyring is locked and nobody could unlock it.
    KeyringLocked = 1004, Warning, Person, retry: true;
    /// A settings file cannot be read or has an unknown key.
    SettingsInvalid = 1005, Blocking, Administrator, retry: false;
    /// The companion's address is not https, or not one the administrator set.
    CompanionAddressRefused = 1006, Blocking, Administrator, retry: false;
    /// Too many stray requests reached the loopback listener.
    LoopbackFlooded = 1007, Error, Support, retry: true;
    /// The answer in the browser was not for this sign-in.
    ReturnRefused = 1008, Security, Support, retry: true;
    /// A local file could not be written.
    LocalStorageFailed = 1009, Error, Administrator, retry: true;
    /// The policy wants the return through the app's private-use scheme, which this workstation does not give to the app.
    ReturnSchemeUnregistered = 1010, Blocking, Administrator, retry: false;
    /// What answers at the companion's address is not the companion.
    AnotherServer = 1011, Error, Administrator, retry: true;
    /// Somebody else than the administrator can have written the policy, or the authority that it names.
    PolicyExposed = 1016, Security, Administrator, retry: false;
    /// The keyring has two entries of this name: the newest is taken, the next write removes the other.
    KeyringAmbiguous = 1017, Warning, Support, retry: true;
    /// The keyring did not answer in time: the key lives in memory, no resume after a restart.
    KeyringSilent = 1018, Warning, Support, retry: true;
    /// The keyring is there and failed.
    KeyringFailed = 1019, Warning, Support, retry: true;
    /// The keyring cannot keep what the app gives it: too long, or of a kind that it does not take.
    KeyringUnfit = 1020, Warning, Support, retry: false;
    /// The proxy in between asks who is there (407).
    ProxyAuthenticationRequired = 1021, Error, Support, retry: true;
    /// The proxy in between does not let the app through to the companion.
    ProxyRefused = 1022, Error, Support, retry: true;
    /// The proxy in between does not answer.
    ProxyUnreachable = 1023, Error, Support, retry: true;
    /// Neither environment nor system name a home folder for this user.
    HomeUnknown = 1024, Blocking, Support, retry: false;
    /// Letters were to be typed into the terminal, and the input is closed.
    InputClosed = 1025, Error, Person, retry: false;
    /// A command was told to stop before its end.
    CommandInterrupted = 1026, Error, Person, retry: true;
    /// The user's file sets what only the policy may.
    SettingReserved = 1027, Blocking, Administrator, retry: false;
    /// A policy file given by a variable names a companion on another machine.
    DevelopmentPolicyRefused = 1028, Blocking, Administrator, retry: false;
    /// A command line that cannot be run: unknown word, missing or superfluous part, or against the policy.
    CommandRefused = 1029, Error, Person, retry: false;
    /// A command's output is full, or nobody reads it.
    OutputUnwritten = 1030, Error, Person, retry: true;
    /// Windows lacks what shows the window.
    WebViewMissing = 1031, Blocking, Administrator, retry: false;
    /// The companion's administrator wants a later version of the app.
    AppOutdated = 1032, Blocking, Administrator, retry: false;
    /// The support report could not be written.
    ReportUnwritten = 1033, Error, Person, retry: true;
    /// The log of this workstation cannot be read.
    LogUnreadable = 1034, Error, Administrator, retry: true;
    /// The account of the person may not read the machine policy.
    PolicyNotPermitted = 1035, Blocking, Administrator, retry: false;
    /// Something the app did not foresee.
    AppFault = 1099, Error, Support, retry: true;

    /// The sign-in ran out of time.
    SignInExpired = 2001, Error, Person, retry: true;
    /// The sign-in link was opened a second time.
    RequestAlreadyOpened = 2002, Security, Person, retry: true;
    /// The browser that came back is not the one that left.
    BrowserMismatch = 2003, Security, Person, retry: true;
    /// A right code came with a wrong verifier or key.
    SignInBurned = 2004, Security, Support, retry: true;
    /// The code is unknown, used or too old.
    CodeRefused = 2005, Error, Person, retry: true;
    /// The proof of possession of the device key is missing or wrong.
    ProofRefused = 2006, Security, Support, retry: true;
    /// Too many sign-ins started in a short time.
    TooManyRequests = 2007, Error, Person, retry: true;
    /// The return address is not a clean loopback address.
    ReturnAddressRefused = 2008, Security, Support, retry: false;
    /// Pro Santé Connect's answer was already used.
    CallbackReplayed = 2009, Security, Person, retry: true;
    /// A form without its guard.
    FormRefused = 2010, Security, Person, retry: true;
    /// A request with a missing, duplicated or unusable part.
    RequestMalformed = 2011, Error, Support, retry: false;
    /// The session ended or never was.
    SessionEnded = 2012, Error, Person, retry: true;
    /// A refresh token was presented after its successor was used.
    SessionRevoked = 2013, Security, Support, retry: true;
    /// No such practice situation for this person.
    SituationUnknown = 2014, Error, Person, retry: true;
    /// The client id is not this companion's.
    ClientUnknown = 2015, Blocking, Administrator, retry: false;
    /// No sign-in of that name for this device key.
    SignInUnknown = 2016, Error, Person, retry: true;
    /// No such page or method.
    PathUnknown = 2017, Error, Support, retry: false;
    /// The polling exchange goes on: nothing to be shown, the app asks again.
    SignInPending = 2018, Warning, Person, retry: true;
    /// The letters typed are not those of the page; tries are left.
    ConfirmationCodeWrong = 2019, Error, Person, retry: true;
    /// The letters were wrong too often, or came too late: the sign-in is over.
    ConfirmationTriesSpent = 2020, Security, Person, retry: true;
    /// The number picked on the page is not the app's: the sign-in is over.
    NumberRefused = 2021, Security, Person, retry: true;
    /// This exchange is not open to this workstation.
    ExchangeRefused = 2022, Blocking, Administrator, retry: false;
    /// The enrolment token is not one of the companion's.
    EnrolmentRefused = 2023, Blocking, Administrator, retry: false;
    /// The request, its address or its headers are longer than anything an app or a browser of ours sends.
    RequestTooLarge = 2024, Error, Support, retry: false;
    /// The body of the request did not arrive in ten seconds.
    RequestTooSlow = 2025, Error, Administrator, retry: true;
    /// Every place is taken, or every place of this network: what is under way goes on.
    CompanionFull = 2026, Error, Person, retry: true;
    /// The person said no: at Pro Santé Connect, on the confirmation page, or while the app was about to open.
    SignInDeclined = 2027, Warning, Person, retry: true;
    /// The page with a person's workstations opens for some minutes after a sign-in only.
    OwnPageClosed = 2029, Warning, Person, retry: true;
    /// The browser does not keep the cookie that binds it to the sign-in.
    CookiesBlocked = 2030, Error, Person, retry: true;
    /// The app withdrew the sign-in.
    SignInCancelled = 2031, Error, Person, retry: true;
    /// Another sign-in of the same app opened its session first.
    SignInReplaced = 2032, Error, Person, retry: true;
    /// The confirmation page was answered before, and otherwise.
    DecisionTaken = 2033, Error, Person, retry: true;
    /// The browser sends so many cookies of other sites along that the request is too long.
    CookiesTooLong = 2034, Error, Person, retry: true;
    /// A proof without a current nonce of the server: the first step of every client, which asks again with the one it is given.
    ProofNonceDue = 2037, Error, Support, retry: true;
    /// A scope was asked for that does not exist.
    ScopeUnknown = 2038, Error, Support, retry: false;
    /// A proof dated more than five minutes away from the companion's clock.
    ClockRefused = 2039, Error, Administrator, retry: true;
    /// The companion cannot be reached, or does not answer in time.
    CompanionUnreachable = 2041, Error, Administrator, retry: true;
    /// The companion's certificate or name cannot be trusted.
    CompanionUntrusted = 2042, Security, Administrator, retry: false;
    /// The companion failed.
    CompanionFault = 2043, Error, Support, retry: true;
    /// The companion's answer makes no sense to this version of the app.
    CompanionAnswerUnreadable = 2044, Error, Support, retry: true;
    /// As many sign-ins as one browser may have are under way in it.
    BrowserFull = 2045, Error, Person, retry: true;
    /// An administrator forgot the workstation or erased the person while the sign-in was under way.
    SignInEndedByAdministrator = 2046, Error, Person, retry: true;
    /// The companion's configuration no longer has the group that this workstation joined.
    GroupGone = 2047, Blocking, Administrator, retry: false;
    /// The person had the workstation forgotten while the sign-in was under way.
    WorkstationForgotten = 2048, Error, Person, retry: true;
    /// The browser's address of a sign-out is unknown, too old, or was used by another browser.
    SignOutAddressDead = 2049, Error, Person, retry: false;
    /// The session is locked: its person has to sign in again.
    SessionLocked = 2050, Error, Person, retry: true;
    /// No open session of this person has that number.
    SessionNotOpen = 2051, Error, Person, retry: false;
    /// What stands in front of the companion answers for it (502, 503, 504): it cannot serve for the moment.
    CompanionUnavailable = 2052, Error, Administrator, retry: true;

    /// The companion's configuration is wrong.
    ConfigurationInvalid = 3001, Blocking, Administrator, retry: false;
    /// The database cannot be opened, read or written.
    StorageUnavailable = 3002, Blocking, Administrator, retry: true;
    /// The sealing key is missing, unreadable or readable by everyone.
    SealingKeyRefused = 3003, Blocking, Administrator, retry: false;
    /// A listener without TLS on something other than loopback.
    ListenerInsecure = 3004, Blocking, Administrator, retry: false;
    /// Addresses of two environments are mixed.
    EnvironmentMixed = 3005, Blocking, Administrator, retry: false;
    /// A listener's address is taken or forbidden.
    ListenerUnavailable = 3006, Blocking, Administrator, retry: true;
    /// A certificate or its key cannot serve: unreadable, expired, not yet valid, or not made for each other.
    CertificateRefused = 3007, Blocking, Administrator, retry: false;
    /// A certificate comes to its end.
    CertificateExpiring = 3008, Warning, Administrator, retry: false;
    /// The sealing key lies in the database's folder.
    SealingKeyBesideDatabase = 3009, Blocking, Administrator, retry: false;
    /// The key file is an old one: a rotation has forgotten its first key.
    SealingKeyForgotten = 3010, Blocking, Administrator, retry: false;
    /// A rotation of the sealing key did not reach its end.
    KeyRotationUnfinished = 3011, Error, Administrator, retry: true;
    /// Values are sealed under a key that the key file does not have.
    SealingKeyMissing = 3012, Error, Administrator, retry: false;
    /// The companion's own certificate or key cannot be served: unreadable, or not made for each other.
    ListenerCertificateRefused = 3013, Blocking, Administrator, retry: false;
    /// No workstation would accept the companion's own certificate: name, dates, purpose or chain.
    ListenerCertificateUntrusted = 3014, Blocking, Administrator, retry: false;
    /// What changed in the files of the configuration cannot serve: the companion goes on with what it had.
    ReloadRefused = 3015, Error, Administrator, retry: true;
    /// A command of the administration came without the right token.
    AdministrationRefused = 3016, Blocking, Administrator, retry: false;
    /// A command of the administration found no companion that serves.
    CompanionNotServing = 3017, Error, Administrator, retry: true;
    /// No session, workstation or person is what the command names.
    NothingDesignated = 3018, Error, Administrator, retry: false;
    /// A sealed day of the audit trail is not what was sealed.
    AuditAltered = 3019, Security, Administrator, retry: false;
    /// Somebody takes the connections of a command and leaves them without an answer.
    CompanionUnanswered = 3020, Error, Administrator, retry: true;
    /// What answers a command of the administration is no companion of this version.
    NotACompanion = 3021, Error, Administrator, retry: false;
    /// The token of the administration could be guessed, or set by another account.
    AdministrationTokenWeak = 3022, Blocking, Administrator, retry: false;
    /// The file of a national id cannot be read, or holds none.
    PersonFileRefused = 3023, Error, Administrator, retry: false;
    /// What a command of the companion answers could not be written where it was to be read.
    AnswerUnwritten = 3024, Error, Administrator, retry: true;
    /// The account that runs a command may not read what the companion keeps.
    AccountLacksAccess = 3025, Error, Administrator, retry: false;
    /// What a command names is that of several workstations.
    DesignationAmbiguous = 3026, Error, Administrator, retry: false;
    /// The memory is not taken from one database into another.
    StoreNotCopied = 3027, Error, Administrator, retry: false;
    /// The vault's key is not replaced: the command lacks a file to write to.
    KeyRotationNotBegun = 3028, Error, Administrator, retry: false;
    /// A first configuration lacks a value, and nobody is there to be asked.
    SetupValueMissing = 3029, Error, Administrator, retry: false;
    /// A value given for a first configuration cannot stand.
    SetupValueRefused = 3030, Error, Administrator, retry: false;
    /// A first configuration, or its secret, would take the place of another.
    SetupWouldReplace = 3031, Error, Administrator, retry: false;
    /// A first configuration is not written; whatever was written of it is taken back.
    SetupNotWritten = 3032, Error, Administrator, retry: false;
    /// The brand of the pages cannot be worn: a name, a colour or a logo.
    BrandingRefused = 3033, Blocking, Administrator, retry: false;
    /// What support asks for is not there to be told.
    NothingToTell = 3034, Blocking, Administrator, retry: false;
    /// The conformity dossier cannot be made: a file that was given, or where it goes.
    ConformityRefused = 3035, Blocking, Administrator, retry: false;
    /// The memory is not saved into a file, or not restored from one. Nothing was done.
    BackupRefused = 3036, Blocking, Administrator, retry: false;
    /// A file of the database was removed or replaced while the companion serves: what is written goes where no start looks for it.
    DatabaseDisplaced = 3037, Blocking, Administrator, retry: false;
    /// The file that a command was to write cannot be made where it was asked for. Nothing was done.
    DestinationRefused = 3038, Error, Administrator, retry: false;

    /// Pro Santé Connect cannot be reached: name, network, TLS, or no answer in ten seconds.
    PscUnreachable = 4001, Error, Support, retry: true;
    /// Pro Santé Connect says it is not available (5xx, maintenance page).
    PscUnavailable = 4002, Error, Person, retry: true;
    /// Pro Santé Connect's answer cannot be read.
    PscAnswerUnreadable = 4003, Error, Support, retry: true;
    /// Pro Santé Connect refused the authorization request.
    PscRequestRefused = 4004, Error, Administrator, retry: true;
    /// Pro Santé Connect refused the code.
    PscCodeRefused = 4005, Error, Person, retry: true;
    /// Pro Santé Connect refused the companion's credentials.
    PscClientRefused = 4006, Blocking, Administrator, retry: false;
    /// The ID token failed a check.
    IdTokenRefused = 4007, Security, Support, retry: true;
    /// Userinfo failed a check.
    UserinfoRefused = 4008, Security, Support, retry: true;
    /// `SubjectNameID` is missing or unusable.
    NationalIdRefused = 4009, Error, Support, retry: false;
    /// The discovery document or the keys cannot be used.
    PscDiscoveryRefused = 4010, Blocking, Administrator, retry: true;
    /// The level of the sign-in is not on the companion's list.
    AssuranceLevelRefused = 4011, Error, Person, retry: true;
    /// The answer names another issuer.
    PscIssuerMismatch = 4012, Security, Support, retry: true;
    /// Pro Santé Connect refused the companion's certificate.
    PscCertificateRefused = 4013, Blocking, Administrator, retry: false;
    /// What answers as Pro Santé Connect has a certificate or a TLS version that cannot be trusted.
    PscUntrusted = 4014, Security, Administrator, retry: false;
    /// The companion's clock and Pro Santé Connect's are too far apart.
    ClockWrong = 4015, Blocking, Administrator, retry: false;
    /// The proxy on the way to Pro Santé Connect does not let the companion through.
    PscProxyRefused = 4016, Blocking, Administrator, retry: true;

    /// No smart card service runs on the workstation: no card is detected.
    CardServiceMissing = 5001, Warning, Administrator, retry: true;
    /// The smart card service answers to others, but not to this session of the machine.
    CardServiceRefused = 5002, Warning, Administrator, retry: true;
    /// The smart card service knows no reader.
    CardReaderMissing = 5003, Warning, Support, retry: true;
    /// A card does not answer its reader.
    CardMute = 5004, Warning, Person, retry: true;
    /// Two CPS cards are in the readers: nobody knows which one is hers.
    CardsSeveral = 5005, Warning, Person, retry: true;
}

impl ErrorCode {
    /// Whether a window may have to explain it: not what a companion says of its own configuration, start and administration, which only
    /// its administrator's terminal, log and metrics tell; nor what only a page of the companion
    /// tells the browser that asked, a client's developer reads, or the command line says of itself and of cards;
    /// nor a keyring out of reach, a locked session, a sign-in that waits or was declined, or letters that are not the right ones, for which
    /// the window has words of its own.
    pub const fn is_told_in_the_window(self) -> bool {
        !matches!(
            self,
            Self::ConfigurationInvalid
                | Self::ListenerInsecure
                | Self::EnvironmentMixed
                | Self::ListenerUnavailable
                | Self::CertificateRefused
                | Self::CertificateExpiring
                | Self::SealingKeyBesideDatabase
                | Self::SealingKeyRefused
                | Self::SealingKeyForgotten
                | Self::KeyRotationUnfinished
                | Self::KeyRotationNotBegun
                | Self::BrandingRefused
                | Self::NothingToTell
                | Self::ConformityRefused
                | Self::BackupRefused
                | Self::ListenerCertificateRefused
                | Self::ListenerCertificateUntrusted
                | Self::ReloadRefused
                | Self::AdministrationRefused
                | Self::CompanionNotServing
                | Self::NothingDesignated
                | Self::AuditAltered
                | Self::CompanionUnanswered
                | Self::NotACompanion
                | Self::AdministrationTokenWeak
                | Self::PersonFileRefused
                | Self::AnswerUnwritten
                | Self::AccountLacksAccess
                | Self::DesignationAmbiguous
                | Self::StoreNotCopied
                | Self::CallbackReplayed
                | Self::RequestAlreadyOpened
                | Self::BrowserMismatch
                | Self::FormRefused
                | Self::OwnPageClosed
                | Self::DecisionTaken
                | Self::CookiesTooLong
                | Self::BrowserFull
                | Self::SignOutAddressDead
                | Self::SessionNotOpen
                | Self::ProofNonceDue
                | Self::ScopeUnknown
                | Self::CommandInterrupted
                | Self::CommandRefused
                | Self::OutputUnwritten
                | Self::WebViewMissing
                | Self::SetupValueMissing
                | Self::SetupValueRefused
                | Self::SetupWouldReplace
                | Self::SetupNotWritten
                | Self::InputClosed
                | Self::SessionLocked
                | Self::SignInPending
                | Self::SignInDeclined
                | Self::ConfirmationCodeWrong
                | Self::KeyringUnavailable
                | Self::KeyringLocked
                | Self::KeyringAmbiguous
                | Self::KeyringSilent
                | Self::KeyringFailed
                | Self::KeyringUnfit
                | Self::CardServiceMissing
                | Self::CardServiceRefused
                | Self::CardReaderMissing
                | Self::CardMute
                | Self::CardsSeveral
        )
    }

    /// Title, cause and remedy in the given language.
    pub const fn explanation(self, language: Language) -> Explanation {
        match language {
            Language::Fr => fr::explanation(self),
            Language::En => en::explanation(self),
        }
    }
}

impl ErrorCode {
    /// The English cause in the characters that `error_description` may have (RFC 6749 section 5.2).
    pub fn ascii_description(self) -> String {
        let mut description = String::new();
        for character in self.explanation(Language::En).cause.chars() {
            match character {
                'é' => description.push('e'),
                '’' | '"' => description.push('\''),
                '\u{a0}' | '\u{202f}' => description.push(' '),
                '–' | '—' => description.push('-'),
                other => description.push(other),
            }
        }
        description
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "VST-{}", self.number())
    }
}

impl From<ErrorCode> for String {
    fn from(code: ErrorCode) -> Self {
        code.to_string()
    }
}

/// No code of that name in this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a code of this version's catalogue")]
pub struct UnknownErrorCode;

impl TryFrom<String> for ErrorCode {
    type Error = UnknownErrorCode;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::ALL.iter().copied().find(|code| code.to_string() == text).ok_or(UnknownErrorCode)
    }
}

#[cfg(test)]
mod tests;
