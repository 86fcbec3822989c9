//! The measures over PostgreSQL, as far as they are no matter of time: every answer is the expected one, and nobody makes more round trips than are known.

use serde_json::Value;
use vestibule_tests::cluster::server;
use vestibule_tests::programs::program;

/// What crosses the network to the database, and what waits for its disk. Fewer are welcome: then this is brought down with them.
const KNOWN: [(&str, f64); 6] = [
    ("allers-retours vers la base, contrôle de session", 1.0),
    ("– le premier de chaque jeton, noté dans la base", 2.0),
    ("allers-retours vers la base, connexion, poste nouveau", 28.0),
    ("– poste connu", 25.0),
    ("écritures durables l’une après l’autre, poste nouveau", 5.0),
    ("– poste connu", 4.0),
];

#[tokio::test]
async fn a_sign_in_over_postgresql_makes_no_more_round_trips_than_are_known() {
    let _held = server::shared().await;
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("figures.json");
    let mut bench = tokio::process::Command::new(program("bench").expect("built"));
    bench.args(["postgres", "--size", "smoke", "--companion"]).arg(program("companion-server").expect("built")).arg("--json").arg(&json);
    let output = bench.kill_on_drop(true).output().await.expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: Vec<Value> = serde_json::from_slice(&std::fs::read(json).expect("written")).expect("JSON");
    let mut counted = figures.iter().filter(|figure| figure["unit"] == "");
    for (what, most) in KNOWN {
        let figure = counted.find(|figure| figure["what"] == what).expect("counted, in this order");
        let ours = figure["ours"][0].as_f64().expect("a number");
        assert!(ours > 0.0 && ours <= most, "{figure}");
    }
}
