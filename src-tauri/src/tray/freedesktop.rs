//! The freedesktop icon (StatusNotifierItem), by D-Bus: KDE, Xfce, Cinnamon, MATE, LXQt; GNOME with its extension. The only file that names `ksni`.

use ksni::blocking::{Handle, TrayMethods as _};
use ksni::menu::{MenuItem, StandardItem};
use ksni::{OfflineReason, Status, ToolTip};
use tauri::AppHandle;
use tokio::sync::{mpsc, watch};
use vestibule_desktop::standing::Standing;
use vestibule_desktop::tray::{Act, TrayView};

use super::{Face, Picture};

/// The icon, whether it is seen or not.
pub struct Icon {
    app: AppHandle,
    handle: Option<Handle<Item>>,
}

struct Item {
    face: Face,
    acts: mpsc::UnboundedSender<Act>,
    there: watch::Sender<bool>,
}

/// A desktop that makes room later is waited for without end: the session bus tells.
pub fn show(app: &AppHandle, view: TrayView, acts: mpsc::UnboundedSender<Act>, there: watch::Sender<bool>) -> Icon {
    there.send_replace(true);
    let item = Item { face: Face::new(app, view), acts, there: there.clone() };
    let handle = item.assume_sni_available(true).spawn();
    if let Err(error) = &handle {
        tracing::warn!(%error, "This desktop shows no icons");
        there.send_replace(false);
    }
    Icon { app: app.clone(), handle: handle.ok() }
}

/// Whether something draws the icons that are registered: a watcher alone does not.
pub async fn is_seen() -> bool {
    match hosts().await {
        Ok(there) => there,
        Err(error) => {
            tracing::warn!(%error, "This desktop does not say whether it shows icons");
            false
        }
    }
}

async fn hosts() -> zbus::Result<bool> {
    let bus = zbus::Connection::session().await?;
    let watcher =
        zbus::Proxy::new(&bus, "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher").await?;
    watcher.get_property("IsStatusNotifierHostRegistered").await
}

impl Icon {
    pub fn update(&self, view: TrayView) {
        let face = Face::new(&self.app, view);
        if let Some(handle) = &self.handle {
            // `None` once its service has stopped, which it does with the program.
            let _ = handle.update(|item| item.face = face);
        }
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "fr.vestibule.app".to_owned()
    }

    fn title(&self) -> String {
        self.face.view.title.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: self.face.view.title.clone(), ..ToolTip::default() }
    }

    fn status(&self) -> Status {
        if self.face.view.standing == Standing::Problem { Status::NeedsAttention } else { Status::Active }
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.face.picture.as_ref().map(pixmap).into_iter().collect()
    }

    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.icon_pixmap()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        send(&self.acts, Act::Open);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let state = StandardItem { label: without_mnemonic(&self.face.view.title), enabled: false, ..StandardItem::default() };
        // Each keeps its place, and with that its number on the bus: what is chosen in a menu that was opened a moment ago is what was read.
        let entries = Act::all().into_iter().map(|act| {
            let label = self.face.view.entries.iter().find(|entry| entry.act == act).map(|entry| without_mnemonic(&entry.label));
            let (visible, label) = (label.is_some(), label.unwrap_or_default());
            let activate = Box::new(move |item: &mut Self| send(&item.acts, act.clone()));
            StandardItem { label, visible, activate, ..StandardItem::default() }.into()
        });
        [state.into(), MenuItem::Separator].into_iter().chain(entries).collect()
    }

    fn watcher_online(&self) {
        self.there.send_replace(true);
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.there.send_replace(false);
        true
    }
}

fn send(acts: &mpsc::UnboundedSender<Act>, act: Act) {
    // Nobody listens once the program quits.
    let _ = acts.send(act);
}

/// An underscore would make the next letter a shortcut.
fn without_mnemonic(label: &str) -> String {
    label.replace('_', "__")
}

/// Opacity first, in the order of the network.
fn pixmap(picture: &Picture) -> ksni::Icon {
    let mut data = picture.rgba.clone();
    data.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
    ksni::Icon { width: picture.width.cast_signed(), height: picture.height.cast_signed(), data }
}
