//! The desktop window. It forwards requests to the engine and views to the interface; it decides nothing.
//!
//! | file | what it does |
//! |---|---|
//! | `main.rs` | starts the engine, then the window |
//! | `window.rs` | builds the window, follows the engine, quits |
//! | `navigation.rs` | refuses every page that is not bundled (EXI 25) |
//! | `commands.rs` | the two doors of the interface |

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod commands;
mod navigation;
mod window;

use tauri::Manager as _;
use vestibule_desktop::logging::{self, LogGuard};
use vestibule_desktop::paths::Paths;
use vestibule_desktop::settings::Settings;
use vestibule_desktop::{Engine, EngineHandle, Ports};

fn main() -> anyhow::Result<()> {
    let _log_guard = start_log();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| window::bring_to_front(app)))
        .invoke_handler(tauri::generate_handler![commands::view, commands::request])
        .setup(|app| {
            let engine = start_engine();
            window::open(app.handle(), &engine)?;
            app.manage(engine);
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(window::on_run_event);
    Ok(())
}

/// A folder that cannot be written must not keep anyone from working: the log is then missing, and stderr says why.
fn start_log() -> Option<LogGuard> {
    let started = Paths::of_this_user()
        .map_err(anyhow::Error::from)
        .and_then(|paths| logging::start(&paths.logs, logging::level_from_environment()).map_err(anyhow::Error::from));
    #[expect(clippy::print_stderr, reason = "there is no log to write to")]
    started.inspect_err(|error| eprintln!("vestibule-app: {error}")).ok()
}

/// Unusable settings still give a window: it shows what is wrong, instead of nothing at all.
fn start_engine() -> EngineHandle {
    let _runtime = tauri::async_runtime::handle().inner().enter();
    match Settings::load() {
        Ok(settings) => Engine::start(settings, Ports::system()),
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "the settings cannot be used");
            Engine::refused(error.code())
        }
    }
}
