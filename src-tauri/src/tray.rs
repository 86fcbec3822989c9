//! The icon beside the clock: shows what the engine says, forwards what is chosen, and knows whether it is there at all.

use std::sync::Arc;
use std::time::Duration;

use tauri::{AppHandle, Manager as _};
use tokio::sync::{mpsc, watch};
use vestibule_desktop::EngineHandle;
use vestibule_desktop::standing::Standing;
use vestibule_desktop::tray::{Act, Closing, TrayView, Whereabouts, closing, tray_view};

use crate::window;

#[cfg(all(unix, not(target_os = "macos")))]
#[path = "tray/freedesktop.rs"]
mod icon;
#[cfg(any(windows, target_os = "macos"))]
#[path = "tray/native.rs"]
mod icon;

/// The argument of a start with the desktop session: no window where an icon stands for it.
pub const HIDDEN: &str = "--hidden";

/// As long as a desktop may take to make room for icons after the person logged on.
const PATIENCE: Duration = Duration::from_secs(15);

/// Kept with the app while there is to be an icon.
struct Tray {
    there: watch::Receiver<bool>,
    /// Held to the end: where the session bus ends first, the icon's service must not find itself alone.
    icon: Arc<icon::Icon>,
}

/// The window was closed: put away behind its icon, or the end of the service session (RECO 06) and of the program.
pub async fn close(app: AppHandle) {
    let engine = app.try_state::<EngineHandle>().map(|engine| engine.inner().clone());
    let there = app.try_state::<Tray>().is_some_and(|tray| *tray.there.borrow());
    let is_seen = there && icon::is_seen().await;
    match engine.map(|engine| closing(&engine.view().borrow(), is_seen)) {
        Some(Closing::Hides) => window::put_away(&app),
        Some(Closing::Quits) | None => window::quit(app).await,
    }
}

/// Puts the icon there where the administrator wants one. Without room for it, the window is as if there were none.
pub fn start(app: &AppHandle, engine: &EngineHandle, starts_hidden: bool) {
    if !engine.wants_tray() {
        return window::show(app);
    }
    let ((acts_in, acts), (there_in, there)) = (mpsc::unbounded_channel(), watch::channel(false));
    let face = tray_view(&engine.view().borrow());
    let tray = Tray { there: there.clone(), icon: Arc::new(icon::show(app, face, acts_in, there_in)) };
    tauri::async_runtime::spawn(follow(app.clone(), engine.clone(), acts, tray.icon.clone()));
    app.manage(tray);
    tauri::async_runtime::spawn(never_out_of_reach(app.clone(), there.clone()));
    if starts_hidden {
        tauri::async_runtime::spawn(open_without_icon(app.clone(), there));
    } else {
        window::show(app);
    }
}

/// A desktop that makes no room in time, or never: the window is what there is.
async fn open_without_icon(app: AppHandle, mut there: watch::Receiver<bool>) {
    window::tell_engine(&app, Whereabouts::NotOpened);
    let appeared = matches!(tokio::time::timeout(PATIENCE, there.wait_for(|there| *there)).await, Ok(Ok(_)));
    if appeared && icon::is_seen().await {
        // Or she opened it meanwhile, and it stays.
        tracing::info!("The window starts behind its icon");
    } else {
        tracing::warn!("This desktop shows no icons: the window opens");
        window::show(&app);
        window::tell_engine(&app, Whereabouts::InSight);
    }
}

/// An icon that goes away (a panel that stops, an extension turned off) brings the window back.
async fn never_out_of_reach(app: AppHandle, mut there: watch::Receiver<bool>) {
    while there.wait_for(|there| *there).await.is_ok() {
        if there.wait_for(|there| !*there).await.is_err() {
            return;
        }
        if window::is_hidden(&app) {
            tracing::warn!("The icon is gone: the window comes back");
            window::bring_to_front(&app);
        }
    }
}

async fn follow(app: AppHandle, engine: EngineHandle, mut acts: mpsc::UnboundedReceiver<Act>, icon: Arc<icon::Icon>) {
    let mut views = engine.view();
    let mut shown = None;
    loop {
        tokio::select! {
            changed = views.changed() => {
                if changed.is_err() { return }
                let view = tray_view(&views.borrow_and_update());
                if shown.as_ref() != Some(&view) {
                    shown = Some(view.clone());
                    draw(&icon, view).await;
                }
            }
            Some(act) = acts.recv() => obey(&app, &engine, act),
            else => return,
        }
    }
}

/// Drawing waits for others: a panel that does not answer, the main thread. Whatever else goes on in the window does not wait with it.
async fn draw(icon: &Arc<icon::Icon>, view: TrayView) {
    let icon = Arc::clone(icon);
    if let Err(error) = tauri::async_runtime::spawn_blocking(move || icon.update(view)).await {
        tracing::warn!(%error, "The icon was not drawn");
    }
}

fn obey(app: &AppHandle, engine: &EngineHandle, act: Act) {
    match act {
        Act::Open => window::bring_to_front(app),
        Act::OpenAnd(request) => {
            window::bring_to_front(app);
            engine.request(request);
        }
        Act::Ask(request) => engine.request(request),
        Act::Quit => {
            tauri::async_runtime::spawn(window::quit(app.clone()));
        }
    }
}

/// Pixels, row by row, red, green, blue and opacity: the product's icon, with a mark that does not rest on colour alone. Open: a full disc;
/// locked, or something to read: a ring; otherwise the icon itself, half as strong.
struct Picture {
    rgba: Vec<u8>,
    width: u32,
    height: u32,
}

impl Picture {
    fn of(app: &AppHandle, standing: Standing) -> Option<Self> {
        let icon = app.default_window_icon()?;
        let mut picture = Self { rgba: icon.rgba().to_vec(), width: icon.width(), height: icon.height() };
        match standing {
            Standing::SignedIn => picture.mark(0.0, [0x1f, 0x7a, 0x4d]),
            Standing::Locked | Standing::Problem => picture.mark(0.5, [0xb4, 0x5a, 0x00]),
            Standing::SignedOut | Standing::Busy => picture.fade(),
        }
        Some(picture)
    }

    fn fade(&mut self) {
        self.rgba.iter_mut().skip(3).step_by(4).for_each(|opacity| *opacity /= 2);
    }

    /// A disc in the corner, with a hole of this share, on a white edge.
    fn mark(&mut self, hole: f32, colour: [u8; 3]) {
        let radius = self.width.min(self.height) as f32 * 0.28;
        let (centre_x, centre_y) = (self.width as f32 - radius, self.height as f32 - radius);
        let width = self.width as usize;
        for (index, pixel) in self.rgba.chunks_exact_mut(4).enumerate() {
            let (x, y) = ((index % width) as f32 + 0.5, (index / width) as f32 + 0.5);
            let distance = (x - centre_x).hypot(y - centre_y) / radius;
            if distance > 1.0 {
                continue;
            }
            let [red, green, blue] = if (hole..=0.78).contains(&distance) { colour } else { [0xff; 3] };
            pixel.copy_from_slice(&[red, green, blue, 0xff]);
        }
    }
}

/// What the icon shows, ready for the system.
struct Face {
    view: TrayView,
    picture: Option<Picture>,
}

impl Face {
    fn new(app: &AppHandle, view: TrayView) -> Self {
        Self { picture: Picture::of(app, view.standing), view }
    }
}

#[cfg(test)]
mod tests {
    use super::Picture;

    fn grey() -> Picture {
        Picture { rgba: [0x80, 0x80, 0x80, 0xff].repeat(32 * 32), width: 32, height: 32 }
    }

    #[test]
    fn the_three_marks_are_told_apart_without_colours() {
        let opacity = |picture: &Picture| picture.rgba[3];
        let at = |picture: &Picture, x: usize, y: usize| picture.rgba[(y * 32 + x) * 4..][..3].to_vec();
        let (mut open, mut locked, mut out) = (grey(), grey(), grey());
        open.mark(0.0, [1, 2, 3]);
        locked.mark(0.5, [1, 2, 3]);
        out.fade();
        assert_eq!((at(&open, 23, 23), at(&locked, 23, 23)), (vec![1, 2, 3], vec![0xff; 3]), "a disc, a ring");
        assert_eq!((opacity(&open), opacity(&locked), opacity(&out)), (0xff, 0xff, 0x7f));
        assert_eq!(at(&open, 0, 0), vec![0x80; 3], "the rest of the icon stays");
    }
}
