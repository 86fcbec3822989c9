//! Windows and macOS: the system says it, to whoever has a window.

use tauri::WebviewWindow;

/// Whether the page will be dark.
pub fn is_dark(window: &WebviewWindow) -> bool {
    matches!(window.theme(), Ok(tauri::Theme::Dark))
}
