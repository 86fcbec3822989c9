//! The desktop window. It forwards requests to the engine and views to the interface; it decides nothing.
//!
//! | file | what it does |
//! |---|---|
//! | `main.rs` | starts the engine, then the window |
//! | `tray.rs` | the icon beside the clock, where the administrator wants one |
//! | `window.rs` | builds the window, follows the engine, quits |
//! | `surface.rs` | the colour of the window before its page is drawn |
//! | `navigation.rs` | refuses every page that is not bundled (EXI 25) |
//! | `commands.rs` | the two doors of the interface |
//! | `web_view.rs` | Windows: whether there is anything to show the window with |

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod commands;
mod navigation;
mod surface;
mod tray;
#[cfg(windows)]
mod web_view;
mod window;

use std::ffi::OsString;
use std::process::ExitCode;

use tauri::Manager as _;
use vestibule_desktop::logging::{self, LogGuard};
use vestibule_desktop::paths::Paths;
use vestibule_desktop::settings::{Settings, SettingsError};
use vestibule_desktop::words::start_up;
use vestibule_desktop::{Engine, EngineHandle, Ports, core_dumps};
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;

fn main() -> anyhow::Result<ExitCode> {
    core_dumps::leave_none();
    if let Some(text) = answer(std::env::args_os().nth(1), start_up::language) {
        #[expect(clippy::print_stdout, reason = "what was asked for")]
        {
            println!("{text}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    if cfg!(target_os = "linux") && !has_screen(|name| std::env::var_os(name)) {
        #[expect(clippy::print_stderr, reason = "there is no window in which to say it")]
        {
            eprintln!("{}", start_up::no_screen(start_up::language()));
        }
        return Ok(ExitCode::from(2));
    }
    let settings = Settings::load();
    let _log_guard = start_log(settings.as_ref().ok());
    #[cfg(windows)]
    if web_view::is_missing() {
        return Ok(web_view::tell(start_up::language()));
    }
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _folder| window::second_start(app, arguments)))
        .invoke_handler(tauri::generate_handler![commands::view, commands::request])
        .setup(|app| {
            let engine = start_engine(settings);
            window::open(app.handle(), &engine)?;
            app.manage(engine.clone());
            tray::start(app.handle(), &engine, std::env::args_os().nth(1).is_some_and(|argument| argument == tray::HIDDEN));
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| window::on_run_event(app, event, tray::close));
    Ok(ExitCode::SUCCESS)
}

/// What is printed instead of opening the window. An address of the app's scheme, for one, opens it: nobody waits for an answer yet.
fn answer(argument: Option<OsString>, language: impl FnOnce() -> Language) -> Option<String> {
    let version = format!("vestibule-app {}", env!("CARGO_PKG_VERSION"));
    match argument?.to_str()? {
        "--version" | "-V" => Some(version),
        "--help" | "-h" => Some(start_up::help(language(), &version)),
        _ => None,
    }
}

/// Without one, the toolkit panics.
fn has_screen(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

/// A folder that cannot be written must not keep anyone from working: the log is then missing, and stderr says why.
fn start_log(settings: Option<&Settings>) -> Option<LogGuard> {
    let format = settings.map(|settings| settings.log_format).unwrap_or_default();
    let started = Paths::of_this_user()
        .map_err(|_| ErrorCode::HomeUnknown)
        .and_then(|paths| logging::start(&paths.logs, logging::level_from_environment(), format).map_err(|error| error.code()));
    #[expect(clippy::print_stderr, reason = "there is no log to write to")]
    started.inspect_err(|code| eprintln!("{}", start_up::no_log(start_up::language(), *code))).ok()
}

/// Unusable settings still give a window: it shows what is wrong, instead of nothing at all.
fn start_engine(settings: Result<Settings, SettingsError>) -> EngineHandle {
    let _runtime = tauri::async_runtime::handle().inner().enter();
    match settings {
        Ok(settings) => Engine::start(settings, Ports::system()),
        Err(error) => {
            tracing::error!(error.code = %error.code(), %error, "The settings cannot be used");
            Engine::refused(error, Ports::system())
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_desktop::words::start_up;
    use vestibule_model::language::Language;

    #[test]
    fn help_and_version_are_printed_and_nothing_else_is() {
        let answer = |text: &str| super::answer(Some(text.into()), || Language::Fr);
        assert_eq!(answer("--version").as_deref(), Some(concat!("vestibule-app ", env!("CARGO_PKG_VERSION"))));
        assert!(answer("-h").is_some_and(|text| text.contains("vestibule doctor") && text.contains("Ouvre la fenêtre")));
        assert!(super::answer(Some("-h".into()), || Language::En).is_some_and(|text| text.contains("Opens the sign-in window")));
        for other in ["", "--nimporte", "fr.vestibule.app:/cb/x?code=c", "--help=x"] {
            assert_eq!(answer(other), None, "{other}");
        }
        assert_eq!(super::answer(None, || Language::Fr), None);
    }

    #[test]
    fn a_log_that_cannot_be_written_is_told_with_its_code() {
        for code in [vestibule_model::ErrorCode::HomeUnknown, vestibule_model::ErrorCode::LocalStorageFailed] {
            let told = start_up::no_log(Language::Fr, code);
            assert!(told.starts_with(&format!("vestibule-app\u{a0}: {code}\u{a0}: ")), "{told}");
            for language in [Language::Fr, Language::En] {
                let told = start_up::no_log(language, code);
                assert!(told.contains(code.explanation(language).remedy), "{told}");
            }
        }
    }

    #[test]
    fn a_screen_is_x11_or_wayland() {
        let with = |set: &'static str, value: &'static str| super::has_screen(move |name| (name == set).then(|| value.into()));
        assert!(with("DISPLAY", ":0") && with("WAYLAND_DISPLAY", "wayland-0"));
        assert!(!with("DISPLAY", "") && !with("LANG", "fr_FR.UTF-8"));
    }
}
