//! The measures, as far as they are no matter of time: every answer is the expected one, and what can be counted is within its goal.

use serde_json::Value;
use vestibule_tests::programs::program;

#[tokio::test]
async fn every_measure_is_answered_and_what_can_be_counted_is_within_its_goal() {
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("figures.json");
    let mut bench = tokio::process::Command::new(program("bench").expect("built"));
    bench.args(["--size", "smoke", "--companion"]).arg(program("companion-server").expect("built")).arg("--json").arg(&json);
    // Over PostgreSQL it is the cluster's: `cluster/bench.rs`.
    bench.env_remove("VESTIBULE_TEST_POSTGRES");
    let output = bench.kill_on_drop(true).output().await.expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: Vec<Value> = serde_json::from_slice(&std::fs::read(json).expect("written")).expect("JSON");
    let counted: Vec<&Value> = figures.iter().filter(|figure| figure["unit"] == "").collect();
    assert!(counted.len() >= 4, "{figures:?}");
    for figure in counted {
        assert_ne!(figure["is_met"], false, "{figure}");
    }
}
