//! The command line `vestibule`: see `vestibule --help`.

use std::process::ExitCode;

use vestibule_desktop::cli::{self, Output};
use vestibule_desktop::{Ports, Settings, logging};

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::load();
    // The log is a convenience here: a command works without it, and says what went wrong by itself.
    let _log = settings.as_ref().ok().and_then(|settings| logging::start(&settings.paths.logs, logging::level_from_environment()).ok());
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let output = Output { out: &mut out, err: &mut err };
    // Arguments that are not text are shown as best they can and refused as unknown.
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    ExitCode::from(cli::run(arguments, settings, Ports::system(), cli::standard_input(), output).await)
}
