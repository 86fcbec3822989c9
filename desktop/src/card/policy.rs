//! What the card that leaves its reader does to a session. It can shorten one; nothing here opens or prolongs any.

use vestibule_model::session::{CardRemoval, CardRule, SignInMeans};

use super::Happening;

/// The rule of the group and that of the workstation: of both, the stricter.
pub fn stricter(group: CardRule, action: CardRemoval, grace_s: Option<u32>) -> CardRule {
    let of_group = (group.action != CardRemoval::Nothing).then_some(group.grace_s);
    let grace_s = of_group.into_iter().chain(grace_s).min().unwrap_or(CardRule::GRACE_S);
    CardRule { action: group.action.max(action), grace_s }
}

/// Follows the card of one session: the only one of the family that was there when it was opened, or that was put in since.
#[derive(Debug)]
pub struct Guard {
    may_follow: bool,
    reader: Option<String>,
}

/// What happened to the card that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Pulled,
    PutBack,
}

impl Guard {
    /// For a session that opens now. Who signed in with her telephone may have no card at all: whose is the one that is there?
    pub fn new(means: Option<SignInMeans>, cps: &[String]) -> Self {
        let mut guard = Self { may_follow: means != Some(SignInMeans::ECps), reader: None };
        guard.follow_only(cps);
        guard
    }

    /// What this means for the session. `cps` are the readers with a card of the family afterwards.
    pub fn look(&mut self, happening: &Happening, cps: &[String]) -> Option<Turn> {
        let is_followed = |reader: &String| self.reader.as_ref() == Some(reader);
        match happening {
            Happening::Removed { reader } if is_followed(reader) => Some(Turn::Pulled),
            Happening::PutBack { reader } if is_followed(reader) => Some(Turn::PutBack),
            // Nobody saw it go: another one, later, is followed anew.
            Happening::Lost { reader } if is_followed(reader) => {
                self.reader = None;
                None
            }
            Happening::Inserted { .. } | Happening::PutBack { .. } => {
                self.follow_only(cps);
                None
            }
            Happening::Removed { .. } | Happening::Lost { .. } => None,
        }
    }

    /// Whether a card is followed.
    pub fn is_armed(&self) -> bool {
        self.reader.is_some()
    }

    fn follow_only(&mut self, cps: &[String]) {
        if let (true, None, [only]) = (self.may_follow, &self.reader, cps) {
            self.reader = Some(only.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn removed(reader: &str) -> Happening {
        Happening::Removed { reader: reader.to_owned() }
    }

    fn put_back(reader: &str) -> Happening {
        Happening::PutBack { reader: reader.to_owned() }
    }

    fn inserted(reader: &str) -> Happening {
        Happening::Inserted { reader: reader.to_owned() }
    }

    #[test]
    fn of_group_and_workstation_the_stricter_rule_is_in_force() {
        let rule = |action, grace_s| CardRule { action, grace_s };
        for (group, action, grace_s, expected) in [
            (rule(CardRemoval::Nothing, 10), CardRemoval::Nothing, None, rule(CardRemoval::Nothing, 10)),
            (rule(CardRemoval::Nothing, 10), CardRemoval::Lock, Some(60), rule(CardRemoval::Lock, 60)),
            (rule(CardRemoval::Lock, 30), CardRemoval::Nothing, None, rule(CardRemoval::Lock, 30)),
            (rule(CardRemoval::Lock, 30), CardRemoval::Nothing, Some(60), rule(CardRemoval::Lock, 30)),
            (rule(CardRemoval::Lock, 30), CardRemoval::End, Some(0), rule(CardRemoval::End, 0)),
            (rule(CardRemoval::End, 5), CardRemoval::Lock, None, rule(CardRemoval::End, 5)),
        ] {
            assert_eq!(stricter(group, action, grace_s), expected, "{group:?} {action:?} {grace_s:?}");
        }
    }

    #[test]
    fn only_the_card_that_was_there_alone_or_came_alone_since_is_followed() {
        let mut guard = Guard::new(None, &readers(&["A"]));
        assert_eq!(guard.look(&removed("B"), &readers(&["A"])), None, "another reader");
        assert_eq!(guard.look(&removed("A"), &[]), Some(Turn::Pulled));
        assert_eq!(guard.look(&put_back("A"), &readers(&["A"])), Some(Turn::PutBack));

        let mut guard = Guard::new(Some(SignInMeans::Card), &[]);
        assert!(!guard.is_armed());
        assert_eq!(guard.look(&inserted("A"), &readers(&["A"])), None);
        assert_eq!(guard.look(&removed("A"), &[]), Some(Turn::Pulled));
        assert_eq!(guard.look(&inserted("B"), &readers(&["B"])), None);
        assert_eq!(guard.look(&removed("B"), &[]), None, "it was not hers");
    }

    #[test]
    fn of_two_cards_none_is_followed_and_a_telephone_has_none() {
        let mut guard = Guard::new(None, &readers(&["A", "B"]));
        assert_eq!(guard.look(&removed("A"), &readers(&["B"])), None);
        assert!(!guard.is_armed(), "the one that is left may be anybody's");
        let mut guard = Guard::new(Some(SignInMeans::ECps), &readers(&["A"]));
        guard.look(&inserted("A"), &readers(&["A"]));
        assert_eq!(guard.look(&removed("A"), &[]), None);
    }

    #[test]
    fn a_card_that_nobody_saw_go_does_nothing_and_is_followed_again_when_it_is_back() {
        let mut guard = Guard::new(None, &readers(&["A"]));
        assert_eq!(guard.look(&Happening::Lost { reader: "A".to_owned() }, &[]), None);
        assert!(!guard.is_armed());
        guard.look(&inserted("A"), &readers(&["A"]));
        assert_eq!(guard.look(&removed("A"), &[]), Some(Turn::Pulled));
    }
}
