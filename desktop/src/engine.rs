//! The only owner of state: one task, requests and events in, [`AppView`] out.

use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot, watch};
use vestibule_model::view::{AppRequest, AppView};

use crate::ports::Ports;
use crate::settings::{Settings, SettingsError};
use crate::tray::Whereabouts;

mod core;
mod ends;
mod events;
pub(crate) mod refused;
pub(crate) mod screens;
mod shown;
mod state;
mod support;
mod tasks;
mod warning;

use self::core::Core;
use self::refused::Refused;

/// Starts the engine.
#[derive(Debug)]
pub struct Engine;

/// What the window asks of the task.
pub(crate) enum Call {
    Request(AppRequest),
    /// An argument of a second instance: an address of the app's scheme, perhaps with a code.
    Returned(SecretString),
    /// Another software of this workstation saw her so long ago.
    Active(Duration),
    WindowIs(Whereabouts),
    Quit(oneshot::Sender<()>),
}

impl Engine {
    /// Starts the engine's task on the current tokio runtime (call it inside one). It looks at once whether a session can go on.
    pub fn start(settings: Settings, ports: Ports) -> EngineHandle {
        let (ports, wants_tray) = (ports.under(&settings), settings.tray);
        let (calls_in, calls) = mpsc::unbounded_channel();
        let (raise_in, raise) = watch::channel(0);
        let (attention_in, attention) = watch::channel(false);
        let (core, view) = Core::new(settings, ports, Signals { raise: raise_in, attention: attention_in });
        tokio::spawn(core.run(calls));
        EngineHandle { calls: calls_in, view, raise, attention, wants_tray }
    }

    /// The same with unusable settings: the problem is the only screen, and the page of settings and checks says more of it.
    pub fn refused(error: SettingsError, ports: Ports) -> EngineHandle {
        let (calls_in, calls) = mpsc::unbounded_channel();
        let (refused, view) = Refused::new(error, ports);
        tokio::spawn(refused.run(calls));
        let (raise, attention) = (watch::channel(0).1, watch::channel(false).1);
        EngineHandle { calls: calls_in, view, raise, attention, wants_tray: false }
    }
}

/// The window's end of the engine. Cheap to clone; the engine stops when the last one is dropped.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    calls: mpsc::UnboundedSender<Call>,
    view: watch::Receiver<AppView>,
    raise: watch::Receiver<u64>,
    attention: watch::Receiver<bool>,
    wants_tray: bool,
}

/// What the engine asks of the window besides what it shows.
#[derive(Debug)]
pub(crate) struct Signals {
    /// Counts how many times it should have come to the front.
    pub raise: watch::Sender<u64>,
    /// Whether it should ask for her eyes, where it is.
    pub attention: watch::Sender<bool>,
}

impl EngineHandle {
    /// Forwards what the person asks for. Never blocks; a request that makes no sense on the present screen is ignored.
    pub fn request(&self, request: AppRequest) {
        // A task that stopped has quit: there is nobody left to ask.
        let _ = self.calls.send(Call::Request(request));
    }

    /// Brings an argument that the system gave to a second instance of the program. Only the answer of a pending sign-in does anything,
    /// and then the window comes to the front; everything else is dropped.
    pub fn returned(&self, argument: String) {
        // As for a request.
        let _ = self.calls.send(Call::Returned(SecretString::from(argument)));
    }

    /// Real input in a software that embeds this engine, this long ago. Counts where the administrator lets other software speak for her
    /// (`activity_source = "caller"`), and never on a shared workstation; opens nothing.
    pub fn activity(&self, since_input: Duration) {
        // As for a request.
        let _ = self.calls.send(Call::Active(since_input));
    }

    /// What the window shows, now and after each change.
    pub fn view(&self) -> watch::Receiver<AppView> {
        self.view.clone()
    }

    /// Counts how many times the window should have come to the front; `changed()` resolves at each.
    pub fn raise_requested(&self) -> watch::Receiver<u64> {
        self.raise.clone()
    }

    /// Whether the window should ask for attention without coming to the front: the end is near.
    pub fn attention_wanted(&self) -> watch::Receiver<bool> {
        self.attention.clone()
    }

    /// Whether the administrator wants an icon beside the clock.
    pub fn wants_tray(&self) -> bool {
        self.wants_tray
    }

    /// Where the window is: of one that nobody sees, what happens to the session is told by a notice of the desktop.
    pub fn window_is(&self, whereabouts: Whereabouts) {
        // As for a request.
        let _ = self.calls.send(Call::WindowIs(whereabouts));
    }

    /// Ends the service session only (RECO 06): Pro Santé Connect stays open. Waits two seconds at most.
    pub async fn quit(&self) {
        let (done_in, done) = oneshot::channel();
        if self.calls.send(Call::Quit(done_in)).is_ok() {
            // An error means that the task is gone, which is what was asked for.
            let _ = done.await;
        }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Request(_) => "Request",
            Self::Returned(_) => "Returned",
            Self::Active(_) => "Active",
            Self::WindowIs(_) => "WindowIs",
            Self::Quit(_) => "Quit",
        })
    }
}
