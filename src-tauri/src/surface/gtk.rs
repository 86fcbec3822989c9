//! Linux: the web engine takes the theme of the toolkit's settings, by these very signs (WebKitGTK, `PageClientImpl::effectiveAppearanceIsDark`).
//! What the shell says of the theme is something else: it asks the portal, which this build does without, and says light where nobody answers.

use gtk::prelude::GtkSettingsExt as _;
use tauri::WebviewWindow;

/// Whether the page will be dark.
pub fn is_dark(_window: &WebviewWindow) -> bool {
    let settings = gtk::Settings::default();
    let prefers = settings.as_ref().is_some_and(gtk::Settings::is_gtk_application_prefer_dark_theme);
    let name = std::env::var("GTK_THEME").ok().or_else(|| settings.and_then(|settings| settings.gtk_theme_name()).map(Into::into));
    prefers || name.as_deref().is_some_and(names_a_dark_theme)
}

fn names_a_dark_theme(name: &str) -> bool {
    ["-dark", "-Dark", ":dark"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_themes_are_known_by_how_their_names_end() {
        for (name, is_dark) in [
            ("Adwaita-dark", true),
            ("Adwaita:dark", true),
            ("Yaru-Dark", true),
            ("Adwaita", false),
            ("Darkness", false),
            ("dark-Adwaita", false),
            ("", false),
        ] {
            assert_eq!(names_a_dark_theme(name), is_dark, "{name}");
        }
    }
}
