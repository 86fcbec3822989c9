//! The two doors of the interface. Views go out, requests come in; both are types of the model.

use tauri::State;
use vestibule_desktop::EngineHandle;
use vestibule_model::view::{AppRequest, AppView};

/// What the window shows now.
#[tauri::command]
pub fn view(engine: State<'_, EngineHandle>) -> AppView {
    engine.view().borrow().clone()
}

/// What the person asks for.
#[tauri::command]
pub fn request(engine: State<'_, EngineHandle>, request: AppRequest) {
    engine.request(request);
}
