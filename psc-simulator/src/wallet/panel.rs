//! The side panel where a fault is chosen.

use crate::fault::PRESETS;
use crate::parameters::Parameters;
use crate::simulator::Simulator;

/// What the panel calls faults set by the administration that it does not offer itself.
const ELSEWHERE: &str = "current";

/// The panel of a page.
#[derive(Debug)]
pub(super) struct Panel {
    /// Chosen when the page was made; travels with the form so that an untouched panel changes nothing.
    pub shown: &'static str,
    pub options: Vec<Choice>,
}

/// One radio button.
#[derive(Debug)]
pub(super) struct Choice {
    pub slug: &'static str,
    pub label: &'static str,
}

/// The panel as it stands for this client.
pub(super) fn of(simulator: &Simulator, client_id: &str) -> Panel {
    let current = simulator.faults(client_id);
    let mut options: Vec<Choice> = PRESETS.iter().map(|preset| Choice { slug: preset.slug, label: preset.label }).collect();
    let shown = PRESETS.iter().find(|preset| (preset.faults)() == current).map_or(ELSEWHERE, |preset| preset.slug);
    if shown == ELSEWHERE {
        options.push(Choice { slug: ELSEWHERE, label: "Définies par l’API d’administration" });
    }
    Panel { shown, options }
}

/// Applies the choice that came with a step, if the person changed it.
pub(super) fn apply(simulator: &Simulator, client_id: &str, parameters: &Parameters) {
    let (chosen, shown) = (parameters.get("fault"), parameters.get("fault_shown"));
    if chosen == shown {
        return;
    }
    if let Some(preset) = PRESETS.iter().find(|preset| Some(preset.slug) == chosen) {
        simulator.set_faults(client_id, (preset.faults)());
        tracing::info!(client.id = client_id, fault = preset.slug, "A fault was chosen on the page");
    }
}
