//! The command line: what it says of itself, and of what was asked.

mod en;
mod fr;

/// What the command line says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Help {
    About,
    Usage,
    Commands,
    Command,
    ExitCodes,
    Flag,
    Version,
    Login,
    Status,
    Situation,
    Logout,
    Activity,
    Ago,
    Card,
    CardStatus,
    CardWatch,
    Sessions,
    EndSessions,
    EndedSession,
    AllSessions,
    OtherSessions,
    Doctor,
    Log,
    Follow,
    OfSignIn,
    Lines,
    Number,
    LogFolder,
    Report,
    ReportFile,
    ReportDays,
    ReportUnasked,
    File,
    Settings,
    Show,
    Json,
    Timeout,
    Seconds,
    ChosenSituation,
    NoBrowser,
    Qr,
    Exchange,
    ExchangeName,
    SituationId,
    Sources,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    Seconds,
    SecondsAgo,
    Exchange,
    Situation,
    Session,
    Number,
    Days,
}

/// What is wrong with a command line; texts are the words at fault.
#[derive(Debug)]
pub(crate) enum Misunderstood {
    UnknownCommand(String),
    UnknownOption(String),
    Superfluous(String),
    NoValue(String, Option<Admitted>),
    WrongValue(String, Option<Admitted>),
    TakesNoValue(String),
    Twice(String),
    NotTogether(String, String),
    Missing(String),
    NoCommand,
    Otherwise,
}

/// In each language.
pub(crate) trait CommandLineWords {
    fn help(&self, help: Help) -> &'static str;
    fn misunderstood(&self, misunderstood: &Misunderstood) -> String;
    fn output_unwritable(&self, fault: &str) -> String;
    fn keyring_awaited(&self) -> &'static str;
    fn replaced_remedy(&self) -> &'static str;
    fn situation_remedy(&self) -> &'static str;
    fn situation_remedy_signed_in(&self) -> &'static str;
}
