//! What the last sign-in of the day met: the companion may be well again when somebody looks.

use chrono::TimeDelta;

use super::{Check, Verdict};
use crate::companion::Cause;
use crate::logging::last_sign_in::{Became, LastSignIn, last_sign_in};
use crate::ports::Ports;
use crate::settings::Settings;
use crate::words::{Title, Words};

/// What is older is another day's.
const RECENT: TimeDelta = TimeDelta::hours(24);

/// `None` where there is no log to read: its own line says why. Performs I/O.
pub(super) fn recent(settings: Option<&Settings>, ports: &Ports, words: &dyn Words) -> Option<Check> {
    let since = ports.clock.now() - RECENT;
    let last = last_sign_in(&settings?.paths.logs, since).ok()?;
    Some(judged(last.as_ref(), words))
}

fn judged(last: Option<&LastSignIn>, words: &dyn Words) -> Check {
    let Some(last) = last else { return Check::ok(Title::LastSignIn, words, words.no_recent_sign_in()) };
    let detail = words.last_sign_in(last);
    match &last.became {
        Became::SignedIn => Check::ok(Title::LastSignIn, words, detail),
        Became::TimedOut => Check { verdict: Verdict::Warning, ..Check::ok(Title::LastSignIn, words, detail) },
        Became::Problem(code, cause) => {
            let cause = cause.as_deref().and_then(Cause::named);
            Check::wrong(Title::LastSignIn, words, Verdict::Warning, *code, detail).because(cause, words)
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use vestibule_model::ErrorCode;
    use vestibule_model::language::Language;

    use super::judged;
    use crate::companion::Cause;
    use crate::doctor::{Check, Verdict};
    use crate::logging::last_sign_in::{Became, LastSignIn};
    use crate::words;

    #[test]
    fn what_went_wrong_is_recalled_with_its_number_and_what_went_well_is_no_warning() {
        let told = |became| -> Check {
            let last = LastSignIn { at: DateTime::UNIX_EPOCH, id: Some("7F3K-9QXM".to_owned()), became };
            let check = judged(Some(&last), words::of(Language::Fr));
            assert!(check.detail.contains("1er janvier 1970 à 00:00 (UTC) (connexion 7F3K-9QXM)"), "{check:?}");
            check
        };
        let failed = told(Became::Problem(ErrorCode::PscUnavailable, None));
        assert!(
            failed.verdict == Verdict::Warning && failed.code == Some(ErrorCode::PscUnavailable) && failed.remedy.is_some(),
            "{failed:?}"
        );
        assert!(failed.detail.contains(ErrorCode::PscUnavailable.explanation(Language::Fr).title), "{failed:?}");
        let unknown = told(Became::Problem(ErrorCode::CompanionUnreachable, Some(Cause::NameUnknown.name().to_owned())));
        assert_eq!(unknown.remedy, words::of(Language::Fr).cause_remedy(Cause::NameUnknown), "what to do is of what it came from");
        let nobody = told(Became::TimedOut);
        assert!(nobody.verdict == Verdict::Warning && nobody.code.is_none() && nobody.detail.contains("pas répondu"), "{nobody:?}");
        assert_eq!(told(Became::SignedIn).verdict, Verdict::Ok);
        assert_eq!(judged(None, words::of(Language::En)).verdict, Verdict::Ok);
    }
}
