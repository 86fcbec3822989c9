//! What the catalogue and the system say, in whatever else is told.

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::session::PscEnvironment;

use crate::system_words::SystemFault;

mod en;
mod fr;

/// In each language.
pub(crate) trait SystemWords {
    /// The catalogue's.
    fn explanation(&self, code: ErrorCode) -> Explanation;
    fn system_fault(&self, fault: SystemFault) -> String;
    fn no_random(&self) -> &'static str;
    fn environment(&self, environment: PscEnvironment) -> &'static str;
}
