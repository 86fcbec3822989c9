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
use vestibule_desktop::{Engine, EngineHandle, Ports, logging, settings::Settings};

fn main() -> anyhow::Result<()> {
    let _log_guard = logging::start(logging::Program::App);
    let settings = Settings::load();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| window::bring_to_front(app)))
        .invoke_handler(tauri::generate_handler![commands::view, commands::request])
        .setup(move |app| {
            let engine = start_engine(settings);
            window::open(app.handle(), &engine)?;
            app.manage(engine);
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(window::on_run_event);
    Ok(())
}

/// Unusable settings still give a window: it shows what is wrong, instead of nothing at all.
fn start_engine(settings: Result<Settings, vestibule_desktop::settings::SettingsError>) -> EngineHandle {
    let _runtime = tauri::async_runtime::handle().inner().enter();
    match settings {
        Ok(settings) => Engine::start(settings, Ports::system()),
        Err(error) => Engine::refused(&error),
    }
}
