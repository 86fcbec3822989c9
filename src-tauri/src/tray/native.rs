//! The notification area of Windows, the menu bar of macOS. Always there; Windows puts the icon back when its shell restarts.

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};
use tokio::sync::{mpsc, watch};
use vestibule_desktop::tray::{Act, TrayView};

use super::{Face, Picture};

/// The icon.
pub struct Icon {
    app: AppHandle,
    icon: Option<TrayIcon>,
}

pub fn show(app: &AppHandle, view: TrayView, acts: mpsc::UnboundedSender<Act>, there: watch::Sender<bool>) -> Icon {
    let icon = build(app, acts).inspect_err(|error| tracing::warn!(%error, "The notification area takes no icon")).ok();
    there.send_replace(icon.is_some());
    let icon = Icon { app: app.clone(), icon };
    icon.update(view);
    icon
}

pub async fn is_seen() -> bool {
    true
}

fn build(app: &AppHandle, acts: mpsc::UnboundedSender<Act>) -> tauri::Result<TrayIcon> {
    let (chosen, opened) = (acts.clone(), acts);
    TrayIconBuilder::new()
        .show_menu_on_left_click(false)
        .on_menu_event(move |_, event| {
            if let Some(act) = Act::named(event.id().as_ref()) {
                // Nobody listens once the program quits.
                let _ = chosen.send(act);
            }
        })
        .on_tray_icon_event(move |_, event| {
            if matches!(event, TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }) {
                let _ = opened.send(Act::Open);
            }
        })
        .build(app)
}

impl Icon {
    pub fn update(&self, view: TrayView) {
        let Some(icon) = &self.icon else { return };
        if let Err(error) = self.draw(icon, view) {
            tracing::warn!(%error, "The icon could not be drawn");
        }
    }

    fn draw(&self, icon: &TrayIcon, view: TrayView) -> tauri::Result<()> {
        let Face { view, picture } = Face::new(&self.app, view);
        icon.set_menu(Some(menu(&self.app, &view)?))?;
        icon.set_tooltip(Some(&view.title))?;
        icon.set_icon(picture.map(|Picture { rgba, width, height }| Image::new_owned(rgba, width, height)))
    }
}

fn menu(app: &AppHandle, view: &TrayView) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    menu.append(&MenuItem::new(app, without_mnemonic(&view.title), false, None::<&str>)?)?;
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    for entry in &view.entries {
        menu.append(&MenuItem::with_id(app, entry.act.name(), without_mnemonic(&entry.label), true, None::<&str>)?)?;
    }
    Ok(menu)
}

/// An ampersand would make the next letter a shortcut.
fn without_mnemonic(label: &str) -> String {
    label.replace('&', "&&")
}
