//! What time it is for whoever shares a memory.

use super::visit::values;
use super::{Store, StoreError};
use crate::clock::Timestamp;

impl Store {
    /// The present moment by the server's clock; `None` where the memory is one companion's alone.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn server_time(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.server().is_none() {
            return Ok(None);
        }
        let moment = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
        self.read(move |visit| visit.scalar(moment, values![])).await.map(|moment| Some(Timestamp(moment)))
    }
}
