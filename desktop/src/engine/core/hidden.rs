//! The window is put away behind its icon: what happens is told by a notice of the desktop.

use vestibule_model::view::AppView;

use super::Core;
use crate::notifications::Notice;
use crate::tray;

#[derive(Debug, Default)]
pub(super) struct Away {
    hidden: bool,
    /// She was told once where the window went.
    told_where: bool,
    /// A notice stands on the desktop.
    noticed: bool,
}

impl Core {
    pub(super) fn hidden(&mut self, hidden: bool) {
        self.away.hidden = hidden;
        if hidden && !std::mem::replace(&mut self.away.told_where, true) {
            let notice = tray::where_it_went(&self.view.borrow());
            self.notice(notice);
        }
        if !hidden && std::mem::take(&mut self.away.noticed) {
            let notifications = self.ports.notifications.clone();
            self.spawn(async move { notifications.withdraw().await });
        }
    }

    pub(super) fn tell_who_does_not_see(&mut self, next: &AppView) {
        if !self.away.hidden {
            return;
        }
        let news = tray::news(&self.view.borrow(), next);
        if let Some(notice) = news {
            self.notice(notice);
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.away.noticed = true;
        let notifications = self.ports.notifications.clone();
        self.spawn(async move { notifications.show(notice).await });
    }
}
