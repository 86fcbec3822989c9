//! In English.

use vestibule_branding::PRODUCT_NAME;

use super::SignInWords;
use crate::words::English;

impl SignInWords for English {
    fn exchange_fixed(&self, exchange: &str) -> String {
        format!("The exchange mode is imposed by the workstation policy: {exchange}. Remove the option --exchange.")
    }

    fn window_only(&self) -> String {
        format!("The mode “scheme” works with the window only: open {PRODUCT_NAME}, or try --exchange polling.")
    }

    fn window_only_by_policy(&self) -> String {
        format!("The exchange mode is imposed by the workstation policy: scheme, which works with the window only. Open {PRODUCT_NAME}.")
    }

    fn picture_leads_nowhere(&self, exchange: &str) -> String {
        format!(
            "The QR code leads another device to the sign-in page, and the mode “{exchange}” wants the browser on this workstation. Leave out --exchange: --qr chooses “polling”."
        )
    }

    fn picture_leads_nowhere_by_policy(&self, exchange: &str) -> String {
        format!(
            "The QR code leads another device to the sign-in page, and the workstation policy imposes the mode “{exchange}”, where the browser is on this workstation. Leave out --qr."
        )
    }

    fn picture_unseen(&self) -> &'static str {
        "The QR code is shown in colours in a terminal, and standard error is none. Run the command in a terminal, or put --exchange polling in place of --qr: the address is written there."
    }

    fn picture_too_large(&self) -> &'static str {
        "This address is too long for a QR code."
    }

    fn picture_too_wide(&self, columns: u32, there: u16) -> String {
        format!(
            "The QR code takes {columns} columns and this terminal has {there}: open the address above, or widen the terminal and run the command again."
        )
    }

    fn picture_cut(&self) -> &'static str {
        "Enlarge the terminal to see the whole QR code."
    }

    fn open_here(&self) -> &'static str {
        "Open this address in the browser of this workstation:"
    }

    fn service(&self, name: &str) -> String {
        format!("Software: {name}")
    }

    fn provider_waits(&self) -> &'static str {
        "Sign in with Pro Santé Connect in the browser."
    }

    fn confirm_in_browser(&self) -> &'static str {
        "Confirm in the browser."
    }

    fn which_number(&self, number: &str) -> String {
        format!("The browser asks you which number you see here. It is {number}.")
    }

    fn page_not_open(&self) -> &'static str {
        "The page has not opened in the browser yet."
    }

    fn try_polling(&self) -> &'static str {
        "If the browser is on another workstation: vestibule login --exchange polling"
    }

    fn go_on_in_browser(&self, number: &str) -> String {
        format!("Go on in your browser. If the page shows a number, it must be {number}.")
    }

    fn open_anywhere(&self, minutes: u64) -> String {
        format!("Open this address in a browser, on this workstation or another (valid for {minutes} minutes, once only):")
    }

    fn number_will_be_asked(&self, number: &str) -> String {
        format!("The browser will ask you which number you see here. It is {number}.")
    }

    fn letters(&self, tries_left: u32, seconds: u64) -> String {
        let (tries, left) = (tries(tries_left), self.lasting(seconds));
        format!("Type here the confirmation code (eight letters) shown in your browser ({tries}, {left}). Give it to nobody:")
    }

    fn letters_again(&self, tries_left: u32, seconds: u64) -> String {
        format!("That is not the code shown. Try again ({}, {}):", tries(tries_left), self.lasting(seconds))
    }

    fn no_letters(&self) -> &'static str {
        "The code has eight letters, no vowel and no digit. Try again:"
    }

    /// Whole minutes, rounded down so that nobody counts on more than there is; below two, to the second, for that is where it matters.
    fn lasting(&self, seconds: u64) -> String {
        match (seconds / 60, seconds % 60) {
            (0, 0 | 1) => "one second".to_owned(),
            (0, seconds) => format!("{seconds} seconds"),
            (1, 0) => "one minute".to_owned(),
            (1, seconds) => format!("1 min {seconds} s"),
            (minutes, _) => format!("{minutes} minutes"),
        }
    }

    fn cancelled(&self) -> &'static str {
        "Sign-in cancelled."
    }

    fn declined(&self) -> &'static str {
        "The sign-in was declined in the browser."
    }

    fn nobody_came_back(&self) -> &'static str {
        "The browser did not answer in time."
    }

    fn letters_too_late(&self) -> &'static str {
        "The code was not typed in time."
    }

    fn start_again(&self) -> &'static str {
        "No session was opened. Start again when the person is ready."
    }
}

fn tries(left: u32) -> String {
    if left == 1 { "one attempt left".to_owned() } else { format!("{left} attempts left") }
}
