//! How large the window draws.

use serde::{Deserialize, Serialize};
use vestibule_model::view::ZoomStep;

/// Percent of the size that is drawn by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Zoom(u32);

impl Zoom {
    /// As in browsers, where hands know them.
    const STEPS: [u32; 10] = [75, 90, 100, 110, 125, 150, 175, 200, 250, 300];
    pub const LEAST: u32 = Self::STEPS[0];
    pub const MOST: u32 = Self::STEPS[Self::STEPS.len() - 1];

    /// Whether the window stays usable.
    pub fn is_usable(self) -> bool {
        (Self::LEAST..=Self::MOST).contains(&self.0)
    }

    pub const fn percent(self) -> u32 {
        self.0
    }

    /// The next size up or down, or the default one. From a size between two steps, the nearest in that direction.
    pub fn after(self, step: ZoomStep) -> Self {
        let next = match step {
            ZoomStep::Larger => Self::STEPS.into_iter().find(|percent| *percent > self.0),
            ZoomStep::Smaller => Self::STEPS.into_iter().rev().find(|percent| *percent < self.0),
            ZoomStep::Default => Some(Self::default().0),
        };
        next.map_or(self, Self)
    }
}

impl Default for Zoom {
    fn default() -> Self {
        Self(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_leads_to_the_next_one_and_stops_at_both_ends() {
        let mut zoom = Zoom::default();
        for percent in [110, 125, 150, 175, 200, 250, 300, 300] {
            zoom = zoom.after(ZoomStep::Larger);
            assert_eq!(zoom.percent(), percent);
        }
        for percent in [250, 200, 175, 150, 125, 110, 100, 90, 75, 75] {
            zoom = zoom.after(ZoomStep::Smaller);
            assert_eq!(zoom.percent(), percent);
        }
        assert_eq!(zoom.after(ZoomStep::Default), Zoom::default());
        assert_eq!((Zoom(130).after(ZoomStep::Larger).percent(), Zoom(130).after(ZoomStep::Smaller).percent()), (150, 125));
        for (percent, is_usable) in [(74, false), (75, true), (300, true), (301, false)] {
            assert_eq!(Zoom(percent).is_usable(), is_usable, "{percent}");
        }
    }
}
