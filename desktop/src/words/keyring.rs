//! Where the keyring tells or keeps nothing.

mod en;
mod fr;

/// In each language.
pub(crate) trait KeyringWords {
    fn cannot_know(&self) -> &'static str;
    fn locked_remedy(&self) -> &'static str;
    fn keyring_remedy(&self) -> &'static str;
    fn will_not_be_kept(&self) -> &'static str;
    fn closed_again(&self) -> &'static str;
    fn not_closed_again(&self, minutes: u32) -> String;
    fn not_kept(&self) -> &'static str;
    fn not_kept_nor_closed(&self, minutes: u32) -> String;
}
