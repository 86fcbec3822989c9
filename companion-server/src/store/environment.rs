//! Of which Pro Santé Connect a memory is: the simulator's people are not those of the real one.

use vestibule_model::PscEnvironment;

use super::visit::{Visit, values};
use super::{Store, StoreError};

impl Store {
    /// Notes the environment where none is noted, and gives the name of another one that is.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn belong_to(&self, environment: PscEnvironment) -> Result<Option<String>, StoreError> {
        self.write(move |visit| {
            let noted = "INSERT INTO environment (name) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM environment)";
            visit.execute(noted, values![environment.name()])?;
            noted_in(visit).map(|noted| noted.filter(|name| name != environment.name()))
        })
        .await
    }
}

/// The name of the environment that is noted.
pub(super) fn noted_in(visit: &mut dyn Visit) -> Result<Option<String>, StoreError> {
    visit.optional("SELECT name FROM environment", &[])?.map(|row| row.get("name")).transpose()
}
