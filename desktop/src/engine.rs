//! The only owner of state.

use tokio::sync::watch;
use vestibule_model::ErrorCode;
use vestibule_model::view::{AppRequest, AppView};

use crate::ports::Ports;
use crate::settings::Settings;

/// Starts the engine.
#[derive(Debug)]
pub struct Engine;

impl Engine {
    /// Starts the engine's task on the current tokio runtime (call it inside one). It looks at once whether a session can go on.
    pub fn start(_settings: Settings, _ports: Ports) -> EngineHandle {
        todo!("being written")
    }

    /// A handle whose only screen is the problem that keeps the engine from starting (settings, logs). No runtime needed.
    pub fn refused(_code: ErrorCode) -> EngineHandle {
        todo!("being written")
    }
}

/// The window's end of the engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    view: watch::Receiver<AppView>,
    raise: watch::Receiver<u64>,
}

impl EngineHandle {
    /// Forwards what the person asks for. Never blocks; a request that makes no sense on the present screen is ignored.
    pub fn request(&self, _request: AppRequest) {}

    /// What the window shows, now and after each change.
    pub fn view(&self) -> watch::Receiver<AppView> {
        self.view.clone()
    }

    /// Counts how many times the window should have come to the front; `changed()` resolves at each.
    pub fn raise_requested(&self) -> watch::Receiver<u64> {
        self.raise.clone()
    }

    /// Ends the service session only (RECO 06): Pro Santé Connect stays open. Waits two seconds at most.
    pub async fn quit(&self) {}
}
