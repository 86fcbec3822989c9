//! The command line `vestibule`. It shares the keyring entry with the window: one workstation, one session.
//!
//! Exit codes: 0 done · 1 refused, declined, cancelled or nobody signed in · 2 bad usage or settings · 3 the companion or Pro Santé Connect
//! cannot be reached. `doctor`: 0 all well · 1 a warning · 2 a failure.

use std::io::Write;
use std::sync::Arc;

use clap::Parser;
use secrecy::SecretString;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use vestibule_model::ErrorCode;
use vestibule_model::session::SignInId;
use vestibule_model::view::Language;

use crate::companion::{Companion, CompanionAddress};
use crate::device::Device;
use crate::doctor;
use crate::ports::Ports;
use crate::session::CallError;
use crate::settings::{Settings, SettingsError};

mod arguments;
mod login;
mod print;
mod session;

use arguments::{Arguments, Command};

/// What a command line writes to.
pub struct Output<'a> {
    /// Results: text, or one JSON document.
    pub out: &'a mut (dyn Write + Send),
    /// Everything else.
    pub err: &'a mut (dyn Write + Send),
}

/// Why a command stops. Always a code of the catalogue, so that the text is French and the number can be looked up.
#[derive(Debug)]
pub(crate) struct Stop {
    code: ErrorCode,
    sign_in_id: Option<SignInId>,
    /// Which file and key, for example.
    detail: Option<String>,
    exit: u8,
}

/// Done.
pub const DONE: u8 = 0;
/// Refused, declined, cancelled, or nobody signed in.
pub const REFUSED: u8 = 1;
/// Bad usage or settings.
pub const MISUSED: u8 = 2;
/// The companion or Pro Santé Connect cannot be reached.
pub const UNREACHABLE: u8 = 3;

impl Stop {
    fn of(code: ErrorCode) -> Self {
        let unreachable = matches!(code, ErrorCode::CompanionUnreachable | ErrorCode::PscUnreachable | ErrorCode::PscUnavailable);
        let misused = matches!(code, ErrorCode::SettingsInvalid | ErrorCode::CompanionAddressRefused);
        let exit = if unreachable {
            UNREACHABLE
        } else if misused {
            MISUSED
        } else {
            REFUSED
        };
        Self { code, sign_in_id: None, detail: None, exit }
    }

    fn misused(detail: String) -> Self {
        Self { code: ErrorCode::RequestMalformed, sign_in_id: None, detail: Some(detail), exit: MISUSED }
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Self::of(error.code())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self { detail: Some(error.to_string()), ..Self::of(ErrorCode::LocalStorageFailed) }
    }
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
    let language = settings.as_ref().map_or(Language::Fr, |settings| settings.language);
    let done = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => command(arguments.command, settings, ports, typing, Output { out, err }).await,
        Err(error) if !error.use_stderr() => write!(out, "{error}").map(|()| DONE).map_err(Stop::from),
        Err(error) => Err(Stop::misused(arguments::misunderstood(&error))),
    };
    done.unwrap_or_else(|stop| {
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
    if let Command::Doctor { json } = command {
        let report = doctor::examine(settings.as_ref(), &ports).await;
        let text = if json { print::json(&report)? } else { report.to_text() };
        output.out.write_all(text.as_bytes())?;
        return Ok(report.exit_code());
    }
    let settings = settings.map_err(|error| Stop { detail: Some(error.in_french()), ..Stop::of(error.code()) })?;
    match command {
        Command::Login(asked) => login::login(asked, settings, ports, typing, output).await,
        Command::Status { json } => session::status(json, &Link::open(&settings, ports).await?, output).await,
        Command::Situation { id, json } => session::situation(id, json, &Link::open(&settings, ports).await?, output).await,
        Command::Logout { json } => session::logout(json, &Link::open(&settings, ports).await?, output).await,
        Command::Doctor { .. } => Ok(DONE),
    }
}

/// The companion, the key with which to speak to it, and the ports.
pub(crate) struct Link {
    companion: Arc<Companion>,
    device: Arc<Device>,
    ports: Ports,
}

impl Link {
    async fn open(settings: &Settings, ports: Ports) -> Result<Self, Stop> {
        let device = Device::open(&ports, settings.keyring_account(), settings.paths.session_lock.clone());
        let device = Arc::new(device.await.map_err(|_| Stop::of(ErrorCode::AppFault))?);
        let address = CompanionAddress {
            origin: &settings.companion_url,
            client_id: &settings.client_id,
            ca_file: settings.companion_ca_file.as_deref(),
        };
        let companion = Companion::new(address, device.key(), ports.clock.clone(), ports.random.clone())
            .map_err(|error| Stop { detail: Some(error.in_french()), ..Stop::of(error.code()) })?;
        Ok(Self { companion: Arc::new(companion), device, ports })
    }
}
