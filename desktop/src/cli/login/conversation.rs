//! What a terminal says while a sign-in goes on, and the letters that are typed into it.

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use vestibule_model::exchange::Exchange;
use vestibule_model::session::SignInId;
use vestibule_model::view::WaitingStage;

use crate::cli::Typing;
use crate::exchange::polling::letters;
use crate::exchange::{Ask, Progress, Started};
use crate::qr_code::Picture;
use crate::standard_output::Canvas;
use crate::words::Words;

/// What was typed.
pub(super) enum Said {
    /// Letters, which are on their way.
    Letters,
    /// Something that cannot be a code, and what to say of it. It costs no try.
    Slip(&'static str),
    /// Nobody can type any more.
    Nobody,
}

/// What the person may use besides the browser of this workstation.
pub(super) struct Offered {
    /// Whether the polling exchange may be suggested.
    pub other_browser: bool,
    /// Where its address is to be shown as a picture too.
    pub picture_on: Option<Canvas>,
}

/// The address as a picture, or why there is none: whoever cannot be shown one has the address.
fn picture(address: &str, canvas: Canvas, words: &dyn Words) -> Vec<String> {
    let Some(picture) = Picture::of(address) else {
        return vec![words.picture_too_large().to_owned()];
    };
    let (lines, columns) = (picture.lines(), picture.side());
    // Lines that go on below themselves are no picture, even once there is room.
    if u32::from(canvas.columns) < columns {
        return vec![words.picture_too_wide(columns, canvas.columns)];
    }
    // Below it: what stands above is pushed out with the top of the picture. A terminal that grows shows it again.
    let is_cut = lines.len() >= usize::from(canvas.rows);
    lines.into_iter().chain(is_cut.then(|| words.picture_cut().to_owned())).collect()
}

/// The person at the terminal.
pub(super) struct Conversation {
    typing: Option<Typing>,
    lines: Option<UnboundedReceiver<SecretString>>,
    asks: UnboundedSender<Ask>,
    letters_due: bool,
    /// Said once, whatever exchanges follow.
    service_named: bool,
    offered: Offered,
    /// Once the companion knows the attempt.
    sign_in_id: Option<SignInId>,
    /// Two digits, once there are some.
    match_number: String,
    /// Whether the companion told of a browser that opened the page.
    opened: bool,
    words: &'static dyn Words,
}

impl Conversation {
    pub fn new(typing: Typing, asks: UnboundedSender<Ask>, offered: Offered, words: &'static dyn Words) -> Self {
        Self {
            typing: Some(typing),
            lines: None,
            asks,
            letters_due: false,
            service_named: false,
            offered,
            sign_in_id: None,
            match_number: String::new(),
            opened: false,
            words,
        }
    }

    /// What a person wants to read while waiting.
    pub fn told(&mut self, step: &Progress) -> Vec<String> {
        self.opened |= is_of_an_open_page(step);
        match step {
            Progress::Companion(_) if std::mem::replace(&mut self.service_named, true) => Vec::new(),
            Progress::Companion(metadata) => vec![self.words.service(&metadata.service_name)],
            Progress::Started(started) => self.started(started),
            Progress::Stage(WaitingStage::AtProvider) => vec![self.words.provider_waits().to_owned()],
            Progress::Stage(WaitingStage::Confirming) => vec![self.words.confirm_in_browser().to_owned()],
            Progress::NumberAsked => vec![self.words.which_number(&self.match_number)],
            Progress::BrowserMissing => {
                let mut lines = vec![self.words.page_not_open().to_owned()];
                lines.extend(self.suggestion().map(str::to_owned));
                lines
            }
            Progress::LettersDue { tries_left, ends_in, refused } => self.letters_due(*tries_left, ends_in.as_secs(), *refused),
            // Told to a window: here, the command ends without a browser, and says so.
            Progress::NotOpened(_)
            | Progress::CheckingLetters
            | Progress::Stage(WaitingStage::BrowserAsked | WaitingStage::BrowserOpen | WaitingStage::Checking) => Vec::new(),
        }
    }

    /// Whether letters of the page were to be typed here.
    pub fn asked_for_letters(&self) -> bool {
        self.typing.is_none()
    }

    /// The thread that support follows.
    pub fn sign_in_id(&self) -> Option<&SignInId> {
        self.sign_in_id.as_ref()
    }

    /// Told to stop, and how far it had got.
    pub fn log_interrupted(&self) {
        let (opened, letters_asked) = (self.opened, self.asked_for_letters());
        let thread = self.sign_in_id.as_ref().map(tracing::field::display);
        tracing::info!(sign_in.id = thread, opened, letters_asked, "The command was told to stop");
    }

    /// How far it got in its time, for the log: who came how far is what a ticket is about.
    pub fn log_time_over(&self, limit_s: u64) {
        let (opened, letters_asked) = (self.opened, self.asked_for_letters());
        let thread = self.sign_in_id.as_ref().map(tracing::field::display);
        tracing::info!(sign_in.id = thread, limit_s, opened, letters_asked, "The time that was given is over");
    }

    /// The other road, where it may be open.
    pub fn suggestion(&self) -> Option<&'static str> {
        self.offered.other_browser.then(|| self.words.try_polling())
    }

    fn started(&mut self, started: &Started) -> Vec<String> {
        let number = &started.match_number;
        self.match_number.clone_from(number);
        self.sign_in_id = Some(started.sign_in_id.clone());
        // Who polls already is not sent there.
        self.offered.other_browser &= started.exchanges.contains(&Exchange::Polling) && started.exchange != Exchange::Polling;
        let Some(link) = &started.link else {
            return vec![self.words.go_on_in_browser(number)];
        };
        let minutes = started.link_ends_in.as_secs().div_ceil(60);
        let mut lines = vec![self.words.open_anywhere(minutes), link.as_str().to_owned()];
        if let Some(canvas) = self.offered.picture_on {
            lines.extend(picture(link.as_str(), canvas, self.words));
        }
        lines.push(self.words.number_will_be_asked(number));
        lines
    }

    fn letters_due(&mut self, tries_left: u32, seconds: u64, refused: bool) -> Vec<String> {
        self.letters_due = true;
        if let Some(typing) = self.typing.take() {
            self.lines = Some(typing());
        }
        let words = self.words;
        let ask = if refused { words.letters_again(tries_left, seconds) } else { words.letters(tries_left, seconds) };
        vec![ask]
    }

    /// The next line that was typed, once letters are due. Never ends before.
    pub async fn hears(&mut self) -> Said {
        let Some(lines) = self.lines.as_mut().filter(|_| self.letters_due) else { return std::future::pending().await };
        let Some(line) = lines.recv().await else {
            self.letters_due = false;
            return Said::Nobody;
        };
        match letters(line.expose_secret()) {
            Some(letters) => {
                self.letters_due = false;
                // An attempt that is over says so by itself.
                let _ = self.asks.send(Ask::Letters(letters));
                Said::Letters
            }
            None => Said::Slip(self.words.no_letters()),
        }
    }
}

/// Whether somebody was on the page: it was opened before whatever else this step tells.
fn is_of_an_open_page(step: &Progress) -> bool {
    match step {
        Progress::Stage(stage) => !matches!(stage, WaitingStage::BrowserAsked),
        Progress::NumberAsked | Progress::LettersDue { .. } | Progress::CheckingLetters => true,
        Progress::Companion(_) | Progress::Started(_) | Progress::BrowserMissing | Progress::NotOpened(_) => false,
    }
}
