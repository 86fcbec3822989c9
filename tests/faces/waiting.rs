//! What a command says while nobody answers it.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use vestibule_tests::servers::ending_with_us;

use crate::program::{installed, text_of};

#[tokio::test]
async fn whoever_examines_a_companion_that_does_not_answer_is_told_that_the_examination_waits() {
    let folder = tempfile::tempdir().unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    installed(folder.path(), "127.0.0.1:0", &silent.local_addr().unwrap().to_string());
    let mut doctor = ending_with_us("companion-server").unwrap();
    doctor.args(["doctor", "--json", "--config"]).arg(folder.path().join("companion.toml")).env_clear();
    let mut doctor = doctor.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let held = tokio::select! {
        called = silent.accept() => called.unwrap(),
        ended = doctor.wait() => panic!("it called nobody: {ended:?}"),
    };
    let mut told = BufReader::new(doctor.stderr.take().unwrap()).lines();
    let line = told.next_line().await.unwrap().unwrap();
    assert!(line.contains("L’examen n’est pas fini") && line.contains("la commande attend"), "{line}");
    // Only now does it hear that nobody is going to answer.
    drop((held, silent));
    let output = doctor.wait_with_output().await.unwrap();
    let report: serde_json::Value = serde_json::from_str(text_of(&output.stdout)).unwrap();
    let companion = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "companion").unwrap();
    assert_eq!((companion["code"].as_str(), output.status.code()), (Some("VST-3020"), Some(2)), "{report}");
    assert_eq!(told.next_line().await.unwrap(), None, "once");
}
