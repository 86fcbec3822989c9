//! What is told outside the window, one after the other: a notice that is taken away was there before.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use vestibule_model::view::AppView;

use super::Core;
use crate::notifications::{Notice, Notifications};
use crate::tray::{self, Whereabouts};

/// The desktop's notices, in the order in which they were asked for.
pub(super) struct Notices {
    /// `None` takes the last one away.
    asked: UnboundedSender<Option<Notice>>,
    stands: bool,
}

impl Notices {
    /// On the current runtime, until this is dropped and all of it is done.
    pub fn by(desktop: Arc<dyn Notifications>) -> Self {
        let (asked, mut next) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(notice) = next.recv().await {
                match notice {
                    Some(notice) => desktop.show(notice).await,
                    None => desktop.withdraw().await,
                }
            }
        });
        Self { asked, stands: false }
    }

    pub fn show(&mut self, notice: Notice) {
        self.stands = true;
        self.ask(Some(notice));
    }

    /// Nothing, where none stands.
    pub fn withdraw(&mut self) {
        if std::mem::take(&mut self.stands) {
            self.ask(None);
        }
    }

    fn ask(&self, notice: Option<Notice>) {
        // Nobody listens once the runtime ends, and with it the program.
        let _ = self.asked.send(notice);
    }
}

/// What is told of a window that nobody sees.
#[derive(Debug, Default)]
pub(super) struct Away {
    is_hidden: bool,
    /// She was told once where the window went.
    told_where: bool,
}

impl Core {
    pub(super) fn window_is(&mut self, whereabouts: Whereabouts) {
        self.away.is_hidden = whereabouts != Whereabouts::InSight;
        match whereabouts {
            Whereabouts::InSight => self.notices.withdraw(),
            Whereabouts::Closed if !std::mem::replace(&mut self.away.told_where, true) => {
                let notice = tray::where_it_went(&self.view.borrow());
                self.notices.show(notice);
            }
            Whereabouts::Closed | Whereabouts::NotOpened => {}
        }
    }

    pub(super) fn tell_who_does_not_see(&mut self, next: &AppView) {
        if !self.away.is_hidden {
            return;
        }
        let news = tray::news(&self.view.borrow(), next);
        if let Some(notice) = news {
            self.notices.show(notice);
        }
    }
}
