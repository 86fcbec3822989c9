//! The support report of a workstation where somebody really signed in, at the highest detail: its files hold what support needs, and not who she is.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde_json::Value;
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::known_secrets::KnownSecrets;
use vestibule_tests::programs::Programs;
use vestibule_tests::servers::any_ending_with_us;

/// Signs in, and says under which number, and what the browser met.
async fn signed_in(programs: &Programs) -> (String, ScriptedBrowser) {
    let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json", "--situation", "first"]).await.expect("ready");
    let app = command.spawn().expect("the app starts");
    let mut browser = ScriptedBrowser::new().expect("a browser");
    browser.walk(&address.wait().await.expect("an address"), &Person::named("camille")).await.expect("signed in");
    let output = app.wait_with_output().await.expect("the app ends");
    assert!(output.status.success(), "{output:?}");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    (document["session"]["sign_in_id"].as_str().expect("a number").to_owned(), browser)
}

/// Every file of a report, as one text.
fn unpacked(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).expect("a report")).expect("a zip");
    let mut all = String::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a file");
        let name = file.name().expect("a name").to_string();
        let mut text = String::new();
        file.read_to_string(&mut text).expect("text");
        // What is missing says why in its place.
        if name.ends_with(".json") && !text.starts_with("[absent") {
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{name} is JSON no more: {text}");
        }
        all += &(name + &text);
    }
    all
}

#[tokio::test]
async fn exi_05_a_report_after_a_real_sign_in_holds_its_number_and_its_codes_and_neither_secret_nor_name() {
    let programs = Programs::start().await.expect("the stack starts");
    let (number, browser) = signed_in(&programs).await;
    let mut known = KnownSecrets::default();
    let database = programs.folder().join("companion.sqlite");
    let columns = ["request_hash FROM sign_ins", "cookie_hash FROM sign_ins", "code_hash FROM sign_ins", "hash FROM session_tokens"];
    known.learn(&database, &columns).await.expect("learnt");
    let refused = programs.run("camille", &["situation", "nulle-part"]).await.expect("ends");
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let secret = browser.history.iter().find_map(|url| url.query_pairs().find(|(key, _)| key == "code").map(|(_, code)| code.into_owned()));
    let secret = secret.expect("a code");
    // Whatever a library or a later version might write: the last pass is for that.
    let careless = format!(
        "2026-11-28T08:00:00.000001Z  INFO another: code={secret} for 899700999016, Camille, camille.fictif@hopital.example, {}\n",
        programs.folder().join("home").display()
    );
    let logs = programs.run("camille", &["log", "--folder"]).await.expect("ends").stdout;
    let log = fs::read_dir(logs.trim()).expect("the log").next().expect("a file").expect("an entry").path();
    let before = fs::read_to_string(&log).expect("text");
    fs::write(&log, careless + &before).expect("written");

    let path = programs.folder().join("report.zip");
    let done = programs.run("camille", &["report", "--yes", "--out", path.to_str().expect("text")]).await.expect("ends");
    assert_eq!(done.code, Some(0), "{done:?}");
    let (report, shown) = (unpacked(&path), done.stdout);
    for told in [
        number.as_str(),
        "VST-2014",
        "Signed in",
        " TRACE vestibule_desktop::",
        "\"policy_file\"",
        "manifest.json",
        "error.code=",
        &programs.companion_url,
    ] {
        assert!(report.contains(told), "{told} in {report}");
    }
    let met: String = browser.history.iter().map(|url| format!("{} ", url.as_str().replace("%3A", ":"))).collect();
    assert!(known.told_in(&met) >= 2, "the search recognises secrets");
    for text in [&report, &shown] {
        assert_eq!(known.told_in(text), 0, "a secret of the companion's database");
        let person = ["FICTIF", "899700999016", "camille.fictif", "eyJ", secret.as_str(), programs.client_secret.as_str()];
        assert!(
            person.iter().all(|personal| !text.contains(personal)),
            "{:?} in {text}",
            person.iter().find(|personal| text.contains(**personal))
        );
        for url in &browser.history {
            let values = url.query_pairs().map(|(_, value)| value.into_owned());
            let random = values.filter(|value| value.len() >= 20 && !value.starts_with("http") && !value.contains([' ', '.', '/']));
            random.for_each(|value| assert!(!text.contains(&value), "{value} of {url}"));
        }
    }
}

#[tokio::test]
async fn exi_05_the_report_of_a_companion_that_runs_or_not_holds_the_number_and_neither_secret_nor_identity() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let (number, browser) = signed_in(&programs).await;
    let mut known = KnownSecrets::default();
    let columns = ["request_hash FROM sign_ins", "cookie_hash FROM sign_ins", "code_hash FROM sign_ins", "hash FROM session_tokens"];
    known.learn(&programs.folder().join("companion.sqlite"), &columns).await.expect("learnt");
    let code = browser.history.iter().find_map(|url| url.query_pairs().find(|(key, _)| key == "code").map(|(_, code)| code.into_owned()));
    let code = code.expect("a code");
    let log = programs.folder().join("companion.log");
    let careless = format!(
        "{}Z  INFO another: code={code} for 899700999016, camille.fictif@hopital.example, 10.1.2.3, {}\n",
        "2999-01-01T00:00:00", programs.client_secret
    );
    fs::OpenOptions::new().append(true).open(&log).and_then(|mut log| log.write_all(careless.as_bytes())).expect("written");

    let ask = ["report", "--logs", log.to_str().expect("text"), "--out"];
    let path = programs.folder().join("running.zip");
    let arguments: Vec<&str> = ask.into_iter().chain([path.to_str().expect("text"), "--yes"]).collect();
    let running = programs.companion_command(&arguments, "").await.expect("ends");
    assert_eq!(running.code, Some(0), "{running:?}");
    let report = unpacked(&path);
    for told in [
        number.as_str(),
        "\"database_writing\": {",
        "\"client_authentication\": {\n      \"status\": \"ok\"",
        "vestibule_live_sessions 1\n",
        "Il répond.",
        "client_secret_file",
        "logs/1-companion.log",
        "another: ",
    ] {
        assert!(report.contains(told), "{told} in {report}");
    }
    assert!(running.stdout.contains("Ce rapport contiendra ceci") && running.stdout.contains("── logs/1-companion.log\n"), "{running:?}");
    programs.kill_companion().await.expect("stopped");
    let path = programs.folder().join("stopped.zip");
    let arguments: Vec<&str> = ask.into_iter().chain([path.to_str().expect("text"), "--yes", "--json"]).collect();
    let stopped = programs.companion_command(&arguments, "").await.expect("ends");
    assert_eq!(stopped.code, Some(0), "{stopped:?}");
    assert_eq!(stopped.json().expect("one document")["written"].as_str(), path.to_str());
    let of_stopped = unpacked(&path);
    assert!(of_stopped.contains("VST-3017") && of_stopped.contains(&number), "{of_stopped}");
    for text in [&report, &running.stdout, &of_stopped, &stopped.stdout] {
        assert_eq!(known.told_in(text), 0, "a secret of the companion's database");
        for personal in ["FICTIF", "899700999016", "camille.fictif", "10.1.2.3", "eyJ", code.as_str(), programs.client_secret.as_str()] {
            assert!(!text.contains(personal), "{personal} in {text}");
        }
    }

    let path = programs.folder().join("nowhere.zip");
    let arguments: Vec<&str> = ask.into_iter().chain([path.to_str().expect("text")]).collect();
    for (answer, code, shown) in [("n\n", 0, 1), ("", 2, 1), ("v\nn\n", 0, 2)] {
        let declined = programs.companion_command(&arguments, answer).await.expect("ends");
        assert!(declined.code == Some(code) && declined.stdout.contains("Aucun rapport"), "{declined:?}");
        assert_eq!(declined.stdout.matches("── manifest.json\n").count(), shown, "its ends, and all of it where that is asked for");
        assert!(!path.exists(), "nothing is written");
    }
    let told: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let told = programs.companion_command(&told, "").await.expect("ends");
    assert!(told.json().expect("one document")["written"].is_null() && !path.exists(), "told, and nobody agreed: {told:?}");
    let agreed = programs.companion_command(&arguments, "o\n").await.expect("ends");
    assert!(agreed.code == Some(0) && agreed.stdout.contains("Rapport écrit") && path.exists(), "{agreed:?}");
}

#[tokio::test]
async fn a_log_in_json_reads_as_the_other_and_is_in_the_report() {
    let programs = Programs::start().await.expect("the stack starts");
    let policy = programs.folder().join("policy.toml");
    let text = fs::read_to_string(&policy).expect("text");
    fs::write(&policy, format!("log_format = \"json\"\n{text}")).expect("written");
    let (number, _browser) = signed_in(&programs).await;
    let told = programs.run("camille", &["log", "--sign-in", &number]).await.expect("ends").stdout;
    assert!(
        told.lines().any(|line| line.contains(" INFO vestibule_desktop::") && line.contains(&format!("sign_in.id={number}"))),
        "{told}"
    );
    assert!(told.lines().all(|line| line.starts_with("20") && line.contains(&number)), "{told}");
    let json =
        programs.run("camille", &["log", "--sign-in", &number, "--json", "--lines", "1"]).await.expect("ends").json().expect("one line");
    assert!(json["text"].as_str().is_some_and(|text| text.contains(&number)) && json["timestamp"].is_string(), "{json}");
    let path = programs.folder().join("report.zip");
    let done = programs.run("camille", &["report", "--yes", "--json", "--out", path.to_str().expect("text")]).await.expect("ends");
    assert_eq!(done.code, Some(0), "{done:?}");
    let report = unpacked(&path);
    let of_json = |line: &&str| line.starts_with("{\"timestamp\"");
    assert!(report.lines().filter(of_json).any(|line| line.contains(&number)), "{report}");
    let broken: Vec<&str> = report.lines().filter(of_json).filter(|line| serde_json::from_str::<Value>(line).is_err()).collect();
    assert!(broken.is_empty(), "each line is still one document: {broken:?}");
}

#[tokio::test]
async fn on_a_full_disk_the_report_is_refused_with_a_code_and_nothing_is_left() {
    let programs = Programs::start().await.expect("the stack starts");
    let (_number, _browser) = signed_in(&programs).await;
    let full = programs.folder().join("full");
    fs::create_dir(&full).expect("made");
    let command = programs.command_line("camille", &["report", "--yes", "--out", full.to_str().expect("text")]).expect("built");
    let command = command.as_std();
    let mut apart = any_ending_with_us("unshare");
    let script = "mount -t tmpfs -o size=4k,mode=700 none \"$0\" && head -c 4096 /dev/zero > \"$0/filler\" && { \"$@\"; status=$?; ls -A \"$0\"; exit $status; }";
    apart.args(["--map-root-user", "--mount", "sh", "-c", script]).arg(&full).arg(command.get_program()).args(command.get_args());
    apart.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = apart.output().await.expect("unshare (Debian: util-linux)");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(err.starts_with("VST-1033") && err.contains("le disque est plein") && err.contains("Rien n’a été laissé"), "{err}");
    assert!(!out.contains(".zip"), "neither a report nor half of one: {out}");
}
