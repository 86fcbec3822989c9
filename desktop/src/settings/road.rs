//! By which exchange a sign-in goes.

use serde::{Deserialize, Serialize};
use vestibule_model::exchange::Exchange;

/// What the administrator says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeChoice {
    /// The loopback listener, and another where the companion or the workstation does not let it.
    #[default]
    Auto,
    /// The loopback listener only.
    Loopback,
    /// The private-use scheme only.
    Scheme,
    /// Polling only.
    Polling,
}

/// The exchange to begin with, and those that may take its place when the companion does not open it to this workstation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Road {
    /// Tried first.
    pub first: Exchange,
    /// Tried in the companion's order.
    pub others: Vec<Exchange>,
}

impl ExchangeChoice {
    /// The one exchange that was chosen; `None` when the app finds out.
    pub fn only(self) -> Option<Exchange> {
        match self {
            Self::Auto => None,
            Self::Loopback => Some(Exchange::Loopback),
            Self::Scheme => Some(Exchange::Scheme),
            Self::Polling => Some(Exchange::Polling),
        }
    }

    /// Name in a settings file and on the command line.
    pub fn name(self) -> &'static str {
        self.only().map_or("auto", Exchange::name)
    }
}

impl Road {
    /// This exchange and no other.
    pub fn only(exchange: Exchange) -> Self {
        Self { first: exchange, others: Vec::new() }
    }

    /// This exchange first, then any of the others.
    pub fn starting_with(first: Exchange, all: &[Exchange]) -> Self {
        Self { first, others: all.iter().copied().filter(|exchange| *exchange != first).collect() }
    }
}
