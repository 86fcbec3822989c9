//! The companion as this installation speaks to it: its client, what the keyring keeps for it, and the time. Built once, taken by everything
//! that lasts.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use vestibule_model::ErrorCode;

use crate::clock::Clock;
use crate::companion::{ClientRefused, Companion};
use crate::device::Device;
use crate::outside::{Lost, outside};
use crate::ports::Ports;
use crate::random::RandomUnavailable;
use crate::settings::Settings;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Link {
    pub companion: Arc<Companion>,
    pub device: Arc<Device>,
    pub clock: Arc<dyn Clock>,
}

/// How long whoever opens the keyring is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// A person may have to unlock it; afterwards it goes on without.
    pub longest: Duration,
    /// After that it is said to be slow.
    pub slow: Duration,
}

/// Why nothing speaks to the companion.
#[derive(Debug, thiserror::Error)]
pub enum LinkRefused {
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    #[error(transparent)]
    Client(#[from] ClientRefused),
    #[error(transparent)]
    Lost(#[from] Lost),
}

impl LinkRefused {
    /// The catalogue's code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Random(_) | Self::Lost(_) => ErrorCode::AppFault,
            Self::Client(error) => error.code(),
        }
    }
}

impl Link {
    /// Opens the keyring and makes the client; nothing is sent yet. `without` says that nobody waits for the keyring any more, and
    /// `tell_slow` is called once when it takes its time.
    ///
    /// # Errors
    /// [`LinkRefused`]; a keyring out of reach is no error, see [`Device::kept_back`].
    pub async fn open(
        settings: &Settings,
        ports: &Ports,
        patience: Patience,
        without: &CancellationToken,
        tell_slow: impl FnOnce(),
    ) -> Result<Self, LinkRefused> {
        let (account, lock) = (settings.keyring_account(), settings.paths.session_lock.clone());
        let mut opening = std::pin::pin!(Device::open(ports, account, lock, patience.longest, without));
        let device = tokio::select! {
            biased;
            opened = &mut opening => opened,
            () = ports.clock.sleep(patience.slow) => {
                tell_slow();
                opening.await
            }
        };
        let device = Arc::new(device?);
        let (settings, own, key) = (settings.clone(), ports.clone(), device.key());
        // Reads the files of certification authorities.
        let companion = Arc::new(outside(move || Companion::new(&settings, &own, key)).await??);
        Ok(Self { companion, device, clock: ports.clock.clone() })
    }
}
