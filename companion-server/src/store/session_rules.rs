//! The rules of a group that a session takes along.

use serde::{Deserialize, Serialize};
use vestibule_model::session::CardRule;

/// What a session keeps of the rules of its group, as they were when it opened: another configuration is for those that open under it.
///
/// A rule that a session of before does not know has the value of [`SessionRules::default`]: the strictest there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionRules {
    /// Seconds of inactivity that end it.
    pub idle_limit_s: u32,
    /// Whether several people share its workstation.
    pub shared_workstation: bool,
    /// What becomes of it when its card leaves the reader.
    pub card_rule: CardRule,
}

impl Default for SessionRules {
    fn default() -> Self {
        // Not the strictest for cards: a person who was told of no rule when she signed in takes her card along, and would lose her session.
        Self { idle_limit_s: 300, shared_workstation: true, card_rule: CardRule::default() }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_model::session::CardRemoval;

    use super::*;

    #[test]
    fn a_session_of_before_a_rule_lives_under_the_strictest_one() {
        assert_eq!(serde_json::from_str::<SessionRules>("{}").expect("readable"), SessionRules::default());
        let kept = serde_json::from_str::<SessionRules>(r#"{"idle_limit_s": 900, "of_a_later_version": 1}"#).expect("readable");
        assert_eq!(kept, SessionRules { idle_limit_s: 900, ..SessionRules::default() });
    }

    #[test]
    fn what_is_kept_is_what_was_given() {
        let rules =
            SessionRules { idle_limit_s: 1_200, shared_workstation: false, card_rule: CardRule { action: CardRemoval::End, grace_s: 3 } };
        let kept = serde_json::to_string(&rules).expect("writable");
        assert_eq!(serde_json::from_str::<SessionRules>(&kept).expect("readable"), rules);
    }
}
