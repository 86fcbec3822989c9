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

use std::ffi::OsString;
use std::process::ExitCode;

use tauri::Manager as _;
use vestibule_desktop::logging::{self, LogGuard};
use vestibule_desktop::paths::Paths;
use vestibule_desktop::settings::Settings;
use vestibule_desktop::{Engine, EngineHandle, Ports};

fn main() -> anyhow::Result<ExitCode> {
    if cfg!(target_os = "linux") && !has_screen(|name| std::env::var_os(name)) {
        #[expect(clippy::print_stderr, reason = "there is no window in which to say it")]
        {
            eprintln!(
                "vestibule-app\u{a0}: cette session n’a pas d’écran (ni DISPLAY, ni WAYLAND_DISPLAY)\u{202f}; la fenêtre ne peut pas s’ouvrir."
            );
            eprintln!("La même connexion, sans fenêtre\u{a0}: vestibule login");
        }
        return Ok(ExitCode::from(2));
    }
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
    Ok(ExitCode::SUCCESS)
}

/// Without one, the toolkit panics.
fn has_screen(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()))
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

#[cfg(test)]
mod tests {
    #[test]
    fn a_screen_is_x11_or_wayland() {
        let with = |set: &'static str, value: &'static str| super::has_screen(move |name| (name == set).then(|| value.into()));
        assert!(with("DISPLAY", ":0") && with("WAYLAND_DISPLAY", "wayland-0"));
        assert!(!with("DISPLAY", "") && !with("LANG", "fr_FR.UTF-8"));
    }
}
