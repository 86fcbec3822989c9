//! What Windows tells of a process, and what follows from it. Of a process of another account it tells the session, and no more.

use super::Owner;

/// What is known of a process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Known {
    /// Its account, by its security identifier.
    pub account: Option<String>,
    /// The session in which it shows itself: one for each person who is logged on, 0 for services.
    pub session: Option<u32>,
}

/// Whose the process at the other end is. `is_alone`: nobody else is logged on.
pub(super) fn judge(own: &Known, other: Option<&Known>, is_alone: bool) -> Owner {
    let other = other.cloned().unwrap_or_default();
    let differs = |own: bool, other: bool, is_same: bool| own && other && !is_same;
    if differs(own.session.is_some(), other.session.is_some(), own.session == other.session)
        || differs(own.account.is_some(), other.account.is_some(), own.account == other.account)
    {
        return Owner::Another;
    }
    match (&other.account, &own.account) {
        (Some(_), Some(_)) => Owner::Mine,
        _ if is_alone => Owner::Undisclosed,
        _ => Owner::Another,
    }
}

/// Of Windows itself: in each session, also where nobody is logged on.
const OF_NOBODY: [&str; 7] = ["csrss.exe", "winlogon.exe", "dwm.exe", "fontdrvhost.exe", "logonui.exe", "wininit.exe", "smss.exe"];

/// Whether no process but those of Windows itself is in a session that is neither ours nor that of services.
pub(super) fn is_alone<'a>(own_session: Option<u32>, mut processes: impl Iterator<Item = (Option<u32>, &'a str)>) -> bool {
    own_session.is_some()
        && !processes.any(|(session, name)| {
            session.is_some_and(|session| session != 0 && Some(session) != own_session)
                && !OF_NOBODY.iter().any(|of_nobody| name.eq_ignore_ascii_case(of_nobody))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(account: Option<&str>, session: Option<u32>) -> Known {
        Known { account: account.map(str::to_owned), session }
    }

    #[test]
    fn attack_08_another_account_or_another_session_is_another_whatever_else_is_known() {
        let own = known(Some("S-1-5-21-1"), Some(1));
        for other in [
            known(Some("S-1-5-21-2"), Some(1)),
            known(Some("S-1-5-21-2"), None),
            known(Some("S-1-5-21-1"), Some(2)),
            known(None, Some(2)),
            // A service.
            known(Some("S-1-5-18"), Some(0)),
            known(None, Some(0)),
        ] {
            for is_alone in [false, true] {
                assert_eq!(judge(&own, Some(&other), is_alone), Owner::Another, "{other:?}");
            }
        }
    }

    #[test]
    fn the_same_account_in_the_same_session_is_ours() {
        let own = known(Some("S-1-5-21-1"), Some(1));
        assert_eq!(judge(&own, Some(&own), false), Owner::Mine);
        assert_eq!(judge(&own, Some(&known(Some("S-1-5-21-1"), None)), false), Owner::Mine);
    }

    #[test]
    fn what_is_not_told_is_nobody_s_only_where_nobody_else_is() {
        let own = known(Some("S-1-5-21-1"), Some(1));
        for (own, other) in [
            (&own, Some(known(None, Some(1)))),
            (&own, Some(known(None, None))),
            (&own, None),
            (&known(None, None), Some(known(Some("S-1-5-21-1"), Some(1)))),
        ] {
            assert_eq!(judge(own, other.as_ref(), true), Owner::Undisclosed, "{other:?}");
            assert_eq!(judge(own, other.as_ref(), false), Owner::Another, "{other:?}");
        }
    }

    #[test]
    fn somebody_else_is_there_when_a_program_of_hers_is() {
        let alone = |own, processes: &[(Option<u32>, &str)]| is_alone(own, processes.iter().copied());
        let machine =
            [(Some(0), "svchost.exe"), (Some(1), "explorer.exe"), (Some(2), "winlogon.exe"), (Some(2), "LogonUI.exe"), (None, "System")];
        assert!(alone(Some(1), &machine), "the other screen shows who may log on");
        let shared = [machine.as_slice(), &[(Some(2), "explorer.exe")]].concat();
        assert!(!alone(Some(1), &shared));
        assert!(!alone(None, &machine), "who knows nothing of herself knows nothing of others");
    }
}
