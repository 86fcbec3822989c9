//! The page of the simulator, run: how it is started, told its services, and broken.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use vestibule_tests::programs::program;
use vestibule_tests::servers::any_ending_with_us;

use super::examples::{Proof, proved_as};

#[tokio::test]
async fn the_simulator_starts_knows_its_services_and_breaks_as_its_page_says() {
    let place = tempfile::tempdir().expect("a folder");
    let examples = proved_as(Proof::Simulator);
    let of = |language: &str| {
        examples.iter().filter(|example| example.language == language).map(|example| example.text.clone()).collect::<Vec<_>>()
    };
    let [start, breaks] = <[String; 2]>::try_from(of("sh")).expect("two examples");
    let [services] = <[String; 1]>::try_from(of("toml")).expect("one example");
    fs::write(place.path().join("services.toml"), services).expect("written");
    fs::write(place.path().join("mon-service.secret"), "un-secret-de-test").expect("written");

    for (options, client) in [("--client-secret-file secret.txt", "vestibule-demo"), ("--clients services.toml", "mon-service")] {
        let ready = place.path().join(format!("{client}.json"));
        let free = format!("--wallet 127.0.0.1:0 --auth 127.0.0.1:0 --administration 127.0.0.1:0 --ready-file {}", ready.display());
        let simulator = program("psc-simulator").expect("built").display().to_string();
        assert!(start.contains("cargo run -p psc-simulator -- serve --client-secret-file secret.txt"), "{start}");
        let line = start
            .replace("cargo run -p psc-simulator --", &format!("exec {simulator}"))
            .replace("--client-secret-file secret.txt", options);
        let mut shell = any_ending_with_us("sh");
        shell.args(["-ec", &format!("{} {free}", line.trim_end())]).current_dir(place.path());
        let mut running = shell.spawn().expect("a shell");
        let addresses = until_ready(&mut running, &ready).await;
        let address = addresses["administration"].as_str().expect("an address").trim_start_matches("http://");
        let lines =
            breaks.replace("127.0.0.1:8092", address).replace("vestibule-demo", client).replace("curl ", "curl --fail-with-body -sS ");
        let output = any_ending_with_us("sh").args(["-ec", &lines]).output().await.expect("it ends");
        assert!(output.status.success(), "{lines}: {output:?}");
        running.kill().await.expect("killed");
    }
}

/// Looks again and again: the file is written once all listen.
async fn until_ready(running: &mut tokio::process::Child, file: &std::path::Path) -> Value {
    for _ in 0..600 {
        if let Some(addresses) = fs::read_to_string(file).ok().and_then(|text| serde_json::from_str(&text).ok()) {
            return addresses;
        }
        assert_eq!(running.try_wait().expect("asked"), None, "it does not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never became ready");
}
