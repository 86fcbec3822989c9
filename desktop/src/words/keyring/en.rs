//! In English.

use super::KeyringWords;
use crate::words::English;

impl KeyringWords for English {
    fn cannot_know(&self) -> &'static str {
        "Without the keyring, nobody can know whether someone is signed in on this workstation. Nothing was changed: a session may still be open."
    }

    fn locked_remedy(&self) -> &'static str {
        "Unlock the keyring, then run the command again. If you leave before, close the browser first."
    }

    fn keyring_remedy(&self) -> &'static str {
        "Restore the keyring, with support if need be, then run the command again. If you leave before, close the browser first."
    }

    fn will_not_be_kept(&self) -> &'static str {
        "The session cannot be kept after this command: it will be closed as soon as the person is identified."
    }

    fn closed_again(&self) -> &'static str {
        "The session that had just opened was closed. The Pro Santé Connect session stays open in the browser."
    }

    fn not_closed_again(&self, minutes: u32) -> String {
        format!("The session that had just opened could not be closed: it will close automatically, in {minutes}\u{a0}minutes at most.")
    }

    fn not_kept(&self) -> &'static str {
        "The session cannot be kept: it was closed. The Pro Santé Connect session stays open in the browser."
    }

    fn not_kept_nor_closed(&self, minutes: u32) -> String {
        format!("The session cannot be kept and could not be closed: it will close automatically, in {minutes}\u{a0}minutes at most.")
    }
}
