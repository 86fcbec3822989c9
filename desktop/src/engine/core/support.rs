//! The page of settings and checks, over the engine's screens: where it is offered, and for whom.

use vestibule_model::view::{Screen, SupportRequest};

use super::Core;
use crate::engine::state::State;
use crate::engine::support::Moment;
use crate::standing::Standing;

impl Core {
    /// Not over a locked session: whoever stands there is not known.
    pub(super) fn support_requested(&mut self, asked: SupportRequest) {
        if matches!(self.state, State::Locked | State::SigningOut { .. }) {
            return tracing::debug!(?asked, "This screen does not offer that");
        }
        let standing = Standing::of(&self.view.borrow().screen);
        let moment = Moment { language: self.language, standing, names: self.names() };
        self.desk.requested(asked, moment);
    }

    /// Of whoever is signed in, or locked behind an attempt, so that no line of a report has them.
    fn names(&self) -> Vec<String> {
        let here = if let State::Live(live) = &self.state { Some(live) } else { None };
        let all = here.into_iter().chain(self.behind.as_ref().map(|locked| &locked.live));
        all.map(|live| &live.session.practitioner).flat_map(|person| [person.given_name.clone(), person.family_name.clone()]).collect()
    }

    /// The page goes with the screen that it lies over.
    pub(super) fn settle_page(&mut self, next: &Screen) {
        let is_another = std::mem::discriminant(&self.view.borrow().screen) != std::mem::discriminant(next);
        if is_another {
            self.desk.close();
        }
    }
}
