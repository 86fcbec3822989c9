//! What the app logs, as a test reads it.

use std::time::Duration;

use tracing::Level;
use vestibule_installation::log::{self, Log, Until};

/// What this thread logs, or every thread.
#[derive(Clone)]
pub struct Paper(Log);

impl Paper {
    /// Of the calling thread, up to this level, until the guard goes.
    pub fn of_this_thread(level: Level) -> (Self, Until) {
        hears();
        let (log, until) = log::here(level);
        (Self(log), until)
    }

    /// Of the whole process, from now on.
    pub fn of_every_thread() -> Self {
        hears();
        Self(log::everywhere())
    }

    pub fn text(&self) -> String {
        self.0.text()
    }

    /// Waits until this is written.
    pub async fn tells(&self, sentence: &str) {
        let told = async {
            while !self.text().contains(sentence) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.unwrap_or_else(|_| panic!("no {sentence} in {}", self.text()));
    }
}

/// Through the filter of the app, under a subscriber that would take everything.
pub fn hears() {
    log::listen(vestibule_desktop::logging::filter(Level::TRACE));
}
