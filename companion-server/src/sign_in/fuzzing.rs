//! Doors for the fuzzer: the judgements on what an app sends, without clock or memory. The product calls none of them.

use super::{NewSignIn, StartRefused, naming, start};

/// As a request is judged by its words alone.
///
/// # Errors
/// [`StartRefused`]
pub fn check_start(request: &NewSignIn) -> Result<(), StartRefused> {
    start::check(request, "fr.vestibule.app")
}

/// As a device label is cleaned.
pub fn clean_label(label: &str) -> Option<String> {
    naming::clean_label(label)
}
