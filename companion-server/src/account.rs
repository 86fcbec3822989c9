//! Practitioners the companion knows, and what it knows of them on each device. The key is the national id (EXI 18, 19).

use crate::store::{ConfirmationReason, Recognition};

/// Whether the last person on this device was another one. One who was forgotten since is not one who is known.
pub fn identity_changed(recognition: &Recognition) -> bool {
    let is_another = recognition.last_account_id.is_some_and(|last| last != recognition.account_id);
    is_another || (recognition.is_last_forgotten && recognition.pair_known)
}

/// Whether the person must confirm in the browser; the reason that matters most to her comes first.
pub fn confirmation_due(recognition: &Recognition, is_shared: bool, is_always: bool) -> Option<ConfirmationReason> {
    if identity_changed(recognition) {
        Some(ConfirmationReason::IdentityChanged)
    } else if !recognition.pair_known {
        Some(ConfirmationReason::NewWorkstation)
    } else if is_shared {
        Some(ConfirmationReason::SharedWorkstation)
    } else if is_always {
        Some(ConfirmationReason::Always)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
