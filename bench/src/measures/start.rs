//! B14, B15: the start on a full memory, the memory's size and the program's.

use super::Plan;
use crate::figures::{Figure, Goal, grouped};
use crate::scene::Scene;
use crate::ticks::resident;

/// # Errors
/// When the companion does not start again.
pub async fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let (mut scene, size) = (Scene::start(&plan.program).await?, plan.size);
    let (mut empty, mut full, mut held) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        empty.push(scene.companion.restart().await?.as_secs_f64() * 1e3);
    }
    drop(scene.sign_in(size.sessions, 16).await?);
    let bytes = scene.companion.memory_bytes()?;
    for _ in 0..size.rounds {
        full.push(scene.companion.restart().await?.as_secs_f64() * 1e3);
        #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
        held.push(resident(scene.companion.process())? as f64 / 1e6);
    }
    #[expect(clippy::cast_precision_loss, reason = "some gigabytes at most")]
    let (each, binary) = (bytes as f64 / 1e3 / size.sessions as f64, std::fs::metadata(&plan.program)?.len() as f64 / 1e6);
    Ok(vec![
        Figure::new("B15", format!("démarrage jusqu’à « prêt », {} sessions", grouped(size.sessions)), "ms", full)
            .above("base vide", empty)
            .aiming(Goal::AtMost(300.0)),
        Figure::new("B15", "– mémoire du processus une fois prêt", "Mo", held),
        Figure::new("B14", "base de données, par session", "Ko", vec![each]).aiming(Goal::AtMost(3.0)),
        Figure::new("B14", "programme companion-server", "Mo", vec![binary]).aiming(Goal::AtMost(12.0)),
    ])
}
