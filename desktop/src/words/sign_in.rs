//! Signing in on a terminal.

mod en;
mod fr;

/// In each language.
pub(crate) trait SignInWords {
    fn exchange_fixed(&self, exchange: &str) -> String;
    fn window_only(&self) -> String;
    fn window_only_by_policy(&self) -> String;
    fn picture_leads_nowhere(&self, exchange: &str) -> String;
    fn picture_leads_nowhere_by_policy(&self, exchange: &str) -> String;
    fn picture_unseen(&self) -> &'static str;
    fn picture_too_large(&self) -> &'static str;
    fn picture_too_wide(&self, columns: u32, there: u16) -> String;
    fn picture_cut(&self) -> &'static str;
    fn open_here(&self) -> &'static str;
    fn service(&self, name: &str) -> String;
    fn provider_waits(&self) -> &'static str;
    fn confirm_in_browser(&self) -> &'static str;
    fn which_number(&self, number: &str) -> String;
    fn page_not_open(&self) -> &'static str;
    fn try_polling(&self) -> &'static str;
    fn go_on_in_browser(&self, number: &str) -> String;
    fn open_anywhere(&self, minutes: u64) -> String;
    fn number_will_be_asked(&self, number: &str) -> String;
    fn letters(&self, tries_left: u32, seconds: u64) -> String;
    fn letters_again(&self, tries_left: u32, seconds: u64) -> String;
    fn no_letters(&self) -> &'static str;
    fn lasting(&self, seconds: u64) -> String;
    fn cancelled(&self) -> &'static str;
    fn declined(&self) -> &'static str;
    fn nobody_came_back(&self) -> &'static str;
    fn letters_too_late(&self) -> &'static str;
    fn start_again(&self) -> &'static str;
}
