//! The one window: how it looks before its page is there, what it follows, and how it closes.

use std::time::Instant;

use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{
    AppHandle, Emitter as _, Manager as _, RunEvent, UserAttentionType, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use vestibule_desktop::tray::Whereabouts;
use vestibule_desktop::{EngineHandle, private};

use crate::navigation::is_bundled_page;
use crate::surface;

const LABEL: &str = "main";
/// Event that carries an `AppView` to the interface.
const VIEW_EVENT: &str = "view";

/// Builds the window, hidden yet, and ties it to the engine.
///
/// # Errors
/// When the web view of the system cannot be started.
pub fn open(app: &AppHandle, engine: &EngineHandle) -> tauri::Result<()> {
    let title = engine.view().borrow().service.name.clone();
    close_to_others(app);
    let asked = Instant::now();
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title(&title)
        .inner_size(440.0, 720.0)
        .min_inner_size(360.0, 480.0)
        .prevent_overflow()
        .visible(false)
        .on_navigation(|address| {
            let bundled = is_bundled_page(address);
            if !bundled {
                tracing::warn!(scheme = address.scheme(), "A page that is not bundled tried to load in the window and was refused");
            }
            bundled
        })
        .on_new_window(|_, _| {
            tracing::warn!("The page asked for another window and was refused");
            NewWindowResponse::Deny
        })
        .on_download(|_, _| false)
        // The page knows which screen it is; a screen reader says the title of the window.
        .on_document_title_changed(|window, title| {
            if let Err(error) = window.set_title(&title) {
                tracing::warn!(%error, "The title of the window could not be set");
            }
        })
        .on_page_load(move |_, load| {
            if load.event() == PageLoadEvent::Finished {
                let duration_ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::info!(duration_ms, "The page of the window is loaded");
            }
        })
        .build()?;
    window.set_background_color(Some(surface::of(surface::is_dark(&window))))?;
    draw_at(&window, engine.view().borrow().zoom_percent);
    follow(app.clone(), engine);
    #[cfg(unix)]
    quit_on_signals(app.clone());
    Ok(())
}

/// The web engine writes with whatever umask there is; what it writes is behind folders of ours.
fn close_to_others(app: &AppHandle) {
    for folder in [app.path().app_local_data_dir(), app.path().app_cache_dir()] {
        if let Err(error) = folder.map_err(std::io::Error::other).and_then(|folder| private::folder(&folder)) {
            tracing::warn!(%error, "A folder of the web engine stays open to others");
        }
    }
}

/// A second start of the program. Without arguments a person wants the window; with some, the system may bring a browser's answer, which
/// any web page can make it do: the engine alone says whether that is one, and then raises the window.
pub fn second_start(app: &AppHandle, arguments: Vec<String>) {
    let mut given = arguments.into_iter().skip(1).peekable();
    if given.peek().is_none() {
        return bring_to_front(app);
    }
    if let Some(engine) = app.try_state::<EngineHandle>() {
        given.for_each(|argument| engine.returned(argument));
    }
}

/// The window of a start.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.show() {
        tracing::error!(%error, "The window could not be shown");
    }
}

/// Closed behind its icon.
pub fn put_away(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    match window.hide() {
        Ok(()) => tell_engine(app, Whereabouts::Closed),
        Err(error) => tracing::warn!(%error, "The window could not be hidden"),
    }
}

/// Whether nobody can see it. A window that cannot say is one to bring back.
pub fn is_hidden(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| !window.is_visible().unwrap_or(false))
}

/// So that what happens is told where it can be seen.
pub fn tell_engine(app: &AppHandle, whereabouts: Whereabouts) {
    if let Some(engine) = app.try_state::<EngineHandle>() {
        engine.window_is(whereabouts);
    }
}

/// A second start of the program, a finished sign-in: the window comes to the front.
pub fn bring_to_front(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    for step in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(error) = step {
            tracing::warn!(%error, "The window could not be brought to the front");
        }
    }
    tell_engine(app, Whereabouts::InSight);
}

/// What is done about an event of the toolkit's loop.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Put the window away behind its icon; without one, end the service session, then the program.
    Close,
    /// End the service session before this returns: the process is gone afterwards.
    EndSession,
    Nothing,
}

impl Step {
    /// Without an icon, closing the window ends the service session only: Pro Santé Connect stays open (RECO 06).
    const fn after(event: &RunEvent) -> Self {
        if matches!(event, RunEvent::WindowEvent { event: WindowEvent::CloseRequested { .. }, .. }) {
            Self::Close
        } else if matches!(event, RunEvent::Exit) {
            // The end of a Windows session comes without any window being closed. After [`quit`] there is nothing left to end.
            Self::EndSession
        } else {
            Self::Nothing
        }
    }
}

/// `close` says what closing the window does.
pub fn on_run_event<C: Future<Output = ()> + Send + 'static>(app: &AppHandle, event: RunEvent, close: impl FnOnce(AppHandle) -> C) {
    match Step::after(&event) {
        Step::Close => {
            if let RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } = event {
                api.prevent_close();
            }
            tauri::async_runtime::spawn(close(app.clone()));
        }
        Step::EndSession => tauri::async_runtime::block_on(end_session(app)),
        Step::Nothing => {}
    }
}

/// Ends the service session, then the program.
pub async fn quit(app: AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "The window could not be hidden while quitting");
    }
    end_session(&app).await;
    app.exit(0);
}

async fn end_session(app: &AppHandle) {
    if let Some(engine) = app.try_state::<EngineHandle>() {
        engine.inner().clone().quit().await;
    }
}

/// The end of the desktop session, or Ctrl-C in a terminal, is a way of closing the window too.
#[cfg(unix)]
fn quit_on_signals(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    tauri::async_runtime::spawn(async move {
        let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = signals else {
            tracing::warn!("Signals cannot be watched: a session survives the end of the desktop session until it idles out");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
        quit(app).await;
    });
}

fn draw_at(window: &WebviewWindow, percent: u32) {
    if let Err(error) = window.set_zoom(f64::from(percent) / 100.0) {
        tracing::warn!(%error, percent, "The window could not be drawn larger or smaller");
    }
}

/// Asks for her eyes without taking the keyboard from where she works, or no longer.
fn ask_for_attention(app: &AppHandle, wanted: bool) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = window.request_user_attention(wanted.then_some(UserAttentionType::Critical)) {
        tracing::warn!(%error, "The window could not ask for attention");
    }
}

/// Sends every view to the page, keeps the size of what is drawn, raises the window or lets it ask for attention when the engine wants it.
fn follow(app: AppHandle, engine: &EngineHandle) {
    let mut views = engine.view();
    let mut raises = engine.raise_requested();
    let mut attention = engine.attention_wanted();
    let mut drawn_at = views.borrow().zoom_percent;
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::select! {
                changed = views.changed() => {
                    if changed.is_err() { return }
                    let view = views.borrow_and_update().clone();
                    if let Some(window) = app.get_webview_window(LABEL)
                        && std::mem::replace(&mut drawn_at, view.zoom_percent) != view.zoom_percent
                    {
                        draw_at(&window, view.zoom_percent);
                    }
                    if let Err(error) = app.emit_to(LABEL, VIEW_EVENT, view) {
                        tracing::warn!(%error, "A view could not be sent to the page");
                    }
                }
                raised = raises.changed() => {
                    if raised.is_err() { return }
                    bring_to_front(&app);
                }
                changed = attention.changed() => {
                    if changed.is_err() { return }
                    let wanted = *attention.borrow_and_update();
                    ask_for_attention(&app, wanted);
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reco_06_the_end_of_the_loop_ends_the_session_even_when_no_window_was_closed() {
        assert_eq!(Step::after(&RunEvent::Exit), Step::EndSession);
        for event in [RunEvent::Ready, RunEvent::Resumed, RunEvent::MainEventsCleared] {
            assert_eq!(Step::after(&event), Step::Nothing, "{event:?}");
        }
    }
}
