//! The colour of the window before its page is drawn, so that nothing flashes at whoever works in the dark.

use tauri::window::Color;

#[cfg(all(unix, not(target_os = "macos")))]
#[path = "surface/gtk.rs"]
mod theme;
#[cfg(any(windows, target_os = "macos"))]
#[path = "surface/native.rs"]
mod theme;

pub use theme::is_dark;

/// Surfaces of the two themes (design tokens `--surface`).
const LIGHT: Color = Color(0xf4, 0xf1, 0xec, 0xff);
const DARK: Color = Color(0x19, 0x17, 0x15, 0xff);

/// The surface of the theme that the page will take.
pub const fn of(is_dark: bool) -> Color {
    if is_dark { DARK } else { LIGHT }
}
