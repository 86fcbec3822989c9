//! How a running companion is told to stop and to take its files anew.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How a running companion is told what to do.
#[derive(Debug, Clone, Default)]
pub struct Control {
    /// Cancelled: whoever shares out requests is told to pass by, and after the time that the configuration gives it, `shutdown` follows.
    pub leave: CancellationToken,
    /// Cancelled: requests under way are ended within twelve seconds.
    pub shutdown: CancellationToken,
    /// Notified: what can be taken anew from the files is.
    pub reload: Arc<Notify>,
    /// Where the configuration came from, to say what of it changed since.
    pub config_file: Option<PathBuf>,
}
