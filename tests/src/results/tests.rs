use std::fs;
use std::path::Path;

use super::{Outcome, Results, ResultsError, SUITES, libtest, node};

const RUST: &str = "
running 4 tests
test sign_in::tests::exi_20_passes ... ok
test exi_21_fails ... FAILED
test exi_22_waits ... ignored, needs a card
test panics - should panic ... ok

failures:
---- exi_21_fails stdout ----
test not_a_line_of_ours ... ok

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

running 1 test
test other::exi_20_passes ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
const NODE: &str = "{\"name\":\"exi_23: une\",\"outcome\":\"passed\"}\n{\"name\":\"exi_24\",\"outcome\":\"ignored\"}\n{\"tests\":2}\n";

fn leave(folder: &Path, tree: &str) {
    for (name, _) in SUITES {
        let text = if name.ends_with(".txt") { RUST } else { NODE };
        fs::write(folder.join(name), text).expect("written");
        fs::write(folder.join(name).with_extension("tree"), format!("{tree}\n")).expect("written");
    }
}

#[test]
fn only_a_test_that_passed_proves_something() {
    let folder = tempfile::tempdir().expect("a folder");
    leave(folder.path(), "abc");
    let results = Results::read(folder.path(), "abc").expect("results");
    assert_eq!(results.passed().iter().map(String::as_str).collect::<Vec<_>>(), ["exi_20_passes", "exi_23: une", "panics"]);
    for (name, objection) in [
        ("exi_20_passes", None),
        ("exi_21_fails", Some("failed")),
        ("exi_22_waits", Some("was skipped")),
        ("exi_24", Some("was skipped")),
        ("exi_25_nowhere", Some("did not run")),
    ] {
        assert_eq!(results.objection(name), objection, "{name}");
    }
}

#[test]
fn results_of_other_sources_or_of_a_suite_that_did_not_run_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    leave(folder.path(), "abc");
    assert!(matches!(Results::read(folder.path(), "abd"), Err(ResultsError::Stale { .. })));
    for (name, _) in SUITES {
        leave(folder.path(), "abc");
        for gone in [folder.path().join(name), folder.path().join(name).with_extension("tree")] {
            fs::remove_file(&gone).expect("removed");
            let refused = Results::read(folder.path(), "abc");
            assert!(matches!(&refused, Err(ResultsError::Missing { file }) if *file == gone), "{refused:?}");
            leave(folder.path(), "abc");
        }
    }
}

#[test]
fn a_run_that_was_cut_short_is_no_run() {
    assert_eq!(libtest(RUST).expect("whole").len(), 5);
    for cut in [
        RUST.replace("test exi_21_fails ... FAILED\n", ""),
        RUST.replace("test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n", ""),
        RUST.rsplit_once("test result").expect("a sum").0.to_owned(),
        String::new(),
    ] {
        assert!(libtest(&cut).is_err(), "{cut}");
    }
    assert_eq!(node(NODE).expect("whole").len(), 2);
    for cut in [
        NODE.replace("{\"tests\":2}\n", ""),
        NODE.replace("{\"name\":\"exi_24\",\"outcome\":\"ignored\"}\n", ""),
        "{\"tests\":0}\n".to_owned(),
    ] {
        assert!(node(&cut).is_err(), "{cut}");
    }
}

#[test]
fn the_worst_of_two_tests_of_one_name_prevails() {
    assert!(Outcome::Failed > Outcome::Ignored && Outcome::Ignored > Outcome::Passed);
    let folder = tempfile::tempdir().expect("a folder");
    leave(folder.path(), "abc");
    let failing = RUST.replace("test other::exi_20_passes ... ok", "test other::exi_20_passes ... FAILED");
    fs::write(folder.path().join("rust.txt"), failing).expect("written");
    assert_eq!(Results::read(folder.path(), "abc").expect("results").objection("exi_20_passes"), Some("failed"));
}
