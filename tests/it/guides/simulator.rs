//! The page of the simulator, run: how it is started, told its services, and broken; and the rehearsal of an installation beside it.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use vestibule_tests::programs::{free_port, program};
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

/// As on a machine with nothing on it, but for systemd, which is not there: what it would start is started beside.
#[tokio::test]
async fn an_administrator_rehearses_the_installation_on_one_machine_by_the_lines_of_the_guide() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().display().to_string();
    for name in ["srv", "etc", "state"] {
        fs::create_dir(place.path().join(name)).expect("a folder");
    }
    let address = || format!("127.0.0.1:{}", free_port().expect("a port"));
    let (public, administration, wallet, auth) = (address(), address(), address(), address());
    let [example] = <[super::Example; 1]>::try_from(proved_as(Proof::Rehearsal)).expect("one example");
    let wait = format!("until curl --silent --fail --output {folder}/ready http://{public}/ready; do sleep 0.05; done");
    let lines: Vec<String> = super::commands(&example.text)
        .into_iter()
        .map(|line| {
            let line = line.replace("/srv/", &format!("{folder}/srv/")).replace("http://127.0.0.1:8080", &format!("http://{public}"));
            let line = line.replace("/etc/vestibule/", &format!("{folder}/etc/"));
            match line.split(' ').next() {
                Some("systemd-run") => {
                    let (_, started) = line.split_once(" psc-simulator ").expect("the simulator");
                    format!("psc-simulator {started} --wallet {wallet} --auth {auth} --administration {} & simulator=$!", address())
                }
                Some("systemctl") => format!("companion-server serve --config {folder}/etc/companion.toml & server=$!; {wait}"),
                Some("companion-server") if line.contains(" setup ") => format!(
                    "{line} --config {folder}/etc/companion.toml --secrets-dir {folder}/etc/secrets --listen {public} --sqlite-file {folder}/state/compagnon.sqlite \
                     --administration-address {administration} --administration-token-file {folder}/state/token \
                     --simulator-auth-url http://{auth} --simulator-wallet-url http://{wallet}"
                ),
                _ => line,
            }
        })
        .collect();
    let bin = program("companion-server").expect("built");
    let path = format!("{}:{}", bin.parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default());
    let script = format!("trap 'kill $simulator $server' EXIT\n{}", lines.join("\n"));
    let mut shell = any_ending_with_us("sh");
    shell.args(["-ec", &script]).env("PATH", path);
    let output = tokio::time::timeout(Duration::from_secs(120), shell.output()).await.expect("in time").expect("it ends");
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}\n{told}");
    assert!(told.contains("OK         Pro Santé Connect\n") && told.contains("OK         Serveur de connexion\n"), "{told}");
}
