//! Which account speaks on the command line.

use super::*;

const ACCOUNTS: &str = "root:x:0:0:root:/root:/bin/sh\n\na line of something else\nvestibule:x:990:991::/var/lib/vestibule:/bin/false\n\
                        dsi:x:1000:1000:Direction:/home/dsi:/bin/sh\n";

#[test]
fn the_actor_is_the_account_that_the_system_knows_and_who_called_sudo_for_root_alone() {
    for (number, sudo_user, expected) in [
        (0, Some("dsi"), "dsi"),
        (0, None, "root"),
        (0, Some(""), "root"),
        (1000, None, "dsi"),
        // Whoever is not root says of himself what he likes.
        (1000, Some("root"), "dsi"),
        (990, Some("dsi"), "vestibule"),
        // No number of an account, though one of a group.
        (991, Some("dsi"), "uid 991"),
    ] {
        assert_eq!(actor(number, ACCOUNTS, sudo_user.map(str::to_owned)), expected, "{number} {sudo_user:?}");
    }
    assert_eq!(actor(0, "", None), "uid 0", "where the accounts cannot be read");
}

#[test]
fn what_could_not_be_handed_over_is_said_to_the_trail_and_what_was_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = std::cell::Cell::new(0);
    let trace = || {
        told.set(told.get() + 1);
        Ok(())
    };
    hand_over(&folder.path().join("one.json"), "{}", trace).expect("written");
    assert_eq!(told.get(), 0);
    // As where the disk is full by then.
    let refused = hand_over(&folder.path().join("gone/two.json"), "{}", trace).expect_err("not written").to_string();
    assert!(told.get() == 1 && refused.starts_with("VST-"), "{refused}");
    let untraced =
        hand_over(&folder.path().join("gone/two.json"), "{}", || Err(anyhow::anyhow!("nobody answers"))).expect_err("not written");
    assert_eq!(untraced.to_string(), refused, "the first reason is the one that is told");
    try_destination(&folder.path().join("three.json")).expect("room enough");
    assert!(!folder.path().join("three.json").exists());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_companion_is_told_so_once_and_has_its_answer_all_the_same() {
    for (answers_after, is_told) in [(1, false), (60, true)] {
        let told = std::cell::Cell::new(0);
        let asked = async {
            tokio::time::sleep(Duration::from_secs(answers_after)).await;
            "answer"
        };
        let answer = while_told(PATIENCE, || told.set(told.get() + 1), asked).await;
        assert_eq!((answer, told.get()), ("answer", u8::from(is_told)), "{answers_after} s");
    }
}
