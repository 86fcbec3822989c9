//! What the icon beside the clock says and offers. The same state as the window's, in fewer words; like a notice, it names nobody.

use vestibule_model::view::{AppRequest, AppView, Screen};

use crate::notifications::Notice;
use crate::standing::Standing;
use crate::words::{self, Words};

/// The icon and its menu, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayView {
    pub standing: Standing,
    /// Name of the service and where she stands, one line.
    pub title: String,
    pub entries: Vec<Entry>,
}

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub label: String,
    pub act: Act,
}

/// What a line of the menu does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Show the window.
    Open,
    /// Show the window and ask the engine: what comes next is to be read there.
    OpenAnd(AppRequest),
    /// Ask the engine, wherever the window is.
    Ask(AppRequest),
    /// End the service session (RECO 06), then the program.
    Quit,
}

impl Act {
    /// Every one that a menu may hold, in the order of any menu.
    pub fn all() -> [Self; 5] {
        [Self::Open, Self::OpenAnd(AppRequest::SignIn), Self::OpenAnd(AppRequest::SignOut), Self::Ask(AppRequest::Cancel), Self::Quit]
    }

    /// Its name in a menu of the system.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::OpenAnd(AppRequest::SignOut) => "sign_out",
            Self::OpenAnd(_) => "sign_in",
            Self::Ask(_) => "cancel",
            Self::Quit => "quit",
        }
    }

    /// The one of this name: a menu that was opened a moment ago still does what it says.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|act| act.name() == name)
    }
}

/// What closing the window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The session goes on behind the icon.
    Hides,
    /// The service session ends (RECO 06).
    Quits,
}

/// Where the window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    InSight,
    /// She closed it behind its icon.
    Closed,
    /// The program started behind its icon.
    NotOpened,
}

/// What the icon shows.
pub fn tray_view(view: &AppView) -> TrayView {
    let (words, standing) = (words::of(view.language), Standing::of(&view.screen));
    TrayView {
        standing,
        title: words.tray_title(&view.service.name, standing),
        entries: acts(&view.screen).into_iter().map(|act| Entry { label: label(words, standing, &act), act }).collect(),
    }
}

/// What closing the window does. A window is never hidden where no icon would bring it back; and on a shared workstation, who leaves leaves nothing.
pub fn closing(view: &AppView, icon_is_there: bool) -> Closing {
    if icon_is_there && !view.service.shared_workstation { Closing::Hides } else { Closing::Quits }
}

/// What she is told the first time.
pub(crate) fn where_it_went(view: &AppView) -> Notice {
    Notice { title: view.service.name.clone(), text: words::of(view.language).tray_hidden().to_owned() }
}

/// What she is told who does not see the window, when it changed from one screen to another.
pub(crate) fn news(before: &AppView, after: &AppView) -> Option<Notice> {
    let standing = Standing::of(&after.screen);
    let told = match Standing::of(&before.screen) {
        Standing::SignedIn => matches!(&after.screen, Screen::Locked { .. }) || is_over(&after.screen),
        Standing::Locked => is_over(&after.screen),
        Standing::Busy | Standing::SignedOut | Standing::Problem => false,
    };
    let words = words::of(after.language);
    told.then(|| Notice { title: words.tray_title(&after.service.name, standing), text: words.tray_news(standing).to_owned() })
}

/// Of a session that nobody asked to end: a sign-out passes by [`Screen::SigningOut`].
fn is_over(screen: &Screen) -> bool {
    matches!(screen, Screen::Ended { .. } | Screen::SignIn { .. } | Screen::Problem(_))
}

fn acts(screen: &Screen) -> Vec<Act> {
    let own = match screen {
        Screen::SignIn { .. } | Screen::Ended { .. } | Screen::Locked { .. } => Some(Act::OpenAnd(AppRequest::SignIn)),
        Screen::OpeningBrowser | Screen::WaitingForBrowser(_) | Screen::EnteringCode(_) => Some(Act::Ask(AppRequest::Cancel)),
        Screen::ChoosingSituation { .. } | Screen::SignedIn { .. } | Screen::OwnSessions(_) => Some(Act::OpenAnd(AppRequest::SignOut)),
        Screen::Resuming | Screen::AwaitingKeyring | Screen::SigningOut | Screen::Problem(_) => None,
    };
    let sign_out = matches!(screen, Screen::Locked { .. }).then_some(Act::OpenAnd(AppRequest::SignOut));
    std::iter::once(Act::Open).chain(own).chain(sign_out).chain([Act::Quit]).collect()
}

fn label(words: &dyn Words, standing: Standing, act: &Act) -> String {
    match act {
        Act::Open => words.tray_open(),
        Act::OpenAnd(AppRequest::SignOut) => words.tray_sign_out(),
        Act::OpenAnd(_) if standing == Standing::Locked => words.tray_unlock(),
        Act::OpenAnd(_) => words.tray_sign_in(),
        Act::Ask(_) => words.tray_cancel(),
        Act::Quit if matches!(standing, Standing::SignedIn | Standing::Locked) => words.tray_quit_session(),
        Act::Quit => words.tray_quit(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests;
