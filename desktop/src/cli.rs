//! The command line `vestibule`. It shares the keyring entry with the window: one workstation, one session.
//!
//! Exit codes: 0 done · 1 refused, declined, cancelled, nobody signed in or no keyring to tell · 2 bad usage or settings · 3 the companion or Pro Santé Connect
//! cannot be reached. `doctor`: 0 all well · 1 a warning · 2 a failure.

use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;
use tracing::field::display;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::session::SignInId;

use crate::clock::Clock;
use crate::companion::{Cause, ClientRefused, CompanionError};
use crate::doctor;
use crate::keyring::Timed;
use crate::link::{Link, LinkRefused, Patience};
use crate::ports::Ports;
use crate::session::CallError;
use crate::settings::{ActivitySource, Settings, SettingsError};
use crate::system_words::SystemFault;
use crate::words::{self, Words};

mod arguments;
mod card;
mod log;
mod login;
mod print;
mod report;
mod session;
mod sessions;
mod settings;
mod unkept;

use arguments::{Arguments, Command, SessionsAction, SettingsAction};

/// What a command line writes to.
pub struct Output<'a> {
    /// Results: text, or one JSON document.
    pub out: &'a mut (dyn Write + Send),
    /// Everything else.
    pub err: &'a mut (dyn Write + Send),
}

/// Why a command stops. Always a code of the catalogue, so that the text is in a language of people and the number can be looked up.
#[derive(Debug)]
pub(crate) struct Stop {
    code: ErrorCode,
    sign_in_id: Option<SignInId>,
    /// Which file and key, for example: in place of the catalogue's cause.
    detail: Option<Detail>,
    /// In place of the catalogue's, which may be about the window.
    remedy: Option<&'static str>,
    /// Why the companion did not answer, where it can be told.
    cause: Option<Cause>,
    /// Whether the session that the command had opened was ended.
    ended: Option<bool>,
    exit: u8,
    /// What is wrong with the output, when it is that.
    output: Option<OutputFault>,
}

/// What the code alone leaves out.
#[derive(Debug)]
enum Detail {
    Said(String),
    /// Why the output takes nothing.
    Output(SystemFault),
    /// Why no client can be made.
    Client(ClientRefused),
}

impl Detail {
    fn told(&self, words: &dyn Words) -> String {
        match self {
            Self::Said(text) => text.clone(),
            Self::Output(fault) => words.output_unwritable(&words.system_fault(*fault)),
            Self::Client(error) => words.client_refused(error),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OutputFault {
    /// Whoever read it has gone: there is nobody to tell.
    Unheard,
    Unwritable,
}

impl OutputFault {
    /// For the log.
    fn name(self) -> &'static str {
        match self {
            Self::Unheard => "unheard",
            Self::Unwritable => "unwritable",
        }
    }
}

/// Done.
pub const DONE: u8 = 0;
/// Refused, declined, cancelled, nobody signed in, or no keyring that tells whether somebody is.
pub const REFUSED: u8 = 1;
/// Bad usage or settings.
pub const MISUSED: u8 = 2;
/// The companion or Pro Santé Connect cannot be reached.
pub const UNREACHABLE: u8 = 3;

impl Stop {
    fn of(code: ErrorCode) -> Self {
        let unreachable = matches!(
            code,
            ErrorCode::CompanionUnreachable
                | ErrorCode::CompanionUnavailable
                | ErrorCode::ProxyAuthenticationRequired
                | ErrorCode::ProxyRefused
                | ErrorCode::ProxyUnreachable
                | ErrorCode::PscUnreachable
                | ErrorCode::PscUnavailable
        );
        let misused = matches!(
            code,
            ErrorCode::SettingsInvalid
                | ErrorCode::CompanionAddressRefused
                | ErrorCode::PolicyExposed
                | ErrorCode::PolicyNotPermitted
                | ErrorCode::HomeUnknown
                | ErrorCode::SettingReserved
                | ErrorCode::DevelopmentPolicyRefused
                | ErrorCode::CommandRefused
        );
        let exit = if unreachable {
            UNREACHABLE
        } else if misused {
            MISUSED
        } else {
            REFUSED
        };
        Self { code, sign_in_id: None, detail: None, remedy: None, cause: None, ended: None, exit, output: None }
    }

    fn misused(detail: String) -> Self {
        Self { detail: Some(Detail::Said(detail)), ..Self::of(ErrorCode::CommandRefused) }
    }

    /// Told to stop before its end.
    fn interrupted(thread: Option<SignInId>) -> Self {
        Self { sign_in_id: thread, ..Self::of(ErrorCode::CommandInterrupted) }
    }

    /// With its thread, where there is one: a ticket brings that, and no other line may tell the code.
    fn log(&self) {
        let (thread, cause, output) =
            (self.sign_in_id.as_ref().map(display), self.cause.map(Cause::name), self.output.map(OutputFault::name));
        tracing::warn!(sign_in.id = thread, error.code = %self.code, cause, output, "The command stopped");
    }

    /// Names what the code alone leaves out: which proxy and who set it, which browser, whose certificate.
    async fn explained(self, settings: &Settings, ports: &Ports, words: &dyn Words) -> Self {
        if self.code == ErrorCode::CompanionUntrusted && self.detail.is_none() {
            let met = doctor::certificate_met(settings, ports, self.cause, words).await;
            return match met {
                Some(check) => Self { detail: Some(Detail::Said(check.told(words))), remedy: check.remedy.or(self.remedy), ..self },
                None => self,
            };
        }
        let is_proxy = matches!(self.code, ErrorCode::ProxyAuthenticationRequired | ErrorCode::ProxyRefused | ErrorCode::ProxyUnreachable);
        let detail = match self.detail {
            None if is_proxy => Some(Detail::Said(words.way_to_companion(&words.route(&settings.route)))),
            None if self.code == ErrorCode::BrowserNotOpened => {
                let launcher = ports.browser.launcher().await;
                let told = words.launcher(&launcher);
                Some(Detail::Said(if launcher.opens() { words.browser_did_not_open(&told) } else { words.browser_is(&told) }))
            }
            detail => detail,
        };
        Self { detail, ..self }
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        match &error {
            CallError::Companion(error) => error.into(),
            CallError::Over(_) | CallError::NoInput => Self::of(error.code()),
        }
    }
}

impl From<&CompanionError> for Stop {
    fn from(error: &CompanionError) -> Self {
        Self { sign_in_id: error.sign_in_id().cloned(), cause: error.cause(), ..Self::of(error.code()) }
    }
}

impl From<LinkRefused> for Stop {
    fn from(error: LinkRefused) -> Self {
        let code = error.code();
        let detail = match error {
            LinkRefused::Client(error) => Some(Detail::Client(error)),
            LinkRefused::Random(_) | LinkRefused::Lost(_) => None,
        };
        Self { detail, ..Self::of(code) }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        let fault = SystemFault::from(&error);
        let output = Some(if is_unheard(&error) { OutputFault::Unheard } else { OutputFault::Unwritable });
        let detail = Some(Detail::Output(fault));
        Self { detail, output, ..Self::of(ErrorCode::OutputUnwritten) }
    }
}

fn is_unheard(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::BrokenPipe
}

/// A line beside the result, which goes elsewhere: that this one cannot be written stops nothing.
fn aside(err: &mut (dyn Write + Send), line: &str) {
    if let Err(error) = writeln!(err, "{line}") {
        tracing::debug!(%error, "A line beside the result was not written");
    }
}

/// All that can be asked, as the help tells it in this language.
pub fn command_line(language: Language) -> clap::Command {
    arguments::command(words::of(language))
}

/// Lines that a person types, once somebody asks for them; a line may hold letters of a page.
pub type Typing = Box<dyn FnOnce() -> UnboundedReceiver<SecretString> + Send>;

/// Lines of the standard input. Read by a thread of its own, which the end of the program does not wait for.
pub fn standard_input() -> Typing {
    Box::new(|| {
        let (lines_in, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines() {
                let Ok(line) = line else { return };
                if lines_in.send(SecretString::from(line)).is_err() {
                    return;
                }
            }
        });
        lines
    })
}

/// Runs one command; returns the exit code.
pub async fn run(
    arguments: Vec<String>,
    settings: Result<Settings, SettingsError>,
    ports: Ports,
    typing: Typing,
    output: Output<'_>,
) -> u8 {
    let Output { out, err } = output;
    let ports = settings.iter().fold(ports, Ports::under);
    let language = settings.as_ref().map_or(Language::Fr, |settings| settings.language);
    let words = words::of(language);
    let arguments = arguments::usual(arguments);
    // Known even of a command that is not understood: whoever asked reads an answer of one form.
    let asks_json = arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json" || word.starts_with("--json="));
    let done = match Arguments::told_in(words, arguments) {
        Ok(arguments) => command(arguments.command, settings, ports, typing, Output { out, err }).await,
        Err(error) if !error.use_stderr() => write!(out, "{error}").map(|()| DONE).map_err(Stop::from),
        Err(error) => Err(Stop::misused(words.misunderstood(&arguments::misunderstood(&error)))),
    };
    done.unwrap_or_else(|stop| {
        // Whoever read as far as he wanted was served. A session that was closed again for it is no success.
        if stop.output == Some(OutputFault::Unheard) && stop.ended.is_none() {
            tracing::debug!("Nobody reads the output any more");
            return DONE;
        }
        stop.log();
        if asks_json && stop.output.is_none() {
            let told =
                print::json(&print::error_document(&stop, language)).map(|text| out.write_all(text.as_bytes()).and_then(|()| out.flush()));
            tracing::debug!(?told, "The error was told as JSON");
        }
        // Nobody is left to tell when the error stream itself fails.
        let _ = err.write_all(print::stop(&stop, language).as_bytes());
        stop.exit
    })
}

async fn command(
    command: Command,
    settings: Result<Settings, SettingsError>,
    ports: Ports,
    typing: Typing,
    output: Output<'_>,
) -> Result<u8, Stop> {
    if let Err(error) = &settings {
        tracing::error!(error.code = %error.code(), %error, "The settings cannot be used");
    }
    if let Command::Doctor { json } = command {
        return tokio::select! {
            biased;
            () = ports.interruption.comes() => Err(Stop { exit: MISUSED, ..Stop::interrupted(None) }),
            done = diagnosis(json, settings, &ports, output) => done,
        };
    }
    // Nobody could say in which language.
    let told = |error: &SettingsError| Some(Detail::Said(words::of(Language::Fr).settings_error(error)));
    // Both are for when nothing else works.
    if let Command::Log(asked) = command {
        return log::log(asked, settings.as_ref().ok(), &ports, output).await;
    }
    if let Command::Report(asked) = command {
        return report::report(asked, settings.as_ref(), &ports, typing, output).await;
    }
    let settings = settings.map_err(|error| Stop { detail: told(&error), ..Stop::of(error.code()) })?;
    if let Command::Settings { action: SettingsAction::Show { sources, json } } = command {
        return settings::show(sources, json, &settings, output);
    }
    if let Command::Card { action } = command {
        return card::card(action, &settings, &ports, output).await;
    }
    let (own, outside, words) = (settings.clone(), ports.clone(), words::of(settings.language));
    let done = match command {
        Command::Login(asked) => login::login(asked, settings, ports, typing, output).await,
        Command::Doctor { .. } | Command::Settings { .. } | Command::Card { .. } | Command::Log(_) | Command::Report(_) => Ok(DONE),
        Command::Activity { .. } if settings.activity_source != ActivitySource::Caller => {
            Err(Stop::misused(words.activity_counts_not().to_owned()))
        }
        command @ (Command::Status { .. }
        | Command::Situation { .. }
        | Command::Logout { .. }
        | Command::Activity { .. }
        | Command::Sessions { .. }) => about_the_session(command, &settings, ports, output).await,
    };
    match done {
        Err(stop) => Err(stop.explained(&own, &outside, words).await),
        done => done,
    }
}

/// Where the time of a command goes.
struct Watch {
    clock: Arc<dyn Clock>,
    began: Duration,
    keyring: Arc<Timed>,
}

impl Watch {
    /// From now on, with the keyring watched.
    fn over(ports: Ports) -> (Self, Ports) {
        let (clock, keyring) = (ports.clock.clone(), Arc::new(Timed::new(ports.keyring, ports.clock.clone())));
        (Self { began: clock.elapsed(), clock, keyring: keyring.clone() }, Ports { keyring, ..ports })
    }

    /// Since it began, and what of it was the keyring's.
    fn spent(&self) -> (Duration, Duration) {
        (self.clock.elapsed().saturating_sub(self.began), self.keyring.spent())
    }
}

async fn about_the_session(command: Command, settings: &Settings, ports: Ports, mut output: Output<'_>) -> Result<u8, Stop> {
    let interruption = ports.interruption.clone();
    let (watch, ports) = Watch::over(ports);
    // One for the whole command: a new one for each step would miss what came in between.
    let mut interrupted = std::pin::pin!(interruption.comes());
    let workstation = tokio::select! {
        biased;
        () = &mut interrupted => return Err(Stop::interrupted(None)),
        workstation = Workstation::open(settings, ports, KEYRING, output.err) => workstation?,
    };
    let leaves = matches!(command, Command::Logout { .. } | Command::Sessions { action: Some(_), .. });
    let patience = if leaves { SIGN_OUTS } else { SIGN_OUTS_ASIDE };
    let earlier = tokio::select! {
        biased;
        () = &mut interrupted => return Err(Stop::interrupted(None)),
        earlier = session::settle_earlier(&workstation, &mut output, patience) => earlier,
    };
    let owed = earlier == Some(session::PscSession::Later);
    // What the companion refuses without naming the session is about this one all the same.
    let named = |stop: Stop| Stop { sign_in_id: stop.sign_in_id.or_else(|| workstation.thread.get().cloned()), ..stop };
    if let Command::Logout { json } = command {
        return session::logout(json, earlier, &workstation, interrupted, output).await;
    }
    if let Command::Sessions { action: Some(SessionsAction::End { ended, json }), .. } = command {
        let ended = tokio::select! {
            biased;
            () = &mut interrupted => return Err(Stop::interrupted(workstation.thread.get().cloned())),
            ended = sessions::end(ended, json, owed, &workstation, &mut output) => ended.map_err(named)?,
        };
        return match ended {
            sessions::Then::Done(exit) => Ok(exit),
            sessions::Then::SignOut => session::logout(json, earlier, &workstation, interrupted, output).await,
        };
    }
    let asked = async {
        match command {
            Command::Sessions { json, .. } => sessions::list(json, owed, &workstation, output).await,
            Command::Status { json } => session::status(json, owed, &watch, &workstation, output).await,
            Command::Situation { id, json } => session::situation(id, json, owed, &workstation, output).await,
            Command::Activity { ago, json } => session::activity(Duration::from_secs(ago), json, owed, &workstation, output).await,
            Command::Login(_)
            | Command::Logout { .. }
            | Command::Doctor { .. }
            | Command::Settings { .. }
            | Command::Card { .. }
            | Command::Log(_)
            | Command::Report(_) => Ok(DONE),
        }
    };
    tokio::select! {
        biased;
        () = interrupted => Err(Stop::interrupted(workstation.thread.get().cloned())),
        done = asked => done.map_err(named),
    }
}

/// Each line as soon as it is known; a program waits for one whole document.
async fn diagnosis(json: bool, settings: Result<Settings, SettingsError>, ports: &Ports, output: Output<'_>) -> Result<u8, Stop> {
    let words = words::of(settings.as_ref().map_or(Language::Fr, |settings| settings.language));
    if json {
        let report = doctor::examine(settings.as_ref(), ports, words, &mut |_| {}).await;
        output.out.write_all(print::json(&report)?.as_bytes())?;
        return Ok(report.exit_code());
    }
    let out = output.out;
    out.write_all(doctor::Diagnosis::heading().as_bytes())?;
    let (mut written, unwritable) = (Ok(()), CancellationToken::new());
    let mut tell = |check: &doctor::Check| {
        if written.is_ok() {
            written = out.write_all(check.to_text(words).as_bytes()).and_then(|()| out.flush());
        }
        if written.is_err() {
            unwritable.cancel();
        }
    };
    let report = tokio::select! {
        biased;
        // Nobody waits for the checks that are left.
        () = unwritable.cancelled() => None,
        report = doctor::examine(settings.as_ref(), ports, words, &mut tell) => Some(report),
    };
    written?;
    Ok(report.map_or(DONE, |report| report.exit_code()))
}

/// How long a command waits for the keyring, which a person may have to unlock.
const KEYRING: Duration = Duration::from_secs(10);

/// How long a sign-out waits for those that were asked for before it.
const SIGN_OUTS: Duration = Duration::from_secs(10);

/// The same where something else is asked for: they are sent by the next command, if not by this one.
const SIGN_OUTS_ASIDE: Duration = Duration::from_secs(5);

/// A keyring that took so long is said to be slow.
const SLOW: Duration = Duration::from_secs(2);

/// What a command about a session has at hand.
pub(crate) struct Workstation {
    link: Link,
    ports: Ports,
    language: Language,
    /// Of the session that the command is about, once it is known.
    thread: OnceLock<SignInId>,
}

impl Workstation {
    /// Waits for the keyring as long as `longest` allows, and says so.
    async fn open(settings: &Settings, ports: Ports, longest: Duration, err: &mut (dyn Write + Send)) -> Result<Self, Stop> {
        let patience = Patience { longest, slow: SLOW.min(longest) };
        let words = words::of(settings.language);
        let link = Link::open(settings, &ports, patience, &CancellationToken::new(), || aside(err, words.keyring_awaited())).await?;
        Ok(Self { link, ports, language: settings.language, thread: OnceLock::new() })
    }

    fn words(&self) -> &'static dyn Words {
        words::of(self.language)
    }
}
