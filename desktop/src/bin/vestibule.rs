//! The command line `vestibule`: see `vestibule --help`.

use std::process::ExitCode;

use vestibule_desktop::cli::{self, Output};
use vestibule_desktop::logging::{self, LogGuard};
use vestibule_desktop::paths::Paths;
use vestibule_desktop::settings::SettingsError;
use vestibule_desktop::{Ports, Settings, core_dumps};

fn main() -> std::io::Result<ExitCode> {
    core_dumps::leave_none();
    let settings = Settings::load();
    let _log = log(settings.as_ref().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(command(settings));
    // A thread that waits for the system (a name, a keyring, a launcher) cannot be cancelled: it must not keep the process.
    runtime.shutdown_background();
    Ok(ExitCode::from(code))
}

/// The log is a convenience here: a command works without it, and says what went wrong by itself. Unusable settings belong in it too.
fn log(settings: Option<&Settings>) -> Option<LogGuard> {
    let paths = Paths::of_this_user().ok()?;
    let format = settings.map(|settings| settings.log_format).unwrap_or_default();
    logging::start(&paths.logs, logging::level_from_environment(), format).ok()
}

async fn command(settings: Result<Settings, SettingsError>) -> u8 {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let output = Output { out: &mut out, err: &mut err };
    // Arguments that are not text are shown as best they can and refused as unknown.
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    cli::run(arguments, settings, Ports::system(), cli::standard_input(), output).await
}
