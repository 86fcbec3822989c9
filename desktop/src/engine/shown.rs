//! What is on the screen, as the log says it: support learns there what the person read.

use vestibule_model::ErrorCode;
use vestibule_model::exchange::Exchange;
use vestibule_model::session::SessionEnd;
use vestibule_model::view::{ProblemView, Screen};

/// A screen by its name, with what it says that is nobody's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    name: &'static str,
    /// A quiet outcome above the sign-in button, or why a session ended.
    why: Option<&'static str>,
    problem: Option<(ErrorCode, Option<String>)>,
}

impl Shown {
    fn of(screen: &Screen) -> Self {
        let plain = |name| Self { name, ..Self::default() };
        let because = |name, why| Self { why, ..plain(name) };
        let problem = |name, problem: &ProblemView| Self { problem: Some((problem.code, problem.sign_in_id.clone())), ..plain(name) };
        match screen {
            Screen::Resuming => plain("resuming"),
            Screen::AwaitingKeyring => plain("awaiting_keyring"),
            Screen::SignIn { notice } => because("sign_in", notice.map(|notice| notice.name())),
            Screen::OpeningBrowser => plain("opening_browser"),
            Screen::WaitingForBrowser(waiting) if waiting.link.is_some() && waiting.exchange != Exchange::Polling => {
                Self { problem: Some((ErrorCode::BrowserNotOpened, Some(waiting.sign_in_id.clone()))), ..plain("waiting_for_browser") }
            }
            Screen::WaitingForBrowser(waiting) => because("waiting_for_browser", waiting.browser_missing.then_some("browser_missing")),
            Screen::EnteringCode(_) => plain("entering_code"),
            Screen::ChoosingSituation { .. } => plain("choosing_situation"),
            Screen::SignedIn { session } => because("signed_in", (!session.service_reachable).then_some("out_of_reach")),
            Screen::OwnSessions(own) => match &own.problem {
                Some(told) => problem("own_sessions", told),
                None => plain("own_sessions"),
            },
            Screen::Locked { .. } => plain("locked"),
            Screen::SigningOut => plain("signing_out"),
            Screen::Ended { reason, .. } => because("ended", Some(reason.map_or("unknown", SessionEnd::name))),
            Screen::Problem(told) => problem("problem", told),
        }
    }

    /// A line for each other screen than the one before; none for what merely counts down.
    pub(super) fn follow(&mut self, screen: &Screen) {
        let now = Self::of(screen);
        if now == *self {
            return;
        }
        *self = now;
        let (screen, why) = (self.name, self.why);
        match &self.problem {
            Some((code, Some(id))) => tracing::warn!(screen, sign_in.id = %id, error.code = %code, "A problem is shown"),
            Some((code, None)) => tracing::warn!(screen, error.code = %code, "A problem is shown"),
            None => tracing::info!(screen, why, "Another screen is shown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_model::view::{Screen, SignInNotice};

    use super::Shown;

    #[test]
    fn what_the_person_reads_is_another_screen_and_what_counts_down_is_none() {
        let ended = |at_ms| Screen::Ended { reason: None, at_ms, idle_limit_s: 900 };
        assert_eq!(Shown::of(&ended(1)), Shown::of(&ended(2)));
        let quiet = |notice| Shown::of(&Screen::SignIn { notice });
        assert_ne!(quiet(None), quiet(Some(SignInNotice::TimedOut)));
        assert_ne!(quiet(None), Shown::of(&Screen::Locked { at_ms: 1, ends_at_ms: 2 }));
    }
}
