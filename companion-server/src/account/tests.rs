//! When a confirmation is due, and when somebody else is told of.

use super::*;

fn known(pair_known: bool, last_account_id: Option<i64>) -> Recognition {
    Recognition { account_id: 7, pair_known, last_account_id, is_last_forgotten: false, last_situation_id: None }
}

#[test]
fn a_clinician_on_her_own_workstation_meets_no_extra_click() {
    assert_eq!(confirmation_due(&known(true, Some(7)), false, false), None);
}

#[test]
fn a_new_pair_confirms() {
    assert_eq!(confirmation_due(&known(false, None), false, false), Some(ConfirmationReason::NewWorkstation));
}

#[test]
fn another_identity_than_the_last_one_confirms_even_when_it_is_known() {
    assert_eq!(confirmation_due(&known(true, Some(8)), false, false), Some(ConfirmationReason::IdentityChanged));
    assert!(identity_changed(&known(true, Some(8))));
    assert!(!identity_changed(&known(false, None)));
}

#[test]
fn a_shared_workstation_always_confirms() {
    assert_eq!(confirmation_due(&known(true, Some(7)), true, false), Some(ConfirmationReason::SharedWorkstation));
    assert_eq!(confirmation_due(&known(true, Some(7)), false, true), Some(ConfirmationReason::Always));
}

#[test]
fn reasons_survive_being_kept() {
    for reason in ConfirmationReason::ALL {
        assert_eq!(ConfirmationReason::from_name(reason.name()), Some(reason));
    }
}

#[test]
fn somebody_known_after_one_who_was_forgotten_confirms() {
    let recognition = |pair_known| Recognition { is_last_forgotten: true, ..known(pair_known, None) };
    assert_eq!(confirmation_due(&recognition(true), false, false), Some(ConfirmationReason::IdentityChanged));
    assert_eq!(confirmation_due(&recognition(false), false, false), Some(ConfirmationReason::NewWorkstation), "it may be the same person");
}
