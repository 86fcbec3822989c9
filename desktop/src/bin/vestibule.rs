//! The command line `vestibule`: see `vestibule --help`.

use std::process::ExitCode;

use vestibule_desktop::cli::{self, Output};
use vestibule_desktop::paths::Paths;
use vestibule_desktop::{Ports, Settings, core_dumps, logging};

fn main() -> std::io::Result<ExitCode> {
    core_dumps::leave_none();
    // The log is a convenience here: a command works without it, and says what went wrong by itself. Unusable settings belong in it too.
    let _log = Paths::of_this_user().ok().and_then(|paths| logging::start(&paths.logs, logging::level_from_environment()).ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(command());
    // A thread that waits for the system (a name, a keyring, a launcher) cannot be cancelled: it must not keep the process.
    runtime.shutdown_background();
    Ok(ExitCode::from(code))
}

async fn command() -> u8 {
    let settings = Settings::load();
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let output = Output { out: &mut out, err: &mut err };
    // Arguments that are not text are shown as best they can and refused as unknown.
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    cli::run(arguments, settings, Ports::system(), cli::standard_input(), output).await
}
